"""Every refusal of what makes an order more than plain: its reason, the field, and value and limit in words.

Groups, phases, price bands and blocks have their own tables beside this one.
"""

from __future__ import annotations

import msgspec
import pytest

from exchange.commands import Command, EnterOrder
from exchange.orders import OrderType, Peg, TimeInForce
from exchange.reference.rule_profile import MarketRemainder, MinimumQuantity, StopThroughMarket
from tests.exchange.market import ACME, FOK, GTC, IOC, Market, buy, replace, rules, sell
from tests.exchange.wishes import (
    all_or_none,
    asking,
    at_least,
    if_touched,
    market_to_limit,
    of_type,
    pegged,
    post_only,
    shown,
    stop,
    trailing,
    until,
)

COARSE = msgspec.structs.replace(ACME, tick=5, lot=10, lowest_price=500, highest_price=2000)
"""Prices of 0.05 from 5 to 20, quantities of 10. The last price is 10."""

STOP = "INVALID_STOP_PRICE: stop_price"
CONFLICT = "CONFLICTING_INSTRUCTIONS:"
TRAIL = "INVALID_STOP_PRICE: trail_by is not a distance that a stop can follow at"
SHOWN = "INVALID_DISPLAY_QUANTITY: display_quantity {} is not 0 or a multiple of lot 10 up to the quantity {}"
LEAST = "INVALID_MIN_QUANTITY: min_quantity {} is not between 0 and the quantity {}"
NO_EXPIRY = "INVALID_EXPIRY: expires_at is missing; good till date needs one"
AT_CLOSE = TimeInForce.AT_CLOSE


@pytest.fixture
def market() -> Market:
    market = Market(COARSE)
    market.do(buy("T1", 10, "10.00"), sell("T2", 10, "10.00"), sell("T3", 10, "11.00"), buy("T4", 10, "9.00"))
    return market


