"""Whether the exchange lives (`/livez`) and whether all of it works (`/readyz`: 200, or 503 with what is wrong)."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter
from starlette.responses import Response

from gateway.http.answers import json_response
from gateway.http.view import ExchangeView


class Health:
    """The routes of health."""

    def __init__(self, view: ExchangeView) -> None:
        self._view = view

    def router(self) -> APIRouter:
        """What the application serves."""
        router = APIRouter(tags=["health"])
        router.add_api_route("/livez", self._alive, summary="Whether the exchange lives")
        not_ready = {"description": "Something does not work; the body says what.", "content": {"application/json": {}}}
        router.add_api_route("/readyz", self._ready, summary="Whether all of it works", responses={503: not_ready})
        return router

    async def _alive(self) -> Response:
        return json_response({"status": "alive"})

    async def _ready(self) -> Response:
        parts = self._view.parts()
        is_ready = all(part.is_up for part in parts.values())
        body = {
            "status": "ready" if is_ready else "not ready",
            "parts": {
                name: {"up": part.is_up, "text": part.text} | ({} if part.lag is None else {"lag_events": part.lag})
                for name, part in parts.items()
            },
        }
        return json_response(body, HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE)
