"""Pegged orders: what they follow, how far, and where they stand when they have moved."""

from __future__ import annotations

import msgspec
import pytest

from exchange.commands import Command, EnterOrder
from exchange.orders import OrderType, Peg, Side
from exchange.phases import Phase
from exchange.reference.instruments import BandAction, PriceBands, TickStep
from exchange.reference.rule_profile import MarketRemainder
from tests.exchange.market import ACME, IOC, Market, buy, cancel, replace, rules, sell
from tests.exchange.wishes import asking, of_type, pegged, shown, stop

PRIMARY, MIDPOINT, MARKET = Peg.PRIMARY, Peg.MIDPOINT, Peg.MARKET


@pytest.fixture
def market() -> Market:
    """10.00 is bid, 10.10 is offered."""
    market = Market()
    market.do(buy("B0", 10, "10.00"), sell("S0", 10, "10.10"))
    return market


def price_of(market: Market, cl_ord_id: str) -> str:
    return next((level for level, orders in market.book().items() if any(cl_ord_id in one for one in orders)), "")


@pytest.mark.parametrize(
    ("order", "level"),
    [
        (pegged(buy("X", 5)), "bid 10"),
        (pegged(buy("X", 5), offset="-0.03"), "bid 9.97"),
        (pegged(buy("X", 5), offset="0.03"), "bid 10.03"),
        (pegged(buy("X", 5, "9.95")), "bid 9.95"),
        (pegged(buy("X", 5, "10.05")), "bid 10"),
        (pegged(sell("X", 5)), "ask 10.1"),
        (pegged(sell("X", 5), offset="0.02"), "ask 10.12"),
        (pegged(sell("X", 5, "10.20")), "ask 10.2"),
        (pegged(buy("X", 5), MIDPOINT), "bid 10.05"),
        (pegged(sell("X", 5), MIDPOINT), "ask 10.05"),
        (pegged(sell("X", 5, "10.07"), MIDPOINT), "ask 10.07"),
        (pegged(buy("X", 5), MIDPOINT, "-0.01"), "bid 10.04"),
        (pegged(buy("X", 5), MARKET, "-0.04"), "bid 10.06"),
        (pegged(sell("X", 5), MARKET, "0.04"), "ask 10.04"),
        (pegged(buy("X", 20), MARKET), ""),
    ],
)
def test_where_it_belongs(market: Market, order: EnterOrder, level: str) -> None:
    market.do(order)
    assert price_of(market, "X") == level


def test_halfway_between_two_ticks_it_is_on_its_own_side(market: Market) -> None:
    market.do(sell("S1", 1, "10.09"), pegged(buy("B1", 5), MIDPOINT), pegged(sell("S2", 5), MIDPOINT))
    assert (price_of(market, "B1"), price_of(market, "S2")) == ("bid 10.04", "ask 10.05")


def test_it_meets_the_tick_of_its_price() -> None:
    market = Market(msgspec.structs.replace(ACME, ticks=(TickStep(1000, 10),)))
    market.do(
        buy("B0", 1, "9.98"), sell("S0", 1, "10.30"), pegged(buy("B1", 1), MIDPOINT), pegged(sell("S1", 1), MIDPOINT)
    )
    assert (price_of(market, "B1"), price_of(market, "S1")) == ("bid 10.1", "ask 10.2")


def test_it_moves_with_what_it_follows_and_stands_behind_those_who_are_there(market: Market) -> None:
    market.do(pegged(buy("B1", 5)), pegged(buy("B2", 5), offset="-0.01"), buy("B3", 5, "9.99"))
    assert market.book()["bid 9.99"] == ["B2 5", "B3 5"]
    assert market.do(buy("B4", 5, "10.02")) == [
        "accepted B4 5@10.02",
        "bid 10.02: 10 in 2",
        "bid 10: 10 in 1",
        "bid 9.99: 5 in 1",
        "bid 10.01: 5 in 1",
    ]
    assert market.book()["bid 10.02"] == ["B4 5", "B1 5"]
    assert market.do(cancel("C1", "B4"))[1:] == [
        "bid 10.02: gone",
        "bid 10: 15 in 2",
        "bid 10.01: gone",
        "bid 9.99: 10 in 2",
    ]
    assert market.book() == {"bid 10": ["B0 10", "B1 5"], "bid 9.99": ["B3 5", "B2 5"], "ask 10.1": ["S0 10"]}


