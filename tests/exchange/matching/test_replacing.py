"""Replaces by every rule: place, quantity below what is filled, other conditions, other times in force."""

from __future__ import annotations

import pytest

from exchange.commands import Command, EnterOrder, ReplaceOrder
from exchange.orders import (
    OrderConditions,
    OrderStatus,
    OrderType,
    SelfTradePrevention,
    ShortSale,
    Side,
    TimeInForce,
)
from exchange.phases import Phase
from exchange.reference.rule_profile import ReplaceBelowFilled, ReplacePriority
from tests.exchange.market import DAY, GTC, Market, buy, cancel, replace, rules, sell
from tests.exchange.wishes import OCO, asking, at_least, grouped, market_to_limit, post_only, preventing, shown, until

BELOW = "quantity 3 is less than the 4 already filled"
AT_CLOSE, AT_OPENING = TimeInForce.AT_CLOSE, TimeInForce.AT_OPENING


@pytest.mark.parametrize(
    ("priority", "request_", "place", "queue"),
    [
        (ReplacePriority.DOWN_KEEPS, replace("R1", "B1", 5, "10.00"), "keeps", ["R1 5", "B2 10"]),
        (ReplacePriority.DOWN_KEEPS, replace("R1", "B1", 10, "10.00"), "keeps", ["R1 10", "B2 10"]),
        (ReplacePriority.DOWN_KEEPS, replace("R1", "B1", 10, "10.00", GTC), "keeps", ["R1 10", "B2 10"]),
        (ReplacePriority.DOWN_KEEPS, replace("R1", "B1", 11, "10.00"), "loses", ["B2 10", "R1 11"]),
        (ReplacePriority.ALWAYS_LOST, replace("R1", "B1", 5, "10.00"), "loses", ["B2 10", "R1 5"]),
        (ReplacePriority.ALWAYS_LOST, replace("R1", "B1", 10, "10.00"), "loses", ["B2 10", "R1 10"]),
        (ReplacePriority.DOWN_KEEPS, shown(replace("R1", "B1", 10, "10.00"), 3), "loses", ["B2 10", "R1 10"]),
        (ReplacePriority.DOWN_KEEPS, asking(replace("R1", "B1", 10, "10.00")), "keeps", ["R1 10", "B2 10"]),
        (ReplacePriority.DOWN_KEEPS, until(replace("R1", "B1", 10, "10.00"), 10_000), "keeps", ["R1 10", "B2 10"]),
        (ReplacePriority.DOWN_KEEPS, grouped(replace("R1", "B1", 9, "10.00"), "G", OCO), "keeps", ["R1 9", "B2 10"]),
    ],
)
def test_what_keeps_its_place(priority: ReplacePriority, request_: ReplaceOrder, place: str, queue: list[str]) -> None:
    market = Market(rules(replace_priority=priority))
    market.do(buy("B1", 10, "10.00"), buy("B2", 10, "10.00"))
    assert market.do(request_)[0].endswith(f"{place} its place")
    assert market.book() == {"bid 10": queue}


def test_below_what_is_filled_it_is_refused() -> None:
    market = Market()
    market.do(buy("B1", 10, "10.00"), sell("S1", 4, "10.00"))
    assert market.do(replace("R1", "B1", 3, "10.00")) == [
        f"refused replace R1 of B1 (PARTIALLY_FILLED) QUANTITY_BELOW_FILLED: {BELOW}"
    ]


@pytest.mark.parametrize("price", ["10.00", "9.00"])
def test_or_the_order_ends_with_what_it_has(price: str) -> None:
    market = Market(rules(replace_below_filled=ReplaceBelowFilled.ENDS_ORDER))
    market.do(buy("B1", 10, "10.00"), sell("S1", 4, "10.00"))
    shown_price = price.removesuffix("0").removesuffix(".0")
    assert [line.replace("keeps", "loses") for line in market.do(replace("R1", "B1", 3, price))] == [
        f"replaced B1 by R1 3@{shown_price}: 0 left, loses its place",
        "canceled R1: 0 open, 4 done, replaced below filled",
        "bid 10: gone",
    ]
    assert market.order("R1").status is OrderStatus.CANCELED
    assert market.do(cancel("C1", "R1", side=Side.BUY))[0].startswith("refused cancel C1 of R1 (CANCELED) ORDER_CLOSED")


def test_a_new_total_of_what_is_filled_fills_it() -> None:
    market = Market(rules(replace_below_filled=ReplaceBelowFilled.ENDS_ORDER))
    market.do(buy("B1", 10, "10.00"), sell("S1", 4, "10.00"))
    assert market.do(replace("R1", "B1", 4, "10.00"))[1:] == ["bid 10: gone"]
    assert market.order("R1").status is OrderStatus.FILLED


def test_a_new_price_that_crosses_trades_with_what_is_left() -> None:
    market = Market()
    market.do(buy("B1", 10, "10.00"), sell("S1", 4, "10.00"), sell("S2", 3, "10.05"), sell("S3", 9, "10.06"))
    assert market.do(replace("R1", "B1", 8, "10.06")) == [
        "replaced B1 by R1 8@10.06: 4 left, loses its place",
        "traded 3@10.05",
        "filled R1 3, 7 done, 1 left",
        "filled S2 3, 3 done, 0 left",
        "traded 1@10.06",
        "filled R1 1, 8 done, 0 left",
        "filled S3 1, 1 done, 8 left",
        "bid 10: gone",
        "ask 10.05: gone",
        "ask 10.06: 8 in 1",
    ]


