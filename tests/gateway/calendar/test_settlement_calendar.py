"""Business days of clearing: which one a moment belongs to, what follows it, and when the next one begins."""

from __future__ import annotations

from datetime import date, time
from zoneinfo import ZoneInfo

import pytest

from exchange.commands import OpenSettlementDay
from gateway.calendar.settlement_calendar import SettlementCalendar
from gateway.calendar.trading_dates import TradingDates
from gateway.clock.words import moment_text, parse_moment

NEW_YORK = ZoneInfo("America/New_York")


def calendar(dates: TradingDates | None = None, at: time = time(), settlement_days: int = 1) -> SettlementCalendar:
    return SettlementCalendar("US", dates or TradingDates("XNYS"), at, NEW_YORK, settlement_days)


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-03-02T00:00:00-05:00", 20260302),
        ("2026-03-02T23:59:59-05:00", 20260302),
        ("2026-03-01T23:59:59-05:00", 20260227),
        ("2026-03-08T12:00:00-04:00", 20260306),
        ("2026-04-03T12:00:00-04:00", 20260402),
    ],
)
def test_a_moment_belongs_to_the_business_day_that_began_last(now: str, day: int) -> None:
    found = calendar().latest(parse_moment(now))

    assert found is not None
    assert found.date == day


def test_the_days_that_follow_leave_out_weekends_and_holidays() -> None:
    assert calendar().latest(parse_moment("2026-04-01T12:00:00-04:00")) == OpenSettlementDay(
        "US", 20260401, (20260402, 20260406, 20260407, 20260408, 20260409)
    )


def test_as_many_days_follow_as_any_instrument_takes_to_settle() -> None:
    found = calendar(settlement_days=8).latest(parse_moment("2026-03-02T12:00:00-05:00"))

    assert found is not None
    assert found.next_dates[-1] == 20260312
    assert len(found.next_dates) == 8


@pytest.mark.parametrize(
    ("now", "begin"),
    [
        ("2026-03-02T01:00:00-05:00", "2026-03-03T06:00:00.000000000Z"),
        ("2026-03-02T00:59:59-05:00", "2026-03-02T06:00:00.000000000Z"),
        ("2026-03-06T12:00:00-05:00", "2026-03-09T05:00:00.000000000Z"),
    ],
)
def test_the_next_one_begins_by_the_wall_clock(now: str, begin: str) -> None:
    found = calendar(at=time(1)).next_begin(parse_moment(now))

    assert found is not None
    assert moment_text(found) == begin


def test_a_long_closure_is_waited_for() -> None:
    closed = frozenset(date(2026, 3, day) for day in range(2, 28))
    found = calendar(TradingDates(None, closed=closed)).next_begin(parse_moment("2026-03-01T12:00:00-05:00"))

    assert found is not None
    assert moment_text(found) == "2026-03-30T04:00:00.000000000Z"


def test_a_market_without_days_has_none() -> None:
    never = calendar(TradingDates(None, weekdays=frozenset()))
    now = parse_moment("2026-03-02T12:00:00-05:00")

    assert (never.latest(now), never.next_begin(now)) == (None, None)
