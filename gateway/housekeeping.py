"""What an exchange does once a second beside its work: old event segments go, and the journal reaches the disk.

With durability `os` an answer does not wait for the disk; syncing in the background bounds what power loss can take to
about a second, and keeps the change of a segment short.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from exchange.sequencing.event_log import EventLogWriter
from exchange.sequencing.journal import Journal, JournalFailed
from gateway.follower_processes import Follower

INTERVAL_SECONDS = 1.0


async def keep_house(
    journal: Journal | None, event_log: EventLogWriter, store: Follower | None, fail: Callable[[Exception], None]
) -> None:
    """Runs until it is cancelled. A journal that cannot be synced cannot be trusted: `fail` is told and must stop."""
    while True:
        await asyncio.sleep(INTERVAL_SECONDS)
        event_log.release_below(event_log.last if store is None else store.health().event)
        if journal is not None:
            try:
                await asyncio.to_thread(journal.sync)
            except JournalFailed as failure:
                fail(failure)
                return
