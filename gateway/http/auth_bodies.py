"""What stands in the requests and answers of users, logins and keys: checked by pydantic, shown by the API's document.

Answers are built as they are sent; their models here only describe them.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from exchange.store.identity import Role
from gateway.platform.users import PASSWORD_CHARACTERS_MAX, PASSWORD_CHARACTERS_MIN

Username = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{1,31}$")]
KnownName = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00]*$")]
"""Users of the settings may have other names than those who register."""
NewPassword = Annotated[str, StringConstraints(min_length=PASSWORD_CHARACTERS_MIN, max_length=PASSWORD_CHARACTERS_MAX)]
KnownPassword = Annotated[str, StringConstraints(min_length=1, max_length=1_024)]
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s\x00]{1,64}@[^@\s\x00]{1,190}$")]
Firm = Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]{0,63})?$")]
KeyName = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]*$")]

Number = Annotated[int, Field(ge=1, le=2**53)]
"""What JavaScript holds, too."""

LIFETIME_DAYS_MAX = 3_650


class Body(BaseModel):
    """A request's body: a key that is not known is a slip and not ignored."""

    model_config = ConfigDict(extra="forbid")


class Registration(Body):
    """Become a user."""

    username: Username = Field(examples=["john"])
    password: NewPassword = Field(examples=["correct horse battery"])
    email: Email | None = Field(None, examples=["john@desk.example"])


class Credentials(Body):
    """Log in."""

    username: KnownName = Field(examples=["john"])
    password: KnownPassword = Field(examples=["correct horse battery"])


class PasswordChange(Body):
    """Take another password."""

    present_password: KnownPassword = Field(examples=["correct horse battery"])
    new_password: NewPassword = Field(examples=["staple correct horse"])


class KeyRequest(Body):
    """Make an API key."""

    name: KeyName = Field(examples=["my bot"])
    expires_in_days: Annotated[int, Field(strict=True, ge=1, le=LIFETIME_DAYS_MAX)] | None = Field(
        None, description="Without it: never.", examples=[90]
    )


class NewUser(Body):
    """Make a user, as an operator."""

    username: Username = Field(examples=["jane"])
    password: NewPassword = Field(examples=["correct horse battery"])
    role: Role = Role.TRADER
    email: Email | None = None
    firm: Firm = ""


class UserChange(Body):
    """Change a user, as an operator; what is left out stays."""

    role: Role | None = None
    email: Email | None = None
    firm: Firm | None = None
    is_enabled: Annotated[bool, Field(strict=True)] | None = Field(None, description="false: shut out; all logins end.")
    password: NewPassword | None = Field(None, description="Another password, for somebody who has lost theirs.")


class UserView(BaseModel):
    """A user."""

    id: int
    username: str
    role: Role
    email: str | None
    firm: str
    is_enabled: bool


class OwnPortfolio(BaseModel):
    """A portfolio, by its numbers and names."""

    id: int
    account: str
    name: str


class RegisteredView(UserView):
    """A new user with a first portfolio."""

    portfolios: list[OwnPortfolio]
    as_of: int


class LoginView(BaseModel):
    """A login that begins: the token is also in the cookie, and never shown again."""

    token: str
    token_type: Literal["bearer"]
    expires_at: str
    user: UserView


class MeView(UserView):
    """Who asks, and by what that is known."""

    via: Literal["cookie", "key", "token"]
    portfolios: list[OwnPortfolio]


class TokenView(BaseModel):
    """A login in force."""

    id: str
    created_at: str
    expires_at: str
    last_used_at: str
    address: str
    user_agent: str
    is_this: bool
    """Whether the request came with it."""


class TokenList(BaseModel):
    """A user's logins."""

    tokens: list[TokenView]


class KeyView(BaseModel):
    """An API key, without the key."""

    id: int
    name: str
    created_at: str
    last_used_at: str | None
    expires_at: str | None
    revoked_at: str | None


class NewKeyView(KeyView):
    """An API key that was just made."""

    key: str
    """Shown this once."""


class KeyList(BaseModel):
    """A user's keys, those that have ended too."""

    keys: list[KeyView]


class UserList(BaseModel):
    """One page of users."""

    users: list[UserView]
    next: int | None
    """`after` of the next page; null: there is none."""


class FixSessionView(BaseModel):
    """What a FIX client of the user has to be told. Its Password(554) is the user's."""

    comp_id: str
    """SenderCompID(49), and Username(553)."""
    target_comp_id: str
    version: str
    accounts: list[str]
    state: str


class FixSessionList(BaseModel):
    """A user's FIX sessions."""

    fix_sessions: list[FixSessionView]
