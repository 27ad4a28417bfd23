"""The projected tables made anew from the events, and two stores compared row for row.

For the day when the tables cannot follow the log any more: it lost events the tables have (power failure), or no longer
keeps events they lack. `users` and `fix_sessions` are not derived from events and stay. Called by the command line
while the exchange is stopped; a follower at work is fenced out, or fences this out.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, Text, collate, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from exchange.events import Event
from exchange.store.database import Database
from exchange.store.projection import Projection
from exchange.store.schema import CHECKPOINT_NAME, PROJECTED, metadata, projection_checkpoint

Item = TypeVar("Item")

REBUILD_BATCH_EVENTS = 5_000
"""Events in one transaction of a rebuild. Nobody else waits for the database, and larger ones are no faster."""

COMPARED_ROWS = 1_000
"""Rows of either store in memory while two are compared."""

DIFFERENCES_MAX = 100
"""Differences that are listed: after these a rebuild is due, whatever follows."""

PROJECTORS_OWN = frozenset({"updated_at"})
"""Columns that tell when a row was written and do not follow from the events."""


async def rebuild(database: Database, events: Iterable[Event]) -> int:
    """Empties the projected tables and fills them from `events`, which are the venue's from the first on.

    Returns the number of the last event. When it is stopped halfway the tables hold the events up to the checkpoint;
    start it again. Raises what `Projection.apply` raises.
    """
    async with database.writing() as connection:
        await connection.run_sync(_make_anew)
        await connection.execute(delete(projection_checkpoint).where(projection_checkpoint.c.name == CHECKPOINT_NAME))
    projection = Projection(database)
    last = 0
    for batch in _batches(events, REBUILD_BATCH_EVENTS):
        last = await projection.apply(batch)
    return last


async def verify(live: Database, rebuilt: Database) -> list[str]:
    """Compares the projected tables and checkpoints of two stores; each difference is a sentence, none means equal."""
    differences: list[str] = []
    async with live.reading() as one, rebuilt.reading() as other:
        for table in (*PROJECTED, projection_checkpoint):
            async for difference in _compare(table, one, other):
                differences.append(difference)
                if len(differences) == DIFFERENCES_MAX:
                    return differences
    return differences


def _make_anew(connection: Connection) -> None:
    metadata.drop_all(connection, PROJECTED)
    metadata.create_all(connection, PROJECTED)


def _batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


async def _compare(table: Table, live: AsyncConnection, rebuilt: AsyncConnection) -> AsyncIterator[str]:
    key = len(table.primary_key)
    rows, others = _rows(table, live), _rows(table, rebuilt)
    row, other = await anext(rows, None), await anext(others, None)
    while row is not None or other is not None:
        if other is None or (row is not None and row[:key] < other[:key]):
            yield f"{table.name}: only the live store has {row}"
            row = await anext(rows, None)
        elif row is None or other[:key] < row[:key]:
            yield f"{table.name}: only the rebuilt store has {other}"
            other = await anext(others, None)
        else:
            if row != other:
                yield f"{table.name}: the live store has {row}, the rebuilt one {other}"
            row, other = await anext(rows, None), await anext(others, None)


async def _rows(table: Table, connection: AsyncConnection) -> AsyncIterator[tuple[Any, ...]]:
    """All rows by primary key, which is every table's first columns; texts by code point on both databases."""
    is_postgresql = connection.dialect.name == "postgresql"
    order = [
        collate(column, "C") if is_postgresql and isinstance(column.type, Text) else column
        for column in table.primary_key
    ]
    columns = [column for column in table.columns if column.name not in PROJECTORS_OWN]
    result = await connection.stream(select(*columns).order_by(*order).execution_options(yield_per=COMPARED_ROWS))
    async for row in result:
        yield tuple(row)
