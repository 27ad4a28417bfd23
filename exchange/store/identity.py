"""Who may connect: users with argon2id password hashes, and the FIX sessions that belong to them.

Called by the logon in the main process, so nothing here takes the loop's time: hashing runs in two threads, the query
has a short limit, and both say clearly when they cannot answer (`IdentityBusy`, `StoreUnavailable`). Neither passwords
nor hashes are kept between calls.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import time_ns
from typing import TypeVar, TypeVarTuple

import structlog
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from msgspec import Struct
from sqlalchemy import select, update

from exchange.store.database import Database
from exchange.store.errors import IdentityBusy, StoreUnavailable
from exchange.store.people import People, Role, User, user_of
from exchange.store.schema import TEXT_LENGTH_MAX, fix_sessions, users
from exchange.store.timely import TimelyQueries

__all__ = ["FixSession", "Identity", "Role", "User"]

log = structlog.get_logger(__name__)

Given = TypeVarTuple("Given")
Result = TypeVar("Result")

HASHING_THREADS = 2
"""Passwords hashed at a time: each takes a processor for tens of milliseconds that the matching loop could use."""

PASSWORDS_WAITING_MAX = 64
"""Passwords that may wait for a thread: about a second's worth. A flood of logons is refused, not queued."""

PASSWORD_LENGTH_MAX = 1_024
"""Characters of a password that is looked at. A longer one is wrong, and costs as much as any other."""

HASH_MEMORY_KIB = 19_456
"""Memory, passes and lanes of one hash: what OWASP's password storage cheat sheet gives as the least for argon2id,
because more would be taken from matching. Hashes made with other values are renewed when they are next verified."""

HASH_PASSES = 2

HASH_LANES = 1


class FixSession(Struct, frozen=True):
    """Who may log on by FIX as `comp_id`."""

    comp_id: str
    version: str
    """BeginString of the session: `FIX.4.4`."""
    username: str | None
    """Whose password the logon must carry; None when it needs none."""
    enabled: bool


