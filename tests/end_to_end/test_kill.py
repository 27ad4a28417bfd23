"""The exchange is killed in the middle of its work, again and again, and nobody's orders, trades or numbers suffer."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from random import Random

import pytest

from tests.end_to_end.conftest import NewExchange, Say
from tests.end_to_end.crowd import SYMBOLS, Crowd
from tests.end_to_end.exchange_process import ExchangeProcess, free_ports, until
from tests.end_to_end.ledger import check_numbers
from tests.end_to_end.records import check_records, order_rows
from tests.end_to_end.trader import Trader
from tests.gateway.mqtt.market import Subscriber

SESSIONS = "[{comp_id: ALICE, accounts: [ALICE]}, {comp_id: BOB, accounts: [BOB]}]"
"""Without passwords, whose hashes take most of a quick start."""

BUSINESS_DAYS = {
    "clock__mode": "scaled",
    "clock__speed": "50000",
    "clock__drives_heartbeats": "false",
    "fix__session_defaults__sending_time_accuracy_seconds": "0",
}
"""A business day takes less than two seconds, so that kills meet settlement, too."""

LOAD_SECONDS_MAX = 0.2
PRESS_SECONDS = 20.0
RESTART_PROCESSOR_SECONDS_MAX = 3.0
"""With some ten thousand commands to replay for each twenty kills."""

CATCH_UP_EVERY = 5
"""So often the followers are given the time to catch up; else they are killed while they begin."""


@pytest.mark.parametrize(
    "kills",
    [
        pytest.param(20, marks=pytest.mark.timeout(600)),
        pytest.param(200, marks=[pytest.mark.soak, pytest.mark.timeout(1800)]),
    ],
)
async def test_nothing_is_lost_doubled_or_renumbered_when_it_is_killed(
    kills: int, new_exchange: NewExchange, tmp_path: Path, say: Say
) -> None:
    seed = 4711 + kills
    say(f"seed {seed}")
    random, exchange = Random(seed), new_exchange(fix__sessions=SESSIONS, **BUSINESS_DAYS)
    fix_port, http_port = free_ports(2)
    crowd = Crowd([Trader("ALICE", password=""), Trader("BOB", password="")], random)
    restarts: list[float] = []
    processor: list[float] = []
    again = 0
    for kill in range(kills + 1):
        await exchange.start_doors(fix_port, http_port)
        restarts.append(exchange.start_seconds)
        processor.append(exchange.start_processor_seconds)
        again += await recovered(exchange, crowd, fix_port)
        if kill % CATCH_UP_EVERY == 0:
            await exchange.ready()
            await exchange.caught_up()
        if kill < kills:
            await killed_while(exchange, crowd, after_seconds=random.uniform(0, LOAD_SECONDS_MAX))
    await exchange.ready()
    await exchange.caught_up()
    await same_over_mqtt(exchange)
    for trader in crowd.traders:
        await trader.log_out()
    assert await exchange.stop() == 0

    duplicates = sum(check_numbers(trader) for trader in crowd.traders)
    crowd.ledger.check_trades()
    venue = await check_records(exchange, tmp_path)
    assert venue.clearing.days.latest, "no business day was settled"
    assert order_rows(exchange.paths) == crowd.ledger.rows()
    say(
        f"{kills} kills, {crowd.sent} requests, {again} sent again with PossResend, {duplicates} possible duplicates, "
        f"{venue.last_trade_id} trades, FIX open after {min(restarts):.2f} to {max(restarts):.2f} s, "
        f"{max(processor):.2f} s of a processor"
    )
    assert max(processor) < RESTART_PROCESSOR_SECONDS_MAX * (1 + kills / 50)


async def recovered(exchange: ExchangeProcess, crowd: Crowd, port: int) -> int:
    """Reconnects, and has everything answered; then the clients' open orders are the exchange's books.

    It is sent again twice: by the session, as answer to a ResendRequest, and by the client with PossResend; now and
    then they have lost what they sent and fill the gap with nothing. Answers how much was sent with PossResend.
    """
    if crowd.random.random() < 0.5:
        crowd.forget_sent()
    await crowd.log_on(port)
    again = crowd.send_again()
    await crowd.sees_the_books_of(exchange)
    return again


async def killed_while(exchange: ExchangeProcess, crowd: Crowd, *, after_seconds: float) -> None:
    pressing = asyncio.create_task(crowd.press(PRESS_SECONDS))
    began = time.monotonic()
    await asyncio.sleep(after_seconds)
    exchange.kill()
    for trader in crowd.traders:
        await trader.closed()
    await pressing
    assert time.monotonic() - began < PRESS_SECONDS


async def same_over_mqtt(exchange: ExchangeProcess) -> None:
    async with Subscriber(exchange.mqtt_port, "fixpit") as subscriber:
        for symbol in SYMBOLS:
            shown = await exchange.book(symbol, levels=10)
            await until(lambda: _as_lists(subscriber.book(symbol)) == shown)  # noqa: B023 - awaited within the turn


def _as_lists(book: dict[str, list[tuple[str, int, int]]] | None) -> dict[str, list[list[object]]]:
    return {name: [list(level) for level in levels] for name, levels in (book or {}).items()}