def test_conditions_that_are_not_stated_stay() -> None:
    market = Market()
    market.do(shown(buy("B1", 10, "10.00"), 3))
    assert market.do(replace("R1", "B1", 10, "9.00"))[1:] == ["bid 10: gone", "bid 9: 3 in 1"]
    assert market.do(asking(replace("R2", "R1", 10, "9.00", side=Side.BUY)))[1:] == ["bid 9: 10 in 1"]


def test_group_and_self_trade_prevention_stay_in_any_case() -> None:
    market = Market()
    market.do(preventing(grouped(buy("B1", 10, "10.00"), "G", OCO), SelfTradePrevention.CANCEL_BOTH))
    market.do(preventing(shown(replace("R1", "B1", 10, "9.00"), 2), SelfTradePrevention.NONE))
    conditions = market.order("R1").terms.conditions
    assert conditions is not None
    assert (conditions.group, conditions.contingency, conditions.display_quantity) == ("G", OCO, 2)
    assert conditions.self_trade_prevention is SelfTradePrevention.CANCEL_BOTH


def test_what_a_sale_says_of_its_shares_stays_in_any_case() -> None:
    market = Market()
    market.do(asking(sell("S1", 10, "10.00"), short_sale=ShortSale.EXEMPT, locate="LENDER"))
    market.do(replace("S2", "S1", 10, "10.00"), shown(replace("S3", "S2", 10, "10.01"), 2))
    conditions = market.order("S3").terms.conditions
    assert conditions == OrderConditions(display_quantity=2, short_sale=ShortSale.EXEMPT, locate="LENDER")
    market.do(sell("S4", 10, "10.02"), asking(replace("S5", "S4", 10, "10.02"), short_sale=ShortSale.SHORT))
    assert market.order("S5").terms.conditions is None


def test_a_minimum_on_entry_holds_for_an_order_that_has_not_traded() -> None:
    market = Market()
    market.do(buy("B1", 10, "9.00"), buy("B2", 10, "9.00"), sell("S1", 4, "9.00"), sell("S2", 5, "10.00"))
    assert (
        market.do(at_least(replace("R2", "B2", 10, "10.00"), 6))[1] == "canceled R2: 10 open, 0 done, minimum not met"
    )
    assert "traded 5@10" in market.do(at_least(replace("R1", "B1", 10, "10.00"), 6))


def test_a_good_till_date_goes_with_its_time_in_force() -> None:
    market = Market()
    market.do(until(buy("B1", 10, "10.00"), 10_000))
    assert market.do(replace("R1", "B1", 10, "10.00")) == ["replaced B1 by R1 10@10: 10 left, keeps its place"]
    assert market.order("R1").terms.conditions is None
    market.do(until(replace("R2", "R1", 10, "10.00", side=Side.BUY), 10_000), sell("S1", 4, "10.00"))
    market.do(replace("R3", "R2", 10, "10.00", side=Side.BUY), shown(buy("B2", 5, "10.00"), 1))
    assert market.do(sell("S2", 9, "10.00"))[-1] == "bid 10: 1 in 1"


def test_a_group_is_not_joined_by_a_replace() -> None:
    market = Market()
    market.do(buy("B1", 10, "10.00"), grouped(replace("R1", "B1", 12, "10.00"), "G", OCO))
    assert market.order("R1").terms.conditions is None


@pytest.mark.parametrize(
    ("order", "request_", "waits"),
    [
        (buy("B1", 10, "10.00"), replace("R1", "B1", 10, "10.00", AT_CLOSE), True),
        (buy("B1", 10, "10.00", AT_CLOSE), replace("R1", "B1", 10, "10.00"), False),
        (buy("B1", 10, "10.00", AT_CLOSE), replace("R1", "B1", 8, "10.00", AT_CLOSE), True),
        (buy("B1", 10, "10.00", AT_CLOSE), replace("R1", "B1", 12, "9.00", AT_CLOSE), True),
    ],
)
def test_to_and_from_an_order_for_one_auction(order: EnterOrder, request_: Command, waits: bool) -> None:
    market = Market()
    market.do(order)
    assert market.do(request_)[0].startswith("replaced B1 by R1")
    assert [one.terms.cl_ord_id for one in market.venue.markets["ACME"].waiting] == (["R1"] if waits else [])
    assert market.book() == ({} if waits else {"bid 10": ["R1 10"]})


def test_not_for_an_auction_that_is_over() -> None:
    market = Market()
    market.do(buy("B1", 10, "10.00"))
    assert "PHASE_FORBIDS: time_in_force" in market.do(replace("R1", "B1", 10, "10.00", AT_OPENING))[0]


def test_in_a_call_phase_nothing_trades_at_the_new_price() -> None:
    market = Market()
    market.do(buy("B1", 10, "10.00"), sell("S1", 10, "11.00"), post_only(buy("B2", 1, "9.00")))
    market.enter_phase(Phase.INTRADAY_AUCTION)
    assert market.do(replace("R1", "B1", 10, "11.00"))[1:] == ["bid 10: gone", "bid 11: 10 in 1"]
    assert market.do(replace("R2", "B2", 1, "11.00"))[1:] == ["bid 9: gone", "bid 11: 11 in 2"]


def test_a_market_to_limit_order_that_has_a_limit_is_replaced_with_it_or_another() -> None:
    market = Market()
    market.do(sell("S1", 50, "10.00"))
    market.do(market_to_limit(buy("B1", 100)))
    assert market.book() == {"bid 10": ["B1 50"]}
    for name, of, price, level in (("B2", "B1", 1000, "bid 10"), ("B3", "B2", 999, "bid 9.99")):
        request = ReplaceOrder("S", name, of, "ACME", Side.BUY, OrderType.MARKET_TO_LIMIT, DAY, 100, price)
        market.apply(request)
        assert market.book() == {level: [f"{name} 50"]}
