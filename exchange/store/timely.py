"""Queries of the main process: each has a short limit, because somebody waits for its answer beside matching."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from exchange.store.errors import StoreUnavailable

Result = TypeVar("Result")

QUERY_SECONDS = 2.0
"""How long a logon or a request waits for the store."""


class TimelyQueries:
    """Runs queries and stops waiting for late ones. `close` it before the database."""

    def __init__(self, store: object) -> None:
        """`store` is named in errors."""
        self._store = store
        self._queries: set[asyncio.Future[Any]] = set()

    async def run(self, query: Coroutine[Any, Any, Result]) -> Result:
        """What a query gives, if it gives it in time; raises `StoreUnavailable` else.

        The caller stops waiting; the query itself is never cancelled: a driver that is interrupted leaves its
        connection behind, open. The store's own limits end every query.
        """
        task = asyncio.ensure_future(query)
        self._queries.add(task)
        task.add_done_callback(self._queries.discard)
        # When nobody waits for it any more, nobody needs to be told that it failed.
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        await asyncio.wait([task], timeout=QUERY_SECONDS)
        if not task.done():
            raise StoreUnavailable(f"store {self._store} did not answer within {QUERY_SECONDS:g} s")
        return task.result()

    async def close(self) -> None:
        """Waits for the queries that are under way."""
        await asyncio.gather(*self._queries, return_exceptions=True)
