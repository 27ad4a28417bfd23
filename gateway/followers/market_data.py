"""The child process that publishes market data: `python -m gateway.followers.market_data --data DIR --url mqtt://…`.

It begins with the public state that the newest part of the event log opens with, follows the log, and publishes over
MQTT until SIGTERM, or until its parent is gone. It keeps no state of its own: when it is started again, a new epoch
begins. How it goes stands in `events/market_data.status`. Credentials for the broker come by environment variables,
because other users of the machine can read a command line.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import structlog
import uvloop

from exchange.events import Event
from exchange.sequencing.data_folder import DataPaths
from exchange.sequencing.event_log import EventLogReader, EventsGone
from gateway.mqtt.address import BrokerAddress, parse_broker_url
from gateway.mqtt.outbox import DEPTH_LEVELS, WAITING_TRADES_MAX, Outbox
from gateway.mqtt.publisher import MarketDataPublisher
from gateway.mqtt.topics import Topics

log = structlog.get_logger(__name__)

USERNAME_VARIABLE = "FIXPIT_MQTT_USERNAME"
PASSWORD_VARIABLE = "FIXPIT_MQTT_PASSWORD"  # noqa: S105 - the name of a variable

STATUS_FILE = "market_data.status"
"""Name of the status file, beside the event log's segments."""

EXIT_EVENTS_GONE = 3
"""The log no longer has the next event. Started again, the follower begins with the present state."""

READ_EVENTS = 1_000
"""Events of one read: some 2 ms of work, after which the publisher has a turn."""

IDLE_SHARE_OF_FLUSH = 3
IDLE_SECONDS_MAX = 0.05
"""With nothing new, the log is looked at so many times in a flush interval, but at least this often."""

HELD_EVENTS_MAX = 1_000_000
"""Events that may be held back until their commit is complete. A commit has at most some ten thousand."""

STATUS_SECONDS = 0.25
"""How often the status file is written while something changes."""

STATUS_UNCHANGED_SECONDS = 1.0
"""How often it is written when nothing does, to show that this process lives. Replacing a file costs some 2 ms."""

NICENESS = 5
"""Matching comes first when the processors are busy."""

STOP_SECONDS_MAX = 4.0
"""Time to end after SIGTERM, below the grace of whoever sent it."""


@dataclass(frozen=True)
class FollowerOptions:
    """What the command line says."""

    events: Path
    address: BrokerAddress
    venue: str
    flush_interval_seconds: float
    depth_levels: int
    waiting_trades_max: int
    seed: int
    parent_pid: int


class Status(msgspec.Struct):
    """The status file: JSON, replaced as a whole, at least once a second."""

    pid: int
    updated_at: int
    """Nanoseconds since 1970 UTC."""
    broker: str
    connected: bool
    epoch: int
    event: int
    """Number of the last event taken from the log."""
    lag_seconds: float
    """For how long there have been more in the log, by the machine's clock: the venue's may be driven; 0: none."""
    published: int
    """Messages the broker took."""
    waiting_trades: int
    """Trades it has not acknowledged."""
    dropped_trades: int
    """Trades never published, because the broker was away for too long."""
    reconnects: int
    last_flush_seconds: float
    last_error: str


class CommitFeed:
    """Reads the event log so that each batch ends where a commit does: only there is every book whole.

    All events of a commit have the same time, and commits are written in one piece.
    """

    def __init__(self, reader: EventLogReader, read_events: int = READ_EVENTS) -> None:
        self._reader = reader
        self._read_events = read_events
        self._held: list[Event] = []
        self.is_caught_up = True
        """Whether the last read found the end of the log."""

    def read(self) -> list[Event]:
        """The next events up to the end of a commit; none when there are none, or not all of the commit, now."""
        new = self._reader.read(self._read_events)
        events = self._held + new
        self.is_caught_up = len(new) < self._read_events
        whole = len(events)
        if not self.is_caught_up and whole < HELD_EVENTS_MAX:
            while whole and events[whole - 1].at == events[-1].at:
                whole -= 1
        self._held = events[whole:]
        return events[:whole]


