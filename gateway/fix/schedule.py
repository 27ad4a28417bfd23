"""The hours of a session: when it may be logged on, and to which period its numbers belong.

Sans-IO: it is asked with a time and looks at no clock. Hours are those of a wall clock in a time zone, so that they
follow summer time. FIX 4.4 vol. 2, FIX Session: both sides agree on the hours; the numbers live as long as a period.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from gateway.fix.sending_time import NANOSECONDS

_DAYS_AHEAD = 8
"""Days looked at for the next period: a week and the day that an opening past midnight may need."""


class Period(Struct, frozen=True):
    """One stretch of a schedule, in nanoseconds since 1970 UTC; `end` is the first moment outside."""

    start: int
    end: int


class Schedule(Struct, frozen=True):
    """Hours that repeat each day or each week."""

    time_zone: ZoneInfo
    days: tuple[int, ...]
    """Days on which a period begins, Monday is 0; of a weekly schedule its first and its last day."""
    start: time
    end: time
    """Not after `start` means on the following day, and for a week that begins and ends on one day, a week later."""
    is_weekly: bool
    """Whether one period goes from the first of `days` to the last; else each day has its own."""
    resets: bool
    """Whether the numbers begin at 1 with each period."""

    def period(self, now: int) -> Period | None:
        """The period that `now` is in; None between periods."""
        return next((one for one in self._around(now, -_DAYS_AHEAD, 0) if one.start <= now < one.end), None)

    def next_period(self, now: int) -> Period:
        """The first period that begins after `now`."""
        return next(one for one in self._around(now, -1, 2 * _DAYS_AHEAD) if one.start > now)

    def latest(self, now: int) -> Period:
        """The period that began last."""
        return [one for one in self._around(now, -2 * _DAYS_AHEAD, 0) if one.start <= now][-1]

    def text(self, at: int) -> str:
        """A time in words of the schedule's own zone: `Mon 2024-06-24 08:00 Europe/Berlin`."""
        local = datetime.fromtimestamp(at // NANOSECONDS, self.time_zone)
        return f"{_DAYS[local.weekday()]} {local:%Y-%m-%d %H:%M} {self.time_zone.key}"

    def closed(self, now: int) -> str:
        """Why nobody may log on now."""
        return f"it is outside the session's hours; they begin again at {self.text(self.next_period(now).start)}"

    def _around(self, now: int, first: int, last: int) -> list[Period]:
        today = datetime.fromtimestamp(now // NANOSECONDS, self.time_zone).date()
        found = []
        for offset in range(first, last + 1):
            day = today + timedelta(days=offset)
            if day.weekday() not in (self.days[:1] if self.is_weekly else self.days):
                continue
            length = (self.days[-1] - self.days[0]) % 7 if self.is_weekly else 0
            if length == 0 and self.end <= self.start:
                length = 7 if self.is_weekly else 1
            ends = day + timedelta(days=length)
            found.append(
                Period(self._at(datetime.combine(day, self.start)), self._at(datetime.combine(ends, self.end)))
            )
        return found

    def _at(self, local: datetime) -> int:
        # What the clock skips in spring counts as it would without the skip, what it repeats in autumn counts once.
        return int(local.replace(tzinfo=self.time_zone).astimezone(UTC).timestamp()) * NANOSECONDS


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
