"""What stands before every route: headers of every answer, the end of one that nobody reads, and rates by address.

The application is wrapped in these by `app`. Answers are never cached, because all of them are about now, and never
framed or sniffed, because the page belongs to itself.
"""

from __future__ import annotations

import asyncio

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.http.problems import Problem, problem_response
from gateway.http.rates import Rate, Rates

HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
"""What every answer says about itself."""

ANSWER_SECONDS = 10.0
"""How long a client may take to read an answer; then the connection ends, because its answer waits in memory."""

_log = structlog.get_logger(__name__)


class Headed:
    """Adds `HEADERS` to every answer, also to that of a failure, and ends one that nobody reads.

    What answers GET answers HEAD: the server leaves the body out.
    """

    def __init__(self, app: ASGIApp, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._app = app
        self._answer_seconds = answer_seconds
        self._headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI's way in."""

        async def send_headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *self._headers]
            await send(message)

        if scope.get("method") == "HEAD":
            scope = {**scope, "method": "GET"}
        try:
            async with asyncio.timeout(self._answer_seconds):
                await self._app(scope, receive, send_headed)
        except TimeoutError:
            _log.warning("http answer not taken", path=scope["path"], seconds=self._answer_seconds)


class RateLimited:
    """Answers 429 to an address that asks too often, before anything is looked at."""

    def __init__(self, app: ASGIApp, rates: Rates) -> None:
        self._app = app
        self._rates = rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI's way in."""
        client = scope.get("client")
        try:
            self._rates.take(Rate.ADDRESS, client[0] if client else "")
        except Problem as problem:
            await problem_response(problem, scope["path"])(scope, receive, send)
            return
        await self._app(scope, receive, send)
