"""The hours of a session: which period a moment is in, over week-ends and summer time; and what a session does then."""

from __future__ import annotations

from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.fix.schedule import Schedule
from gateway.fix.sending_time import NANOSECONDS
from gateway.fix.session_hours import SessionHours
from tests.gateway.fix.dialogue import LOGON, Dialogue, profile_with

WORKDAYS = (0, 1, 2, 3, 4)


def schedule(
    days: tuple[int, ...],
    start: str,
    end: str,
    *,
    zone: str = "UTC",
    is_weekly: bool = False,
    resets: bool = True,
) -> Schedule:
    return Schedule(ZoneInfo(zone), days, time.fromisoformat(start), time.fromisoformat(end), is_weekly, resets)


def at(text: str) -> int:
    """A time in UTC as nanoseconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * NANOSECONDS


OFFICE = schedule(WORKDAYS, "08:00", "17:30", zone="Europe/Berlin")
NIGHT = schedule(WORKDAYS, "22:00", "06:00")
ALL_DAY = schedule((0, 1, 2, 3, 4, 5, 6), "00:00", "00:00")
CURRENCIES = schedule((6, 4), "17:00", "17:00", zone="America/New_York", is_weekly=True)
ONE_WEEK = schedule((0,), "06:00", "06:00", is_weekly=True)
ONE_DAY = schedule((2,), "06:00", "09:00", is_weekly=True)


@pytest.mark.parametrize(
    ("hours", "now", "start", "end"),
    [
        (OFFICE, "2024-06-21 06:00", "2024-06-21 06:00", "2024-06-21 15:30"),
        (OFFICE, "2024-06-21 15:29:59", "2024-06-21 06:00", "2024-06-21 15:30"),
        (OFFICE, "2024-06-21 15:30", "", "2024-06-24 06:00"),
        (OFFICE, "2024-06-22 12:00", "", "2024-06-24 06:00"),
        (OFFICE, "2024-01-10 07:30", "2024-01-10 07:00", "2024-01-10 16:30"),
        # The last Sunday of March: on Monday it opens an hour earlier by UTC.
        (OFFICE, "2024-03-29 17:00", "", "2024-04-01 06:00"),
        (NIGHT, "2024-06-21 23:00", "2024-06-21 22:00", "2024-06-22 06:00"),
        (NIGHT, "2024-06-22 05:59", "2024-06-21 22:00", "2024-06-22 06:00"),
        (NIGHT, "2024-06-22 06:00", "", "2024-06-24 22:00"),
        (ALL_DAY, "2024-06-22 00:00", "2024-06-22 00:00", "2024-06-23 00:00"),
        (ALL_DAY, "2024-06-22 23:59", "2024-06-22 00:00", "2024-06-23 00:00"),
        (CURRENCIES, "2024-06-19 12:00", "2024-06-16 21:00", "2024-06-21 21:00"),
        (CURRENCIES, "2024-06-22 12:00", "", "2024-06-23 21:00"),
        (ONE_WEEK, "2024-06-19 12:00", "2024-06-17 06:00", "2024-06-24 06:00"),
        (ONE_DAY, "2024-06-19 08:00", "2024-06-19 06:00", "2024-06-19 09:00"),
        (ONE_DAY, "2024-06-19 10:00", "", "2024-06-26 06:00"),
    ],
)
def test_the_period_of_a_moment_or_the_next_opening(hours: Schedule, now: str, start: str, end: str) -> None:
    period = hours.period(at(now))
    if start:
        assert period is not None and (period.start, period.end) == (at(start), at(end))
        assert hours.latest(at(now)) == period
    else:
        assert period is None and hours.next_period(at(now)).start == at(end)


@pytest.mark.parametrize("hours", [OFFICE, NIGHT, ALL_DAY, CURRENCIES, ONE_WEEK, ONE_DAY])
@pytest.mark.parametrize("step_minutes", [7, 601, -13])
def test_what_is_remembered_is_what_is_so(hours: Schedule, step_minutes: int) -> None:
    remembered, now = SessionHours(hours), at("2024-03-25 00:00")
    for _ in range(600):
        assert (remembered.closed(now) == "") is (hours.period(now) is not None)
        assert remembered.step(now, 1)[1] == hours.latest(now).start
        now += step_minutes * 60 * NANOSECONDS


# In Berlin it is two o'clock in the afternoon when a dialogue begins, on Friday, 2024-06-21.
UNTIL_A_MINUTE_LATER = schedule(WORKDAYS, "08:00", "14:01", zone="Europe/Berlin")
OVER = "it is outside the session's hours; they begin again at Mon 2024-06-24 08:00 Europe/Berlin"
WEEKEND = (2 * 24 + 18) * 3600


def wait(talk: Dialogue, seconds: int) -> None:
    """Time passes at once, with one look at the clock."""
    talk.clock.set(talk.clock.now + seconds * NANOSECONDS)
    talk.session.tick()


def test_the_end_of_the_hours_is_the_end_of_the_session(tmp_path: Path) -> None:
    talk = Dialogue(tmp_path, profile=profile_with(schedule=UNTIL_A_MINUTE_LATER))
    talk.play(f"{LOGON.replace('108=30', '108=60')}\n report one\n < B|34=2|58=one\n after 59")
    talk.play(f"after 1\n < 5|34=3|58=the session's hours are over; {OVER}\n > 5|34=2")
    talk.play("closed the session's hours are over; " + OVER + "\n drop")
    talk.play(f"> A|34=3|98=0|108=30\n < 5|34=4|58={OVER}")
    assert (talk.session.next_in, talk.session.log.next_out) == (3, 5)


@pytest.mark.parametrize("restarts", ["", "restart"])
def test_a_new_period_has_new_numbers_even_when_nobody_was_there(tmp_path: Path, restarts: str) -> None:
    talk = Dialogue(tmp_path, profile=profile_with(schedule=UNTIL_A_MINUTE_LATER))
    talk.play(f"{LOGON}\n report one\n < B|34=2|58=one\n drop\n {restarts}")
    wait(talk, WEEKEND - 1)
    assert talk.session.log.next_out == 3
    wait(talk, 1)
    talk.play(f"report two\n {restarts}")
    assert (talk.session.next_in, talk.session.log.next_out) == (1, 2)
    talk.play(f"> A|34=1|98=0|108=30\n < A|34=2|98=0|108=30\n drop\n {restarts}")
    wait(talk, 3600)
    assert (talk.session.next_in, talk.session.log.next_out) == (2, 3)


def test_numbers_may_go_on_over_periods(tmp_path: Path) -> None:
    hours = schedule(WORKDAYS, "08:00", "14:01", zone="Europe/Berlin", resets=False)
    talk = Dialogue(tmp_path, profile=profile_with(schedule=hours))
    talk.play(f"{LOGON}\n drop")
    wait(talk, WEEKEND + 60)
    talk.play("> A|34=2|98=0|108=30\n < A|34=2|98=0|108=30")


def test_a_period_that_follows_at_once_begins_with_a_logon(tmp_path: Path) -> None:
    talk = Dialogue(tmp_path, profile=profile_with(schedule=schedule(tuple(range(7)), "12:01", "12:01")))
    talk.play(LOGON.replace("108=30", "108=0"))
    text = "a new period of the session's hours has begun; log on again"
    talk.play(f"after 60\n < 5|34=2|58={text}\n report two\n > 5|34=2\n closed {text}\n drop")
    talk.play("> A|34=1|98=0|108=30\n < A|34=2|98=0|108=30\n > 2|34=2|7=1|16=1\n < B|34=1|43=Y|122=12:01:00|58=two")


def test_a_reset_in_between_and_a_clock_put_back_do_not_begin_a_period(tmp_path: Path) -> None:
    talk = Dialogue(tmp_path, profile=profile_with(schedule=UNTIL_A_MINUTE_LATER))
    talk.play(f"{LOGON.replace('108=30', '108=30|141=Y')}\n report one\n < B|34=2|58=one\n drop\n restart")
    wait(talk, -24 * 3600)
    wait(talk, 24 * 3600)
    talk.play("> A|34=2|98=0|108=30\n < A|34=3|98=0|108=30")
