"""What is wrong with a request's fields, as a problem: each field with the rule that it breaks and the value it has.

FastAPI and pydantic find the mistakes; this file puts them into the words of `problems`. What may be a secret is never
shown again.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import Response

from gateway.http.problems import Problem, problem_response

ERRORS_MAX = 50
"""Mistakes told of one request: a list of thousands would make the answer larger than the question."""

VALUE_CHARACTERS_MAX = 100

_SECRETS = ("password", "token", "key", "secret")

_JSON_INVALID = "json_invalid"


def answer_wrong_fields(request: Request, error: Exception) -> Response:
    """Handler of what FastAPI finds wrong in path, query, headers and body."""
    assert isinstance(error, RequestValidationError), error
    return problem_response(fields_problem(error), request.url.path)


def fields_problem(error: RequestValidationError) -> Problem:
    """422 `INVALID_FIELD` with `errors`; 400 `MALFORMED_JSON` for a body that is none."""
    found: list[Mapping[str, Any]] = list(error.errors())
    if found and found[0]["type"] == _JSON_INVALID:
        reason = found[0]["ctx"]["error"]
        return Problem(HTTPStatus.BAD_REQUEST, "MALFORMED_JSON", f"The body is no JSON document: {reason}.")
    return wrong_fields([_field_error(one) for one in found[:ERRORS_MAX]])


def wrong_field(field: str, rule: str, value: object = None) -> Problem:
    """The problem of one field that only the route itself could find wrong."""
    return wrong_fields([{"field": field, "rule": rule, "value": _shown(field, value)}])


def wrong_fields(errors: list[dict[str, Any]]) -> Problem:
    """The problem of these mistakes; the first is its sentence."""
    first = errors[0]
    detail = f"{first['field']}: {first['rule']}" + (f" (and {len(errors) - 1} more)." if len(errors) > 1 else ".")
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "INVALID_FIELD", detail, errors=errors)


def _field_error(one: Mapping[str, Any]) -> dict[str, Any]:
    place = [str(part) for part in one["loc"]]
    field = ".".join(place[1:]) or place[0]
    rule = str(one["msg"]).removeprefix("Value error, ").removesuffix(".")
    is_missing = one["type"] == "missing"
    return {"field": field, "rule": rule, "value": None if is_missing else _shown(field, one.get("input"))}


def _shown(field: str, value: object) -> Any:
    """The value as the answer can hold it. An object may have a secret in it, so it is never shown."""
    if any(word in field.lower() for word in _SECRETS) or isinstance(value, dict | list | bytes):
        return None
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int) and abs(value) < 1 << 53:
        return value
    if isinstance(value, Decimal) and abs(value.adjusted()) <= 20:
        return value
    return str(value)[:VALUE_CHARACTERS_MAX]
