"""Users and their logins: registered, made by operators, let in by their password, changed and shut out.

Passwords are hashed and verified in threads of `exchange.store.identity`; a name that nobody has costs what a wrong
password costs. Called by the routes of `/auth` and `/admin/users`.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

import structlog
from msgspec import Struct
from msgspec.structs import asdict

from exchange.store.access import Login
from exchange.store.identity import Identity, Role, User
from exchange.store.people import People
from exchange.store.portfolios import Portfolio
from exchange.store.timely import TimelyQueries
from gateway.audit import AuditEntry
from gateway.http.callers import Caller, unauthorized
from gateway.http.problems import Problem
from gateway.http.rates import Rate, Rates
from gateway.http.wrong_fields import wrong_field
from gateway.platform.access import Access
from gateway.platform.portfolios import Portfolios

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
"""What a user can be called: it stands in session names, log lines and the ids of accounts."""

USERNAME_RULE = "must be 2 to 32 lower-case letters, digits and . _ -, and begin with a letter or digit"

PASSWORD_CHARACTERS_MIN = 8
"""What NIST SP 800-63B asks of passwords that people choose. It asks for nothing else: no digits, no signs."""

PASSWORD_CHARACTERS_MAX = 128

Record = Callable[[AuditEntry], Awaitable[None]]

_log = structlog.get_logger(__name__)


class LoggedIn(Struct, frozen=True):
    """A login that begins."""

    user: User
    token: str
    """Shown this once."""
    login: Login


class Users:
    """Who there is."""

    def __init__(
        self,
        identity: Identity,
        people: People,
        queries: TimelyQueries,
        access: Access,
        portfolios: Portfolios,
        rates: Rates,
        *,
        record: Record,
        may_register: bool,
    ) -> None:
        """`record` writes the audit log."""
        self._record = record
        self.on_ended: Callable[[str, str], None] = _nobody_cares
        """Hears the name of who has another password or is shut out, and why: lines that are open end."""
        self._identity = identity
        self._people = people
        self._queries = queries
        self._access = access
        self._portfolios = portfolios
        self._rates = rates
        self.may_register = may_register
        """Whether strangers may become users."""

    async def register(
        self, username: str, password: str, email: str | None, address: str
    ) -> tuple[User, Portfolio, int]:
        """Makes a trader with a first portfolio; answers also the number of its last event.

        Raises `Problem`: 403 where registration is closed, 422 for a name or password that cannot be, 409 for one that
        is somebody's, 429. Dies the process in between, the user is there and opens a portfolio later.
        """
        if not self.may_register:
            detail = "Registration is closed here (platform.registration); an operator makes users."
            raise Problem(HTTPStatus.FORBIDDEN, "REGISTRATION_CLOSED", detail)
        self._rates.take(Rate.LOGIN, address)
        user = await self._add(username, password, Role.TRADER, email, "")
        portfolio, event = await self._portfolios.open(user.user_id, user.username, "")
        _log.info("user registered", user=username, address=address)
        return user, portfolio, event

    async def make(self, username: str, password: str, role: Role, email: str | None, firm: str, who: str) -> User:
        """Makes a user for an operator, and records it. Raises `Problem` 422 and 409 as `register` does."""
        user = await self._add(username, password, role, email, firm)
        await self._audit(who, "make user", username, {}, user)
        return user

    async def log_in(self, username: str, password: str, address: str, user_agent: str) -> LoggedIn:
        """Begins a login. Raises `Problem`: 401 when the two do not go together, 429 after too many tries."""
        self._begin_try(username, address)
        user = await self._identity.verify(username, password)
        self._end_try(username, address, is_right=user is not None)
        if user is None:
            raise unauthorized("No user has this name and this password.")
        token, login = await self._access.begin_login(user, address, user_agent)
        _log.info("user logged in", user=username, address=address)
        return LoggedIn(user, token, login)

    async def change_password(self, caller: Caller, present: str, new: str) -> None:
        """Gives the caller another password; all logins but the one at hand end.

        Raises `Problem`: 401 when the present one is wrong, 422, 429.
        """
        _check_password(new, "new_password")
        self._begin_try(caller.username, caller.address)
        is_right = await self._identity.change_password(caller.username, present, new)
        self._end_try(caller.username, caller.address, is_right=is_right)
        if not is_right:
            raise unauthorized("The present password is not right.")
        await self._access.end_logins(caller.user_id, but=caller.credential)
        self.on_ended(caller.username, "the password was changed")
        _log.info("password changed", user=caller.username, address=caller.address)

    async def numbered(self, user_id: int) -> User:
        """The user of that number. Raises `Problem` 404."""
        user = await self._queries.run(self._people.numbered(user_id))
        if user is None:
            raise _unknown(user_id)
        return user

    async def page(self, after: int, limit: int) -> list[User]:
        """Users behind that number, in the order in which they came."""
        return await self._queries.run(self._people.page(after, limit))

    async def change(self, user_id: int, changes: dict[str, Any], password: str | None, who: str) -> User:
        """Gives a user another `role`, `email`, `firm`, `is_enabled` or password, for an operator, and records it.

        It holds at once for logins in force; a user who is shut out or gets a password loses them. Raises `Problem`
        404, 409.
        """
        before = await self.numbered(user_id)
        user = await self._queries.run(self._people.change(user_id, **changes)) if changes else before
        if user is None:
            raise _taken("email", str(changes.get("email")))
        if password is not None:
            await self._identity.set_password(user.username, password)
        if password is not None or not user.is_enabled:
            await self._access.end_logins(user_id)
            self.on_ended(user.username, "an operator changed the password or shut the user out")
        self._access.forget(user_id)
        asked = {**changes, **({} if password is None else {"password": "another one"})}
        await self._audit(who, "change user", user.username, asked, user, before)
        return user

    async def _audit(
        self, who: str, action: str, username: str, asked: dict[str, object], after: User, before: User | None = None
    ) -> None:
        entry = AuditEntry(
            who=who,
            action=action,
            session="",
            asked={"user": username, **asked},
            outcome="done",
            before={} if before is None else asdict(before),
            after=asdict(after),
        )
        await self._record(entry)

    async def _add(self, username: str, password: str, role: Role, email: str | None, firm: str) -> User:
        if not USERNAME.fullmatch(username):
            raise wrong_field("username", USERNAME_RULE, username)
        _check_password(password, "password")
        taken = await self._queries.run(self._people.taken(username, email))
        user = None if taken else await self._identity.add_user(username, password, role, email, firm)
        if user is None:
            taken = taken or await self._queries.run(self._people.taken(username, email))
            raise _taken(taken or "username", email or "" if taken == "email" else username)
        return user

    def _begin_try(self, username: str, address: str) -> None:
        self._rates.check(Rate.FAILURE, username, address)
        self._rates.take(Rate.LOGIN, address)

    def _end_try(self, username: str, address: str, *, is_right: bool) -> None:
        if is_right:
            self._rates.forget(Rate.FAILURE, username, address)
            return
        _log.warning("login refused", user=username[:64], address=address)
        self._rates.take(Rate.FAILURE, username, address)


def _nobody_cares(_username: str, _why: str) -> None:
    """Without FIX sessions of users nothing but logins can end."""


def _check_password(password: str, field: str) -> None:
    if not PASSWORD_CHARACTERS_MIN <= len(password) <= PASSWORD_CHARACTERS_MAX:
        rule = f"must have {PASSWORD_CHARACTERS_MIN} to {PASSWORD_CHARACTERS_MAX} characters, not {len(password)}"
        raise wrong_field(field, rule)


def _taken(field: str, value: str) -> Problem:
    return Problem(HTTPStatus.CONFLICT, "ALREADY_TAKEN", f"{field} {value} is somebody's already; choose another.")


def _unknown(user_id: int) -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, "UNKNOWN_USER", f"No user has the number {user_id}; /admin/users lists them.")
