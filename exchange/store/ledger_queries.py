"""What is asked about money and shares: postings, statements of a business day, fees, settlements, corporate actions.

Called by the interface for traders; who may see which account it has found out before. Balances and positions of now
the venue itself is asked; these answer as of the events that are in the tables (`progress`). Every function raises
`StoreUnavailable` when the database does not answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct
from sqlalchemy import ScalarSelect, bindparam, select, tuple_

from exchange.postings import Bucket
from exchange.store.database import Database
from exchange.store.pages import ROWS_MAX, ROWS_USUAL, is_before, newest, newest_of_each
from exchange.store.records import ActionRecord, DayBalance, FeesOfDay, PostingRecord, SettlementRecord
from exchange.store.schema import balances, corporate_actions, daily_balances, postings, settlement_days, settlements


class PostingPlace(NamedTuple):
    """Where a page of postings goes on: behind this line."""

    event: int
    line: int


class Statement(Struct, frozen=True):
    """One business day of one account."""

    account: str
    date: int
    balances: tuple[DayBalance, ...]
    """Of every asset and bucket that something was ever posted to up to that day; by asset and bucket."""
    lines: tuple[PostingRecord, ...]
    """The day's postings, newest first: the first page of them, `postings_page` has the others."""


async def postings_page(
    database: Database,
    account: str,
    date: int | None = None,
    before: PostingPlace | None = None,
    limit: int = ROWS_USUAL,
) -> list[PostingRecord]:
    """The newest postings of an account, of one business day if `date` is given; by day, and by event within it."""
    columns = postings.c
    query = select(postings).where(columns.account == account)
    async with database.reading() as connection:
        if date is not None:
            place = (columns.event, columns.line)
            query = query.where(columns.date == date, *(() if before is None else [tuple_(*place) < before]))
            return await newest(connection, PostingRecord, query, place, limit)
        if before is not None:
            last = postings.alias("last_shown")
            day = select(last.c.date).where(last.c.event == before.event, last.c.line == before.line).scalar_subquery()
            query = query.where(tuple_(columns.date, columns.event, columns.line) < tuple_(day, *before))
        return await newest(connection, PostingRecord, query, (columns.date, columns.event, columns.line), limit)


async def statement(database: Database, account: str, date: int, limit: int = ROWS_USUAL) -> Statement:
    """An account's business day: what stood before, the first `limit` lines, what stood after."""
    key = balances.c
    query = (
        select(key.asset, key.bucket, _closing(date - 1).label("opening"), _closing(date).label("closing"))
        .where(key.account == account)
        .order_by(key.asset, key.bucket)
    )
    async with database.reading() as connection:
        found = await connection.execute(query)
        # What was first posted to on a later day had no balance yet.
        rows = [row for row in found if row.closing is not None]
        of_day = select(postings).where(postings.c.account == account, postings.c.date == date)
        lines = await newest(connection, PostingRecord, of_day, (postings.c.event, postings.c.line), limit)
    days = [DayBalance(row.asset, row.bucket, row.opening or 0, row.closing) for row in rows]
    return Statement(account, date, tuple(days), tuple(lines))


async def fees(database: Database, account: str, since: int, until: int) -> list[FeesOfDay]:
    """What an account paid on the business days from `since` to `until`, both included; oldest first.

    Days without fees are left out; after `ROWS_MAX` rows the list ends, and goes on from the last one's date on.
    """
    paying = (balances.c.account == account) & (balances.c.bucket == Bucket.FEES.name)
    days = daily_balances.c
    is_same = (days.account == account) & (days.asset == balances.c.asset) & (days.bucket == Bucket.FEES.name)
    before = _closing_before_day()
    query = (
        select(days.date, days.asset, days.closing, before.label("before"))
        .select_from(balances.join(daily_balances, is_same))
        .where(paying, days.date.between(since, until))
        .order_by(days.date, days.asset)
        .limit(ROWS_MAX)
    )
    async with database.reading() as connection:
        found = await connection.execute(query)
        return [FeesOfDay(row.date, row.asset, row.closing - (row.before or 0), row.closing) for row in found]


async def settlements_page(
    database: Database, accounts: Sequence[str], before: int | None = None, limit: int = ROWS_USUAL
) -> list[SettlementRecord]:
    """What was settled and what failed, newest first, or before event `before`. What is due yet, the venue knows."""
    columns = settlements.c
    query = select(settlements).where(columns.account == bindparam("of_account"))
    if before is not None:
        query = query.where(columns.event < before)
    each = [{"of_account": account} for account in dict.fromkeys(accounts)]
    async with database.reading() as connection:
        return await newest_of_each(connection, SettlementRecord, query, (columns.event,), limit, each)


async def corporate_actions_page(
    database: Database, symbol: str = "", before: str | None = None, limit: int = ROWS_USUAL
) -> list[ActionRecord]:
    """Announced and done actions, the latest ex date first, of one instrument or all; or those behind `before`."""
    place = (corporate_actions.c.ex_date, corporate_actions.c.action_id)
    query = select(corporate_actions).where(*is_before(place, corporate_actions, before))
    if symbol:
        query = query.where(corporate_actions.c.symbol == symbol)
    async with database.reading() as connection:
        return await newest(connection, ActionRecord, query, place, limit)


async def settlement_dates(database: Database, market: str, limit: int = ROWS_USUAL) -> list[int]:
    """The business days that a market has had, the latest first."""
    query = select(settlement_days.c.date).where(settlement_days.c.market == market)
    async with database.reading() as connection:
        return await newest(connection, int, query, (settlement_days.c.date,), limit)


def _closing(date: int) -> ScalarSelect[int]:
    """What stood at the end of the last day up to `date` on which something was posted to a row of `balances`."""
    days = daily_balances.alias()
    is_same = [days.c[name] == balances.c[name] for name in ("account", "asset", "bucket")]
    query = select(days.c.closing).where(*is_same, days.c.date <= date)
    return query.order_by(days.c.date.desc()).limit(1).scalar_subquery()


def _closing_before_day() -> ScalarSelect[int]:
    """What stood before a row of `daily_balances`."""
    days = daily_balances.alias("day_before")
    is_same = [days.c[name] == daily_balances.c[name] for name in ("account", "asset", "bucket")]
    query = select(days.c.closing).where(*is_same, days.c.date < daily_balances.c.date)
    return query.order_by(days.c.date.desc()).limit(1).scalar_subquery()
