"""Whose password is right: asked by the FIX door, answered from SQL, or from the settings where there is no store.

A password of the settings is a user's first one: it enters the store once, and from then on the store's holds, which
the client may have changed.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Iterable

import structlog

from exchange.store.errors import StoreError
from exchange.store.identity import Identity, Role
from gateway.fix.credentials import PasswordsUnavailable
from gateway.platform.membership import Membership
from gateway.settings import FixSession

_log = structlog.get_logger(__name__)


def build_passwords(membership: Membership | None) -> StoredPasswords | ListedPasswords:
    """The keeper of passwords of a venue with or without a store; `open` it before anybody logs on."""
    return ListedPasswords() if membership is None else StoredPasswords(membership.identity, membership.end_logins)


class StoredPasswords:
    """Argon2id hashes in the store's `users` table."""

    def __init__(self, identity: Identity, on_changed: Callable[[str], Awaitable[None]]) -> None:
        """`on_changed` hears who has another password: what stood for the old one ends."""
        self._identity = identity
        self._on_changed = on_changed
        self._first: dict[str, str] = {}
        """The passwords of the settings by user: to tell a mistake of the operator from one of the client."""

    async def open(self, sessions: Iterable[FixSession]) -> None:
        """Makes sure that the store, which is open, knows sessions and users of the settings.

        Raises `StoreUnavailable`.
        """
        for session in sessions:
            username, password = session.username, session.password
            if username is not None and password is not None and username not in self._first:
                self._first[username] = password.get_secret_value()
                await self._identity.seed_user(username, self._first[username], Role.TRADER)
            await self._identity.ensure_fix_session(
                session.comp_id, session.version, session.username, enabled=session.enabled
            )

    async def check(self, username: str, password: str) -> bool:
        """Whether the password is the user's. Raises `PasswordsUnavailable`: no answer of the store lets anybody in."""
        try:
            is_right = await self._identity.verify(username, password) is not None
        except StoreError as error:
            _log.error("password not checked", error=str(error))
            raise PasswordsUnavailable(str(error)) from error
        first = self._first.get(username, "")
        if not is_right and first and hmac.compare_digest(first.encode(), password.encode()):
            text = "the password is that of the settings, but the user has another one in the store, which holds"
            _log.warning(text, user=username)
        return is_right

    async def change(self, username: str, present: str, new: str) -> bool:
        """Gives a user a new password if the present one is right. Raises `PasswordsUnavailable`."""
        try:
            is_right = await self._identity.change_password(username, present, new)
            if is_right:
                await self._on_changed(username)
            return is_right
        except StoreError as error:
            _log.error("password not changed", error=str(error))
            raise PasswordsUnavailable(str(error)) from error


class ListedPasswords:
    """The passwords of the settings, for a venue that runs without a store. Nobody can change them."""

    def __init__(self) -> None:
        self._passwords: dict[str, bytes] = {}

    async def open(self, sessions: Iterable[FixSession]) -> None:
        """Takes the passwords of the settings."""
        for session in sessions:
            if session.username is not None and session.password is not None:
                self._passwords[session.username] = session.password.get_secret_value().encode()

    async def check(self, username: str, password: str) -> bool:
        """Whether the password is the user's; unknown users cost the same comparison."""
        expected = self._passwords.get(username, b"")
        return hmac.compare_digest(expected, password.encode()) and username in self._passwords

    async def change(self, username: str, present: str, new: str) -> bool:
        """There is nowhere to keep a new password. Raises `PasswordsUnavailable`, when the present one was right."""
        if not await self.check(username, present) or not new:
            return False
        raise PasswordsUnavailable("passwords are those of the settings, for this venue has no store (store.enabled)")
