"""How the exchange is doing: each part up or down and why, and every session. It only looks and counts.

Read for readiness, metrics and the session list: an `ExchangeView`. `gateway.main` builds it.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence

import structlog
from msgspec import Struct

from exchange.events import Event
from exchange.sequencing.event_log import EventLogWriter
from exchange.sequencing.sequencer import Sequencer
from gateway.account_desk import AccountDesk
from gateway.clock_desk import ClockDesk
from gateway.fix.acceptor import Acceptor
from gateway.follower_processes import Follower
from gateway.http.fix_sessions import FixSessionDesk
from gateway.http.view import FixTraffic, Part, SessionView
from gateway.operations_desk import OperationsDesk
from gateway.platform.access import Access
from gateway.platform.membership import Platform
from gateway.session_desk import SessionDesk

POLL_SECONDS = 0.02
"""How often a start looks whether its followers are up."""

_log = structlog.get_logger(__name__)


class Entrance(Struct):
    """Who may come in over HTTP."""

    access: Access
    platform: Platform | None = None
    """None for a venue without a store."""
    fix_sessions: FixSessionDesk | None = None
    """None where users have none."""


class ExchangeStatus:
    """What the doors tell about the exchange behind them."""

    def __init__(
        self,
        sequencer: Sequencer,
        acceptor: Acceptor,
        event_log: EventLogWriter,
        desk: SessionDesk,
        operations: OperationsDesk,
        accounts: AccountDesk,
        clock: ClockDesk,
        entrance: Entrance,
    ) -> None:
        self.venue = sequencer.venue
        self.desk = desk
        self.operations = operations
        self.accounts = accounts
        self.clock = clock
        self.access = entrance.access
        self.platform = entrance.platform
        self.fix_sessions = entrance.fix_sessions
        self.events: Counter[type] = Counter()
        """Events since the start of this process, by their type."""
        self.commits = 0
        self._sequencer = sequencer
        self._acceptor = acceptor
        self._event_log = event_log
        self._followers: dict[str, Follower] = {}

    def follow(self, followers: Mapping[str, Follower]) -> None:
        """Watches these followers, too."""
        self._followers.update(followers)

    def count(self, events: Sequence[Event]) -> None:
        """Counts the events of one commit: a consumer of the sequencer."""
        self.commits += 1
        self.events.update(map(type, events))

    @property
    def journal_bytes(self) -> int:
        """Bytes of commands journaled since the start of this process."""
        return self._sequencer.journal_bytes

    def parts(self) -> dict[str, Part]:
        """Every part by name; the journal's own failure stops the exchange and needs no line here."""
        is_listening, broken = self._acceptor.is_listening, self._event_log.broken
        last = self.venue.last_event
        parts = {
            "fix": Part(is_listening, "listening" if is_listening else "not listening"),
            "events": Part(not broken, broken or "written", last - self._event_log.last),
        }
        for name, follower in self._followers.items():
            health = follower.health()
            parts[name] = Part(health.is_up, health.text, max(0, last - health.event))
        return parts

    def awaited(self) -> list[str]:
        """Names of the followers that are not up and may still come by themselves."""
        followers = self._followers.items()
        return [name for name, follower in followers if not follower.stays_down and not follower.health().is_up]

    async def until_up(self, seconds: float) -> None:
        """Waits for followers, so long at most; then says of those that are not up why."""
        deadline = time.monotonic() + seconds
        while self.awaited():
            await asyncio.sleep(POLL_SECONDS)
            if time.monotonic() > deadline:
                break
        down = {name: part.text for name, part in self.parts().items() if not part.is_up}
        if down:
            _log.error("started without parts that are not up", **down)

    def sessions(self) -> list[SessionView]:
        """Every session, in the order of the settings."""
        return self.desk.sessions(self.venue.register.open_count)

    def fix_traffic(self) -> FixTraffic:
        """The counts of all FIX lines together."""
        watch = self._acceptor.watch
        total = watch.total()
        return FixTraffic(
            received=total.received,
            sent=total.sent,
            garbled=total.garbled,
            rejects=total.rejects,
            logons_refused=total.logons_refused,
            connections_refused=watch.connections_refused,
            trade_disputes=self._acceptor.disputes.taken,
        )
