"""Users of the platform who are there from the start: their roles, first passwords and portfolios."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from gateway.settings.names import AccountId, Email, Username
from gateway.settings.section import Section


class UserEntry(Section):
    """Somebody who may log on over HTTP. The store keeps who changes the password, not this file."""

    username: Username = Field(description="Letters, digits, dots, dashes and underscores; what the user logs on with.")
    role: Literal["trader", "broker", "operator", "auditor"] = Field(
        "trader",
        description="trader: own portfolios. broker: those of accounts of the user's firm. operator: everything. "
        "auditor: sees everything and changes nothing.",
    )
    password: SecretStr | None = Field(
        None,
        min_length=1,
        max_length=1024,
        description="The first password. Without it: one is made and printed once, when the user is.",
    )
    email: Email | None = Field(None, description="Where to reach the user; no two have the same.")
    firm: AccountId | None = Field(None, description="The member a broker works for.")
    portfolios: tuple[AccountId, ...] = Field(
        (), max_length=1_000, description="The user's own accounts; each has one user, and stands in `accounts`."
    )