def test_many_pegs_move_in_the_order_of_their_entry(market: Market) -> None:
    market.do(*(pegged(buy(f"B{number}", number)) for number in (3, 1, 2)), buy("B9", 9, "10.01"))
    assert market.book()["bid 10.01"] == ["B9 9", "B3 3", "B1 1", "B2 2"]


def test_pegs_do_not_follow_pegs_nor_what_is_not_shown(market: Market) -> None:
    market.do(pegged(buy("B1", 5), offset="0.05"), shown(buy("B2", 5, "10.07"), 0))
    market.do(pegged(buy("B3", 5)))
    assert [price_of(market, name) for name in ("B1", "B2", "B3")] == ["bid 10.05", "bid 10.07", "bid 10"]
    market.do(shown(buy("B4", 5, "10.01"), 1))
    assert [price_of(market, name) for name in ("B1", "B3")] == ["bid 10.06", "bid 10.01"]


def test_without_a_reference_it_is_canceled(market: Market) -> None:
    market.do(pegged(buy("B1", 5)), pegged(sell("S1", 5), MIDPOINT))
    assert market.do(cancel("C1", "B0")) == [
        "canceled B0 by C1: 10 open, 0 done, requested",
        "canceled B1: 5 open, 0 done, no peg reference",
        "canceled S1: 5 open, 0 done, no peg reference",
        "bid 10: gone",
        "ask 10.05: gone",
    ]
    assert market.do(pegged(buy("B2", 5))) == [
        "accepted B2 5@market PEGGED",
        "canceled B2: 5 open, 0 done, no peg reference",
    ]


def test_market_orders_that_wait_are_no_reference() -> None:
    market = Market(rules(market_remainder=MarketRemainder.RESTS_UNPRICED))
    market.do(buy("B1", 5))
    assert market.do(pegged(buy("B2", 5)))[-1] == "canceled B2: 5 open, 0 done, no peg reference"
    market.do(buy("B3", 5, "9.00"), pegged(buy("B4", 5)))
    assert market.book() == {"bid market": ["B1 5"], "bid 9": ["B3 5", "B4 5"]}


def test_one_that_takes_all_that_it_follows_is_canceled_with_its_rest(market: Market) -> None:
    assert market.do(pegged(buy("B1", 15), MARKET))[1:] == [
        "traded 10@10.1",
        "filled B1 10, 10 done, 5 left",
        "filled S0 10, 10 done, 0 left",
        "canceled B1: 5 open, 10 done, no peg reference",
        "ask 10.1: gone",
        "bid 10.1: gone",
    ]


@pytest.mark.parametrize(
    ("resting", "order"),
    [
        (buy("B1", 1, "0.02"), pegged(buy("X", 1), offset="-0.02")),
        (sell("S1", 1, "99.99"), pegged(sell("X", 1), offset="0.02")),
    ],
)
def test_a_price_out_of_the_instruments_range_is_none(resting: Command, order: EnterOrder) -> None:
    market = Market()
    market.do(resting)
    assert market.do(order)[1:] == ["canceled X: 1 open, 0 done, no peg reference"]


@pytest.mark.parametrize("action", [BandAction.AUCTION, BandAction.LIMIT_STATE])
@pytest.mark.parametrize(
    ("beyond", "order", "level"),
    [
        (sell("S1", 1, "10.60"), pegged(buy("X", 5), MARKET), "bid 10.5"),
        (buy("B1", 1, "9.40"), pegged(sell("X", 5), MARKET), "ask 9.5"),
        (buy("B1", 1, "9.40"), pegged(buy("X", 5)), "bid 9.4"),
    ],
)
def test_it_goes_to_the_price_band_and_no_further(
    action: BandAction, beyond: Command, order: EnterOrder, level: str
) -> None:
    """The band is from 9.50 to 10.50."""
    market = Market(msgspec.structs.replace(ACME, bands=PriceBands(dynamic_basis_points=500, action=action)))
    for command in (beyond, order):
        market.apply(command)
    assert price_of(market, "X") == level


def test_mid_pegs_of_both_sides_trade_with_each_other(market: Market) -> None:
    market.do(pegged(buy("B1", 5), MIDPOINT))
    assert market.do(pegged(sell("S1", 3), MIDPOINT))[1:] == [
        "traded 3@10.05",
        "filled S1 3, 3 done, 0 left",
        "filled B1 3, 3 done, 2 left",
        "bid 10.05: 2 in 1",
    ]


