"""Whose secret it is: tokens of logins, API keys, and the operator's own token, looked up for every request.

It is the `CallerFinder` of the HTTP side.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection

from exchange.store.identity import Role
from gateway.http.callers import Caller, Via

OPERATOR_NAME = "~operator"
"""What the holder of operator.token is called. No user can be: names begin with a letter or digit."""


class Access:
    """Who may come in."""

    def __init__(self, operator_token: str, allowed_origins: Collection[str] = ()) -> None:
        self.allowed_origins = frozenset(allowed_origins)
        self._operator_token = operator_token.encode()

    async def find(self, secret: str, via: Via, address: str) -> Caller | None:
        """Who has that secret."""
        # compare_digest takes the same time however much of the token is right.
        if via == "token" and hmac.compare_digest(secret.encode(), self._operator_token):
            return Caller(0, OPERATOR_NAME, Role.OPERATOR, "", via, address)
        return None
