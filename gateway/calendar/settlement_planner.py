"""Opens each business day of clearing in time: `OpenSettlementDay`, once for each date of each market.

After a restart the day that is under way is opened unless the journal has it already; what fell due on days that nobody
saw settles with it. A driven clock that is moved over days opens each in its time. `DayPlanner` asks for a market's
business day before it opens a trading day of the same date.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog

from exchange.commands import OpenSettlementDay
from exchange.sequencing.sequencer import Sequencer
from gateway.calendar.settlement_calendar import SettlementCalendar
from gateway.clock.venue_clock import VenueClock

RETRY_SECONDS = 1.0
"""When the journal did not take a day: a full disk may have room again by then."""

_log = structlog.get_logger(__name__)


class SettlementPlanner:
    """The business days to come of all markets."""

    def __init__(
        self,
        calendars: Sequence[SettlementCalendar],
        clock: VenueClock,
        sequencer: Sequencer,
        date_of: Callable[[str], int],
    ) -> None:
        """`date_of`: the business day that a market is in, as year, month and day; 0 before its first."""
        self.calendars = {calendar.market: calendar for calendar in calendars}
        self._clock = clock
        self._sequencer = sequencer
        self._date_of = date_of
        self._asked: dict[str, int] = {}
        """Dates that were submitted and are not committed yet."""

    def begin(self) -> None:
        """Opens what is under way, and has all that follows opened in its time."""
        for calendar in self.calendars.values():
            self.open_latest(calendar.market)
            self._plan_next(calendar)

    def open_latest(self, market: str) -> None:
        """Opens the business day that it is now in a market, unless it is open."""
        calendar = self.calendars.get(market)
        day = None if calendar is None else calendar.latest(self._clock.now())
        if day is not None and max(self._date_of(market), self._asked.get(market, 0)) < day.date:
            self._asked[market] = day.date
            self._sequencer.submit(day)
            self._sequencer.after_commit(lambda: self._check(day))

    def _plan_next(self, calendar: SettlementCalendar) -> None:
        begin = calendar.next_begin(self._clock.now())
        if begin is None:
            _log.error("clearing has no business day within a year", market=calendar.market)
            return
        self._clock.call_at(begin, lambda: self._begin_day(calendar))

    def _begin_day(self, calendar: SettlementCalendar) -> None:
        # Asked again and not taken from the plan: a machine that slept wakes on another day.
        self.open_latest(calendar.market)
        self._plan_next(calendar)

    def _check(self, day: OpenSettlementDay) -> None:
        self._asked.pop(day.market, None)
        if self._date_of(day.market) < day.date:
            _log.error("a business day is not opened: the journal did not take it", market=day.market, date=day.date)
            asyncio.get_running_loop().call_later(RETRY_SECONDS, self.open_latest, day.market)
