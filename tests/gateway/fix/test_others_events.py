"""What the FIX side hears of that is no session's own: clearing, users of the API, orders that the venue enters."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import msgspec
import pytest

from exchange.clearing_events import (
    ClearingEvent,
    ClearingRulesSet,
    FillCleared,
    FillRecleared,
    ObligationSettled,
    PositionChanged,
    Posted,
    Reserved,
    RiskLimitsSet,
    SettlementDayOpened,
    SettlementFailed,
    StopLossSet,
    StopLossTriggered,
)
from exchange.commands import CancelOrder, CancelQuotes, EnterOrder, EnterQuotes, MassCancel, QuoteEntry, ReplaceOrder
from exchange.events import Event
from exchange.orders import OrderType, Side, TimeInForce
from exchange.postings import PostingCause
from exchange.reference.clearing_rules import ClearingRules
from exchange.reference.limits import LimitScope
from gateway.fix.execution_reports import owner_of
from tests.gateway.fix.desk import Desk
from tests.gateway.fix.versioned_desk import versioned_desk

FILL = (9, 0, 20240621, 1, 1, "ACC", "ACME", Side.BUY, 10, 1000, 100_000_000, 0, 20240625, 10, 100_000_000, 0)
CLEARING: list[Event] = [
    FillCleared(*FILL, ()),
    FillRecleared(*FILL, PostingCause.BUST, ()),
    Posted(9, 0, 20240621, PostingCause.DEPOSIT, "d1", ()),
    Reserved(9, 0, 20240621, "ACC", "USD", 10, 1),
    PositionChanged(9, 0, "ACC", "ACME", 10, 0, 0, PostingCause.CORRECTION),
    RiskLimitsSet(9, 0, LimitScope.ACCOUNT, "ACC", None, ""),
    StopLossSet(9, 0, "ACC", "ACME", None, 0),
    StopLossTriggered(9, 0, "ACC", "ACME", 990, 980, 10),
    ClearingRulesSet(9, 0, ClearingRules()),
    SettlementDayOpened(9, 0, "", 20240621),
    ObligationSettled(9, 0, 20240621, "ACC", "ACME", 20240621, 10, -10, 0, 0, ()),
    SettlementFailed(9, 0, 20240621, "ACC", "ACME", 20240621, 10, -10, 1, "shares needed"),
]
LIMIT, DAY = OrderType.LIMIT, TimeInForce.DAY


@pytest.mark.parametrize("event", CLEARING, ids=lambda event: type(event).__name__)
def test_what_clearing_does_is_no_session_s_own(event: Event) -> None:
    assert owner_of(event) == ""


def test_every_event_of_clearing_is_in_the_table() -> None:
    assert {type(event) for event in CLEARING} == set(get_args(ClearingEvent))


@pytest.mark.parametrize("owner", ["@alice", "~STOP", "~BUYIN"])
async def test_orders_of_others_are_reported_to_nobody_and_leave_nothing_behind(tmp_path: Path, owner: str) -> None:
    async with versioned_desk(tmp_path) as desk:
        acceptor, sequencer = desk.side.acceptor, desk.side.sequencer
        sessions = set(acceptor.sessions)
        order = EnterOrder(owner, "a", "ACC", "ACME", Side.BUY, LIMIT, DAY, 100, 1000)
        quotes = EnterQuotes(owner, "q", "ACC", (QuoteEntry("1", "ACME", 990, 10, 1010, 10),))
        for command in (
            order,
            order,
            msgspec.structs.replace(order, cl_ord_id="b", symbol="NONE"),
            ReplaceOrder(owner, "r", "a", "ACME", Side.BUY, LIMIT, DAY, 200, 1000),
            CancelOrder(owner, "c", "none", "ACME", Side.BUY),
            quotes,
            CancelQuotes(owner, "z"),
        ):
            sequencer.submit(command)
        acceptor.publish(CLEARING)
        desk.play("""
            BOB > D|11=s|55=ACME|54=2|38=50|40=2|44=10|1=OTHER
            BOB < 8|...
            BOB < 8|37=4|11=s|527=1|150=F|39=2...
        """)
        sequencer.submit(MassCancel(owner, "m"))
        acceptor.refuse([order], "the disk is full")
        desk.play("")
        assert not desk.side.venue.register.open_count(owner)
        assert set(acceptor.sessions) == sessions


async def test_nobody_can_say_to_be_one_of_them(tmp_path: Path) -> None:
    """Session names of the venue's own begin with signs that no CompID begins with."""
    for name in ("@alice", "~STOP"):
        with pytest.raises(Exception, match="is not 1 to 64 letters, digits"):
            Desk(tmp_path, f"fix: {{ sessions: [{{ comp_id: '{name}' }}] }}")
