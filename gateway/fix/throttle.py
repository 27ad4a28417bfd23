"""How fast a client may send application messages: a bucket of tokens, filled at a steady rate.

Session messages never pass here: a client that is told to be slower must still be able to keep its session alive.
"""

from __future__ import annotations

from gateway.fix.sending_time import NANOSECONDS


class Throttle:
    """The bucket of one session. Times in nanoseconds; whole numbers only, so that nothing drifts."""

    __slots__ = ("_burst", "_cost", "_full_at", "text")

    def __init__(self, per_second: int, burst: int) -> None:
        """`per_second`: messages in a second, 0 for no limit; `burst`: messages that may come at once."""
        self.text = f"messages came too fast: {per_second} in a second are taken, and {burst} at once after a pause"
        """What is told of a message that came too fast."""
        self._cost = NANOSECONDS // per_second if per_second else 0
        self._burst = self._cost * burst
        self._full_at = 0

    def admits(self, now: int) -> bool:
        """Whether one more message may come now; it then counts."""
        if not self._cost:
            return True
        full_at = max(self._full_at, now) + self._cost
        if full_at - now > self._burst:
            return False
        self._full_at = full_at
        return True
