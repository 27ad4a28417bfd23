"""Whether both sides of a line are still there: when a Heartbeat is due, when to ask, when to give up.

FIX 4.4 vol. 2, Heartbeat and Test Request. It only looks at times; the session sends what is due. A clock that is
driven makes Heartbeats and questions due, but gives nobody up: the other side's answer takes time of the machine.
"""

from __future__ import annotations

from enum import Enum, auto

from gateway.fix.clock import GatewayClock
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
    """The clocks of one session."""

    __slots__ = ("_asked", "_asked_real", "_heard", "interval", "last_received")

    def __init__(self) -> None:
        self.interval = 0
        """HeartBtInt in nanoseconds; 0: nobody sends heartbeats, nobody misses any."""
        self.last_received = 0
        """When the counterparty was last heard, nanoseconds since 1970 UTC; 0 before the first time."""
        self._heard = 0
        self._asked = self._asked_real = 0

    def heard(self, clock: GatewayClock) -> None:
        """Something came, whatever it was."""
        self.last_received = clock.now
        self._heard = clock.line
        self._asked = 0

    @property
    def is_asking(self) -> bool:
        """Whether a TestRequest waits for an answer, whatever it may be."""
        return self._asked > 0

    def ask(self, clock: GatewayClock) -> None:
        """A TestRequest goes out, before its time or because it is due."""
        if not self._asked:
            self._asked, self._asked_real = clock.line, clock.real

    def is_heartbeat_due(self, clock: GatewayClock, last_sent: int) -> bool:
        """Whether nothing has been sent for an interval; `last_sent` is by the clock's `line`."""
        return self.interval > 0 and clock.line - last_sent >= self.interval

    def due(self, clock: GatewayClock) -> Due:
        """What the counterparty's silence asks for; a TestRequest is due once."""
        if not self.interval:
            return Due.NOTHING
        patience = self.interval + self.interval * TRANSMISSION_PERCENT // 100
        if self._asked:
            waited = min(clock.line - self._asked, clock.real - self._asked_real)
            return Due.END if waited >= patience else Due.NOTHING
        if clock.line - self._heard < patience:
            return Due.NOTHING
        self.ask(clock)
        return Due.TEST_REQUEST

    def silence_seconds(self, clock: GatewayClock) -> int:
        """How long nothing came."""
        return (clock.line - self._heard) // NANOSECONDS
