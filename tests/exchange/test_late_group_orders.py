"""Orders of a group that come after others of it have traded or ended: lists are entered order by order."""

from __future__ import annotations

import msgspec
import pytest

from exchange.commands import Command, ListInstrument, MassCancel
from exchange.matching.order_groups import ENDED_GROUPS_KEPT, GROUP_ORDERS_MAX
from exchange.orders import OrderStatus
from tests.exchange.market import ACME, IOC, Market, buy, cancel, replace, sell
from tests.exchange.wishes import OCO, OTO, OUO, asking, grouped, stop, until

GROUP = "INVALID_ORDER_GROUP"

ENTRY = grouped(buy("B1", 100, "9.95"), "G", OTO)
AT_ONCE = grouped(buy("B1", 100, "9.95", IOC), "G", OTO)
TAKE = grouped(sell("S1", 100, "10.20"), "G", OCO)
UNTRADED = ["accepted S1 100@10.2", "canceled S1: 100 open, 0 done, group"]


@pytest.fixture
def market() -> Market:
    return Market()


@pytest.mark.parametrize(
    ("before", "lines"),
    [
        ((sell("S0", 100, "9.95"), ENTRY), ["accepted S1 100@10.2", "ask 10.2: 100 in 1"]),
        (
            (sell("S0", 30, "9.95"), AT_ONCE),
            ["accepted S1 100@10.2", "restated S1 30@10.2: 30 left, decremented", "ask 10.2: 30 in 1"],
        ),
        ((sell("S0", 30, "9.95"), ENTRY), ["accepted S1 100@10.2"]),
        ((AT_ONCE,), UNTRADED),
        ((ENTRY, cancel("C1", "B1")), UNTRADED),
        ((ENTRY, TAKE, cancel("C1", "B1")), ["accepted S2 100@10.3", "canceled S2: 100 open, 0 done, group"]),
        ((grouped(buy("B1", 0, "9.95"), "G", OTO),), UNTRADED),
        (
            (
                grouped(buy("B1", 0, "9.95"), "G", OTO),
                sell("S0", 100, "9.95"),
                grouped(buy("B2", 100, "9.95"), "G", OTO),
            ),
            ["accepted S1 100@10.2", "ask 10.2: 100 in 1"],
        ),
    ],
    ids=["whole", "a part", "waits", "nothing", "canceled", "one came before", "entry refused", "entry mended"],
)
def test_what_the_entry_has_done_decides_about_children_that_come_later(
    market: Market, before: tuple[Command, ...], lines: list[str]
) -> None:
    market.do(*before)
    is_second = TAKE in before
    child = grouped(sell("S2", 100, "10.30"), "G", OCO) if is_second else TAKE
    assert market.do(child) == lines


def test_an_entry_that_went_in_waits_for_nothing_that_came_before_it_was_refused(market: Market) -> None:
    """A refused entry that names no group, or one that has orders, changes nothing."""
    market.do(grouped(sell("S0", 10, "10.50"), "G", OCO), grouped(buy("B1", 0, "9.95"), "G", OTO))
    market.do(asking(buy("B2", 0, "9.95"), contingency=OTO), grouped(buy("B3", 0, "9.95"), "H", OCO))
    assert market.do(TAKE)[-1] == "ask 10.2: 100 in 1"
    assert market.do(grouped(sell("S2", 10, "10.30"), "H", OCO))[-1] == "ask 10.3: 10 in 1"


