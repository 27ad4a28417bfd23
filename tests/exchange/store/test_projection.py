from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from exchange.events import OrderRejected, Traded
from exchange.orders import OrderTerms, OrderType, Side, TimeInForce
from exchange.rejections import RejectReason
from exchange.store.database import Database
from exchange.store.errors import EventGap, Fenced, StoreUnavailable
from exchange.store.projection import Projection
from exchange.store.rebuild import DIFFERENCES_MAX, rebuild, verify
from exchange.store.schema import orders, refused_orders, trades, users
from tests.exchange.store.clearing_history import with_clearing
from tests.exchange.store.naive_tables import naive_tables, tables
from tests.exchange.store.stores import opened, project
from tests.exchange.store.trading_history import trading_history, with_interventions

HISTORY = trading_history(seed=1, length=3_000)
LATER = with_clearing(with_interventions(HISTORY, seed=1, length=400), seed=1, length=1_000)


async def test_tables_hold_what_the_events_say(database: Database) -> None:
    await project(database, LATER)
    assert await tables(database) == naive_tables(LATER)


async def test_checkpoint_is_the_last_event_applied(database: Database) -> None:
    projection = Projection(database)
    assert await projection.place() == (0, 0)
    assert await projection.apply(HISTORY[:10]) == 10
    assert await projection.checkpoint() == 10
    assert await projection.place() == (10, HISTORY[9].at)
    assert await projection.apply([]) == 10


async def test_a_batch_is_applied_once(database: Database) -> None:
    projection = Projection(database)
    await projection.apply(HISTORY[:500])
    for again in (HISTORY[:500], HISTORY[:499], HISTORY[200:700], HISTORY[600:700]):
        with pytest.raises(Fenced, match=r"is not at event \d+, where the events \d+ to \d+ begin"):
            await projection.apply(again)
    assert await tables(database) == naive_tables(HISTORY[:500])


async def test_events_that_do_not_follow_each_other_are_refused(database: Database) -> None:
    projection = Projection(database)
    for events in ([HISTORY[0], HISTORY[2]], [HISTORY[0], HISTORY[0], HISTORY[1]], [HISTORY[1], HISTORY[0]]):
        with pytest.raises(EventGap):
            await projection.apply(events)
    assert await projection.checkpoint() == 0


async def test_of_two_projectors_one_is_fenced(store_url: str) -> None:
    databases = [await opened(store_url) for _ in range(2)]

    async def follow(database: Database) -> int:
        projection, fenced = Projection(database), 0
        at = 0
        while at < len(HISTORY):
            try:
                at = await projection.apply(HISTORY[at : at + 100])
            except Fenced:
                fenced += 1
                at = await projection.checkpoint()
        return fenced

    fenced = await asyncio.gather(*(follow(database) for database in databases))
    assert sum(fenced) > 0
    assert await tables(databases[0]) == naive_tables(HISTORY)
    for database in databases:
        await database.close()


async def test_nothing_of_a_batch_stays_when_it_fails_at_the_end(database: Database) -> None:
    refusals = [number for number, event in enumerate(HISTORY) if isinstance(event, OrderRejected)]
    end = refusals[0] + 1
    async with database.writing() as connection:
        await connection.execute(insert(refused_orders).values(_in_the_way(end)))
    projection = Projection(database)
    with pytest.raises(Exception, match="refused_orders"):
        await projection.apply(HISTORY[:end])
    assert await projection.checkpoint() == 0
    async with database.reading() as connection:
        assert (await connection.execute(select(orders))).all() == []


def _in_the_way(number: int) -> dict[str, object]:
    texts = dict.fromkeys(
        (
            "session",
            "cl_ord_id",
            "account",
            "symbol",
            "side",
            "order_type",
            "time_in_force",
            "conditions",
            "reason",
            "field",
            "text",
        ),
        "",
    )
    return {"event": number, "quantity": 0, "price": 0, "at": 0, **texts}


