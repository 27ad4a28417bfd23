"""The gateway's idea of now: read once per batch, the same for all that the batch sends.

The process refreshes it when the event loop hands it something to do; a test sets it by hand and nothing ever sleeps.
"""

from __future__ import annotations

import time

from gateway.fix.sending_time import TimestampWriter


class GatewayClock:
    """`now` in nanoseconds since 1970 UTC and as the text of SendingTime(52)."""

    __slots__ = ("_writer", "now", "text")

    def __init__(self) -> None:
        self._writer = TimestampWriter()
        self.now = 0
        self.text = ""
        self.refresh()

    def refresh(self) -> None:
        """Reads the system's clock."""
        self.set(time.time_ns())

    def set(self, now: int) -> None:
        """Makes it this time."""
        self.now = now
        self.text = self._writer.text(now)
