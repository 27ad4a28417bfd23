"""What an operator does to sessions, as their clients see it: on a real socket, against a real venue."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.fix.session import Session
from gateway.fix.session_control import ControlRefused, SessionControl
from gateway.fix.session_state import SessionState
from tests.gateway.fix.fix_side import FixSide
from tests.gateway.fix.line import Line


class Desk:
    """A venue with ALICE and BOB, and the operator's control of it."""

    def __init__(self, folder: Path) -> None:
        self.side = FixSide(folder)
        self.disabled = folder / "disabled.json"
        self.control = SessionControl(self.side.acceptor.sessions, self.side.acceptor.received, self.disabled)
        self.bob: Session = self.side.acceptor.sessions["BOB"]
        self.lines: list[Line] = []

    async def open(self, next_out: int = 1) -> Line:
        line = await Line.open(self.side.address, "BOB", next_out=next_out)
        self.lines.append(line)
        return line

    async def line(self, next_out: int = 1, answer: str = "A|") -> Line:
        line = await self.open(next_out)
        line.log_on()
        assert (await line.receive()).startswith(answer)
        return line

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not is_so():
                await asyncio.sleep(0.005)

    async def gone(self) -> None:
        await self.until(lambda: self.bob.state is SessionState.IDLE)


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Desk]:
    desk = Desk(folder)
    await desk.side.start()
    try:
        yield desk
    finally:
        for line in desk.lines:
            await line.close()
        await desk.side.stop()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with running(tmp_path) as desk:
        yield desk


async def test_logout_says_why_and_it_is_kept(desk: Desk) -> None:
    line = await desk.line()

    desk.control.log_out(desk.bob, "maintenance")

    assert await line.receive() == "5|34=2|58=logged out by the operator: maintenance"
    line.send("5")
    assert await line.receive() == ""
    await desk.gone()
    assert [one.reason for one in desk.bob.history.disconnects] == ["logged out by the operator: maintenance"]


async def test_a_test_request_is_answered_or_pending(desk: Desk) -> None:
    line = await desk.line()

    desk.control.send_test_request(desk.bob)

    asked = await line.receive()
    assert asked.startswith("1|34=2|112=")
    assert desk.bob.is_test_request_pending
    line.send(f"0|{asked.split('|')[2]}")
    await desk.until(lambda: not desk.bob.is_test_request_pending)


async def test_what_was_sent_is_sent_again(desk: Desk) -> None:
    line = await desk.line()
    line.send("D|11=A|1=ACC|55=ACME|54=1|38=10|40=2|44=10")
    report = await line.receive()

    desk.control.send_again(desk.bob, 1, 0)

    fill, again = await line.receive_all(2)
    assert fill.startswith("4|34=1|43=Y|")
    assert fill.endswith("123=Y|36=2")
    assert again.startswith("8|34=2|43=Y|")
    assert again.endswith(report.partition("|34=2|")[2])


@pytest.mark.parametrize(("begin", "end"), [(2, 0), (1, 2), (5, 4)])
async def test_only_what_was_sent_can_be_sent_again(desk: Desk, begin: int, end: int) -> None:
    await desk.line()

    with pytest.raises(ControlRefused, match="1 to 1 sent so far") as refused:
        desk.control.send_again(desk.bob, begin, end)
    assert refused.value.name == "INVALID_RANGE"


async def test_a_higher_next_out_is_a_gap_that_the_client_can_have_filled(desk: Desk) -> None:
    line = await desk.line()

    desk.control.set_numbers(desk.bob, None, 10, force=False)

    line.send("1|112=x")
    assert await line.receive() == "0|34=10|112=x"
    line.send("2|7=2|16=0")
    assert (await line.receive()).endswith("|123=Y|36=11")


async def test_a_higher_next_in_makes_the_client_s_next_number_too_low(desk: Desk) -> None:
    line = await desk.line()

    desk.control.set_numbers(desk.bob, 50, None, force=False)

    line.send("1|112=x")
    assert await line.receive() == "5|34=2|58=MsgSeqNum too low, expecting 50 but received 2"


async def test_a_lower_next_in_with_force_asks_for_the_messages_again(desk: Desk) -> None:
    line = await desk.line(next_out=1)
    line.send("0")
    await desk.until(lambda: desk.bob.next_in == 3)

    desk.control.set_numbers(desk.bob, 2, None, force=True)

    line.send("1|112=x")
    assert await line.receive() == "2|34=2|7=2|16=0"


@pytest.mark.parametrize(
    ("next_in", "next_out", "text"),
    [
        (None, 1, r"next_out 1 is below 2: the client would get the numbers 1 to 1 a second time"),
        (1, None, r"next_in 1 is below 2: the client's messages 1 to 1 would be asked for and handled a second time"),
    ],
)
async def test_used_numbers_need_force(desk: Desk, next_in: int | None, next_out: int | None, text: str) -> None:
    await desk.line()
    numbers = (desk.bob.next_in, desk.bob.log.next_out)

    with pytest.raises(ControlRefused, match=text) as refused:
        desk.control.set_numbers(desk.bob, next_in, next_out, force=False)

    assert refused.value.name == "NUMBERS_USED"
    assert (desk.bob.next_in, desk.bob.log.next_out) == numbers


