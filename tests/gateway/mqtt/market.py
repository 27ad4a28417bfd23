"""A small real market that tests publish, and a subscriber that keeps what it hears as an outside program would."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from random import Random

import aiomqtt
import msgspec

from exchange.commands import Command, EnterOrder, ListInstrument, OpenAccount
from exchange.events import Event, Traded
from exchange.marketdata.depth import PublicBooks
from exchange.orders import OrderType, Side, TimeInForce
from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument
from exchange.venue import Venue
from gateway.mqtt.payloads import SnapshotPayload, TopPayload, TradePayload, TradeUpdate
from gateway.mqtt.topics import Topics

DEPTH = 5
START_AT = 1_767_225_600_000_000_001
"""2026-01-01T00:00:00.000000001Z"""


class Market:
    """A venue in which seeded orders around 10.00 meet."""

    def __init__(self, seed: int, symbols: tuple[str, ...] = ("ACME", "BRK/B")) -> None:
        self.venue = Venue()
        self.symbols = symbols
        self.trades = 0
        self._random = Random(seed)
        self._at = START_AT
        self._orders = 0

    def open(self) -> list[Event]:
        """The events of listing everything."""
        commands: list[Command] = [OpenAccount(Account("A", "Alice"))]
        commands += (ListInstrument(Instrument(s, 2, 1, 1, "USD", 1000, 1, 9999, 10**6)) for s in self.symbols)
        return [event for command in commands for event in self._apply(command)]

    def orders(self, count: int) -> list[Event]:
        """The events of some more orders."""
        events = [event for _ in range(count) for event in self._apply(self._order())]
        self.trades += sum(isinstance(event, Traded) for event in events)
        return events

    def book(self, symbol: str) -> dict[str, list[tuple[str, int, int]]]:
        """The book as the venue has it, in the form of a snapshot."""
        books = PublicBooks()
        for event in self.venue.public_state():
            books.apply(event)
        book = books[symbol]
        return {
            name: [(book.instrument.scale.text(e.price), e.quantity, e.orders) for e in book.depth(side, DEPTH)]
            for name, side in (("bids", Side.BUY), ("asks", Side.SELL))
        }

    def _order(self) -> EnterOrder:
        draw, self._orders = self._random, self._orders + 1
        side = draw.choice([Side.BUY, Side.SELL])
        price, quantity = 1000 + draw.randint(-6, 6), draw.randint(1, 9) * 10
        symbol = draw.choice(self.symbols)
        return EnterOrder("S", str(self._orders), "A", symbol, side, OrderType.LIMIT, TimeInForce.DAY, quantity, price)

    def _apply(self, command: Command) -> list[Event]:
        self._at += 1_000
        return self.venue.apply(command, self._at)


@dataclass
class Heard:
    """What came on the topics of one symbol."""

    trades: list[TradePayload] = field(default_factory=list)
    tops: list[TopPayload] = field(default_factory=list)
    snapshots: list[SnapshotPayload] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    """Topic kinds in which a sequence number was missing."""

    @property
    def trade_updates(self) -> list[TradeUpdate]:
        """Every trade once, in order."""
        return [update for message in self.trades for update in message.updates]


class Subscriber:
    """Hears one venue, connects again when the line is lost, and notes gaps as the documentation says."""

    def __init__(self, port: int, venue: str) -> None:
        self._port = port
        self._topics = Topics(venue)
        self.symbols: dict[str, Heard] = {}
        self.status: list[bytes] = []
        self.days: list[tuple[str, bytes]] = []
        """Topic and payload of what was told of phases, auctions and closes."""
        self.retained: list[str] = []
        """Topics of messages that came because they were retained."""
        self._last: dict[str, tuple[int, int]] = {}
        self._task: asyncio.Task[None] | None = None
        self.subscribed = asyncio.Event()

    async def __aenter__(self) -> Subscriber:
        self._task = asyncio.create_task(self._listen())
        await asyncio.wait_for(self.subscribed.wait(), 20)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.wait({self._task})

    def heard(self, symbol: str) -> Heard:
        return self.symbols.setdefault(symbol, Heard())

    def book(self, symbol: str) -> dict[str, list[tuple[str, int, int]]] | None:
        """The book after the latest snapshot."""
        snapshots = self.heard(symbol).snapshots
        if not snapshots:
            return None
        return {"bids": snapshots[-1].updates[0].bids, "asks": snapshots[-1].updates[0].asks}

    async def _listen(self) -> None:
        while True:
            try:
                async with aiomqtt.Client("127.0.0.1", self._port) as client:
                    await client.subscribe([(self._topics.everything, 1), (self._topics.status, 1)])
                    self.subscribed.set()
                    async for message in client.messages:
                        self._hear(message)
            except (aiomqtt.MqttError, OSError):
                await asyncio.sleep(0.02)

    def _hear(self, message: aiomqtt.Message) -> None:
        topic = message.topic.value
        assert isinstance(message.payload, bytes)
        if message.retain:
            self.retained.append(topic)
        if topic == self._topics.status:
            self.status.append(message.payload)
            return
        kind = topic.rsplit("/", 1)[1]
        if kind in ("phase", "auction", "statistics"):
            self.days.append((topic, message.payload))
            return
        payload = msgspec.json.decode(
            message.payload, type={"trade": TradePayload, "top": TopPayload, "snapshot": SnapshotPayload}[kind]
        )
        heard = self.heard(payload.symbol)
        epoch, sequence = self._last.get(topic, (0, 0))
        if payload.epoch == epoch and payload.sequence <= sequence:
            return  # heard before: a retained message again, or one sent again after a lost line
        if payload.epoch == epoch and payload.sequence > sequence + 1:
            heard.gaps.append(kind)
        self._last[topic] = payload.epoch, payload.sequence
        match payload:
            case TradePayload():
                heard.trades.append(payload)
            case TopPayload():
                heard.tops.append(payload)
            case SnapshotPayload():
                heard.snapshots.append(payload)
