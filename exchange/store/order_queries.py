"""What is asked about orders and their fills, newest first, along an index whatever is asked for.

Called by the interface for traders; who may see which account it has found out before. Every function raises
`StoreUnavailable` when the database does not answer, and answers as of the events that are in the tables (`progress`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct
from sqlalchemy import ColumnElement, bindparam, select

from exchange.store.database import Database
from exchange.store.pages import ROWS_USUAL, is_before, newest, newest_of_each
from exchange.store.records import FillRecord, OrderRecord, RefusedOrderRecord
from exchange.store.schema import fills, orders, refused_orders

FILLS_OF_ORDER_MAX = 1_000
"""Fills that an order is shown with, the newest; all of them are in its account's."""


class OrderFilter(Struct, frozen=True):
    """Which orders are asked for: all conditions hold together, an empty one does not count."""

    accounts: tuple[str, ...]
    symbol: str = ""
    side: str = ""
    """`BUY` or `SELL`."""
    statuses: tuple[str, ...] = ()
    """Names of `OrderStatus`."""
    since: int = 0
    """Entered at or after; nanoseconds."""
    until: int | None = None
    """Entered before."""


class FillFilter(Struct, frozen=True):
    """Which fills are asked for."""

    accounts: tuple[str, ...]
    symbol: str = ""
    since: int = 0
    """Traded at or after; nanoseconds."""
    until: int | None = None
    """Traded before."""


class OrderWithFills(Struct, frozen=True):
    """An order and what it traded."""

    order: OrderRecord
    fills: tuple[FillRecord, ...]
    """Newest first, at most `FILLS_OF_ORDER_MAX`. Only of accounts whose trades the venue clears."""


async def orders_page(
    database: Database, asked: OrderFilter, before: int | None = None, limit: int = ROWS_USUAL
) -> list[OrderRecord]:
    """The newest orders, or those entered before order `before`."""
    columns = orders.c
    place = (columns.entered_at, columns.order_id)
    conditions = [columns.account == bindparam("of_account"), *is_before(place, orders, before)]
    conditions += _times(columns.entered_at, asked.since, asked.until)
    if asked.symbol:
        conditions.append(columns.symbol == asked.symbol)
    if asked.side:
        conditions.append(columns.side == asked.side)
    each: list[Mapping[str, object]] = _each(asked.accounts)
    if asked.statuses:
        conditions.append(columns.status == bindparam("of_status"))
        each = [{**values, "of_status": status} for values in each for status in dict.fromkeys(asked.statuses)]
    async with database.reading() as connection:
        return await newest_of_each(connection, OrderRecord, select(orders).where(*conditions), place, limit, each)


async def order_with_fills(database: Database, order_id: int) -> OrderWithFills | None:
    """One order; None when no order of that number was in the market."""
    async with database.reading() as connection:
        row = (await connection.execute(select(orders).where(orders.c.order_id == order_id))).one_or_none()
        if row is None:
            return None
        of_order = select(fills).where(fills.c.order_id == order_id)
        found = await newest(connection, FillRecord, of_order, (fills.c.fill_id,), FILLS_OF_ORDER_MAX)
    return OrderWithFills(OrderRecord(*tuple(row)), tuple(found))


async def orders_by_cl_ord_id(
    database: Database, session: str, cl_ord_id: str, limit: int = ROWS_USUAL
) -> list[OrderRecord]:
    """Orders that have this identifier now. A session may use one again on another day."""
    columns = orders.c
    query = select(orders).where(columns.session == session, columns.cl_ord_id == cl_ord_id)
    async with database.reading() as connection:
        return await newest(connection, OrderRecord, query, (columns.order_id,), limit)


async def refused_orders_page(
    database: Database, accounts: Sequence[str], before: int | None = None, limit: int = ROWS_USUAL
) -> list[RefusedOrderRecord]:
    """The newest refused orders, or those refused before event `before`."""
    columns = refused_orders.c
    query = select(refused_orders).where(columns.account == bindparam("of_account"))
    if before is not None:
        query = query.where(columns.event < before)
    async with database.reading() as connection:
        return await newest_of_each(connection, RefusedOrderRecord, query, (columns.event,), limit, _each(accounts))


async def fills_page(
    database: Database, asked: FillFilter, before: int | None = None, limit: int = ROWS_USUAL
) -> list[FillRecord]:
    """The newest fills, or those before fill `before`: the trades of some accounts, with what they settle."""
    columns = fills.c
    place = (columns.at, columns.fill_id)
    conditions = [columns.account == bindparam("of_account"), *is_before(place, fills, before)]
    conditions += _times(columns.at, asked.since, asked.until)
    if asked.symbol:
        conditions.append(columns.symbol == asked.symbol)
    query = select(fills).where(*conditions)
    async with database.reading() as connection:
        return await newest_of_each(connection, FillRecord, query, place, limit, _each(asked.accounts))


def _each(accounts: Sequence[str]) -> list[Mapping[str, object]]:
    return [{"of_account": account} for account in dict.fromkeys(accounts)]


def _times(column: ColumnElement[int], since: int, until: int | None) -> list[ColumnElement[bool]]:
    conditions = [column >= since] if since else []
    return conditions if until is None else [*conditions, column < until]
