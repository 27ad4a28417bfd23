"""How an exchange ends and begins: told to stop under load, started again at once, and what each durability keeps."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from random import Random

from tests.end_to_end.conftest import NewExchange, Say
from tests.end_to_end.crowd import Crowd
from tests.end_to_end.exchange_process import children, is_running
from tests.end_to_end.ledger import check_numbers
from tests.end_to_end.records import check_records, order_rows
from tests.end_to_end.trader import BUY, SELL, Trader

START_PROCESSOR_SECONDS_MAX = 3.0
"""What the exchange's own process may take of a processor until all its parts are up."""


async def test_a_stop_under_load_is_said_to_everybody_and_loses_nothing(
    new_exchange: NewExchange, tmp_path: Path, say: Say
) -> None:
    exchange = new_exchange()
    crowd = Crowd([Trader("ALICE"), Trader("BOB")], Random(5))
    await exchange.start()
    first_start = exchange.start_seconds
    await crowd.log_on(exchange.fix_port)
    below = children(exchange.pid)
    assert len(below) == 3

    pressing = asyncio.create_task(crowd.press(5.0))
    await asyncio.sleep(0.4)
    assert await exchange.stop() == 0
    await pressing
    for trader in crowd.traders:
        await trader.closed()
        assert trader.session.logout_text == "the exchange stops"
    assert [pid for pid in below if is_running(pid)] == []
    assert not exchange.paths.run.exists()

    await exchange.start()
    second_start, processor = exchange.start_seconds, exchange.start_processor_seconds
    await crowd.log_on(exchange.fix_port)
    await crowd.sees_the_books_of(exchange)
    await exchange.caught_up()
    for trader in crowd.traders:
        await trader.log_out()
        check_numbers(trader)
    assert await exchange.stop() == 0
    await check_records(exchange, tmp_path)
    assert order_rows(exchange.paths) == crowd.ledger.rows()
    say(f"ready after {first_start:.2f} s, the second time after {second_start:.2f} s, {crowd.sent} requests")
    assert processor < START_PROCESSOR_SECONDS_MAX


async def test_with_fsync_a_trade_outlives_a_kill(new_exchange: NewExchange, tmp_path: Path) -> None:
    exchange = new_exchange(journal__durability="fsync", mqtt__enabled="false")
    await exchange.start()
    await trade(exchange.fix_port, "1")
    exchange.kill()

    async with exchange:
        assert await exchange.book("ACME") == {"bids": [["10.05", 40, 1]], "asks": []}
        await exchange.caught_up()
    venue = await check_records(exchange, tmp_path)
    assert venue.last_trade_id == 1


async def test_without_durability_each_start_is_an_empty_venue(new_exchange: NewExchange) -> None:
    exchange = new_exchange(journal__durability="none", mqtt__enabled="false")
    for run in ("1", "2"):
        async with exchange:
            assert await exchange.book("ACME") == {"bids": [], "asks": []}
            # The same ClOrdIDs again: this venue never saw them.
            await trade(exchange.fix_port, "1", more_bids=run == "1")
            await exchange.caught_up()
    with sqlite3.connect(exchange.paths.store) as store:
        assert store.execute("SELECT count(*) FROM trades").fetchall() == [(1,)]
        assert store.execute("SELECT cl_ord_id, cumulative FROM orders ORDER BY order_id").fetchall() == [
            ("a1", 60),
            ("b1", 60),
        ]
    store.close()
    assert list(exchange.paths.journal.iterdir()) == []


async def trade(port: int, name: str, *, more_bids: bool = False) -> None:
    """ALICE buys 60 of 100 from BOB."""
    alice, bob = Trader("ALICE", reset=True), Trader("BOB", reset=True)
    await alice.log_on(port)
    await bob.log_on(port)
    alice.order(f"a{name}", BUY, 100, "10.05")
    await alice.answer(f"a{name}")
    bob.order(f"b{name}", SELL, 60, "10.00")
    bob.flush()
    await alice.until(lambda: len(alice.about(f"a{name}")) == 2)
    for number in range(20 if more_bids else 0):
        alice.order(f"more{number}", BUY, 1, "9.05")
    if more_bids:
        await alice.answer("more19")
    await alice.log_out()
    await bob.log_out()
