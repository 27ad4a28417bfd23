"""What the venue asks of a client that left a gap: how much at a time, how often, and when it has asked enough.

A request that brings nothing is repeated with twice the patience each time; any progress starts the count anew.
Called by `Session`, which sends what is decided here.
"""

from __future__ import annotations

REQUESTS_MAX = 5
"""ResendRequests for the same number before the session is ended: at 30 s of HeartBtInt they take a quarter of an hour,
and whoever answered none of them will not answer the next.
"""


class GapRequests:
    """The ResendRequests of one gap. Times in nanoseconds."""

    __slots__ = ("_asked_at", "_begin", "_chunk", "_end", "_is_waiting", "_until", "count")

    def __init__(self, chunk: int) -> None:
        """`chunk`: messages that one request asks for; 0: all."""
        self._chunk = chunk
        self.count = 0
        """Requests for the number that is missing now."""
        self._begin = self._end = self._until = self._asked_at = 0
        self._is_waiting = False

    def range(self, next_in: int, highest: int, now: int) -> tuple[int, int]:
        """BeginSeqNo and EndSeqNo of the request to be sent now; `highest` is the highest number that came."""
        self.count = self.count + 1 if self._is_waiting and self._begin == next_in else 1
        self._begin, self._until, self._asked_at, self._is_waiting = next_in, highest, now, True
        # EndSeqNo 0 is all that follow: what of it is here already comes again as a possible duplicate, is ignored.
        last = next_in + self._chunk - 1
        self._end = last if self._chunk and last < highest - 1 else 0
        return next_in, self._end

    def expect(self, next_in: int, highest: int, now: int) -> None:
        """The gap is filled without a request, by what a Logon said; asked for when that does not happen."""
        self._begin, self._end, self._until, self._asked_at = next_in, 0, highest, now
        self._is_waiting, self.count = True, 0

    def exhausted(self, next_in: int) -> str:
        """Why nothing is to be hoped of another request for the number that is missing now; empty when it may help."""
        if not self._is_waiting or self._begin != next_in or self.count < REQUESTS_MAX:
            return ""
        words = f"MsgSeqNum(34) {next_in} did not come after {REQUESTS_MAX} ResendRequests(2)"
        return f"{words}; send it again, or fill the gap with SequenceReset(4)"

    def is_under_way(self, next_in: int) -> bool:
        """Whether that number is in a part of the gap that was asked for by itself."""
        return self._is_waiting and next_in <= self._end

    def is_chunk_done(self, next_in: int) -> bool:
        """Whether all that was asked for is here, and more has to be."""
        return self._is_waiting and 0 < self._end < next_in

    def is_due(self, next_in: int, now: int, patience: int) -> bool:
        """Whether the gap has to be asked for, for the first time or again."""
        if not self._is_waiting or next_in > self._until:
            return True
        if next_in != self._begin:
            # It goes on; the patience counts from here.
            self._begin, self._asked_at, self.count = next_in, now, 1
            return False
        return now - self._asked_at >= patience << max(self.count - 1, 0)

    def clear(self) -> None:
        """The gap is closed, or its line is gone."""
        self._is_waiting = False
        self._begin = self._end = self._until = self._asked_at = self.count = 0
