"""How much goes over one line: messages both ways, what was wrong with them, and how many a second.

Counted per read and write, not per message, and looked at by whoever shows sessions and metrics.
"""

from __future__ import annotations

from collections import deque

WINDOW_TICKS = 8
"""Rates are over so many ticks of the acceptor, two seconds: shorter ones jump, longer ones lag."""


class Traffic:
    """The counts of one session, or of all lines that have none yet, since the start of the process."""

    __slots__ = ("_samples", "garbled", "logons_refused", "received", "rejects", "sent")

    def __init__(self) -> None:
        self.received = 0
        """Whole messages that came, also those that were wrong in themselves."""
        self.sent = 0
        """Messages that were written to a line, resent ones included."""
        self.garbled = 0
        """Stretches of input that were no FIX message."""
        self.rejects = 0
        """Reject(3) sent."""
        self.logons_refused = 0
        self._samples: deque[tuple[float, int, int]] = deque(maxlen=WINDOW_TICKS + 1)

    def sample(self, now_seconds: float) -> None:
        """Remembers where the counts stand; call it once a tick while the line is up."""
        self._samples.append((now_seconds, self.received, self.sent))

    def per_second(self, now_seconds: float) -> tuple[float, float]:
        """Messages received and sent a second of late, to one decimal; 0 for a line that is down."""
        if not self._samples:
            return 0.0, 0.0
        begin, received, sent = self._samples[0]
        seconds = max(now_seconds - begin, 0.25)
        return round((self.received - received) / seconds, 1), round((self.sent - sent) / seconds, 1)

    def line_is_down(self) -> None:
        """Nothing comes or goes any more."""
        self._samples.clear()
