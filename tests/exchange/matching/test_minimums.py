"""What must trade whole or in a certain size: minimum quantities, all or none, fill or kill."""

from __future__ import annotations

import pytest

from exchange.commands import Command, EnterOrder
from exchange.orders import SelfTradePrevention
from exchange.phases import Phase
from exchange.reference.accounts import Account
from exchange.reference.rule_profile import IcebergRefresh, MarketRemainder, MinimumQuantity
from tests.exchange.market import FOK, IOC, Market, buy, rules, sell
from tests.exchange.wishes import all_or_none, asking, at_least, post_only, preventing, shown

EACH = rules(minimum_quantity=MinimumQuantity.PER_EXECUTION)
BOB = Account("BOB", "Bob")
HIDDEN = "is for hidden orders (display quantity 0) and immediate ones"
CANCEL_INCOMING, CANCEL_RESTING = SelfTradePrevention.CANCEL_INCOMING, SelfTradePrevention.CANCEL_RESTING
CANCEL_BOTH, DECREMENT = SelfTradePrevention.CANCEL_BOTH, SelfTradePrevention.DECREMENT


@pytest.fixture
def market() -> Market:
    return Market()


def trades(lines: list[str]) -> list[str]:
    return [line.removeprefix("traded ") for line in lines if line.startswith("traded")]


def end_of(lines: list[str]) -> str:
    """Why the last of the canceled orders was canceled, if one was."""
    return next((line.split(", ")[-1] for line in reversed(lines) if line.startswith("canceled")), "")


@pytest.mark.parametrize(
    ("order", "traded", "why", "rests"),
    [
        (at_least(buy("B1", 100, "10.01"), 50), ["30@10", "30@10.01"], "", "B1 40"),
        (at_least(buy("B1", 100, "10.01"), 60), ["30@10", "30@10.01"], "", "B1 40"),
        (at_least(buy("B1", 100, "10.01"), 61), [], "minimum not met", ""),
        (at_least(buy("B1", 100, "10.00"), 31), [], "minimum not met", ""),
        (at_least(buy("B1", 100, "9.00"), 1), [], "minimum not met", ""),
        (at_least(buy("B1", 100, "10.01", IOC), 50), ["30@10", "30@10.01"], "immediate remainder", ""),
        (at_least(buy("B1", 100, "10.01", IOC), 70), [], "minimum not met", ""),
        (at_least(buy("B1", 100), 60), ["30@10", "30@10.01"], "no liquidity", ""),
        (at_least(buy("B1", 100), 61), [], "minimum not met", ""),
        (at_least(buy("B1", 100, "9.00"), 0), [], "", "B1 100"),
    ],
)
def test_on_entry_so_much_must_trade_at_once_over_any_number_of_orders(
    market: Market, order: EnterOrder, traded: list[str], why: str, rests: str
) -> None:
    market.do(sell("S1", 30, "10.00"), sell("S2", 30, "10.01"))
    lines = market.do(order)
    assert (trades(lines), end_of(lines)) == (traded, why)
    bids = [order for level, orders in market.book().items() for order in orders if level.startswith("bid")]
    assert bids == ([rests] if rests else [])


def test_once_it_rests_a_minimum_on_entry_is_forgotten(market: Market) -> None:
    market.do(sell("S1", 50, "10.00"), at_least(buy("B1", 100, "10.00"), 50))
    assert trades(market.do(sell("S2", 1, "10.00"))) == ["1@10"]
    assert market.do(at_least(buy("B2", 10, "9.00"), 0), sell("S3", 1, "9.50"))[-1] == "bid 10: 48 in 1"


