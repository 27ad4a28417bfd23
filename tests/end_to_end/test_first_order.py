"""The first order: what two clients, a subscriber, a browser and the database see of one trade."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]
import pytest

from gateway.scenario.wire import WireMessage
from tests.end_to_end.conftest import NewExchange, Say
from tests.end_to_end.exchange_process import ExchangeProcess, until
from tests.end_to_end.records import check_records
from tests.end_to_end.trader import BUY, SELL, Trader
from tests.exchange.store.stores import PostgresqlServer, running_postgresql
from tests.gateway.mqtt.market import Subscriber

ORDERS_AT_ONCE = 200
AT_ONCE_SECONDS_MAX = 1.0

ORDER_ROWS = [
    ("ALICE", "a1", "BUY", 100, 1005, 60, 40, "PARTIALLY_FILLED"),
    ("BOB", "b1", "SELL", 60, 1000, 60, 0, "FILLED"),
]
TRADE_ROWS = [("ACME", 1005, 60, "SELL", "ALICE", "BOB")]
ORDERS_QUERY = (
    "SELECT session, cl_ord_id, side, quantity, price, cumulative, leaves, status FROM orders ORDER BY order_id"
)
TRADES_QUERY = "SELECT symbol, price, quantity, aggressor, buy_account, sell_account FROM trades"


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgresqlServer]:
    with running_postgresql() as server:
        yield server


async def test_the_first_order_is_seen_everywhere(exchange: ExchangeProcess, tmp_path: Path) -> None:
    async with Subscriber(exchange.mqtt_port, "fixpit") as subscriber:
        alice, bob = await traded(exchange)

        assert [fields(report, "150 39 32 31 14 151 6") for report in alice.about("a1")] == [
            "150=0|39=0|14=0|151=100|6=0",
            "150=F|39=1|32=60|31=10.05|14=60|151=40|6=10.05",
        ]
        assert [fields(report, "150 39 32 31 14 151 6") for report in bob.about("b1")] == [
            "150=0|39=0|14=0|151=60|6=0",
            "150=F|39=2|32=60|31=10.05|14=60|151=0|6=10.05",
        ]
        assert await exchange.book("ACME") == {"bids": [["10.05", 40, 1]], "asks": []}

        heard = subscriber.heard("ACME")
        await until(
            lambda: heard.trades and heard.tops and subscriber.book("ACME") == {"bids": [("10.05", 40, 1)], "asks": []}
        )
        assert [(trade.price, trade.quantity, trade.aggressor) for trade in heard.trade_updates] == [
            ("10.05", 60, "sell")
        ]
        assert heard.tops[-1].updates[-1].bid == ("10.05", 40, 1)
        assert heard.gaps == []
        assert [trade.sequence for trade in heard.trades] == [1]

    await exchange.caught_up()
    await alice.log_out()
    await bob.log_out()
    assert await exchange.stop() == 0
    with sqlite3.connect(exchange.paths.store) as store:
        assert store.execute(ORDERS_QUERY).fetchall() == ORDER_ROWS
        assert store.execute(TRADES_QUERY).fetchall() == TRADE_ROWS
    store.close()
    verified = exchange.fixpit("journal", "verify", "--data", str(exchange.paths.path))
    assert verified.returncode == 0
    assert verified.stdout.endswith("sound\n")
    await check_records(exchange, tmp_path)


async def test_the_store_may_be_postgresql(
    new_exchange: NewExchange, postgresql: PostgresqlServer, tmp_path: Path
) -> None:
    url = await postgresql.new_database()
    exchange = new_exchange(store__url=url.replace("postgresql://", "postgresql+asyncpg://"))
    async with exchange:
        alice, bob = await traded(exchange)
        await exchange.caught_up()
        await alice.log_out()
        await bob.log_out()

    connection = await asyncpg.connect(url)
    try:
        assert [tuple(row) for row in await connection.fetch(ORDERS_QUERY)] == ORDER_ROWS
        assert [tuple(row) for row in await connection.fetch(TRADES_QUERY)] == TRADE_ROWS
    finally:
        await connection.close()
    await check_records(exchange, tmp_path, store_url=url)
    assert not exchange.paths.store.exists()


async def test_orders_sent_at_once_are_filled_within_a_second(exchange: ExchangeProcess, say: Say) -> None:
    alice, bob = Trader("ALICE"), Trader("BOB")
    await alice.log_on(exchange.fix_port)
    await bob.log_on(exchange.fix_port)
    # Levels of 7 and 9 shares, so that orders for 4 often trade at two prices.
    for level in range(ORDERS_AT_ONCE // 2):
        bob.order(f"b{level}", SELL, 7 if level % 2 else 9, f"10.{level:02d}")
    bob.flush()
    await bob.until(lambda: len(bob.reports) == ORDERS_AT_ONCE // 2)

    for number in range(ORDERS_AT_ONCE):
        alice.order(f"a{number}", BUY, 4, "12.00")
    began = alice.clock()
    alice.flush()
    await alice.until(lambda: sum(report.get("39") == "2" for report in alice.messages) == ORDERS_AT_ONCE)
    taken = alice.times[-1] - began

    at_two_prices = 0
    for number in range(ORDERS_AT_ONCE):
        accepted, *fills = alice.about(f"a{number}")
        assert accepted.get("150") == "0"
        money = sum(Decimal(fill.get("31") or "") * int(fill.get("32") or "") for fill in fills)
        assert Decimal(fills[-1].get("6") or "") == money / 4
        at_two_prices += len({fill.get("31") for fill in fills}) > 1
    assert at_two_prices > ORDERS_AT_ONCE // 5
    await alice.log_out()
    await bob.log_out()
    say(f"{ORDERS_AT_ONCE} orders acknowledged and filled in {taken * 1000:.0f} ms, {at_two_prices} at two prices")
    assert taken < AT_ONCE_SECONDS_MAX


async def traded(exchange: ExchangeProcess) -> tuple[Trader, Trader]:
    """ALICE buys 60 of 100 from BOB."""
    alice, bob = Trader("ALICE"), Trader("BOB")
    await alice.log_on(exchange.fix_port)
    await bob.log_on(exchange.fix_port)
    alice.order("a1", BUY, 100, "10.05")
    await alice.answer("a1")
    bob.order("b1", SELL, 60, "10.00")
    bob.flush()
    await alice.until(lambda: len(alice.about("a1")) == 2)
    await bob.until(lambda: len(bob.about("b1")) == 2)
    return alice, bob


def fields(message: WireMessage, tags: str) -> str:
    """Some fields of a message, those that it has."""
    return "|".join(f"{tag}={value}" for tag in tags.split() if (value := message.get(tag)) is not None)
