"""How often a client has asked for the same messages again: one that asks for ever is in a loop, and is stopped.

Counted for one connection. A client that asks, gets its answer and asks again for the same makes the venue send for
ever, and nobody is told that something is wrong.
"""

from __future__ import annotations

SAME_RANGE_MAX = 25
"""ResendRequests for one range over one connection: far more than a client that is tested by hand sends."""

RANGES_MAX = 1000
"""Ranges counted at one time; beyond, the count starts anew."""


class ResendCounts:
    """The ranges that were asked for, and how often."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: dict[tuple[int, int], int] = {}

    def refused(self, begin: int, end: int) -> str:
        """Counts a request; answers why it ends the session, or nothing."""
        counts = self._counts
        if len(counts) >= RANGES_MAX:
            counts.clear()
        count = counts[begin, end] = counts.get((begin, end), 0) + 1
        if count <= SAME_RANGE_MAX:
            return ""
        words = f"BeginSeqNo(7) {begin} to EndSeqNo(16) {end} was asked for {count} times over this connection"
        return f"{words}; {SAME_RANGE_MAX} times are allowed, the requests are in a loop"

    def clear(self) -> None:
        """Another connection, or other messages under the same numbers."""
        self._counts.clear()