class MarketDataFollower:
    """Feeds the publisher from the log and writes the status file."""

    def __init__(self, options: FollowerOptions) -> None:
        self._options = options
        self._outbox = Outbox(
            Topics(options.venue),
            time.time_ns() // 1_000_000,
            depth_levels=options.depth_levels,
            waiting_trades_max=options.waiting_trades_max,
        )
        self._publisher = MarketDataPublisher(
            self._outbox,
            options.address,
            flush_interval_seconds=options.flush_interval_seconds,
            seed=options.seed,
        )
        self._feed = CommitFeed(EventLogReader(options.events, None))
        self._idle_seconds = min(options.flush_interval_seconds / IDLE_SHARE_OF_FLUSH, IDLE_SECONDS_MAX)
        self._caught_up_at = time.monotonic()
        self._status_due = 0.0
        self._written: Status | None = None
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """Have `run` end well."""
        self._stop.set()

    async def run(self) -> None:
        """Follow and publish until `stop` or the parent's end. Raises EventsGone."""
        publishing = asyncio.create_task(self._publisher.run())
        try:
            while not self._stop.is_set() and not publishing.done():
                events = self._feed.read()
                if events:
                    self._outbox.take(events)
                if self._feed.is_caught_up:
                    self._caught_up_at = time.monotonic()
                self._write_status_when_due()
                await asyncio.sleep(self._idle_seconds if self._feed.is_caught_up else 0)
        finally:
            self._publisher.stop()
            await asyncio.wait({publishing}, timeout=STOP_SECONDS_MAX)
            publishing.cancel()
            self._write_status()
        if publishing.done() and not publishing.cancelled():
            await publishing

    def status(self) -> Status:
        """How it goes now."""
        figures, outbox = self._publisher.figures, self._outbox
        lag = 0.0 if self._feed.is_caught_up else time.monotonic() - self._caught_up_at
        return Status(
            pid=os.getpid(),
            updated_at=time.time_ns(),
            broker=str(self._options.address),
            connected=figures.connected,
            epoch=outbox.epoch,
            event=outbox.last_event,
            lag_seconds=round(lag, 3),
            published=figures.published,
            waiting_trades=outbox.waiting_trades,
            dropped_trades=outbox.dropped_trades,
            reconnects=figures.reconnects,
            last_flush_seconds=round(figures.last_flush_seconds, 3),
            last_error=figures.last_error,
        )

    def _write_status_when_due(self) -> None:
        now = time.monotonic()
        if now < self._status_due:
            return
        self._status_due = now + STATUS_SECONDS
        self._write_status()
        if os.getppid() != self._options.parent_pid:
            log.warning("the process that started this one is gone, ending", parent=self._options.parent_pid)
            self.stop()

    def _write_status(self) -> None:
        status, written = self.status(), self._written
        if (
            written is not None
            and status.updated_at - written.updated_at < STATUS_UNCHANGED_SECONDS * 1e9
            and msgspec.structs.replace(written, updated_at=status.updated_at) == status
        ):
            return
        path = self._options.events / STATUS_FILE
        new = path.with_suffix(".status.new")
        try:
            new.write_bytes(msgspec.json.encode(status))
            new.replace(path)
        except OSError as error:
            # A full disk must not end market data; readers of the file see by `updated_at` that it is old.
            log.warning("status file cannot be written", path=str(path), error=str(error))
        self._written = status


def parse_options(arguments: Sequence[str], environment: Mapping[str, str]) -> FollowerOptions:
    """The options of a command line; ends the process with a sentence when they are wrong."""
    parser = argparse.ArgumentParser(prog="python -m gateway.followers.market_data", description="Publish market data.")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="data folder of the exchange")
    parser.add_argument("--url", required=True, help="broker, such as mqtt://127.0.0.1:1883")
    parser.add_argument("--venue", required=True, metavar="NAME", help="the venue's name in topics")
    parser.add_argument("--flush-ms", type=_positive, default=100, metavar="N", help="milliseconds between flushes")
    parser.add_argument("--depth", type=_positive, default=DEPTH_LEVELS, metavar="N", help="levels in a snapshot")
    parser.add_argument("--waiting-trades", type=_positive, default=WAITING_TRADES_MAX, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="where the jitter of retries comes from")
    parser.add_argument("--parent", type=int, default=os.getppid(), metavar="PID", help="end when it is gone")
    given = parser.parse_args(arguments)
    try:
        address = parse_broker_url(given.url, environment.get(USERNAME_VARIABLE), environment.get(PASSWORD_VARIABLE))
    except ValueError as error:
        parser.error(f"--url: {error}")
    return FollowerOptions(
        events=DataPaths(given.data).events,
        address=address,
        venue=given.venue,
        flush_interval_seconds=given.flush_ms / 1000,
        depth_levels=given.depth,
        waiting_trades_max=given.waiting_trades,
        seed=given.seed,
        parent_pid=given.parent,
    )


async def follow(options: FollowerOptions) -> int:
    """Run a follower under this process's signals; returns the exit code."""
    follower = MarketDataFollower(options)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, follower.stop)
    try:
        await follower.run()
    except EventsGone as gone:
        log.error("event log does not go on where this follower is, beginning anew", reason=str(gone))
        return EXIT_EVENTS_GONE
    return 0


def main() -> int:
    """The process."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    options = parse_options(sys.argv[1:], os.environ)
    os.nice(NICENESS)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(follow(options))


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number


if __name__ == "__main__":
    sys.exit(main())
