"""Users and what they show: registration, login and logout, the own password, logins and API keys, under `/auth`.

A login's token comes in the answer, for programs, and in a cookie that scripts cannot read, for browsers. Keys and
passwords are changed by who has logged in, not by a program with a key.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from starlette.requests import Request
from starlette.responses import Response

from exchange.store.access import ApiKey, Login
from exchange.store.identity import User
from exchange.store.portfolios import Portfolio
from gateway.http.answers import json_response, time_text
from gateway.http.auth_bodies import (
    Credentials,
    KeyList,
    KeyRequest,
    KeyView,
    LoginView,
    MeView,
    NewKeyView,
    Number,
    PasswordChange,
    RegisteredView,
    Registration,
    TokenList,
)
from gateway.http.callers import PLAIN_COOKIE, SECURE_COOKIE, Caller, TheCaller, address_of
from gateway.http.exact_json import api_router
from gateway.http.problem_answers import problem_answers
from gateway.http.problems import Problem
from gateway.platform.membership import Platform

DAY = 86_400 * 1_000_000_000

TokenId = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
KeyId = Annotated[Number, Path()]

S = HTTPStatus


async def the_user(caller: TheCaller) -> Caller:
    """Dependency: a user who has logged in. Raises `Problem` 403 for a key, and for the token of operator.token."""
    if caller.via == "key" or not caller.user_id:
        shown = "an API key" if caller.via == "key" else "the token of operator.token"
        raise Problem(
            S.FORBIDDEN, "LOGIN_NEEDED", f"This needs a login by POST /auth/login; the request shows {shown}."
        )
    return caller


TheUser = Annotated[Caller, Depends(the_user)]


class Auth:
    """The routes under `/auth`."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._cookie = SECURE_COOKIE if platform.has_secure_cookies else PLAIN_COOKIE

    def router(self) -> APIRouter:
        """What the application serves."""
        router = api_router("users")
        add = router.add_api_route
        add(
            "/auth/register",
            self._register,
            methods=["POST"],
            status_code=S.CREATED,
            summary="Become a user, with a first portfolio",
            responses={
                201: {"model": RegisteredView},
                **problem_answers(S.FORBIDDEN, S.CONFLICT, S.INSUFFICIENT_STORAGE),
            },
        )
        add(
            "/auth/login",
            self._log_in,
            methods=["POST"],
            summary="Log in",
            responses={200: {"model": LoginView}, **problem_answers(S.UNAUTHORIZED)},
        )
        add(
            "/auth/logout",
            self._log_out,
            methods=["POST"],
            status_code=S.NO_CONTENT,
            summary="End the login at hand",
            responses=problem_answers(S.FORBIDDEN),
        )
        add("/auth/me", self._me, summary="Who asks", responses={200: {"model": MeView}})
        add(
            "/auth/password",
            self._change_password,
            methods=["POST"],
            status_code=S.NO_CONTENT,
            summary="Take another password; all other logins end",
            responses=problem_answers(S.FORBIDDEN),
        )
        self._add_tokens(router)
        self._add_keys(router)
        return router

    def _add_tokens(self, router: APIRouter) -> None:
        router.add_api_route(
            "/auth/tokens",
            self._tokens,
            summary="The own logins in force",
            responses={200: {"model": TokenList}, **problem_answers(S.FORBIDDEN)},
        )
        router.add_api_route(
            "/auth/tokens/{token_id}",
            self._end_token,
            methods=["DELETE"],
            status_code=S.NO_CONTENT,
            summary="End an own login",
            responses=problem_answers(S.FORBIDDEN, S.NOT_FOUND),
        )

    def _add_keys(self, router: APIRouter) -> None:
        router.add_api_route(
            "/auth/keys",
            self._keys,
            summary="The own API keys",
            responses={200: {"model": KeyList}, **problem_answers(S.FORBIDDEN)},
        )
        router.add_api_route(
            "/auth/keys",
            self._make_key,
            methods=["POST"],
            status_code=S.CREATED,
            summary="Make an API key, which is shown once",
            responses={201: {"model": NewKeyView}, **problem_answers(S.FORBIDDEN, S.CONFLICT)},
        )
        router.add_api_route(
            "/auth/keys/{key_id}",
            self._revoke_key,
            methods=["DELETE"],
            summary="Revoke an own API key",
            responses={200: {"model": KeyView}, **problem_answers(S.FORBIDDEN, S.NOT_FOUND)},
        )

    async def _register(self, request: Request, body: Registration) -> Response:
        users = self._platform.users
        user, portfolio, as_of = await users.register(body.username, body.password, body.email, address_of(request))
        return json_response({**user_shown(user), "portfolios": [_shown(portfolio)], "as_of": as_of}, S.CREATED)

    async def _log_in(self, request: Request, body: Credentials) -> Response:
        agent = request.headers.get("user-agent", "")
        begun = await self._platform.users.log_in(body.username, body.password, address_of(request), agent)
        login = begun.login
        answer = json_response(
            {
                "token": begun.token,
                "token_type": "bearer",
                "expires_at": time_text(login.expires_at),
                "user": user_shown(begun.user),
            }
        )
        seconds = (login.expires_at - login.created_at) // 1_000_000_000
        self._set_cookie(answer, begun.token, seconds)
        return answer

    async def _log_out(self, caller: TheUser) -> Response:
        await self._platform.access.end_login(caller.user_id, caller.credential)
        answer = Response(status_code=S.NO_CONTENT)
        self._set_cookie(answer, "", 0)
        return answer

    async def _me(self, caller: TheCaller) -> Response:
        if not caller.user_id:
            who = User(0, caller.username, caller.role)
            return json_response({**user_shown(who), "via": caller.via, "portfolios": []})
        user = await self._platform.users.numbered(caller.user_id)
        own = [_shown(one) for one in self._platform.portfolios.of_user(caller.user_id)]
        return json_response({**user_shown(user), "via": caller.via, "portfolios": own})

    async def _change_password(self, body: PasswordChange, caller: TheUser) -> Response:
        await self._platform.users.change_password(caller, body.present_password, body.new_password)
        return Response(status_code=S.NO_CONTENT)

    async def _tokens(self, caller: TheUser) -> Response:
        logins = await self._platform.access.logins(caller.user_id)
        return json_response({"tokens": [_login_shown(one, caller) for one in logins]})

    async def _end_token(self, token_id: TokenId, caller: TheUser) -> Response:
        if not await self._platform.access.end_login(caller.user_id, token_id):
            detail = f"You have no login {token_id}; GET /auth/tokens lists those in force."
            raise Problem(S.NOT_FOUND, "UNKNOWN_TOKEN", detail)
        return Response(status_code=S.NO_CONTENT)

    async def _keys(self, caller: TheUser) -> Response:
        keys = await self._platform.access.keys(caller.user_id)
        return json_response({"keys": [_key_shown(one) for one in keys]})

    async def _make_key(self, body: KeyRequest, caller: TheUser) -> Response:
        key, made = await self._platform.access.make_key(caller.user_id, body.name, body.expires_in_days)
        return json_response({**_key_shown(made), "key": key}, S.CREATED)

    async def _revoke_key(self, key_id: KeyId, caller: TheUser) -> Response:
        revoked = await self._platform.access.revoke_key(caller.user_id, key_id)
        if revoked is None:
            detail = f"You have no API key {key_id} in force; GET /auth/keys lists yours."
            raise Problem(S.NOT_FOUND, "UNKNOWN_KEY", detail)
        return json_response(_key_shown(revoked))

    def _set_cookie(self, answer: Response, token: str, seconds: int) -> None:
        # Strict: no other site can make a browser send it. HttpOnly: no script of a page can read it.
        answer.set_cookie(
            self._cookie,
            token,
            max_age=seconds,
            path="/",
            secure=self._platform.has_secure_cookies,
            httponly=True,
            samesite="strict",
        )


def user_shown(user: User) -> dict[str, Any]:
    """A user as answers have it."""
    return {
        "id": user.user_id,
        "username": user.username,
        "role": user.role.value,
        "email": user.email,
        "firm": user.firm,
        "is_enabled": user.is_enabled,
    }


def _shown(portfolio: Portfolio) -> dict[str, Any]:
    return {"id": portfolio.portfolio_id, "account": portfolio.account_id, "name": portfolio.name}


def _login_shown(login: Login, caller: Caller) -> dict[str, Any]:
    return {
        "id": login.token_hash,
        "created_at": time_text(login.created_at),
        "expires_at": time_text(login.expires_at),
        "last_used_at": time_text(login.last_used_at),
        "address": login.address,
        "user_agent": login.user_agent,
        "is_this": login.token_hash == caller.credential,
    }


def _key_shown(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.key_id,
        "name": key.name,
        "created_at": time_text(key.created_at),
        "last_used_at": _time(key.last_used_at),
        "expires_at": _time(key.expires_at),
        "revoked_at": _time(key.revoked_at),
    }


def _time(at: int | None) -> str | None:
    return time_text(at) if at else None
