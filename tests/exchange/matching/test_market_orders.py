"""Market orders by every convention: canceled, waiting without a price, at protection, market to limit."""

from __future__ import annotations

import msgspec
import pytest

from exchange.commands import Command, EnterOrder
from exchange.orders import OrderType, Side
from exchange.phases import Phase
from exchange.reference.instruments import TickStep
from exchange.reference.rule_profile import MarketRemainder
from tests.exchange.market import FOK, IOC, Market, buy, cancel, replace, rules, sell
from tests.exchange.wishes import market_to_limit, of_type, stop

RESTING = rules(market_remainder=MarketRemainder.RESTS_UNPRICED)
PROTECTED = msgspec.structs.replace(rules(market_remainder=MarketRemainder.RESTS_AT_PROTECTION), protection=6)


@pytest.fixture
def market() -> Market:
    """Market orders wait in it without a price."""
    return Market(RESTING)


def trades(lines: list[str]) -> list[str]:
    return [line.removeprefix("traded ") for line in lines if line.startswith("traded")]


def test_what_a_market_order_cannot_fill_waits_before_all_limits(market: Market) -> None:
    market.do(sell("S1", 4, "10.00"))
    assert market.do(buy("B1", 10)) == [
        "accepted B1 10@market",
        "traded 4@10",
        "filled B1 4, 4 done, 6 left",
        "filled S1 4, 4 done, 0 left",
        "ask 10: gone",
        "bid market: 6 in 1",
    ]
    market.do(buy("B2", 5, "10.50"), buy("B3", 5))
    assert market.book() == {"bid market": ["B1 6", "B3 5"], "bid 10.5": ["B2 5"]}
    assert market.do(cancel("C1", "B1")) == ["canceled B1 by C1: 6 open, 4 done, requested", "bid market: 5 in 1"]


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (buy("B1", 10, time_in_force=IOC), "immediate remainder"),
        (buy("B1", 10, time_in_force=FOK), "not fillable at once"),
        (market_to_limit(buy("B1", 10)), "no liquidity"),
    ],
)
def test_what_may_not_wait_is_canceled(market: Market, order: EnterOrder, why: str) -> None:
    assert market.do(order)[1:] == [f"canceled B1: 10 open, 0 done, {why}"]


@pytest.mark.parametrize(
    ("last", "behind", "order", "price"),
    [
        # The best for the incoming order of: the last price, the best limit behind, its own limit.
        ("10.00", [], buy("X", 1, "10.50"), "10"),
        ("10.00", [], buy("X", 1, "9.50"), "9.5"),
        ("10.00", ["9.80"], buy("X", 1, "10.50"), "9.8"),
        ("10.00", ["10.20"], buy("X", 1, "10.50"), "10"),
        ("10.00", ["10.20"], buy("X", 1), "10"),
        ("", ["10.20"], buy("X", 1), "10.2"),
        ("", [], buy("X", 1, "9.70"), "9.7"),
        ("", ["9.90"], buy("X", 1, "9.70"), "9.7"),
    ],
)
def test_the_price_at_which_a_waiting_market_order_trades(
    market: Market, last: str, behind: list[str], order: Command, price: str
) -> None:
    if last:
        market.do(sell("L1", 1, last), buy("L2", 1, last))
    market.do(sell("S1", 1), *(sell(f"S-{limit}", 1, limit) for limit in behind))
    assert trades(market.do(order)) == [f"1@{price}"]


def test_bids_that_wait_trade_by_the_same_rule(market: Market) -> None:
    market.do(sell("L1", 1, "10.00"), buy("L2", 1, "10.00"), buy("B1", 1), buy("B2", 1, "10.10"))
    assert trades(market.do(sell("S1", 2, "9.00"))) == ["1@10.1", "1@10.1"]


