"""Icebergs and hidden orders: what is shown, who trades first, and what a replace does to them."""

from __future__ import annotations

import msgspec
import pytest

from exchange.commands import ChangePhase, Command, EnterOrder, ReplaceOrder
from exchange.events import LevelChanged
from exchange.orders import Side
from exchange.phases import Phase
from exchange.reference.rule_profile import IcebergRefresh, MinimumQuantity
from tests.exchange.market import ACME, IOC, Market, buy, cancel, replace, rules, sell
from tests.exchange.wishes import asking, at_least, shown


@pytest.fixture
def market() -> Market:
    return Market()


def fills(lines: list[str]) -> list[str]:
    """Who was filled with how much, of the orders that rested: `S1 10`."""
    words = [line.replace(",", "").split() for line in lines if line.startswith("filled")]
    return [f"{line[1]} {line[2]}" for line in words if line[1] != "X"]


def test_the_book_shows_a_part_and_the_owner_has_it_all(market: Market) -> None:
    assert market.do(shown(sell("S1", 100, "10.00"), 30)) == ["accepted S1 100@10", "ask 10: 30 in 1"]
    assert market.do(sell("S2", 5, "10.00")) == ["accepted S2 5@10", "ask 10: 35 in 2"]
    assert market.do(cancel("C1", "S1")) == ["canceled S1 by C1: 100 open, 0 done, requested", "ask 10: 5 in 1"]


def test_a_hidden_order_shows_nothing_and_leaves_nothing_behind(market: Market) -> None:
    assert market.do(shown(sell("S1", 100, "10.00"), 0)) == ["accepted S1 100@10"]
    assert market.book() == {"ask 10": ["S1 100"]}
    assert market.do(buy("X", 40, "10.00")) == [
        "accepted X 40@10",
        "traded 40@10",
        "filled X 40, 40 done, 0 left",
        "filled S1 40, 40 done, 60 left",
    ]
    assert market.do(cancel("C1", "S1")) == ["canceled S1 by C1: 60 open, 40 done, requested"]
    assert market.book() == {}


def test_all_of_it_takes_when_it_comes_in(market: Market) -> None:
    market.do(sell("S1", 50, "10.00"))
    assert market.do(shown(buy("B1", 80, "10.00"), 10)) == [
        "accepted B1 80@10",
        "traded 50@10",
        "filled B1 50, 50 done, 30 left",
        "filled S1 50, 50 done, 0 left",
        "ask 10: gone",
        "bid 10: 10 in 1",
    ]


@pytest.mark.parametrize(
    ("refresh", "quantity", "trades", "left"),
    [
        (IcebergRefresh.TO_BACK, 4, ["S1 4"], ["S1 96", "S2 15"]),
        (IcebergRefresh.TO_BACK, 10, ["S1 10"], ["S2 15", "S1 90"]),
        (IcebergRefresh.TO_BACK, 12, ["S1 10", "S2 2"], ["S2 13", "S1 90"]),
        (IcebergRefresh.TO_BACK, 40, ["S1 10", "S2 15", "S1 10", "S1 5"], ["S1 75"]),
        (IcebergRefresh.TO_BACK, 115, ["S1 10", "S2 15", *["S1 10"] * 9], []),
        (IcebergRefresh.KEEPS_PLACE, 10, ["S1 10"], ["S1 90", "S2 15"]),
        (IcebergRefresh.KEEPS_PLACE, 25, ["S1 10", "S1 10", "S1 5"], ["S1 75", "S2 15"]),
        (IcebergRefresh.KEEPS_PLACE, 105, [*["S1 10"] * 10, "S2 5"], ["S2 10"]),
    ],
)
def test_where_the_next_part_stands(refresh: IcebergRefresh, quantity: int, trades: list[str], left: list[str]) -> None:
    market = Market(rules(iceberg_refresh=refresh))
    market.do(shown(sell("S1", 100, "10.00"), 10), sell("S2", 15, "10.00"))
    assert fills(market.do(buy("X", quantity, "10.00"))) == trades
    assert market.book() == ({"ask 10": left} if left else {})


def test_two_icebergs_take_turns(market: Market) -> None:
    market.do(shown(sell("S1", 25, "10.00"), 10), shown(sell("S2", 25, "10.00"), 10))
    assert fills(market.do(buy("X", 48, "10.00"))) == ["S1 10", "S2 10", "S1 10", "S2 10", "S1 5", "S2 3"]
    assert market.do(buy("B2", 2, "10.00"))[-1] == "ask 10: gone"


def test_one_that_was_passed_over_stays_in_front_of_the_next_part() -> None:
    market = Market(rules(minimum_quantity=MinimumQuantity.PER_EXECUTION))
    market.do(sell("S1", 10, "10.00"), shown(sell("S2", 60, "10.00"), 20), sell("S3", 20, "10.00"))
    assert fills(market.do(at_least(buy("X", 60, "10.00", IOC), 20))) == ["S2 20", "S3 20", "S2 20"]
    assert market.book() == {"ask 10": ["S1 10", "S2 20"]}


@pytest.mark.parametrize(
    ("display", "quantity", "left", "level"),
    [
        (0, 40, ["S1 60"], []),
        (30, 40, ["S1 60"], []),
        (30, 80, ["S1 20"], [(20, 1)]),
    ],
)
def test_in_an_auction_all_of_it_takes_part_and_the_part_is_shown_anew(
    display: int, quantity: int, left: list[str], level: list[tuple[int, int]]
) -> None:
    market = Market()
    market.apply(ChangePhase(Phase.OPENING_AUCTION, "ACME"))
    market.do(shown(sell("S1", 100, "10.00"), display))
    market.apply(buy("B1", quantity, "10.00"))
    told = [event for event in market.apply(ChangePhase(Phase.CONTINUOUS, "ACME")) if isinstance(event, LevelChanged)]
    assert market.book() == {"ask 10": left}
    assert [(event.quantity, event.orders) for event in told if event.side is Side.SELL and event.quantity] == level


