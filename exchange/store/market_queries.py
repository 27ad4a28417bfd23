"""What is asked about the market's past: trades of an instrument, and candles.

Called by the interface for traders. Books, phases and last prices of now the venue itself is asked; these answer as of
the events that are in the tables (`progress`). Every function raises `StoreUnavailable` when the database does not
answer.
"""

from __future__ import annotations

from sqlalchemy import select

from exchange.store.candle_rows import SPANS_SECONDS
from exchange.store.database import Database
from exchange.store.pages import ROWS_USUAL, newest
from exchange.store.records import CandleRecord, TradeRecord
from exchange.store.schema import candles, trades


async def candles_page(
    database: Database, symbol: str, seconds: int, since: int = 0, until: int | None = None, limit: int = ROWS_USUAL
) -> list[CandleRecord]:
    """The latest candles of spans of `seconds` that began from `since` on and before `until`; oldest first.

    Spans without trades have none. The one that is not over yet is as of now. Raises `ValueError` for spans that are
    not kept.
    """
    if seconds not in SPANS_SECONDS:
        raise ValueError(f"candles of {seconds} s are not kept, but of {', '.join(map(str, SPANS_SECONDS))} s")
    columns = candles.c
    shown = [columns[name] for name in CandleRecord.__struct_fields__]
    query = select(*shown).where(
        columns.symbol == symbol, columns.seconds == seconds, columns.start >= since, columns.trades > 0
    )
    if until is not None:
        query = query.where(columns.start < until)
    async with database.reading() as connection:
        found = await newest(connection, CandleRecord, query, (columns.start,), limit)
    return found[::-1]


async def trades_page(
    database: Database, symbol: str, before: int | None = None, limit: int = ROWS_USUAL
) -> list[TradeRecord]:
    """The newest trades of an instrument, busted ones too, or those before trade `before`."""
    query = select(trades).where(trades.c.symbol == symbol)
    if before is not None:
        query = query.where(trades.c.trade_id < before)
    async with database.reading() as connection:
        return await newest(connection, TradeRecord, query, (trades.c.trade_id,), limit)
