"""Who asks: the caller of a request, found by what it shows, and the roles that a route takes.

Routes say what they need by their arguments: `caller: TheCaller` for anybody who is known, `TheOperator` and
`TheOverseer` for those roles, or any other set by `requires`. What is shown is looked up by the application's
`CallerFinder`, which `build_app` puts into `app.state`.

A cookie comes along with requests that another site makes the browser send. So it counts for a request that changes
something only where the browser says that the request is from this site, or one that the settings allow.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from http import HTTPStatus
from typing import Annotated, Literal, Protocol, TypeAlias

from fastapi import Depends
from msgspec import Struct
from starlette.requests import Request

from exchange.store.identity import Role
from gateway.http.problems import Problem

Via: TypeAlias = Literal["cookie", "key", "token"]
"""By what somebody is known: the cookie of a login, an API key, or a token in `Authorization: Bearer`."""

API_KEY_PREFIX = "fxp_"
"""What every API key begins with, so that one that leaked into a file is found there."""

API_KEY_HEADER = "x-api-key"
PLAIN_COOKIE = "fixpit_session"
SECURE_COOKIE = "__Host-fixpit_session"
"""Over TLS: browsers take it from this host alone, and only with Secure and Path=/."""

SECRET_CHARACTERS_MAX = 128
"""Tokens and keys are shorter; what is longer is none, and is not hashed."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

SCRIPT_HEADER = "x-requested-with"
"""A program that keeps cookies and is no browser sends this, with any value: a form of another site cannot."""


class Caller(Struct, frozen=True, gc=False):
    """Somebody who is known."""

    user_id: int
    """0: whoever has the token in `operator.token` of the data folder."""
    username: str
    role: Role
    firm: str
    """Whose accounts a broker trades; empty: none."""
    via: Via
    address: str = ""
    credential: str = ""
    """SHA-256 of what was shown, in hexadecimal: which of the user's tokens it is."""

    @property
    def who(self) -> str:
        """For the audit."""
        name = f"{self.role} {self.username}" if self.user_id else self.role.value
        return f"{name} at {self.address or 'an unknown address'}"


class CallerFinder(Protocol):
    """Knows tokens and keys, and how often somebody may ask; `gateway.platform.access` is one."""

    @property
    def allowed_origins(self) -> Collection[str]:
        """Other sites whose pages may use the API, such as `https://desk.example`."""

    async def find(self, secret: str, via: Via, address: str) -> Caller | None:
        """Who has that secret. Raises `Problem` when that cannot be told now, or the caller asks too often."""


async def the_caller(request: Request) -> Caller:
    """Dependency: who asks. Raises `Problem`: 401 for nobody, 403 for a request that another site has made."""
    secret, via = _shown(request)
    finder: CallerFinder = request.app.state.callers
    caller = None
    if 0 < len(secret) <= SECRET_CHARACTERS_MAX and secret.isascii():
        caller = await finder.find(secret, via, address_of(request))
    if caller is None:
        raise unauthorized()
    if via == "cookie" and request.method not in SAFE_METHODS:
        check_site(request, finder.allowed_origins)
    return caller


TheCaller = Annotated[Caller, Depends(the_caller)]


class RoleRequired:
    """Dependency: the caller, when it has one of the roles. Raises `Problem` 403."""

    def __init__(self, roles: Collection[Role]) -> None:
        self.roles = frozenset(roles)

    async def __call__(self, caller: TheCaller) -> Caller:
        """FastAPI's way in."""
        if caller.role not in self.roles:
            allowed = " or ".join(sorted(self.roles))
            raise Problem(
                HTTPStatus.FORBIDDEN, "FORBIDDEN", f"{caller.username} is {caller.role}; this is for {allowed}."
            )
        return caller


def requires(*roles: Role) -> Callable[..., Awaitable[Caller]]:
    """What a route depends on that only these roles may use."""
    return RoleRequired(roles)


TheOperator = Annotated[Caller, Depends(RoleRequired([Role.OPERATOR]))]
"""Changes the exchange."""

TheOverseer = Annotated[Caller, Depends(RoleRequired([Role.OPERATOR, Role.AUDITOR]))]
"""Sees everything."""


def unauthorized(detail: str = "") -> Problem:
    """The problem of somebody who is not known."""
    text = detail or (
        "This needs `Authorization: Bearer TOKEN` with a token of POST /auth/login or an API key, or the cookie of a "
        "login; an operator's token is in operator.token in the data folder."
    )
    return Problem(HTTPStatus.UNAUTHORIZED, "UNAUTHORIZED", text, {"WWW-Authenticate": 'Bearer realm="fixpit"'})


def address_of(request: Request) -> str:
    """From where the request came, as the socket says."""
    return request.client.host if request.client else ""


def check_site(request: Request, allowed_origins: Collection[str]) -> None:
    """Raises `Problem` 403 unless the browser says that this site, or an allowed one, has made the request."""
    headers = request.headers
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if origin is not None:
        is_ours = origin in allowed_origins or origin.partition("://")[2] == headers.get("host")
    elif site is not None:
        is_ours = site == "same-origin"
    else:
        is_ours = bool(headers.get(SCRIPT_HEADER))
    if not is_ours:
        shown = f"Origin {origin}" if origin is not None else f"Sec-Fetch-Site {site}" if site else "no Origin"
        detail = (
            f"A cookie does not count for {request.method} with {shown[:120]}: send it from a page of this host or of "
            "http.cors_origins, with the header X-Requested-With from a program, or use `Authorization: Bearer TOKEN`."
        )
        raise Problem(HTTPStatus.FORBIDDEN, "CROSS_SITE_REQUEST", detail)


def _shown(request: Request) -> tuple[str, Via]:
    """The secret that the request shows, and how; a header beats the cookie."""
    headers = request.headers
    authorization = headers.get("authorization")
    if authorization is not None:
        scheme, _, secret = authorization.partition(" ")
        secret = secret.strip() if scheme.lower() == "bearer" else ""
        return secret, "key" if secret.startswith(API_KEY_PREFIX) else "token"
    key = headers.get(API_KEY_HEADER)
    if key is not None:
        return (key if key.startswith(API_KEY_PREFIX) else ""), "key"
    cookies = request.cookies
    return cookies.get(SECURE_COOKIE) or cookies.get(PLAIN_COOKIE, ""), "cookie"
