"""Which days a market trades, and when each phase begins: in summer and winter, on half days and over nights."""

from __future__ import annotations

from datetime import date, time
from zoneinfo import ZoneInfo

import pytest

from exchange.commands import PlannedPhase
from exchange.phases import Phase
from gateway.calendar.market_calendar import MarketCalendar
from gateway.calendar.timetable import Timetable, TimetableRow
from gateway.calendar.trading_dates import TradingDates, calendar_names
from gateway.clock.words import moment_text, parse_moment

US_DAY = (
    ("04:00", Phase.PRE_OPEN),
    ("09:28", Phase.OPENING_AUCTION),
    ("09:30", Phase.CONTINUOUS),
    ("14:00", Phase.INTRADAY_AUCTION),
    ("14:05", Phase.CONTINUOUS),
    ("15:50", Phase.CLOSING_AUCTION),
    ("16:00", Phase.POST_CLOSE),
    ("20:00", Phase.CLOSED),
)


def timetable(zone: str = "America/New_York", rows: tuple[tuple[str, Phase], ...] = US_DAY) -> Timetable:
    return Timetable(ZoneInfo(zone), tuple(TimetableRow(time.fromisoformat(at), phase) for at, phase in rows))


def us(dates: TradingDates | None = None, seed: int = 1) -> MarketCalendar:
    dates = dates or TradingDates("XNYS", half_day_close=time(13))
    return MarketCalendar("US", dates, timetable(), seed)


def shown(phases: tuple[PlannedPhase, ...]) -> list[str]:
    return [f"{moment_text(planned.at)[:16]} {planned.phase}" for planned in phases]


@pytest.mark.parametrize(
    ("day", "trades", "early"),
    [
        ("2026-03-02", True, None),
        ("2026-03-07", False, None),
        ("2026-03-08", False, None),
        ("2026-04-03", False, None),
        ("2026-07-03", False, None),
        ("2026-11-26", False, None),
        ("2026-11-27", True, "13:00"),
        ("2026-12-24", True, "13:00"),
        ("2026-12-25", False, None),
        ("2027-11-26", True, "13:00"),
    ],
)
def test_new_york_s_dates(day: str, trades: bool, early: str | None) -> None:
    dates = TradingDates("XNYS", half_day_close=time(13))

    assert dates.trades_on(date.fromisoformat(day)) is trades
    assert dates.early_close(date.fromisoformat(day)) == (time.fromisoformat(early) if early else None)


def test_dates_of_one_s_own_come_on_top() -> None:
    day = date(2026, 3, 2)
    dates = TradingDates(
        None, weekdays=frozenset({0, 6}), closed=frozenset({date(2026, 3, 9)}), early_closes={day: time(12)}
    )

    assert [day for day in range(1, 17) if dates.trades_on(date(2026, 3, day))] == [1, 2, 8, 15, 16]
    assert dates.early_close(day) == time(12)
    assert dates.early_close(date(2026, 11, 27)) is None


def test_half_days_of_the_calendar_are_as_usual_where_nobody_says_when_they_close() -> None:
    assert TradingDates("XNYS").early_close(date(2026, 11, 27)) is None
    assert TradingDates("XETR", half_day_close=time(14)).early_close(date(2026, 12, 30)) is None


def test_the_calendars_of_many_exchanges_are_known() -> None:
    assert {"XNYS", "NYSE", "XLON", "XETR", "XPAR", "XJPX", "XTSE"} <= calendar_names()


@pytest.mark.parametrize(
    ("day", "opens"),
    [
        ("2026-03-06", "2026-03-06T14:30"),
        ("2026-03-09", "2026-03-09T13:30"),
        ("2026-10-30", "2026-10-30T13:30"),
        ("2026-11-02", "2026-11-02T14:30"),
    ],
)
def test_summer_time_moves_the_day(day: str, opens: str) -> None:
    phases = us().day(date.fromisoformat(day)).phases

    assert shown(phases)[2] == f"{opens} continuous"


