"""How the venue conducts one session beyond who it is: what both sides agreed about numbers, hours, pace and tests.

Data only, filled from the settings; `Session` and its parts read it. The defaults are those of a client that asks for
nothing special.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from gateway.fix.schedule import Schedule


class DisconnectMode(StrEnum):
    """Which orders go when a session's line ends and does not come back in time."""

    NONE = "none"
    """All stay. Orders that ask to go with the line are not taken."""
    FLAGGED = "flagged"
    """Those that ask for it, and quotes."""
    ALL = "all"


class SessionHabits(Struct, frozen=True):
    """What is agreed with one counterparty. Times in nanoseconds."""

    reset_on_logout: bool = False
    """Whether both numbers begin at 1 again when Logouts have been exchanged."""
    reset_on_disconnect: bool = False
    """Whether both numbers begin at 1 again when the connection ends, however it ends."""
    next_expected: bool = False
    """Whether our Logon always has NextExpectedMsgSeqNum(789); else only when the client's has it."""
    last_processed: bool = False
    """Whether each of our messages has LastMsgSeqNumProcessed(369)."""
    resend_request_chunk: int = 0
    """Messages that one ResendRequest of ours asks for; 0: all that are missing."""
    sending_time_accuracy: int | None = None
    """How far SendingTime(52) may be from the venue's clock; 0: not looked at, None: as for the whole venue."""
    is_test: bool = False
    """Whether it is a test session: its Logon must have TestMessageIndicator(464)=Y, all others must not."""
    takes_over: bool = False
    """Whether a second connection ends the first; else the first stays and the second is refused."""
    messages_per_second: int = 0
    """Application messages taken in a second; 0: as many as come."""
    message_burst: int = 1
    """Application messages taken at once after a pause."""
    ends_when_throttled: bool = False
    """Whether too many messages end the session; else each beyond is refused."""
    cancel_on_disconnect: DisconnectMode = DisconnectMode.FLAGGED
    """Which orders go with the line; CancelOrdersOnDisconnect(8013) of its Logon may say otherwise."""
    disconnect_grace: int = 0
    """How long they are kept for a client that comes back."""
    keeps_good_till: bool = True
    """Whether good-till orders stay even if all go, unless they ask for it themselves."""
    schedule: Schedule | None = None
    """When it may be logged on; None: always."""


NO_HABITS = SessionHabits()
"""Of a session with which nothing special is agreed."""
