"""A session and its counterparty as a conversation: what the client sends, what the venue must answer, nothing else.

A script has one line for each thing that happens:

    > A|34=1|98=0|108=30     the client sends (49, 56 and 52 are filled in unless they are given)
    < A|34=1|98=0|108=30     the venue has sent exactly this (49, 56, 52 are checked, and left out; `...`: and more)
    takes B#2                application messages that the session handed on since the last such line
    report A1                the venue sends an application message: News(B) of one line, 58=A1
    after 36                 seconds pass, with a tick each
    drop                     the connection is lost;  restart: so is the process, and a new one reads the log
    logout bye               the venue ends the session
    closed text              the session wants the connection to be closed, and why
    slow                     resends go on only with `more`, one piece each

Headline(148) and NoLinesOfText(33) of News(B) are filled in and left out likewise. What the venue sends and no line
expects is a failure: silence is a rule, too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from gateway.fix.clock import GatewayClock
from gateway.fix.codec import Codec
from gateway.fix.dictionary import load
from gateway.fix.framing import Framing
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


_LEFT_OUT = frozenset({"8", "9", "35", "49", "56", "52", "148", "33"})


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
        self.codec = Codec(FIX44)
        self.taken: list[str] = []
        self._said: list[str] = []
        self._framing = Framing(1 << 20)
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
        for line in filter(str.strip, script.splitlines()):
            verb, _, rest = line.strip().partition(" ")
            if verb not in ("<", "closed"):
                assert self._said == [], f"before {line.strip()!r} the venue also said {self._said}"
            match verb:
                case ">":
                    self.client(rest)
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

    def client(self, text: str) -> None:
        """The client sends one message."""
        message = self.codec.read(self.text_of(text))
        if self.session.state is not SessionState.IDLE:
            self.session.receive(message)
            return
        try:
            session = self.gate.identify(message)
            self.gate.check_free(session)
        except LogonRefused as refused:
            if refused.answer:
                self._hear(self.gate.logout(message, refused.answer))
            return
        session.log_on(message)

    def text_of(self, text: str) -> str:
        """A message of the client as framing hands it on."""
        msg_type, *rest = text.split("|")
        fields = dict(one.split("=", 1) for one in rest)
        version = fields.pop("8", "FIX.4.4")
        header = {"49": "CLIENT", "56": "VENUE", "34": "", "52": self.clock.text, "43": "", "97": "", "122": ""}
        body = [f"35={msg_type}"]
        for tag, default in header.items():
            value = fields.pop(tag, default)
            body += [f"{tag}={value}"] if value else []
        if msg_type == "B":
            body += ["148=news", "33=1"]
        body += [f"{tag}={value}" for tag, value in fields.items()]
        return encode(version, "\x01".join(body) + "\x01")[:-7].decode("latin-1")

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
        for text in self._framing.receive(wire):
            assert isinstance(text, str), text
            message = self.codec.read(text)
            assert message.violation is None, (text, message.violation)
            fields = message.fields
            if self.session.state is not SessionState.IDLE:
                assert (fields["49"], fields["56"], fields["52"]) == ("VENUE", "CLIENT", self.clock.text), text
            self._said.append(shown(message))

    def _expect(self, expected: str) -> None:
        assert self._said, f"the venue is silent; expected {expected}"
        said = self._said.pop(0)
        if expected.endswith("..."):
            assert said.startswith(expected[:-3]), f"{said}\n is not {expected}"
        else:
            assert said == expected, f"{said}\n is not {expected}"


def shown(message: Message) -> str:
    """A message of the venue without what is always the same; OrigSendingTime as its time of day."""
    pairs = [pair for pair in message.pairs if pair[0] not in _LEFT_OUT]
    parts = [f"{tag}={value[9:17] if tag == '122' else value}" for tag, value in pairs]
    return "|".join([message.msg_type, *parts])


def dialogue(folder: Path, script: str, **more: Any) -> Dialogue:
    """Plays a script to the end."""
    talk = Dialogue(folder, **more)
    talk.play(script)
    return talk
