"""Many sessions at once: a thousand that are on, and all that come back within a second while somebody trades."""

from __future__ import annotations

import asyncio
import resource
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.scenario.wire import utc_timestamp
from tests.end_to_end.conftest import NewExchange, Say
from tests.end_to_end.exchange_process import memory_bytes

DESCRIPTORS = 8_192
"""More than a thousand connections take at both ends: the limit that a shell has by default may be less."""

SESSION_BYTES_MAX = 64 << 10
"""Memory that one session may take while it is on and has said nothing yet."""

ALL_ON_SECONDS_MAX = 60.0

SETTINGS = """\
venue: {{ comp_id: EXCHANGE }}
fix:
  port: 0
  max_connections: 5000
  max_connections_per_address: 5000
  logon_timeout_seconds: 60
  sessions:
    - {{ comp_ids: MANY0001..MANY{count:04d}, {credentials}accounts: [ACC] }}
    - {{ comp_id: TRADER, accounts: [ACC] }}
http: {{ port: 0 }}
mqtt: {{ enabled: false }}
store: {{ enabled: {with_store} }}
flow: {{ enabled: false }}
demo: true
accounts: [{{ id: ACC }}]
instruments: [{{ symbol: ACME, reference_price: "10.00" }}]
"""


@pytest.fixture(autouse=True)
def _many_descriptors() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    hard = before[1]
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(wanted, before[0]), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize("count", [100, pytest.param(1_000, marks=[pytest.mark.soak, pytest.mark.timeout(600)])])
async def test_sessions_are_on_at_the_same_time(
    count: int, new_exchange: NewExchange, tmp_path: Path, say: Say
) -> None:
    async with new_exchange(config=settings(tmp_path, count)) as exchange:
        before = memory_bytes(exchange.pid)
        clients = [Client(f"MANY{number:04d}") for number in range(1, count + 1)]
        began = time.perf_counter()
        await asyncio.gather(*(client.log_on(exchange.fix_port) for client in clients))
        seconds = time.perf_counter() - began
        each = (memory_bytes(exchange.pid) - before) / count
        for client in clients:
            client.send("1", f"112={client.name}\x01")
        answers = await asyncio.gather(*(client.receive() for client in clients))
        for client in clients:
            client.close()

    say(f"{count} sessions on in {seconds:.1f} s, {each / 1024:.1f} KiB for each")
    assert all(f"\x01112={client.name}\x01" in answer for client, answer in zip(clients, answers, strict=True))
    assert each < SESSION_BYTES_MAX


@pytest.mark.parametrize("count", [30, pytest.param(500, marks=[pytest.mark.soak, pytest.mark.timeout(600)])])
async def test_all_come_back_within_a_second_while_somebody_trades(
    count: int, new_exchange: NewExchange, tmp_path: Path, say: Say
) -> None:
    credentials = "username: many, password: a-secret, "
    async with new_exchange(config=settings(tmp_path, count, credentials)) as exchange:
        trader = Client("TRADER")
        await trader.log_on(exchange.fix_port)
        quiet = await latencies(trader, 200)
        clients = [Client(f"MANY{number:04d}", "553=many\x01554=a-secret\x01") for number in range(1, count + 1)]
        began = time.perf_counter()
        storm = asyncio.gather(*(come(client, exchange.fix_port, at / count) for at, client in enumerate(clients)))
        busy: list[float] = []
        while not storm.done():
            busy += await latencies(trader, 20)
        await storm
        seconds = time.perf_counter() - began
        for client in (*clients, trader):
            client.close()

    told = [f"p50 {1000 * statistics.median(one):.2f} p99 {1000 * percentile(one):.2f} ms" for one in (quiet, busy)]
    say(f"{count} logons with passwords, all on after {seconds:.1f} s; an order before {told[0]}, meanwhile {told[1]}")
    assert seconds < ALL_ON_SECONDS_MAX


class Client:
    """One session on a bare socket."""

    def __init__(self, name: str, credentials: str = "") -> None:
        self.name = name
        self._credentials = credentials
        self._sent = 0
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter

    async def log_on(self, port: int) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", port)
        self.send("A", f"98=0\x01108=600\x01{self._credentials}")
        answer = await self.receive()
        assert "\x0135=A\x01" in answer, answer

    def send(self, msg_type: str, body: str) -> None:
        self._sent += 1
        head = f"35={msg_type}\x0149={self.name}\x0156=EXCHANGE\x0134={self._sent}\x0152={utc_timestamp()}\x01"
        text = f"{head}{body}".encode()
        whole = b"8=FIX.4.4\x019=%d\x01%b" % (len(text), text)
        self._writer.write(b"%b10=%03d\x01" % (whole, sum(whole) & 255))

    async def receive(self) -> str:
        """The next message."""
        async with asyncio.timeout(ALL_ON_SECONDS_MAX):
            head = await self._reader.readuntil(b"\x0110=")
            return (head + await self._reader.readexactly(4)).decode("latin-1")

    def close(self) -> None:
        self._writer.close()


async def come(client: Client, port: int, seconds: float) -> None:
    """Logs on some time within the second."""
    await asyncio.sleep(seconds)
    await client.log_on(port)


async def latencies(trader: Client, count: int) -> list[float]:
    """Seconds from order to report, one order after another."""
    found: list[float] = []
    for number in range(count):
        began = time.perf_counter()
        order = f"11={trader.name}-{time.time_ns()}-{number}\x0155=ACME\x0154=1\x0138=1\x0140=2\x0144=1.00\x0159=3\x01"
        trader.send("D", f"{order}60={utc_timestamp()}\x01")
        for _ in range(2):  # accepted, and canceled at once, for nothing is there to trade with
            assert "\x0135=8\x01" in await trader.receive()
        found.append(time.perf_counter() - began)
    return found


def percentile(values: list[float]) -> float:
    return sorted(values)[int(0.99 * len(values))]


def settings(folder: Path, count: int, credentials: str = "") -> Path:
    path = folder / "many.yaml"
    # With a store passwords are hashed, and checking one takes the time that argon2id is there to take.
    with_store = "true" if credentials else "false"
    path.write_text(SETTINGS.format(count=count, credentials=credentials, with_store=with_store))
    return path
