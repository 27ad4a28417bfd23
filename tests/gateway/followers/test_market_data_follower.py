"""The market data follower as a process: it begins with the opening, follows the log, and ends as it should."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from exchange.events import Event
from exchange.sequencing.event_log import EventLogReader, EventLogWriter
from gateway.children import ChildProcess, RestartPolicy
from gateway.followers.market_data import (
    EXIT_EVENTS_GONE,
    PASSWORD_VARIABLE,
    STATUS_FILE,
    USERNAME_VARIABLE,
    CommitFeed,
    Status,
    parse_options,
)
from gateway.mqtt.broker import EmbeddedBroker
from gateway.mqtt.outbox import DEPTH_LEVELS
from tests.gateway.mqtt.market import DEPTH, Market, Subscriber

QUICK = RestartPolicy(first_delay_seconds=0.1, stop_grace_seconds=8)
ONE_SHOT = RestartPolicy(stop_grace_seconds=8, final_exits={0: "ended", 1: "failed", EXIT_EVENTS_GONE: "gone"})


class Exchange:
    """The matching side: a market whose events go to the log, and the broker."""

    def __init__(self, data: Path, broker: EmbeddedBroker, port: int) -> None:
        self.data, self.broker, self.port = data, broker, port
        self.market = Market(seed=9)
        (data / "events").mkdir()
        self.log = EventLogWriter(data / "events", opening=self.market.venue.public_state)
        self.log.open()
        self.log.start_segment()
        self.append(self.market.open())

    def append(self, events: Sequence[Event]) -> None:
        self.log.append(events)

    def follower(self, policy: RestartPolicy = QUICK) -> ChildProcess:
        user, password = self.broker.publisher
        command = [sys.executable, "-m", "gateway.followers.market_data", "--data", str(self.data)]
        command += ["--url", f"mqtt://127.0.0.1:{self.port}", "--venue", "v", "--flush-ms", "20"]
        command += ["--depth", str(DEPTH)]
        return ChildProcess(
            "market data", command, policy=policy, environment={USERNAME_VARIABLE: user, PASSWORD_VARIABLE: password}
        )

    def status(self) -> Status | None:
        path = self.data / "events" / STATUS_FILE
        return msgspec.json.decode(path.read_bytes(), type=Status) if path.exists() else None

    def reached(self, number: int) -> bool:
        status = self.status()
        return status is not None and status.event == number and status.connected


@pytest.fixture
async def exchange(tmp_path: Path) -> AsyncIterator[Exchange]:
    broker = EmbeddedBroker(tmp_path / "broker", port=0, policy=QUICK)
    _, port = await broker.start()
    exchange = Exchange(tmp_path, broker, port)
    yield exchange
    exchange.log.close()
    await broker.stop()


@asynccontextmanager
async def running(child: ChildProcess) -> AsyncIterator[ChildProcess]:
    await child.start()
    try:
        yield child
    finally:
        await child.stop()


async def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the awaited condition did not come"
        await asyncio.sleep(0.01)


def agree(subscriber: Subscriber, market: Market) -> bool:
    return all(subscriber.book(symbol) == market.book(symbol) for symbol in market.symbols)


async def test_it_publishes_the_opening_and_what_follows_over_a_roll(exchange: Exchange) -> None:
    market = exchange.market
    exchange.append(market.orders(200))
    exchange.log.start_segment()
    before = market.trades
    async with Subscriber(exchange.port, "v") as subscriber, running(exchange.follower()) as child:
        await until(lambda: agree(subscriber, market))
        for _ in range(10):
            exchange.append(market.orders(20))
            await asyncio.sleep(0.01)
        exchange.log.start_segment()
        exchange.append(market.orders(20))
        await until(lambda: exchange.reached(market.venue.last_event))
        heard = [subscriber.heard(symbol) for symbol in market.symbols]
        await until(lambda: sum(len(each.trade_updates) for each in heard) == market.trades - before)
        await until(lambda: agree(subscriber, market))
        assert all(each.gaps == [] for each in heard)
        status = exchange.status()
        assert status is not None
        assert (status.pid, status.lag_seconds, status.dropped_trades, status.last_error) == (child.state.pid, 0, 0, "")
        assert status.published > 0
        await child.stop()
        assert child.state.last_exit == 0
        await until(lambda: subscriber.status[-1:] == [b"offline"])
        status = exchange.status()
        assert status is not None
        assert not status.connected


async def test_started_again_after_kill_9_it_begins_a_new_epoch_and_the_books_agree(exchange: Exchange) -> None:
    market = exchange.market
    async with Subscriber(exchange.port, "v") as subscriber, running(exchange.follower()) as child:
        exchange.append(market.orders(50))
        await until(lambda: agree(subscriber, market))
        first_epoch = subscriber.heard("ACME").snapshots[-1].epoch
        assert child.state.pid is not None
        os.kill(child.state.pid, signal.SIGKILL)
        exchange.append(market.orders(50))
        await until(lambda: agree(subscriber, market))
        assert subscriber.heard("ACME").snapshots[-1].epoch > first_epoch
        assert subscriber.status[-2:] == [b"offline", b"online"], "the will tells of its death"


async def test_a_killed_broker_is_found_again_and_the_books_agree(exchange: Exchange) -> None:
    market = exchange.market
    async with Subscriber(exchange.port, "v") as subscriber, running(exchange.follower()) as child:
        await until(lambda: agree(subscriber, market))
        assert exchange.broker.state is not None
        assert exchange.broker.state.pid is not None
        os.kill(exchange.broker.state.pid, signal.SIGKILL)
        killed = time.monotonic()
        exchange.append(market.orders(100))
        await until(lambda: agree(subscriber, market))
        assert time.monotonic() - killed < 15
        assert child.state.restarts == 0


async def test_it_ends_when_the_log_is_gone_and_says_so(exchange: Exchange) -> None:
    async with running(exchange.follower(ONE_SHOT)) as child:
        await until(lambda: exchange.reached(exchange.market.venue.last_event))
        exchange.log.close()
        other = Exchange(make_folder(exchange.data / "other"), exchange.broker, exchange.port)
        other.append(other.market.orders(500))
        other.log.start_segment()
        other.append(other.market.orders(1))
        other.log.close()
        for segment in (exchange.data / "events").glob("*.events"):
            segment.unlink()
        newest = max((other.data / "events").glob("*.events"))
        newest.rename(exchange.data / "events" / newest.name)
        await until(lambda: child.state.failure == "gone")


async def test_it_ends_by_itself_when_its_parent_is_another(exchange: Exchange) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway.followers.market_data", "--data", str(exchange.data), "--parent", "1"),
        *("--url", f"mqtt://127.0.0.1:{exchange.port}", "--venue", "v"),
        stderr=asyncio.subprocess.PIPE,
    )
    _, stderr = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0
    assert b"the process that started this one is gone" in stderr


def test_a_batch_ends_where_a_commit_does(tmp_path: Path) -> None:
    market = Market(seed=3)
    log = EventLogWriter(tmp_path, opening=market.venue.public_state)
    log.open()
    log.append(market.open())
    log.append(market.orders(100))
    log.close()
    feed = CommitFeed(EventLogReader(tmp_path, None), read_events=7)
    events: list[Event] = []
    while True:
        batch = feed.read()
        if batch and events:
            assert batch[0].at != events[-1].at, "a commit was cut"
        events += batch
        if feed.is_caught_up:
            break
    assert events == list(EventLogReader(tmp_path, None).read(10**6))


def make_folder(path: Path) -> Path:
    path.mkdir()
    return path


def test_credentials_come_from_the_environment() -> None:
    arguments = ["--data", "/d", "--url", "mqtt://h:1", "--venue", "v", "--flush-ms", "250", "--parent", "5"]
    options = parse_options(arguments, {USERNAME_VARIABLE: "u", PASSWORD_VARIABLE: "p"})
    assert (options.address.username, options.address.password) == ("u", "p")
    assert (options.events, options.flush_interval_seconds) == (Path("/d/events"), 0.25)
    assert (options.depth_levels, options.parent_pid) == (DEPTH_LEVELS, 5)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (["--url", "http://h"], "--url: a broker's URL begins with mqtt://"),
        (["--flush-ms", "0"], "argument --flush-ms: 0 is not 1 or more"),
        (["--depth", "x"], "argument --depth"),
    ],
)
def test_wrong_options_are_said(change: list[str], text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_options(["--data", "/d", "--url", "mqtt://h", "--venue", "v", *change], {})
    assert ended.value.code == 2
    assert text in capsys.readouterr().err
