"""What only an operator may see and do, with `Authorization: Bearer OPERATOR_TOKEN`: FIX sessions and their frames.

`GET /admin/sessions`, `/admin/sessions/{comp_id}`, `/admin/sessions/{comp_id}/disconnects`, `/admin/frames`, and
`POST /admin/sessions/{comp_id}/{action}`; the actions and their bodies are those of `session_views.ACTIONS`.
`POST /admin/news` says something to the people at sessions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.http.bodies import read_body
from gateway.http.market_data import json_response, time_text
from gateway.http.operator import check_operator
from gateway.http.problems import Problem
from gateway.http.session_views import ACTIONS, EndingView, FrameView, News
from gateway.http.view import ExchangeView, SessionView


class Admin:
    """The routes under `/admin`."""

    def __init__(self, view: ExchangeView) -> None:
        self._view = view

    def routes(self) -> list[Route]:
        """What the application serves."""
        return [
            Route("/admin/sessions", self._sessions),
            Route("/admin/sessions/{comp_id}", self._session),
            Route("/admin/sessions/{comp_id}/disconnects", self._disconnects),
            Route("/admin/sessions/{comp_id}/{action}", self._act, methods=["POST"]),
            Route("/admin/frames", self._frames),
            Route("/admin/news", self._news, methods=["POST"]),
        ]

    async def _sessions(self, request: Request) -> Response:
        check_operator(request, self._view.operator_token)
        return json_response({"sessions": [_shown(session) for session in self._view.sessions()]})

    async def _session(self, request: Request) -> Response:
        check_operator(request, self._view.operator_token)
        return json_response(self._details(request.path_params["comp_id"]))

    async def _disconnects(self, request: Request) -> Response:
        check_operator(request, self._view.operator_token)
        details = self._details(request.path_params["comp_id"])
        return json_response({name: details[name] for name in ("disconnects", "refused_logons")})

    async def _act(self, request: Request) -> Response:
        who = check_operator(request, self._view.operator_token)
        comp_id, name = request.path_params["comp_id"], request.path_params["action"]
        kind = ACTIONS.get(name)
        if kind is None:
            detail = f"{name} is no action; those of a session are {', '.join(ACTIONS)}."
            raise Problem(HTTPStatus.NOT_FOUND, "UNKNOWN_ACTION", detail)
        if self._view.desk.history(comp_id) is None:
            raise _unknown(comp_id)
        await self._view.desk.act(comp_id, name, await read_body(request, kind), who)
        return json_response(self._details(comp_id))

    async def _news(self, request: Request) -> Response:
        who = check_operator(request, self._view.operator_token)
        news = await read_body(request, News)
        for comp_id in news.sessions:
            if self._view.desk.history(comp_id) is None:
                raise _unknown(comp_id)
        return json_response({"sessions": await self._view.desk.tell(news, who)})

    async def _frames(self, request: Request) -> Response:
        check_operator(request, self._view.operator_token)
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
