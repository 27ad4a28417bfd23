"""Broker and store fail while orders run: clients notice nothing, and what follows is complete again by itself."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from pathlib import Path
from random import Random
from statistics import median

from tests.end_to_end.conftest import NewExchange, Say
from tests.end_to_end.crowd import SYMBOLS, Crowd
from tests.end_to_end.exchange_process import ExchangeProcess, is_running, until
from tests.end_to_end.records import check_records, order_rows
from tests.end_to_end.trader import BUY, Trader
from tests.gateway.mqtt.market import Subscriber

PROBES = 150
"""Orders whose latency is measured, one after the other, before and after a fault each."""

SLOWER_MAX = 3.0
"""How much longer the median may take while a broker is restarted on the same processors."""

LATENCY_FLOOR_SECONDS = 0.002
"""Below this nobody asks: two processors are shared by client, exchange, broker and followers."""

START_SECONDS_MAX = 20.0
"""Below the time for which a start waits for a follower that may still come, on a machine however busy."""

LOCKED_SECONDS = 2.0


async def test_market_data_is_back_after_the_broker_was_killed(exchange: ExchangeProcess, say: Say) -> None:
    crowd, probe = Crowd([Trader("ALICE"), Trader("BOB")], Random(11)), Trader("CLI")
    await crowd.log_on(exchange.fix_port)
    await probe.log_on(exchange.fix_port)
    async with Subscriber(exchange.mqtt_port, "fixpit") as subscriber:
        await crowd.press(0.3)
        await crowd.settled()
        before = await median_latency(probe, "before")
        broker = exchange.child("nats")

        os.kill(broker, signal.SIGKILL)
        after = await median_latency(probe, "after")
        await crowd.press(0.3)
        await crowd.settled()
        await exchange.caught_up()

        for symbol in SYMBOLS:
            shown = await exchange.book(symbol, levels=10)
            await until(lambda: as_lists(subscriber.book(symbol)) == shown)  # noqa: B023 - awaited within the turn
        trades = [update.trade_id for symbol in SYMBOLS for update in subscriber.heard(symbol).trade_updates]
    assert not is_running(broker)
    assert len(trades) == len(set(trades))
    for trader in (*crowd.traders, probe):
        await trader.log_out()
    say(f"median latency {before * 1e6:.0f} us before and {after * 1e6:.0f} us after the broker was killed")
    assert after < max(before * SLOWER_MAX, LATENCY_FLOOR_SECONDS)


async def test_the_store_is_exact_after_its_follower_was_killed_and_its_file_locked(
    exchange: ExchangeProcess, tmp_path: Path
) -> None:
    crowd = Crowd([Trader("ALICE"), Trader("BOB")], Random(12))
    await crowd.log_on(exchange.fix_port)
    for _ in range(3):
        follower = exchange.child("gateway.followers.store")
        await crowd.press(0.2)
        os.kill(follower, signal.SIGKILL)
        await crowd.press(0.1)
        await until(lambda: follower_is_another(exchange, follower))  # noqa: B023 - awaited within the turn
    await exchange.caught_up()

    with sqlite3.connect(exchange.paths.store, isolation_level=None) as locking:
        locking.execute("BEGIN EXCLUSIVE")
        await crowd.press(LOCKED_SECONDS / 4)
        await crowd.settled()
        await asyncio.sleep(LOCKED_SECONDS * 3 / 4)
        behind = (await exchange.get("/readyz"))["parts"]["store"]["lag_events"]
        locking.execute("ROLLBACK")
    locking.close()
    assert behind > 0
    await exchange.caught_up()

    for trader in crowd.traders:
        await trader.log_out()
    assert await exchange.stop() == 0
    await check_records(exchange, tmp_path)
    assert order_rows(exchange.paths) == crowd.ledger.rows()


async def test_a_store_that_must_be_rebuilt_keeps_nobody_waiting(new_exchange: NewExchange, tmp_path: Path) -> None:
    exchange = new_exchange(mqtt__enabled="false")
    async with exchange:
        await exchange.caught_up()
    # As after a power failure that took from the log what the store had already.
    with sqlite3.connect(exchange.paths.store) as store:
        store.execute("UPDATE projection_checkpoint SET event = event + 1000")
    store.close()

    async with exchange:
        ready = await exchange.get("/readyz")
        alice = Trader("ALICE")
        await alice.log_on(exchange.fix_port)
        alice.order("a1", BUY, 1, "10.05")
        assert (await alice.answer("a1")).get("150") == "0"
        await alice.log_out()
    assert ready["status"] == "not ready"
    assert "`fixpit store rebuild`" in ready["parts"]["store"]["text"]
    assert exchange.start_seconds < START_SECONDS_MAX

    rebuilt = exchange.fixpit("store", "rebuild", "--config", str(exchange.config), "--data", str(exchange.paths.path))
    assert rebuilt.returncode == 0, rebuilt.stderr
    async with exchange:
        await exchange.caught_up()
    await check_records(exchange, tmp_path)


async def median_latency(probe: Trader, name: str) -> float:
    """Seconds from an order to its report, one at a time."""
    taken = []
    for number in range(PROBES):
        count = len(probe.times)
        probe.order(f"{name}{number}", BUY, 1, "200.00", symbol="V", more=[("59", "3")])
        began = probe.clock()
        probe.flush()
        await probe.until(lambda: len(probe.times) >= count + 2)  # noqa: B023 - awaited within the turn
        taken.append(probe.times[count] - began)
    return median(taken)


def follower_is_another(exchange: ExchangeProcess, former: int) -> bool:
    found = exchange.children_running("gateway.followers.store")
    return bool(found) and found != [former]


def as_lists(book: dict[str, list[tuple[str, int, int]]] | None) -> dict[str, list[list[object]]]:
    """A book as JSON has it."""
    return {name: [list(level) for level in levels] for name, levels in (book or {}).items()}
