"""The event stream written into tables, exactly once.

A batch of events and the checkpoint that says "up to here" are one transaction, and the checkpoint moves only from
where the batch begins. So a process killed at any point finds on return either all of the batch or nothing of it; a
second projector on the same tables is fenced; and a commit whose answer got lost is settled by reading the checkpoint
again. Called by the follower process and by `rebuild`, never by the matching loop. It keeps no place of its own: the
database's is the only one.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import time_ns

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from exchange.events import Event
from exchange.store.candles import addition, remake_candles
from exchange.store.database import Database
from exchange.store.errors import EventGap, Fenced
from exchange.store.ledger_writer import LedgerWriter
from exchange.store.rows import rows_of
from exchange.store.schema import (
    CHECKPOINT_NAME,
    accounts,
    candles,
    instruments,
    orders,
    projection_checkpoint,
    refused_orders,
    trades,
)
from exchange.store.table_writer import TableWriter

BATCH_EVENTS = 2_000
"""Events in one transaction, when so many wait. What moves the same balance or candle is added up before it is written,
so this is half as fast again as 500; larger ones gain little, hold the database's one writer longer than a twentieth of
a second, and lose more when the process is killed. One for a whole backlog might never end."""


class Projection:
    """Writes events into one database's tables, behind the checkpoint `name`."""

    def __init__(self, database: Database, name: str = CHECKPOINT_NAME) -> None:
        self._database = database
        self._name = name
        self._write_trade = TableWriter(database, trades)
        self._write_changed_trade = TableWriter(
            database, trades, replaces=True, keeps=("aggressor", "is_auction", "at")
        )
        self._write_refused_order = TableWriter(database, refused_orders)
        self._write_order = TableWriter(database, orders, replaces=True, keeps=("entered_at",))
        self._write_instrument = TableWriter(database, instruments, replaces=True)
        self._write_account = TableWriter(database, accounts, replaces=True)
        self._write_candle = TableWriter(database, candles, changes=addition)
        self._ledger = LedgerWriter(database)

    async def checkpoint(self) -> int:
        """The number of the last event that is in the tables; 0 when there is none."""
        number, _ = await self.place()
        return number

    async def place(self) -> tuple[int, int]:
        """Number and time of the last event that is in the tables; (0, 0) when there is none."""
        columns = projection_checkpoint.c
        async with self._database.reading() as connection:
            found = await connection.execute(select(columns.event, columns.event_at).where(columns.name == self._name))
            row = found.one_or_none()
        return (row.event, row.event_at) if row is not None else (0, 0)

    async def apply(self, events: Sequence[Event]) -> int:
        """Writes `events`, which begin right after the checkpoint, and returns the new checkpoint.

        Raises `EventGap` when the events do not follow each other, `Fenced` when the checkpoint is elsewhere,
        `StoreUnavailable` when the database is. After each of them, and after a lost answer, `checkpoint` tells
        where to go on.
        """
        if not events:
            return await self.checkpoint()
        first, last = events[0].number, events[-1].number
        if last - first + 1 != len(events):
            raise EventGap(f"{len(events)} events were given as numbers {first} to {last}: some are missing or doubled")
        rows = rows_of(events)
        async with self._database.writing() as connection:
            await self._advance(connection, first - 1, events[-1])
            await self._write_instrument(connection, rows.instruments)
            await self._write_account(connection, rows.accounts)
            await self._write_trade(connection, rows.trades)
            await self._write_changed_trade(connection, rows.changed_trades)
            await self._write_candle(connection, rows.candles)
            await remake_candles(connection, rows.changed_trades)
            await self._write_order(connection, rows.orders)
            await self._write_refused_order(connection, rows.refused_orders)
            await self._ledger.write(connection, rows.ledger)
        return last

    async def _advance(self, connection: AsyncConnection, at: int, last: Event) -> None:
        columns = projection_checkpoint.c
        place = {"event": last.number, "event_at": last.at, "updated_at": time_ns()}
        moved = await connection.execute(
            update(projection_checkpoint).where(columns.name == self._name, columns.event == at).values(place)
        )
        if moved.rowcount != 1 and at == 0:
            begin = self._database.insert(projection_checkpoint).values(name=self._name, **place)
            moved = await connection.execute(begin.on_conflict_do_nothing())
        if moved.rowcount != 1:
            raise Fenced(
                f"projection {self._name} of store {self._database} is not at event {at}, where the events {at + 1} to "
                f"{last.number} begin: somebody else projects into it, or this place is stale"
            )
