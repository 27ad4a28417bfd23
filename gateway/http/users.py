"""Users as operators see and change them: `/admin/users`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from gateway.http.answers import json_response
from gateway.http.auth import user_shown
from gateway.http.auth_bodies import NewUser, Number, UserChange, UserList, UserView
from gateway.http.callers import TheOperator, TheOverseer
from gateway.http.exact_json import api_router
from gateway.http.problem_answers import problem_answers
from gateway.platform.users import Users

PAGE_MAX = 1_000
"""Users in one answer: some hundred kilobytes."""

S = HTTPStatus

UserId = Annotated[Number, Path()]


class UserAdmin:
    """The routes under `/admin/users`."""

    def __init__(self, users: Users) -> None:
        self._users = users

    def router(self) -> APIRouter:
        """What the application serves."""
        router = api_router("users")
        router.add_api_route(
            "/admin/users", self._list, summary="Users, in the order they came", responses={200: {"model": UserList}}
        )
        router.add_api_route(
            "/admin/users",
            self._make,
            methods=["POST"],
            status_code=S.CREATED,
            summary="Make a user",
            responses={201: {"model": UserView}, **problem_answers(S.CONFLICT)},
        )
        router.add_api_route(
            "/admin/users/{user_id}",
            self._one,
            summary="One user",
            responses={200: {"model": UserView}, **problem_answers(S.NOT_FOUND)},
        )
        router.add_api_route(
            "/admin/users/{user_id}",
            self._change,
            methods=["PATCH"],
            summary="Change a user's role, firm or email, give a new password, or shut the user out",
            responses={200: {"model": UserView}, **problem_answers(S.NOT_FOUND, S.CONFLICT)},
        )
        return router

    async def _list(
        self,
        _caller: TheOverseer,
        after: Annotated[int, Query(ge=0, le=2**53, description="The last user's number of the page before.")] = 0,
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 100,
    ) -> Response:
        page = await self._users.page(after, limit)
        more = page[-1].user_id if len(page) == limit else None
        return json_response({"users": [user_shown(one) for one in page], "next": more})

    async def _one(self, user_id: UserId, _caller: TheOverseer) -> Response:
        return json_response(user_shown(await self._users.numbered(user_id)))

    async def _make(self, body: NewUser, caller: TheOperator) -> Response:
        user = await self._users.make(body.username, body.password, body.role, body.email, body.firm, caller.who)
        return json_response(user_shown(user), S.CREATED)

    async def _change(self, user_id: UserId, body: UserChange, caller: TheOperator) -> Response:
        changes = body.model_dump(exclude_none=True)
        password = changes.pop("password", None)
        return json_response(user_shown(await self._users.change(user_id, changes, password, caller.who)))
