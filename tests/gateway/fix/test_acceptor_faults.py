"""Bad input, clients that do not read, and full disks: the one who is wrong is told, the others notice nothing."""

from __future__ import annotations

import asyncio
import resource
import socket
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog

from exchange.sequencing.disk import LocalDisk
from exchange.sequencing.sequencer import Durability
from gateway.fix.connection import LINGER_SECONDS
from gateway.fix.session_log import BACKLOG_BYTES_MAX
from gateway.fix.session_log_file import INBOUND, SessionLogFile
from gateway.fix.session_state import SessionState
from tests.exchange.sequencing.faulty_disk import FaultyDisk
from tests.gateway.fix.dialogue import news
from tests.gateway.fix.fix_side import FixSide
from tests.gateway.fix.line import Line, until

ORDER = "55=ACME|54=1|38=100|40=2|44=10.05"
FAKE = b"8=FIX.4.4\x019=50\x0135=0\x0134=9\x0110=000\x01" + b"x" * 50


class SlowDisk(LocalDisk):
    """Syncs when it may."""

    def __init__(self) -> None:
        self.may_sync = threading.Event()
        self.may_sync.set()

    def sync(self, file: int) -> None:
        assert self.may_sync.wait(10)
        super().sync(file)


@pytest.fixture
async def side(tmp_path: Path) -> AsyncIterator[FixSide]:
    side = FixSide(tmp_path)
    await side.start()
    yield side
    await side.stop()


def garbled(line: Line, text: str) -> bytes:
    """A message with a wrong CheckSum, which uses no number."""
    line.next_out -= 1
    data = line.message(text)
    stated = int(data[-4:-1])
    return data[:-4] + b"%03d\x01" % ((stated + 1) % 256)


async def test_garbled_messages_are_passed_over(side: FixSide) -> None:
    bob = await Line.logged_on(side.address, "BOB")
    number = bob.next_out
    for bad in (b"no FIX at all", garbled(bob, "1|112=wrong sum"), b"8=FIX.4.4\x019=5\x0135=0\x0134=2\x0110=000\x01"):
        bob.next_out = number
        bob.writer.write(bad)
        assert await bob.is_alive()
        number = bob.next_out
    await bob.close()


async def test_only_so_many_garbled_messages_in_a_row(side: FixSide) -> None:
    bob = await Line.logged_on(side.address, "BOB")
    for _ in range(5):
        bob.writer.write(FAKE * 10)
        assert await bob.is_alive()
    bob.writer.write(FAKE * 11)
    text = "11 garbled messages came in a row; 10 are passed over"
    assert (await bob.receive()).endswith(f"58={text}")
    # Nothing more is read, not even the answer to the Logout: it is not waited for long.
    bob.send("5")
    assert await bob.receive() == ""
    await bob.close()


async def test_before_a_logon_few_garbled_messages_are_enough(side: FixSide) -> None:
    line = await Line.open(side.address, "BOB")
    line.writer.write(FAKE * 3)
    line.log_on()
    assert (await line.receive()).startswith("A|")
    await line.close()
    other = await Line.open(side.address, "BOB")
    other.writer.write(FAKE * 4)
    assert await other.receive() == ""
    await other.close()


async def test_a_message_beyond_the_limit_is_refused_before_it_is_read(side: FixSide) -> None:
    bob, carol = await Line.logged_on(side.address, "BOB"), await Line.logged_on(side.address, "CAROL")
    bob.writer.write(b"8=FIX.4.4\x019=10000000\x0135=B\x0158=" + b"x" * 10_000_000)
    assert "58=BodyLength(9) makes a message of 10000028 bytes; the limit is 65536" in await bob.receive()
    assert await carol.is_alive()
    stranger = await Line.open(side.address, "ALICE")
    stranger.writer.write(b"8=FIX.4.4\x019=10000000\x0135=A\x01")
    assert await stranger.receive() == ""
    for line in (bob, carol, stranger):
        await line.close()


