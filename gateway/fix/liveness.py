"""Whether both sides of a line are still there: when a Heartbeat is due, when to ask, when to give up.

FIX 4.4 vol. 2, Heartbeat and Test Request. It only looks at times; the session sends what is due.
"""

from __future__ import annotations

from enum import Enum, auto

from gateway.fix.sending_time import NANOSECONDS

TRANSMISSION_PERCENT = 20
"""Share of HeartBtInt that a message may be late before it counts as missing ("reasonable transmission time")."""


class Due(Enum):
    """What the time asks for."""

    NOTHING = auto()
    TEST_REQUEST = auto()
    """The counterparty has been silent for too long: ask."""
    END = auto()
    """It has not answered either."""


class Liveness:
    """The clocks of one session. Times in nanoseconds since 1970 UTC."""

    __slots__ = ("_asked", "interval", "last_received")

    def __init__(self) -> None:
        self.interval = 0
        """HeartBtInt in nanoseconds; 0: nobody sends heartbeats, nobody misses any."""
        self.last_received = 0
        """When the counterparty was last heard; 0 before the first time."""
        self._asked = 0

    def heard(self, now: int) -> None:
        """Something came, whatever it was."""
        self.last_received = now
        self._asked = 0

    @property
    def is_asking(self) -> bool:
        """Whether a TestRequest waits for an answer, whatever it may be."""
        return self._asked > 0

    def ask(self, now: int) -> None:
        """A TestRequest goes out before its time."""
        self._asked = self._asked or now

    def is_heartbeat_due(self, now: int, last_sent: int) -> bool:
        """Whether nothing has been sent for an interval."""
        return self.interval > 0 and now - last_sent >= self.interval

    def due(self, now: int) -> Due:
        """What the counterparty's silence asks for; a TestRequest is due once."""
        if not self.interval:
            return Due.NOTHING
        patience = self.interval + self.interval * TRANSMISSION_PERCENT // 100
        if self._asked:
            return Due.END if now - self._asked >= patience else Due.NOTHING
        if now - self.last_received < patience:
            return Due.NOTHING
        self._asked = now
        return Due.TEST_REQUEST

    def silence_seconds(self, now: int) -> int:
        """How long nothing came."""
        return (now - self.last_received) // NANOSECONDS
