"""The acceptor on real sockets: who comes in, trading, the end of connections, and what survives a restart."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from exchange.sequencing.sequencer import Durability
from gateway.fix.session_state import SessionState
from gateway.listening import PortTaken
from tests.gateway.fix.fix_side import FixSide
from tests.gateway.fix.line import Line, until

NOT_KNOWN = "logon refused: CompIDs, Username(553) and Password(554) are not those of a session that may log on"
ORDER = "55=ACME|54=1|38=100|40=2|44=10.05"


@pytest.fixture(params=[Durability.OS, Durability.FSYNC, Durability.NONE], ids=str)
async def any_side(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[FixSide]:
    side = FixSide(tmp_path, durability=request.param)
    await side.start()
    yield side
    await side.stop()


@pytest.fixture
async def side(tmp_path: Path) -> AsyncIterator[FixSide]:
    side = FixSide(tmp_path)
    await side.start()
    yield side
    await side.stop()


async def test_two_clients_trade(any_side: FixSide) -> None:
    alice = await Line.logged_on(any_side.address, "ALICE")
    bob = await Line.logged_on(any_side.address, "BOB")
    bob.send("D|11=s|55=ACME|54=2|38=100|40=2|44=10.05")
    assert "150=0" in await bob.receive()
    alice.send(f"D|11=b|{ORDER}")
    assert [message.split("|150=")[1][:6] for message in await alice.receive_all(2)] == ["0|39=0", "F|39=2"]
    assert "|527=1|150=F|39=2|" in await bob.receive()
    alice.send("5|58=done")
    assert await alice.receive_all(2) == ["5|34=4", ""]
    assert await bob.is_alive()
    await alice.close()
    await bob.close()


async def test_bytes_may_come_one_by_one_and_all_at_once(side: FixSide) -> None:
    alice = await Line.open(side.address, "ALICE")
    everything = alice.message("A|98=0|108=30|553=alice|554=alice-pw")
    everything += alice.message(f"D|11=1|{ORDER}") + alice.message("1|112=x")
    for at in range(len(everything)):
        alice.writer.write(everything[at : at + 1])
        await alice.writer.drain()
        await asyncio.sleep(0)
    kinds = [message.split("|")[0] for message in await alice.receive_all(3)]
    assert sorted(kinds) == ["0", "8", "A"] and kinds[0] == "A"
    bob = await Line.open(side.address, "BOB")
    bob.writer.write(bob.message("A|98=0|108=30") + bob.message(f"D|11=1|{ORDER}") + bob.message("5"))
    answers = await bob.receive_all(3)
    assert answers[0].startswith("A|") and answers[2] == ""
    await alice.close()
    await bob.close()


@pytest.mark.parametrize(
    ("name", "logon"),
    [
        ("ALICE", "A|98=0|108=30|553=alice|554=wrong"),
        ("ALICE", "A|98=0|108=30|553=bob|554=alice-pw"),
        ("ALICE", "A|98=0|108=30"),
        ("NOBODY", "A|98=0|108=30|553=alice|554=alice-pw"),
    ],
)
async def test_whoever_is_not_known_hears_the_same(side: FixSide, name: str, logon: str) -> None:
    line = await Line.open(side.address, name)
    line.send(logon)
    assert await line.receive_all(2) == [f"5|34=1|58={NOT_KNOWN}", ""]
    await line.close()
    terms = await Line.open(side.address, name)
    terms.send(logon.replace("98=0", "98=1"))
    assert await terms.receive_all(2) == ["5|34=1|58=EncryptMethod(98) 1 is not taken; only 0 (none) is", ""]
    await terms.close()


async def test_a_second_connection_is_refused_and_the_first_lives(side: FixSide) -> None:
    first = await Line.logged_on(side.address, "BOB")
    assert side.acceptor.peer(side.acceptor.sessions["BOB"]) == "127.0.0.1"
    second = await Line.open(side.address, "BOB")
    second.log_on()
    assert await second.receive() == "", (
        "a Logout would be counted, and reports that a broken line lost never asked for"
    )
    assert await first.is_alive()
    await first.close()
    await second.close()


async def test_who_does_not_log_on_is_cut_off(side: FixSide) -> None:
    silent = await Line.open(side.address, "BOB")
    other = await Line.open(side.address, "BOB")
    other.send("0")
    assert await other.receive() == "", "only a Logon may come first"
    assert await silent.receive() == ""
    await silent.close()
    await other.close()


async def test_a_password_that_takes_too_long_is_cut_off(side: FixSide) -> None:
    answer = asyncio.Event()

    async def slow(_: str, __: str) -> bool:
        return await answer.wait()

    side.check_password = slow
    line = await Line.open(side.address, "ALICE")
    line.log_on()
    assert await line.receive() == ""
    answer.set()
    await asyncio.sleep(0.01)
    assert side.acceptor.sessions["ALICE"].state is SessionState.IDLE
    await line.close()


async def test_a_password_that_cannot_be_checked_ends_the_connection(side: FixSide) -> None:
    async def broken(_: str, __: str) -> bool:
        raise RuntimeError("no store")

    side.check_password = broken
    line = await Line.open(side.address, "ALICE")
    line.log_on()
    assert await line.receive() == ""
    await line.close()
    bob = await Line.logged_on(side.address, "BOB")
    await bob.close()


async def test_connections_are_limited_by_address_and_in_all(side: FixSide) -> None:
    lines = [await Line.open(side.address, "BOB") for _ in range(10)]
    await until(lambda: len(side.acceptor._connections) == 10)
    more = await Line.open(side.address, "BOB")
    assert await more.receive() == ""
    lines[0].log_on()
    assert (await lines[0].receive()).startswith("A|")
    # From other addresses of this machine two more are taken, and then no more.
    others = []
    for last in (2, 3, 4):
        own = socket.socket()
        own.bind((f"127.0.0.{last}", 0))
        own.setblocking(False)
        await asyncio.get_running_loop().sock_connect(own, side.address)
        others.append(Line("CAROL", *await asyncio.open_connection(sock=own), 1))
        await asyncio.sleep(0.02)
    assert await others[2].receive() == ""
    others[0].log_on()
    assert (await others[0].receive()).startswith("A|")
    for line in [*lines, *others, more]:
        await line.close()
    await until(lambda: not side.acceptor._connections and not side.acceptor._by_address)


async def test_a_stop_logs_everybody_out(tmp_path: Path) -> None:
    side = FixSide(tmp_path)
    await side.start()
    alice, bob = await Line.logged_on(side.address, "ALICE"), await Line.logged_on(side.address, "BOB")
    idle = await Line.open(side.address, "CAROL")
    stopping = asyncio.ensure_future(side.stop("closing time"))
    assert await alice.receive() == "5|34=2|58=closing time"
    assert await bob.receive() == "5|34=2|58=closing time"
    alice.send("5")
    assert [await line.receive() for line in (alice, bob, idle)] == ["", "", ""]
    await stopping
    with pytest.raises(ConnectionRefusedError):
        await Line.open(side.address, "BOB")
    for line in (alice, bob, idle):
        await line.close()
    sessions = side.acceptor.sessions
    assert sessions["ALICE"].next_in == 3 and sessions["BOB"].next_in == 2


async def test_a_port_that_is_taken_is_named(side: FixSide, tmp_path: Path) -> None:
    (tmp_path / "second").mkdir()
    second = FixSide(tmp_path / "second")
    with pytest.raises(PortTaken, match=rf"FIX cannot listen on port {side.address[1]} of 127.0.0.1: address already"):
        await second.acceptor.start(*side.address)
    await second.close()


async def test_numbers_and_reports_survive_a_restart(tmp_path: Path) -> None:
    first = FixSide(tmp_path)
    await first.start()
    alice, bob = await Line.logged_on(first.address, "ALICE"), await Line.logged_on(first.address, "BOB")
    alice.send(f"D|11=b|{ORDER}")
    await alice.receive()
    await alice.close()
    await until(lambda: first.acceptor.sessions["ALICE"].state is SessionState.IDLE)
    bob.send("D|11=s|55=ACME|54=2|38=100|40=2|44=10.05")
    await bob.receive_all(2)
    await bob.close()
    await first.stop()
    second = FixSide(tmp_path)
    await second.start()
    alice = await Line.open(second.address, "ALICE", next_out=3)
    alice.log_on()
    assert (await alice.receive()).startswith("A|34=4|")
    alice.send("2|7=3|16=3")
    report = await alice.receive()
    assert report.startswith("8|34=3|43=Y|122=") and "|150=F|39=2|" in report
    await alice.close()
    await second.stop()


async def test_what_was_journaled_and_not_reported_is_reported_once(tmp_path: Path) -> None:
    first = FixSide(tmp_path)
    await first.start()
    alice = await Line.logged_on(first.address, "ALICE")
    for name in ("1", "2", "3"):
        alice.send(f"D|11={name}|{ORDER}")
    await alice.receive_all(3)
    await alice.close()
    await first.stop()
    # The process was killed between journal and session log: the last report is in one and not in the other.
    log = tmp_path / "fix" / "ALICE.log"
    data = log.read_bytes()
    log.write_bytes(data[: data.rindex(b"8=FIX.4.4") - 10])
    for _ in range(2):
        again = FixSide(tmp_path)
        await again.start()
        session = again.acceptor.sessions["ALICE"]
        assert session.log.next_out == 5
        reports = [wire.decode("latin-1") for _, wire in session.log.sent(1, 9)]
        assert [report.partition("\x0111=")[2][0] for report in reports] == ["1", "2", "3"]
        await again.stop()


async def test_a_new_session_is_not_told_what_happened_before_it(tmp_path: Path) -> None:
    first = FixSide(tmp_path)
    await first.start()
    bob = await Line.logged_on(first.address, "BOB")
    bob.send(f"D|11=1|{ORDER}")
    await bob.receive()
    await bob.close()
    await first.stop()
    (tmp_path / "fix" / "BOB.log").unlink()
    second = FixSide(tmp_path)
    await second.start()
    assert second.acceptor.sessions["BOB"].log.next_out == 1
    await second.stop()


async def test_events_of_a_session_that_is_gone_are_nobodys(tmp_path: Path) -> None:
    first = FixSide(tmp_path)
    await first.start()
    carol = await Line.logged_on(first.address, "CAROL")
    carol.send("D|11=s|55=ACME|54=2|38=100|40=2|44=10.05")
    await carol.receive()
    await carol.close()
    await first.stop()
    second = FixSide(tmp_path, without="CAROL")
    await second.start()
    assert "CAROL" not in second.acceptor.sessions
    bob = await Line.logged_on(second.address, "BOB")
    bob.send(f"D|11=b|{ORDER}")
    assert ["|39=0|" in answer for answer in await bob.receive_all(2)] == [True, False]
    await bob.close()
    await second.stop()


async def test_a_stop_does_not_wait_for_a_password(tmp_path: Path) -> None:
    side = FixSide(tmp_path)
    await side.start()
    asked, answer = asyncio.Event(), asyncio.Event()

    async def slow(_: str, __: str) -> bool:
        asked.set()
        return await answer.wait()

    side.check_password = slow
    line = await Line.open(side.address, "ALICE")
    line.log_on()
    await asked.wait()
    await side.stop()
    assert await line.receive() == ""
    await line.close()


async def test_it_can_be_stopped_before_it_is_started(tmp_path: Path) -> None:
    side = FixSide(tmp_path)
    await side.stop()
    assert not side.acceptor.is_listening