@pytest.mark.parametrize(
    ("zone", "local", "begins"),
    [
        ("America/New_York", "2026-03-08 02:30", "2026-03-08T07:30"),
        ("Europe/Berlin", "2026-03-29 02:30", "2026-03-29T01:30"),
        ("America/New_York", "2026-11-01 01:30", "2026-11-01T05:30"),
    ],
)
def test_a_time_that_is_skipped_counts_as_without_the_skip_and_one_that_comes_twice_the_first_time(
    zone: str, local: str, begins: str
) -> None:
    day, _, at = local.partition(" ")
    phases = timetable(zone, ((at, Phase.CONTINUOUS), ("12:00", Phase.CLOSED))).phases(date.fromisoformat(day))

    assert shown(phases)[0] == f"{begins} continuous"


def test_an_early_close_brings_the_closing_phases_forward_and_leaves_out_what_comes_after() -> None:
    assert shown(us().day(date(2026, 11, 27)).phases) == [
        "2026-11-27T09:00 pre-open",
        "2026-11-27T14:28 opening auction",
        "2026-11-27T14:30 continuous",
        "2026-11-27T17:50 closing auction",
        "2026-11-27T18:00 post-close",
        "2026-11-27T22:00 closed",
    ]


def test_an_early_close_without_a_closing_auction() -> None:
    rows = (("09:00", Phase.CONTINUOUS), ("17:00", Phase.POST_CLOSE), ("17:30", Phase.CLOSED))

    assert shown(timetable("UTC", rows).phases(date(2026, 3, 2), time(12))) == [
        "2026-03-02T09:00 continuous",
        "2026-03-02T12:00 post-close",
        "2026-03-02T12:30 closed",
    ]


def test_an_early_close_that_is_none_changes_nothing() -> None:
    assert timetable().phases(date(2026, 3, 2), time(17)) == timetable().phases(date(2026, 3, 2))


def test_a_day_may_go_over_midnight() -> None:
    rows = (("18:00", Phase.CONTINUOUS), ("02:00", Phase.CLOSING_AUCTION), ("02:05", Phase.CLOSED))

    assert shown(timetable("UTC", rows).phases(date(2026, 3, 2))) == [
        "2026-03-02T18:00 continuous",
        "2026-03-03T02:00 closing auction",
        "2026-03-03T02:05 closed",
    ]


@pytest.mark.parametrize(
    ("now", "running", "following"),
    [
        ("2026-03-02T03:59:59-05:00", None, 20260302),
        ("2026-03-02T04:00:00-05:00", (20260302, "pre-open", 8), 20260303),
        ("2026-03-02T09:29:00-05:00", (20260302, "opening auction", 7), 20260303),
        ("2026-03-02T12:00:00-05:00", (20260302, "continuous", 6), 20260303),
        ("2026-03-02T19:59:59-05:00", (20260302, "post-close", 2), 20260303),
        ("2026-03-02T20:00:00-05:00", None, 20260303),
        ("2026-03-07T12:00:00-05:00", None, 20260309),
        ("2026-04-03T12:00:00-04:00", None, 20260406),
        ("2026-12-31T23:00:00-05:00", None, 20270104),
    ],
)
def test_the_day_that_runs_and_the_one_that_follows(
    now: str, running: tuple[int, str, int] | None, following: int
) -> None:
    calendar, at = us(), parse_moment(now)

    found, coming = calendar.running(at), calendar.next_after(at)

    assert (found and (found.date, str(found.phases[0].phase), len(found.phases))) == running
    assert coming is not None
    assert coming.date == following
    assert coming.phases[0].at > at


def test_a_market_in_another_part_of_the_world_has_its_own_date() -> None:
    tokyo = MarketCalendar("JP", TradingDates("XJPX"), timetable("Asia/Tokyo"), 1)

    found = tokyo.running(parse_moment("2026-03-02T20:00:00Z"))

    assert found is not None
    assert found.date == 20260303


def test_each_day_has_a_seed_of_its_own_that_follows_from_the_venue_s() -> None:
    first, second = us().day(date(2026, 3, 2)), us().day(date(2026, 3, 3))

    assert first.seed == us().day(date(2026, 3, 2)).seed
    assert len({first.seed, second.seed, us(seed=2).day(date(2026, 3, 2)).seed}) == 3
    assert 0 <= first.seed < 2**63


def test_a_market_that_is_always_closed_has_no_day() -> None:
    never = us(TradingDates(None, weekdays=frozenset()))

    assert never.latest(parse_moment("2026-03-02T12:00:00Z")) is None
    assert never.next_after(parse_moment("2026-03-02T12:00:00Z")) is None
