"""Whose password is right: asked by the FIX door, answered from SQL, or from the settings where there is no store."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from contextlib import AsyncExitStack

import structlog

from exchange.store.database import Database
from exchange.store.errors import StoreError
from exchange.store.identity import Identity, Role
from gateway.settings import FixSession, Settings

_log = structlog.get_logger(__name__)


def build_passwords(settings: Settings, stack: AsyncExitStack) -> StoredPasswords | ListedPasswords:
    """The keeper of passwords that the settings call for; `open` it before anybody logs on."""
    if not settings.store.enabled:
        return ListedPasswords()
    passwords = StoredPasswords(Database(settings.store_url))
    stack.push_async_callback(passwords.close)
    return passwords


class StoredPasswords:
    """Argon2id hashes in the store's `users` table."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._identity = Identity(database)

    async def open(self, sessions: Iterable[FixSession]) -> None:
        """Brings the store up to date and makes sure that it knows sessions and users of the settings.

        Raises `StoreUnavailable` or `StoreUnusable`.
        """
        await self._database.open()
        for session in sessions:
            if session.username is not None and session.password is not None:
                await self._identity.ensure_user(session.username, session.password.get_secret_value(), Role.TRADER)
            await self._identity.ensure_fix_session(
                session.comp_id, session.version, session.username, enabled=session.enabled
            )

    async def check(self, username: str, password: str) -> bool:
        """Whether the password is the user's. A store that does not answer lets nobody in."""
        try:
            return await self._identity.verify(username, password) is not None
        except StoreError as error:
            _log.error("password not checked, logon refused", error=str(error))
            return False

    async def close(self) -> None:
        """Waits for what is being checked, and lets go of the store."""
        await self._identity.close()
        await self._database.close()


class ListedPasswords:
    """The passwords of the settings, for a venue that runs without a store."""

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
