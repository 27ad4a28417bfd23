"""The phases of a market's day by its wall clock, and the moments at which they begin on a date.

Wall clocks follow summer time: a phase that begins at 09:30 in New York begins at another moment in winter. On a day
that closes early, the closing phases come as much earlier, and what would have come between is left out.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from exchange.commands import PlannedPhase
from exchange.phases import Phase
from gateway.clock.words import nanoseconds

MIDNIGHT = time()
ONE_DAY = timedelta(days=1)


class TimetableRow(Struct, frozen=True):
    """From a time of day on, a phase."""

    at: time
    phase: Phase


class Timetable(Struct, frozen=True):
    """The day of a market. Its rows are in order; one that is not after the row before is on the following day."""

    time_zone: ZoneInfo
    rows: tuple[TimetableRow, ...]

    def phases(self, day: date, early_close: time | None = None) -> tuple[PlannedPhase, ...]:
        """When each phase begins on a date: the date of the first row."""
        rows = self._since_midnight()
        if early_close is not None:
            rows = _closing_early(rows, _since_midnight(early_close))
        return tuple(PlannedPhase(self._moment(day, since), phase) for since, phase in rows)

    def _since_midnight(self) -> list[tuple[timedelta, Phase]]:
        found: list[tuple[timedelta, Phase]] = []
        for row in self.rows:
            since = _since_midnight(row.at)
            if found and since <= found[-1][0]:
                since += ONE_DAY
            found.append((since, row.phase))
        return found

    def _moment(self, day: date, since: timedelta) -> int:
        # The wall clock is what counts: 09:30 is 09:30 also on a day that has 23 hours.
        return nanoseconds((datetime.combine(day, MIDNIGHT) + since).replace(tzinfo=self.time_zone))


def closing_row(phases: list[Phase]) -> tuple[int, int]:
    """Where the closing begins, and where the close itself is: the first phase after it. Positions in `phases`.

    The closing is the last closing auction, else the last phase that trades.
    """
    auctions = [at for at, phase in enumerate(phases) if phase is Phase.CLOSING_AUCTION]
    if auctions:
        return auctions[-1], min(auctions[-1] + 1, len(phases) - 1)
    ends = [at for at, phase in enumerate(phases) if phase in (Phase.POST_CLOSE, Phase.CLOSED)]
    close = ends[0] if ends else len(phases) - 1
    return close, close


def _closing_early(rows: list[tuple[timedelta, Phase]], close: timedelta) -> list[tuple[timedelta, Phase]]:
    first, last = closing_row([phase for _, phase in rows])
    earlier = max(timedelta(), rows[last][0] - close)
    closing = [(since - earlier, phase) for since, phase in rows[first:]]
    return [row for row in rows[:first] if row[0] < closing[0][0]] + closing


def _since_midnight(at: time) -> timedelta:
    return datetime.combine(date.min, at) - datetime.combine(date.min, MIDNIGHT)
