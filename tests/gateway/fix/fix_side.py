"""The FIX side of an exchange as `gateway.main` builds it, in a folder of its own: no store, no market data, no page.

Started again on the same folder it goes on where it was.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from exchange.sequencing.disk import Disk, LocalDisk
from exchange.sequencing.event_log import EventLogWriter
from exchange.sequencing.journal import Journal
from exchange.sequencing.sequencer import Durability, Sequencer
from exchange.venue import Venue
from gateway.fix.acceptor import Acceptor
from gateway.fix.session_control import SessionControl
from gateway.fix_door import build_acceptor
from gateway.passwords import ListedPasswords
from gateway.recovery import enter_reference_data, recover
from gateway.settings import Settings, load_settings
from gateway.user_sessions import build_user_sessions

SETTINGS = """
venue: { comp_id: VENUE }
flow: { enabled: false }
fix:
  logon_timeout_seconds: 1
  logout_timeout_seconds: 1
  heartbeat_min_seconds: 1
  max_connections: 12
  max_connections_per_address: 10
  outbound_queue_bytes: 65536
  outbound_queue_seconds: 1
  garbled_limit: 10
  resend_batch_messages: 100
  session_defaults: { accounts: [ACC, OTHER] }
  sessions:
    - { comp_id: ALICE, username: alice, password: alice-pw, max_open_orders: 5 }
    - { comp_id: BOB }
    - { comp_id: CAROL, accounts: [OTHER] }
accounts:
  - { id: ACC, name: A }
  - { id: OTHER, name: B }
  - { id: UNUSED, name: C }
instruments:
  - { symbol: ACME, reference_price: "10.00", lot: 10, max_quantity: 5000 }
  - { symbol: FINE, reference_price: "1.0000", tick: "0.0001" }
"""


class FixSide:
    """Venue, journal, sequencer and acceptor."""

    def __init__(
        self,
        folder: Path,
        *,
        durability: Durability = Durability.OS,
        disk: Disk | None = None,
        segment_bytes: int = 1 << 20,
        without: str = "",
        settings: str = SETTINGS,
    ) -> None:
        path = folder / "settings.yaml"
        lines = [line for line in settings.splitlines() if not without or f"comp_id: {without}" not in line]
        path.write_text("\n".join(lines), encoding="utf-8")
        self.settings: Settings = load_settings(str(path), {"data": str(folder / "data")}, {})
        for name in ("fix", "journal", "events"):
            (folder / name).mkdir(exist_ok=True)
        self.failures: list[Exception] = []
        self.venue = Venue()
        self.journal: Journal | None = None
        if durability is not Durability.NONE:
            self.journal = Journal(
                folder / "journal", segment_bytes=segment_bytes, reserve_bytes=4_096, disk=disk or LocalDisk()
            )
            self.journal.open()
        self.sequencer = Sequencer(
            self.venue, self.journal, time.time_ns, durability=durability, on_failure=self.failures.append
        )
        self.passwords = ListedPasswords()
        self.check_password: Callable[[str, str], Awaitable[bool]] = self.passwords.check
        self.change_password: Callable[[str, str, str], Awaitable[bool]] = self.passwords.change
        self.acceptor: Acceptor = build_acceptor(
            self.settings, folder / "fix", self.sequencer, self._check, self._change
        )
        self.control = SessionControl(self.acceptor.sessions, self.acceptor.received, folder / "fix" / "disabled.json")
        self.user_sessions = build_user_sessions(
            self.settings, folder / "fix", self.acceptor, self.sequencer, self.control.admit
        )
        self.event_log = EventLogWriter(folder / "events", opening=self.venue.public_state)
        recover(self.sequencer, self.event_log, self.acceptor)
        self.sequencer.on_events(self.event_log.append)
        self.sequencer.on_events(self.acceptor.publish)
        self.sequencer.on_refusal(self.acceptor.refuse)
        self.address = ("", 0)

    async def _check(self, username: str, password: str) -> bool:
        return await self.check_password(username, password)

    async def _change(self, username: str, present: str, new: str) -> bool:
        return await self.change_password(username, present, new)

    async def start(self) -> None:
        enter_reference_data(self.sequencer, self.settings.listed_instruments, self.settings.open_accounts)
        self.event_log.start_segment()
        await self.passwords.open(self.settings.fix_sessions)
        self.address = await self.acceptor.start("127.0.0.1", 0)

    async def stop(self, reason: str = "the exchange stops") -> None:
        await self.acceptor.stop(reason, 0.2)
        await self.close()

    async def close(self) -> None:
        await self.sequencer.close()
        self.acceptor.close()
        self.event_log.close()
        if self.journal is not None:
            self.journal.close()
