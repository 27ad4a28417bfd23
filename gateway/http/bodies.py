"""The bodies of operators' requests: small JSON objects, read into the struct that says what may stand in them."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TypeVar

import msgspec
from starlette.requests import Request

from gateway.http.problems import Problem
from gateway.http.wrong_fields import wrong_field

BODY_BYTES_MAX = 4_096
"""No action takes more to say; a longer body is not read."""

_NAMED = re.compile(r"field `([^`]*)`")
"""The field that is missing or unknown stands in the sentence, not in the place."""

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
    except msgspec.ValidationError as error:
        raise _wrong_field(str(error), kind) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "MALFORMED_JSON", f"The body is no JSON document: {error}.") from error


def _wrong_field(found: str, kind: type[msgspec.Struct]) -> Problem:
    """What msgspec says of a value, or of a field that is missing or unknown, as the rule of its field."""
    rule, _, place = found.partition(" - at `$")
    named = _NAMED.search(rule)
    fields = [place.rstrip("`").lstrip("."), named[1] if named else ""]
    allowed = ", ".join(kind.__struct_fields__) or "no field"
    return wrong_field(".".join(filter(None, fields)) or "body", f"{rule}; the body is JSON with {allowed}")
