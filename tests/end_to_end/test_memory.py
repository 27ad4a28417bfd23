"""Memory: what trades and goes leaves next to nothing behind, and what rests takes a known amount."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from exchange.matching.trades import TRADES_KEPT
from tests.end_to_end.conftest import NewExchange, Say
from tests.end_to_end.exchange_process import ExchangeProcess, memory_bytes
from tests.end_to_end.flood import Flood, cancel, order
from tests.end_to_end.trader import BUY, SELL

SEEN_BYTES_MAX = 100
"""Bytes that a request may leave behind: its ClOrdID must be known for ever, as FIX has it unique."""

RESTING_BYTES_MAX = 1_536
"""Bytes of one order in the book, with its terms and its place in the register."""


@pytest.mark.parametrize(
    "requests", [60_000, pytest.param(1_000_000, marks=[pytest.mark.soak, pytest.mark.timeout(600)])]
)
async def test_a_flat_book_takes_no_more_memory(requests: int, new_exchange: NewExchange, say: Say) -> None:
    async with new_exchange(config="benchmark", store__enabled="false", mqtt__enabled="false") as exchange:
        flood = Flood("LOAD01")
        await flood.log_on(exchange.fix_port)

        # The latest trades, and what they mean for positions, are kept: from then on nothing grows but identifiers.
        await flood.send(_pairs("a", max(requests // 8, TRADES_KEPT * 6 // 5)), reports=6, of=4)
        half = memory_bytes(exchange.pid)
        await flood.send(_pairs("b", requests // 8), reports=6, of=4)
        grown = memory_bytes(exchange.pid) - half

        flood.close()
        assert (await exchange.get("/market-data/books/SYM000"))["bids"] == []
    say(f"{requests} requests: {grown} bytes more in the second half, {grown / (requests / 2):.1f} for each")
    assert grown < SEEN_BYTES_MAX * requests / 2 + (4 << 20)


@pytest.mark.parametrize("orders", [20_000, pytest.param(500_000, marks=[pytest.mark.soak, pytest.mark.timeout(600)])])
async def test_a_resting_order_takes_a_known_amount(orders: int, new_exchange: NewExchange, say: Say) -> None:
    async with new_exchange(config="benchmark", store__enabled="false", mqtt__enabled="false") as exchange:
        flood = Flood("LOAD01")
        await flood.log_on(exchange.fix_port)
        await flood.send(_pairs("warm", 500), reports=6, of=4)
        before = memory_bytes(exchange.pid)

        await flood.send(_resting(orders), reports=1, of=1)
        each = (memory_bytes(exchange.pid) - before) / orders

        flood.close()
        assert await _resting_quantity(exchange) == orders * 100
    say(f"{orders} resting orders: {each:.0f} bytes for each")
    assert each < RESTING_BYTES_MAX


def _pairs(name: str, count: int) -> Iterator[str]:
    """Four requests each, with six reports: two orders that trade, and one that is canceled."""
    for number in range(count):
        yield order(f"{name}{number}s", SELL, "100.00")
        yield order(f"{name}{number}b", BUY, "100.00", more="59=3\x01")
        yield order(f"{name}{number}r", BUY, "99.00") if number % 2 else order(f"{name}{number}r", SELL, "101.00")
        yield cancel(f"{name}{number}c", f"{name}{number}r", BUY if number % 2 else SELL)


def _resting(count: int) -> Iterator[str]:
    for number in range(count):
        side, cents = (BUY, 9_900 - number % 200) if number % 2 else (SELL, 10_100 + number % 200)
        yield order(f"rest{number}", side, f"{cents // 100}.{cents % 100:02d}", symbol=f"SYM{number % 100:03d}")


async def _resting_quantity(exchange: ExchangeProcess) -> int:
    total = 0
    for number in range(100):
        book = await exchange.book(f"SYM{number:03d}")
        total += sum(quantity for side in book.values() for _, quantity, _ in side)
    return total
