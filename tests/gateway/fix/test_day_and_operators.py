"""What the trading day and operators do to orders, told to their owners without being asked, in each version."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from exchange.commands import (
    BlockTrading,
    BustTrade,
    CancelForOwner,
    ChangePhase,
    Command,
    CorrectTrade,
    FinishForDay,
    ListInstrument,
    OpenDay,
    PlannedPhase,
    RestateOrder,
)
from exchange.phases import Phase
from exchange.reasons import BlockScope, RestatementReason
from tests.gateway.fix.desk import Desk
from tests.gateway.fix.versioned_desk import versioned_desk

DAY = 24 * 3600 * 10**9
BUY = "1=ACC|55=FINE|54=1|38=100|40=2|44=1"
SELL = "1=ACC|55=FINE|54=2|38=40|40=2|44=1"
NONE = "14=0|6=0"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with versioned_desk(tmp_path) as desk:
        fine = desk.side.venue.instruments["FINE"]
        do(desk, ListInstrument(msgspec.structs.replace(fine, market="US")), day(20240621))
        yield desk


def day(date: int) -> OpenDay:
    """A day that has begun, and goes on until an operator ends it."""
    now = time.time_ns()
    return OpenDay("US", date, (PlannedPhase(now, Phase.CONTINUOUS), PlannedPhase(now + DAY, Phase.CLOSED)))


def do(desk: Desk, *commands: Command) -> None:
    for command in commands:
        desk.side.sequencer.submit(command)
    desk.side.sequencer.commit()


async def test_a_day_order_expires_and_a_good_till_order_comes_back(desk: Desk) -> None:
    desk.play("""
        ALICE > D|11=day|55=FINE|54=1|38=100|40=2|44=1
        ALICE > D|11=gtc|55=FINE|54=1|38=100|40=2|44=1|59=1
        CAROL > D|11=day|21=1|55=FINE|54=1|38=100|40=2|44=1
        ALICE < 8|37=1...
        ALICE < 8|37=2...
        CAROL < 8|37=3...
    """)
    do(desk, ChangePhase(Phase.CLOSED, market="US"))
    desk.play(f"""
        ALICE < 8|37=1|11=day|150=C|39=C|{BUY}|59=0|151=0|{NONE}|58=the trading day is over
        CAROL < 8|37=3|11=day|20=0|150=C|39=C|{BUY}|59=0|151=0|{NONE}|58=the trading day is over
    """)
    do(desk, day(20240624))
    desk.play(f"""
        ALICE < 8|37=2|11=gtc|150=D|39=0|378=1|{BUY}|59=1|151=100|{NONE}|58=it goes on into a new trading day
    """)


async def test_in_a_halt_cancels_are_taken_and_orders_are_not(desk: Desk) -> None:
    desk.play("""
        ALICE > D|11=a|55=FINE|54=1|38=100|40=2|44=1
        ALICE < 8|37=1...
    """)
    do(desk, ChangePhase(Phase.HALTED, "FINE"))
    desk.play(f"""
        ALICE > D|11=b|55=FINE|54=1|38=100|40=2|44=1
        ALICE < 8|37=NONE|11=b|150=8|39=8|103=2|{BUY}|59=0|151=0|{NONE}|58=Symbol(55) FINE is halted: no order is taken
        ALICE > F|11=c|41=a|55=FINE|54=1
        ALICE < 8|37=1|11=c|41=a|150=4|39=4...
    """)


async def test_an_auction_trades_without_an_aggressor(desk: Desk) -> None:
    do(desk, ChangePhase(Phase.OPENING_AUCTION, "FINE"))
    desk.play("""
        ALICE > D|11=b|55=FINE|54=1|38=100|40=1|59=2
        BOB > D|11=s|55=FINE|54=2|38=40|40=2|44=1
        ALICE < 8|37=1|11=b|150=0...
        BOB < 8|37=2|11=s|150=0...
    """)
    do(desk, ChangePhase(Phase.CONTINUOUS, "FINE"))
    market = "1=ACC|55=FINE|54=1|38=100|40=1|59=2"
    desk.play(f"""
        ALICE < 8|37=1|11=b|527=1|150=F|39=1|{market}|32=40|31=1|151=60|14=40|6=1
        ALICE < 8|37=1|11=b|150=C|39=C|{market}|151=0|14=40|6=1|58=the auction that it was for is over
        BOB < 8|37=2|11=s|527=1|150=F|39=2|{SELL}|59=0|32=40|31=1|151=0|14=40|6=1|574=7|851=4
    """)


TRADE = """
    ALICE > D|11=b|55=FINE|54=1|38=100|40=2|44=1
    ALICE < 8|37=1...
    CAROL > D|11=s|21=1|55=FINE|54=2|38=40|40=2|44=1
    CAROL < 8|37=2|11=s|20=0|150=0...
    CAROL < 8|37=2|11=s|20=0|150=2...
    ALICE < 8|37=1|11=b|527=1|150=F...