def test_market_orders_of_both_sides_trade_at_the_last_price(market: Market) -> None:
    market.do(sell("L1", 1, "10.00"), buy("L2", 1, "10.00"), buy("B1", 5))
    assert market.do(sell("S1", 3)) == [
        "accepted S1 3@market",
        "traded 3@10",
        "filled S1 3, 3 done, 0 left",
        "filled B1 3, 3 done, 2 left",
        "bid market: 2 in 1",
    ]


def test_without_one_they_wait_until_somebody_names_a_price(market: Market) -> None:
    market.do(buy("B1", 5))
    assert market.do(sell("S1", 8)) == ["accepted S1 8@market", "ask market: 8 in 1"]
    assert market.do(buy("B2", 1, "9.90")) == [
        "accepted B2 1@9.9",
        "traded 1@9.9",
        "filled B2 1, 1 done, 0 left",
        "filled S1 1, 1 done, 7 left",
        "traded 5@9.9",
        "filled S1 5, 6 done, 2 left",
        "filled B1 5, 5 done, 0 left",
        "ask market: 2 in 1",
        "bid market: gone",
    ]


def test_more_of_a_waiting_order_is_a_new_one_in_time(market: Market) -> None:
    market.do(buy("B1", 5), buy("B2", 5))
    request = of_type(replace("R1", "B1", 4, "10.00"), OrderType.MARKET)
    assert market.do(request) == ["replaced B1 by R1 4@market: 4 left, keeps its place", "bid market: 9 in 2"]
    market.do(replace("R2", "B2", 6))
    assert market.do(msgspec.structs.replace(replace("R3", "R1", 9), side=Side.BUY))[0].endswith(
        "9@market: 9 left, loses its place"
    )
    assert market.book() == {"bid market": ["R2 6", "R3 9"]}


@pytest.mark.parametrize(
    ("resting", "order", "rests"),
    [
        ([sell("S1", 4, "10.00")], buy("X", 10), "bid 10.06: 6 in 1"),
        ([buy("B1", 4, "10.00")], sell("X", 10), "ask 9.94: 6 in 1"),
        ([sell("S1", 4, "10.00"), sell("S2", 4, "10.05"), sell("S3", 4, "10.07")], buy("X", 10), "bid 10.06: 2 in 1"),
        ([sell("S1", 4, "99.98")], buy("X", 10), "bid 100: 6 in 1"),
        ([buy("B1", 4, "0.03")], sell("X", 10), "ask 0.01: 6 in 1"),
    ],
)
def test_at_protection_it_trades_so_far_and_rests_there(resting: list[Command], order: EnterOrder, rests: str) -> None:
    market = Market(PROTECTED)
    market.do(*resting)
    lines = market.do(order)
    price = rests.split()[1].rstrip(":")
    left = rests.split()[2]
    assert f"restated X 10@{price} MARKET: {left} left, repriced" in lines
    assert rests in lines


def test_protection_meets_the_tick() -> None:
    coarse = msgspec.structs.replace(PROTECTED, ticks=(TickStep(1000, 5),), protection=7)
    for name, resting, order, rests in (
        ("B", sell("S1", 1, "10.00"), buy("B1", 2), "bid 10.05: 1 in 1"),
        ("S", buy("B1", 1, "10.20"), sell("S1", 2), "ask 10.15: 1 in 1"),
    ):
        market = Market(coarse)
        market.do(resting)
        assert rests in market.do(order), name


def test_without_a_price_to_protect_from_it_is_canceled() -> None:
    market = Market(PROTECTED)
    assert market.do(buy("B1", 5))[1:] == ["canceled B1: 5 open, 0 done, no liquidity"]
    assert market.do(sell("S1", 1, "10.00"), buy("B2", 5, time_in_force=IOC))[-2:] == [
        "canceled B2: 4 open, 1 done, immediate remainder",
        "ask 10: gone",
    ]


