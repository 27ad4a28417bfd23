"""The number of a Logout that refuses a Logon: the session's for the counterparty, 1 for everybody else."""

from __future__ import annotations

import resource
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog

from gateway.fix.clock import GatewayClock
from gateway.fix.codec import Codec
from gateway.fix.dictionary import load
from gateway.fix.logon_gate import LogonGate
from gateway.fix.message import Message, encode
from gateway.fix.refusal_numbers import REFUSED_IN_A_ROW_MAX
from gateway.fix.session import Session
from gateway.fix.session_log import SessionLog
from gateway.fix.session_state import SessionState
from tests.gateway.fix.dialogue import NOON, PROFILE, RULES
from tests.gateway.fix.fix_side import SETTINGS, FixSide
from tests.gateway.fix.line import Line, until
from tests.gateway.fix.test_acceptor import NOT_KNOWN

NEXT_IN, NEXT_OUT = 7, 12
CODEC = Codec(load("FIX.4.4"))


class Refusing:
    """A gate before one session, which has a history."""

    def __init__(self, folder: Path, **profile: Any) -> None:
        self.clock = GatewayClock()
        self.clock.set(NOON)
        self.log = SessionLog(folder, "CLIENT")
        self.session = Session(msgspec.structs.replace(PROFILE, **profile), "VENUE", self.log, RULES, self.clock)
        self.session.set_numbers(NEXT_IN, NEXT_OUT)
        assert self.log.flush()
        self.gate = LogonGate("VENUE", {"CLIENT": self.session}, RULES, self.clock)

    def logon(self, seq: int | str, *, sender: str = "CLIENT", target: str = "VENUE", terms: str = "") -> Message:
        body = f"35=A|49={sender}|56={target}|34={seq}|52={self.clock.text}|98=0|108=30{terms}|"
        return CODEC.read(encode("FIX.4.4", body.replace("|", "\x01"))[:-7].decode())

    def answer(self, message: Message) -> str:
        """MsgSeqNum(34) of the refusal; empty when nothing is answered."""
        wire = self.gate.logout(message, "no").decode()
        return CODEC.read(wire[:-7]).fields["34"] if wire else ""


@pytest.mark.parametrize(
    ("seq", "terms", "number"),
    [
        (NEXT_IN, {}, NEXT_OUT),
        (NEXT_IN + REFUSED_IN_A_ROW_MAX, {}, NEXT_OUT),
        (NEXT_IN, {"terms": "|55=ACME"}, NEXT_OUT),
        (NEXT_IN + REFUSED_IN_A_ROW_MAX + 1, {}, 1),
        (NEXT_IN - 1, {}, 1),
        (1, {}, 1),
        (0, {}, 1),
        ("x", {}, 1),
        (NEXT_IN, {"terms": "|141=Y"}, 1),
        (NEXT_IN, {"sender": "SOMEONE"}, 1),
        (NEXT_IN, {"target": "ELSEWHERE"}, 1),
    ],
)
def test_only_who_knows_the_number_expected_hears_the_next_one(
    tmp_path: Path, seq: int | str, terms: dict[str, str], number: int
) -> None:
    refusing = Refusing(tmp_path)
    assert refusing.answer(refusing.logon(seq, **terms)) == str(number)
    refusing.log.close()
    # It is used up for good, and nothing else has changed.
    log = SessionLog(tmp_path, "CLIENT")
    assert (log.next_in, log.next_out) == (NEXT_IN, NEXT_OUT + (number != 1))


@pytest.mark.parametrize("reset", ["on logon", "by the operator"])
def test_numbers_that_begin_anew_are_told_nobody(tmp_path: Path, reset: str) -> None:
    refusing = Refusing(tmp_path, reset_on_logon=reset == "on logon")
    if reset == "by the operator":
        refusing.session.set_numbers(1, 1)
    assert [refusing.answer(refusing.logon(seq)) for seq in (1, 2, NEXT_IN)] == ["1", "1", "1"]


