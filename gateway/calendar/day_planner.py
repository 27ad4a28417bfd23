"""Opens each market's trading days in time: `OpenDay` at the moment of the day's first phase, once for each day.

After a restart a day that is under way is opened with what is left of it, unless the journal has it already. A day
that nobody saw (the machine was off) stays unopened; a driven clock that is moved over days opens each in its time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog

from exchange.commands import OpenDay
from exchange.sequencing.sequencer import Sequencer
from gateway.calendar.market_calendar import MarketCalendar
from gateway.clock.venue_clock import VenueClock

RETRY_SECONDS = 1.0
"""When the journal did not take a day: a full disk may have room again by then."""

_log = structlog.get_logger(__name__)


class DayPlanner:
    """The days to come of all markets that have a timetable."""

    def __init__(
        self,
        calendars: Sequence[MarketCalendar],
        clock: VenueClock,
        sequencer: Sequencer,
        day_of: Callable[[str], int | None],
        before_day: Callable[[str], None],
    ) -> None:
        """`day_of`: the day that a market is in, as year, month and day; None before its first.

        `before_day` is told a market whose day is about to be opened.
        """
        self.calendars = {calendar.market: calendar for calendar in calendars}
        self._clock = clock
        self._sequencer = sequencer
        self._day_of = day_of
        self._before_day = before_day

    def begin(self) -> None:
        """Opens what is under way, and has all that follows opened in its time."""
        for calendar in self.calendars.values():
            self._open_running(calendar)
            self._plan_next(calendar)

    def _open_running(self, calendar: MarketCalendar) -> None:
        day = calendar.running(self._clock.now())
        if day is not None and (self._day_of(calendar.market) or 0) < day.date:
            self._submit(day)

    def _plan_next(self, calendar: MarketCalendar) -> None:
        day = calendar.next_after(self._clock.now())
        if day is None:
            _log.error("a market has no trading day within a year", market=calendar.market)
            return
        self._clock.call_at(day.phases[0].at, lambda: self._begin_day(calendar))

    def _begin_day(self, calendar: MarketCalendar) -> None:
        # Asked again and not taken from the plan: a machine that slept wakes in the middle of another day.
        self._open_running(calendar)
        self._plan_next(calendar)

    def _submit(self, day: OpenDay) -> None:
        self._before_day(day.market)
        self._sequencer.submit(day)
        self._sequencer.after_commit(lambda: self._check(day))

    def _check(self, day: OpenDay) -> None:
        if (self._day_of(day.market) or 0) < day.date:
            _log.error("a trading day is not opened: the journal did not take it", market=day.market, date=day.date)
            asyncio.get_running_loop().call_later(RETRY_SECONDS, self._open_running, self.calendars[day.market])
