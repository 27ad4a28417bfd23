"""The bodies of operators' requests: small JSON objects, read into the struct that says what may stand in them."""

from __future__ import annotations

from http import HTTPStatus
from typing import TypeVar

import msgspec
from starlette.requests import Request

from gateway.http.problems import Problem

BODY_BYTES_MAX = 4_096
"""No action takes more to say; a longer body is not read."""

_Body = TypeVar("_Body", bound=msgspec.Struct)


async def read_body(request: Request, kind: type[_Body]) -> _Body:
    """The body of an action; an empty one is an empty object. Raises `Problem`."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES_MAX:
            detail = f"The body has more than {BODY_BYTES_MAX} bytes; no action takes so many."
            raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "BODY_TOO_LARGE", detail)
    try:
        return msgspec.json.decode(body or b"{}", type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        allowed = ", ".join(kind.__struct_fields__) or "no field"
        raise Problem(HTTPStatus.BAD_REQUEST, "INVALID_BODY", f"{error}; the body is JSON with {allowed}.") from error