"""


async def test_a_trade_is_corrected_and_then_busted(desk: Desk) -> None:
    first = desk.side.venue.last_event
    desk.play(TRADE)
    fills = [first + 5, first + 6]
    # The public correction, then the fills in the order in which they were told.
    corrected = [desk.side.venue.last_event + 2, desk.side.venue.last_event + 3]
    do(desk, CorrectTrade(1, 9_000, 40, "wrong price"))
    desk.play(f"""
        ALICE < 8|37=1|11=b|527=1|19={fills[1]}|150=G|39=1|{BUY}|59=0|32=40|31=0.9|151=60|14=40|6=0.9|58=wrong price
        CAROL < 8|37=2|11=s|20=2|19={fills[0]}|150=2|39=2|{SELL}|59=0|32=40|31=0.9|151=0|14=40|6=0.9|58=wrong price
    """)
    do(desk, BustTrade(1, "error"))
    bought, sold = "1=ACC|55=FINE|54=1|38=60|40=2|44=1|59=0", f"{SELL}|59=0"
    desk.play(f"""
        ALICE < 8|37=1|11=b|527=1|19={corrected[1]}|150=H|39=0|{bought}|32=40|31=0.9|151=60|{NONE}|58=error
        CAROL < 8|37=2|11=s|20=1|19={corrected[0]}|150=4|39=4|{sold}|32=40|31=0.9|151=0|{NONE}|58=error
    """)


async def test_an_operator_cancels_restates_and_finishes_orders(desk: Desk) -> None:
    desk.play("""
        ALICE > D|11=a|55=FINE|54=1|38=100|40=2|44=1
        ALICE > D|11=b|55=FINE|54=1|38=100|40=2|44=1
        ALICE < 8|37=1...
        ALICE < 8|37=2...
    """)
    do(desk, RestateOrder(1, 60, 9_000, RestatementReason.CORPORATE_ACTION), FinishForDay(2, "enough"))
    restated = "1=ACC|55=FINE|54=1|38=60|40=2|44=0.9|59=0"
    desk.play(f"""
        ALICE < 8|37=1|11=a|150=D|39=0|378=0|{restated}|151=60|{NONE}|58=a corporate action changed it
        ALICE < 8|37=2|11=b|150=3|39=3|{BUY}|59=0|151=0|{NONE}|58=enough
    """)
    do(desk, CancelForOwner(1, "sorry"))
    desk.play(f"ALICE < 8|37=1|11=a|150=4|39=4|{restated}|151=0|{NONE}|58=canceled by the venue")


async def test_who_is_blocked_is_told_at_each_order(desk: Desk) -> None:
    desk.play("""
        ALICE > D|11=a|55=FINE|54=1|38=100|40=2|44=1
        ALICE < 8|37=1...
    """)
    do(desk, BlockTrading(BlockScope.SESSION, "ALICE", True, "limit breach"))
    desk.play("""
        ALICE < 8|37=1|11=a|150=4|39=4...
        ALICE > D|11=b|55=FINE|54=1|38=100|40=2|44=1
        ALICE < 8|37=NONE|11=b|150=8|39=8|103=0...
    """)
