"""How far the tables are, and waiting until they are far enough: who has been told an event's number reads his write.

In the process that answers, beside the follower that writes. However many wait, one of them asks the database.
"""

from __future__ import annotations

import asyncio

from exchange.store.database import Database
from exchange.store.projection import Projection

POLL_SECONDS = 0.01
"""Pause between two looks: half of what the follower itself pauses for."""


class StoreProgress:
    """The place of one store's projection, as last seen: it never goes back while an exchange runs."""

    def __init__(self, database: Database) -> None:
        self._projection = Projection(database)
        self._event = 0
        self._look: asyncio.Task[None] | None = None

    @property
    def event(self) -> int:
        """The last event that was seen in the tables; there may be later ones by now."""
        return self._event

    async def wait_for(self, event: int, timeout_seconds: float) -> bool:
        """Whether `event` is in the tables within that time. Raises `StoreUnavailable`."""
        loop = asyncio.get_running_loop()
        end = loop.time() + timeout_seconds
        while self._event < event:
            left = end - loop.time()
            if left <= 0:
                return False
            if self._look is None or self._look.done():
                self._look = loop.create_task(self._see())
                # When nobody waits for it any more, nobody needs to be told that it failed.
                self._look.add_done_callback(lambda done: done.cancelled() or done.exception())
            look = self._look
            await asyncio.wait([look], timeout=left)
            if look.done():
                look.result()
        return True

    async def close(self) -> None:
        """Waits for a look that is under way. Close the database after it."""
        if self._look is not None:
            await asyncio.wait([self._look])

    async def _see(self) -> None:
        seen = await self._projection.checkpoint()
        if seen > self._event:
            self._event = seen
        else:
            await asyncio.sleep(POLL_SECONDS)
