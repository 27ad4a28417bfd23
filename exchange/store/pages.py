"""Pages of rows, newest first: how many rows one has, where it begins, and how those of several accounts are merged.

Pages go on at a key, never at an offset: the tenth page costs what the first does, and no row is shown twice because
others came in between. Called by the queries.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import ColumnElement, Row, Select, Table, select, tuple_, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

Record = TypeVar("Record")
Query: TypeAlias = Select[tuple[Any, ...]]

ROWS_MAX = 1_000
"""The most rows of one page: some hundred kilobytes of answer, and a few milliseconds of this process."""

ROWS_USUAL = 100
"""Rows of a page that does not say how many."""

BRANCHES_MAX = 100
"""Accounts and states that one statement looks through, each by the index; more take several statements."""


async def newest(
    connection: AsyncConnection,
    make: Callable[..., Record],
    branches: Sequence[Query],
    order: Sequence[str],
    limit: int,
) -> list[Record]:
    """The first `limit` rows of all `branches` together, by the columns `order`, highest first; each by `make`.

    Each branch is cut to `limit` by itself, along its own index. Raises `ValueError` for a limit that no page has.
    """
    if not 1 <= limit <= ROWS_MAX:
        raise ValueError(f"limit {limit} is not from 1 to {ROWS_MAX}")
    found: list[Row[tuple[Any, ...]]] = []
    for start in range(0, len(branches), BRANCHES_MAX):
        found += await connection.execute(_together(branches[start : start + BRANCHES_MAX], order, limit))
    if len(branches) > BRANCHES_MAX:
        found.sort(key=lambda row: tuple(getattr(row, name) for name in order), reverse=True)
    return [make(*row) for row in found[:limit]]


def is_before(place: Sequence[ColumnElement[Any]], row: Table, before: int | str | None) -> list[ColumnElement[bool]]:
    """The condition that a row comes behind the one whose key is `before`; none, and an empty list, for a first page.

    `place` are the columns of the order, the key last. Behind a key that is not there, there is nothing.
    """
    if before is None:
        return []
    *leading, key = place
    last = row.alias("last_shown")
    columns = [select(last.c[column.name]).where(last.c[key.name] == before).scalar_subquery() for column in leading]
    return [tuple_(*place) < tuple_(*columns, before)]


def _together(branches: Sequence[Query], order: Sequence[str], limit: int) -> Any:
    cut = [
        branch.order_by(*(branch.selected_columns[name].desc() for name in order)).limit(limit) for branch in branches
    ]
    if len(cut) == 1:
        return cut[0]
    # SQLite takes no ORDER BY within a part of a UNION, but within a table that is made up.
    union = union_all(*(select(branch.subquery()) for branch in cut))
    return union.order_by(*(union.selected_columns[name].desc() for name in order)).limit(limit)
