"""Logins and API keys: what a user shows instead of the password, of which the store has SHA-256 alone.

Tokens and keys are long and random, so a fast hash is enough: nobody guesses them. Called by `gateway.platform` in the
main process. Every method raises `StoreUnavailable`. Times are nanoseconds since 1970 UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, Table, delete, or_, select, update

from exchange.store.database import Database
from exchange.store.people import User, user_of
from exchange.store.schema import TEXT_LENGTH_MAX, api_keys, login_tokens, users

LOGINS_MAX = 50
"""Logins of one user that are in force at a time; the oldest ends when there is one more."""

API_KEYS_MAX = 20
"""Keys of one user that are in force: more than programs a person runs."""

ENDED_KEYS_MAX = 100
"""Keys of one user that are shown after their end; of older ones nothing is kept."""


class Login(Struct, frozen=True):
    """One login that is in force."""

    token_hash: str
    user_id: int
    created_at: int
    expires_at: int
    last_used_at: int
    address: str
    user_agent: str


class ApiKey(Struct, frozen=True):
    """One API key, in force or not."""

    key_id: int
    user_id: int
    name: str
    created_at: int
    last_used_at: int
    """0: never."""
    expires_at: int | None
    revoked_at: int | None
    key_hash: str


class Shown(Struct, frozen=True):
    """Whose token or key it is."""

    user: User
    expires_at: int | None
    """None: never."""


def secret_hash(secret: str) -> str:
    """What the store has of a token or key."""
    return sha256(secret.encode()).hexdigest()


class AccessStore:
    """Logins and keys of one store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_login(self, login: Login) -> list[str]:
        """Begins a login; answers the hashes of those that ended for it: expired, or the oldest beyond the most."""
        mine = login_tokens.c.user_id == login.user_id
        newest = (
            select(login_tokens.c.token_hash)
            .where(mine, login_tokens.c.expires_at > login.created_at)
            .order_by(login_tokens.c.created_at.desc())
            .limit(LOGINS_MAX)
        )
        row = {name: getattr(login, name) for name in login.__struct_fields__}
        row["user_agent"] = login.user_agent[:TEXT_LENGTH_MAX]
        async with self._database.writing() as connection:
            await connection.execute(login_tokens.insert().values(**row))
            kept = set((await connection.execute(newest)).scalars())
            ended = [one for one in (await connection.execute(_hashes(mine))).scalars() if one not in kept]
            await connection.execute(delete(login_tokens).where(login_tokens.c.token_hash.in_(ended)))
        return ended

    async def login(self, token_hash: str, at: int) -> Shown | None:
        """Whose login it is, if it is in force at that time and the user is let in."""
        query = (
            select(users, login_tokens.c.expires_at)
            .join_from(login_tokens, users)
            .where(login_tokens.c.token_hash == token_hash, login_tokens.c.expires_at > at, users.c.is_enabled)
        )
        return await self._shown(query)

    async def logins(self, user_id: int, at: int) -> list[Login]:
        """A user's logins in force, newest first."""
        query = (
            select(login_tokens)
            .where(login_tokens.c.user_id == user_id, login_tokens.c.expires_at > at)
            .order_by(login_tokens.c.created_at.desc(), login_tokens.c.token_hash)
        )
        async with self._database.reading() as connection:
            return [Login(**row._mapping) for row in await connection.execute(query)]

    async def end_login(self, user_id: int, token_hash: str) -> bool:
        """Ends one login of a user; whether there was one."""
        is_it = (login_tokens.c.user_id == user_id) & (login_tokens.c.token_hash == token_hash)
        async with self._database.writing() as connection:
            return (await connection.execute(delete(login_tokens).where(is_it))).rowcount > 0

    async def end_logins(self, user_id: int, but: str = "") -> None:
        """Ends all logins of a user, but the one with that hash."""
        are_they = (login_tokens.c.user_id == user_id) & (login_tokens.c.token_hash != but)
        async with self._database.writing() as connection:
            await connection.execute(delete(login_tokens).where(are_they))

    async def forget_expired(self, at: int) -> None:
        """Drops all logins that have expired by then."""
        async with self._database.writing() as connection:
            await connection.execute(delete(login_tokens).where(login_tokens.c.expires_at <= at))

    async def add_key(self, user_id: int, key_hash: str, name: str, at: int, expires_at: int | None) -> ApiKey | None:
        """Makes a key; None when the user has as many in force as may be."""
        in_force = select(api_keys.c.key_id).where(api_keys.c.user_id == user_id, _is_in_force(at))
        row = {"key_hash": key_hash, "user_id": user_id, "name": name, "created_at": at, "expires_at": expires_at}
        async with self._database.writing() as connection:
            if len((await connection.execute(in_force)).all()) >= API_KEYS_MAX:
                return None
            await connection.execute(delete(api_keys).where(api_keys.c.key_id.in_(_long_ended(user_id, at))))
            await connection.execute(api_keys.insert().values(**row))
            made = (await connection.execute(select(api_keys).where(api_keys.c.key_hash == key_hash))).one()
        return _key_of(made)

    async def key(self, key_hash: str, at: int) -> Shown | None:
        """Whose key it is, if it is in force at that time and the user is let in."""
        query = (
            select(users, api_keys.c.expires_at)
            .join_from(api_keys, users)
            .where(api_keys.c.key_hash == key_hash, _is_in_force(at), users.c.is_enabled)
        )
        return await self._shown(query)

    async def keys(self, user_id: int) -> list[ApiKey]:
        """All keys of a user, newest first."""
        query = select(api_keys).where(api_keys.c.user_id == user_id).order_by(api_keys.c.key_id.desc())
        async with self._database.reading() as connection:
            return [_key_of(row) for row in await connection.execute(query)]

    async def revoke_key(self, user_id: int, key_id: int, at: int) -> ApiKey | None:
        """Ends a key of a user; the key as it is then, None when the user has no such key in force."""
        is_it = (api_keys.c.user_id == user_id) & (api_keys.c.key_id == key_id)
        revoke = update(api_keys).where(is_it, api_keys.c.revoked_at.is_(None)).values(revoked_at=at)
        async with self._database.writing() as connection:
            if (await connection.execute(revoke)).rowcount == 0:
                return None
            return _key_of((await connection.execute(select(api_keys).where(is_it))).one())

    async def used(self, logins: Mapping[str, int], keys: Mapping[str, int]) -> None:
        """Notes when tokens and keys were last shown, by their hashes."""
        noted: list[tuple[Table, str, Mapping[str, int]]] = [
            (login_tokens, "token_hash", logins),
            (api_keys, "key_hash", keys),
        ]
        async with self._database.writing() as connection:
            for table, column, times in noted:
                for hashed, at in times.items():
                    await connection.execute(update(table).where(table.c[column] == hashed).values(last_used_at=at))

    async def _shown(self, query: Any) -> Shown | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else Shown(user_of(row), row.expires_at)


def _hashes(condition: Any) -> Any:
    return select(login_tokens.c.token_hash).where(condition)


def _is_in_force(at: int) -> Any:
    return api_keys.c.revoked_at.is_(None) & or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > at)


def _long_ended(user_id: int, at: int) -> Any:
    ended = select(api_keys.c.key_id).where(api_keys.c.user_id == user_id, ~_is_in_force(at))
    # SQLite knows an OFFSET only behind a LIMIT.
    return ended.order_by(api_keys.c.key_id.desc()).limit(1_000).offset(ENDED_KEYS_MAX)


def _key_of(row: Row[Any]) -> ApiKey:
    return ApiKey(**row._mapping)
