"""What operators do to the market, with `Authorization: Bearer OPERATOR_TOKEN`: halt, resume, bust, correct, block.

`POST /admin/operations/{name}`; the names and their bodies are those of `operation_views.OPERATIONS`. `GET
/admin/phases` shows where in its day each instrument is.
"""

from __future__ import annotations

from http import HTTPStatus

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.http.bodies import read_body
from gateway.http.market_data import json_response
from gateway.http.operation_views import OPERATIONS
from gateway.http.operator import check_operator
from gateway.http.problems import Problem
from gateway.http.view import ExchangeView


class Operations:
    """The routes of market operations."""

    def __init__(self, view: ExchangeView) -> None:
        self._view = view

    def routes(self) -> list[Route]:
        """What the application serves."""
        return [
            Route("/admin/operations/{name}", self._carry_out, methods=["POST"]),
            Route("/admin/phases", self._phases),
        ]

    async def _carry_out(self, request: Request) -> Response:
        who = check_operator(request, self._view.operator_token)
        name = request.path_params["name"]
        kind = OPERATIONS.get(name)
        if kind is None:
            detail = f"{name} is no operation; there are {', '.join(OPERATIONS)}."
            raise Problem(HTTPStatus.NOT_FOUND, "UNKNOWN_OPERATION", detail)
        outcome = await self._view.operations.carry_out(name, await read_body(request, kind), who)
        return json_response(msgspec.to_builtins(outcome))

    async def _phases(self, request: Request) -> Response:
        check_operator(request, self._view.operator_token)
        return json_response({"instruments": msgspec.to_builtins(self._view.operations.phases())})
