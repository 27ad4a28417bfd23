"""UTCTimestamp text of now and of others: written once per batch, read with the seconds remembered.

FIX 4.4 vol. 1: `YYYYMMDD-HH:MM:SS` with optional fraction; clients send seconds, milliseconds, micro- or nanoseconds.
"""

from __future__ import annotations

from calendar import timegm
from time import gmtime, strftime

NANOSECONDS = 1_000_000_000

_SECONDS_TEXT = 17
"""Characters of a timestamp up to its seconds."""


class TimestampWriter:
    """Nanoseconds since 1970 UTC as a UTCTimestamp with milliseconds."""

    __slots__ = ("_second", "_text")

    def __init__(self) -> None:
        self._second = -1
        self._text = ""

    def text(self, at: int) -> str:
        """Cuts to whole milliseconds; never rounds into the future."""
        second, rest = divmod(at, NANOSECONDS)
        if second != self._second:
            self._second = second
            self._text = strftime("%Y%m%d-%H:%M:%S.", gmtime(second))
        return f"{self._text}{rest // 1_000_000:03d}"


class TimestampReader:
    """A UTCTimestamp as seconds since 1970 UTC, whole: enough to judge accuracy and order of messages."""

    __slots__ = ("_seconds", "_text")

    def __init__(self) -> None:
        self._text: str | None = None
        self._seconds = 0

    def seconds(self, text: str) -> int | None:
        """None when the text is no timestamp. A leap second counts as the second after it."""
        head = text[:_SECONDS_TEXT]
        if head == self._text:
            return self._seconds
        digits = head[:8] + head[9:11] + head[12:14] + head[15:17]
        if len(digits) != 14 or not digits.isdecimal() or head[8] != "-" or head[11] != ":" or head[14] != ":":
            return None
        year, month, day = int(head[:4]), int(head[4:6]), int(head[6:8])
        if not (year >= 1970 and 1 <= month <= 12 and 1 <= day <= 31):
            return None
        self._seconds = timegm((year, month, day, int(head[9:11]), int(head[12:14]), int(head[15:17])))
        self._text = head
        return self._seconds
