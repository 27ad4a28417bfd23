"""What only an operator may do, and operators and auditors may see: FIX sessions and their frames.

`GET /admin/sessions`, `/admin/sessions/{comp_id}`, `/admin/sessions/{comp_id}/disconnects`, `/admin/frames`, and
`POST /admin/sessions/{comp_id}/{action}`; the actions and their bodies are those of `session_views.ACTIONS`.
`POST /admin/news` says something to the people at sessions.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.http.answers import json_response, time_text
from gateway.http.bodies import read_body
from gateway.http.callers import TheOperator, TheOverseer
from gateway.http.problem_answers import problem_answers
from gateway.http.problems import Problem
from gateway.http.session_views import ACTIONS, EndingView, FrameView, News, SessionAction
from gateway.http.struct_bodies import struct_body
from gateway.http.view import ExchangeView, SessionView

ACTION_EXAMPLES: dict[str, dict[str, Any]] = {
    "logout": {"reason": "maintenance"},
    "resend": {"begin": 1, "end": 0},
    "set-numbers": {"next_in": 1, "next_out": 1, "force": True},
    "disable": {"reason": "maintenance"},
}
"""What the API's document shows as a body; of the others an empty object."""

FRAME_FILTERS = {
    "parameters": [
        {"name": "session", "in": "query", "schema": {"type": "string"}, "description": "Only of this CompID."},
        {"name": "cl_ord_id", "in": "query", "schema": {"type": "string"}, "description": "Only of this order."},
        {
            "name": "after",
            "in": "query",
            "schema": {"type": "string", "pattern": "^[0-9]{1,18}$"},
            "description": "Only later than this time, nanoseconds since 1970.",
        },
    ]
}


class Admin:
    """The routes under `/admin`."""

    def __init__(self, view: ExchangeView) -> None:
        self._view = view

    def router(self) -> APIRouter:
        """What the application serves."""
        router = APIRouter(tags=["sessions"])
        router.add_api_route("/admin/sessions", self._sessions, summary="Every FIX session")
        router.add_api_route("/admin/sessions/{comp_id}", self._session, summary="One FIX session")
        router.add_api_route(
            "/admin/sessions/{comp_id}/disconnects", self._disconnects, summary="Why its lines and logons ended"
        )
        for name, kind in ACTIONS.items():
            router.add_api_route(
                f"/admin/sessions/{{comp_id}}/{name}",
                self._acting(name, kind),
                methods=["POST"],
                summary=(kind.__doc__ or "").rstrip("."),
                openapi_extra=struct_body(kind, ACTION_EXAMPLES.get(name, {})),
            )
        router.add_api_route(
            "/admin/sessions/{comp_id}/{action}", self._no_action, methods=["POST"], include_in_schema=False
        )
        router.add_api_route(
            "/admin/frames",
            self._frames,
            summary="The latest FIX frames",
            openapi_extra=FRAME_FILTERS,
            responses=problem_answers(HTTPStatus.BAD_REQUEST),
        )
        router.add_api_route(
            "/admin/news",
            self._news,
            methods=["POST"],
            summary="Say something to the people at sessions",
            openapi_extra=struct_body(News, {"text": "The market closes early today", "sessions": []}),
        )
        return router

    async def _sessions(self, _caller: TheOverseer) -> Response:
        return json_response({"sessions": [_shown(session) for session in self._view.sessions()]})

    async def _session(self, comp_id: str, _caller: TheOverseer) -> Response:
        return json_response(self._details(comp_id))

    async def _disconnects(self, comp_id: str, _caller: TheOverseer) -> Response:
        details = self._details(comp_id)
        return json_response({name: details[name] for name in ("disconnects", "refused_logons")})

    def _acting(self, name: str, kind: type[SessionAction]) -> Callable[..., Awaitable[Response]]:
        async def act(request: Request, comp_id: str, caller: TheOperator) -> Response:
            if self._view.desk.history(comp_id) is None:
                raise _unknown(comp_id)
            await self._view.desk.act(comp_id, name, await read_body(request, kind), caller.who)
            return json_response(self._details(comp_id))

        return act

    async def _no_action(self, action: str, _caller: TheOperator) -> Response:
        detail = f"{action} is no action; those of a session are {', '.join(ACTIONS)}."
        raise Problem(HTTPStatus.NOT_FOUND, "UNKNOWN_ACTION", detail)

    async def _news(self, request: Request, caller: TheOperator) -> Response:
        news = await read_body(request, News)
        for comp_id in news.sessions:
            if self._view.desk.history(comp_id) is None:
                raise _unknown(comp_id)
        return json_response({"sessions": await self._view.desk.tell(news, caller.who)})

    async def _frames(self, request: Request, _caller: TheOverseer) -> Response:
        asked = request.query_params
        after = asked.get("after", "0")
        if not (after.isascii() and after.isdigit() and len(after) <= 19):
            detail = f"after={after[:30]} is not a time in nanoseconds since 1970."
            raise Problem(HTTPStatus.BAD_REQUEST, "INVALID_TIME", detail)
        frames = self._view.desk.frames(asked.get("session", ""), asked.get("cl_ord_id", ""), int(after))
        return json_response({"frames": [_shown_frame(frame) for frame in frames]})

    def _details(self, comp_id: str) -> dict[str, Any]:
        history = self._view.desk.history(comp_id)
        session = next((one for one in self._view.sessions() if one.comp_id == comp_id), None)
        if history is None or session is None:
            raise _unknown(comp_id)
        return {**_shown(session), "disconnects": _endings(history[0]), "refused_logons": _endings(history[1])}


def _unknown(comp_id: str) -> Problem:
    detail = (
        f"{comp_id} is no FIX session here, or its setting `enabled` is false; /admin/sessions lists those there are."
    )
    return Problem(HTTPStatus.NOT_FOUND, "UNKNOWN_SESSION", detail)


def _shown(session: SessionView) -> dict[str, Any]:
    times = ("last_received", "last_disconnect_at")
    return {**asdict(session), **{name: _time(getattr(session, name)) for name in times}}


def _endings(endings: Sequence[EndingView]) -> list[dict[str, Any]]:
    return [{**asdict(ending), "at": _time(ending.at)} for ending in endings]


def _shown_frame(frame: FrameView) -> dict[str, Any]:
    # JavaScript cannot hold so many nanoseconds: the number is text.
    return {**asdict(frame), "at": _time(frame.at), "cursor": str(frame.at)}


def _time(at: int) -> str | None:
    return time_text(at) if at else None
