"""FIX sessions of a venue whose clock is driven: what follows it, and what stays with the machine's clock."""

from __future__ import annotations

import pytest

from gateway.clock.speed import Speed
from gateway.clock.venue_clock import VenueClock
from gateway.clock.words import SECOND
from gateway.fix.clock import GatewayClock
from gateway.fix.liveness import Due, Liveness
from gateway.fix.profile import SessionProfile, SessionRules
from gateway.fix.versions import FIX44

HEARTBEAT = 30 * SECOND
START = 1_772_461_800 * SECOND


class Driven:
    """A session's liveness on a clock that stands until it is moved."""

    def __init__(self, *, drives_lines: bool = True) -> None:
        self.venue_clock = VenueClock(Speed(0))
        self.venue_clock.begin_at(START)
        self.clock = GatewayClock(self.venue_clock, drives_lines=drives_lines)
        self.liveness = Liveness()
        self.liveness.interval = HEARTBEAT
        self.liveness.heard(self.clock)
        self.last_sent = self.clock.line

    def move(self, seconds: int) -> None:
        self.venue_clock.hold()
        self.venue_clock.move_to(self.venue_clock.now() + seconds * SECOND)
        self.venue_clock.is_held = False
        self.clock.refresh()

    def is_heartbeat_due(self) -> bool:
        return self.liveness.is_heartbeat_due(self.clock, self.last_sent)


def test_sending_time_is_the_venue_s_time() -> None:
    driven = Driven()

    assert (driven.clock.now, driven.clock.text) == (START, "20260302-14:30:00.000")
    driven.move(90)
    assert driven.clock.text == "20260302-14:31:30.000"
    assert driven.liveness.last_received == START


def test_a_jump_makes_heartbeats_and_questions_due_and_gives_nobody_up() -> None:
    driven = Driven()
    assert not driven.is_heartbeat_due()

    driven.move(6 * 3_600)

    assert driven.is_heartbeat_due()
    assert driven.liveness.due(driven.clock) is Due.TEST_REQUEST
    driven.move(6 * 3_600)
    assert driven.liveness.due(driven.clock) is Due.NOTHING
    assert driven.liveness.is_asking


def test_lines_may_be_left_to_the_machine_s_clock() -> None:
    driven = Driven(drives_lines=False)

    driven.move(6 * 3_600)

    assert not driven.is_heartbeat_due()
    assert driven.liveness.due(driven.clock) is Due.NOTHING


def test_time_goes_on_for_lines_while_the_venue_s_clock_stands() -> None:
    driven = Driven()
    before = driven.clock.line

    driven.clock.real -= 31 * SECOND
    driven.clock.refresh()

    assert driven.clock.line - before >= 31 * SECOND
    assert driven.is_heartbeat_due()


def test_a_silent_line_is_given_up_when_the_machine_s_clock_says_so_too() -> None:
    driven = Driven()
    driven.move(40)
    assert driven.liveness.due(driven.clock) is Due.TEST_REQUEST

    driven.clock.real += 40 * SECOND
    driven.clock.line += 40 * SECOND

    assert driven.liveness.due(driven.clock) is Due.END


@pytest.mark.parametrize(("is_driven", "accuracy"), [(False, 120 * SECOND), (True, 0)])
def test_clients_sending_time_is_looked_at_on_a_real_clock_alone(is_driven: bool, accuracy: int) -> None:
    profile = SessionProfile("ALICE", FIX44, "", ("ALICE",), reset_on_logon=False, max_open_orders=1)
    rules = SessionRules(120 * SECOND, 0, 0, 0, 0, 0, is_clock_driven=is_driven)

    assert profile.time_accuracy(rules) == accuracy
