"""Sessions on real sockets that nobody listed, and second connections that take over."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.fix.session_state import SessionState
from tests.gateway.fix.fix_side import SETTINGS, FixSide
from tests.gateway.fix.line import Line, until
from tests.gateway.fix.test_acceptor import NOT_KNOWN

OPEN = SETTINGS.replace("fix:\n", "fix:\n  open: { enabled: true, max_sessions: 2, accounts: [OTHER] }\n").replace(
    "{ comp_id: CAROL, accounts: [OTHER] }", "{ comp_id: CAROL, enabled: false }"
)
TAKING_OVER = SETTINGS.replace("comp_id: BOB", "comp_id: BOB, on_second_connection: take_over")
ORDER = "D|11={}|55=ACME|54={}|38=10|40=2|44=10.00|59=0"


@asynccontextmanager
async def running(folder: Path, settings: str) -> AsyncIterator[FixSide]:
    side = FixSide(folder, settings=settings)
    await side.start()
    try:
        yield side
    finally:
        await side.stop()


async def refused(side: FixSide, name: str, terms: str = "") -> str:
    """What somebody hears who is not let in."""
    line = await Line.open(side.address, name)
    line.log_on(terms)
    answer = await line.receive()
    await line.close()
    return answer


async def test_unknown_names_get_sessions_that_trade_and_are_kept(tmp_path: Path) -> None:
    async with running(tmp_path, OPEN) as side:
        line = await Line.logged_on(side.address, "NEW.ONE")
        line.send(ORDER.format("b1", "1"))
        assert "|1=OTHER|" in (report := await line.receive()) and "|150=0|" in report
        await line.close()
        await until(lambda: side.acceptor.sessions["NEW.ONE"].state is SessionState.IDLE)
        bob = await Line.logged_on(side.address, "BOB")
        bob.send(ORDER.format("s1", "2"))
        await bob.receive_all(2)
        await bob.close()
    async with running(tmp_path, OPEN) as side:
        line = await Line.logged_on(side.address, "NEW.ONE", next_out=3)
        line.send("2|7=3|16=3")
        assert "|43=Y|" in (report := await line.receive()) and "|150=F|" in report
        await line.close()
    async with running(tmp_path, SETTINGS) as side:
        assert "NEW.ONE" not in side.acceptor.sessions
        assert await refused(side, "NEW.ONE") == f"5|34=1|58={NOT_KNOWN}"


async def test_only_as_many_as_are_allowed_and_none_that_are_listed_or_no_names(tmp_path: Path) -> None:
    async with running(tmp_path, OPEN) as side:
        for name in ("CAROL", "../up", "x" * 65, "VENUE", "@zoe", "~STOP"):
            assert await refused(side, name) == f"5|34=1|58={NOT_KNOWN}"
        for name in ("ONE", "TWO"):
            await (await Line.logged_on(side.address, name)).close()
        assert await refused(side, "THREE") == f"5|34=1|58={NOT_KNOWN}"
        assert sorted(side.acceptor.sessions) == ["ALICE", "BOB", "ONE", "TWO"]
        assert sorted(path.name for path in (tmp_path / "fix" / "open").iterdir()) == ["ONE.log", "TWO.log"]


async def test_a_second_connection_takes_over_and_the_first_hears_why(tmp_path: Path) -> None:
    async with running(tmp_path, TAKING_OVER) as side:
        first = await Line.logged_on(side.address, "BOB")
        second = await Line.logged_on(side.address, "BOB", next_out=2)
        assert await first.receive() == "5|34=2|58=another connection of BOB, from 127.0.0.1, takes over"
        assert await first.receive() == ""
        assert await second.is_alive()
        third = await Line.logged_on(side.address, "BOB", next_out=4)
        assert (await second.receive()).startswith("5|34=5|")
        reasons = [one.reason for one in side.acceptor.sessions["BOB"].history.disconnects]
        assert reasons == ["another connection of BOB, from 127.0.0.1, takes over"] * 2
        for line in (first, second, third):
            await line.close()


async def test_a_first_connection_that_does_not_read_is_cut_off(tmp_path: Path) -> None:
    patient = TAKING_OVER.replace("outbound_queue_bytes: 65536", "outbound_queue_bytes: 8388608")
    async with running(tmp_path, patient.replace("outbound_queue_seconds: 1", "outbound_queue_seconds: 30")) as side:
        first = await Line.logged_on(side.address, "BOB")
        side.acceptor.sessions["BOB"].send("B", f"148=news\x0133=1\x0158={'x' * 4_000_000}\x01")
        side.sequencer.commit()
        await until(lambda: side.acceptor.queued_bytes(side.acceptor.sessions["BOB"]) > 0)
        second = await Line.logged_on(side.address, "BOB", next_out=2)
        assert await second.is_alive()
        for line in (first, second):
            await line.close()


WRONG: list[tuple[Callable[[str], str], str]] = [
    (lambda text: text.replace("accounts: [OTHER] }", "accounts: [NONE] }", 1), "unknown account"),
    (lambda text: text.replace("[ACC, OTHER] }", "[ACC], allowed_addresses: [10.0.0.1] }"), "has allowed_addresses"),
    (
        lambda text: text.replace("session_defaults: { accounts: [ACC, OTHER] }", "").replace(
            ", accounts: [OTHER]", ""
        ),
        "has no accounts",
    ),
]


@pytest.mark.parametrize(("change", "text"), WRONG)
def test_open_mode_that_cannot_be_is_refused(tmp_path: Path, change: Callable[[str], str], text: str) -> None:
    with pytest.raises(Exception, match=text):
        FixSide(tmp_path, settings=change(OPEN))
