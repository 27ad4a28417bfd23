"""Orders that a band has moved away from: nothing trades with them outside it, and the book never crosses."""

from __future__ import annotations

import msgspec
import pytest

from exchange.commands import EnterOrder, SetReferencePrice
from exchange.events import PhaseChanged, Traded
from exchange.phases import Phase
from exchange.reference.instruments import BandAction, PriceBands
from tests.exchange.market import ACME, FOK, IOC, Market, buy, cancel, sell
from tests.exchange.wishes import at_least

BANDS = PriceBands(static_basis_points=500)


def market_with(action: BandAction) -> Market:
    """The band was around 10.00 when B1 came at 10.40; now it is around 9.00: from 8.55 to 9.45."""
    market = Market(msgspec.structs.replace(ACME, bands=msgspec.structs.replace(BANDS, action=action)))
    market.apply(buy("B1", 5, "10.40"))
    market.apply(SetReferencePrice("ACME", 900))
    assert market.venue.books["ACME"].highest_tradable == 945
    return market


@pytest.mark.parametrize("action", [BandAction.REFUSED, BandAction.LIMIT_STATE])
@pytest.mark.parametrize("order", [sell("S1", 5), sell("S1", 5, "9.00"), sell("S1", 5, "9.00", IOC)])
def test_nothing_trades_with_it_and_nothing_rests_across_it(action: BandAction, order: EnterOrder) -> None:
    market = market_with(action)
    assert market.do(order)[1] == "canceled S1: 5 open, 0 done, protection reached"
    assert list(market.book()) == ["bid 10.4"]


def test_it_does_not_count_for_what_must_trade_at_once() -> None:
    market = market_with(BandAction.REFUSED)
    assert market.do(sell("S1", 5, "9.00", FOK))[1] == "canceled S1: 5 open, 0 done, not fillable at once"
    assert market.do(at_least(sell("S2", 5, "9.00"), 5))[1] == "canceled S2: 5 open, 0 done, minimum not met"


def test_who_would_trade_with_it_begins_an_auction_that_finds_the_price() -> None:
    market = market_with(BandAction.AUCTION)
    phases = [event for event in market.apply(sell("S1", 5, "9.00")) if isinstance(event, PhaseChanged)]
    assert [(event.phase, event.reason) for event in phases] == [
        (Phase.VOLATILITY_AUCTION, "an order would have traded beyond 9.45")
    ]


def test_what_is_within_the_band_trades_on_when_it_is_gone() -> None:
    market = market_with(BandAction.REFUSED)
    market.apply(buy("B2", 5, "9.30"))
    market.apply(cancel("C1", "B1"))
    traded = [event.price for event in market.apply(sell("S1", 5, "9.00")) if isinstance(event, Traded)]
    assert traded == [930]


def test_a_limit_beyond_the_band_waits_at_the_band_in_a_limit_state_regime() -> None:
    bands = msgspec.structs.replace(BANDS, action=BandAction.LIMIT_STATE)
    market = Market(msgspec.structs.replace(ACME, bands=bands))
    market.apply(buy("B1", 5, "11.00"))
    market.apply(sell("S1", 5, "12.00"))
    assert list(market.book()) == ["bid 10.5", "ask 12"]
