"""What only an operator may see: `GET /admin/sessions` with `Authorization: Bearer OPERATOR_TOKEN`.

The token stands in the file `operator.token` of the data folder, which only its owner can read.
"""

from __future__ import annotations

import hmac
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.http.market_data import json_response, time_text
from gateway.http.problems import Problem
from gateway.http.view import ExchangeView, SessionView

SCHEME = "bearer"


class Admin:
    """The routes under `/admin`."""

    def __init__(self, view: ExchangeView) -> None:
        self._view = view
        self._token = view.operator_token.encode()

    def routes(self) -> list[Route]:
        """What the application serves."""
        return [Route("/admin/sessions", self._sessions)]

    async def _sessions(self, request: Request) -> Response:
        self._check_operator(request)
        return json_response({"sessions": [_shown(session) for session in self._view.sessions()]})

    def _check_operator(self, request: Request) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        # compare_digest takes the same time however much of the token is right.
        if scheme.lower() != SCHEME or not hmac.compare_digest(token.strip().encode(), self._token):
            detail = "This needs `Authorization: Bearer TOKEN`; the token is in operator.token in the data folder."
            headers = {"WWW-Authenticate": 'Bearer realm="fixpit"'}
            raise Problem(HTTPStatus.UNAUTHORIZED, "UNAUTHORIZED", detail, headers)


def _shown(session: SessionView) -> dict[str, Any]:
    last_received = time_text(session.last_received) if session.last_received else None
    return {**asdict(session), "last_received": last_received}
