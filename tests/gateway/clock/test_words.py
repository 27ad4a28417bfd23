"""Times and spans as people write them, and what is said of those that are none."""

from __future__ import annotations

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from gateway.clock.words import SECOND, moment_text, next_moment, parse_moment, parse_span, parse_time_of_day

NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("250ms", 250_000_000),
        ("90s", 90 * SECOND),
        ("1.5h", 5_400 * SECOND),
        ("1h30m", 5_400 * SECOND),
        ("2d", 172_800 * SECOND),
        ("0.000000001s", 1),
        ("0s", 0),
    ],
)
def test_a_span_is_whole_nanoseconds(text: str, nanoseconds: int) -> None:
    assert parse_span(text) == nanoseconds


@pytest.mark.parametrize("text", ["", "5", "s", "5 s", "-5s", "5x", "1h 30m", "٣s"])
def test_what_is_no_span_is_told_what_one_is(text: str) -> None:
    with pytest.raises(ValueError, match="is not a span of time such as 250ms, 90s, 1h30m or 2d"):
        parse_span(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-03-02T09:30:00-05:00", "2026-03-02T14:30:00.000000000Z"),
        ("2026-03-02T14:30:00Z", "2026-03-02T14:30:00.000000000Z"),
        ("2026-03-02T14:30:00.123456+00:00", "2026-03-02T14:30:00.123456000Z"),
        ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000000Z"),
    ],
)
def test_a_moment_has_its_offset(text: str, shown: str) -> None:
    assert moment_text(parse_moment(text)) == shown


@pytest.mark.parametrize("text", ["", "2026-03-02", "2026-03-02T09:30:00", "09:30", "1960-01-01T00:00:00Z", "x"])
def test_a_moment_without_its_offset_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time with its offset from UTC such as"):
        parse_moment(text)


@pytest.mark.parametrize("text", ["930", "24:00", "09:30Z", "09", "half past nine"])
def test_what_is_no_time_of_day_is_told_what_one_is(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time of day such as 09:30 or 15:59:30"):
        parse_time_of_day(text)


@pytest.mark.parametrize(
    ("text", "now", "found"),
    [
        ("16:00", "2026-03-02T09:30:00-05:00", "2026-03-02T16:00:00-05:00"),
        ("09:30", "2026-03-02T09:30:00-05:00", "2026-03-02T09:30:00-05:00"),
        ("09:29:59", "2026-03-02T09:30:00-05:00", "2026-03-03T09:29:59-05:00"),
        ("09:30", "2026-03-07T12:00:00-05:00", "2026-03-08T09:30:00-04:00"),
        ("2026-03-04T10:00:00Z", "2026-03-02T09:30:00-05:00", "2026-03-04T10:00:00Z"),
    ],
)
def test_a_time_of_day_is_the_next_one_of_its_zone(text: str, now: str, found: str) -> None:
    assert next_moment(text, parse_moment(now), NEW_YORK) == parse_moment(found)


def test_a_time_of_day_in_utc() -> None:
    assert next_moment("00:00", parse_moment("2026-03-02T09:30:00Z"), UTC) == parse_moment("2026-03-03T00:00:00Z")