def test_children_that_come_one_by_one_cancel_each_other(market: Market) -> None:
    """The take-profit trades before the stop comes: by then both entry and take-profit are closed."""
    market.do(sell("S0", 10, "9.95"), buy("B5", 10, "9.50"), grouped(buy("B1", 10, "9.95"), "G", OTO))
    assert "filled S1 10, 10 done, 0 left" in market.do(grouped(sell("S1", 10, "9.50"), "G", OCO))
    assert market.do(grouped(stop(sell("S2", 10), "9.00"), "G", OCO)) == [
        "accepted S2 10@market STOP",
        "canceled S2: 10 open, 0 done, group",
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (grouped(sell("S1", 10, "10.00", IOC), "G", OCO), "canceled S2: 20 open, 0 done, group"),
        (grouped(sell("S1", 20, "10.00"), "G", OCO), "canceled S2: 20 open, 0 done, group"),
        (grouped(sell("S1", 10, "11.00", IOC), "G", OCO), "ask 10.5: 20 in 1"),
        (grouped(sell("S1", 20, "10.00", IOC), "G", OUO), "restated S2 10@10.5: 10 left, decremented"),
        (grouped(sell("S1", 20, "10.00"), "G", OUO), "restated S2 10@10.5: 10 left, decremented"),
        (grouped(sell("S1", 10, "11.00", IOC), "G", OUO), "ask 10.5: 20 in 1"),
    ],
)
def test_a_second_leg_comes_when_the_first_has_traded_or_ended(market: Market, first: Command, second: str) -> None:
    """10 of the first can trade at once at 10.00; it is open still, or its rest was canceled."""
    market.do(buy("B1", 10, "10.00"), first)
    lines = market.do(grouped(sell("S2", 20, "10.50"), "G", OUO))
    assert [line for line in lines if line.startswith(("canceled", "restated"))] in ([second], [])
    assert second in lines


def test_what_several_have_traded_is_taken_from_the_next(market: Market) -> None:
    market.do(buy("B1", 10, "10.00"), grouped(sell("S1", 4, "10.00"), "G", OUO))
    market.do(grouped(sell("S2", 7, "10.00"), "G", OUO))
    assert market.do(grouped(sell("S3", 8, "10.50"), "G", OUO))[1] == "restated S3 1@10.5: 1 left, decremented"
    assert market.do(grouped(sell("S4", 7, "10.50"), "G", OUO))[1] == "canceled S4: 7 open, 0 done, group"


def test_what_the_entry_and_a_sibling_have_traded_count_together(market: Market) -> None:
    """30 were bought, 10 of them sold again: the next child may sell 20."""
    market.do(sell("S0", 30, "9.95"), AT_ONCE, buy("B5", 10, "9.50"), grouped(sell("S1", 100, "9.50"), "G", OUO))
    assert market.do(grouped(stop(sell("S2", 100), "9.00"), "G", OUO))[1:] == [
        "restated S2 20@market STOP: 20 left, decremented"
    ]


def test_an_order_that_its_group_ends_at_once_is_remembered_like_any(market: Market) -> None:
    market.do(AT_ONCE, until(TAKE, 1_000))
    assert market.order("S1").status is OrderStatus.CANCELED
    assert market.do(cancel("C1", "S1"))[0].startswith("refused cancel C1 of S1 (CANCELED) ORDER_CLOSED")
    assert market.venue.next_due is None


def test_an_entry_that_ends_after_its_last_child_did_is_what_later_ones_find(market: Market) -> None:
    """A replace makes the entry the later of the two, so the mass cancel ends the child first."""
    market.do(ENTRY, TAKE, replace("R1", "B1", 90, "9.90"), MassCancel("S", "M"))
    assert market.do(grouped(sell("S2", 5, "10.30"), "G", OCO))[1] == "canceled S2: 5 open, 0 done, group"


def test_so_many_ended_groups_are_kept_of_each_session_and_the_oldest_is_forgotten(market: Market) -> None:
    def entry(number: int, session: str = "S") -> Command:
        return grouped(buy(f"B{number}", 1, "9.00", IOC, session=session), f"G{number}", OTO)

    market.do(*(entry(number) for number in range(ENDED_GROUPS_KEPT)), entry(1, "T"))
    assert market.do(grouped(sell("S0", 1, "10.00"), "G0", OCO))[1] == "canceled S0: 1 open, 0 done, group"
    market.do(entry(ENDED_GROUPS_KEPT))
    assert market.do(grouped(sell("S1", 1, "10.00"), "G1", OCO))[1] == "ask 10: 1 in 1", "the first of a new group"
    assert market.do(grouped(sell("S2", 1, "10.00"), "G2", OCO))[1] == "canceled S2: 1 open, 0 done, group"
    assert market.do(grouped(sell("S3", 1, "10.00"), "G0", OCO))[1] == "canceled S3: 1 open, 0 done, group"
    in_t = grouped(sell("S1", 1, "10.00", session="T"), "G1", OCO)
    assert market.do(in_t)[1] == "canceled S1: 1 open, 0 done, group"


