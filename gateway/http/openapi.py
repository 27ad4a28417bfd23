"""The OpenAPI document: what FastAPI knows of the routes, and what holds for all of them.

Which answers a route can give besides its own follows from what it takes: a body can be too long, a caller unknown.
Made when it is first asked for, beside the loop, because it takes longer than matching may wait.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic.json_schema import models_json_schema

from exchange.store.identity import Role
from gateway.http.account_views import ACCOUNT_OPERATIONS
from gateway.http.callers import API_KEY_HEADER, PLAIN_COOKIE, SAFE_METHODS, RoleRequired, the_caller
from gateway.http.clock import MoveClock
from gateway.http.operation_views import OPERATIONS
from gateway.http.problem_answers import ProblemBody, problem_answers
from gateway.http.session_views import ACTIONS, News
from gateway.http.struct_bodies import struct_schemas

TITLE = "Stock Trading Platform API"
DESCRIPTION = "API for interacting with the stock trading platform"
API_VERSION = "1.0.0"
"""Of the API, not of the program: it changes when something that is there is taken away."""

SECURITY_SCHEMES = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token of POST /auth/login, an API key, or what is in operator.token of the data folder.",
    },
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "An API key of POST /auth/keys."},
    "cookie": {"type": "apiKey", "in": "cookie", "name": PLAIN_COOKIE, "description": "The cookie of a login."},
}
assert SECURITY_SCHEMES["key"]["name"].lower() == API_KEY_HEADER, "the header that callers are looked for in"

ABOUT_USERS = {"users", "FIX credentials"}
"""Tags of routes that reach the store and not the venue."""

S = HTTPStatus

_REFERENCE = "#/components/schemas/{model}"


def api_routes(routers: Iterable[APIRouter]) -> list[APIRoute]:
    """The routes that the document is about."""
    return [
        route
        for router in routers
        for route in router.routes
        if isinstance(route, APIRoute) and route.include_in_schema
    ]


def roles_of(route: APIRoute) -> frozenset[Role] | None:
    """The roles that may use a route; None for a route that everybody may use, known or not."""
    found = list(_dependencies(route.dependant))
    if not any(one.call is the_caller for one in found):
        return None
    roles = frozenset(Role)
    for one in found:
        if isinstance(one.call, RoleRequired):
            roles &= one.call.roles
    return roles


def api_document(routers: Sequence[APIRouter]) -> dict[str, Any]:
    """The document of all these routes."""
    routes = api_routes(routers)
    document: dict[str, Any] = get_openapi(title=TITLE, version=API_VERSION, description=DESCRIPTION, routes=routes)
    for route in routes:
        for method in sorted(route.methods or ()):
            _complete(document["paths"][route.path_format][method.lower()], route, method)
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    _, problems = models_json_schema([(ProblemBody, "serialization")], ref_template=_REFERENCE)
    schemas |= problems["$defs"] | struct_schemas(
        [*ACTIONS.values(), *OPERATIONS.values(), *ACCOUNT_OPERATIONS.values(), News, MoveClock]
    )
    components["securitySchemes"] = SECURITY_SCHEMES
    return document


def _complete(operation: dict[str, Any], route: APIRoute, method: str) -> None:
    words = re.findall(r"[a-z0-9]+", route.path_format.lower())
    operation["operationId"] = "_".join([method.lower(), *words])
    responses: dict[str, Any] = operation["responses"]
    statuses = {S.TOO_MANY_REQUESTS, S.SERVICE_UNAVAILABLE}
    roles = roles_of(route)
    if roles is not None:
        operation["security"] = [{name: []} for name in SECURITY_SCHEMES]
        operation["x-roles"] = sorted(roles)
        statuses.add(S.UNAUTHORIZED)
        if method not in SAFE_METHODS or roles != frozenset(Role):
            statuses.add(S.FORBIDDEN)
    if method not in SAFE_METHODS and not ABOUT_USERS & set(route.tags):
        # It becomes a command of the venue, which may refuse it, and has no room for it on a full disk.
        statuses |= {S.NOT_FOUND, S.CONFLICT, S.INSUFFICIENT_STORAGE}
    if operation.get("parameters"):
        # Most of them name something, which may not be there.
        statuses.add(S.NOT_FOUND)
    if "requestBody" in operation:
        statuses |= {S.BAD_REQUEST, S.REQUEST_ENTITY_TOO_LARGE, S.UNPROCESSABLE_ENTITY}
        if route.body_field is not None:
            statuses.add(S.UNSUPPORTED_MEDIA_TYPE)
    # What FastAPI says of 422 is not what is answered here.
    if responses.pop("422", None) is not None or operation.get("parameters"):
        statuses.add(S.UNPROCESSABLE_ENTITY)
    for status, answer in problem_answers(*statuses).items():
        responses.setdefault(str(status), answer)


def _dependencies(dependant: Dependant) -> Iterable[Dependant]:
    for one in dependant.dependencies:
        yield one
        yield from _dependencies(one)
