"""The public book of each symbol, built from events alone: levels, trades, and where in its day the instrument is.

Not the matching book: it knows no order and may be a moment behind. The MQTT publisher and the web page each keep one,
fed from the event log or from the venue's public state and the events that follow. No I/O, no payloads.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping
from typing import TypeAlias, assert_never

import msgspec
from msgspec import Struct

from exchange.events import (
    AuctionHeld,
    BandsChanged,
    ClosingPriceSet,
    Event,
    IndicativeChanged,
    InstrumentListed,
    LevelChanged,
    PhaseChanged,
    TradeBusted,
    TradeCorrected,
    Traded,
)
from exchange.orders import UNPRICED, Side
from exchange.reference.instruments import Instrument

BookEvent: TypeAlias = InstrumentListed | LevelChanged | Traded | TradeBusted | TradeCorrected
"""What changes what a book shows."""

DayEvent: TypeAlias = PhaseChanged | IndicativeChanged | AuctionHeld | BandsChanged | ClosingPriceSet
"""What tells where in its day an instrument is."""


class Level(Struct, frozen=True, gc=False):
    """What one price shows."""

    price: int
    """In units of the instrument's price scale; `UNPRICED` for market orders that wait, before all limits."""
    quantity: int
    """Shares that can be seen and traded at this price."""
    orders: int


class PublicBook:
    """One symbol's public state after the events applied so far.

    Between two events of one command the book may be crossed or short of a level; it is whole after the last of them.
    """

    __slots__ = (
        "_asks", "_bids", "at", "auction", "bands", "close", "event", "indicative", "instrument", "last_trade", "phase",
        "traded_quantity", "trades",
    )  # fmt: skip

    def __init__(self, listed: InstrumentListed) -> None:
        self.instrument: Instrument = listed.instrument
        self.event = listed.number
        """Number of the last event that is contained. A trade with a number up to it is contained too."""
        self.at = listed.at
        """Time of that event, nanoseconds since 1970 UTC."""
        self.last_trade: Traded | None = None
        """The latest trade this book was told of, as corrected; trades before its first event are not known to it.

        None also when the latest was busted.
        """
        self.trades = 0
        """Trades it was told of, less those that were busted."""
        self.traded_quantity = 0
        """Shares in them."""
        self.phase: PhaseChanged | None = None
        """How the present phase began; None before the first change that it was told of."""
        self.bands: BandsChanged | None = None
        self.indicative: IndicativeChanged | None = None
        """What the auction under way would bring; None when none is, or nothing was told of it yet."""
        self.auction: AuctionHeld | None = None
        """The last auction that ended."""
        self.close: ClosingPriceSet | None = None
        self._bids = _BookSide(Side.BUY)
        self._asks = _BookSide(Side.SELL)

    @property
    def symbol(self) -> str:
        """The symbol of the instrument."""
        return self.instrument.symbol

    def apply(self, event: BookEvent | DayEvent) -> None:
        """Take the next event of this symbol."""
        match event:
            case LevelChanged():
                self._side(event.side).put(Level(event.price, event.quantity, event.orders))
            case Traded():
                self.last_trade = event
                self.trades += 1
                self.traded_quantity += event.quantity
            case TradeBusted() | TradeCorrected():
                self._revise(event)
            case InstrumentListed():
                self.instrument = event.instrument
            case IndicativeChanged():
                self.indicative = event
            case AuctionHeld():
                self.auction, self.indicative = event, None
            case PhaseChanged():
                self.phase, self.indicative = event, None
            case BandsChanged():
                self.bands = event
            case ClosingPriceSet():
                self.close = event
            case _:
                assert_never(event)
        self.event = event.number
        self.at = event.at

    def best(self, side: Side) -> Level | None:
        """The best level of one side; None when the side is empty."""
        return self._side(side).best()

    def depth(self, side: Side, levels: int) -> list[Level]:
        """Up to `levels` levels of one side, the best first."""
        return self._side(side).first(levels)

    def _revise(self, event: TradeBusted | TradeCorrected) -> None:
        last = self.last_trade
        is_last = last is not None and last.trade_id == event.trade_id
        if isinstance(event, TradeBusted):
            self.trades -= 1
            self.traded_quantity -= event.quantity
            if is_last:
                self.last_trade = None
            return
        self.traded_quantity += event.quantity - event.previous_quantity
        if last is not None and is_last:
            self.last_trade = msgspec.structs.replace(last, price=event.price, quantity=event.quantity)

    def _side(self, side: Side) -> _BookSide:
        return self._bids if side is Side.BUY else self._asks


class PublicBooks(Mapping[str, PublicBook]):
    """The public books of a venue by symbol, in the order the instruments were listed."""

    __slots__ = ("_books",)

    def __init__(self) -> None:
        self._books: dict[str, PublicBook] = {}

    def apply(self, event: Event) -> PublicBook | None:
        """Take the next event; returns the book it changed, None when it is no public event of a listed symbol."""
        match event:
            case LevelChanged() | Traded() | PhaseChanged() | IndicativeChanged() | BandsChanged():
                book = self._books.get(event.symbol)
            case AuctionHeld() | ClosingPriceSet() | TradeBusted() | TradeCorrected():
                book = self._books.get(event.symbol)
            case InstrumentListed():
                symbol = event.instrument.symbol
                book = self._books.get(symbol)
                if book is None:
                    book = self._books[symbol] = PublicBook(event)
            case _:
                return None
        if book is not None:
            book.apply(event)
        return book

    def __getitem__(self, symbol: str) -> PublicBook:
        return self._books[symbol]

    def __iter__(self) -> Iterator[str]:
        return iter(self._books)

    def __len__(self) -> int:
        return len(self._books)


class _BookSide:
    """The levels of one side, ordered by a key that is smaller the better the price."""

    __slots__ = ("_keys", "_levels", "_sign")

    def __init__(self, side: Side) -> None:
        self._sign = -int(side)
        self._keys: list[int] = []
        self._levels: dict[int, Level] = {}

    def put(self, level: Level) -> None:
        # What has no price comes before all limits, on either side.
        key = level.price if level.price == UNPRICED else level.price * self._sign
        if level.quantity > 0:
            if key not in self._levels:
                insort(self._keys, key)
            self._levels[key] = level
        elif self._levels.pop(key, None) is not None:
            del self._keys[bisect_left(self._keys, key)]

    def best(self) -> Level | None:
        return self._levels[self._keys[0]] if self._keys else None

    def first(self, count: int) -> list[Level]:
        return [self._levels[key] for key in self._keys[:count]]