def test_another_version_is_not_the_counterparty_s(tmp_path: Path) -> None:
    refusing = Refusing(tmp_path)
    assert refusing.answer(msgspec.structs.replace(refusing.logon(NEXT_IN), begin_string="FIX.4.2")) == "1"


def test_while_somebody_is_logged_on_the_number_is_not_taken(tmp_path: Path) -> None:
    refusing = Refusing(tmp_path)
    refusing.session.log_on(refusing.logon(NEXT_IN))
    assert refusing.session.state is SessionState.ACTIVE
    assert (refusing.answer(refusing.logon(NEXT_IN + 1)), refusing.log.next_out) == ("1", NEXT_OUT + 1)


def test_a_client_may_try_the_whole_night_while_its_number_counts_up(tmp_path: Path) -> None:
    refusing = Refusing(tmp_path)
    tries = range(3 * REFUSED_IN_A_ROW_MAX)
    assert [refusing.answer(refusing.logon(NEXT_IN + one)) for one in tries] == [str(NEXT_OUT + one) for one in tries]
    beyond = NEXT_IN + len(tries) + REFUSED_IN_A_ROW_MAX
    assert refusing.answer(refusing.logon(beyond)) == "1"
    # That far only in this run of numbers: another one is not known by knowing the last.
    refusing.session.set_numbers(NEXT_IN, NEXT_OUT)
    assert refusing.answer(refusing.logon(NEXT_IN + len(tries))) == "1"


def test_on_a_full_disk_nothing_is_answered_and_nothing_piles_up(tmp_path: Path) -> None:
    refusing = Refusing(tmp_path)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with structlog.testing.capture_logs():
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
        try:
            assert [refusing.answer(refusing.logon(NEXT_IN)) for _ in range(3)] == ["", "", ""]
            assert refusing.answer(refusing.logon(1)) == "1"
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    # The number that could not be recorded at first was never sent: a gap fill passes over it.
    assert refusing.answer(refusing.logon(NEXT_IN)) == str(NEXT_OUT + 1)


class StrictClient:
    """Counts as FIX engines do: every message of the venue has the number that it expects, whatever it is."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.address = address
        self.next_out = self.next_in = 1

    async def log_on(self, password: str) -> tuple[Line, str]:
        """A connection, and the MsgType(35) of the answer to its Logon."""
        line = await Line.open(self.address, "ALICE", next_out=self.next_out)
        line.send(f"A|98=0|108=30|553=alice|554={password}")
        return line, await self.heard(line)

    async def heard(self, line: Line) -> str:
        self.next_out = line.next_out
        msg_type, number, *_ = (answer := await line.receive()).split("|")
        assert number == f"34={self.next_in}", f"{answer}; expected 34={self.next_in}"
        self.next_in += 1
        return msg_type


async def test_after_wrong_passwords_a_client_gets_on_at_last(tmp_path: Path) -> None:
    side = FixSide(tmp_path, settings=SETTINGS.replace("fix:\n", "fix:\n  lockout: { failures: 0 }\n"))
    await side.start()
    client, session = StrictClient(side.address), side.acceptor.sessions["ALICE"]
    line, answer = await client.log_on("alice-pw")
    assert answer == "A"
    line.send("5")
    assert await client.heard(line) == "5"
    await line.close()
    await until(lambda: session.state is SessionState.IDLE)

    for _ in range(3):
        line, answer = await client.log_on("a-guess")
        assert answer == "5"
        await line.close()
    stranger = await Line.open(side.address, "ALICE")
    stranger.send("A|98=0|108=30|553=alice|554=a-guess")
    assert await stranger.receive() == f"5|34=1|58={NOT_KNOWN}"
    await stranger.close()

    line, answer = await client.log_on("alice-pw")
    assert (answer, client.next_out, client.next_in) == ("A", 7, 7)
    # The Logons that were refused are missing for the venue, like all that it never took.
    assert await client.heard(line) == "2"
    line.next_out = 3
    line.send("4|43=Y|123=Y|36=7")
    line.next_out = 7
    line.send("1|112=well")
    assert await client.heard(line) == "0"
    await line.close()
    await side.stop()
