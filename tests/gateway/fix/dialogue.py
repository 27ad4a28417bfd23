"""A session and its counterparty as a conversation: what the client sends, what the venue must answer, nothing else.

A script has one line for each thing that happens:

    > A|34=1|98=0|108=30     the client sends (8, 9, 10, 49, 56, 52 and a Logon's 1137 are filled in unless given)
    < A|34=1|98=0|108=30     the venue has sent exactly this (those are checked, and left out; `...`: and more)
    raw 8=$begin|35=0|       bytes come that may be no message
    garbled text             framing has passed over something, and why (`...`: and more)
    takes B#2                application messages that the session handed on since the last such line
    report A1                the venue sends an application message: News(B) of one line, 58=A1
    after 36                 seconds pass, with a tick each
    drop                     the connection is lost;  restart: so is the process, and a new one reads the log
    logout bye               the venue ends the session
    closed text              the session wants the connection to be closed, and why
    slow                     resends go on only with `more`, one piece each

Headline(148) and NoLinesOfText(33) of News(B) are filled in and left out likewise. What the venue sends and no line
expects is a failure: silence is a rule, too. `$version` is the session's version as the venue calls it, `$begin` its
BeginString, `$other` the BeginString of another one: the same script plays in every version (`Play`).
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.fix.clock import GatewayClock
from gateway.fix.codec import Codec
from gateway.fix.dictionary import load
from gateway.fix.framing import Framing, Garbled
from gateway.fix.habits import SessionHabits
from gateway.fix.logon_gate import LogonGate, LogonRefused
from gateway.fix.message import Message, encode
from gateway.fix.profile import SessionProfile, SessionRules
from gateway.fix.sending_time import NANOSECONDS, TimestampReader
from gateway.fix.session import Session
from gateway.fix.session_log import SessionLog
from gateway.fix.session_state import SessionState
from gateway.fix.versions import VERSIONS

FIX44 = load("FIX.4.4")
NOON = (TimestampReader().seconds("20240621-12:00:00") or 0) * NANOSECONDS
PROFILE = SessionProfile("CLIENT", VERSIONS["FIX.4.4"], "", ("ACC",), reset_on_logon=False, max_open_orders=100)


def profile_with(**habits: Any) -> SessionProfile:
    """The client's profile with something agreed."""
    return msgspec.structs.replace(PROFILE, habits=SessionHabits(**habits))


RULES = SessionRules(
    sending_time_accuracy=120 * NANOSECONDS,
    logout_timeout=2 * NANOSECONDS,
    heartbeat_min_seconds=5,
    heartbeat_max_seconds=60,
    resend_batch_messages=500,
    early_messages_max=100,
)
ONE_AT_A_TIME = msgspec.structs.replace(RULES, resend_batch_messages=1)
"""Resends go on message by message."""

LOGON = """
    > A|34=1|98=0|108=30
    < A|34=1|98=0|108=30
"""


_LEFT_OUT = frozenset({"8", "9", "35", "49", "56", "52", "148", "33", "1137"})
_HEADER = ("49", "56", "34", "52", "43", "97", "122")
_ROUTING = frozenset({"115", "116", "144", "128", "129", "145", "1128"})
_FILLED_IN = frozenset({*_HEADER, "8", "9", "10", "1137"})


def news(text: str) -> str:
    """The body of a News(B) of one line."""
    return f"148=news\x0133=1\x0158={text}\x01"


