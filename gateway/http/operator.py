"""Who is an operator: whoever has the token in the file `operator.token` of the data folder, which its owner reads."""

from __future__ import annotations

import hmac
from http import HTTPStatus

from starlette.requests import Request

from gateway.http.problems import Problem

SCHEME = "bearer"


def check_operator(request: Request, operator_token: str) -> str:
    """Raises `Problem` unless the request has the operator's token; answers who that is, for the audit."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    # compare_digest takes the same time however much of the token is right.
    if scheme.lower() != SCHEME or not hmac.compare_digest(token.strip().encode(), operator_token.encode()):
        detail = "This needs `Authorization: Bearer TOKEN`; the token is in operator.token in the data folder."
        headers = {"WWW-Authenticate": 'Bearer realm="fixpit"'}
        raise Problem(HTTPStatus.UNAUTHORIZED, "UNAUTHORIZED", detail, headers)
    return f"operator at {request.client.host if request.client else 'an unknown address'}"
