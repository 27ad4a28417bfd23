"""FIX credentials of users: `/fix-sessions`, where the operator's settings allow it.

A user has one session, with the user's name as CompID and the user's password; it trades the portfolios that the user
has. The FIX side makes it at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated, Protocol

from fastapi import APIRouter, Path
from starlette.responses import Response

from gateway.http.answers import json_response
from gateway.http.auth import TheUser
from gateway.http.auth_bodies import FixSessionList, FixSessionView
from gateway.http.callers import Caller, TheOverseer
from gateway.http.exact_json import api_router
from gateway.http.problem_answers import problem_answers
from gateway.http.problems import Problem

CompId = Annotated[str, Path(max_length=64)]

S = HTTPStatus


class FixSessionDesk(Protocol):
    """Makes and revokes users' FIX sessions; `gateway.platform.fix_sessions` is one."""

    async def create(self, caller: Caller) -> FixSessionView:
        """The caller's session, made if there is none. Raises `Problem`."""

    async def revoke(self, username: str) -> bool:
        """Takes a user's session away; whether there was one. Raises `Problem`."""

    def of(self, username: str) -> FixSessionView | None:
        """A user's session."""

    def all(self) -> Sequence[FixSessionView]:
        """Those of all users."""


class FixSessions:
    """The routes under `/fix-sessions`. Without a desk they say that the settings do not allow it."""

    def __init__(self, desk: FixSessionDesk | None) -> None:
        self._desk = desk

    def router(self) -> APIRouter:
        """What the application serves."""
        router = api_router("FIX credentials")
        add = router.add_api_route
        closed = problem_answers(S.FORBIDDEN)
        add(
            "/fix-sessions",
            self._own,
            summary="The own FIX session",
            responses={200: {"model": FixSessionList}, **closed},
        )
        add(
            "/fix-sessions",
            self._create,
            methods=["POST"],
            status_code=S.CREATED,
            summary="Make FIX credentials for the own portfolios",
            responses={201: {"model": FixSessionView}, **closed, **problem_answers(S.CONFLICT)},
        )
        add(
            "/fix-sessions/{comp_id}",
            self._revoke,
            methods=["DELETE"],
            status_code=S.NO_CONTENT,
            summary="Revoke the own FIX credentials; orders of the session are canceled",
            responses={**closed, **problem_answers(S.NOT_FOUND)},
        )
        add(
            "/admin/fix-sessions",
            self._all,
            summary="The FIX sessions of all users",
            responses={200: {"model": FixSessionList}, **closed},
        )
        return router

    async def _own(self, caller: TheUser) -> Response:
        own = self._opened().of(caller.username)
        return json_response({"fix_sessions": [] if own is None else [own.model_dump()]})

    async def _create(self, caller: TheUser) -> Response:
        made = await self._opened().create(caller)
        return json_response(made.model_dump(), S.CREATED)

    async def _revoke(self, comp_id: CompId, caller: TheUser) -> Response:
        desk = self._opened()
        if comp_id != caller.username or not await desk.revoke(comp_id):
            detail = f"{comp_id} is no FIX session that you have; GET /fix-sessions shows yours."
            raise Problem(S.NOT_FOUND, "UNKNOWN_SESSION", detail)
        return Response(status_code=S.NO_CONTENT)

    async def _all(self, _caller: TheOverseer) -> Response:
        return json_response({"fix_sessions": [one.model_dump() for one in self._opened().all()]})

    def _opened(self) -> FixSessionDesk:
        if self._desk is None:
            detail = "Users make no FIX sessions here (platform.fix_sessions); an operator lists them in the settings."
            raise Problem(S.FORBIDDEN, "FIX_SESSIONS_CLOSED", detail)
        return self._desk
