"""Candles: opening, highest, lowest and closing price of spans of time, and how many shares traded.

Pure: pieces put together, where a piece is a trade or a shorter candle. Called by `rows` for the trades of a batch and
by `candles` for spans in which a trade was busted or corrected.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import astuple

from exchange.events import Traded
from exchange.store.order_rows import Row
from exchange.store.texts import kept

SPANS_SECONDS = (60, 300, 3_600, 86_400)
"""The candles that are kept. Each is a multiple of the one before, from which it can be made; days are those of UTC."""

SECOND = 1_000_000_000


class Candle(Struct):
    """Of one span, or of a part of it; all 0 when nothing traded."""

    open: int = 0
    high: int = 0
    low: int = 0
    close: int = 0
    quantity: int = 0
    trades: int = 0

    def add(self, piece: Candle) -> None:
        """Puts what followed behind it."""
        if not piece.trades:
            return
        if not self.trades:
            self.open, self.high, self.low = piece.open, piece.high, piece.low
        self.high = max(self.high, piece.high)
        self.low = min(self.low, piece.low)
        self.close = piece.close
        self.quantity += piece.quantity
        self.trades += piece.trades


def candle_of(pieces: Iterable[Candle]) -> Candle:
    """The candle of pieces in the order of time."""
    candle = Candle()
    for piece in pieces:
        candle.add(piece)
    return candle


def start_of(at: int, seconds: int) -> int:
    """When the span began that a time is in."""
    return at - at % (seconds * SECOND)


def candle_rows(trades: Sequence[Traded]) -> list[Row]:
    """What trades in a row add to the table's candles of every span."""
    spans: dict[tuple[str, int], _Span] = {}
    for trade in trades:
        piece = Candle(trade.price, trade.price, trade.price, trade.price, trade.quantity, 1)
        _add(spans, trade.symbol, start_of(trade.at, SPANS_SECONDS[0]), _Span(piece, trade.trade_id, trade.trade_id))
    rows = _rows(spans, SPANS_SECONDS[0])
    for seconds in SPANS_SECONDS[1:]:
        shorter, spans = spans, {}
        for (symbol, start), span in shorter.items():
            _add(spans, symbol, start_of(start, seconds), span)
        rows += _rows(spans, seconds)
    return rows


class _Span(Struct):
    candle: Candle
    first_trade_id: int
    last_trade_id: int


def _add(spans: dict[tuple[str, int], _Span], symbol: str, start: int, piece: _Span) -> None:
    span = spans.get((symbol, start))
    if span is None:
        span = spans[symbol, start] = _Span(Candle(), piece.first_trade_id, 0)
    span.candle.add(piece.candle)
    span.last_trade_id = piece.last_trade_id


def _rows(spans: dict[tuple[str, int], _Span], seconds: int) -> list[Row]:
    return [
        (kept(symbol), seconds, start, *astuple(span.candle), span.first_trade_id, span.last_trade_id)
        for (symbol, start), span in spans.items()
    ]
