"""The table of candles, kept as trades come and made anew where a trade was busted or corrected.

Called by `projection` inside the transaction of a batch. A span whose trades were all busted keeps its row, with 0
trades: so the rows do not depend on how the events were cut into batches.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from exchange.store.candle_rows import SECOND, SPANS_SECONDS, Candle, candle_of, start_of
from exchange.store.database import Upsert
from exchange.store.order_rows import Row
from exchange.store.schema import candles, trades

_PIECE = (candles.c.open, candles.c.high, candles.c.low, candles.c.close, candles.c.quantity, candles.c.trades)


def addition(insert: Upsert) -> dict[str, ColumnElement[Any]]:
    """What becomes of the columns of a candle that is there when another piece of its span comes behind it."""
    there, more = candles.c, insert.excluded
    is_first = there.trades == literal_column("0")
    return {
        "open": case((is_first, more.open), else_=there.open),
        "high": case((or_(is_first, more.high > there.high), more.high), else_=there.high),
        "low": case((or_(is_first, more.low < there.low), more.low), else_=there.low),
        "close": more.close,
        "quantity": there.quantity + more.quantity,
        "trades": there.trades + more.trades,
        "last_trade_id": more.last_trade_id,
    }


async def remake_candles(connection: AsyncConnection, changed_trades: Sequence[Row]) -> None:
    """Makes the candles anew that these trades are in, from the trades as the table has them now."""
    if not changed_trades:
        return
    query = select(trades.c.symbol, trades.c.at).where(trades.c.trade_id.in_([row[0] for row in changed_trades]))
    changed = (await connection.execute(query)).all()
    shorter = 0
    for seconds in SPANS_SECONDS:
        for symbol, start in sorted({(row.symbol, start_of(row.at, seconds)) for row in changed}):
            pieces = await _pieces(connection, symbol, start, seconds, shorter)
            await _put(connection, symbol, start, seconds, candle_of(pieces))
        shorter = seconds


async def _pieces(connection: AsyncConnection, symbol: str, start: int, seconds: int, shorter: int) -> list[Candle]:
    """The candles of `shorter` spans within a span; its trades where there are none shorter."""
    last_moment = start + seconds * SECOND - 1
    if shorter:
        is_part = (candles.c.symbol == symbol) & (candles.c.seconds == shorter)
        is_part &= candles.c.start.between(start, last_moment)
        parts = await connection.execute(select(*_PIECE).where(is_part).order_by(candles.c.start))
        return [Candle(*row) for row in parts]
    this = (candles.c.symbol == symbol) & (candles.c.seconds == seconds) & (candles.c.start == start)
    ends = await connection.execute(select(candles.c.first_trade_id, candles.c.last_trade_id).where(this))
    is_part = (trades.c.symbol == symbol) & trades.c.trade_id.between(*ends.one()) & (trades.c.state != "BUSTED")
    is_part &= trades.c.at.between(start, last_moment)
    query = select(trades.c.price, trades.c.quantity).where(is_part).order_by(trades.c.trade_id)
    found = await connection.execute(query)
    return [Candle(row.price, row.price, row.price, row.price, row.quantity, 1) for row in found]


async def _put(connection: AsyncConnection, symbol: str, start: int, seconds: int, candle: Candle) -> None:
    columns = candles.c
    this = (columns.symbol == symbol) & (columns.seconds == seconds) & (columns.start == start)
    values = {name: getattr(candle, name) for name in candle.__struct_fields__}
    await connection.execute(update(candles).where(this).values(values))
