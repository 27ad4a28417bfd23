"""Which dates a market trades on, and which of them end early.

Holidays and half days are those of a named exchange, as the package `holidays` knows them, or none; dates of one's own
come on top. Knows dates only: what happens within a day is the `Timetable`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, time, timedelta

from holidays import financial_holidays
from holidays.constants import HALF_DAY, PUBLIC
from holidays.registry import FINANCIAL

LONGEST_CLOSURE_DAYS = 366
"""Days looked at for the next trading day: a market that is closed for a year is a mistake in its dates."""


class TradingDates:
    """The dates of one market."""

    def __init__(
        self,
        calendar: str | None,
        *,
        weekdays: frozenset[int] = frozenset(range(5)),
        closed: frozenset[date] = frozenset(),
        half_day_close: time | None = None,
        early_closes: Mapping[date, time] | None = None,
    ) -> None:
        """`calendar` is one of `calendar_names`; None: no holidays. `weekdays`: Monday is 0.

        Half days of the calendar close at `half_day_close`, and none is early without it; `early_closes` are one's own.
        """
        self._holidays = financial_holidays(calendar, categories=PUBLIC) if calendar is not None else None
        has_half_days = self._holidays is not None and HALF_DAY in self._holidays.supported_categories
        self._half_days = financial_holidays(calendar, categories=HALF_DAY) if calendar and has_half_days else None
        self._weekdays = weekdays
        self._closed = closed
        self._half_day_close = half_day_close
        self._early_closes = dict(early_closes or {})

    def trades_on(self, day: date) -> bool:
        """Whether the market trades on a date."""
        if day.weekday() not in self._weekdays or day in self._closed:
            return False
        return self._holidays is None or day not in self._holidays

    def early_close(self, day: date) -> time | None:
        """When the market closes on a date on which it closes early; None on any other."""
        own = self._early_closes.get(day)
        if own is not None:
            return own
        is_half = self._half_days is not None and day in self._half_days
        return self._half_day_close if is_half else None

    def from_date(self, day: date) -> Iterator[date]:
        """Trading dates from `day` on, without an end; it ends where the market would be closed for a year."""
        passed = 0
        while passed <= LONGEST_CLOSURE_DAYS:
            if self.trades_on(day):
                passed = 0
                yield day
            passed += 1
            day += timedelta(days=1)

    def back_from(self, day: date) -> Iterator[date]:
        """Trading dates from `day` back, as `from_date` forward."""
        passed = 0
        while passed <= LONGEST_CLOSURE_DAYS:
            if self.trades_on(day):
                passed = 0
                yield day
            passed += 1
            day -= timedelta(days=1)


def calendar_names() -> frozenset[str]:
    """The exchanges whose holidays are known, by their codes (ISO 10383) and their usual names: `XNYS` and `NYSE`."""
    return frozenset(code for _, *codes in FINANCIAL.values() for code in codes)
