"""Statements for many rows, compiled once: a batch costs the driver's time and no more.

Called by `projection` and `ledger_writer` inside the transaction of a batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import ClauseElement

from exchange.store.database import Database, Upsert
from exchange.store.order_rows import Row


class TableWriter:
    """Writes rows, given as tuples in the order of the table's columns."""

    def __init__(
        self,
        database: Database,
        table: Table,
        *,
        replaces: bool = False,
        keeps: Sequence[str] = (),
        changes: Callable[[Upsert], Mapping[str, Any]] | None = None,
    ) -> None:
        """A row whose key is there already is a mistake, unless rows replace or change those that are there.

        `replaces`: all columns but those named in `keeps`. `changes`: by expressions that hold no parameter.
        """
        columns = [column.name for column in table.columns]
        key = [column.name for column in table.primary_key]
        statement = database.insert(table)
        if replaces:
            replaced = {name: statement.excluded[name] for name in columns if name not in {*key, *keeps}}
            statement = statement.on_conflict_do_update(index_elements=key, set_=replaced)
        elif changes is not None:
            statement = statement.on_conflict_do_update(index_elements=key, set_=changes(statement))
        self._statement = str(statement.compile(dialect=database.dialect, column_keys=columns))

    async def __call__(self, connection: AsyncConnection, rows: list[Row]) -> None:
        """Writes `rows`, if there are any."""
        if rows:
            await connection.exec_driver_sql(self._statement, rows)


class RowStatement:
    """Any statement with named parameters, of which each row gives the values."""

    def __init__(self, database: Database, statement: ClauseElement, names: Sequence[str]) -> None:
        """`names` are the parameters' in the order in which rows have them."""
        compiled: Any = statement.compile(dialect=database.dialect)
        self._statement = str(compiled)
        # SQLite's parameters have no names: one that occurs twice is given twice. Its LIMIT brings one of its own.
        constants = {name: value for name, value in compiled.params.items() if name not in names}
        given = (*names, *constants)
        self._constants = tuple(constants.values())
        self._arranged = itemgetter(*(given.index(name) for name in compiled.positiontup))

    async def __call__(self, connection: AsyncConnection, rows: list[Row]) -> None:
        """Runs it for all `rows`, if there are any."""
        if rows:
            await connection.exec_driver_sql(self._statement, [self._arranged(row + self._constants) for row in rows])
