"""The past, from the store: orders, trades, postings, statements, settlements, candles, as far as the store has come.

The store follows the venue by a moment. A read with `as_of`, the number that a write has answered, waits until that
event is there, for a bounded time. What is live the routes ask the venue itself.
"""

from __future__ import annotations

from collections.abc import Coroutine
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec

from exchange.orders import (
    PLAIN,
    Contingency,
    OrderConditions,
    OrderStatus,
    OrderTerms,
    OrderType,
    Peg,
    SelfTradePrevention,
    ShortSale,
    Side,
    TimeInForce,
)
from exchange.store.database import Database
from exchange.store.errors import StoreError
from exchange.store.order_queries import OrderFilter, order_with_fills, orders_by_cl_ord_id, orders_page
from exchange.store.progress import StoreProgress
from exchange.store.records import OrderRecord
from exchange.store.timely import TimelyQueries
from gateway.http.problems import Problem
from gateway.http.trading.order_views import OrderState

Result = TypeVar("Result")

RETRY_SECONDS = 1
"""When a read that came too early is worth trying again."""

_WORDS = {
    "peg": Peg,
    "self_trade_prevention": SelfTradePrevention,
    "contingency": Contingency,
    "short_sale": ShortSale,
}
"""Conditions that the store writes as names."""


class History:
    """What the store answers, in time."""

    def __init__(
        self, database: Database, queries: TimelyQueries, progress: StoreProgress, as_of_seconds: float
    ) -> None:
        """`as_of_seconds`: how long a read waits for the store to come as far as it asks for."""
        self.database = database
        self._queries = queries
        self._progress = progress
        self._as_of_seconds = as_of_seconds

    async def read(self, query: Coroutine[Any, Any, Result], as_of: int | None = None) -> Result:
        """What a query answers, with everything up to event `as_of` in it.

        Raises `StoreError`, and `Problem` 503 AS_OF_NOT_REACHED when the store does not come there in time.
        """
        try:
            await self._wait_for(as_of or 0)
        except (StoreError, Problem):
            # Of a query that was never begun Python would complain.
            query.close()
            raise
        return await self._queries.run(query)

    async def close(self) -> None:
        """Waits for queries under way."""
        await self._progress.close()
        await self._queries.close()

    async def orders(self, asked: OrderFilter, before: int | None, limit: int, as_of: int | None) -> list[OrderState]:
        """A page of orders, newest first. Raises as `read` does."""
        found = await self.read(orders_page(self.database, asked, before, limit), as_of)
        return [_state(record) for record in found]

    async def named_orders(self, session: str, cl_ord_id: str, as_of: int | None) -> list[OrderState]:
        """Orders of a session that have this identifier. Raises as `read` does."""
        found = await self.read(orders_by_cl_ord_id(self.database, session, cl_ord_id), as_of)
        return [_state(record) for record in found]

    async def order(self, order_id: int, as_of: int | None = None) -> OrderState | None:
        """One order; None when no order of this number was in the market. Raises as `read` does."""
        found = await self.read(order_with_fills(self.database, order_id), as_of)
        return None if found is None else _state(found.order)

    async def _wait_for(self, event: int) -> None:
        seconds = self._as_of_seconds
        if event and not await self._progress.wait_for(event, seconds):
            detail = f"as_of {event} is not in the store after {seconds:g} s, which has come to {self._progress.event}."
            headers = {"Retry-After": str(RETRY_SECONDS)}
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "AS_OF_NOT_REACHED", detail, headers)


def _state(record: OrderRecord) -> OrderState:
    terms = OrderTerms(
        record.order_id,
        record.session,
        record.cl_ord_id,
        record.account,
        record.symbol,
        Side[record.side],
        OrderType[record.order_type],
        TimeInForce[record.time_in_force],
        record.quantity,
        record.price,
        _conditions(record.conditions),
    )
    return OrderState(
        terms,
        OrderStatus[record.status],
        record.cumulative,
        record.leaves,
        record.notional,
        record.reason,
        record.entered_at,
        record.event,
    )


def _conditions(text: str) -> OrderConditions | None:
    if not text:
        return None
    stated: dict[str, Any] = msgspec.json.decode(text)
    for name, words in _WORDS.items():
        if stated.get(name) is not None:
            stated[name] = words[stated[name]]
    return msgspec.structs.replace(PLAIN, **stated)
