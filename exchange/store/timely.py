"""Queries of the main process: few at a time, each with a short limit, because somebody waits beside matching.

Those beyond wait their turn, in order, so that hundreds of users who ask at once are answered one after the other. When
too many wait, or for too long, that is told apart from a store that does not answer: `StoreBusy`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from exchange.store.errors import StoreBusy, StoreUnavailable

Result = TypeVar("Result")

QUERY_SECONDS = 2.0
"""How long a logon or a request waits for the store once its query has begun."""

AT_ONCE_MAX = 2
"""Queries at a time: reads and logons have such a bound each, and together the connections that there are."""

WAITING_MAX = 1_024
"""Queries that wait their turn: every connection of HTTP may have one."""

TURN_SECONDS = 5.0
"""How long one waits its turn: with the query itself less than the time an answer may take."""


class TimelyQueries:
    """Runs queries and stops waiting for late ones. `close` it before the database."""

    def __init__(self, store: object, at_once: int = AT_ONCE_MAX, turn_seconds: float = TURN_SECONDS) -> None:
        """`store` is named in errors."""
        self._store = store
        self._turn_seconds = turn_seconds
        self._turns = asyncio.Semaphore(at_once)
        self._waiting = 0
        self._queries: set[asyncio.Future[Any]] = set()

    async def run(self, query: Coroutine[Any, Any, Result]) -> Result:
        """What a query gives, if it gives it in time; raises `StoreUnavailable` else, and `StoreBusy`.

        The caller stops waiting; the query itself is never cancelled: a driver that is interrupted leaves its
        connection behind, open. The store's own limits end every query.
        """
        try:
            await self._take_turn()
        except BaseException:
            # Of a query that was never begun Python would complain.
            query.close()
            raise
        task = asyncio.ensure_future(query)
        self._queries.add(task)
        task.add_done_callback(self._end)
        await asyncio.wait([task], timeout=QUERY_SECONDS)
        if not task.done():
            raise StoreUnavailable(f"store {self._store} did not answer within {QUERY_SECONDS:g} s")
        return task.result()

    async def close(self) -> None:
        """Waits for the queries that are under way."""
        await asyncio.gather(*self._queries, return_exceptions=True)

    async def _take_turn(self) -> None:
        if self._waiting >= WAITING_MAX:
            raise StoreBusy(f"{self._waiting} queries wait for store {self._store}, which is the most")
        self._waiting += 1
        try:
            async with asyncio.timeout(self._turn_seconds):
                await self._turns.acquire()
        except TimeoutError as error:
            raise StoreBusy(f"store {self._store} had no turn within {self._turn_seconds:g} s") from error
        finally:
            self._waiting -= 1

    def _end(self, done: asyncio.Future[Any]) -> None:
        self._turns.release()
        self._queries.discard(done)
        # When nobody waits for it any more, nobody needs to be told that it failed.
        if not done.cancelled():
            done.exception()
