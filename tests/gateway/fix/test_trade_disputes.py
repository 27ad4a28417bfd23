"""DontKnowTrade(Q): which disputes are taken down, with what, and which name no trade of their sender."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.fix.trade_disputes import TradeDispute
from tests.gateway.fix.desk import Desk
from tests.gateway.fix.fix_side import SETTINGS

IN_FIX42 = SETTINGS.replace("comp_id: ALICE, username: alice, password: alice-pw", "comp_id: ALICE, version: FIX.4.2")
ORDER = "D|21=1|11={}|55=ACME|54={}|38={}|40=2|44=10"
TRADE = f"""
    ALICE > {ORDER.format("b1", 1, 100)}
    ALICE < 8|37=1...
    BOB > {ORDER.format("s1", 2, 40)}
    ALICE < 8|37=1|11=b1...
    BOB < 8|37=2|11=s1|150=0...
    BOB < 8|37=2|11=s1|527=1|150=F...
"""
"""Event 11 is ALICE's fill, 8 is BOB's; 6 and 7 say that the orders are accepted."""

DISPUTE = "ALICE > Q|37=1|17=11|127=D|55=ACME|54=1|32=50|31=11|58=not ours"
TAKEN: dict[str, Any] = {
    "session": "ALICE", "order_id": "1", "cl_ord_id": "b1", "exec_id": "11", "trade_id": "1", "symbol": "ACME",
    "side": "1", "quantity": "40", "price": "10", "dk_reason": "D", "text": "not ours", "said_quantity": "50",
    "said_price": "11",
}  # fmt: skip


@asynccontextmanager
async def opened(folder: Path, settings: str = SETTINGS) -> AsyncIterator[tuple[Desk, list[TradeDispute]]]:
    """A desk, which may go on where another was, and what its operator hears."""
    desk, heard = Desk(folder, settings), list[TradeDispute]()
    for name, session in desk.side.acceptor.sessions.items():
        desk._numbers[name] = session.next_in - 1
    desk.side.acceptor.disputes.on_dispute = heard.append
    await desk.open()
    try:
        yield desk, heard
    finally:
        await desk.side.stop()


async def test_a_disputed_trade_stands_and_the_operator_hears_of_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as (desk, heard):
        desk.play(TRADE)
        with capture_logs() as logs:
            desk.play(DISPUTE)
        book = desk.side.venue.books["ACME"]

    assert logs[0] == {"event": "trade disputed by its owner; it stands", "log_level": "warning", **TAKEN}
    assert heard == [TradeDispute(**TAKEN)]
    assert desk.side.acceptor.disputes.taken == 1
    assert (book.volume, book.trades) == (40, 1)


async def test_reports_of_fix42_name_no_trade(tmp_path: Path) -> None:
    async with opened(tmp_path, IN_FIX42) as (desk, heard):
        desk.play(TRADE)
        desk.play(DISPUTE)

    assert heard == [TradeDispute(**TAKEN | {"trade_id": ""})]


async def test_a_dispute_that_comes_again_is_taken_down_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as (desk, heard):
        desk.play(TRADE)
        for _ in range(3):
            desk.play(DISPUTE)

    assert len(heard) == desk.side.acceptor.disputes.taken == 1


async def test_a_trade_can_be_disputed_after_a_restart(tmp_path: Path) -> None:
    async with opened(tmp_path) as (desk, _):
        desk.play(TRADE)
    async with opened(tmp_path) as (desk, heard):
        desk.play(DISPUTE)

    assert heard == [TradeDispute(**TAKEN)]


@pytest.mark.parametrize(
    ("dispute", "text"),
    [
        ("37=1|17=X", "ExecID(17) X is not a trade reported to this session since its numbers began at 1"),
        ("37=1|17=0", "ExecID(17) 0 is not a trade reported to this session since its numbers began at 1"),
        ("37=1|17=99999", "ExecID(17) 99999 is not a trade reported to this session since its numbers began at 1"),
        ("37=2|17=8", "ExecID(17) 8 is not a trade reported to this session since its numbers began at 1"),
        ("37=1|17=6", "ExecID(17) 6 is not a trade reported to this session since its numbers began at 1"),
        ("37=2|17=11", "OrderID(37) 2 did not trade by ExecID(17) 11; 1 did"),
        ("37=X|17=11", "OrderID(37) X did not trade by ExecID(17) 11; 1 did"),
    ],
)
async def test_a_dispute_about_no_trade_of_the_session_is_refused(tmp_path: Path, dispute: str, text: str) -> None:
    exec_id = dispute.rpartition("=")[2]
    async with opened(tmp_path) as (desk, heard):
        desk.play(TRADE)
        desk.play(f"""
            ALICE > Q|{dispute}|127=D|55=ACME|54=1
            ALICE < j|45=3|372=Q|379={exec_id}|380=1|58={text}
        """)

    assert heard == []


async def test_of_many_reports_exactly_the_trades_can_be_disputed(tmp_path: Path) -> None:
    async with opened(tmp_path) as (desk, heard):
        alice = desk.side.acceptor.sessions["ALICE"]
        for turn in range(40):
            alice.receive(desk.message("ALICE", ORDER.format(f"b{turn}", 1, 10)))
            alice.receive(desk.message("ALICE", f"H|11=b{turn}|55=ACME|54=1"))
            desk.side.acceptor.sessions["BOB"].receive(desk.message("BOB", ORDER.format(f"s{turn}", 2, 10)))
            alice.receive(desk.message("ALICE", f"F|41=b{turn}|11=c{turn}|55=ACME|54=1"))
            desk.settle()
        reports = [line for line in desk._said["ALICE"] if "|150=F|" in line]
        for said in desk._said.values():
            said.clear()
        for number in range(1, desk.side.venue.last_event + 1):
            alice.receive(desk.message("ALICE", f"Q|37=no|17={number}|127=D|55=ACME|54=1"))
            desk.settle()
        answers = [line.rpartition("58=")[2] for line in desk._said["ALICE"]]
        traded = [line for line in answers if line.startswith("OrderID(37) no did not trade by ExecID(17)")]

    assert len(reports) == len(traded) == 40
    assert len(answers) == desk.side.venue.last_event
    assert heard == []


async def test_a_log_full_of_other_messages_is_not_read_to_its_end(tmp_path: Path) -> None:
    async with opened(tmp_path) as (desk, heard):
        desk.side.acceptor.disputes.looked_at_max = 1
        desk.play(TRADE)
        desk.play("""
            ALICE > K|66=list|60=20240621-13:30:00
            ALICE < j...
            ALICE > K|66=list|60=20240621-13:30:00
            ALICE < j...
            ALICE > K|66=list|60=20240621-13:30:00
            ALICE < j...
            ALICE > K|66=list|60=20240621-13:30:00
            ALICE < j...
        """)
        text = "ExecID(17) 11 cannot be looked up among so many messages that are no reports"
        desk.play(f"""
            {DISPUTE}
            ALICE < j|45=7|372=Q|379=11|380=4|58={text}
        """)

    assert heard == []
