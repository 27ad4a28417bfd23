"""Whose portfolio is which account of the venue. What is in it, the ledger knows; here is only who it belongs to.

Called by `gateway.platform` in the main process. Every method raises `StoreUnavailable`.
"""

from __future__ import annotations

from time import time_ns
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, select
from sqlalchemy.exc import IntegrityError

from exchange.store.database import Database
from exchange.store.schema import portfolios, users


class Portfolio(Struct, frozen=True, gc=False):
    """One portfolio."""

    portfolio_id: int
    user_id: int
    username: str
    """Whose it is."""
    firm: str
    """The firm of its user, as it was when this was read."""
    account_id: str
    """The venue's account that holds its money and shares."""
    name: str
    created_at: int
    """Nanoseconds since 1970 UTC."""


class PortfolioStore:
    """The portfolios of one store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[Portfolio]:
        """Every portfolio, in the order in which they were made."""
        async with self._database.reading() as connection:
            return [_portfolio_of(row) for row in await connection.execute(_JOINED.order_by(_ID))]

    async def add(self, user_id: int, account_id: str, name: str) -> Portfolio | None:
        """Makes a portfolio of a user; None when the account is somebody's already."""
        row = {"user_id": user_id, "account_id": account_id, "name": name, "created_at": time_ns()}
        try:
            async with self._database.writing() as connection:
                await connection.execute(portfolios.insert().values(**row))
                query = _JOINED.where(portfolios.c.account_id == account_id)
                return _portfolio_of((await connection.execute(query)).one())
        except IntegrityError:
            return None


_ID = portfolios.c.portfolio_id

_JOINED = select(portfolios, users.c.username, users.c.firm).join_from(portfolios, users)


def _portfolio_of(row: Row[Any]) -> Portfolio:
    return Portfolio(**row._mapping)
