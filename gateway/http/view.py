"""What HTTP may see of the exchange: `gateway.status` is an `ExchangeView`, everything here only reads it.

HTTP runs on the matching loop, so a request sees the venue between two commits and never in the middle of one. Nothing
here knows FIX or MQTT: their parts are described by `SessionView` and `Part`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from exchange.venue import Venue
from gateway.http.account_views import AccountDesk
from gateway.http.clock import ClockDesk
from gateway.http.fix_sessions import FixSessionDesk
from gateway.http.operation_views import OperationsDesk
from gateway.http.session_views import SessionDesk
from gateway.platform.access import Access
from gateway.platform.membership import Platform


@dataclass(frozen=True)
class SessionView:
    """One FIX session as it stands now."""

    comp_id: str
    state: str
    """`idle`, `active`, `logging out` or `closing`."""
    peer: str
    """Address of the client; empty without a connection."""
    next_in: int
    """MsgSeqNum(34) that the next message of the client must have."""
    next_out: int
    """MsgSeqNum(34) that the next message to the client will have."""
    last_received: int
    """When the client was last heard, nanoseconds since 1970 UTC; 0 when it never was."""
    open_orders: int
    last_disconnect: str
    """Why the latest connection ended; empty when none has."""
    last_disconnect_at: int = 0
    """When it did, nanoseconds since 1970 UTC; 0 when none has since the start of the process."""
    is_enabled: bool = True
    """Whether the operator lets it log on."""
    received: int = 0
    """Messages that came since the start of the process."""
    sent: int = 0
    """Messages written since then, resent ones included."""
    received_per_second: float = 0.0
    sent_per_second: float = 0.0
    """Of the last two seconds."""
    queued_bytes: int = 0
    """Written and not yet taken by the client's side."""
    is_resending: bool = False
    """Whether an answer to a ResendRequest of the client is under way."""
    is_test_request_pending: bool = False
    """Whether a TestRequest waits for the client's answer."""
    garbled: int = 0
    """Stretches of its input that were no FIX message, since the start of the process."""
    rejects: int = 0
    """Messages of its that were answered by Reject(3), since the start of the process."""


@dataclass(frozen=True)
class Part:
    """One part of the running exchange, for readiness and metrics."""

    is_up: bool
    text: str
    """What is wrong, or how it stands, in words."""
    lag: int | None = None
    """Events that the part is behind the venue; None for a part that does not follow events."""


@dataclass(frozen=True)
class FixTraffic:
    """What went over all FIX lines since the start of the process."""

    received: int = 0
    sent: int = 0
    garbled: int = 0
    rejects: int = 0
    logons_refused: int = 0
    connections_refused: int = 0
    trade_disputes: int = 0
    """DontKnowTrade(Q) about trades that there are, each trade once."""


class ExchangeView(Protocol):
    """All that HTTP asks; the composition root's status is one."""

    @property
    def venue(self) -> Venue:
        """Books, instruments and the number of the latest event."""

    @property
    def access(self) -> Access:
        """Knows who asks by what a request shows, and how often."""

    @property
    def platform(self) -> Platform | None:
        """Users and portfolios; None for a venue without a store."""

    @property
    def fix_sessions(self) -> FixSessionDesk | None:
        """FIX sessions of users; None where the settings allow none."""

    @property
    def events(self) -> Counter[type]:
        """Events since the start of this process, by their type."""

    @property
    def commits(self) -> int:
        """Commits that had events, since the start of this process."""

    @property
    def journal_bytes(self) -> int:
        """Bytes of commands journaled since the start of this process."""

    @property
    def desk(self) -> SessionDesk:
        """What operators may see of FIX sessions and do to them."""

    @property
    def operations(self) -> OperationsDesk:
        """What operators may see of the market's day and do to the market."""

    @property
    def accounts(self) -> AccountDesk:
        """Accounts in operators' hands."""

    @property
    def clock(self) -> ClockDesk:
        """The venue's clock, which operators may drive."""

    def fix_traffic(self) -> FixTraffic:
        """The counts of all FIX lines together."""

    def sessions(self) -> Sequence[SessionView]:
        """Every FIX session, in the order of the settings."""

    def parts(self) -> Mapping[str, Part]:
        """The parts by name; one that is switched off is left out."""
