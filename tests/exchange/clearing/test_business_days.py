"""Business days by market: which date a trade has, and when it settles."""

from __future__ import annotations

import pytest

from exchange.clearing.business_days import BusinessDays

FRIDAY, MONDAY, TUESDAY, WEDNESDAY = 20240621, 20240624, 20240625, 20240626


def test_before_the_first_day_there_is_no_date() -> None:
    days = BusinessDays()
    assert (days.date_of("X"), days.settles_on("X", 1), days.latest) == (0, 0, 0)
    assert days.state() == []


@pytest.mark.parametrize(
    ("settlement_days", "date"), [(0, FRIDAY), (1, MONDAY), (2, TUESDAY), (3, WEDNESDAY), (9, WEDNESDAY)]
)
def test_a_trade_settles_on_a_following_business_day(settlement_days: int, date: int) -> None:
    days = BusinessDays()
    days.open("X", FRIDAY, (MONDAY, TUESDAY, WEDNESDAY))
    assert days.settles_on("X", settlement_days) == date


def test_without_following_days_it_settles_on_its_own() -> None:
    days = BusinessDays()
    days.open("X", FRIDAY, ())
    assert days.settles_on("X", 2) == FRIDAY


def test_each_market_has_its_own_day_and_the_latest_is_everybodys() -> None:
    days = BusinessDays()
    days.open("X", MONDAY, (TUESDAY,))
    days.open("Y", FRIDAY, (MONDAY,))
    assert (days.date_of("X"), days.date_of("Y"), days.date_of(""), days.latest) == (MONDAY, FRIDAY, 0, MONDAY)
    assert days.state() == [["X", MONDAY, (TUESDAY,)], ["Y", FRIDAY, (MONDAY,)]]
