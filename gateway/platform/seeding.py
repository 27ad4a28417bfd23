"""The users of the settings enter the store at the start, and their accounts become their portfolios.

What the settings say of a user is how the user begins: a user who is in the store already keeps password, role and
firm, which operators change over HTTP. An account is given only to who was made here, or has the password of the
settings: a stranger who had registered under that name does not get it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable

import structlog

from exchange.store.identity import Identity, Role, User
from gateway.platform.portfolios import Portfolios
from gateway.settings.users import UserEntry

PASSWORD_BYTES = 12
"""A password that is made has 96 bits: nobody guesses it, and it can be typed."""

_log = structlog.get_logger(__name__)


class Seeding:
    """Enters users and portfolios."""

    def __init__(self, identity: Identity, portfolios: Portfolios) -> None:
        self._identity = identity
        self._portfolios = portfolios
        self.first_passwords: dict[str, str] = {}
        """Passwords that were made here, by user: to be shown once, and never written anywhere."""

    async def enter(self, entries: Iterable[UserEntry], passwords: dict[str, str]) -> None:
        """Enters all users; `passwords` has those that stand with FIX sessions. Raises `StoreUnavailable`."""
        for entry in entries:
            stated = entry.password.get_secret_value() if entry.password is not None else None
            await self._enter(entry, stated or passwords.get(entry.username))

    async def _enter(self, entry: UserEntry, password: str | None) -> None:
        name, role, firm = entry.username, Role(entry.role), entry.firm or ""
        made = password or secrets.token_urlsafe(PASSWORD_BYTES)
        known = await self._identity.user(name)
        user = known or await self._identity.seed_user(name, made, role, entry.email, firm)
        if user is None:
            _log.error("user of the settings not made: the email is somebody else's", user=name)
            return
        if known is None and password is None:
            self.first_passwords[name] = made
        if (user.role, user.firm) != (role, firm):
            text = "user has another role or firm in the store, which holds; an operator changes it by /admin/users"
            _log.warning(text, user=name, role=user.role.value, firm=user.firm)
        await self._give(user, entry.portfolios, password, is_new=known is None)

    async def _give(self, user: User, accounts: Iterable[str], password: str | None, *, is_new: bool) -> None:
        own = set(self._portfolios.accounts_of(user.user_id))
        missing = [account for account in accounts if account not in own]
        if missing and not is_new and not await self._is_right(user.username, password):
            text = "accounts not given to a user of the store whose password is not that of the settings"
            _log.error(text, user=user.username, accounts=missing)
            return
        for account in missing:
            if await self._portfolios.own(user, account, account) is None:
                _log.error("account not given: it is another user's portfolio", user=user.username, account=account)

    async def _is_right(self, username: str, password: str | None) -> bool:
        return password is not None and await self._identity.verify(username, password) is not None
