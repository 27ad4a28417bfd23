"""Who may log on, and the limits of one session: what settings say of it, in the session's own words."""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct

from gateway.fix.habits import NO_HABITS, SessionHabits
from gateway.fix.versions import Version


class SessionProfile(Struct, frozen=True):
    """One counterparty. Its CompID is SenderCompID(49) of what it sends and TargetCompID(56) of what it gets."""

    comp_id: str
    version: Version
    username: str
    """Username(553) that its Logon must carry; empty: no credentials are asked for."""
    accounts: Collection[str]
    """Accounts it may trade for, as it is at the moment; the first is taken when an order names none."""
    reset_on_logon: bool
    """Whether both numbers begin at 1 with every Logon."""
    max_open_orders: int
    habits: SessionHabits = NO_HABITS
    """What is agreed about numbers, hours and pace."""

    @property
    def begin_string(self) -> str:
        """BeginString(8) of both directions."""
        return self.version.begin_string

    def time_accuracy(self, rules: SessionRules) -> int:
        """How far SendingTime(52) may be from the venue's clock, in nanoseconds; 0: it is not looked at."""
        if rules.is_clock_driven:
            return 0
        own = self.habits.sending_time_accuracy
        return rules.sending_time_accuracy if own is None else own


class SessionRules(Struct, frozen=True):
    """What holds for every session of the venue. Times in nanoseconds."""

    sending_time_accuracy: int
    """How far SendingTime(52) may be from the venue's clock."""
    logout_timeout: int
    """How long an answer to our Logout is waited for."""
    heartbeat_min_seconds: int
    heartbeat_max_seconds: int
    """The HeartBtInt(108) that a Logon may ask for; 0, no heartbeats, is always allowed."""
    resend_batch_messages: int
    """Messages of a resend that are made before other sessions have their turn."""
    early_messages_max: int
    """Messages kept while a gap before them is being filled; what comes beyond is asked for again."""
    is_clock_driven: bool = False
    """Whether the venue lives in another time than its clients: nothing can then be told by their SendingTime(52)."""
