"""Answers for programs: JSON by msgspec, numbers exact, times as text."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus

import msgspec
from starlette.responses import Response

NANOSECONDS = 1_000_000_000

_encode = msgspec.json.Encoder(decimal_format="number").encode


def json_response(
    content: object, status: HTTPStatus = HTTPStatus.OK, headers: dict[str, str] | None = None
) -> Response:
    """An answer for programs; a `Decimal` is a number with all its digits."""
    return Response(_encode(content), status, headers, media_type="application/json")


def time_text(at: int) -> str:
    """Nanoseconds since 1970 UTC as `2026-01-02T03:04:05.678901234Z`."""
    seconds, nanoseconds = divmod(at, NANOSECONDS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}Z"
