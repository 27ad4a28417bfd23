"""Accounts in the operator's hands: money and shares in and out, limits, protective stops, companies' actions.

`POST /admin/clearing/{name}`; the names and their bodies are those of `account_views.ACCOUNT_OPERATIONS`. `GET
/admin/accounts/{account}`, `/admin/limits` and `/admin/settlement` show how everything stands this moment.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.http.account_views import ACCOUNT_OPERATIONS, AccountOperation
from gateway.http.answers import json_response
from gateway.http.bodies import read_body
from gateway.http.callers import TheOperator, TheOverseer
from gateway.http.problems import Problem
from gateway.http.struct_bodies import struct_body
from gateway.http.view import ExchangeView

EXAMPLES: dict[str, dict[str, Any]] = {
    "deposit": {"account": "ALICE", "asset": "USD", "amount": "1000.50", "reason": "wire of today"},
    "withdraw": {"account": "ALICE", "asset": "USD", "amount": "250"},
    "holdings": {"account": "ALICE", "holdings": [{"symbol": "ACME", "quantity": 500, "price": "10.00"}]},
    "limits": {"scope": "account", "name": "ALICE", "max_order_value": "50000"},
    "stop-loss": {"account": "ALICE", "symbol": "ACME", "distance_basis_points": 500, "trailing": True},
    "corporate-action": {"kind": "cash dividend", "symbol": "ACME", "ex_date": "2026-03-06", "amount": "0.25"},
    "clearing-rules": {"partial_settlement": True},
}
"""What the API's document shows as a body."""


class Accounts:
    """The routes of account operations."""

    def __init__(self, view: ExchangeView) -> None:
        self._view = view

    def router(self) -> APIRouter:
        """What the application serves."""
        router = APIRouter(tags=["clearing"])
        for name, kind in ACCOUNT_OPERATIONS.items():
            router.add_api_route(
                f"/admin/clearing/{name}",
                self._carrying_out(name, kind),
                methods=["POST"],
                summary=(kind.__doc__ or "").rstrip("."),
                openapi_extra=struct_body(kind, EXAMPLES[name]),
            )
        router.add_api_route("/admin/clearing/{name}", self._no_operation, methods=["POST"], include_in_schema=False)
        router.add_api_route("/admin/accounts/{account}", self._account, summary="One account as it stands now")
        router.add_api_route("/admin/limits", self._limits, summary="All limits in force")
        router.add_api_route("/admin/settlement", self._settlement, summary="What is still to settle")
        return router

    def _carrying_out(self, name: str, kind: type[AccountOperation]) -> Callable[..., Awaitable[Response]]:
        async def carry_out(request: Request, caller: TheOperator) -> Response:
            outcome = await self._view.accounts.carry_out(name, await read_body(request, kind), caller.who)
            return json_response(msgspec.to_builtins(outcome))

        return carry_out

    async def _no_operation(self, name: str, _caller: TheOperator) -> Response:
        detail = f"{name} is no operation; there are {', '.join(ACCOUNT_OPERATIONS)}."
        raise Problem(HTTPStatus.NOT_FOUND, "UNKNOWN_OPERATION", detail)

    async def _account(self, account: str, _caller: TheOverseer) -> Response:
        return json_response(msgspec.to_builtins(self._view.accounts.account(account)))

    async def _limits(self, _caller: TheOverseer) -> Response:
        return json_response({"limits": msgspec.to_builtins(self._view.accounts.limits())})

    async def _settlement(self, _caller: TheOverseer) -> Response:
        return json_response(msgspec.to_builtins(self._view.accounts.settlement()))
