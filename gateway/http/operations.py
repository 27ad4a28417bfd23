"""What operators do to the market: halt, resume, bust, correct, block.

`POST /admin/operations/{name}`; the names and their bodies are those of `operation_views.OPERATIONS`. `GET
/admin/phases` shows where in its day each instrument is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.http.answers import json_response
from gateway.http.bodies import read_body
from gateway.http.callers import TheOperator, TheOverseer
from gateway.http.operation_views import OPERATIONS, Operation
from gateway.http.problems import Problem
from gateway.http.struct_bodies import struct_body
from gateway.http.view import ExchangeView


class Operations:
    """The routes of market operations."""

    def __init__(self, view: ExchangeView) -> None:
        self._view = view

    def router(self) -> APIRouter:
        """What the application serves."""
        router = APIRouter(tags=["operations"])
        for name, kind in OPERATIONS.items():
            router.add_api_route(
                f"/admin/operations/{name}",
                self._carrying_out(name, kind),
                methods=["POST"],
                summary=(kind.__doc__ or "").rstrip("."),
                openapi_extra=struct_body(kind),
            )
        router.add_api_route("/admin/operations/{name}", self._no_operation, methods=["POST"], include_in_schema=False)
        router.add_api_route("/admin/phases", self._phases, summary="Where in its day each instrument is")
        return router

    def _carrying_out(self, name: str, kind: type[Operation]) -> Callable[..., Awaitable[Response]]:
        async def carry_out(request: Request, caller: TheOperator) -> Response:
            outcome = await self._view.operations.carry_out(name, await read_body(request, kind), caller.who)
            return json_response(msgspec.to_builtins(outcome))

        return carry_out

    async def _no_operation(self, name: str, _caller: TheOperator) -> Response:
        detail = f"{name} is no operation; there are {', '.join(OPERATIONS)}."
        raise Problem(HTTPStatus.NOT_FOUND, "UNKNOWN_OPERATION", detail)

    async def _phases(self, _caller: TheOverseer) -> Response:
        return json_response({"instruments": msgspec.to_builtins(self._view.operations.phases())})
