"""Each trading day of a market is opened once, in its time, over restarts, nights, weekends and jumps of the clock."""

from __future__ import annotations

from datetime import date, time
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from exchange.commands import ListInstrument
from exchange.events import DayOpened, PhaseChanged
from exchange.phases import Phase
from gateway.calendar.day_planner import DayPlanner
from gateway.calendar.market_calendar import MarketCalendar
from gateway.calendar.timetable import Timetable, TimetableRow
from gateway.calendar.trading_dates import TradingDates
from gateway.clock.words import moment_text, parse_moment
from tests.exchange.market import ACME
from tests.gateway.clock.timed_venue import TimedVenue

ROWS = (
    TimetableRow(time(9, 28), Phase.OPENING_AUCTION),
    TimetableRow(time(9, 30), Phase.CONTINUOUS),
    TimetableRow(time(16), Phase.POST_CLOSE),
    TimetableRow(time(17), Phase.CLOSED),
)


class TradingVenue(TimedVenue):
    """ACME in the market US, New York's days."""

    def __init__(self, start: str, dates: TradingDates | None = None) -> None:
        super().__init__(start=parse_moment(start))
        calendar = MarketCalendar("US", dates or TradingDates("XNYS"), Timetable(ZoneInfo("America/New_York"), ROWS), 1)
        self.told: list[str] = []
        self.told_before: list[str] = []
        self.sequencer.on_events(lambda events: self.told.extend(filter(None, map(_told, events))))
        self.sequencer.submit(ListInstrument(replace(ACME, market="US")))
        self.sequencer.commit()
        self.planner = DayPlanner([calendar], self.clock, self.sequencer, self.venue.day_of, self.told_before.append)
        self.begin()

    def begin(self) -> None:
        self.planner.begin()
        self.sequencer.commit()
        self.alarm.look()

    async def go(self, to: str) -> None:
        await self.driver.begin_move(parse_moment(to))


def _told(event: object) -> str:
    if isinstance(event, DayOpened):
        return f"day {event.date}"
    if isinstance(event, PhaseChanged):
        return f"{moment_text(event.at)[8:16]} {event.phase}"
    return ""


async def test_a_day_begins_and_ends_by_its_timetable() -> None:
    timed = TradingVenue("2026-03-02T06:00:00-05:00")
    assert timed.told == ["02T11:00 closed"]

    await timed.go("2026-03-02T23:00:00-05:00")

    assert timed.told[1:] == [
        "day 20260302",
        "02T14:28 opening auction",
        "02T14:30 continuous",
        "02T21:00 post-close",
        "02T22:00 closed",
    ]


async def test_days_that_are_jumped_over_are_each_opened_but_no_weekends_and_holidays() -> None:
    timed = TradingVenue("2026-03-30T12:00:00-04:00")

    await timed.go("2026-04-07T12:00:00-04:00")

    days = [line for line in timed.told if line.startswith("day")]
    assert days == [f"day 202603{day}" for day in (30, 31)] + [f"day 2026040{day}" for day in (1, 2, 6, 7)]


async def test_summer_time_moves_the_opening() -> None:
    timed = TradingVenue("2026-03-06T20:00:00-05:00")

    await timed.go("2026-03-09T12:00:00-04:00")

    assert "09T13:30 continuous" in timed.told


async def test_a_day_that_is_under_way_is_opened_with_what_is_left_of_it() -> None:
    timed = TradingVenue("2026-03-02T12:00:00-05:00")

    assert timed.told == ["02T17:00 closed", "day 20260302", "02T17:00 continuous"]


async def test_a_restart_opens_no_day_twice() -> None:
    timed = TradingVenue("2026-03-02T12:00:00-05:00")

    timed.begin()
    await timed.go("2026-03-03T12:00:00-05:00")

    assert [line for line in timed.told if line.startswith("day")] == ["day 20260302", "day 20260303"]


@pytest.mark.parametrize("start", ["2026-03-02T20:00:00-05:00", "2026-03-07T12:00:00-05:00"])
async def test_between_days_the_market_is_closed(start: str) -> None:
    timed = TradingVenue(start)

    assert [line[9:] for line in timed.told] == ["closed"]
    assert timed.venue.day_of("US") is None


async def test_a_machine_that_slept_opens_the_day_in_which_it_wakes() -> None:
    timed = TradingVenue("2026-03-02T12:00:00-05:00")
    timed.clock.hold()

    timed.clock.move_to(parse_moment("2026-03-05T10:00:00-05:00"))
    timed.clock.fire()
    timed.sequencer.commit()

    assert [line for line in timed.told if line.startswith("day")] == ["day 20260302", "day 20260305"]
    assert timed.told[-1] == "05T15:00 continuous"


async def test_a_market_without_days_does_no_harm() -> None:
    never = TradingDates(None, closed=frozenset({date(2026, 3, 2)}), weekdays=frozenset())
    timed = TradingVenue("2026-03-02T12:00:00-05:00", never)

    assert timed.venue.day_of("US") is None
    assert timed.clock.next_due is None
