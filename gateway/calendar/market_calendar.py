"""The trading days of one market as the commands that open them.

Joins `TradingDates` and `Timetable`. Pure: it is asked with a time and looks at no clock; `DayPlanner` submits what it
answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from itertools import islice
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from exchange.commands import BreakerRules, OpenDay, PlannedPhase
from gateway.calendar.timetable import Timetable
from gateway.calendar.trading_dates import TradingDates
from gateway.clock.words import SECOND

DAYS_AROUND = 2
"""A date of a market's wall clock may begin a day before or after the same date in UTC, and last into the next."""


class MarketCalendar:
    """The days of one market."""

    def __init__(
        self, market: str, dates: TradingDates, timetable: Timetable, seed: int, breaker: BreakerRules | None = None
    ) -> None:
        """`seed` is the venue's; each day has its own from it. `breaker`: None, nothing halts the whole market."""
        self.market = market
        self._breaker = breaker
        self._dates = dates
        self._timetable = timetable
        self._seed = seed

    @property
    def time_zone(self) -> ZoneInfo:
        """Of the market's wall clock."""
        return self._timetable.time_zone

    def dates_from(self, day: date) -> Iterator[date]:
        """Trading dates from a date on, without an end; it ends where the market would be closed for a year."""
        return self._dates.from_date(day)

    def day(self, day: date) -> OpenDay:
        """The command that opens a trading date."""
        number = day.year * 10_000 + day.month * 100 + day.day
        phases = self._timetable.phases(day, self._dates.early_close(day))
        return OpenDay(self.market, number, phases, _day_seed(self._seed, self.market, number), self._breaker)

    def running(self, now: int) -> OpenDay | None:
        """The day that has begun and is not over, without the phases that are; None between days."""
        found = self.latest(now)
        if found is None or found.phases[-1].at <= now:
            return None
        return replace(found, phases=_from(found.phases, now))

    def latest(self, now: int) -> OpenDay | None:
        """The day that began last, whole; None where no date of the past year was a trading day."""
        for day in self._dates.back_from(_utc_date(now) + timedelta(days=DAYS_AROUND)):
            found = self.day(day)
            if found.phases[0].at <= now:
                return found
        return None

    def next_after(self, now: int) -> OpenDay | None:
        """The first day that begins after `now`; None where no date of the coming year is a trading day."""
        for day in islice(self._dates.from_date(_utc_date(now) - timedelta(days=DAYS_AROUND)), 4 * DAYS_AROUND + 1):
            found = self.day(day)
            if found.phases[0].at > now:
                return found
        return None


def _from(phases: tuple[PlannedPhase, ...], now: int) -> tuple[PlannedPhase, ...]:
    """The phase of `now` and those to come."""
    begun = [at for at, phase in enumerate(phases) if phase.at <= now]
    return phases[begun[-1] :] if begun else phases


def _day_seed(seed: int, market: str, number: int) -> int:
    """63 bits that follow from the venue's seed and the day, and from nothing else."""
    digest = blake2b(f"{seed} {market} {number}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def _utc_date(now: int) -> date:
    return datetime.fromtimestamp(now // SECOND, UTC).date()
