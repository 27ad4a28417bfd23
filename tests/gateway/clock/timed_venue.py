"""A venue on a driven clock, whose core has things to do at moments that a test lists, or that it has itself."""

from __future__ import annotations

from exchange.commands import AdvanceTime, Command
from exchange.events import Event
from exchange.sequencing.sequencer import Durability, Sequencer
from exchange.venue import Venue
from gateway.clock.core_alarm import CoreAlarm
from gateway.clock.driver import ClockDriver
from gateway.clock.speed import Speed
from gateway.clock.venue_clock import VenueClock
from gateway.clock.words import SECOND

START = 1_772_461_800 * SECOND


class RecordingVenue(Venue):
    """Takes down what it is given, and when, in seconds since the start."""

    def __init__(self) -> None:
        super().__init__()
        self.applied: list[tuple[float, str]] = []

    def apply(self, command: Command, at: int) -> list[Event]:
        self.applied.append(((at - START) / SECOND, type(command).__name__))
        return super().apply(command, at)


class TimedVenue:
    """`due`: seconds since the start at which the core has something to do; none: what it has to do by itself."""

    def __init__(self, *due: float, speed: Speed | None = None, start: int = START) -> None:
        self.due = due
        self.venue = RecordingVenue()
        self.clock = VenueClock(speed or Speed(0))
        self.clock.begin_at(start)
        self.sequencer = Sequencer(self.venue, None, self.clock.now, durability=Durability.NONE, on_failure=self._never)
        self.alarm = CoreAlarm(self.clock, self.sequencer, self.next_due)
        self.driver = ClockDriver(self.clock, self.sequencer, self.alarm, self.next_due)
        self.seen: list[tuple[float, str]] = []
        self.sequencer.submit(AdvanceTime())
        self.sequencer.commit()
        self.venue.applied.clear()

    @property
    def seconds(self) -> float:
        """What the clock shows, since the start."""
        return (self.clock.now() - START) / SECOND

    def next_due(self) -> int | None:
        if not self.due:
            return self.venue.next_due
        moments = [START + int(seconds * SECOND) for seconds in self.due]
        return next((moment for moment in moments if moment > self.venue.now), None)

    def note(self, seconds: float, text: str) -> None:
        """Has something noted in `seen` at a time, with the time that the clock then shows."""
        self.clock.call_at(START + int(seconds * SECOND), lambda: self.seen.append((self.seconds, text)))

    async def move(self, seconds: float) -> None:
        await self.driver.begin_move(START + int(seconds * SECOND))

    @staticmethod
    def _never(failure: Exception) -> None:
        raise AssertionError(failure)
