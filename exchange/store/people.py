"""Users as the store has them: made, listed, changed. Their passwords are `identity`'s.

Called by `identity` and by the platform in the main process.
"""

from __future__ import annotations

from enum import StrEnum
from time import time_ns
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, Select, or_, select, update
from sqlalchemy.exc import IntegrityError

from exchange.store.database import Database
from exchange.store.schema import users


class Role(StrEnum):
    """What a user may do."""

    TRADER = "trader"
    """Trade the own portfolios, and through the FIX sessions that belong to the user."""
    BROKER = "broker"
    """See and trade the portfolios of the accounts of the own firm."""
    OPERATOR = "operator"
    """Run the exchange."""
    AUDITOR = "auditor"
    """See everything, and change nothing."""


class User(Struct, frozen=True):
    """Somebody with a name and a password."""

    user_id: int
    username: str
    role: Role
    email: str | None = None
    firm: str = ""
    """The member that the user acts for; empty: none."""
    is_enabled: bool = True
    """Whether the user is let in."""


class People:
    """The users of one store. Every method raises `StoreUnavailable` or what SQLAlchemy raises for a mistake."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, username: str, hashed: str, role: Role, email: str | None, firm: str) -> User | None:
        """Makes a user; None when name or email is somebody's already."""
        row = {"password_hash": hashed, "role": role.value, "email": email, "firm": firm, "created_at": time_ns()}
        try:
            async with self._database.writing() as connection:
                await connection.execute(users.insert().values(username=username, **row))
        except IntegrityError:
            # Asked beforehand, two who come together would both be told that the name is free.
            return None
        return await self.named(username)

    async def taken(self, username: str, email: str | None) -> str:
        """Which of the two is somebody's: `username`, `email`, or empty for neither."""
        is_either = users.c.username == username
        if email is not None:
            is_either = or_(is_either, users.c.email == email)
        async with self._database.reading() as connection:
            names = (await connection.execute(select(users.c.username).where(is_either))).scalars().all()
        return "username" if username in names else "email" if names else ""

    async def named(self, username: str) -> User | None:
        """The user of that name."""
        return await self._one(select(users).where(users.c.username == username))

    async def numbered(self, user_id: int) -> User | None:
        """The user of that number."""
        return await self._one(select(users).where(users.c.user_id == user_id))

    async def page(self, after: int, limit: int) -> list[User]:
        """Users behind that number, in the order in which they came."""
        query = select(users).where(users.c.user_id > after).order_by(users.c.user_id).limit(limit)
        async with self._database.reading() as connection:
            return [user_of(row) for row in await connection.execute(query)]

    async def change(self, user_id: int, **present: Any) -> User | None:
        """Gives a user another `role`, `email`, `firm` or `is_enabled`; the user as it is then.

        None where there is no such user, or the email is somebody else's.
        """
        try:
            async with self._database.writing() as connection:
                await connection.execute(update(users).where(users.c.user_id == user_id).values(**present))
        except IntegrityError:
            return None
        return await self.numbered(user_id)

    async def set_hash(self, username: str, hashed: str) -> None:
        """Gives a user another password, by its hash."""
        async with self._database.writing() as connection:
            await connection.execute(update(users).where(users.c.username == username).values(password_hash=hashed))

    async def _one(self, query: Select[Any]) -> User | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else user_of(row)


def user_of(row: Row[Any]) -> User:
    """The user that a row of `users` is, alone or joined with another table."""
    return User(row.user_id, row.username, Role(row.role), row.email, row.firm, row.is_enabled)
