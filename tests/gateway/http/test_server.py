"""The HTTP server in the exchange's own loop: its port, its limits, its end; and answers that only an oddity brings."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import structlog

from exchange.venue import Venue
from gateway.http.account_views import AccountDesk
from gateway.http.app import build_app
from gateway.http.clock import ClockDesk
from gateway.http.connection import HttpConnection
from gateway.http.front import Headed
from gateway.http.operation_views import OperationsDesk
from gateway.http.rates import Rates
from gateway.http.server import HttpServer
from gateway.http.session_views import EndingView, FrameView, News, SessionAction
from gateway.http.view import FixTraffic, Part, SessionView
from gateway.listening import PortTaken
from gateway.platform.access import Access
from gateway.settings.platform import RequestLimits


class Desk:
    """Knows no session."""

    def history(self, comp_id: str) -> tuple[Sequence[EndingView], Sequence[EndingView]] | None:
        raise AssertionError(comp_id)

    async def act(self, comp_id: str, name: str, action: SessionAction, who: str) -> None:
        raise AssertionError((comp_id, name, action, who))

    async def tell(self, news: News, who: str) -> dict[str, str]:
        raise AssertionError((news, who))

    def frames(self, session: str, cl_ord_id: str, after: int) -> Sequence[FrameView]:
        raise AssertionError((session, cl_ord_id, after))


@dataclass
class View:
    """What an exchange says of itself; a test says what."""

    venue: Venue = field(default_factory=Venue)
    access: Access = field(default_factory=lambda: Access("token", Rates(RequestLimits())))
    platform: None = None
    fix_sessions: None = None
    events: Counter[type] = field(default_factory=Counter)
    commits: int = 0
    journal_bytes: int = 0
    desk: Desk = field(default_factory=Desk)
    operations: OperationsDesk = field(init=False)
    accounts: AccountDesk = field(init=False)
    clock: ClockDesk = field(init=False)
    known_parts: Mapping[str, Part] = field(default_factory=dict)

    def sessions(self) -> Sequence[SessionView]:
        return [SessionView("ALICE", "logging out", "", 1, 1, 0, 0, "")]

    def fix_traffic(self) -> FixTraffic:
        return FixTraffic()

    def parts(self) -> Mapping[str, Part]:
        return self.known_parts


class Impatient(HttpConnection):
    request_seconds = 0.05


@asynccontextmanager
async def served(view: View, connection: type[HttpConnection] = HttpConnection) -> AsyncIterator[tuple[str, int]]:
    server = HttpServer(build_app(view), "127.0.0.1", 0, connection)
    address = await server.start()
    try:
        yield address
    finally:
        await server.stop()


async def get(address: tuple[str, int], path: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.get(f"http://{address[0]}:{address[1]}{path}")


async def test_readiness_says_which_part_is_down_and_why() -> None:
    parts = {"fix": Part(True, "listening"), "store": Part(False, "database is locked", 17)}
    async with served(View(known_parts=parts)) as address:
        answer = await get(address, "/readyz")

    assert answer.status_code == 503
    assert answer.json() == {
        "status": "not ready",
        "parts": {
            "fix": {"up": True, "text": "listening"},
            "store": {"up": False, "text": "database is locked", "lag_events": 17},
        },
    }


async def test_metrics_leave_out_what_is_switched_off() -> None:
    async with served(View(known_parts={"store": Part(False, "gone", 3)})) as address:
        text = (await get(address, "/metrics")).text

    assert 'fixpit_part_up{part="store"} 0.0' in text
    assert "fixpit_store_lag_events 3.0" in text
    assert "fixpit_market_data_lag_events" not in text
    assert 'fixpit_fix_sessions{state="logging_out"} 1.0' in text


async def test_a_mistake_of_ours_is_a_problem_without_its_cause() -> None:
    class Broken(View):
        def parts(self) -> Mapping[str, Part]:
            raise RuntimeError("a secret")

    async with served(Broken()) as address:
        answer = await get(address, "/readyz")

    assert (answer.status_code, answer.json()["type"]) == (500, "urn:fixpit:problem:INTERNAL_ERROR")
    assert answer.headers["cache-control"] == "no-store"
    assert "secret" not in answer.text


async def test_a_port_in_use_is_a_sentence_with_what_to_change() -> None:
    async with served(View()) as (host, port):
        with pytest.raises(PortTaken) as taken:
            await HttpServer(build_app(View()), host, port).start()

    assert f"HTTP cannot listen on port {port} of 127.0.0.1: address already in use" in str(taken.value)
    assert "--http-port" in str(taken.value)


async def test_signals_stay_with_the_owner_of_the_process() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    async with served(View()) as address:
        assert (await get(address, "/livez")).status_code == 200
        assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


@pytest.mark.parametrize("begun", [b"", b"GET / HT", b"GET /livez HTTP/1.1\r\nhost: x\r\nx-slow: "])
async def test_a_connection_without_a_whole_request_is_closed(begun: bytes) -> None:
    async with served(View(), Impatient) as (host, port):
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(begun)
        answer = await asyncio.wait_for(reader.read(), 5)
        writer.close()

    assert answer == b""


async def test_a_connection_that_asks_in_time_is_kept() -> None:
    async with served(View(), Impatient) as (host, port):
        reader, writer = await asyncio.open_connection(host, port)
        for _ in range(2):
            writer.write(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
            assert await reader.readuntil(b'{"status":"alive"}')
            await asyncio.sleep(3 * Impatient.request_seconds)
        writer.close()


async def test_an_answer_that_nobody_reads_is_given_up() -> None:
    async def never_read(scope: object, receive: object, send: object) -> None:
        await asyncio.Event().wait()

    with structlog.testing.capture_logs() as logs:
        await Headed(never_read, answer_seconds=0.01)({"type": "http", "path": "/"}, _unused, _unused)

    assert logs == [{"event": "http answer not taken", "log_level": "warning", "path": "/", "seconds": 0.01}]


async def test_a_stop_does_not_wait_for_an_idle_connection() -> None:
    loop = asyncio.get_running_loop()
    async with served(View()) as (host, port):
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
        await reader.readuntil(b"alive")
        stopping_at = loop.time()

    assert loop.time() - stopping_at < 1.5
    writer.close()


async def _unused(*_: object) -> Any:
    raise AssertionError("nothing is sent or received")