class Identity:
    """Users and FIX sessions of one store. `close` it to end its threads."""

    def __init__(self, database: Database, hasher: PasswordHasher | None = None) -> None:
        """`hasher` sets the cost of new hashes."""
        self._database = database
        self._hasher = hasher or PasswordHasher(HASH_PASSES, HASH_MEMORY_KIB, HASH_LANES)
        self._threads = ThreadPoolExecutor(HASHING_THREADS, "password-hashing")
        self._waiting = 0
        self._people = People(database)
        self._queries = TimelyQueries(database)
        self._in_time = self._queries.run
        self._nobodys_hash = _nobodys_hash(self._hasher)

    async def close(self) -> None:
        """Waits for queries and hashes that are under way, and ends the threads. Close the database after it."""
        await self._queries.close()
        await asyncio.to_thread(self._threads.shutdown)

    async def ensure_user(self, username: str, password: str, role: Role) -> User:
        """Makes sure that the user exists with this password and role; what was different is overwritten.

        Raises `ValueError` for a name or password that could never be verified, `StoreUnavailable`.
        """
        _check(username, password)
        known = await self._in_time(self._find(username))
        if (
            known is not None
            and known.user.role is role
            and await self._hashing(self._is_right, known.hashed, password)
        ):
            return known.user
        hashed = await self._hashing(self._hasher.hash, password)
        return await self._in_time(self._put_user(username, hashed, role))

    async def seed_user(
        self, username: str, password: str, role: Role, email: str | None = None, firm: str = ""
    ) -> User | None:
        """The user of that name, made like this where there is none; one who is there stays as it is.

        Nothing is hashed for a user who exists: a start with a thousand users is quick. None when the email is somebody
        else's. Raises like `ensure_user`.
        """
        known = await self._in_time(self._find(username)) if _can_be_name(username) else None
        return known.user if known is not None else await self.add_user(username, password, role, email, firm)

    async def user(self, username: str) -> User | None:
        """The user of that name, let in or not. Raises `StoreUnavailable`."""
        known = await self._in_time(self._find(username)) if _can_be_name(username) else None
        return None if known is None else known.user

    async def add_user(
        self, username: str, password: str, role: Role, email: str | None = None, firm: str = ""
    ) -> User | None:
        """Makes a user; None when name or email is somebody's already.

        Raises `ValueError` for a name or password that could never be verified, `IdentityBusy`, `StoreUnavailable`.
        """
        _check(username, password)
        hashed = await self._in_turn(self._hasher.hash, password)
        return await self._in_time(self._people.add(username, hashed, role, email, firm))

    async def change_password(self, username: str, present: str, new: str) -> bool:
        """Replaces a user's password if `present` is right; answers whether it was.

        Raises `ValueError` for a new one that could never be verified, `IdentityBusy`, `StoreUnavailable`.
        """
        _check(username, new)
        user = await self.verify(username, present)
        if user is None:
            return False
        hashed = await self._hashing(self._hasher.hash, new)
        await self._in_time(self._people.set_hash(username, hashed))
        return True

    async def set_password(self, username: str, password: str) -> None:
        """Gives a user who is there another password. Raises as `add_user` does."""
        _check(username, password)
        hashed = await self._in_turn(self._hasher.hash, password)
        await self._in_time(self._people.set_hash(username, hashed))

    async def verify(self, username: str, password: str) -> User | None:
        """The user, when there is one who is let in and the password is right.

        An unknown user costs as much work as a wrong password, so that time does not tell which names exist. Raises
        `IdentityBusy` when too many wait already, `StoreUnavailable` when the store does not answer in time.
        """
        self._check_turn()
        self._waiting += 1
        try:
            known = await self._in_time(self._find(username)) if _can_be_name(username) else None
            hashed = self._nobodys_hash if known is None else known.hashed
            is_right = await self._hashing(self._is_right, hashed, password)
            if known is None or not is_right or not known.user.is_enabled:
                return None
            if self._hasher.check_needs_rehash(hashed):
                await self._renew(known, password)
            return known.user
        finally:
            self._waiting -= 1

    async def ensure_fix_session(
        self, comp_id: str, version: str, username: str | None = None, *, enabled: bool = True
    ) -> FixSession:
        """Makes sure that the session exists as described; what was different is overwritten.

        Raises `ValueError` when `username` names no user, `StoreUnavailable`.
        """
        session = FixSession(comp_id, version, username, enabled)
        if await self.fix_session(comp_id) != session:
            await self._in_time(self._put_fix_session(session))
        return session

    async def fix_session(self, comp_id: str) -> FixSession | None:
        """The session of that CompID. Raises `StoreUnavailable`."""
        return await self._in_time(self._find_fix_session(comp_id)) if _can_be_name(comp_id) else None

    async def _find(self, username: str) -> _Known | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(select(users).where(users.c.username == username))).one_or_none()
        if row is None:
            return None
        return _Known(user_of(row), row.password_hash)

    async def _put_user(self, username: str, hashed: str, role: Role) -> User:
        present = {"password_hash": hashed, "role": role.value}
        ensure = self._database.insert(users).values(username=username, created_at=time_ns(), **present)
        async with self._database.writing() as connection:
            # Another process may be ensuring the same user: the configuration they share says the same of it.
            await connection.execute(ensure.on_conflict_do_update(index_elements=["username"], set_=present))
            row = (await connection.execute(select(users).where(users.c.username == username))).one()
        return user_of(row)

    async def _find_fix_session(self, comp_id: str) -> FixSession | None:
        sessions = fix_sessions.c
        query = (
            select(sessions.version, users.c.username, sessions.enabled)
            .select_from(fix_sessions.outerjoin(users))
            .where(sessions.comp_id == comp_id)
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else FixSession(comp_id, row.version, row.username, row.enabled)

    async def _put_fix_session(self, session: FixSession) -> None:
        comp_id, username = session.comp_id, session.username
        async with self._database.writing() as connection:
            user_id = None
            if username is not None:
                user_id = await connection.scalar(select(users.c.user_id).where(users.c.username == username))
                if user_id is None:
                    raise ValueError(f"FIX session {comp_id} belongs to user {username}, who does not exist")
            present = {"version": session.version, "user_id": user_id, "enabled": session.enabled}
            ensure = self._database.insert(fix_sessions).values(comp_id=comp_id, created_at=time_ns(), **present)
            await connection.execute(ensure.on_conflict_do_update(index_elements=["comp_id"], set_=present))

    async def _renew(self, known: _Known, password: str) -> None:
        """Hashes a verified password anew, at the present cost. The logon does not depend on it."""
        hashed = await self._hashing(self._hasher.hash, password)
        try:
            await self._in_time(self._replace_hash(known, hashed))
        except StoreUnavailable as error:
            log.warning("password hash not renewed; a later logon will", user=known.user.username, error=str(error))

    async def _replace_hash(self, known: _Known, hashed: str) -> None:
        is_same = (users.c.user_id == known.user.user_id) & (users.c.password_hash == known.hashed)
        async with self._database.writing() as connection:
            await connection.execute(update(users).where(is_same).values(password_hash=hashed))

    def _is_right(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password[:PASSWORD_LENGTH_MAX]) and len(password) <= PASSWORD_LENGTH_MAX
        except (VerificationError, InvalidHashError):
            return False

    def _check_turn(self) -> None:
        if self._waiting >= PASSWORDS_WAITING_MAX:
            raise IdentityBusy(f"{self._waiting} passwords wait to be verified, which is the most; try again later")

    async def _in_turn(self, work: Callable[[*Given], Result], *given: *Given) -> Result:
        """As `_hashing`, with no more waiting than may."""
        self._check_turn()
        self._waiting += 1
        try:
            return await self._hashing(work, *given)
        finally:
            self._waiting -= 1

    async def _hashing(self, work: Callable[[*Given], Result], *given: *Given) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *given)


class _Known(Struct, frozen=True):
    user: User
    hashed: str


def _check(username: str, password: str) -> None:
    if not _can_be_name(username):
        raise ValueError(f"username must have 1 to {TEXT_LENGTH_MAX} characters and no NUL, not {username[:80]!r}")
    if not 0 < len(password) <= PASSWORD_LENGTH_MAX:
        raise ValueError(f"password of {username} must have 1 to {PASSWORD_LENGTH_MAX} characters, not {len(password)}")


def _can_be_name(text: str) -> bool:
    return 0 < len(text) <= TEXT_LENGTH_MAX and "\0" not in text


def _nobodys_hash(hasher: PasswordHasher) -> str:
    """A hash of the present cost that no password has: verifying against it is the same work, and fails."""
    salt, digest = (b64encode(bytes(length)).rstrip(b"=").decode() for length in (hasher.salt_len, hasher.hash_len))
    cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v=19${cost}${salt}${digest}"