class Dialogue:
    """One session on a virtual clock, with its log in a folder and nobody's socket."""

    def __init__(
        self, folder: Path, *, rules: SessionRules = RULES, profile: SessionProfile = PROFILE, log_bytes: int = 1 << 20
    ) -> None:
        folder.mkdir(exist_ok=True)
        self._folder, self._rules, self._profile, self._log_bytes = folder, rules, profile, log_bytes
        self.clock = GatewayClock()
        self.clock.set(NOON)
        self.codec = _codec(profile.version.name)
        self.taken: list[str] = []
        self._version = profile.version
        self._said: list[str] = []
        self._garbled: list[str] = []
        self._from_client, self._from_venue = Framing(1 << 20), Framing(1 << 20)
        self._is_slow = False
        self.session = self._open()

    def _open(self) -> Session:
        log = SessionLog(self._folder, self._profile.comp_id, limit_bytes=self._log_bytes)
        session = Session(self._profile, "VENUE", log, self._rules, self.clock)
        session.on_application = lambda _, message: self.taken.append(f"{message.msg_type}#{message.seq}")
        session.on_output = lambda _: None
        self.gate = LogonGate("VENUE", {self._profile.comp_id: session}, self._rules, self.clock)
        return session

    def play(self, script: str) -> None:
        """Plays the lines of a script one after another; fails at the first that is not so."""
        for line in filter(str.strip, self._in_version(script).splitlines()):
            verb, _, rest = line.strip().partition(" ")
            if verb not in ("<", "closed", "garbled"):
                assert self._said == [], f"before {line.strip()!r} the venue also said {self._said}"
                assert self._garbled == [], f"before {line.strip()!r} something was garbled: {self._garbled}"
            match verb:
                case ">":
                    self.client(rest)
                case "raw":
                    self.receive(rest.replace("|", "\x01").encode("latin-1"))
                case "garbled":
                    assert self._garbled, f"nothing was garbled; expected {rest}"
                    _compare(self._garbled.pop(0), rest)
                case "<":
                    self._expect(rest)
                case "takes":
                    taken, self.taken = self.taken, []
                    assert taken == rest.split(), f"taken was {taken}"
                case "report":
                    self.session.send("B", news(rest))
                case "after":
                    self._wait(int(rest))
                case "logout":
                    self.session.log_out(rest)
                case "closed":
                    assert self.session.closing == rest, f"closing is {self.session.closing!r}"
                case "drop":
                    self.session.disconnected("the line broke")
                    self._from_client = Framing(1 << 20)
                case "restart":
                    self.session.log.close()
                    self.session = self._open()
                case "slow":
                    self._is_slow = True
                case "more":
                    self.session.continue_resend()
                case _:
                    raise ValueError(f"no such line: {line}")
            self._listen()
        assert self._said == [], f"at the end the venue also said {self._said}"
        assert self._garbled == [], f"at the end something was garbled: {self._garbled}"

    def client(self, text: str) -> None:
        """The client sends one message."""
        self.receive(self.bytes_of(text))

    def bytes_of(self, text: str) -> bytes:
        """A message of the client as it comes over the line."""
        msg_type, *rest = text.split("|")
        given: dict[str, str] = {}
        routing: list[str] = []
        body: list[str] = []
        for field in rest:
            tag, _, value = field.partition("=")
            if tag in _FILLED_IN and tag not in given and (tag != "1137" or msg_type == "A"):
                given[tag] = value
            elif tag in _ROUTING and not body:
                routing.append(field)
            else:
                body.append(field)
        appl_ver_id = self._version.appl_ver_id if msg_type == "A" else ""
        filled = {"49": "CLIENT", "56": "VENUE", "52": self.clock.text, "1137": appl_ver_id} | given
        header = [f"{tag}={filled[tag]}" for tag in _HEADER if filled.get(tag)]
        news = ["148=news", "33=1"] if msg_type == "B" else []
        default = [f"1137={filled['1137']}"] if filled["1137"] else []
        text = "\x01".join([f"35={msg_type}", *header, *routing, *news, *body, *default])
        begin_string, length, total = (given.get(tag, "") for tag in ("8", "9", "10"))
        data = encode(begin_string or self._version.begin_string, f"{text}\x01")
        if length:
            data = re.sub(rb"\x019=\d+", b"\x019=" + length.encode(), data, count=1)
        return data[:-4] + total.encode() + b"\x01" if total else data

    def receive(self, data: bytes) -> None:
        """Bytes come: a message goes to the session, or to the gate before one is there; what is garbled nowhere."""
        for found in self._from_client.receive(data):
            if isinstance(found, Garbled):
                self._garbled.append(found.reason)
                continue
            message = self.codec.read(found)
            if self.session.state is SessionState.IDLE:
                self._enter(message)
            else:
                self.session.receive(message)

    def _enter(self, message: Message) -> None:
        try:
            session = self.gate.identify(message)
            self.gate.check_free(session)
        except LogonRefused as refused:
            if refused.answer:
                self._hear(self.gate.logout(message, refused.answer))
            return
        session.log_on(message)

    def _in_version(self, script: str) -> str:
        begin = self._version.begin_string
        other = "FIX.4.4" if begin == "FIX.4.2" else "FIX.4.2"
        return script.replace("$version", self._version.name).replace("$begin", begin).replace("$other", other)

    def _wait(self, seconds: int) -> None:
        for _ in range(seconds):
            self.clock.set(self.clock.now + NANOSECONDS)
            self.session.tick()
            self._listen()

    def _listen(self) -> None:
        """Does what the acceptor does at the end of a turn."""
        session = self.session
        session.log.next_in = session.next_in
        assert session.log.flush()
        wire, session.outbound.wire = session.outbound.wire, []
        self._hear(b"".join(wire))
        if session.outbound.is_resending and not self._is_slow:
            session.continue_resend()
            self._listen()

    def _hear(self, wire: bytes) -> None:
        for text in self._from_venue.receive(wire):
            assert isinstance(text, str), text
            message = self.codec.read(text)
            assert message.violation is None, (text, message.violation)
            fields = message.fields
            if self.session.state is not SessionState.IDLE:
                assert (fields["49"], fields["56"], fields["52"]) == ("VENUE", "CLIENT", self.clock.text), text
                assert fields["8"] == self._version.begin_string, text
                assert fields.get("1137", "") == (self._version.appl_ver_id if message.msg_type == "A" else ""), text
            self._said.append(shown(message))

    def _expect(self, expected: str) -> None:
        assert self._said, f"the venue is silent; expected {expected}"
        _compare(self._said.pop(0), expected)