ROWS: list[tuple[EnterOrder, str]] = [
    # Stops
    (of_type(buy("B1", 10), OrderType.STOP), f"{STOP} is missing; a stop order needs one"),
    (of_type(buy("B1", 10, "9.00"), OrderType.STOP_LIMIT), f"{STOP} is missing; a stop limit order needs one"),
    (
        of_type(buy("B1", 10), OrderType.MARKET_IF_TOUCHED),
        f"{STOP} is missing; a market if touched order needs one",
    ),
    (stop(buy("B1", 10), "10.03"), f"{STOP} 10.03 is not a multiple of tick 0.05"),
    (stop(buy("B1", 10), "20.05"), f"{STOP} 20.05 is not between 5 and 20"),
    (stop(sell("B1", 10), "-1.00"), f"{STOP} -1 is not between 5 and 20"),
    (stop(buy("B1", 10, "10.03"), "11.00"), "PRICE_OFF_TICK: price 10.03 is not a multiple of tick 0.05"),
    (stop(buy("B1", 10, "21.00"), "11.00"), "PRICE_OUT_OF_RANGE: price 21 is not between 5 and 20"),
    (asking(buy("B1", 10, "9.00"), stop_price=1100), f"{CONFLICT} stop_price a limit order has none"),
    (asking(buy("B1", 10), trail_by=10), f"{CONFLICT} stop_price a market order has none"),
    (asking(buy("B1", 10, "9.00"), trail_basis_points=10), f"{CONFLICT} stop_price a limit order has none"),
    # Trailing stops
    (
        asking(stop(buy("B1", 10), "11.00"), trail_by=-5),
        TRAIL,
    ),
    (
        trailing(buy("B1", 10), basis_points=10_000),
        TRAIL,
    ),
    (
        trailing(buy("B1", 10), basis_points=-1),
        TRAIL,
    ),
    (
        trailing(buy("B1", 10), "0.10", basis_points=10),
        f"{CONFLICT} trail_by is stated twice: as a distance and in basis points",
    ),
    (
        asking(if_touched(buy("B1", 10), "9.00"), trail_by=10),
        f"{CONFLICT} trail_by is for stops; this is no stop",
    ),
    (trailing(buy("B1", 10), "0.10", start="10.03"), f"{STOP} 10.03 is not a multiple of tick 0.05"),
    # Shown and hidden
    (
        shown(buy("B1", 50, "9.00"), 15),
        SHOWN.format(15, 50),
    ),
    (
        shown(buy("B1", 50, "9.00"), 60),
        SHOWN.format(60, 50),
    ),
    (shown(buy("B1", 50, "9.00"), -2), "INVALID_DISPLAY_QUANTITY: display_quantity -2 is below 0"),
    (
        all_or_none(shown(buy("B1", 50, "9.00"), 10)),
        f"{CONFLICT} display_quantity excludes all or none, which is never shown",
    ),
    # Minimum quantities
    (
        at_least(buy("B1", 50, "9.00"), 51),
        LEAST.format(51, 50),
    ),
    (
        at_least(buy("B1", 50, "9.00"), -1),
        LEAST.format(-1, 50),
    ),
    (
        all_or_none(at_least(buy("B1", 50, "9.00"), 10)),
        f"{CONFLICT} min_quantity excludes all or none, whose minimum is the whole",
    ),
    (all_or_none(buy("B1", 50, "9.00", FOK)), f"{CONFLICT} time_in_force fill or kill is all or none already"),
    # Pegs
    (of_type(buy("B1", 10), OrderType.PEGGED), "INVALID_PEG: peg is missing; a pegged order says what it follows"),
    (pegged(buy("B1", 10), Peg.PRIMARY, "0.03"), "INVALID_PEG: peg_offset 0.03 is not a multiple of tick 0.05"),
    (asking(buy("B1", 10, "9.00"), peg=Peg.MARKET), f"{CONFLICT} peg a limit order has none"),
    (asking(buy("B1", 10), peg_offset=5), f"{CONFLICT} peg a market order has none"),
    (pegged(buy("B1", 10, "9.03")), "PRICE_OFF_TICK: price 9.03 is not a multiple of tick 0.05"),
    (pegged(buy("B1", 10, "-9.00")), "PRICE_OUT_OF_RANGE: price -9 is not between 5 and 20"),
    (
        pegged(buy("B1", 10, time_in_force=AT_CLOSE)),
        f"{CONFLICT} time_in_force at close is for market and limit orders",
    ),
    # Times
    (
        stop(buy("B1", 10, time_in_force=AT_CLOSE), "11.00"),
        f"{CONFLICT} time_in_force at close is for market and limit orders",
    ),
    (until(buy("B1", 10, "9.00"), 0), NO_EXPIRY),
    (until(buy("B1", 10, "9.00"), 1), "INVALID_EXPIRY: expires_at is not in the future"),
    (
        asking(buy("B1", 10, "9.00", GTC), expires_at=1_000),
        f"{CONFLICT} expires_at is for good till date; the order is good till cancel",
    ),
    # Post-only
    (
        post_only(buy("B1", 10, "9.00", IOC)),
        f"{CONFLICT} is_post_only is for limit and pegged orders that rest; this is limit, immediate or cancel",
    ),
    (
        post_only(buy("B1", 10)),
        f"{CONFLICT} is_post_only is for limit and pegged orders that rest; this is market, day",
    ),
    (
        post_only(stop(buy("B1", 10, "11.00"), "11.00")),
        f"{CONFLICT} is_post_only is for limit and pegged orders that rest; this is stop limit, day",
    ),
    (post_only(buy("B1", 10, "11.00")), "WOULD_TAKE_LIQUIDITY: price 11 would trade with 11 at once"),
    (post_only(sell("B1", 10, "8.00")), "WOULD_TAKE_LIQUIDITY: price 8 would trade with 9 at once"),
]


@pytest.mark.parametrize(("order", "why"), ROWS, ids=[why for _, why in ROWS])
def test_an_order_that_breaks_a_rule_is_refused(market: Market, order: EnterOrder, why: str) -> None:
    assert market.do(order) == [f"rejected B1 {why}"]


@pytest.mark.parametrize(
    "order",
    [
        stop(buy("B1", 10, "11.00"), "11.00"),
        stop(buy("B1", 10, "10.50"), "11.00"),
        stop(sell("B1", 10), "5.00"),
        trailing(buy("B1", 10), "0.10"),
        trailing(sell("B1", 10), basis_points=9_999),
        trailing(buy("B1", 10), "0.10", start="11.00"),
        shown(buy("B1", 50, "9.00"), 50),
        shown(buy("B1", 50, "9.00"), 0),
        at_least(buy("B1", 50, "11.00", IOC), 10),
        pegged(buy("B1", 10), Peg.PRIMARY, "-0.05"),
        post_only(pegged(buy("B1", 10))),
        market_to_limit(buy("B1", 10)),
        until(buy("B1", 10, "9.00"), 8),
    ],
)
def test_limits_themselves_are_allowed(market: Market, order: Command) -> None:
    assert market.do(order)[0].startswith("accepted B1")


