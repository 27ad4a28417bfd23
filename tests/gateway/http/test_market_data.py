"""Where in its day an instrument is, over HTTP: phase, bands, the auction under way, market orders that wait."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from exchange.commands import ChangePhase, Command, EnterOrder, ListInstrument, OpenAccount
from exchange.orders import OrderConditions, OrderType, Side, TimeInForce
from exchange.phases import Phase
from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument, PriceBands
from exchange.venue import Venue
from gateway.http.market_data import MarketData

ACME = Instrument("ACME", 2, 1, 1, "USD", 1000, 1, 100_000, 1_000_000, bands=PriceBands(static_basis_points=1000))
FREE = Instrument("FREE", 2, 1, 1, "USD", 1000, 1, 100_000, 1_000_000)
LIMIT, DAY = OrderType.LIMIT, TimeInForce.DAY


def order(
    name: str, side: Side, quantity: int, price: int, kind: OrderType = LIMIT, shown: int = -1, symbol: str = "ACME"
) -> EnterOrder:
    conditions = OrderConditions(display_quantity=shown) if shown >= 0 else None
    return EnterOrder("S", name, "A", symbol, side, kind, DAY, quantity, price, conditions)


@pytest.fixture
def venue() -> Venue:
    venue = Venue()
    for command in (ListInstrument(ACME), ListInstrument(FREE), OpenAccount(Account("A", "A"))):
        venue.apply(command, 1)
    return venue


async def book_after(venue: Venue, *commands: Command, symbol: str = "ACME") -> dict[str, Any]:
    for command in commands:
        venue.apply(command, 2)
    app = FastAPI()
    app.include_router(MarketData(venue).router())
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://venue") as client:
        answer = await client.get(f"/market-data/books/{symbol}")
    found: dict[str, Any] = answer.json()
    return found


async def test_a_book_tells_its_phase_and_its_bands(venue: Venue) -> None:
    book = await book_after(venue)
    assert (book["phase"], book["auction"]) == ("continuous", None)
    assert (book["lowest_tradable"], book["highest_tradable"]) == ("9", "11")
    assert (book["reference_price"], book["closing_price"]) == ("10", None)
    book = await book_after(venue, symbol="FREE")
    assert (book["lowest_tradable"], book["highest_tradable"]) == (None, None)


async def test_an_auction_shows_what_it_would_bring_and_market_orders_that_wait(venue: Venue) -> None:
    book = await book_after(
        venue,
        ChangePhase(Phase.OPENING_AUCTION, "ACME"),
        order("b1", Side.BUY, 100, 0, OrderType.MARKET),
        order("s1", Side.SELL, 70, 1001),
    )
    assert (book["phase"], book["bids"]) == ("opening auction", [["market", 100, 1]])
    assert book["auction"] == {"price": "10.01", "quantity": 70, "imbalance": 30, "imbalance_side": "buy"}


async def test_an_auction_without_a_price_says_so(venue: Venue) -> None:
    book = await book_after(venue, ChangePhase(Phase.OPENING_AUCTION, "ACME"))
    assert book["auction"] == {"price": None, "quantity": 0, "imbalance": 0, "imbalance_side": None}


async def test_what_is_hidden_is_not_shown(venue: Venue) -> None:
    book = await book_after(venue, order("b1", Side.BUY, 100, 1000, shown=0), order("b2", Side.BUY, 100, 999, shown=10))
    assert book["bids"] == [["9.99", 10, 1]]