class Play:
    """Plays scripts to the end, in one version, each with a log of its own."""

    def __init__(self, folder: Path, version: str) -> None:
        self.version = version
        self._folder = folder
        self._played = 0

    def __call__(self, script: str, *, profile: SessionProfile = PROFILE, **more: Any) -> Dialogue:
        self._played += 1
        spoken = msgspec.structs.replace(profile, version=VERSIONS[self.version])
        talk = Dialogue(self._folder / str(self._played), profile=spoken, **more)
        talk.play(script)
        return talk


def holds_for(*versions: str) -> pytest.MarkDecorator:
    """A test that holds for these versions alone; say why."""
    assert set(versions) < set(VERSIONS)
    return pytest.mark.parametrize("version", versions)


WITHOUT_42 = tuple(name for name in VERSIONS if name != "FIX.4.2")
"""Versions that have what FIX 4.3 and 4.4 brought."""
ON_FIXT = tuple(name for name, version in VERSIONS.items() if version.begin_string == "FIXT.1.1")
"""Versions whose session layer is FIXT.1.1."""


def shown(message: Message) -> str:
    """A message of the venue without what is always the same; OrigSendingTime as its time of day."""
    pairs = [pair for pair in message.pairs if pair[0] not in _LEFT_OUT]
    parts = [f"{tag}={value[9:17] if tag == '122' else value}" for tag, value in pairs]
    return "|".join([message.msg_type, *parts])


def _compare(said: str, expected: str) -> None:
    if expected.endswith("..."):
        assert said.startswith(expected[:-3]), f"{said}\n is not {expected}"
    else:
        assert said == expected, f"{said}\n is not {expected}"


@cache
def _codec(version: str) -> Codec:
    return Codec(load(version))