def test_more_groups_than_are_kept_may_end_at_once() -> None:
    """The first group's second order is told of when the group itself is forgotten already."""
    market = Market()
    market.do(ListInstrument(msgspec.structs.replace(ACME, symbol="FINE")))
    for number in range(ENDED_GROUPS_KEPT + 1):
        market.do(grouped(buy(f"B{number}", 1, "9.00"), f"G{number}", OCO))
    market.do(grouped(buy("B9999", 1, "9.00", symbol="FINE"), "G0", OCO))
    assert len(market.do(MassCancel("S", "M"))) == 1 + ENDED_GROUPS_KEPT + 2 + 2
    assert len(market.venue.engine.groups.state()) == ENDED_GROUPS_KEPT


def test_an_entry_is_the_first_of_its_group_also_when_all_before_it_have_ended(market: Market) -> None:
    why = "contingency one triggers other is for the first order of a group, and G has {} already"
    market.do(grouped(buy("B1", 10, "9.95", IOC), "G", OTO))
    assert market.do(grouped(buy("B2", 10, "9.95"), "G", OTO)) == [f"rejected B2 {GROUP}: {why.format(1)}"]
    market.do(grouped(sell("S1", 10, "10.20"), "G", OCO))
    assert market.do(grouped(buy("B3", 10, "9.95"), "G", OTO)) == [f"rejected B3 {GROUP}: {why.format(2)}"]


def test_an_entry_is_refused_while_children_of_a_closed_one_are_open(market: Market) -> None:
    market.do(sell("S0", 10, "9.95"), grouped(buy("B1", 10, "9.95"), "G", OTO), TAKE)
    assert market.do(grouped(buy("B2", 10, "9.95"), "G", OTO)) == [
        f"rejected B2 {GROUP}: contingency one triggers other is for the first order of a group, and G has 2 already"
    ]


def test_orders_that_have_ended_count_for_the_most_that_a_group_may_have(market: Market) -> None:
    for number in range(GROUP_ORDERS_MAX):
        market.do(grouped(buy(f"B{number}", 1, "9.00", IOC), "G", OCO))
    why = f"group G has {GROUP_ORDERS_MAX} orders already, the most a group may have"
    assert market.do(grouped(buy("B99", 1, "9.00"), "G", OCO)) == [f"rejected B99 {GROUP}: {why}"]


def test_groups_are_of_one_session(market: Market) -> None:
    market.do(grouped(buy("B1", 10, "9.00"), "G", OCO), grouped(buy("B2", 10, "8.00", session="T"), "G", OCO))
    assert market.do(sell("S1", 10, "9.00"))[-1] == "bid 9: gone"
    assert market.order("B2", "T").is_open
    assert market.do(grouped(buy("B3", 10, "7.00", session="T"), "G", OCO))[-1] == "bid 7: 10 in 1"
    assert market.do(grouped(buy("B4", 10, "7.00"), "G", OCO))[-1] == "canceled B4: 10 open, 0 done, group"


@pytest.mark.parametrize(
    ("commands", "orders", "done"),
    [
        ([ENTRY, TAKE], 2, [2, 1, None, False, 0]),
        ([ENTRY, TAKE, cancel("C1", "S1")], 1, [2, 1, None, False, 0]),
        ([sell("S0", 5, "9.95"), AT_ONCE], 0, [1, None, 5, False, 0]),
        ([grouped(buy("B1", 0, "9.00"), "G", OTO)], 0, [0, None, 0, False, 0]),
        ([buy("B1", 5, "10.20"), TAKE], 1, [1, None, None, True, 0]),
        ([buy("B1", 5, "10.20"), grouped(sell("S1", 9, "10.20"), "G", OUO)], 1, [1, None, None, False, 5]),
    ],
)
def test_what_a_group_has_done_is_part_of_the_state(
    market: Market, commands: list[Command], orders: int, done: list[int | None]
) -> None:
    """How many have joined, the entry that is open, what one had traded when it ended, whether one has canceled the
    others, and what was taken from the others."""
    market.do(*commands)
    states = market.venue.engine.groups.state()
    assert [(session, group, len(its), rest) for session, group, its, rest in states] == [("S", "G", orders, done)]
