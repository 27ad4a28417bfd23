from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from exchange.store.database import Database
from exchange.store.errors import StoreUnavailable
from exchange.store.progress import StoreProgress
from exchange.store.projection import Projection
from tests.exchange.store.stores import opened
from tests.exchange.store.trading_history import trading_history

EVENTS = trading_history(seed=7, length=60)


async def test_what_is_in_the_tables_is_not_waited_for(database: Database) -> None:
    progress = StoreProgress(database)
    assert await progress.wait_for(0, 0)
    await Projection(database).apply(EVENTS[:50])
    assert await progress.wait_for(50, 5)
    assert progress.event == 50
    assert not await progress.wait_for(51, 0.03)
    await progress.close()


async def test_who_never_waited_closes_at_once(database: Database) -> None:
    await StoreProgress(database).close()


async def test_all_who_wait_go_on_when_the_event_comes(database: Database) -> None:
    progress = StoreProgress(database)
    waiting = [asyncio.create_task(progress.wait_for(event, 10)) for event in (10, 30, 40, 40)]
    done, _ = await asyncio.wait(waiting, timeout=0.05)
    assert not done
    await Projection(database).apply(EVENTS[:30])
    assert await waiting[0] and await waiting[1]
    assert not waiting[2].done()
    await Projection(database).apply(EVENTS[30:40])
    assert await waiting[2] and await waiting[3]
    await progress.close()


async def test_a_store_that_cannot_be_read_is_said_to_be_so(tmp_path: Path) -> None:
    database = await opened(f"sqlite:///{tmp_path / 'store.sqlite'}")
    with sqlite3.connect(tmp_path / "store.sqlite") as connection:
        connection.execute("DROP TABLE projection_checkpoint")
    connection.close()
    progress = StoreProgress(database)
    waiting = [asyncio.create_task(progress.wait_for(event, 10)) for event in (1, 2)]
    for task in waiting:
        with pytest.raises(StoreUnavailable, match="no such table"):
            await task
    await progress.close()
    await database.close()
