"""Times and spans as people write them: `1h30m`, `09:30`, `2026-03-02T09:30:00-05:00`, and back.

For settings, the command line, HTTP and scenarios. Everything is whole nanoseconds; a time without an offset is of the
zone that the caller names.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from datetime import time as time_of_day
from decimal import Decimal
from typing import Final

SECOND: Final = 1_000_000_000
"""Nanoseconds."""

UNITS: Final = {"ms": 1_000_000, "s": SECOND, "m": 60 * SECOND, "h": 3_600 * SECOND, "d": 86_400 * SECOND}

_PART = r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(ms|s|m|h|d)"
_SPAN = re.compile(rf"(?:{_PART})+")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_span(text: str) -> int:
    """Nanoseconds of `250ms`, `90s`, `1h30m`, `1.5h` or `2d`. Raises `ValueError`."""
    if not _SPAN.fullmatch(text):
        raise ValueError(f'"{text}" is not a span of time such as 250ms, 90s, 1h30m or 2d')
    return sum(int(Decimal(number) * UNITS[unit]) for number, unit in re.findall(_PART, text))


def parse_moment(text: str) -> int:
    """Nanoseconds since 1970 UTC of `2026-03-02T09:30:00-05:00`. Raises `ValueError`."""
    try:
        moment = datetime.fromisoformat(text) if text.isascii() else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or moment.year < _EPOCH.year:
        raise ValueError(f'"{text}" is not a time with its offset from UTC such as 2026-03-02T09:30:00-05:00')
    return nanoseconds(moment)


def parse_time_of_day(text: str) -> time_of_day:
    """`09:30` or `15:59:30`. Raises `ValueError`."""
    try:
        found = time_of_day.fromisoformat(text) if text.isascii() else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is not None or ":" not in text:
        raise ValueError(f'"{text}" is not a time of day such as 09:30 or 15:59:30')
    return found


def next_moment(text: str, now: int, zone: tzinfo) -> int:
    """What `text` means from `now` on: a time of day in `zone` that comes next, or a whole moment.

    Raises `ValueError`.
    """
    if "T" in text or "-" in text.strip():
        return parse_moment(text)
    wanted = parse_time_of_day(text)
    day = datetime.fromtimestamp(now // SECOND, zone).date()
    found = [nanoseconds(datetime.combine(day + timedelta(days=offset), wanted, zone)) for offset in (0, 1)]
    return found[0] if found[0] >= now else found[1]


def nanoseconds(moment: datetime) -> int:
    """Nanoseconds since 1970 UTC, exact. What a wall clock skips in spring counts as it would without the skip."""
    since = moment.astimezone(UTC) - _EPOCH
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds * 1_000


def moment_text(at: int) -> str:
    """`2026-03-02T14:30:00.000000000Z`."""
    seconds, rest = divmod(at, SECOND)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"
