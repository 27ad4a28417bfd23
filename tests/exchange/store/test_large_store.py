"""A million trades in the store: how quickly they come in, and how long each query takes then.

One account buys in every trade, so nobody's pages are longer than its; a thousand others sell.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Iterator
from datetime import date, timedelta
from random import Random
from statistics import median
from time import perf_counter

import pytest

from exchange.clearing_events import FillCleared
from exchange.events import AccountOpened, Event, OrderAccepted, OrderFilled, Traded
from exchange.orders import OrderTerms, OrderType, Side, TimeInForce
from exchange.postings import Bucket, Posting
from exchange.reference.accounts import Account
from exchange.store.database import Database
from exchange.store.ledger_queries import PostingPlace, fees, postings_page, statement
from exchange.store.market_queries import candles_page, trades_page
from exchange.store.order_queries import (
    FillFilter,
    OrderFilter,
    fills_page,
    order_with_fills,
    orders_by_cl_ord_id,
    orders_page,
)
from exchange.store.rebuild import rebuild

TRADES = 1_000_000
EVENTS_OF_TRADE = 7
DAYS = 250
START = 1_700_000_000_000_000_000
STEP = DAYS * 86_400 * 1_000_000_000 // TRADES
MIDDLE = START + STEP * TRADES // 2
SLOWEST_MILLISECONDS = 10
ROUNDS = 15
BUYER = ("BUYER",)
SELLERS = tuple(f"S{number:03}" for number in range(1_000))
DATES = tuple(int((date(2024, 1, 1) + timedelta(day)).strftime("%Y%m%d")) for day in range(DAYS))
LAST_DAY = DATES[-1]

QUERIES: dict[str, Callable[[Database], Awaitable[object]]] = {
    "orders, first page": lambda store: orders_page(store, OrderFilter(BUYER)),
    "orders, page in the middle": lambda store: orders_page(store, OrderFilter(BUYER), before=TRADES),
    "orders of a symbol": lambda store: orders_page(store, OrderFilter(BUYER, symbol="S50"), before=TRADES),
    "orders still open": lambda store: orders_page(store, OrderFilter(BUYER, statuses=("NEW", "PARTIALLY_FILLED"))),
    "orders of a time": lambda store: orders_page(store, OrderFilter(BUYER, since=MIDDLE, until=MIDDLE + 10**14)),
    "orders of 50 accounts": lambda store: orders_page(store, OrderFilter(SELLERS[:50]), before=TRADES),
    "one order and its fills": lambda store: order_with_fills(store, TRADES),
    "an order by ClOrdID": lambda store: orders_by_cl_ord_id(store, "BOB", f"c{TRADES}"),
    "trades of a portfolio, first page": lambda store: fills_page(store, FillFilter(BUYER)),
    "trades of a portfolio, in the middle": lambda store: fills_page(store, FillFilter(BUYER), before=TRADES),
    "trades of a portfolio in a symbol": lambda store: fills_page(store, FillFilter(BUYER, symbol="S50"), TRADES),
    "trades of a portfolio, of a time": lambda store: fills_page(
        store, FillFilter(BUYER, since=MIDDLE), TRADES * 3 // 2
    ),
    "postings, first page": lambda store: postings_page(store, "BUYER"),
    "postings, in the middle": lambda store: postings_page(
        store, "BUYER", before=PostingPlace(EVENTS_OF_TRADE * TRADES // 2 + 8, 0)
    ),
    "statement of a busy day": lambda store: statement(store, "BUYER", LAST_DAY),
    "statement of another day": lambda store: statement(store, "BUYER", DATES[100]),
    "fees of a year": lambda store: fees(store, "BUYER", DATES[0], LAST_DAY),
    "candles of 1 minute": lambda store: candles_page(store, "S50", 60, MIDDLE),
    "candles of 1 hour": lambda store: candles_page(store, "S50", 3_600, MIDDLE),
    "candles of 1 day": lambda store: candles_page(store, "S50", 86_400),
    "trades of a symbol": lambda store: trades_page(store, "S50", before=TRADES // 2),
}


def events() -> Iterator[Event]:
    yield AccountOpened(1, START, Account("BUYER", "Buyer", is_cleared=True))
    random, number, balance = Random(5), 1, 0
    for trade_id in range(1, TRADES + 1):
        at, symbol = START + trade_id * STEP, f"S{random.randrange(100)}"
        # Half of all on one day: the longest statement there will ever be.
        day = DATES[trade_id * 2 * (DAYS - 1) // TRADES] if 2 * trade_id < TRADES else LAST_DAY
        price, seller, balance = random.randint(900, 1_100), SELLERS[trade_id % 1_000], balance + 10
        buy = _order(2 * trade_id - 1, "ALICE", "BUYER", symbol, Side.BUY, price)
        sell = _order(2 * trade_id, "BOB", seller, symbol, Side.SELL, price)
        sides = (buy.order_id, sell.order_id, "BUYER", seller)
        yield OrderAccepted(number + 1, at, buy)
        yield OrderAccepted(number + 2, at, sell)
        yield Traded(number + 3, at, symbol, trade_id, price, 10, Side.SELL, *sides)
        for place, terms in ((4, sell), (5, buy)):
            left = terms.quantity - 10
            yield OrderFilled(number + place, at, terms, trade_id, 10, price, 10, left, 10 * price, place == 4)
        for place, terms in ((6, sell), (7, buy)):
            yield _cleared(number + place, at, day, trade_id, terms, balance)
        number += EVENTS_OF_TRADE


def _order(order_id: int, session: str, account: str, symbol: str, side: Side, price: int) -> OrderTerms:
    quantity = 10 if order_id % 1_001 else 20
    return OrderTerms(
        order_id, session, f"c{order_id}", account, symbol, side, OrderType.LIMIT, TimeInForce.DAY, quantity, price
    )


def _cleared(number: int, at: int, day: int, trade_id: int, terms: OrderTerms, balance: int) -> FillCleared:
    amount = 100_000 * terms.price
    cash = (
        Posting(terms.account, "USD", Bucket.AVAILABLE, -terms.side * amount - 5),
        Posting(terms.account, "USD", Bucket.UNSETTLED, terms.side * amount),
        Posting(terms.account, "USD", Bucket.FEES, 5),
    )
    shares = (
        Posting(terms.account, terms.symbol, Bucket.AVAILABLE, terms.side * 10),
        Posting(terms.account, terms.symbol, Bucket.UNSETTLED, -terms.side * 10),
    )
    return FillCleared(
        number, at, day, trade_id, terms.order_id, terms.account, terms.symbol, terms.side, 10, terms.price, amount, 5,
        day, terms.side * balance, 0, 0, cash + shares,
    )  # fmt: skip


@pytest.mark.soak
@pytest.mark.timeout(1_800)
async def test_every_query_of_a_million_trades_takes_less_than_ten_milliseconds(database: Database) -> None:
    began = perf_counter()
    last = await rebuild(database, events())
    took = perf_counter() - began
    sys.stdout.write(f"\n{database.dialect.name}: {TRADES:,} trades, {last / took:,.0f} events/s into the store\n")
    slow = []
    for name, query in QUERIES.items():
        times = []
        for _ in range(ROUNDS):
            began = perf_counter()
            assert await query(database), name
            times.append((perf_counter() - began) * 1_000)
        sys.stdout.write(f"{name:40} {median(times):7.2f} ms, at most {max(times):7.2f} ms\n")
        if median(times) >= SLOWEST_MILLISECONDS:
            slow.append(name)
    assert not slow