@pytest.mark.parametrize(("next_in", "next_out"), [(40, 50), (2, 1), (1, 1), (3, 900)])
async def test_numbers_that_were_set_survive_a_restart(tmp_path: Path, next_in: int, next_out: int) -> None:
    async with running(tmp_path) as desk:
        line = await desk.line()
        line.send("D|11=A|1=ACC|55=ACME|54=1|38=10|40=2|44=10")
        await line.receive()
        await line.close()
        await desk.gone()
        desk.control.set_numbers(desk.bob, next_in, next_out, force=True)

    async with running(tmp_path) as again:
        assert (again.bob.next_in, again.bob.log.next_out) == (next_in, next_out)
        await again.line(next_in, answer=f"A|34={next_out}|")


async def test_what_was_sent_stays_to_be_resent_when_numbers_only_rise(desk: Desk) -> None:
    line = await desk.line()
    line.send("D|11=A|1=ACC|55=ACME|54=1|38=10|40=2|44=10")
    await line.receive()

    desk.control.set_numbers(desk.bob, None, 100, force=False)

    line.send("2|7=2|16=0")
    report, fill = await line.receive_all(2)
    assert report.startswith("8|34=2|43=Y|")
    assert fill.startswith("4|34=3|43=Y|")
    assert fill.endswith("123=Y|36=100")


async def test_reset_is_for_a_session_that_is_not_connected(desk: Desk) -> None:
    line = await desk.line()
    with pytest.raises(ControlRefused, match="BOB is active; log it out first"):
        desk.control.reset(desk.bob)
    await line.close()
    await desk.gone()

    desk.control.reset(desk.bob)

    await desk.line(next_out=1)
    assert (desk.bob.next_in, desk.bob.log.next_out) == (2, 2)


async def test_a_disabled_session_is_logged_out_and_refused_until_it_is_enabled(desk: Desk) -> None:
    line = await desk.line()

    desk.control.disable(desk.bob, "contract ended")

    assert await line.receive() == "5|34=2|58=disabled by the operator: contract ended"
    line.send("5")
    await desk.gone()
    await desk.line(3, answer="5|34=3|58=session BOB is disabled; the operator can enable it")
    assert [one.reason for one in desk.bob.history.refusals] == ["session BOB is disabled; the operator can enable it"]

    desk.control.enable(desk.bob)
    await desk.line(next_out=3)


async def test_a_restart_enables_nobody(desk: Desk) -> None:
    desk.control.disable(desk.bob, "")
    desk.bob.is_enabled = True

    SessionControl(desk.side.acceptor.sessions, desk.side.acceptor.received, desk.disabled)

    assert not desk.bob.is_enabled
    assert desk.side.acceptor.sessions["ALICE"].is_enabled


@pytest.mark.parametrize("text", ['"BOB"', "[1]", "{", ""])
def test_a_damaged_list_of_disabled_sessions_is_no_empty_one(tmp_path: Path, text: str) -> None:
    (tmp_path / "disabled.json").write_text(text)

    with pytest.raises(ValueError, match=r"."):
        SessionControl({}, lambda: None, tmp_path / "disabled.json")


async def test_who_is_not_logged_on_cannot_be_logged_out_asked_or_sent_to(desk: Desk) -> None:
    control = desk.control
    actions: list[Callable[[], None]] = [
        lambda: control.log_out(desk.bob, ""),
        lambda: control.send_test_request(desk.bob),
        lambda: control.send_again(desk.bob, 1, 0),
    ]
    for action in actions:
        with pytest.raises(ControlRefused, match="BOB is idle; only a session that is logged on can be") as refused:
            action()
        assert refused.value.name == "SESSION_NOT_ACTIVE"


async def test_every_end_of_a_line_has_a_reason(desk: Desk) -> None:
    line = await desk.line()
    line.send("5|58=good night")
    await line.receive()
    await desk.gone()
    line = await desk.line(next_out=3)
    await line.close()
    await desk.gone()
    await desk.line(1, answer="5|")
    await desk.until(lambda: len(desk.bob.history.disconnects) == 3)

    assert [one.reason for one in desk.bob.history.disconnects] == [
        "the client logged out: good night",
        "the client closed the connection",
        "MsgSeqNum too low, expecting 4 but received 1",
    ]
    assert all(one.peer == "127.0.0.1" and one.at for one in desk.bob.history.disconnects)


async def test_lines_are_counted(desk: Desk) -> None:
    line = await desk.line()
    line.send("1|112=x")
    await line.receive()
    line.writer.write(b"8=FIX.4.4\x019=5\x0135=0\x0110=000\x01")
    line.send("D|11=A")
    assert (await line.receive()).startswith("3|")

    traffic = desk.bob.traffic
    assert (traffic.received, traffic.sent, traffic.garbled, traffic.rejects) == (2, 3, 1, 1)
    total = desk.side.acceptor.watch.total()
    assert (total.received, total.sent, total.garbled, total.rejects) == (3, 3, 1, 1)
