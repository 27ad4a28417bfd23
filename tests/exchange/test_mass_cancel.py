"""Mass cancels: which orders they mean, what is told, and what stays."""

from __future__ import annotations

import msgspec
import pytest

from exchange.commands import Command, ListInstrument, MassCancel, OpenAccount, RefuseMassCancel
from exchange.events import LevelChanged, MassCancelAccepted, MassCancelRejected
from exchange.orders import Side
from exchange.phases import Phase
from exchange.reference.accounts import Account
from exchange.rejections import RejectReason
from tests.exchange.market import ACME, Market, buy, cancel, replace, sell
from tests.exchange.wishes import OCO, OTO, grouped, stop

FINE = msgspec.structs.replace(ACME, symbol="FINE", market="X")


@pytest.fixture
def market() -> Market:
    """Of session S: B1 to B3 and S1 rest in ACME, B4 and S2 in FINE, B3 for BOB; of session T: B9."""
    market = Market()
    market.apply(ListInstrument(FINE))
    market.enter_phase(Phase.CONTINUOUS, "FINE")
    market.do(OpenAccount(Account("BOB", "Bob")))
    market.do(buy("B1", 10, "9.00"), buy("B4", 10, "9.00", symbol="FINE"), buy("B9", 10, "9.00", session="T"))
    market.do(buy("B2", 10, "8.00"), buy("B3", 10, "8.00", account="BOB"), sell("S1", 30, "10.00"))
    market.do(sell("S2", 10, "10.00", symbol="FINE"), buy("X", 10, "10.00", session="T"))
    return market


@pytest.mark.parametrize(
    ("request_", "canceled"),
    [
        (MassCancel("S", "M"), "B1 B2 B3 S1 B4 S2"),
        (MassCancel("S", "M", "ACME"), "B1 B2 B3 S1"),
        (MassCancel("S", "M", "FINE"), "B4 S2"),
        (MassCancel("S", "M", "", Side.BUY), "B1 B2 B3 B4"),
        (MassCancel("S", "M", "FINE", Side.SELL), "S2"),
        (MassCancel("S", "M", "", None, "BOB"), "B3"),
        (MassCancel("S", "M", "FINE", None, "BOB"), ""),
        (MassCancel("T", "M"), "B9"),
        (MassCancel("U", "M"), ""),
        (MassCancel("S", "M", market="X"), "B4 S2"),
        (MassCancel("S", "M", market=""), "B1 B2 B3 S1"),
        (MassCancel("S", "M", "ACME", market="X"), ""),
        (MassCancel("S", "M", "FINE", Side.BUY, market="X"), "B4"),
    ],
)
def test_orders_within_the_scope_are_canceled_and_no_other(market: Market, request_: MassCancel, canceled: str) -> None:
    names = canceled.split()
    first, *others = market.do(request_)
    assert first == f"mass cancel M: {len(names)} orders"
    assert [line.split(" by ")[0] for line in others if "canceled" in line] == [f"canceled {name}" for name in names]
    stay = {order.terms.cl_ord_id for order in market.venue.register}
    assert stay == {"B1", "B2", "B3", "B4", "B9", "S1", "S2"} - set(names)


def test_each_order_tells_what_was_left_and_each_level_is_shown_once(market: Market) -> None:
    assert market.do(MassCancel("S", "M", "ACME")) == [
        "mass cancel M: 4 orders",
        "canceled B1 by M: 10 open, 0 done, mass cancel",
        "canceled B2 by M: 10 open, 0 done, mass cancel",
        "canceled B3 by M: 10 open, 0 done, mass cancel",
        "canceled S1 by M: 20 open, 10 done, mass cancel",
        "bid 9: 10 in 1",
        "bid 8: gone",
        "ask 10: gone",
    ]
    assert market.book() == {"bid 9": ["B9 10"]}


def test_levels_are_shown_under_their_own_symbol(market: Market) -> None:
    shown = [event.symbol for event in market.apply(MassCancel("S", "M")) if isinstance(event, LevelChanged)]
    assert shown == ["ACME", "ACME", "ACME", "FINE", "FINE"]