def test_what_rests_at_protection_may_get_another_price_or_start_anew() -> None:
    market = Market(PROTECTED)
    market.do(sell("S1", 4, "10.00"), buy("B1", 10))
    priced = of_type(replace("R1", "B1", 10, "10.02"), OrderType.MARKET)
    assert market.do(priced)[0] == "replaced B1 by R1 10@10.02 MARKET: 6 left, loses its place"
    assert market.book() == {"bid 10.02": ["R1 6"]}
    off = msgspec.structs.replace(priced, cl_ord_id="R2", orig_cl_ord_id="R1", price=-5)
    assert market.do(off) == [
        "refused replace R2 of R1 (PARTIALLY_FILLED) PRICE_OUT_OF_RANGE: price -0.05 is not between 0.01 and 100"
    ]
    market.do(sell("S2", 1, "10.10"))
    assert "bid 10.16: 5 in 1" in market.do(replace("R3", "R1", 10, side=Side.BUY))


def test_an_elected_stop_rests_by_the_same_rules() -> None:
    market = Market(PROTECTED)
    market.do(stop(buy("B1", 5), "10.00"), sell("S1", 1, "10.00"), sell("S2", 2, "10.01"))
    assert market.do(buy("B2", 1, "10.00"))[4:] == [
        "triggered B1 at 10",
        "traded 2@10.01",
        "filled B1 2, 2 done, 3 left",
        "filled S2 2, 2 done, 0 left",
        "restated B1 5@10.07 MARKET: 3 left, repriced",
        "ask 10: gone",
        "ask 10.01: gone",
        "bid 10.07: 3 in 1",
    ]


def test_market_to_limit_takes_the_best_price_only_and_rests_there() -> None:
    market = Market()
    market.do(sell("S1", 4, "10.00"), sell("S2", 4, "10.01"))
    assert market.do(market_to_limit(buy("B1", 10))) == [
        "accepted B1 10@market MARKET_TO_LIMIT",
        "traded 4@10",
        "filled B1 4, 4 done, 6 left",
        "filled S1 4, 4 done, 0 left",
        "restated B1 10@10 MARKET_TO_LIMIT: 6 left, repriced",
        "ask 10: gone",
        "bid 10: 6 in 1",
    ]
    request = of_type(replace("R1", "B1", 8, "10.00"), OrderType.MARKET_TO_LIMIT)
    assert market.do(request)[0] == "replaced B1 by R1 8@10 MARKET_TO_LIMIT: 4 left, keeps its place"


@pytest.mark.parametrize(
    ("order", "does"),
    [
        (market_to_limit(buy("B1", 4)), ["traded 4@10", "filled B1 4, 4 done, 0 left", "filled S1 4, 4 done, 0 left"]),
        (market_to_limit(buy("B1", 5, time_in_force=FOK)), ["canceled B1: 5 open, 0 done, not fillable at once"]),
    ],
)
def test_market_to_limit_that_need_not_rest(order: EnterOrder, does: list[str]) -> None:
    market = Market()
    market.do(sell("S1", 4, "10.00"))
    assert [line for line in market.do(order)[1:] if not line.startswith("ask")] == does


def test_market_to_limit_meets_a_waiting_market_order_at_its_price(market: Market) -> None:
    market.do(sell("L1", 1, "10.00"), buy("L2", 1, "10.00"), sell("S1", 3))
    assert market.do(market_to_limit(buy("B1", 5)))[1:] == [
        "traded 3@10",
        "filled B1 3, 3 done, 2 left",
        "filled S1 3, 3 done, 0 left",
        "restated B1 5@10 MARKET_TO_LIMIT: 2 left, repriced",
        "ask market: gone",
        "bid 10: 2 in 1",
    ]


def test_in_a_call_phase_market_orders_are_collected_without_a_price() -> None:
    market = Market()
    market.enter_phase(Phase.OPENING_AUCTION)
    market.do(buy("B1", 5), market_to_limit(buy("B2", 5)), buy("B3", 5, "10.00"), sell("S1", 3, "9.00"))
    assert market.book() == {"bid market": ["B1 5", "B2 5"], "bid 10": ["B3 5"], "ask 9": ["S1 3"]}
