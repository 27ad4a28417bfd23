"""The business days of clearing as the commands that open them: of one market, or of instruments without one.

Pure, as `MarketCalendar` is: asked with a time, looks at no clock; `SettlementPlanner` submits what it answers.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from exchange.commands import OpenSettlementDay
from gateway.calendar.trading_dates import TradingDates
from gateway.clock.words import SECOND, nanoseconds

DAYS_AROUND = 2
"""A date of a wall clock may begin a day before or after the same date in UTC."""

NEXT_DATES_MIN = 5
"""Business days that are told ahead: a week, and more where an instrument settles later."""


class SettlementCalendar:
    """The business days of one market; the empty market is of instruments without a timetable."""

    def __init__(
        self, market: str, dates: TradingDates, at: time, time_zone: ZoneInfo, settlement_days: int = 1
    ) -> None:
        """`at`: when a business day begins by the wall clock; `settlement_days`: the most of any instrument."""
        self.market = market
        self._dates = dates
        self._at = at
        self._time_zone = time_zone
        self._ahead = max(settlement_days, NEXT_DATES_MIN)

    def latest(self, now: int) -> OpenSettlementDay | None:
        """The business day that `now` belongs to; None where no date of the past year was one."""
        for day in self._dates.back_from(_utc_date(now) + timedelta(days=DAYS_AROUND)):
            if self._begin(day) <= now:
                return self._open(day)
        return None

    def next_begin(self, now: int) -> int | None:
        """When the first business day after `now` begins; None where no date of the coming year is one."""
        near = islice(self._dates.from_date(_utc_date(now) - timedelta(days=DAYS_AROUND)), 2 * DAYS_AROUND + 2)
        return next((begin for day in near if (begin := self._begin(day)) > now), None)

    def _open(self, day: date) -> OpenSettlementDay:
        following = islice(self._dates.from_date(day + timedelta(days=1)), self._ahead)
        return OpenSettlementDay(self.market, _number(day), tuple(map(_number, following)))

    def _begin(self, day: date) -> int:
        return nanoseconds(datetime.combine(day, self._at, self._time_zone))


def _number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def _utc_date(now: int) -> date:
    return datetime.fromtimestamp(now // SECOND, UTC).date()
