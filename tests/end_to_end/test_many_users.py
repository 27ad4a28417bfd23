"""500 users at once over HTTP while orders come in by FIX: nobody hears of an error, and FIX is as quick as without."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.exchange_process import ROOT, ExchangeProcess
from tests.end_to_end.flood import Flood, order

USERS = 500
SECONDS = 60.0
THINKING_SECONDS = 2.0
"""Between two requests of one user."""

ORDERS_PER_SECOND = 5_000
BATCH = 50
"""Orders of FIX that are sent together; a batch is answered when its last report has come."""

SLOWER_MAX = 2.0
"""How many times the median of FIX without HTTP's users it may be with them."""

SETTINGS = """
platform: { registration: true, opening_cash: "1000000" }
http:
  connections_max: 2000
  limits: { per_address_per_second: 100000, logins_per_address_per_minute: 100000 }
"""


class User:
    """One user on a connection that stays open."""

    def __init__(self, number: int, answers: Counter[tuple[str, int]]) -> None:
        self._name = f"user{number}"
        self._number = number
        self._answers = answers
        self._token = ""
        self._portfolio = 0
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter

    async def register(self, port: int) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", port)
        credentials = {"username": self._name, "password": "correct horse battery"}
        registered = await self._ask("POST", "/auth/register", credentials)
        self._portfolio = registered["portfolios"][0]["id"]
        self._token = (await self._ask("POST", "/auth/login", credentials))["token"]
        self._writer.close()

    async def trade(self, port: int, until: float) -> None:
        """Places orders and reads them."""
        count = 0
        await asyncio.sleep(THINKING_SECONDS * self._number / USERS)
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", port)
        while time.monotonic() < until:
            count += 1
            if count % 2:
                price = 90 + (count * 7 + self._number) % 20
                wanted = {"portfolio_id": self._portfolio, "stock_symbol": "SYM050", "order_type": "buy"}
                await self._ask("POST", "/orders", {**wanted, "quantity": 100, "price": price})
            else:
                await self._ask("GET", f"/orders?portfolio_id={self._portfolio}&limit=10")
            await asyncio.sleep(THINKING_SECONDS)
        self._writer.close()

    async def _ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        content = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(content)}\r\n"
        head += "content-type: application/json\r\n" if content else ""
        head += f"authorization: Bearer {self._token}\r\n" if self._token else ""
        self._writer.write(head.encode() + b"\r\n" + content)
        answer = await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), 30)
        lines = answer.decode().lower().split("\r\n")
        length = next(int(line.partition(":")[2]) for line in lines if line.startswith("content-length"))
        found = await self._reader.readexactly(length)
        status = int(answer[9:12])
        self._answers[method + path.partition("?")[0], status] += 1
        assert status < 500, f"{method} {path}: {status} {found!r}"
        return dict(json.loads(found)) if status < 300 else {}


@pytest.fixture
async def exchange(tmp_path: Path) -> AsyncIterator[ExchangeProcess]:
    config = tmp_path / "many-users.yaml"
    config.write_text((ROOT / "config" / "benchmark.yaml").read_text() + SETTINGS)
    process = ExchangeProcess(tmp_path, config=config)
    await process.start()
    yield process
    await process.stop()


async def fix_median(flood: Flood, seconds: float, name: str) -> float:
    """The median time of a batch, from sending it to its last report, at so many orders in a second."""
    took, batch = [], 0
    begin = time.monotonic()
    while time.monotonic() < begin + seconds:
        await asyncio.sleep(begin + batch * BATCH / ORDERS_PER_SECOND - time.monotonic())
        sent = time.monotonic()
        bodies = [order(f"{name}{batch}-{place}", "12"[place % 2], "100.00") for place in range(BATCH)]
        # Every second order fills the one before it: two reports are two fills.
        await flood.send(bodies, reports=2, of=1)
        took.append(time.monotonic() - sent)
        batch += 1
    return statistics.median(took)


@pytest.mark.soak
@pytest.mark.timeout(600)
async def test_users_over_http_hear_of_no_error_and_fix_stays_quick(
    exchange: ExchangeProcess, record_property: Callable[[str, object], None]
) -> None:
    flood, answers = Flood("LOAD01"), Counter[tuple[str, int]]()
    await flood.log_on(exchange.fix_port)
    users = [User(number, answers) for number in range(USERS)]
    for start in range(0, USERS, 20):
        await asyncio.gather(*(user.register(exchange.http_port) for user in users[start : start + 20]))
    alone = await fix_median(flood, SECONDS / 4, "A")
    trading = [asyncio.create_task(user.trade(exchange.http_port, time.monotonic() + SECONDS)) for user in users]
    beside = await fix_median(flood, SECONDS, "B")
    await asyncio.gather(*trading)
    flood.close()
    figures = f"FIX median alone {alone * 1000:.2f} ms, beside {USERS} users {beside * 1000:.2f} ms; {dict(answers)}"
    record_property("figures", figures)
    assert {status for _, status in answers} <= {200, 201, 429}, figures
    assert beside < SLOWER_MAX * alone, figures
