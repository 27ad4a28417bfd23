"""Each business day of clearing is opened once, in its time and before the trading day of its date."""

from __future__ import annotations

from datetime import time
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from exchange.clearing_events import SettlementDayOpened
from exchange.commands import ListInstrument
from exchange.events import DayOpened
from exchange.phases import Phase
from gateway.calendar.day_planner import DayPlanner
from gateway.calendar.market_calendar import MarketCalendar
from gateway.calendar.settlement_calendar import SettlementCalendar
from gateway.calendar.settlement_planner import SettlementPlanner
from gateway.calendar.timetable import Timetable, TimetableRow
from gateway.calendar.trading_dates import TradingDates
from gateway.clock.words import moment_text, parse_moment
from tests.exchange.market import ACME
from tests.gateway.clock.timed_venue import TimedVenue

NEW_YORK = ZoneInfo("America/New_York")
ROWS = (TimetableRow(time(0), Phase.CONTINUOUS), TimetableRow(time(16), Phase.CLOSED))


class SettlingVenue(TimedVenue):
    """The market US, whose trading days begin at midnight, and instruments without a market."""

    def __init__(self, start: str) -> None:
        super().__init__(start=parse_moment(start))
        self.told: list[str] = []
        self.sequencer.on_events(lambda events: self.told.extend(filter(None, map(_told, events))))
        self.sequencer.submit(ListInstrument(replace(ACME, market="US")))
        self.sequencer.commit()
        dates = TradingDates("XNYS")
        calendars = [
            SettlementCalendar("", TradingDates(None), time(), ZoneInfo("UTC")),
            SettlementCalendar("US", dates, time(), NEW_YORK),
        ]
        self.settlement = SettlementPlanner(calendars, self.clock, self.sequencer, self.venue.clearing.days.date_of)
        self.planner = DayPlanner(
            [MarketCalendar("US", dates, Timetable(NEW_YORK, ROWS), 1)],
            self.clock,
            self.sequencer,
            self.venue.day_of,
            self.settlement.open_latest,
        )
        self.begin()

    def begin(self) -> None:
        """The trading days first: their business days come before them all the same."""
        self.planner.begin()
        self.settlement.begin()
        self.sequencer.commit()
        self.alarm.look()

    async def go(self, to: str) -> None:
        await self.driver.begin_move(parse_moment(to))


def _told(event: object) -> str:
    if isinstance(event, SettlementDayOpened):
        return f"{moment_text(event.at)[8:16]} business day {event.date} {event.market}".rstrip()
    return f"trading day {event.date}" if isinstance(event, DayOpened) else ""


async def test_the_day_under_way_is_opened_at_the_start_and_once() -> None:
    timed = SettlingVenue("2026-03-02T12:00:00-05:00")

    timed.begin()

    assert timed.told == ["02T17:00 business day 20260302 US", "trading day 20260302", "02T17:00 business day 20260302"]


async def test_on_a_weekend_it_is_still_friday() -> None:
    timed = SettlingVenue("2026-03-07T12:00:00-05:00")

    assert timed.told == ["07T17:00 business day 20260306", "07T17:00 business day 20260306 US"]


async def test_each_day_that_is_gone_over_is_opened_in_its_time_and_before_trading() -> None:
    timed = SettlingVenue("2026-04-01T12:00:00-04:00")
    timed.told.clear()

    await timed.go("2026-04-06T12:00:00-04:00")

    assert timed.told == [
        "02T00:00 business day 20260402",
        "02T04:00 business day 20260402 US",
        "trading day 20260402",
        "03T00:00 business day 20260403",
        "06T00:00 business day 20260406",
        "06T04:00 business day 20260406 US",
        "trading day 20260406",
    ]


async def test_a_machine_that_slept_opens_the_day_in_which_it_wakes() -> None:
    timed = SettlingVenue("2026-03-02T12:00:00-05:00")
    timed.told.clear()
    timed.clock.hold()

    timed.clock.move_to(parse_moment("2026-03-05T10:00:00-05:00"))
    timed.clock.fire()
    timed.sequencer.commit()

    assert [line for line in timed.told if "US" in line] == ["05T15:00 business day 20260305 US"]