async def test_a_client_that_does_not_read_is_logged_out(side: FixSide) -> None:
    carol = await Line.logged_on(side.address, "CAROL")
    bob = await Line.logged_on(side.address, "BOB")
    raw: socket.socket = bob.writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    bob.writer.transport.pause_reading()  # type: ignore[attr-defined]
    session = side.acceptor.sessions["BOB"]
    for _ in range(400):
        for _ in range(100):
            bob.send("1|112=" + "x" * 200)
        await asyncio.sleep(0)
        if session.state is not SessionState.ACTIVE:
            break
    await until(lambda: session.state is SessionState.IDLE)
    assert session.last_disconnect.startswith("the client does not read: ")
    assert session.last_disconnect.endswith("65536 bytes or 1 s are allowed")
    assert await carol.is_alive()
    await bob.close()
    again = await Line.logged_on(side.address, "BOB", next_out=bob.next_out)
    for line in (carol, again):
        await line.close()


async def test_what_cannot_be_written_does_not_keep_a_session_from_coming_back(side: FixSide) -> None:
    # Some bytes wait, fewer than make it pause, and the session ends: the line must not be waited for.
    bob = await Line.logged_on(side.address, "BOB")
    connection = next(iter(side.acceptor._connections))
    bob.writer.transport.pause_reading()  # type: ignore[attr-defined]
    assert connection._transport is not None
    while not connection.write(b"x" * 10_000):
        await asyncio.sleep(0)
    session = side.acceptor.sessions["BOB"]
    bob.send("5")
    await until(lambda: session.state is SessionState.CLOSING)
    assert connection._abort_timer is not None
    assert connection._abort_timer.when() <= asyncio.get_running_loop().time() + LINGER_SECONDS
    connection._transport.abort()
    await until(lambda: session.state is SessionState.IDLE)
    await bob.close()


async def test_a_long_resend_waits_for_a_slow_client_and_loses_nothing(tmp_path: Path) -> None:
    side = FixSide(tmp_path)
    await side.start()
    bob = await Line.logged_on(side.address, "BOB")
    session = side.acceptor.sessions["BOB"]
    for number in range(3_000):
        session.send("B", news(f"{number:0200d}"))
        if number % 100 == 0:
            await asyncio.sleep(0)
    await bob.receive_all(3_000)
    bob.send("2|7=1|16=0")
    await until(lambda: session.outbound.is_resending)
    session.send("B", news("live"))
    fill, *again = await bob.receive_all(3_001)
    assert fill.endswith("|123=Y|36=2")
    assert [int(text.split("|")[1][3:]) for text in again] == list(range(2, 3_002))
    assert all("|43=Y|" in text for text in again)
    assert await bob.receive() == "B|34=3002|148=news|33=1|58=live"
    await bob.close()
    await side.stop()


async def test_a_full_journal_refuses_orders_and_nothing_else(tmp_path: Path) -> None:
    disk = FaultyDisk()
    side = FixSide(tmp_path, disk=disk, segment_bytes=20_000)
    await side.start()
    alice = await Line.logged_on(side.address, "ALICE")
    alice.send(f"D|11=first|{ORDER}")
    await alice.receive()
    disk.space = 0
    number, answer = 0, ""
    while not answer.startswith("j|"):
        number += 1
        alice.send(f"D|11={number}|55=NONE|54=1|38=10|40=1")
        answer = await alice.receive()
    assert f"|372=D|379={number}|380=4|58=the journal cannot write " in answer
    for text, msg_type in ((f"G|11=g|41=first|{ORDER}", "G"), ("G|11=h|41=first|55=ACME|54=1|40=2|44=1", "G")):
        alice.send(text)
        assert f"|372={msg_type}|" in await alice.receive()
    alice.send("F|11=f|41=first|55=ACME|54=9")
    assert "|372=F|" in await alice.receive()
    alice.send("q|11=m|530=3|60=20260102-10:00:00")
    assert "|372=q|379=m|380=4|" in await alice.receive()
    alice.send("F|11=c|41=first|55=ACME|54=1")
    assert "|41=first|" in (canceled := await alice.receive()) and "|150=4|" in canceled
    alice.send("q|11=m|530=7|60=20260102-10:00:00")
    assert (await alice.receive()).startswith("r|") and await alice.is_alive()
    assert await alice.is_alive()
    disk.space = None
    alice.send(f"D|11={number}|{ORDER}")
    assert f"|11={number}|" in (accepted := await alice.receive()) and "|150=0|" in accepted
    await alice.close()
    await side.stop()