@pytest.mark.parametrize(
    ("resting", "order", "traded", "left"),
    [
        # A resting minimum: smaller orders pass it over.
        ([at_least(shown(sell("S1", 100, "10.00"), 0), 50)], buy("B1", 49, "10.00"), [], "S1 100"),
        ([at_least(shown(sell("S1", 100, "10.00"), 0), 50)], buy("B1", 50, "10.00"), ["50@10"], "S1 50"),
        ([at_least(shown(sell("S1", 60, "10.00"), 0), 50), sell("S2", 5, "10.01")], buy("B1", 5), ["5@10.01"], "S1 60"),
        # What is left of it is less than its minimum: then it is the minimum.
        ([at_least(shown(sell("S1", 60, "10.00"), 0), 50), buy("B0", 55, "10.00")], buy("B1", 5), ["5@10"], ""),
        ([at_least(shown(sell("S1", 60, "10.00"), 0), 50), buy("B0", 55, "10.00")], buy("B1", 4), [], "S1 5"),
        # An incoming minimum: smaller orders are passed over.
        (
            [sell("S1", 10, "10.00"), sell("S2", 50, "10.01")],
            at_least(buy("B1", 100, "10.01", IOC), 50),
            ["50@10.01"],
            "S1 10",
        ),
        (
            [sell("S1", 60, "10.00"), sell("S2", 60, "10.00")],
            at_least(buy("B1", 100, "10.00", IOC), 50),
            ["60@10", "40@10"],
            "S2 20",
        ),
        ([shown(sell("S1", 100, "10.00"), 10)], at_least(buy("B1", 50, "10.00", IOC), 20), [], "S1 100"),
        (
            [shown(sell("S1", 100, "10.00"), 20)],
            at_least(buy("B1", 50, "10.00", IOC), 20),
            ["20@10", "20@10", "10@10"],
            "S1 50",
        ),
    ],
)
def test_per_execution_each_one_has_so_much(
    resting: list[Command], order: Command, traded: list[str], left: str
) -> None:
    market = Market(EACH)
    market.do(*resting)
    assert trades(market.do(order)) == traded
    asks = [order for level, orders in market.book().items() for order in orders if level.startswith("ask")]
    assert asks[:1] == ([left] if left else [])


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (
            at_least(buy("X", 10, "10.00"), 11),
            "INVALID_MIN_QUANTITY: min_quantity 11 is not between 0 and the quantity 10",
        ),
        (
            at_least(buy("X", 10, "10.00"), -1),
            "INVALID_MIN_QUANTITY: min_quantity -1 is not between 0 and the quantity 10",
        ),
        (
            at_least(all_or_none(buy("X", 10, "10.00", IOC)), 5),
            "CONFLICTING_INSTRUCTIONS: min_quantity excludes all or none, whose minimum is the whole",
        ),
        (
            shown(all_or_none(buy("X", 10, "10.00")), 5),
            "CONFLICTING_INSTRUCTIONS: display_quantity excludes all or none, which is never shown",
        ),
        (
            all_or_none(buy("X", 10, "10.00", FOK)),
            "CONFLICTING_INSTRUCTIONS: time_in_force fill or kill is all or none already",
        ),
        (
            at_least(shown(buy("X", 10, "10.00"), 2), 3),
            f"CONFLICTING_INSTRUCTIONS: min_quantity 3 in each execution {HIDDEN}",
        ),
    ],
)  # fmt: skip
def test_minimums_that_cannot_be_are_refused(order: EnterOrder, why: str) -> None:
    assert Market(EACH).do(order) == [f"rejected X {why}"]


def test_all_or_none_waits_unseen_until_one_order_takes_it_whole(market: Market) -> None:
    assert market.do(all_or_none(sell("S1", 100, "10.00"))) == ["accepted S1 100@10"]
    assert trades(market.do(buy("B1", 99, "10.00", IOC))) == []
    assert trades(market.do(buy("B2", 120, "10.00"))) == ["100@10"]
    assert market.book() == {"bid 10": ["B2 20"]}


@pytest.mark.parametrize(
    ("order", "traded", "why", "rests"),
    [
        (all_or_none(buy("B1", 60, "10.01")), ["30@10", "30@10.01"], "", []),
        (all_or_none(buy("B1", 61, "10.01")), [], "", ["B1 61"]),
        (all_or_none(buy("B1", 61, "10.01", IOC)), [], "minimum not met", []),
        (all_or_none(buy("B1", 61)), [], "minimum not met", []),
        (all_or_none(buy("B1", 60)), ["30@10", "30@10.01"], "", []),
    ],
)
def test_all_or_none_takes_whole_or_not_at_all(
    market: Market, order: EnterOrder, traded: list[str], why: str, rests: list[str]
) -> None:
    market.do(sell("S1", 30, "10.00"), sell("S2", 30, "10.01"))
    lines = market.do(order)
    assert (trades(lines), end_of(lines), market.book().get("bid 10.01", [])) == (traded, why, rests)


@pytest.mark.parametrize(
    ("counts", "refresh", "quantity", "fills"),
    [
        (True, IcebergRefresh.TO_BACK, 45, True),
        (True, IcebergRefresh.KEEPS_PLACE, 45, True),
        (True, IcebergRefresh.TO_BACK, 46, False),
        (False, IcebergRefresh.TO_BACK, 15, True),
        (False, IcebergRefresh.TO_BACK, 16, False),
    ],
)
def test_whether_fill_or_kill_counts_what_is_not_shown(
    counts: bool, refresh: IcebergRefresh, quantity: int, fills: bool
) -> None:
    """Of S1 10 of 30 are shown, of S2 5 of 5, of S3 none of 10."""
    market = Market(rules(fok_counts_reserve=counts, iceberg_refresh=refresh))
    market.do(shown(sell("S1", 30, "10.00"), 10), sell("S2", 5, "10.00"), shown(sell("S3", 10, "10.00"), 0))
    lines = market.do(buy("B1", quantity, "10.00", FOK))
    assert end_of(lines) == ("" if fills else "not fillable at once")
    assert bool(trades(lines)) is fills


