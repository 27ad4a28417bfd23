"""The HTTP application: which path leads where, and what holds for every answer.

Built by the composition root, served by `server`; each group of routes stands in a file of its own. Answers are never
cached, because all of them are about now, and never framed or sniffed, because the page belongs to itself.
"""

from __future__ import annotations

import asyncio
from importlib.metadata import version

import structlog
from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.http.admin import Admin
from gateway.http.clock import Clock
from gateway.http.health import Health
from gateway.http.market_data import MarketData
from gateway.http.metrics import Metrics
from gateway.http.operations import Operations
from gateway.http.pages import Pages
from gateway.http.problems import Problem, answer_failure, answer_http_exception, answer_problem
from gateway.http.view import ExchangeView
from gateway.http.wrong_fields import answer_wrong_fields

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


def build_app(view: ExchangeView) -> ASGIApp:
    """All routes over one exchange."""
    app = FastAPI(openapi_url=None, redirect_slashes=False)
    app.state.callers = view.callers
    for router in all_routers(view):
        app.include_router(router)
    app.add_exception_handler(Problem, answer_problem)
    app.add_exception_handler(RequestValidationError, answer_wrong_fields)
    app.add_exception_handler(HTTPException, answer_http_exception)
    app.add_exception_handler(Exception, answer_failure)
    return Headed(app)


def all_routers(view: ExchangeView) -> list[APIRouter]:
    """Everything that is served, in the order in which paths are looked for."""
    return [
        Pages().router(),
        Health(view).router(),
        Metrics(view, version("fixpit")).router(),
        MarketData(view.venue).router(),
        Admin(view).router(),
        Operations(view).router(),
        Clock(view).router(),
    ]


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
