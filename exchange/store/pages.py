"""Pages of rows, newest first: how many rows one has, where it begins, and how those of several accounts are merged.

Pages go on at a key, never at an offset: the tenth page costs what the first does, and no row is shown twice because
others came in between. Called by the queries.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Column, ColumnElement, Select, Table, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

Record = TypeVar("Record")
Query: TypeAlias = Select[tuple[Any, ...]]
Place: TypeAlias = tuple[Column[Any], ...]
"""The columns that rows are ordered by, the key last."""

ROWS_MAX = 1_000
"""The most rows of one page: some hundred kilobytes of answer, and a few milliseconds of this process."""

ROWS_USUAL = 100
"""Rows of a page that does not say how many."""

BRANCHES_MAX = 100
"""Accounts and states that one statement looks through, each by the index; more take several statements."""

_NUMBERED = re.compile(r"\$(\d+)")


async def newest(
    connection: AsyncConnection,
    make: Callable[..., Record],
    query: Query,
    place: Place,
    limit: int,
    values: Mapping[str, object] | None = None,
) -> list[Record]:
    """The first `limit` rows of `query` by `place`, highest first, as records; `values` are those of its parameters.

    Raises `ValueError` for a limit that no page has.
    """
    _check(limit)
    cut = query.order_by(*(column.desc() for column in place)).limit(limit)
    return [make(*row) for row in await connection.execute(cut, values or {})]


async def newest_of_each(
    connection: AsyncConnection,
    make: Callable[..., Record],
    query: Query,
    place: Place,
    limit: int,
    each: Sequence[Mapping[str, object]],
) -> list[Record]:
    """The first `limit` rows of `query` for all values of its parameters together.

    Every one is cut to `limit` along its own index. Raises `ValueError` for a limit that no page has.
    """
    _check(limit)
    if len(each) == 1:
        return await newest(connection, make, query, place, limit, each[0])
    key = place[-1]
    cut = query.with_only_columns(*place).order_by(*(column.desc() for column in place)).limit(limit)
    places: list[tuple[Any, ...]] = []
    for start in range(0, len(each), BRANCHES_MAX):
        places += await _places(connection, cut, each[start : start + BRANCHES_MAX])
    keys = [found[-1] for found in sorted(places, reverse=True)[:limit]]
    # The rows by themselves: a statement with every column in every branch takes longer to put together than to run.
    of_keys = select(key.table).where(key.in_(keys)).order_by(*(column.desc() for column in place))
    return [make(*row) for row in await connection.execute(of_keys)]


def is_before(place: Place, table: Table, before: int | str | None) -> list[ColumnElement[bool]]:
    """The condition that a row comes behind the one whose key is `before`; none, an empty list, for a first page.

    Behind a key that is not there, there is nothing.
    """
    if before is None:
        return []
    *leading, key = place
    last = table.alias("last_shown")
    columns = [select(last.c[column.name]).where(last.c[key.name] == before).scalar_subquery() for column in leading]
    return [tuple_(*place) < tuple_(*columns, before)]


async def _places(
    connection: AsyncConnection, cut: Query, each: Sequence[Mapping[str, object]]
) -> list[tuple[Any, ...]]:
    """What `cut` gives for each, by one statement that is compiled once however many there are."""
    compiled: Any = cut.compile(dialect=connection.dialect)
    branches: list[str] = []
    parameters: list[object] = []
    for values in each:
        given = [{**compiled.params, **values}[name] for name in compiled.positiontup]
        # SQLite takes no ORDER BY within a part of a UNION, but within a table that is made up.
        statement = _renumbered(str(compiled), len(parameters))
        branches.append(f"SELECT * FROM ({statement}) AS branch")  # noqa: S608 - values are parameters
        parameters += given
    found = await connection.exec_driver_sql(" UNION ALL ".join(branches), tuple(parameters))
    return [tuple(row) for row in found]


def _renumbered(statement: str, first: int) -> str:
    """PostgreSQL's parameters are numbered: those of a later part go on where the earlier ones end."""
    return _NUMBERED.sub(lambda number: f"${int(number[1]) + first}", statement)


def _check(limit: int) -> None:
    if not 1 <= limit <= ROWS_MAX:
        raise ValueError(f"limit {limit} is not from 1 to {ROWS_MAX}")
