"""The process that follows the event log into the SQL store: `python -m gateway.followers.store --data FOLDER`.

It runs beside the exchange at lower priority, takes events in bounded batches, and keeps its place in the database
alone, so it may be killed at any point. A database that is absent or locked is tried again for ever, with the reason
in the status file; only what no retry can heal ends it, with an exit code of its own. Started and stopped by
`gateway.children`, which must not restart it after those codes.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Callable, Sequence
from math import ceil
from pathlib import Path
from time import monotonic, time_ns

import structlog
from sqlalchemy.exc import SQLAlchemyError

from exchange.sequencing.data_folder import DataPaths
from exchange.sequencing.event_log import EventLogReader, EventsAhead, EventsGone
from exchange.store.database import Database
from exchange.store.errors import StoreError, StoreUnusable
from exchange.store.projection import BATCH_EVENTS, Projection
from gateway.followers.store_status import STATUS_SECONDS, Health, StoreStatus, status_path, write_status

log = structlog.get_logger(__name__)

EXIT_REBUILD_NEEDED = 65
"""The log cannot continue what the store holds: `fixpit store rebuild` can. Data error in sysexits.h."""

EXIT_STORE_UNUSABLE = 78
"""The URL or the store behind it is not for this release. Configuration error in sysexits.h."""

FINAL_EXITS = {
    EXIT_REBUILD_NEEDED: "the store and the event log have parted: stop the exchange and run `fixpit store rebuild`",
    EXIT_STORE_UNUSABLE: "the store cannot be used by this release: correct store.url, or use the newer release",
}
"""Exit codes after which starting it again cannot help, and what does."""

URL_VARIABLE = "FIXPIT_STORE_URL"
"""Names the database when `--url` does not: a password in an argument can be read by every user of the machine."""

POLL_SECONDS = 0.02
"""Pause when the log has no full batch: bounds how old the store is, and how many transactions a second there are."""

IDLE_SECONDS = 1.0
"""After so long without an event the pause becomes `IDLE_POLL_SECONDS`."""

IDLE_POLL_SECONDS = 0.05
"""Pause while nothing happens: keeps this process under a hundredth of a processor."""

RETRY_SECONDS_MIN = 0.1
RETRY_SECONDS_MAX = 5.0
"""Pause after a failure; doubles up to the most, which is how long a store that is back may be kept waiting."""

NICENESS = 10
"""How far this process stands behind the matching loop when processors are short."""


class RebuildNeeded(Exception):
    """The log cannot continue what the store holds."""


class StoreFollower:
    """Applies what comes into the event log until it is told to end."""

    def __init__(
        self, events: Path, database: Database, *, batch_events: int, is_over: Callable[[], bool] = lambda: False
    ) -> None:
        """`events` is the log's folder; `is_over` is asked between batches."""
        self._events = events
        self._database = database
        self._batch_events = batch_events
        self._is_over = is_over
        self._projection = Projection(database)
        self._checkpoint = 0
        self._behind_since: float | None = None
        self._failures = 0
        self._health = Health.FOLLOWING
        self._error = ""

    @property
    def status(self) -> StoreStatus:
        """How far it is, now."""
        behind = 0.0 if self._behind_since is None else monotonic() - self._behind_since
        return StoreStatus(self._health, self._checkpoint, behind, self._error, time_ns())

    async def run(self) -> None:
        """Follows until it is over. Raises `RebuildNeeded` and `StoreUnusable`: what no retry can heal."""
        while not self._is_over():
            try:
                await self._follow()
            except StoreUnusable as error:
                self._fail(Health.UNUSABLE, error)
                raise
            except EventsGone as gone:
                needed = RebuildNeeded(f"{gone}; stop the exchange and run `fixpit store rebuild`")
                self._fail(Health.REBUILD_NEEDED, needed)
                raise needed from gone
            except RebuildNeeded as needed:
                self._fail(Health.REBUILD_NEEDED, needed)
                raise
            except (StoreError, SQLAlchemyError, OSError) as error:
                self._fail(Health.RETRYING, error)
                await self._pause(min(RETRY_SECONDS_MIN * 2 ** min(self._failures, 10), RETRY_SECONDS_MAX))
                self._failures += 1
        self._health = Health.STOPPED

    async def _follow(self) -> None:
        await self._database.open()
        self._checkpoint, at = await self._projection.place()
        self._check_history(self._checkpoint, at)
        with EventLogReader(self._events, self._checkpoint) as reader:
            self._succeed()
            latest = monotonic()
            while not self._is_over():
                events = reader.read(self._batch_events)
                if events:
                    self._behind_since = self._behind_since or monotonic()
                    self._checkpoint = await self._projection.apply(events)
                    self._succeed()
                    latest = monotonic()
                if len(events) == self._batch_events:
                    continue
                self._behind_since = None
                is_idle = monotonic() - latest > IDLE_SECONDS
                await asyncio.sleep(IDLE_POLL_SECONDS if is_idle else POLL_SECONDS)

    def _check_history(self, checkpoint: int, at: int) -> None:
        """The log must hold the checkpoint's event as the store knows it.

        After a power failure the venue may have gone on from an earlier event than the store, and given the numbers in
        between to other events.
        """
        if checkpoint == 0:
            return
        with EventLogReader(self._events, checkpoint - 1) as reader:
            try:
                events = reader.read(1)
            except EventsAhead:
                events = []
            except EventsGone as gone:
                if gone.first_available == checkpoint + 1:
                    return  # the log was cut right behind what the store has
                raise
        if not events:
            raise RebuildNeeded(
                f"the store is at event {checkpoint} and the log in {self._events} ends before it: a power failure "
                "took events from the log. Stop the exchange and run `fixpit store rebuild`"
            )
        if events[0].at != at:
            raise RebuildNeeded(
                f"event {checkpoint} was at {at} in the store and is at {events[0].at} in the log in {self._events}: "
                "they tell different histories. Stop the exchange and run `fixpit store rebuild`"
            )

    def _succeed(self) -> None:
        if self._failures:
            log.info("store is back", store=str(self._database), checkpoint=self._checkpoint, failures=self._failures)
        self._failures = 0
        self._health, self._error = Health.FOLLOWING, ""

    def _fail(self, health: Health, error: Exception) -> None:
        text = str(error)
        if text != self._error:
            log.warning("store not followed", health=health.value, checkpoint=self._checkpoint, error=text)
        self._health, self._error = health, text

    async def _pause(self, seconds: float) -> None:
        for _ in range(ceil(seconds / POLL_SECONDS)):
            if self._is_over():
                return
            await asyncio.sleep(POLL_SECONDS)