async def test_a_locked_store_is_unavailable_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    database = await opened(f"sqlite:///{path}")
    projection = Projection(database)
    await projection.apply(HISTORY[:500])
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreUnavailable, match="locked"):
        await projection.apply(HISTORY[500:1000])
    assert await projection.checkpoint() == 500
    holder.close()
    await projection.apply(HISTORY[500:1000])
    assert await tables(database) == naive_tables(HISTORY[:1000])
    await database.close()


async def test_texts_no_database_could_hold_do_not_stop_the_projection(database: Database) -> None:
    terms = OrderTerms(
        0, "ALICE", "x" * 100_000, "a\0b", "Ĳ" * 3_000, Side.BUY, OrderType.LIMIT, TimeInForce.DAY, 2**63 - 1, -(2**63)
    )
    refusal = OrderRejected(1, 5, terms, RejectReason.UNKNOWN_INSTRUMENT, "symbol", "\0" * 9_000)
    await Projection(database).apply([refusal])
    async with database.reading() as connection:
        row = (await connection.execute(select(refused_orders))).one()
    assert (len(row.cl_ord_id), row.account, len(row.symbol), len(row.text)) == (256, "a␀b", 256, 256)
    assert (row.quantity, row.price) == (2**63 - 1, -(2**63))


async def test_rebuilt_tables_equal_the_live_ones_and_users_stay(database: Database, tmp_path: Path) -> None:
    await project(database, LATER, batch=77)
    rebuilt = await opened(f"sqlite:///{tmp_path / 'rebuilt.sqlite'}")
    assert await rebuild(rebuilt, iter(LATER)) == len(LATER)
    assert await verify(database, rebuilt) == []

    somebody = {"username": "alice", "password_hash": "h", "role": "trader", "created_at": 1}
    async with database.writing() as connection:
        await connection.execute(insert(users).values(somebody))
        await connection.execute(trades.delete())
    await rebuild(database, LATER)
    assert await verify(database, rebuilt) == []
    async with database.reading() as connection:
        assert [row.username for row in await connection.execute(select(users))] == ["alice"]
    await rebuilt.close()


async def test_verify_names_each_row_that_differs(database: Database, tmp_path: Path) -> None:
    await project(database, HISTORY)
    rebuilt = await opened(f"sqlite:///{tmp_path / 'rebuilt.sqlite'}")
    await rebuild(rebuilt, HISTORY)
    async with database.writing() as connection:
        await connection.execute(orders.update().where(orders.c.order_id == 5).values(quantity=1_234_567))
        await connection.execute(trades.delete().where(trades.c.trade_id == 2))
    async with rebuilt.writing() as connection:
        await connection.execute(trades.delete().where(trades.c.trade_id == 4))
    different, missing, extra = await verify(database, rebuilt)
    assert different.startswith("orders: the live store has (5,") and "1234567" in different
    assert missing.startswith("trades: only the rebuilt store has (2,")
    assert extra.startswith("trades: only the live store has (4,")
    async with rebuilt.writing() as connection:
        await connection.execute(orders.delete())
    assert len(await verify(database, rebuilt)) == DIFFERENCES_MAX
    await rebuilt.close()


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32), cuts=st.lists(st.integers(1, 120), min_size=1, max_size=12))
async def test_any_stream_cut_into_any_batches_gives_the_same_rows(seed: int, cuts: list[int]) -> None:
    events = with_clearing(with_interventions(trading_history(seed, 300), seed, 60), seed, 200)
    random = Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        database = await opened(f"sqlite:///{folder}/store.sqlite")
        projection = Projection(database)
        at = 0
        while at < len(events):
            at = await projection.apply(events[at : at + random.choice(cuts)])
        assert await tables(database) == naive_tables(events)
        await database.close()


async def test_shares_and_money_of_orders_are_those_of_trades(database: Database) -> None:
    await project(database, HISTORY)
    traded = [event for event in HISTORY if isinstance(event, Traded)]
    async with database.reading() as connection:
        rows = (await connection.execute(select(orders))).all()
    assert sum(row.cumulative for row in rows) == 2 * sum(trade.quantity for trade in traded)
    assert sum(row.notional for row in rows) == 2 * sum(trade.quantity * trade.price for trade in traded)