def test_a_stop_that_the_price_is_through_is_refused_where_the_rules_say_so() -> None:
    market = Market(rules(stop_through_market=StopThroughMarket.REJECTED))
    market.do(buy("T1", 10, "10.00"), sell("T2", 10, "10.00"))
    through = "STOP_ALREADY_THROUGH: stop_price {} is reached: the last price is 10"
    assert market.do(stop(buy("B1", 10), "10.00")) == [f"rejected B1 {through.format('10')}"]
    assert market.do(stop(sell("S1", 10), "10.01")) == [f"rejected S1 {through.format('10.01')}"]
    assert market.do(if_touched(buy("B2", 10, "9.00"), "10.50")) == [f"rejected B2 {through.format('10.5')}"]
    assert market.do(stop(buy("B3", 10), "10.01")) == ["accepted B3 10@market STOP"]
    assert market.do(stop(replace("B4", "B3", 10), "9.00")) == [f"refused replace B4 of B3 (NEW) {through.format('9')}"]


def test_where_each_execution_needs_its_minimum_it_is_for_hidden_and_immediate_orders() -> None:
    market = Market(rules(minimum_quantity=MinimumQuantity.PER_EXECUTION))
    why = "min_quantity 10 in each execution is for hidden orders (display quantity 0) and immediate ones"
    assert market.do(at_least(shown(buy("B1", 50, "9.00"), 10), 10)) == [f"rejected B1 {CONFLICT} {why}"]
    assert market.do(at_least(buy("B2", 50, "9.00"), 10)) == [f"rejected B2 {CONFLICT} {why}"]
    assert market.do(at_least(shown(buy("B3", 50, "9.00"), 0), 10))[0] == "accepted B3 50@9"
    assert market.do(at_least(buy("B4", 50, "9.00", IOC), 10))[0] == "accepted B4 50@9 IMMEDIATE_OR_CANCEL"
    assert market.do(at_least(buy("B5", 50), 10))[0] == "accepted B5 50@market"


def test_a_post_only_order_does_not_trade_with_market_orders_that_wait_without_a_price() -> None:
    market = Market(rules(market_remainder=MarketRemainder.RESTS_UNPRICED))
    market.do(sell("S1", 10))
    assert market.do(post_only(buy("B1", 10, "10.00"))) == [
        "rejected B1 WOULD_TAKE_LIQUIDITY: price 10 would trade with market orders at once"
    ]


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (shown(replace("B2", "B1", 10, "9.00"), 20), SHOWN.format(20, 10)),
        (at_least(replace("B2", "B1", 10, "9.00"), 20), LEAST.format(20, 10)),
        (asking(replace("B2", "B1", 10, "9.00"), stop_price=1000), f"{CONFLICT} stop_price a limit order has none"),
        (post_only(replace("B2", "B1", 10, "11.00")), "WOULD_TAKE_LIQUIDITY: price 11 would trade with 11 at once"),
        (until(replace("B2", "B1", 10, "9.00"), 3), "INVALID_EXPIRY: expires_at is not in the future"),
        (replace("B2", "B1", 10, "9.00", TimeInForce.GOOD_TILL_DATE), NO_EXPIRY),
    ],
)
def test_a_replace_is_held_to_the_same_rules(market: Market, request_: Command, why: str) -> None:
    market.do(buy("B1", 30, "9.00"))
    assert market.do(request_) == [f"refused replace B2 of B1 (NEW) {why}"]


def test_a_replace_that_leaves_the_conditions_is_held_to_those_that_stay(market: Market) -> None:
    market.do(shown(buy("B1", 50, "9.00"), 20), at_least(buy("B9", 10, "11.00"), 10))
    assert market.do(replace("B2", "B1", 10, "9.00")) == [f"refused replace B2 of B1 (NEW) {SHOWN.format(20, 10)}"]
