"""The refusals of a route as its document shows them: which statuses can come, each with a problem body."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from pydantic import BaseModel

from gateway.http.problems import MEDIA_TYPE


class WrongField(BaseModel):
    """A field that breaks a rule."""

    field: str
    rule: str
    value: Any = None


class ProblemBody(BaseModel):
    """RFC 9457: why a request was not answered as asked."""

    type: str
    """Ends in a name that stays the same, such as the venue's RejectReason."""
    title: str
    status: int
    detail: str
    instance: str
    errors: list[WrongField] = []


MEANINGS = {
    HTTPStatus.BAD_REQUEST: "The request cannot be read.",
    HTTPStatus.UNAUTHORIZED: "Nobody is known by what the request shows.",
    HTTPStatus.FORBIDDEN: "The caller may not do this.",
    HTTPStatus.NOT_FOUND: "What is named is not there, or is a stranger's.",
    HTTPStatus.CONFLICT: "It cannot be done as things stand now.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too long.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not JSON.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "A field breaks a rule, or the venue can never do this.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many requests; Retry-After says when to ask again.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Not now: the store does not answer, or the exchange stops.",
    HTTPStatus.INSUFFICIENT_STORAGE: "The journal's disk is full; nothing was done.",
}


def problem_answers(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`."""
    schema = {"$ref": f"#/components/schemas/{ProblemBody.__name__}"}
    return {
        int(status): {"description": MEANINGS[status], "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in statuses
    }
