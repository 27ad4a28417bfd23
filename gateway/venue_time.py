"""The venue's time, built from the settings: its clock, the alarm that wakes the core, the driver, the trading days.

Used by `gateway.main`: the clock is there before the journal is replayed, and begins when it has been; days begin when
everything else is up.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from zoneinfo import ZoneInfo

import structlog

from exchange.phases import Phase
from exchange.sequencing.sequencer import Sequencer
from gateway.calendar.day_planner import DayPlanner
from gateway.calendar.market_calendar import MarketCalendar
from gateway.calendar.settlement_calendar import SettlementCalendar
from gateway.calendar.settlement_planner import SettlementPlanner
from gateway.calendar.timetable import Timetable, TimetableRow
from gateway.calendar.trading_dates import TradingDates
from gateway.clock.core_alarm import CoreAlarm
from gateway.clock.driver import ClockDriver
from gateway.clock.venue_clock import VenueClock
from gateway.clock.words import SECOND, moment_text, parse_moment, parse_time_of_day
from gateway.settings import ClockSettings, Settings
from gateway.settings.markets import MarketEntry

_log = structlog.get_logger(__name__)


class VenueTime:
    """Everything that moves the venue's time, or is moved by it."""

    def __init__(self, clock: VenueClock, sequencer: Sequencer, settings: Settings) -> None:
        venue = sequencer.venue

        def next_due() -> int | None:
            return venue.next_due

        self.alarm = CoreAlarm(clock, sequencer, next_due)
        self.driver = ClockDriver(clock, sequencer, self.alarm, next_due)
        calendars = build_settlement_calendars(settings)
        self.settlement = SettlementPlanner(calendars, clock, sequencer, venue.clearing.days.date_of)
        self.planner = DayPlanner(
            build_calendars(settings), clock, sequencer, venue.day_of, before_day=self.settlement.open_latest
        )

    def begin(self, on_moved: Callable[[], None]) -> None:
        """Opens the days that are under way, and has what falls due happen. `on_moved`: after each move."""
        self.driver.on_moved = on_moved
        # A business day comes before the trading day of its date, also where both begin at one moment.
        self.settlement.begin()
        self.planner.begin()
        self.alarm.look()

    async def stop(self) -> None:
        """Nothing falls due any more."""
        self.alarm.disarm()
        await self.driver.stop()


def build_clock(settings: ClockSettings) -> VenueClock:
    """The clock of a venue; `begin_clock` sets a driven one when the journal has been replayed."""
    return VenueClock(settings.driven_speed)


def begin_clock(clock: VenueClock, settings: ClockSettings, last: int) -> None:
    """Sets a driven clock: to its start, but never before `last`, the time of the journal's last command."""
    if clock.is_driven:
        start = clock.now() if settings.start is None else parse_moment(settings.start)
        # A virtual clock without a start stays where it was; nobody expects it to have gone on.
        if last and settings.start is None:
            start = last
        clock.begin_at(max(start, last))
    elif last > clock.now() + SECOND:
        _log.warning(
            "the journal is ahead of this machine's clock; the venue's time stands until the clock is there",
            journal=moment_text(last),
            clock=moment_text(clock.now()),
            remedy="use the clock it was written with (--clock virtual, --speed), or another data folder",
        )


def build_calendars(settings: Settings) -> list[MarketCalendar]:
    """The trading days of every market of the settings."""
    return [
        MarketCalendar(entry.name, _dates(entry), _timetable(entry), settings.venue.seed, entry.breaker.rules())
        for entry in settings.markets
    ]


def build_settlement_calendars(settings: Settings) -> list[SettlementCalendar]:
    """The business days of every market of the settings, and first those of instruments without one."""
    clearing = settings.clearing
    at = parse_time_of_day(clearing.settlement_time)
    longest: dict[str, int] = {}
    for one in settings.instruments:
        longest[one.market or ""] = max(longest.get(one.market or "", 0), one.settlement_days)
    closed = frozenset(map(date.fromisoformat, clearing.closed))
    own = TradingDates(clearing.calendar, weekdays=clearing.weekdays, closed=closed)
    of_markets = [
        SettlementCalendar(entry.name, _dates(entry), at, ZoneInfo(entry.time_zone), longest.get(entry.name, 0))
        for entry in settings.markets
    ]
    return [SettlementCalendar("", own, at, ZoneInfo(clearing.time_zone), longest.get("", 0)), *of_markets]


def _dates(entry: MarketEntry) -> TradingDates:
    half_day_close = entry.half_day_close
    return TradingDates(
        entry.calendar,
        weekdays=entry.weekdays,
        closed=frozenset(date.fromisoformat(text) for text in entry.closed),
        half_day_close=None if half_day_close is None else parse_time_of_day(half_day_close),
        early_closes={date.fromisoformat(one.date): parse_time_of_day(one.at) for one in entry.early_closes},
    )


def _timetable(entry: MarketEntry) -> Timetable:
    rows = tuple(TimetableRow(parse_time_of_day(row.at), Phase(row.phase)) for row in entry.phases)
    return Timetable(ZoneInfo(entry.time_zone), rows)
