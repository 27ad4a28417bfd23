"""The HTTP application: which path leads where, and what holds for every answer.

Built by the composition root, served by `server`; each group of routes stands in a file of its own. Answers are never
cached, because all of them are about now, and never framed or sniffed, because the page belongs to itself.
"""

from __future__ import annotations

from importlib.metadata import version

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.http.admin import Admin
from gateway.http.health import Health
from gateway.http.market_data import MarketData
from gateway.http.metrics import Metrics
from gateway.http.pages import Pages
from gateway.http.problems import Problem, answer_failure, answer_http_exception, answer_problem
from gateway.http.view import ExchangeView

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


def build_app(view: ExchangeView) -> ASGIApp:
    """All routes over one exchange."""
    routes = [
        *Pages().routes(),
        *Health(view).routes(),
        *Metrics(view, version("fixpit")).routes(),
        *MarketData(view.venue).routes(),
        *Admin(view).routes(),
    ]
    handlers = {Problem: answer_problem, HTTPException: answer_http_exception, Exception: answer_failure}
    return _Headed(Starlette(routes=routes, exception_handlers=handlers))


class _Headed:
    """Adds `HEADERS` to every answer, also to that of a failure."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *self._headers]
            await send(message)

        await self._app(scope, receive, send_headed)
