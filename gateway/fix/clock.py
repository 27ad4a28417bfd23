"""The FIX side's idea of now: read once per batch, the same for all that the batch sends.

The process refreshes it when the event loop hands it something to do; a test sets it by hand and nothing ever sleeps.
It has three times, which are one on a real clock. A driven clock must not harm a line to a machine whose own clock
nobody drives: what concerns the market is told by `now`, what the counterparty has to do by `real`.
"""

from __future__ import annotations

import time

from gateway.clock.venue_clock import VenueClock
from gateway.fix.sending_time import TimestampWriter


class GatewayClock:
    """Times in nanoseconds; `now` and `real` since 1970 UTC."""

    __slots__ = ("_drives_lines", "_text", "_text_of", "_venue_clock", "_writer", "line", "now", "real")

    def __init__(self, venue_clock: VenueClock | None = None, *, drives_lines: bool = True) -> None:
        """`venue_clock`: None is the machine's own. `drives_lines`: whether `line` follows one that is driven."""
        self._writer = TimestampWriter()
        self._venue_clock = venue_clock if venue_clock is not None and venue_clock.is_driven else None
        self._drives_lines = drives_lines
        self.now = 0
        """The venue's time."""
        self._text, self._text_of = "", -1
        self.real = 0
        """The machine's time: for what a counterparty may send, has to answer, and for who it is."""
        self.line = 0
        """Goes on with the venue's time and with the machine's, whichever goes faster: for Heartbeat and TestRequest.

        A client on another machine hears from a venue whose clock stands, and hears at once from one that jumped.
        """
        self.set(time.time_ns())
        self.refresh()

    @property
    def is_driven(self) -> bool:
        """Whether the venue's time is not the machine's."""
        return self._venue_clock is not None

    @property
    def is_held(self) -> bool:
        """Whether the venue's time is on its way: nobody looks at it before it has arrived."""
        return self._venue_clock is not None and self._venue_clock.is_held

    def refresh(self) -> None:
        """Reads the clock."""
        real = time.time_ns()
        if self._venue_clock is None:
            self.set(real)
            return
        now = self._venue_clock.now()
        gone = now - self.now if self._drives_lines else 0
        self.line += max(gone, real - self.real, 0)
        self.now, self.real = now, real

    @property
    def text(self) -> str:
        """The venue's time as SendingTime(52). Written when somebody asks: most of what happens is told to nobody."""
        if self._text_of != self.now:
            self._text, self._text_of = self._writer.text(self.now), self.now
        return self._text

    def set(self, now: int) -> None:
        """Makes it this time, in all three respects."""
        self.now = self.real = self.line = now