async def test_on_a_full_disk_nothing_is_sent_that_is_not_recorded(side: FixSide) -> None:
    bob = await Line.logged_on(side.address, "BOB")
    session = side.acceptor.sessions["BOB"]
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with structlog.testing.capture_logs():
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
        try:
            for number in range(3):
                bob.send(f"1|112={number}")
            await until(lambda: session.log.next_out == 5)
            session.send("B", news("report"))
            bob.send("2|7=1|16=0")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.4):
                    await bob.receive()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert await bob.receive_all(3) == ["0|34=2|112=0", "0|34=3|112=1", "0|34=4|112=2"]
    # What waited is not taken for a session message by the resend that waited with it.
    assert (await bob.receive()).startswith("B|34=5|148=")
    assert (await bob.receive()).endswith("|123=Y|36=5")
    assert (await bob.receive()).startswith("B|34=5|43=Y|")
    assert await bob.is_alive()
    await bob.close()


async def test_what_waits_for_a_full_disk_has_a_limit(side: FixSide) -> None:
    bob = await Line.logged_on(side.address, "BOB")
    session = side.acceptor.sessions["BOB"]
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with structlog.testing.capture_logs():
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
        try:
            session.send("B", news(f"{'x' * BACKLOG_BYTES_MAX}"))
            assert await bob.receive() == ""
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert session.last_disconnect == "the disk is full and the session's messages can't be recorded"
    await bob.close()


async def test_open_orders_count_once_while_a_sync_is_awaited(tmp_path: Path) -> None:
    side = FixSide(tmp_path, durability=Durability.FSYNC)
    await side.start()
    alice = await Line.logged_on(side.address, "ALICE")
    for number in range(5):
        alice.send(f"D|11={number}|{ORDER}")
        await asyncio.sleep(0.0005)
    assert ["|150=0|" in answer for answer in await alice.receive_all(5)] == [True] * 5
    alice.send(f"D|11=more|{ORDER}")
    assert "5 orders are open; the session may have 5" in await alice.receive()
    await alice.close()
    await side.stop()


async def test_a_reset_is_not_undone_by_a_sync_that_ends_after_it(tmp_path: Path) -> None:
    disk = SlowDisk()
    side = FixSide(tmp_path, durability=Durability.FSYNC, disk=disk)
    await side.start()
    bob = await Line.logged_on(side.address, "BOB")
    session = side.acceptor.sessions["BOB"]
    disk.may_sync.clear()
    for number in range(20):
        bob.send(f"D|11={number}|{ORDER}")
    await until(lambda: session.next_in == 22)
    bob.next_out = 1
    bob.log_on("|141=Y")
    await until(lambda: session.log.resets == 1)
    disk.may_sync.set()
    answers: list[str] = []
    while not answers or "141=Y" not in answers[-1]:
        answers.append(await bob.receive())
    assert await bob.is_alive()
    await until(lambda: (session.next_in, session.log.next_in) == (3, 3))
    records = SessionLogFile(tmp_path / "fix" / "BOB.log").read()
    assert {number for kind, number, _ in records if kind == INBOUND} <= {1, 2, 3}
    await bob.close()
    await side.stop()


async def test_what_comes_while_the_disk_is_busy_counts_as_received_without_anything_after_it(tmp_path: Path) -> None:
    disk = SlowDisk()
    side = FixSide(tmp_path, durability=Durability.FSYNC, disk=disk)
    await side.start()
    bob = await Line.logged_on(side.address, "BOB")
    session = side.acceptor.sessions["BOB"]
    disk.may_sync.clear()
    for number in range(3):
        bob.send(f"D|11={number}|{ORDER}")
        await until(lambda: session.next_in == number + 3)  # noqa: B023 - awaited within the turn
    bob.send("0")
    await until(lambda: session.next_in == 6)
    assert session.log.next_in < 6
    disk.may_sync.set()
    await until(lambda: session.log.next_in == 6)
    await bob.close()
    await side.stop()