def test_the_last_part_is_what_is_left(market: Market) -> None:
    market.do(shown(sell("S1", 25, "10.00"), 10))
    assert market.do(buy("X", 20, "10.00"))[-1] == "ask 10: 5 in 1"


def test_what_is_shown_trades_before_what_is_not(market: Market) -> None:
    market.do(shown(sell("S1", 10, "10.00"), 0), shown(sell("S2", 30, "10.00"), 10), shown(sell("S3", 10, "10.00"), 0))
    market.do(sell("S4", 10, "10.00"), sell("S5", 10, "10.01"))
    assert fills(market.do(buy("X", 60, "10.01"))) == ["S2 10", "S4 10", "S2 10", "S2 10", "S1 10", "S3 10"]
    assert market.book() == {"ask 10.01": ["S5 10"]}


def test_a_better_hidden_price_trades_first(market: Market) -> None:
    market.do(shown(sell("S1", 10, "9.99"), 0), sell("S2", 10, "10.00"))
    assert market.do(buy("X", 15, "10.00")) == [
        "accepted X 15@10",
        "traded 10@9.99",
        "filled X 10, 10 done, 5 left",
        "filled S1 10, 10 done, 0 left",
        "traded 5@10",
        "filled X 5, 15 done, 0 left",
        "filled S2 5, 5 done, 5 left",
        "ask 10: 5 in 1",
    ]


@pytest.mark.parametrize(
    ("order", "request_", "place", "level", "queue"),
    [
        (shown(sell("S1", 100, "10.00"), 30), replace("R1", "S1", 60, "10.00"), "keeps", [], "R1 60|S2 5"),
        (shown(sell("S1", 100, "10.00"), 30), replace("R1", "S1", 20, "10.00"), "", [], "S1 100|S2 5"),
        (shown(sell("S1", 100, "10.00"), 30), replace("R1", "S1", 200, "10.00"), "keeps", [], "R1 200|S2 5"),
        (
            shown(sell("S1", 100, "10.00"), 30),
            shown(replace("R1", "S1", 100, "10.00"), 40),
            "loses",
            ["ask 10: 45 in 2"],
            "S2 5|R1 100",
        ),
        (
            shown(sell("S1", 30, "10.00"), 30),
            replace("R1", "S1", 40, "10.00"),
            "loses",
            ["ask 10: 35 in 2"],
            "S2 5|R1 40",
        ),
        (shown(sell("S1", 30, "10.00"), 0), replace("R1", "S1", 20, "10.00"), "keeps", [], "S2 5|R1 20"),
        (shown(sell("S1", 30, "10.00"), 0), replace("R1", "S1", 40, "10.00"), "loses", [], "S2 5|R1 40"),
        (
            sell("S1", 30, "10.00"),
            shown(replace("R1", "S1", 30, "10.00"), 0),
            "loses",
            ["ask 10: 5 in 1"],
            "S2 5|R1 30",
        ),
    ],
)
def test_what_a_replace_keeps(
    market: Market, order: EnterOrder, request_: ReplaceOrder, place: str, level: list[str], queue: str
) -> None:
    market.do(order, sell("S2", 5, "10.00"))
    first, *others = market.do(request_)
    if place:
        assert (first.split(", ")[-1], others) == (f"{place} its place", level)
    else:
        assert first.endswith(
            "INVALID_DISPLAY_QUANTITY: display_quantity 30 is not 0 or a multiple of lot 1 up to the quantity 20"
        )
    assert market.book() == {"ask 10": queue.split("|")}


def test_a_smaller_total_takes_from_what_is_not_shown_first(market: Market) -> None:
    market.do(shown(sell("S1", 100, "10.00"), 30), buy("X", 20, "10.00"))
    assert market.do(shown(replace("R1", "S1", 40, "10.00"), 30)) == [
        "replaced S1 by R1 40@10: 20 left, keeps its place"
    ]
    assert market.do(shown(replace("R2", "R1", 35, "10.00", side=Side.SELL), 30)) == [
        "replaced R1 by R2 35@10: 15 left, keeps its place"
    ]
    assert market.do(buy("B2", 12, "10.00"))[-1] == "ask 10: 3 in 1"


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (shown(buy("X", 100, "10.00"), 110), "110 is not 0 or a multiple of lot 10 up to the quantity 100"),
        (shown(buy("X", 100, "10.00"), 15), "15 is not 0 or a multiple of lot 10 up to the quantity 100"),
        (shown(buy("X", 100, "10.00"), -2), "-2 is below 0"),
    ],
)
def test_a_part_that_cannot_be_shown_is_refused(order: Command, why: str) -> None:
    market = Market(msgspec.structs.replace(ACME, lot=10))
    assert market.do(order) == [f"rejected X INVALID_DISPLAY_QUANTITY: display_quantity {why}"]


def test_conditions_that_ask_for_nothing_change_nothing(market: Market) -> None:
    market.do(asking(sell("S1", 10, "10.00")), sell("S2", 10, "10.00"))
    assert market.do(buy("X", 15, "10.00"))[-1] == "ask 10: 5 in 1"
    assert market.book() == {"ask 10": ["S2 5"]}
