"""Rows of money and shares into their tables, and the balances moved by what was posted.

Called by `projection` inside the transaction of a batch. Markets have business days of their own, so a posting may be
of an earlier day than one before it: it moves that day's balance and those of all later ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from typing import Any

from sqlalchemy import bindparam, func, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from exchange.store.database import Database, Upsert
from exchange.store.ledger_rows import LedgerRows
from exchange.store.order_rows import Row
from exchange.store.schema import (
    balances,
    corporate_actions,
    daily_balances,
    fills,
    postings,
    risk_limits,
    settlement_days,
    settlements,
    stock_positions,
    stop_losses,
)
from exchange.store.table_writer import RowStatement, TableWriter

BALANCE_KEY = ("account", "asset", "bucket")


class LedgerWriter:
    """Writes what clearing events left into one store."""

    def __init__(self, database: Database) -> None:
        self._write_fill = TableWriter(database, fills)
        self._write_changed_fill = TableWriter(database, fills, replaces=True, keeps=("date", "at"))
        self._write_position = TableWriter(database, stock_positions, replaces=True)
        self._write_posting = TableWriter(database, postings)
        self._write_settlement = TableWriter(database, settlements)
        self._write_action = TableWriter(database, corporate_actions, replaces=True)
        self._write_limits = TableWriter(database, risk_limits, replaces=True)
        self._write_stop = TableWriter(database, stop_losses, replaces=True)
        self._write_day = TableWriter(database, settlement_days, replaces=True)
        self._move = TableWriter(database, balances, changes=_addition)
        self._daily = _DailyBalances(database)

    async def write(self, connection: AsyncConnection, rows: LedgerRows) -> None:
        """Writes all of it."""
        await self._write_fill(connection, rows.fills)
        await self._write_changed_fill(connection, rows.changed_fills)
        await self._write_position(connection, rows.stock_positions)
        await self._write_posting(connection, rows.postings)
        await self._move(connection, rows.movements)
        await self._daily.move(connection, rows.daily_movements)
        await self._write_settlement(connection, rows.settlements)
        await self._write_action(connection, rows.corporate_actions)
        await self._write_limits(connection, rows.risk_limits)
        await self._write_stop(connection, rows.stop_losses)
        await self._write_day(connection, rows.settlement_days)


class _DailyBalances:
    """What stood at the end of each business day: a day begins with what stood at the end of the one before."""

    def __init__(self, database: Database) -> None:
        days, earlier = daily_balances.c, daily_balances.alias("earlier").c
        key = {name: bindparam(f"of_{name}", type_=days[name].type) for name in (*BALANCE_KEY, "date")}
        moved = bindparam("moved", type_=days.closing.type)
        names = (*(parameter.key for parameter in key.values()), moved.key)
        opening = (
            select(earlier.closing)
            .where(*(earlier[name] == key[name] for name in BALANCE_KEY), earlier.date < key["date"])
            .order_by(earlier.date.desc())
            .limit(1)
        )
        begin = database.insert(daily_balances).values(
            **key, closing=func.coalesce(opening.scalar_subquery(), literal_column("0")) + moved
        )
        move = begin.on_conflict_do_update(
            index_elements=(*BALANCE_KEY, "date"), set_={"closing": days.closing + moved}
        )
        is_later = [*(days[name] == key[name] for name in BALANCE_KEY), days.date > key["date"]]
        move_later = update(daily_balances).where(*is_later).values(closing=days.closing + moved)
        self._move = RowStatement(database, move, names)
        self._move_later = RowStatement(database, move_later, names)

    async def move(self, connection: AsyncConnection, movements: list[Row]) -> None:
        """Adds an amount to each of some days' balances, and to those of later days."""
        # A day that is new begins with what stands before it: so days that are there move first, and then all in order.
        await self._move_later(connection, movements)
        await self._move(connection, sorted(movements, key=itemgetter(-2)))


def _addition(insert: Upsert) -> Mapping[str, Any]:
    return {"amount": balances.c.amount + insert.excluded.amount}
