"""Moves a driven clock: from one due moment to the next, each with all that follows from it, as fast as that goes.

At each due moment of the core the time is submitted as a command; then whatever waits in the gateway for that moment
is done, and committed. The event loop has its turns in between, so that clients are read and written while hours pass.
One move at a time. Asked by the operator's desk and, over HTTP, by scenarios.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

from exchange.commands import AdvanceTime
from exchange.sequencing.sequencer import Sequencer
from gateway.clock.core_alarm import CoreAlarm
from gateway.clock.speed import SPEED_MAX, Speed
from gateway.clock.venue_clock import VenueClock
from gateway.clock.words import SECOND, moment_text

SLICE_NANOSECONDS = 5_000_000
"""How long a move keeps the loop to itself: clients notice no more than a busy venue."""

SLICE_MOMENTS = 1_000
"""Due moments in a slice: with durability `fsync` their commands wait for the disk together."""

LONGEST_MOVE = 366 * 86_400 * SECOND
"""Of one move: a slip in the year must not open the trading days of a century."""


class ClockRefused(Exception):
    """What the clock cannot do. `name` is stable, the text says what would have been right."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name


class ClockDriver:
    """The hands on the clock. `on_moved` is called when a move has ended: sessions then look at the time."""

    def __init__(
        self, clock: VenueClock, sequencer: Sequencer, alarm: CoreAlarm, next_core_due: Callable[[], int | None]
    ) -> None:
        self.clock = clock
        self.target = 0
        """Where the present move goes at most, nanoseconds since 1970 UTC."""
        self.on_moved: Callable[[], None] = _nothing
        self._sequencer = sequencer
        self._alarm = alarm
        self._next_core_due = next_core_due
        self._move: asyncio.Task[None] | None = None

    @property
    def is_moving(self) -> bool:
        """Whether a move is under way."""
        return self._move is not None and not self._move.done()

    def next_due(self) -> int | None:
        """The next moment at which something happens by itself; None when nothing waits."""
        waiting = [due for due in (self._next_core_due(), self.clock.next_due) if due is not None]
        return min(waiting, default=None)

    def begin_move(self, to: int, reached: Callable[[], bool] | None = None) -> asyncio.Task[None]:
        """Begins a move to a time, or to the due moment before it after which `reached` holds.

        The task ends with the move, and with `ClockRefused` when the core's time does not go on. Raises `ClockRefused`.
        """
        self._check_free()
        now = self.clock.now()
        if to < now:
            raise ClockRefused(
                "TIME_IN_THE_PAST", f"{moment_text(to)} is before {moment_text(now)}, and time never goes back"
            )
        if to - now > LONGEST_MOVE:
            days = LONGEST_MOVE // (86_400 * SECOND)
            raise ClockRefused("TIME_TOO_FAR", f"the move is longer than {days} days; go there in several moves")
        self.target = to
        self.clock.hold()
        self._alarm.disarm()
        self._move = asyncio.get_running_loop().create_task(self._run(to, reached or _never))
        return self._move

    def set_speed(self, speed: Speed) -> None:
        """Goes on at another speed; 0 stops the clock. Raises `ClockRefused`."""
        self._check_free()
        if not 0 <= speed.numerator <= SPEED_MAX * speed.denominator:
            raise ClockRefused("INVALID_SPEED", f"speed {speed.text} is not between 0 and {SPEED_MAX}")
        self.clock.set_speed(speed)

    async def stop(self) -> None:
        """Ends a move under way where it is, and lets the clock fire nothing any more."""
        if self._move is not None:
            self._move.cancel()
            with suppress(asyncio.CancelledError, ClockRefused):
                await self._move
        self.clock.close()

    def _check_free(self) -> None:
        if not self.clock.is_driven:
            text = "the venue follows the machine's own clock; start it with --clock virtual or --speed to drive it"
            raise ClockRefused("CLOCK_NOT_DRIVEN", text)
        if self.is_moving:
            raise ClockRefused(
                "CLOCK_MOVING", f"it is on its way to {moment_text(self.target)}; wait until it is there"
            )

    async def _run(self, to: int, reached: Callable[[], bool]) -> None:
        clock, moments, began = self.clock, 0, time.monotonic_ns()
        try:
            while not reached():
                due = self.next_due()
                if due is None or due > to:
                    self._arrive(to)
                    break
                clock.move_to(max(due, clock.now()))
                self._let_happen()
                moments += 1
                if moments % SLICE_MOMENTS == 0 or time.monotonic_ns() - began > SLICE_NANOSECONDS:
                    await self._settle()
                    began = time.monotonic_ns()
            await self._settle()
        finally:
            clock.release()
            self._alarm.look()
            self.on_moved()

    def _let_happen(self) -> None:
        """All that is due now: first in the core, so that whoever acts now sees what it brought."""
        now, sequencer = self.clock.now(), self._sequencer
        due = self._next_core_due()
        if due is not None and due <= now:
            sequencer.submit(AdvanceTime())
            sequencer.commit()
            if self._next_core_due() == due:
                text = "the journal did not take the time, so nothing happens any more; its log says why"
                raise ClockRefused("TIME_NOT_RECORDED", text)
        self.clock.fire()
        sequencer.commit()

    def _arrive(self, to: int) -> None:
        """Nothing more happens on the way; the journal keeps the time, so that a restart goes on from there."""
        self.clock.move_to(to)
        self._sequencer.submit(AdvanceTime())
        self._sequencer.commit()

    async def _settle(self) -> None:
        """Lets everything be released, and the loop have a turn."""
        released = asyncio.Event()
        self._sequencer.after_commit(released.set)
        await released.wait()
        await asyncio.sleep(0)


def _never() -> bool:
    return False


def _nothing() -> None:
    """Nobody wants to know."""
