"""Two sides joined back to back over a line that breaks: every message arrives once, in order, under one number.

The venue's side is the session; the client's is written here on simplefix, as plainly as the rules allow: it asks again
when it misses something, gap-fills its session messages and sends the rest again as possible duplicates.
"""

from __future__ import annotations

from collections import deque
from pathlib import Path
from random import Random

import msgspec
import pytest
import simplefix
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.fix.clock import GatewayClock
from gateway.fix.codec import Codec
from gateway.fix.framing import Framing
from gateway.fix.profile import SessionRules
from gateway.fix.sending_time import NANOSECONDS
from gateway.fix.session import Session
from gateway.fix.session_log import SessionLog
from gateway.fix.session_state import SessionState
from tests.gateway.fix.dialogue import FIX44, NOON, PROFILE, RULES, news

Fields = list[tuple[str, str]]


class PlainClient:
    """The other side: numbers, what it sent, and what it took in."""

    def __init__(self, clock: GatewayClock) -> None:
        self.clock = clock
        self.next_out, self.next_in = 1, 1
        self.sent: dict[int, tuple[str, Fields]] = {}
        self.taken: list[str] = []
        self.out: deque[bytes] = deque()
        self.is_on = False
        self._asked_to = 0
        self._parser = simplefix.FixParser()

    def connect(self) -> None:
        self.out.clear()
        self._asked_to = 0
        self._parser = simplefix.FixParser()
        self.send("A", [("98", "0"), ("108", "30")])

    def disconnected(self) -> None:
        self.is_on = False
        self.out.clear()

    def send(self, msg_type: str, fields: Fields) -> None:
        number, self.next_out = self.next_out, self.next_out + 1
        if msg_type == "B":
            self.sent[number] = (msg_type, fields)
        self._write(number, msg_type, fields)

    def say(self, text: str) -> None:
        """An application message, sent now or by resend after the next logon."""
        if self.is_on:
            self.send("B", [("148", "news"), ("33", "1"), ("58", text)])
        else:
            self.sent[self.next_out] = ("B", [("148", "news"), ("33", "1"), ("58", text)])
            self.next_out += 1

    def receive(self, data: bytes) -> None:
        self._parser.append_buffer(data)
        while (message := self._parser.get_message()) is not None:
            fields = {tag.decode(): value.decode() for tag, value in message.pairs}
            self._take(fields, int(fields["34"]))

    def _take(self, fields: dict[str, str], number: int) -> None:
        if fields["35"] == "A":
            self.is_on = True
        if fields["35"] == "2" and number >= self.next_in:
            self._resend(int(fields["7"]), int(fields["16"]))
        if number > self.next_in:
            if self._asked_to < self.next_in:
                end = number - 1 if fields["35"] == "A" else 0
                self._asked_to = end or number
                self.send("2", [("7", str(self.next_in)), ("16", str(end))])
        elif number < self.next_in:
            assert fields.get("43") == "Y", f"{fields} is too low: {self.next_in} is next"
        elif fields["35"] == "4":
            self.next_in = int(fields["36"])
        else:
            self.next_in += 1
            if fields["35"] == "B":
                self.taken.append(fields["58"])

    def _resend(self, begin: int, end: int) -> None:
        last = self.next_out - 1
        number = begin
        while number <= (min(end, last) if end else last):
            first = number
            while number <= last and number not in self.sent:
                number += 1
            again = [("43", "Y"), ("122", self.clock.text)]
            if number > first:
                self._write(first, "4", [*again, ("123", "Y"), ("36", str(number))])
                continue
            msg_type, fields = self.sent[number]
            self._write(number, msg_type, [*again, *fields])
            number += 1

    def _write(self, number: int, msg_type: str, fields: Fields) -> None:
        message = simplefix.FixMessage()
        header = [("8", "FIX.4.4"), ("35", msg_type), ("49", "CLIENT"), ("56", "VENUE"), ("34", str(number))]
        for tag, value in [*header, ("52", self.clock.text)]:
            message.append_pair(tag, value, header=True)
        for tag, value in fields:
            message.append_pair(tag, value, header=tag in ("43", "122"))
        self.out.append(bytes(message.encode()))


