"""The one clock that everything timed on the venue follows: the core, agents, the trading calendar, SendingTime(52).

It is the machine's own clock, or a driven one that begins at a chosen time and goes at a chosen speed; at speed 0 it
stands until a `ClockDriver` moves it. What waits for a moment of the venue's time asks for a `Timer`.

Some things stay on the machine's clock whatever this one does, because they are about machines and not about the
market: the limits of sockets and requests, what a client may send in a second, how long an answer to a Logout or a
ResendRequest is awaited, when a silent line is given up, lockouts and signed logons, the disk, follower processes, and
the times in `audit.log`, in the frame log and in the process's own log.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

from gateway.clock.speed import Speed
from gateway.clock.words import SECOND

LONGEST_WAIT_SECONDS = 1.0
"""A timer looks at the clock at least so often: the machine may have slept, or its clock may have been set."""


class Timer:
    """Something that is to be done at a moment of the venue's time."""

    __slots__ = ("_action", "at")

    def __init__(self, at: int, action: Callable[[], None]) -> None:
        self.at = at
        self._action: Callable[[], None] | None = action

    @property
    def is_waiting(self) -> bool:
        """Whether it is still to be done."""
        return self._action is not None

    def cancel(self) -> None:
        """It is not to be done any more."""
        self._action = None

    def fire(self) -> None:
        """Does it, once."""
        action, self._action = self._action, None
        if action is not None:
            action()


class VenueClock:
    """Times are nanoseconds since 1970 UTC. Timers need a running event loop; `now` does not."""

    def __init__(self, speed: Speed | None = None) -> None:
        """`speed` makes it a driven clock, which shows the machine's time until `begin_at`; None: the machine's own."""
        self.is_driven = speed is not None
        """Whether it can be moved and its speed be set; the machine's own can't."""
        self.is_held = False
        """Whether a driver is moving it: timers then fire when the driver says so."""
        self.speed = speed or Speed(1)
        self._base = time.time_ns()
        self._since = time.monotonic_ns()
        self._timers: list[tuple[int, int, Timer]] = []
        self._order = count()
        self._wake: asyncio.TimerHandle | None = None

    def now(self) -> int:
        """The venue's time."""
        if not self.is_driven:
            return time.time_ns()
        if self.is_held or not self.speed.numerator:
            return self._base
        elapsed = time.monotonic_ns() - self._since
        return self._base + elapsed * self.speed.numerator // self.speed.denominator

    def begin_at(self, at: int) -> None:
        """Makes a driven clock show this time, before anything waits for a time."""
        assert self.is_driven and not self._timers, "the clock has begun already"
        self._base = at
        self._since = time.monotonic_ns()

    @property
    def next_due(self) -> int | None:
        """When the next timer is due; None when none waits."""
        while self._timers and not self._timers[0][2].is_waiting:
            heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    def call_at(self, at: int, action: Callable[[], None]) -> Timer:
        """Has something done when the venue's time is `at`; of one moment, what was asked for first comes first."""
        timer = Timer(at, action)
        heappush(self._timers, (at, next(self._order), timer))
        if not self.is_held and self._timers[0][2] is timer:
            self._arm()
        return timer

    def fire(self) -> None:
        """Does all that is due now."""
        now = self.now()
        while (due := self.next_due) is not None and due <= now:
            heappop(self._timers)[2].fire()

    def hold(self) -> None:
        """The time stands where it is, and moves by `move_to` alone, until `release`."""
        assert self.is_driven and not self.is_held, "only a driven clock is held, and by one driver"
        self._base = self.now()
        self.is_held = True
        self._disarm()

    def move_to(self, at: int) -> None:
        """Makes it this time, which is not before the present one."""
        assert self.is_held and at >= self._base, f"{at} is before {self._base}, or nobody holds the clock"
        self._base = at

    def release(self) -> None:
        """The clock goes on at its speed."""
        self.is_held = False
        self._since = time.monotonic_ns()
        self._arm()

    def set_speed(self, speed: Speed) -> None:
        """Goes on at another speed from now; 0 stops it."""
        assert self.is_driven, "the machine's clock has its own speed"
        self._base = self.now()
        self._since = time.monotonic_ns()
        self.speed = speed
        self._arm()

    def close(self) -> None:
        """Fires no timer any more."""
        self._disarm()
        self._timers.clear()

    def _disarm(self) -> None:
        if self._wake is not None:
            self._wake.cancel()
            self._wake = None

    def _arm(self) -> None:
        """Has the loop wake for the first timer; a clock that stands wakes for what is due already."""
        self._disarm()
        due = self.next_due
        if due is None or self.is_held:
            return
        wait = max(0, due - self.now())
        if wait and not self.speed.numerator:
            return
        seconds = wait * self.speed.denominator / self.speed.numerator / SECOND if wait else 0.0
        self._wake = asyncio.get_running_loop().call_later(min(seconds, LONGEST_WAIT_SECONDS), self._woken)

    def _woken(self) -> None:
        self._wake = None
        self.fire()
        self._arm()