def test_one_that_moves_into_the_other_side_trades_and_its_trades_elect_stops(market: Market) -> None:
    market.do(pegged(buy("B1", 3), offset="0.05"), pegged(sell("S1", 5), MARKET, "0.06"))
    market.do(stop(buy("B9", 1, "9.00"), "10.06"))
    assert market.do(buy("B2", 1, "10.01")) == [
        "accepted B2 1@10.01",
        "traded 3@10.06",
        "filled B1 3, 3 done, 0 left",
        "filled S1 3, 3 done, 2 left",
        "triggered B9 at 10.06",
        "bid 10.01: 1 in 1",
        "bid 10.05: gone",
        "ask 10.06: gone",
        "ask 10.07: 2 in 1",
        "bid 9: 1 in 1",
    ]


def test_a_filled_peg_is_forgotten(market: Market) -> None:
    market.do(pegged(buy("B1", 5)), sell("S1", 15, "10.00"))
    assert len(market.venue.markets["ACME"].pegs) == 0
    assert market.do(buy("B2", 1, "9.00")) == ["accepted B2 1@9", "bid 9: 1 in 1"]


def test_what_was_not_moved_keeps_its_place(market: Market) -> None:
    market.do(pegged(buy("B1", 5, "9.98")), buy("B2", 5, "9.98"), buy("B3", 5, "10.05"))
    assert market.book()["bid 9.98"] == ["B1 5", "B2 5"]


def test_a_replace_changes_its_limit_and_its_peg(market: Market) -> None:
    market.do(pegged(buy("B1", 5)), buy("B2", 5, "9.90"))
    assert market.do(of_type(replace("R1", "B1", 3), OrderType.PEGGED)) == [
        "replaced B1 by R1 3@market PEGGED: 3 left, keeps its place",
        "bid 10: 13 in 2",
    ]
    market.do(pegged(replace("R2", "R1", 3, "9.90", side=Side.BUY)))
    assert price_of(market, "R2") == "bid 9.9"
    market.do(pegged(replace("R3", "R2", 3, side=Side.BUY), MIDPOINT))
    assert price_of(market, "R3") == "bid 10.05"


def test_in_a_call_phase_it_waits_outside_the_book(market: Market) -> None:
    market.enter_phase(Phase.CLOSING_AUCTION)
    market.do(pegged(buy("B1", 5)))
    assert price_of(market, "B1") == ""
    assert [order.terms.cl_ord_id for order in market.venue.markets["ACME"].waiting] == ["B1"]
    assert market.do(cancel("C1", "B1")) == ["canceled B1 by C1: 5 open, 0 done, requested"]
    assert len(market.venue.markets["ACME"].waiting) == 0


@pytest.mark.parametrize(
    ("order", "does"),
    [
        (pegged(buy("X", 12, time_in_force=IOC), MARKET), "canceled X: 2 open, 10 done, immediate remainder"),
        (pegged(buy("X", 12, time_in_force=IOC)), "canceled X: 12 open, 0 done, immediate remainder"),
    ],
)
def test_an_immediate_one_follows_once(market: Market, order: EnterOrder, does: str) -> None:
    assert does in market.do(order)


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (
            of_type(buy("X", 1), OrderType.PEGGED),
            "INVALID_PEG: peg is missing; a pegged order says what it follows",
        ),
        (asking(buy("X", 1, "10.00"), peg=PRIMARY), "CONFLICTING_INSTRUCTIONS: peg a limit order has none"),
        (asking(buy("X", 1), peg_offset=5), "CONFLICTING_INSTRUCTIONS: peg a market order has none"),
        (pegged(buy("X", 1), offset="0.03"), "INVALID_PEG: peg_offset 0.03 is not a multiple of tick 0.05"),
        (pegged(buy("X", 1, "200.00")), "PRICE_OUT_OF_RANGE: price 200 is not between 0.05 and 100"),
    ],
)
def test_what_makes_no_peg_is_refused(order: EnterOrder, why: str) -> None:
    assert Market(msgspec.structs.replace(ACME, tick=5, lowest_price=5)).do(order) == [f"rejected X {why}"]
