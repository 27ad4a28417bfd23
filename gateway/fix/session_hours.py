"""Where a session stands in its schedule: open or closed, and when its present period began.

It remembers until when what it found is so, for it is asked four times a second for every session.
"""

from __future__ import annotations

from gateway.fix.schedule import Schedule


class SessionHours:
    """The schedule of one session as time passes. Times in nanoseconds since 1970 UTC."""

    __slots__ = ("_began", "_closed", "_from", "_until", "schedule")

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self._from = self._until = self._began = 0
        self._closed = ""

    def closed(self, now: int) -> str:
        """Why nobody may log on now; empty while they may."""
        self._look(now)
        return self._closed

    def step(self, now: int, period: int) -> tuple[str, int]:
        """Why who is logged on must go, and the start of a period that is new to a session whose last was `period`.

        Empty and 0 as a rule. A clock that was put back begins no period again.
        """
        self._look(now)
        began = self._began if self._began > period else 0
        if self._closed:
            return f"the session's hours are over; {self._closed}", began
        return ("a new period of the session's hours has begun; log on again" if began and period else ""), began

    def _look(self, now: int) -> None:
        if self._from <= now < self._until:
            return
        period, latest = self.schedule.period(now), self.schedule.latest(now)
        self._began, self._from = latest.start, latest.start
        self._closed = "" if period is not None else self.schedule.closed(now)
        self._until = self.schedule.next_period(now).start
        if period is not None:
            self._until = min(self._until, period.end)
        else:
            self._from = max(self._from, min(latest.end, now))
