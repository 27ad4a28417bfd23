"""What is to be published: takes events, gives the messages of one flush. Does no I/O and reads no clock.

Levels, phases and bands are conflated: however often a book changed, one message tells its present state. Trades and
what becomes of them (here: trades) are not: each goes out, in order, and stays here until the broker acknowledged it,
so that a lost connection loses none. While there is no connection they wait up to a bound; beyond it the oldest is
dropped, counted, and missing in `sequence`.
Used by `gateway.mqtt.publisher`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from msgspec import Struct

from exchange.events import (
    AuctionHeld,
    BandsChanged,
    ClosingPriceSet,
    Event,
    IndicativeChanged,
    PhaseChanged,
    TradeBusted,
    TradeCorrected,
    Traded,
)
from exchange.marketdata.depth import Level, PublicBook, PublicBooks
from exchange.orders import Side
from gateway.mqtt.day_payloads import AuctionEvent, auction_payload, phase_payload, statistics_payload
from gateway.mqtt.payloads import TradeEvent, encode, snapshot_payload, top_payload, trade_payload
from gateway.mqtt.topics import Kind, Topics

DEPTH_LEVELS = 10
"""Levels of each side in a snapshot, unless set otherwise."""

WAITING_TRADES_MAX = 50_000
"""Trades kept while the broker is away or slow: some 10 MiB, and minutes of a busy market."""

TRADES_PER_MESSAGE_MAX = 2_000
"""Trades in one message: 200 KiB, so that the message stays below what brokers take."""

AUCTIONS_KEPT = 32
"""Ended auctions of a symbol that are kept while the broker is away: more than a day has."""


class Message(Struct, frozen=True):
    """One message to publish."""

    topic: str
    payload: bytes
    qos: int
    """1 for trades: each must arrive. 0 for the rest: the next one replaces it."""
    retain: bool
    trades: int
    """Trades in it; 0 when it is no trade message."""


class Outbox:
    """The state of one run of the publisher, from which its messages are made."""

    def __init__(
        self,
        topics: Topics,
        epoch: int,
        *,
        depth_levels: int = DEPTH_LEVELS,
        waiting_trades_max: int = WAITING_TRADES_MAX,
    ) -> None:
        assert depth_levels > 0, f"a snapshot of {depth_levels} levels shows nothing"
        assert waiting_trades_max > 0, f"{waiting_trades_max} waiting trades are no bound that lets any through"
        self.topics = topics
        self.epoch = epoch
        self.books = PublicBooks()
        self.last_event = 0
        """Number of the last event taken."""
        self.dropped_trades = 0
        """Trades that were never published because the broker was away for too long."""
        self._depth_levels = depth_levels
        self._waiting_trades_max = waiting_trades_max
        self._sequences: dict[tuple[str, Kind], int] = {}
        self._new_trades: deque[TradeEvent] = deque()
        # Dictionaries as ordered sets: messages keep their order, books the one in which they changed.
        self._unacknowledged: dict[Message, None] = {}
        self._unacknowledged_trades = 0
        self._changed: dict[str, None] = {}
        self._phases_changed: dict[str, None] = {}
        self._closes_changed: dict[str, None] = {}
        self._auctions: dict[str, deque[AuctionEvent]] = {}
        self._tops_sent: dict[str, tuple[Level | None, Level | None]] = {}

    @property
    def waiting_trades(self) -> int:
        """Trades that the broker has not acknowledged yet."""
        return len(self._new_trades) + self._unacknowledged_trades

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to publish."""
        days = self._phases_changed or self._closes_changed or self._auctions
        return not (self._changed or self._new_trades or self._unacknowledged or days)

    def take(self, events: Iterable[Event]) -> None:
        """Take the next events of the venue. They must end where a command ends: books are whole only there."""
        for event in events:
            self.last_event = event.number
            book = self.books.apply(event)
            if book is None:
                continue
            match event:
                case PhaseChanged() | BandsChanged():
                    self._phases_changed[book.symbol] = None
                case ClosingPriceSet():
                    self._closes_changed[book.symbol] = None
                case IndicativeChanged() | AuctionHeld():
                    self._take_auction(event)
                case Traded() | TradeBusted() | TradeCorrected():
                    self._changed[book.symbol] = None
                    self._new_trades.append(event)
                    if self.waiting_trades > self._waiting_trades_max:
                        self._drop_oldest()
                case _:
                    self._changed[book.symbol] = None

    def repeat_state(self) -> None:
        """Have the next messages hold the state of every book: a broker just connected to may know none of it."""
        self._tops_sent.clear()
        self._changed = dict.fromkeys(self.books)
        self._phases_changed = {symbol: None for symbol, book in self.books.items() if book.phase or book.bands}
        self._closes_changed = {symbol: None for symbol, book in self.books.items() if book.close}

    def messages(self) -> list[Message]:
        """The messages of one flush: trades (unacknowledged ones again), the day's course, each changed book once.

        A message about a book is forgotten when it is given out; after a lost connection, call `repeat_state`.
        """
        self._pack_trades()
        messages = list(self._unacknowledged)
        messages.extend(self._day_messages())
        for symbol in self._changed:
            messages.extend(self._book_messages(self.books[symbol]))
        self._changed = {}
        return messages

    def acknowledge(self, message: Message) -> None:
        """The broker has this message for good."""
        if message in self._unacknowledged:
            del self._unacknowledged[message]
            self._unacknowledged_trades -= message.trades

    def _take_auction(self, event: AuctionEvent) -> None:
        """Of indications only the latest counts."""
        waiting = self._auctions.setdefault(event.symbol, deque(maxlen=AUCTIONS_KEPT))
        if waiting and isinstance(waiting[-1], IndicativeChanged):
            waiting.pop()
        waiting.append(event)

    def _day_messages(self) -> Iterable[Message]:
        for symbol, auctions in self._auctions.items():
            scale = self.books[symbol].instrument.scale
            sequence = self._next_sequence(symbol, Kind.AUCTION)
            payload = encode(auction_payload(self.epoch, sequence, tuple(auctions), scale))
            yield Message(self.topics.market_data(symbol, Kind.AUCTION), payload, 0, False, 0)
        for symbol in self._phases_changed:
            payload = encode(phase_payload(self.epoch, self._next_sequence(symbol, Kind.PHASE), self.books[symbol]))
            yield Message(self.topics.market_data(symbol, Kind.PHASE), payload, 0, True, 0)
        for symbol in self._closes_changed:
            sequence = self._next_sequence(symbol, Kind.STATISTICS)
            payload = encode(statistics_payload(self.epoch, sequence, self.books[symbol]))
            yield Message(self.topics.market_data(symbol, Kind.STATISTICS), payload, 0, True, 0)
        self._auctions, self._phases_changed, self._closes_changed = {}, {}, {}

    def _pack_trades(self) -> None:
        by_symbol: dict[str, list[TradeEvent]] = {}
        for trade in self._new_trades:
            by_symbol.setdefault(trade.symbol, []).append(trade)
        self._new_trades.clear()
        for symbol, trades in by_symbol.items():
            for start in range(0, len(trades), TRADES_PER_MESSAGE_MAX):
                message = self._trade_message(symbol, trades[start : start + TRADES_PER_MESSAGE_MAX])
                self._unacknowledged[message] = None
                self._unacknowledged_trades += message.trades

    def _trade_message(self, symbol: str, trades: Sequence[TradeEvent]) -> Message:
        scale = self.books[symbol].instrument.scale
        payload = trade_payload(self.epoch, self._next_sequence(symbol, Kind.TRADE), trades, scale)
        return Message(self.topics.market_data(symbol, Kind.TRADE), encode(payload), 1, False, len(trades))

    def _book_messages(self, book: PublicBook) -> Iterable[Message]:
        symbol = book.symbol
        top = book.best(Side.BUY), book.best(Side.SELL)
        if self._tops_sent.get(symbol) != top:
            self._tops_sent[symbol] = top
            payload = encode(top_payload(self.epoch, self._next_sequence(symbol, Kind.TOP), book))
            yield Message(self.topics.market_data(symbol, Kind.TOP), payload, 0, True, 0)
        snapshot = snapshot_payload(self.epoch, self._next_sequence(symbol, Kind.SNAPSHOT), book, self._depth_levels)
        yield Message(self.topics.market_data(symbol, Kind.SNAPSHOT), encode(snapshot), 0, True, 0)

    def _next_sequence(self, symbol: str, kind: Kind) -> int:
        sequence = self._sequences[symbol, kind] = self._sequences.get((symbol, kind), 0) + 1
        return sequence

    def _drop_oldest(self) -> None:
        """Drop the oldest trade, or the oldest message of trades: its number stays missing in `sequence`."""
        if self._unacknowledged:
            message = next(iter(self._unacknowledged))
            del self._unacknowledged[message]
            self._unacknowledged_trades -= message.trades
            self.dropped_trades += message.trades
        else:
            self._next_sequence(self._new_trades.popleft().symbol, Kind.TRADE)
            self.dropped_trades += 1
