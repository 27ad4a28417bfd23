"""JSON bodies of the API: bounded, strict, and exact, so that a price of 0.1 is 0.1 and no binary fraction.

Routers of the API are made by `api_router`; pydantic models of their bodies then get integers as they are and every
number with a point or exponent as a `Decimal`. What is no JSON is told before anything looks at it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from decimal import Decimal
from email.message import Message
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from gateway.http.problems import Problem

BODY_BYTES_MAX = 65_536
"""The longest body taken: a list of a thousand positions. It is parsed on the matching loop, in less than a
millisecond."""

EXPONENT_MAX = 30
"""Numbers with a larger exponent stay text, which no number field takes: 1e999999999 must not become an integer."""


class ExactRoute(APIRoute):
    """A route whose JSON body is read here."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's: what answers a request."""
        answer = super().get_route_handler()
        if self.body_field is None:
            return answer

        async def read_and_answer(request: Request) -> Response:
            return await answer(_ExactRequest(request.scope, request.receive, await _read(request)))

        return read_and_answer


def api_router(*tags: str) -> APIRouter:
    """A router for routes of the API, shown under these headings of its document."""
    return APIRouter(route_class=ExactRoute, tags=list(tags))


class _ExactRequest(Request):
    """Hands FastAPI the body that has been read."""

    def __init__(self, scope: Any, receive: Any, body: bytes) -> None:
        super().__init__(scope, receive)
        self._body = body

    async def json(self) -> Any:
        """The body's content. Raises `JSONDecodeError`."""
        try:
            return _decode(self._body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise json.JSONDecodeError(str(error), "", 0) from error
        except RecursionError as error:
            raise json.JSONDecodeError("arrays and objects are nested too deeply", "", 0) from error


async def _read(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES_MAX:
            detail = f"The body has more than {BODY_BYTES_MAX} bytes, which is the most."
            raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "BODY_TOO_LARGE", detail)
    media_type = request.headers.get("content-type", "")
    if body and not _is_json(media_type):
        given = f"Content-Type {media_type[:80]}" if media_type else "no Content-Type"
        detail = f"The body is JSON, with Content-Type application/json; this request has {given}."
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", detail)
    return body


def _is_json(media_type: str) -> bool:
    if media_type == "application/json":
        return True
    message = Message()
    message["content-type"] = media_type
    # What FastAPI takes for JSON, so that nothing reaches it that it would take for something else.
    subtype = message.get_content_subtype()
    return message.get_content_maintype() == "application" and (subtype == "json" or subtype.endswith("+json"))


def _number(text: str) -> Decimal | str:
    exponent = text.lower().partition("e")[2]
    if exponent and (len(exponent) > 4 or abs(int(exponent)) > EXPONENT_MAX):
        return text
    return Decimal(text)


_decode = msgspec.json.Decoder(float_hook=_number).decode
