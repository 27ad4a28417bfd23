"""Wakes the core when something there falls due: a phase, a random end, a good-till date, the end of a pause.

The core reads no clock. It says when the next thing is due, and what is due by the time of a command happens before
that command; when no command comes, this submits `AdvanceTime`, which is nothing but the time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from exchange.commands import AdvanceTime
from exchange.events import Event
from exchange.sequencing.sequencer import Sequencer
from gateway.clock.venue_clock import Timer, VenueClock

RETRY_SECONDS = 1.0
"""When the journal did not take the wake-up: a full disk may have room again by then."""


class CoreAlarm:
    """Looks for the next due moment after every release of events."""

    def __init__(self, clock: VenueClock, sequencer: Sequencer, next_due: Callable[[], int | None]) -> None:
        """`next_due`: when the core's next thing is due; None while nothing is."""
        self._clock = clock
        self._sequencer = sequencer
        self._next_due = next_due
        self._timer: Timer | None = None
        self._woken_for: int | None = None
        sequencer.on_events(self._released)

    def look(self) -> None:
        """Sets the alarm to the next due moment, unless a driver moves the clock, which asks the core itself."""
        if self._clock.is_held:
            return
        due = self._next_due()
        if self._timer is not None and self._timer.is_waiting and self._timer.at == due:
            return
        self.disarm()
        if due is None:
            return
        if due == self._woken_for:
            asyncio.get_running_loop().call_later(RETRY_SECONDS, self._try_again)
            return
        self._timer = self._clock.call_at(due, self._ring)

    def disarm(self) -> None:
        """Sets no alarm until the next `look`."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _released(self, _events: Sequence[Event]) -> None:
        self.look()

    def _ring(self) -> None:
        self._woken_for = self._next_due()
        self._sequencer.submit(AdvanceTime())
        self._sequencer.after_commit(self.look)

    def _try_again(self) -> None:
        self._woken_for = None
        self.look()