class Wire:
    """Both sides and the line between them; bytes under way are lost when it breaks."""

    def __init__(self, folder: Path, rules: SessionRules, rng: Random) -> None:
        self.folder, self.rules, self.rng = folder, rules, rng
        self.clock = GatewayClock()
        self.clock.set(NOON)
        self.client = PlainClient(self.clock)
        self.codec = Codec(FIX44)
        self.taken: list[str] = []
        self.numbers: dict[int, str] = {}
        self.to_client = b""
        self.framing = Framing(1 << 16)
        self.session = self._open()

    def _open(self) -> Session:
        session = Session(PROFILE, "VENUE", SessionLog(self.folder, "CLIENT"), self.rules, self.clock)
        session.on_application = lambda _, message: self.taken.append(message.fields["58"])
        session.on_output = lambda _: None
        return session

    def connect(self) -> None:
        self.framing, self.to_client = Framing(1 << 16), b""
        self.client.connect()

    def break_off(self, *, kill: bool) -> None:
        self.session.disconnected("the line broke")
        if kill:
            self.session = self._open()
        self.client.disconnected()
        self.connect()

    def step(self) -> None:
        """Moves some of what is under way, in pieces of any size."""
        if self.client.out and self.rng.random() < 0.7:
            for text in self.framing.receive(self.client.out.popleft()):
                assert isinstance(text, str), text
                message = self.codec.read(text)
                if self.session.state is SessionState.IDLE:
                    self.session.log_on(message)
                else:
                    self.session.receive(message)
        self.turn()
        size = self.rng.randrange(len(self.to_client) + 1)
        arrived, self.to_client = self.to_client[:size], self.to_client[size:]
        self.client.receive(arrived)

    def turn(self) -> None:
        session = self.session
        assert session.state in (SessionState.IDLE, SessionState.ACTIVE), session.last_disconnect
        session.log.next_in = session.next_in
        assert session.log.flush()
        wire, session.outbound.wire = session.outbound.wire, []
        for data in wire:
            self._note(data)
            self.to_client += data
        if session.outbound.is_resending and self.rng.random() < 0.5:
            session.continue_resend()

    def _note(self, data: bytes) -> None:
        """No number is ever used for other content; a session message may become a gap fill."""
        fields = self.codec.read(data[:-7].decode("latin-1")).fields
        content = f"B {fields['58']}" if fields["35"] == "B" else "session message"
        assert self.numbers.setdefault(int(fields["34"]), content) == content, fields
        for passed in range(int(fields["34"]), int(fields["36"]) if fields["35"] == "4" else 0):
            assert not self.numbers.get(passed, "").startswith("B"), f"{passed} was a message and is filled"


def play(folder: Path, seed: int, steps: int) -> None:
    rng = Random(seed)
    wire = Wire(folder, msgspec.structs.replace(RULES, resend_batch_messages=rng.choice([1, 3, 500])), rng)
    wire.connect()
    client_said, venue_said = [], []
    for number in range(steps):
        chance = rng.random()
        if chance < 0.25:
            client_said.append(f"c{number}")
            wire.client.say(client_said[-1])
        elif chance < 0.5:
            venue_said.append(f"v{number}")
            wire.session.send("B", news(f"{venue_said[-1]}"))
            wire.turn()
        elif chance < 0.55:
            wire.client.send("1", [("112", "x")]) if wire.client.is_on else None
        elif chance < 0.6:
            wire.break_off(kill=rng.random() < 0.5)
        wire.step()
    for settled in range(2_000):
        if (wire.taken, wire.client.taken) == (client_said, venue_said):
            break
        if settled % 200 == 199:
            wire.break_off(kill=False)
        wire.clock.set(wire.clock.now + NANOSECONDS // 100)
        wire.step()
    assert wire.taken == client_said, f"seed {seed}"
    assert wire.client.taken == venue_said, f"seed {seed}"


@given(seed=st.integers(min_value=0, max_value=1 << 32), steps=st.integers(min_value=10, max_value=150))
@settings(max_examples=50)
def test_everything_arrives_once_and_in_order(tmp_path_factory: pytest.TempPathFactory, seed: int, steps: int) -> None:
    play(tmp_path_factory.mktemp("line"), seed, steps)


@pytest.mark.soak
def test_everything_arrives_once_and_in_order_for_long(tmp_path_factory: pytest.TempPathFactory) -> None:
    for seed in range(5_000):
        play(tmp_path_factory.mktemp("line"), seed, 400)