@pytest.mark.parametrize(
    ("mode", "quantity", "fills"),
    [
        (SelfTradePrevention.NONE, 30, True),
        (CANCEL_RESTING, 20, True),
        (CANCEL_RESTING, 21, False),
        (CANCEL_INCOMING, 10, True),
        (CANCEL_INCOMING, 11, False),
        (CANCEL_BOTH, 11, False),
        (DECREMENT, 10, True),
        (DECREMENT, 11, False),
        (DECREMENT, 25, False),
    ],
)
def test_fill_or_kill_does_not_count_its_owners_orders(mode: SelfTradePrevention, quantity: int, fills: bool) -> None:
    """S1 and S3 are of others, S2 between them is its owner's."""
    market = Market(rules(), BOB)
    market.do(sell("S1", 10, "10.00", account="BOB"), sell("S2", 10, "10.00"), sell("S3", 10, "10.00", account="BOB"))
    lines = market.do(preventing(buy("B1", quantity, "10.00", FOK), mode))
    assert end_of(lines) == ("not fillable at once" if not fills else "self-trade" if quantity == 20 else "")
    assert bool(trades(lines)) is fills


def test_an_iceberg_behind_its_owners_order_does_not_count_for_an_order_that_would_stop_there() -> None:
    """The tip of S1 is gone after 10 shares; then S2 would stop the incoming order half way."""
    market = Market(rules(), BOB)
    market.do(shown(sell("S1", 100, "10.00", account="BOB"), 10), sell("S2", 10, "10.00"))
    assert market.do(preventing(buy("B1", 50, "10.00", FOK), CANCEL_INCOMING))[1:] == [
        "canceled B1: 50 open, 0 done, not fillable at once"
    ]
    assert trades(market.do(preventing(buy("B2", 10, "10.00", FOK), CANCEL_INCOMING))) == ["10@10"]


def test_by_other_rules_fill_or_kill_counts_them_and_may_end_half_way() -> None:
    market = Market(rules(fok_excludes_own=False), BOB)
    market.do(sell("S1", 10, "10.00", account="BOB"), sell("S2", 10, "10.00"))
    lines = market.do(preventing(buy("B1", 20, "10.00", FOK), CANCEL_INCOMING))
    assert lines[-2:] == ["canceled B1: 10 open, 10 done, self-trade", "ask 10: 10 in 1"]


def test_minimums_do_not_count_them_by_any_rules() -> None:
    market = Market(rules(fok_excludes_own=False, fok_counts_reserve=False), BOB)
    market.do(shown(sell("S1", 10, "10.00", account="BOB"), 1), sell("S2", 10, "10.00"))
    least = preventing(at_least(buy("B1", 20, "10.00"), 11), CANCEL_RESTING)
    assert market.do(least)[1:] == ["canceled B1: 20 open, 0 done, minimum not met"]
    fine = preventing(at_least(buy("B2", 10, "10.00"), 10), CANCEL_RESTING)
    assert sum(int(trade.split("@")[0]) for trade in trades(market.do(fine))) == 10


def test_orders_that_would_pass_each_other_over_do_not_count(market: Market) -> None:
    market.do(all_or_none(sell("S1", 50, "10.00")), sell("S2", 20, "10.00"))
    assert end_of(market.do(buy("B1", 30, "10.00", FOK))) == "not fillable at once"
    assert trades(market.do(buy("B2", 70, "10.00", FOK))) == ["20@10", "50@10"]


def test_market_orders_that_have_no_price_yet_do_not_count() -> None:
    market = Market(rules(market_remainder=MarketRemainder.RESTS_UNPRICED))
    market.do(sell("S1", 10))
    assert end_of(market.do(buy("B1", 5, time_in_force=FOK))) == "not fillable at once"
    assert end_of(market.do(at_least(buy("B2", 5), 1))) == "minimum not met"
    assert trades(market.do(buy("B3", 5, "10.00", FOK))) == ["5@10"]


def test_a_post_only_order_keeps_its_minimum_for_later() -> None:
    market = Market(EACH)
    assert market.do(post_only(at_least(shown(buy("B1", 10, "10.00"), 0), 5))) == ["accepted B1 10@10"]
    assert trades(market.do(sell("S1", 4, "10.00", IOC))) == []
    assert trades(market.do(asking(sell("S2", 5, "10.00")))) == ["5@10"]


def test_a_minimum_at_once_is_not_for_a_call_phase(market: Market) -> None:
    market.enter_phase(Phase.OPENING_AUCTION)
    assert market.do(at_least(buy("B1", 10, "10.00"), 5)) == [
        "rejected B1 PHASE_FORBIDS: min_quantity 5 at once is for continuous trading; ACME is in opening auction"
    ]
    assert Market(EACH).do(shown(at_least(buy("B1", 10, "10.00"), 5), 0)) == ["accepted B1 10@10"]