def test_orders_go_in_the_order_of_their_identifiers(market: Market) -> None:
    market.do(replace("B5", "B1", 10, "9.00"))
    lines = market.do(MassCancel("S", "M", "ACME", Side.BUY))
    assert [line.split()[1] for line in lines if line.startswith("canceled")] == ["B2", "B3", "B5"]


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (MassCancel("S", "M", "NONE"), "M UNKNOWN_INSTRUMENT: symbol NONE is not listed"),
        (MassCancel("S", "M", "", None, "CAROL"), "M UNKNOWN_ACCOUNT: account CAROL is not open"),
        (MassCancel("S", "M", market="Y"), "M UNKNOWN_INSTRUMENT: market Y has no instrument"),
        (MassCancel("S", "B1"), "B1 DUPLICATE_CLIENT_ORDER_ID: cl_ord_id B1 was used before in this session"),
        (
            RefuseMassCancel(MassCancel("S", "M"), RejectReason.UNSUPPORTED_INSTRUCTION, "scope", "3 is not taken"),
            "M UNSUPPORTED_INSTRUCTION: scope 3 is not taken",
        ),
        (
            RefuseMassCancel(MassCancel("S", "B1"), RejectReason.UNSUPPORTED_INSTRUCTION, "scope", "3 is not taken"),
            "B1 DUPLICATE_CLIENT_ORDER_ID: cl_ord_id B1 was used before in this session",
        ),
    ],
)
def test_what_breaks_a_rule_is_refused_and_all_orders_stand(market: Market, request_: Command, why: str) -> None:
    before = market.book(), market.book("FINE")
    assert market.do(request_) == [f"refused mass cancel {why}"]
    assert (market.book(), market.book("FINE")) == before
    assert market.do(MassCancel("S", "M2"))[0] == "mass cancel M2: 6 orders"


def test_its_identifier_is_used_up_and_its_orders_are_closed(market: Market) -> None:
    market.do(MassCancel("S", "M"))
    assert market.do(buy("M", 1, "9.00")) == [
        "rejected M DUPLICATE_CLIENT_ORDER_ID: cl_ord_id M was used before in this session"
    ]
    assert market.do(cancel("C", "B1")) == [
        "refused cancel C of B1 (CANCELED) ORDER_CLOSED: orig_cl_ord_id B1 is already canceled"
    ]


def test_orders_of_a_group_go_by_it_wherever_they_are(market: Market) -> None:
    market.do(grouped(buy("B6", 5, "7.00"), "G", OTO), grouped(sell("S6", 5, "12.00", symbol="FINE"), "G", OCO))
    market.do(stop(buy("B7", 5), "20.00"))
    lines = market.do(MassCancel("S", "M"))
    assert lines[0] == "mass cancel M: 9 orders"
    assert len([line for line in lines if line.endswith("mass cancel")]) == 9


def test_the_market_without_a_name_is_unknown_too_when_nothing_is_listed_in_it() -> None:
    market = Market(FINE)
    assert market.do(MassCancel("S", "M", market="")) == [
        "refused mass cancel M UNKNOWN_INSTRUMENT: market (none) has no instrument"
    ]


def test_events_carry_all_that_their_readers_need(market: Market) -> None:
    number = market.venue.last_event
    first, *_ = market.apply(MassCancel("S", "M", "ACME", Side.SELL, "ALICE"))
    assert first == MassCancelAccepted(number + 1, market.at, "S", "M", "ACME", Side.SELL, "ALICE", 1)
    action = MassCancel("S", "A", market="X", is_mass_action=True)
    number = market.venue.last_event
    first, *_ = market.apply(action)
    assert first == MassCancelAccepted(number + 1, market.at, "S", "A", "", None, "", 2, "X", True)
    number = market.venue.last_event
    [refusal] = market.apply(action)
    why = (RejectReason.DUPLICATE_CLIENT_ORDER_ID, "cl_ord_id", "A was used before in this session")
    assert refusal == MassCancelRejected(number + 1, market.at, "S", "A", "", None, "", *why, {}, "X", True)
    number = market.venue.last_event
    refused = RefuseMassCancel(
        MassCancel("S", "N", "ACME"), RejectReason.UNSUPPORTED_INSTRUCTION, "scope", "3 is not taken", {"scope": "3"}
    )
    assert market.apply(refused) == [
        MassCancelRejected(
            number + 1, market.at, "S", "N", "ACME", None, "",
            RejectReason.UNSUPPORTED_INSTRUCTION, "scope", "3 is not taken", {"scope": "3"},
        )
    ]  # fmt: skip
