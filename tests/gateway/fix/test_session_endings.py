"""Two sides that log on and off as they like, whatever was agreed: no gap in what is sent live, nothing after a Logout.

The line and the plain client are those of `test_back_to_back`; here the client also answers Logouts, says which number
it expects, and answers what our Logon says.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import msgspec
import pytest
import simplefix
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.fix.clock import GatewayClock
from gateway.fix.habits import SessionHabits
from gateway.fix.profile import SessionProfile
from gateway.fix.sending_time import NANOSECONDS
from gateway.fix.session import Session
from gateway.fix.session_log import SessionLog
from gateway.fix.session_state import SessionState
from tests.gateway.fix.dialogue import PROFILE, RULES, news
from tests.gateway.fix.test_back_to_back import PlainClient, Wire


class LeavingClient(PlainClient):
    """A client that logs out, and that may speak of the number it expects instead of asking for what it misses."""

    def __init__(self, clock: GatewayClock, *, states_number: bool) -> None:
        super().__init__(clock)
        self.states_number = states_number
        self.is_leaving = False

    def connect(self) -> None:
        self.is_leaving = False
        if not self.states_number:
            super().connect()
            return
        self.out.clear()
        self._parser = simplefix.FixParser()
        self.send("A", [("98", "0"), ("108", "30"), ("789", str(self.next_in))])

    def log_out(self) -> None:
        if self.is_on and not self.is_leaving:
            self.is_leaving = True
            self.send("5", [])

    def say(self, text: str) -> None:
        """What is said after a Logout goes out after the next logon."""
        is_on, self.is_on = self.is_on, self.is_on and not self.is_leaving
        super().say(text)
        self.is_on = is_on

    def _take(self, fields: dict[str, str], number: int) -> None:
        if fields["35"] == "A" and "789" in fields and self.states_number:
            self.is_on = True
            self._resend(int(fields["789"]), 0) if int(fields["789"]) < self.next_out else None
            if number > self.next_in:
                return
        super()._take(fields, number)
        if fields["35"] == "5" and not self.is_leaving:
            self.log_out()


class LeavingWire(Wire):
    """Checks every byte of the venue, connection by connection."""

    def __init__(self, folder: Path, rng: Random, profile: SessionProfile, *, states_number: bool) -> None:
        self._profile = profile
        super().__init__(folder, msgspec.structs.replace(RULES, resend_batch_messages=rng.choice([1, 3, 500])), rng)
        self.client = LeavingClient(self.clock, states_number=states_number)
        self._live = 0
        self._is_over = False

    def _open(self) -> Session:
        session = Session(self._profile, "VENUE", SessionLog(self.folder, "CLIENT"), self.rules, self.clock)
        session.on_application = lambda _, message: self.taken.append(message.fields["58"])
        session.on_output = lambda _: None
        return session

    def connect(self) -> None:
        self._live, self._is_over = 0, False
        super().connect()

    def turn(self) -> None:
        session = self.session
        self.clock.set(self.clock.now + NANOSECONDS // 100)
        session.tick()
        session.log.next_in = session.next_in
        assert session.log.flush()
        wire, session.outbound.wire = session.outbound.wire, []
        for data in wire:
            self._note(data)
            self.to_client += data
        if session.closing:
            arrived, self.to_client = self.to_client, b""
            self.client.receive(arrived)
            self.break_off(kill=False)
        elif session.outbound.is_resending and self.rng.random() < 0.5:
            session.continue_resend()

    def _note(self, data: bytes) -> None:
        super()._note(data)
        fields = self.codec.read(data[:-7].decode("latin-1")).fields
        assert not self._is_over, f"after a Logout came {fields}"
        self._is_over = fields["35"] == "5"
        if "43" not in fields:
            number = int(fields["34"])
            # A Logout does not wait for an answer under way; what that held back is asked for at the next logon.
            assert number == self._live + 1 or not self._live or self._is_over, (
                f"{number} follows {self._live}: {fields}"
            )
            self._live = number


def play(folder: Path, seed: int, steps: int) -> None:
    rng = Random(seed)
    states_number = rng.random() < 0.5
    habits = SessionHabits(
        next_expected=rng.random() < 0.5,
        last_processed=rng.random() < 0.5,
        resend_request_chunk=rng.choice([0, 1, 3]),
    )
    profile = msgspec.structs.replace(PROFILE, habits=habits)
    wire = LeavingWire(folder, rng, profile, states_number=states_number)
    client = wire.client
    assert isinstance(client, LeavingClient)
    wire.connect()
    client_said, venue_said = [], []
    for number in range(steps):
        chance = rng.random()
        if chance < 0.25:
            client_said.append(f"c{number}")
            client.say(client_said[-1])
        elif chance < 0.5:
            venue_said.append(f"v{number}")
            wire.session.send("B", news(f"{venue_said[-1]}"))
        elif chance < 0.54:
            wire.break_off(kill=rng.random() < 0.5)
        elif chance < 0.58:
            client.log_out()
        elif chance < 0.62:
            wire.session.log_out("the venue wants it")
        elif chance < 0.66 and wire.session.state is SessionState.ACTIVE:
            wire.session.send_test_request()
        wire.step()
    for settled in range(2_000):
        if (wire.taken, client.taken) == (client_said, venue_said):
            break
        if settled % 200 == 199:
            wire.break_off(kill=False)
        wire.step()
    assert wire.taken == client_said, f"seed {seed}"
    assert client.taken == venue_said, f"seed {seed}"


@given(seed=st.integers(min_value=0, max_value=1 << 32), steps=st.integers(min_value=10, max_value=150))
@settings(max_examples=100)
def test_whoever_leaves_nothing_is_lost_and_nothing_follows_a_logout(
    tmp_path_factory: pytest.TempPathFactory, seed: int, steps: int
) -> None:
    play(tmp_path_factory.mktemp("line"), seed, steps)
