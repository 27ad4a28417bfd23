"""The JSON of each topic, byte for byte."""

from __future__ import annotations

import msgspec
import pytest

from exchange.events import InstrumentListed, LevelChanged, TradeBusted, TradeCorrected, Traded
from exchange.marketdata.depth import PublicBook
from exchange.orders import UNPRICED, Side
from exchange.reference.instruments import Instrument
from gateway.mqtt.payloads import (
    SnapshotPayload,
    TradeEvent,
    encode,
    snapshot_payload,
    time_text,
    top_payload,
    trade_payload,
)

AT = 1_767_225_600_123_456_789
INSTRUMENT = Instrument("ACME", 4, 1, 1, "USD", 100_000, 1, 999_999, 10**6)
TRADES = [
    Traded(8, AT + 1, "ACME", 3, 100_500, 40, Side.BUY, 1, 2, "ALICE", "BOB"),
    Traded(9, AT + 2, "ACME", 4, 100_000, 60, Side.SELL, 1, 2, "ALICE", "BOB"),
]
TRADE_8 = (
    '{"event":8,"at":"2026-01-01T00:00:00.123456790Z","trade_id":3,"price":"10.05","quantity":40,"aggressor":"buy"}'
)
TRADE_9 = '{"event":9,"at":"2026-01-01T00:00:00.123456791Z","trade_id":4,"price":"10","quantity":60,"aggressor":"sell"}'


def book() -> PublicBook:
    book = PublicBook(InstrumentListed(1, AT, INSTRUMENT))
    book.apply(LevelChanged(2, AT, "ACME", Side.BUY, 99_995, 300, 2))
    book.apply(LevelChanged(3, AT, "ACME", Side.BUY, 99_990, 100, 1))
    return book


def test_trades_are_listed_in_order_without_their_owners() -> None:
    assert encode(trade_payload(17, 5, TRADES, INSTRUMENT.scale)).decode() == (
        '{"schema":1,"epoch":17,"sequence":5,"symbol":"ACME","event":9,"at":"2026-01-01T00:00:00.123456791Z",'
        f'"updates":[{TRADE_8},{TRADE_9}],"revisions":[]}}'
    )


def test_a_trade_in_an_auction_has_no_aggressor() -> None:
    trade = msgspec.structs.replace(TRADES[0], is_auction=True)
    assert trade_payload(17, 5, [trade], INSTRUMENT.scale).updates[0].aggressor is None


def test_busts_and_corrections_stand_beside_the_trades() -> None:
    sides = (1, 2, "ALICE", "BOB")
    revised: list[TradeEvent] = [
        TRADES[0],
        TradeBusted(10, AT, "ACME", 3, 100_500, 40, *sides, "error"),
        TradeCorrected(11, AT, "ACME", 4, 99_900, 50, 100_000, 60, *sides, "price"),
    ]
    head = '{"schema":1,"epoch":17,"sequence":6,"symbol":"ACME","event":11,"at":"2026-01-01T00:00:00.123456789Z",'
    at = '"at":"2026-01-01T00:00:00.123456789Z"'
    assert encode(trade_payload(17, 6, revised, INSTRUMENT.scale)).decode() == (
        f'{head}"updates":[{TRADE_8}],"revisions":['
        f'{{"event":10,{at},"trade_id":3,"kind":"busted","price":"10.05","quantity":40,"reason":"error"}},'
        f'{{"event":11,{at},"trade_id":4,"kind":"corrected","price":"9.99","quantity":50,"reason":"price"}}]}}'
    )


def test_market_orders_that_wait_have_the_price_market() -> None:
    waiting = book()
    waiting.apply(LevelChanged(4, AT, "ACME", Side.BUY, UNPRICED, 70, 1))
    assert top_payload(17, 1, waiting).updates[0].bid == ("market", 70, 1)


def test_an_empty_side_of_the_top_is_null() -> None:
    assert encode(top_payload(17, 1, book())).decode() == (
        '{"schema":1,"epoch":17,"sequence":1,"symbol":"ACME","event":3,"at":"2026-01-01T00:00:00.123456789Z",'
        '"updates":[{"bid":["9.9995",300,2],"ask":null}]}'
    )


@pytest.mark.parametrize(
    ("levels", "bids"),
    [(1, '[["9.9995",300,2]]'), (2, '[["9.9995",300,2],["9.999",100,1]]')],
)
def test_a_snapshot_has_so_many_levels_and_the_last_trade(levels: int, bids: str) -> None:
    traded = book()
    traded.apply(TRADES[0])
    head = '{"schema":1,"epoch":17,"sequence":2,"symbol":"ACME",'
    assert encode(snapshot_payload(17, 2, book(), levels)).decode() == (
        f'{head}"event":3,"at":"2026-01-01T00:00:00.123456789Z","updates":[{{"bids":{bids},"asks":[],"last":null}}]}}'
    )
    assert encode(snapshot_payload(17, 2, traded, levels)).decode() == (
        f'{head}"event":8,"at":"2026-01-01T00:00:00.123456790Z",'
        f'"updates":[{{"bids":{bids},"asks":[],"last":{TRADE_8}}}]}}'
    )


def test_a_subscriber_in_python_reads_what_was_written() -> None:
    payload = snapshot_payload(17, 2, book(), 10)
    assert msgspec.json.decode(encode(payload), type=SnapshotPayload) == payload


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (0, "1970-01-01T00:00:00.000000000Z"),
        (1, "1970-01-01T00:00:00.000000001Z"),
        (999_999_999, "1970-01-01T00:00:00.999999999Z"),
        (1_000_000_000, "1970-01-01T00:00:01.000000000Z"),
        (AT, "2026-01-01T00:00:00.123456789Z"),
    ],
)
def test_times_have_nine_digits(at: int, text: str) -> None:
    assert time_text(at) == text