async def follow(data: DataPaths, url: str, batch_events: int, parent: int | None) -> None:
    """Runs a follower until SIGTERM, SIGINT or the end of process `parent`, and keeps its status file."""
    told_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told_to_stop.set)
    database = Database(url)
    follower = StoreFollower(
        data.events,
        database,
        batch_events=batch_events,
        is_over=lambda: told_to_stop.is_set() or (parent is not None and os.getppid() != parent),
    )
    reporting = asyncio.create_task(_report(follower, status_path(data)))
    try:
        await follower.run()
    finally:
        reporting.cancel()
        write_status(status_path(data), follower.status)
        await database.close()


async def _report(follower: StoreFollower, path: Path) -> None:
    written = None
    while True:
        status = follower.status
        if written is None or status.says_more_than(written):
            write_status(path, status)
            written = status
        await asyncio.sleep(STATUS_SECONDS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Reads the command line, follows, and returns the exit code."""
    parser = argparse.ArgumentParser("python -m gateway.followers.store", description="Follow the event log into SQL.")
    parser.add_argument("--data", required=True, help="data folder of the exchange")
    parser.add_argument("--url", help=f"database; else ${URL_VARIABLE}, else SQLite in the data folder")
    parser.add_argument("--batch", type=int, default=BATCH_EVENTS, help="events in one transaction (%(default)s)")
    parser.add_argument("--parent", type=int, help="process whose end ends this one")
    given = parser.parse_args(arguments)
    if given.batch < 1:
        parser.error(f"--batch {given.batch} is less than 1")
    data = DataPaths(given.data)
    url = given.url or os.environ.get(URL_VARIABLE) or f"sqlite:///{data.store}"
    structlog.configure(logger_factory=structlog.WriteLoggerFactory(sys.stderr))
    os.nice(NICENESS)
    try:
        asyncio.run(follow(data, url, given.batch, given.parent))
    except (RebuildNeeded, StoreUnusable) as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_REBUILD_NEEDED if isinstance(error, RebuildNeeded) else EXIT_STORE_UNUSABLE
    return 0


if __name__ == "__main__":
    sys.exit(main())
