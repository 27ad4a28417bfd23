"""What an exchange left in its data folder, compared once it has stopped: journal, event log, SQL store."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec

from exchange.commands import Command
from exchange.events import Event
from exchange.sequencing.data_folder import DataPaths
from exchange.sequencing.event_log import EventLogReader
from exchange.sequencing.event_log_format import list_segments
from exchange.sequencing.journal_reading import read, verify
from exchange.store.database import Database
from exchange.store.rebuild import rebuild
from exchange.store.rebuild import verify as compare
from exchange.venue import Venue
from tests.end_to_end.books import check_books
from tests.end_to_end.exchange_process import ExchangeProcess

EVENTS_READ = 10_000
REBUILT = "rebuilt.sqlite"


async def check_records(exchange: ExchangeProcess, scratch: Path, *, store_url: str = "") -> Venue:
    """Journal sound, event log, SQL and books what a replay says, and the replay the same in another process; answers
    it."""
    assert not exchange.is_alive, "the exchange is still writing"
    paths = exchange.paths
    report = verify(paths.journal)
    assert report.damage is None, report.damage
    assert report.torn is None, "an exchange that was stopped left a torn journal"

    venue = Venue()
    replayed = list(replay(paths, venue))
    encode = msgspec.msgpack.encode
    kept = [encode(event) for event in logged(paths)]
    assert kept, "the event log is empty"
    assert kept == [encode(event) for event in replayed[-len(kept) :]]

    elsewhere = json.loads(exchange.fixpit("journal", "replay", "--data", str(paths.path), "--json").stdout)
    assert elsewhere["state_hash"] == venue.state_hash()
    assert elsewhere["events"] == venue.last_event

    assert await store_differences(store_url or f"sqlite:///{paths.store}", replayed, scratch) == []
    check_books(scratch / REBUILT, venue)
    return venue


def replay(paths: DataPaths, venue: Venue) -> Iterator[Event]:
    """The events of every command in the journal."""
    decode = msgspec.msgpack.Decoder(Command).decode
    for _, payload in read(paths.journal):
        yield from venue.apply(decode(payload[8:]), int.from_bytes(payload[:8], "little"))


def logged(paths: DataPaths) -> Iterator[Event]:
    """The events that the event log still has: what every follower has passed may be gone."""
    first = list_segments(paths.events)[0].first
    with EventLogReader(paths.events, first - 1) as reader:
        while events := reader.read(EVENTS_READ):
            yield from events


async def store_differences(url: str, events: list[Event], scratch: Path) -> list[str]:
    """How a store differs, row for row, from one made of these events."""
    fresh_file = scratch / REBUILT
    fresh_file.unlink(missing_ok=True)
    live, fresh = Database(url), Database(f"sqlite:///{fresh_file}")
    try:
        await live.open()
        await fresh.open()
        await rebuild(fresh, events)
        return await compare(live, fresh)
    finally:
        await live.close()
        await fresh.close()


def order_rows(paths: DataPaths) -> set[tuple[object, ...]]:
    """The orders in SQLite, in the form of `Ledger.rows`."""
    with sqlite3.connect(f"file:{paths.store}?mode=ro", uri=True) as connection:
        found = connection.execute(
            "SELECT order_id, session, cl_ord_id, symbol, quantity, cumulative, leaves, notional, status FROM orders"
        )
        rows = set(found)
    connection.close()
    return rows
