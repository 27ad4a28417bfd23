from __future__ import annotations

from exchange.events import Traded
from exchange.orders import Side
from exchange.store.candle_rows import Candle, candle_of, candle_rows, start_of

SECOND = 1_000_000_000


def traded(trade_id: int, second: int, price: int, quantity: int, symbol: str = "ACME") -> Traded:
    return Traded(trade_id, second * SECOND, symbol, trade_id, price, quantity, Side.BUY, 1, 2, "A1", "B2")


def test_trades_of_a_minute_are_one_candle_and_minutes_are_those_of_longer_spans() -> None:
    trades = [traded(1, 61, 100, 10), traded(2, 62, 104, 1), traded(3, 119, 99, 2), traded(4, 120, 101, 3)]
    assert candle_rows(trades) == [
        ("ACME", 60, 60 * SECOND, 100, 104, 99, 99, 13, 3, 1, 3),
        ("ACME", 60, 120 * SECOND, 101, 101, 101, 101, 3, 1, 4, 4),
        ("ACME", 300, 0, 100, 104, 99, 101, 16, 4, 1, 4),
        ("ACME", 3_600, 0, 100, 104, 99, 101, 16, 4, 1, 4),
        ("ACME", 86_400, 0, 100, 104, 99, 101, 16, 4, 1, 4),
    ]


def test_every_instrument_has_candles_of_its_own() -> None:
    rows = candle_rows([traded(1, 0, 100, 10), traded(2, 0, 50, 5, "MSFT"), traded(3, 1, 102, 1)])
    assert rows[:2] == [
        ("ACME", 60, 0, 100, 102, 100, 102, 11, 2, 1, 3),
        ("MSFT", 60, 0, 50, 50, 50, 50, 5, 1, 2, 2),
    ]
    assert candle_rows([]) == []


def test_pieces_in_which_nothing_traded_change_nothing() -> None:
    piece = Candle(10, 12, 9, 11, 100, 3)
    assert candle_of([Candle(), piece, Candle()]) == piece
    assert candle_of([piece, Candle(8, 8, 8, 8, 1, 1)]) == Candle(10, 12, 8, 8, 101, 4)
    assert candle_of([]) == Candle()


def test_a_span_begins_at_a_multiple_of_its_length() -> None:
    assert [start_of(at * SECOND + 5, 60) for at in (0, 59, 60, 121)] == [0, 0, 60 * SECOND, 120 * SECOND]
