"""uvicorn inside the exchange's own loop: binds, serves, stops. The only HTTP file with a socket.

The composition root starts and stops it with the other doors. Signals are the root's: uvicorn touches none.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

import structlog
import uvicorn
from starlette.types import ASGIApp

from gateway.http.connection import KEEP_ALIVE_SECONDS, HttpConnection
from gateway.listening import listening_socket

BACKLOG = 512
"""Connections that wait to be accepted: hundreds of programs that start at once."""

CONNECTIONS_MAX = 1024
"""Connections and requests at one time where nothing else is said; further ones are answered 503."""

REQUEST_HEAD_BYTES_MAX = 16_384
"""The longest request line with headers; a longer one is answered 400 and ends the connection."""

STOP_SECONDS = 2
"""How long answers under way may take at a stop."""

_log = structlog.get_logger(__name__)


class HttpServer:
    """The venue's HTTP port, from `start` to `stop`."""

    def __init__(
        self,
        app: ASGIApp,
        host: str,
        port: int,
        connection: type[HttpConnection] = HttpConnection,
        *,
        connections_max: int = CONNECTIONS_MAX,
        is_behind_proxy: bool = False,
    ) -> None:
        """`is_behind_proxy`: X-Forwarded-For of a proxy on this machine says who asks."""
        self._host = host
        self._port = port
        self._server = _Server(
            uvicorn.Config(
                app,
                http=connection,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=is_behind_proxy,
                limit_concurrency=connections_max,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=STOP_SECONDS,
                h11_max_incomplete_event_size=REQUEST_HEAD_BYTES_MAX,
            )
        )
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> tuple[str, int]:
        """Listens; answers the address, with the port that was found for port 0. Raises `PortTaken`."""
        listening = listening_socket("http", self._host, self._port, backlog=BACKLOG)
        found: tuple[str, int] = listening.getsockname()[:2]
        self._task = asyncio.create_task(self._server.serve([listening]), name="http")
        _log.info("http listens", host=found[0], port=found[1])
        return found

    async def stop(self) -> None:
        """Closes the port and lets answers under way finish."""
        assert self._task is not None, "the HTTP server was not started"
        self._server.should_exit = True
        await self._task


class _Server(uvicorn.Server):
    """Leaves signals to whoever owns the process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
