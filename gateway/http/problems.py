"""Everything that HTTP refuses, as RFC 9457 problem bodies: `type` ends in a stable name, `detail` says what is right.

A refusal of the venue has the name of its `RejectReason`. Called by the routes and by the application for whatever
finds no route.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from exchange.store.errors import IdentityBusy, StoreBusy

_log = structlog.get_logger(__name__)

TYPE_PREFIX = "urn:fixpit:problem:"
"""A problem's `type` is a name, not an address: fixpit works where there is no network."""

MEDIA_TYPE = "application/problem+json"

_encode = msgspec.json.Encoder(decimal_format="number").encode


class Problem(Exception):
    """A request that cannot be answered as asked."""

    def __init__(
        self,
        status: HTTPStatus,
        name: str,
        detail: str,
        headers: dict[str, str] | None = None,
        *,
        errors: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """`errors`: each wrong field as `{field, rule, value}`, where there are several things to say."""
        self.status = status
        self.name = name
        self.detail = detail
        self.headers = headers
        self.errors = errors
        super().__init__(detail)


def problem_response(problem: Problem, instance: str) -> Response:
    """The body of a problem; `instance` is the path that was asked for."""
    body: dict[str, Any] = {
        "type": TYPE_PREFIX + problem.name,
        "title": problem.name.replace("_", " ").capitalize(),
        "status": int(problem.status),
        "detail": problem.detail,
        "instance": instance,
    }
    if problem.errors:
        body["errors"] = problem.errors
    return Response(_encode(body), problem.status, problem.headers, MEDIA_TYPE)


def answer_problem(request: Request, error: Exception) -> Response:
    """Handler of `Problem`."""
    assert isinstance(error, Problem), error
    return problem_response(error, request.url.path)


def answer_http_exception(request: Request, error: Exception) -> Response:
    """Handler of what the router itself refuses: a path that is nowhere, a method that a path does not take."""
    assert isinstance(error, HTTPException), error
    path = request.url.path
    if error.status_code == HTTPStatus.NOT_FOUND:
        return problem_response(Problem(HTTPStatus.NOT_FOUND, "UNKNOWN_PATH", f"Nothing is at {path}."), path)
    if error.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
        status = HTTPStatus(error.status_code)
        return problem_response(Problem(status, status.name, f"{error.detail}."), path)
    allowed = dict(error.headers or {})["Allow"]
    detail = f"{path} does not take {request.method}; it takes {allowed}."
    headers = {"Allow": allowed}
    return problem_response(Problem(HTTPStatus.METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", detail, headers), path)


def answer_store_error(request: Request, error: Exception) -> Response:
    """Handler of a store that does not answer now, or has as much to do as it may."""
    headers = {"Retry-After": "1"}
    if isinstance(error, IdentityBusy | StoreBusy):
        detail = "Too many requests wait for the store; ask again. Matching is not affected."
        problem = Problem(HTTPStatus.TOO_MANY_REQUESTS, "TOO_MANY_REQUESTS", detail, headers)
    else:
        _log.warning("a request waits for the store", path=request.url.path, error=str(error))
        detail = "The store does not answer now; ask again. Matching is not affected."
        problem = Problem(HTTPStatus.SERVICE_UNAVAILABLE, "STORE_UNAVAILABLE", detail, headers)
    return problem_response(problem, request.url.path)


def answer_failure(request: Request, _error: Exception) -> Response:
    """Handler of a mistake of ours. The cause stands in the log, not in the answer."""
    detail = "The exchange could not answer; its log says why. Matching is not affected."
    problem = Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", detail)
    return problem_response(problem, request.url.path)
