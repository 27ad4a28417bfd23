"""Everybody comes back at once: hundreds of logons with passwords in one second, while somebody trades."""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

from gateway.fix.message import encode
from gateway.scenario.wire import utc_timestamp
from tests.gateway.exchange_process import running_exchange

SETTINGS = """\
venue: { comp_id: VENUE }
fix:
  port: 0
  max_connections: 1100
  max_connections_per_address: 1100
  session_defaults: { accounts: [ACC] }
  sessions:
    - { comp_id: TRADER }
    - { comp_ids: STORM0001..STORM1000, username: storm, password: storm-password }
http: { port: 0 }
mqtt: { enabled: false }
accounts: [{ id: ACC }]
instruments: [{ symbol: ACME, reference_price: "10.00" }]
"""

ALL_ON_SECONDS_MAX = 60.0


class Client:
    """A connection that logs on and, if asked to, sends orders and measures how long their reports take."""

    def __init__(self, name: str, address: tuple[str, int], terms: str = "") -> None:
        self._name, self._address, self._terms = name, address, terms
        self._seq = 0
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter

    async def log_on(self) -> float:
        """Seconds until the venue's Logon was there."""
        begun = time.perf_counter()
        self._reader, self._writer = await asyncio.open_connection(*self._address)
        answer = await self._ask("A", f"98=0|108=600|{self._terms}")
        assert b"\x0135=A\x01" in answer, answer
        return time.perf_counter() - begun

    async def trade(self) -> float:
        """Seconds from an order to its report."""
        begun = time.perf_counter()
        order = f"11={self._seq}|55=ACME|54=1|38=1|40=2|44=9.00|59=3|60={utc_timestamp()}|"
        answer = await self._ask("D", order)
        assert b"\x01150=" in answer, answer
        return time.perf_counter() - begun

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()

    async def _ask(self, msg_type: str, body: str) -> bytes:
        self._seq += 1
        head = f"35={msg_type}|49={self._name}|56=VENUE|34={self._seq}|52={utc_timestamp()}|"
        self._writer.write(encode("FIX.4.4", (head + body).replace("|", "\x01")))
        return await self._reader.read(65_536)


@pytest.fixture
def descriptors() -> Iterator[None]:
    """As many as a thousand connections need at both ends."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, hard), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def trade_until(trader: Client, done: asyncio.Event) -> list[float]:
    latencies = []
    while not done.is_set():
        latencies.append(await trader.trade())
        await asyncio.sleep(0.005)
    return latencies


@pytest.mark.soak
@pytest.mark.parametrize("count", [500, 1_000])
async def test_all_are_on_again_within_a_minute_while_somebody_trades(
    tmp_path: Path, descriptors: None, count: int
) -> None:
    with running_exchange(tmp_path, settings=SETTINGS) as exchange:
        trader = Client("TRADER", exchange.fix)
        await trader.log_on()
        calm = [await trader.trade() for _ in range(300)]
        done = asyncio.Event()
        trading = asyncio.create_task(trade_until(trader, done))
        names = [f"STORM{number:04d}" for number in range(1, count + 1)]
        clients = [Client(name, exchange.fix, "553=storm|554=storm-password|") for name in names]
        begun = time.perf_counter()
        async with asyncio.timeout(ALL_ON_SECONDS_MAX):
            logons = await asyncio.gather(*(client.log_on() for client in clients))
        seconds = time.perf_counter() - begun
        done.set()
        busy = await trading
        print(  # noqa: T201 - what is measured is the answer that scripts/soak shows
            f"{count} logons with passwords: all on after {seconds:.1f} s (median {median(logons):.1f} s); an order "
            f"took {median(calm) * 1e3:.2f} ms before and {median(busy) * 1e3:.2f} ms meanwhile, "
            f"99 % under {sorted(busy)[int(len(busy) * 0.99)] * 1e3:.1f} ms"
        )
        assert median(busy) < 0.05
        for client in (*clients, trader):
            await client.close()
        assert exchange.stop() == 0
