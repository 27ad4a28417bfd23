"""The JSON of market data messages: made here, and read back by subscribers written in Python.

Each payload says which run of the publisher it is from (`epoch`) and counts within it (`sequence`, for each topic of
its own, from 1 without a gap): a subscriber that finds a later epoch forgets what it counted, one that finds a gap has
missed messages and waits for the next snapshot. A trade is contained in a snapshot when its `event` is not above the
snapshot's. Prices are decimal text (`market` for orders that wait without one), quantities whole shares, times UTC text
with nanoseconds. The payloads of phases and auctions stand in `day_payloads`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeAlias

import msgspec
from msgspec import Struct

from exchange.events import TradeBusted, TradeCorrected, Traded
from exchange.marketdata.depth import Level, PublicBook
from exchange.orders import UNPRICED, Side
from exchange.reference.units import PriceScale

SCHEMA = 1
"""Version of these payloads. New fields may come within a version; a subscriber ignores what it does not know."""

NANOSECONDS = 1_000_000_000

UNPRICED_TEXT = "market"
"""The price of market orders that wait in the book."""

PriceLevel = tuple[str, int, int]
"""Price, quantity, number of orders."""

TradeEvent: TypeAlias = Traded | TradeBusted | TradeCorrected
"""What the topic `trade` tells."""


class TradeUpdate(Struct):
    """One trade."""

    event: int
    """Number of the trade's event on the venue."""
    at: str
    trade_id: int
    price: str
    quantity: int
    aggressor: str | None
    """`buy` or `sell`: the side whose order came second; null of a trade in an auction."""


class TradeRevision(Struct):
    """What became of a trade that was told before."""

    event: int
    at: str
    trade_id: int
    kind: str
    """`busted`: it never was. `corrected`: it has this price and quantity."""
    price: str
    quantity: int
    reason: str


class TopUpdate(Struct):
    """The best level of each side; null when the side is empty."""

    bid: PriceLevel | None
    ask: PriceLevel | None


class SnapshotUpdate(Struct):
    """The book, the best level first, and the last trade; null before the first one that the publisher saw."""

    bids: list[PriceLevel]
    asks: list[PriceLevel]
    last: TradeUpdate | None


class Payload(Struct):
    """What the payloads of all topics have in common."""

    schema: int
    epoch: int
    """The publisher's run: later runs have greater numbers. Milliseconds since 1970 when it began."""
    sequence: int
    """Counts the messages of this topic in this epoch, from 1. Each trade that had to be dropped leaves one out."""
    symbol: str
    event: int
    """Number of the symbol's last event that is contained."""
    at: str
    """When that event happened, `2026-01-02T03:04:05.678901234Z`."""


class TradePayload(Payload):
    """Topic `trade`: every trade since the message before, in order, and every bust and correction."""

    updates: list[TradeUpdate]
    revisions: list[TradeRevision] = []


class TopPayload(Payload):
    """Topic `top`, retained: the present best bid and offer. What was in between is left out."""

    updates: list[TopUpdate]


class SnapshotPayload(Payload):
    """Topic `snapshot`, retained: the present book. What was in between is left out."""

    updates: list[SnapshotUpdate]


encode = msgspec.json.Encoder().encode
"""The bytes of a payload."""


def trade_payload(epoch: int, sequence: int, trades: Sequence[TradeEvent], scale: PriceScale) -> TradePayload:
    """The message for trades of one symbol and what became of former ones; there must be at least one of them."""
    last = trades[-1]
    updates = [trade_update(trade, scale) for trade in trades if isinstance(trade, Traded)]
    revisions = [_revision(trade, scale) for trade in trades if not isinstance(trade, Traded)]
    return TradePayload(SCHEMA, epoch, sequence, last.symbol, last.number, time_text(last.at), updates, revisions)


def top_payload(epoch: int, sequence: int, book: PublicBook) -> TopPayload:
    """The message for the best levels of a book."""
    scale = book.instrument.scale
    bid, ask = book.best(Side.BUY), book.best(Side.SELL)
    update = TopUpdate(
        bid=_price_level(bid, scale) if bid is not None else None,
        ask=_price_level(ask, scale) if ask is not None else None,
    )
    return TopPayload(SCHEMA, epoch, sequence, book.symbol, book.event, time_text(book.at), [update])


def snapshot_payload(epoch: int, sequence: int, book: PublicBook, levels: int) -> SnapshotPayload:
    """The message for a book to a number of levels on each side."""
    scale = book.instrument.scale
    update = SnapshotUpdate(
        bids=[_price_level(level, scale) for level in book.depth(Side.BUY, levels)],
        asks=[_price_level(level, scale) for level in book.depth(Side.SELL, levels)],
        last=trade_update(book.last_trade, scale) if book.last_trade is not None else None,
    )
    return SnapshotPayload(SCHEMA, epoch, sequence, book.symbol, book.event, time_text(book.at), [update])


def trade_update(trade: Traded, scale: PriceScale) -> TradeUpdate:
    """One trade as subscribers see it: without the two owners."""
    return TradeUpdate(
        event=trade.number,
        at=time_text(trade.at),
        trade_id=trade.trade_id,
        price=scale.text(trade.price),
        quantity=trade.quantity,
        aggressor=None if trade.is_auction else "buy" if trade.aggressor is Side.BUY else "sell",
    )


def _revision(event: TradeBusted | TradeCorrected, scale: PriceScale) -> TradeRevision:
    return TradeRevision(
        event=event.number,
        at=time_text(event.at),
        trade_id=event.trade_id,
        kind="busted" if isinstance(event, TradeBusted) else "corrected",
        price=scale.text(event.price),
        quantity=event.quantity,
        reason=event.reason,
    )


def time_text(at: int) -> str:
    """Nanoseconds since 1970 UTC as text with nine digits behind the second."""
    seconds, nanoseconds = divmod(at, NANOSECONDS)
    return f"{_second_text(seconds)}.{nanoseconds:09d}Z"


@lru_cache(maxsize=8)
def _second_text(seconds: int) -> str:
    """All events of a flush lie in one second or two."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _price_level(level: Level, scale: PriceScale) -> PriceLevel:
    price = UNPRICED_TEXT if level.price == UNPRICED else scale.text(level.price)
    return price, level.quantity, level.orders
