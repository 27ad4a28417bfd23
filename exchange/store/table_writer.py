"""One table's INSERT, compiled once: a batch of rows costs the driver's time and no more.

Called by `projection` and `ledger_writer` inside the transaction of a batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

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
