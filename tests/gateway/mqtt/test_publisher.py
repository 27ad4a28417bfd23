"""The publisher against real brokers: numbers without a gap, books that agree with the venue, and lost connections."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.children import ChildProcess, RestartPolicy
from gateway.mqtt.address import BrokerAddress
from gateway.mqtt.broker import EmbeddedBroker, accepts_mqtt
from gateway.mqtt.outbox import Outbox
from gateway.mqtt.publisher import MarketDataPublisher
from gateway.mqtt.topics import Topics
from tests.gateway.mqtt.market import DEPTH, Market, Subscriber

QUICK = RestartPolicy(first_delay_seconds=0.3, longest_delay_seconds=0.3)


class Broker:
    """A broker of either make, as tests use it."""

    def __init__(self, child: Callable[[], int], address: BrokerAddress) -> None:
        self._child_pid = child
        self.address = address

    @property
    def port(self) -> int:
        return self.address.port

    def kill(self) -> None:
        os.kill(self._child_pid(), signal.SIGKILL)

    def pause(self) -> None:
        os.kill(self._child_pid(), signal.SIGSTOP)

    def go_on(self) -> None:
        os.kill(self._child_pid(), signal.SIGCONT)


@pytest.fixture(params=["embedded", "mosquitto"])
async def broker(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Broker]:
    start = embedded if request.param == "embedded" else mosquitto
    async with start(tmp_path) as broker:
        yield broker


@asynccontextmanager
async def embedded(folder: Path) -> AsyncIterator[Broker]:
    broker = EmbeddedBroker(folder / "broker", port=0, policy=QUICK)
    host, port = await broker.start()
    user, password = broker.publisher
    try:
        yield Broker(lambda: (broker.state and broker.state.pid) or 0, BrokerAddress(host, port, False, user, password))
    finally:
        await broker.stop()


@asynccontextmanager
async def mosquitto(folder: Path) -> AsyncIterator[Broker]:
    program = shutil.which("mosquitto") or shutil.which("/usr/sbin/mosquitto")
    if program is None:
        pytest.skip("mosquitto is not installed: the publisher is tested with the embedded broker alone")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = folder / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
    child = ChildProcess("mosquitto", [program, "-c", str(config)], policy=QUICK)
    await child.start()
    while not await accepts_mqtt("127.0.0.1", port, ("any", "any")):
        await asyncio.sleep(0.02)
    try:
        yield Broker(lambda: child.state.pid or 0, BrokerAddress("127.0.0.1", port))
    finally:
        await child.stop()


@asynccontextmanager
async def publishing(
    outbox: Outbox, address: BrokerAddress, flush_interval_seconds: float = 0.02
) -> AsyncIterator[MarketDataPublisher]:
    publisher = MarketDataPublisher(outbox, address, flush_interval_seconds=flush_interval_seconds, seed=1)
    task = asyncio.create_task(publisher.run())
    try:
        yield publisher
    finally:
        publisher.stop()
        await asyncio.wait_for(task, 20)


async def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the awaited condition did not come"
        await asyncio.sleep(0.01)


def outbox_of(market: Market, waiting_trades_max: int = 50_000) -> Outbox:
    outbox = Outbox(Topics("v"), 7, depth_levels=DEPTH, waiting_trades_max=waiting_trades_max)
    outbox.take(market.open())
    return outbox


def agree(subscriber: Subscriber, market: Market) -> bool:
    return all(subscriber.book(symbol) == market.book(symbol) for symbol in market.symbols)


def trades_heard(subscriber: Subscriber, market: Market) -> int:
    return sum(len(subscriber.heard(symbol).trade_updates) for symbol in market.symbols)


async def test_a_subscriber_hears_every_trade_and_the_book_of_the_venue(broker: Broker) -> None:
    market = Market(seed=1)
    outbox = outbox_of(market)
    async with publishing(outbox, broker.address) as publisher, Subscriber(broker.port, "v") as subscriber:
        await until(lambda: publisher.figures.connected)
        for _ in range(40):
            outbox.take(market.orders(25))
            await asyncio.sleep(0.005)
        await until(lambda: trades_heard(subscriber, market) == market.trades and agree(subscriber, market))
        assert market.trades > 300
        for symbol in market.symbols:
            heard = subscriber.heard(symbol)
            assert heard.gaps == []
            events = [update.event for update in heard.trade_updates]
            assert events == sorted(events)
            assert len(heard.snapshots) < 40, "levels are conflated"
            assert heard.trade_updates[-1] == heard.snapshots[-1].updates[0].last
            snapshot, top = heard.snapshots[-1].updates[0], heard.tops[-1].updates[0]
            assert (top.bid, top.ask) == (snapshot.bids[0], snapshot.asks[0])
        assert outbox.waiting_trades == 0


async def test_a_late_subscriber_gets_book_top_and_status_at_once_but_no_old_trade(broker: Broker) -> None:
    market = Market(seed=2)
    outbox = outbox_of(market)
    async with publishing(outbox, broker.address), Subscriber(broker.port, "v") as early:
        outbox.take(market.orders(200))
        await until(lambda: agree(early, market))
        async with Subscriber(broker.port, "v") as late:
            await until(lambda: agree(late, market) and b"online" in late.status)
            await until(lambda: len(late.retained) == 5)
            assert sorted(late.retained) == [
                "fixpit/v1/v/md/ACME/snapshot",
                "fixpit/v1/v/md/ACME/top",
                "fixpit/v1/v/md/BRK%2FB/snapshot",
                "fixpit/v1/v/md/BRK%2FB/top",
                "fixpit/v1/v/status",
            ]
            assert trades_heard(late, market) == 0


async def test_stopping_publishes_what_is_left_and_offline(broker: Broker) -> None:
    market = Market(seed=3)
    outbox = outbox_of(market)
    async with Subscriber(broker.port, "v") as subscriber:
        async with publishing(outbox, broker.address, flush_interval_seconds=30) as publisher:
            await until(lambda: publisher.figures.flushes == 1)
            outbox.take(market.orders(100))
        await until(lambda: subscriber.status[-1:] == [b"offline"])
        await until(lambda: trades_heard(subscriber, market) == market.trades and agree(subscriber, market))
        assert subscriber.status == [b"online", b"offline"]


async def test_after_the_brokers_death_the_snapshot_repairs_every_book(broker: Broker) -> None:
    market = Market(seed=4)
    outbox = outbox_of(market)
    async with publishing(outbox, broker.address) as publisher, Subscriber(broker.port, "v") as subscriber:
        outbox.take(market.orders(100))
        await until(lambda: agree(subscriber, market))
        broker.kill()
        await until(lambda: not publisher.figures.connected)
        outbox.take(market.orders(300))
        await until(lambda: publisher.figures.connected and outbox.is_empty)
        outbox.take(market.orders(50))
        await until(lambda: agree(subscriber, market))
        assert publisher.figures.reconnects >= 1
        assert str(broker.port) in publisher.figures.last_error
        for symbol in market.symbols:
            heard = subscriber.heard(symbol)
            missed = heard.trades[-1].sequence - len(heard.trades)
            assert (missed > 0) == ("trade" in heard.gaps), "what the subscriber missed shows in the numbers"
        async with Subscriber(broker.port, "v") as late:
            await until(lambda: agree(late, market))


async def test_a_broker_that_is_away_for_long_costs_the_oldest_trades_and_says_so(broker: Broker) -> None:
    market = Market(seed=5)
    outbox = outbox_of(market, waiting_trades_max=20)
    outbox.take(market.orders(300))
    assert outbox.dropped_trades == market.trades - 20 > 0
    async with Subscriber(broker.port, "v") as subscriber, publishing(outbox, broker.address):
        await until(lambda: trades_heard(subscriber, market) == 20 and agree(subscriber, market))
        first = {symbol: subscriber.heard(symbol).trades[0].sequence for symbol in market.symbols}
        assert sum(first.values()) - len(first) == outbox.dropped_trades


async def test_a_broker_that_hangs_delays_and_loses_nothing(broker: Broker) -> None:
    market = Market(seed=6)
    outbox = outbox_of(market)
    async with publishing(outbox, broker.address) as publisher, Subscriber(broker.port, "v") as subscriber:
        await until(lambda: publisher.figures.connected and agree(subscriber, market))
        broker.pause()
        try:
            for _ in range(20):
                outbox.take(market.orders(20))
                await asyncio.sleep(0.02)
            assert outbox.waiting_trades > 0
        finally:
            broker.go_on()
        await until(lambda: trades_heard(subscriber, market) == market.trades and agree(subscriber, market))
        assert all(subscriber.heard(symbol).gaps == [] for symbol in market.symbols)


async def test_no_broker_is_waited_for_with_growing_pauses_and_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    outbox = outbox_of(Market(seed=7))
    async with publishing(outbox, BrokerAddress("127.0.0.1", port)) as publisher:
        await until(lambda: publisher.figures.reconnects >= 3)
        assert not publisher.figures.connected
        assert publisher.figures.last_error.startswith(f"mqtt://127.0.0.1:{port}: ")
    assert publisher.figures.published == 0


async def test_wrong_credentials_are_said(tmp_path: Path) -> None:
    async with embedded(tmp_path) as broker:
        address = BrokerAddress("127.0.0.1", broker.port, username="publisher", password="wrong")
        async with publishing(outbox_of(Market(seed=8)), address) as publisher:
            await until(lambda: "authori" in publisher.figures.last_error.lower())
