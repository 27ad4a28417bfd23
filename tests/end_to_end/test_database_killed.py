"""PostgreSQL is killed in the middle of its work, again and again: clients notice nothing, and the books are right."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.end_to_end.conftest import NewExchange, Say
from tests.end_to_end.crowd import Crowd
from tests.end_to_end.records import check_records
from tests.end_to_end.test_kill import BUSINESS_DAYS, LOAD_SECONDS_MAX, SESSIONS
from tests.end_to_end.trader import Trader
from tests.exchange.store.stores import PostgresqlServer, running_postgresql


@pytest.fixture
def postgresql() -> Iterator[PostgresqlServer]:
    with running_postgresql() as server:
        yield server


@pytest.mark.parametrize(
    "kills",
    [
        pytest.param(20, marks=pytest.mark.timeout(300)),
        pytest.param(200, marks=[pytest.mark.soak, pytest.mark.timeout(1800)]),
    ],
)
async def test_the_books_are_right_after_the_database_was_killed(
    kills: int, new_exchange: NewExchange, postgresql: PostgresqlServer, tmp_path: Path, say: Say
) -> None:
    random, killed = Random(815 + kills), 0
    url = await postgresql.new_database()
    exchange = new_exchange(
        fix__sessions=SESSIONS, store__url=url.replace("postgresql://", "postgresql+asyncpg://"), **BUSINESS_DAYS
    )
    await exchange.start()
    crowd = Crowd([Trader("ALICE", password=""), Trader("BOB", password="")], random)
    await crowd.log_on(exchange.fix_port)
    while killed < kills:
        await crowd.press(random.uniform(0.01, LOAD_SECONDS_MAX))
        while not await postgresql.kill(url):
            await asyncio.sleep(0.05)  # It recovers, or the store has not come back to it yet.
        killed += 1
    await crowd.settled()
    await exchange.caught_up()
    for trader in crowd.traders:
        await trader.log_out()
    assert await exchange.stop() == 0

    crowd.ledger.check_trades()
    venue = await check_records(exchange, tmp_path, store_url=url)
    say(f"{killed} kills, {crowd.sent} requests, {venue.last_trade_id} trades")
    assert venue.clearing.days.latest, "no business day was settled"
