"""What is asked about protective stops: those that positions of some accounts have.

Called by the interface for traders; who may see which account it has found out before. Answers as of the events that
are in the tables (`progress`). Raises `StoreUnavailable` when the database does not answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import select

from exchange.store.database import Database
from exchange.store.pages import BRANCHES_MAX
from exchange.store.schema import stop_losses


class StopRecord(Struct, frozen=True):
    """A protective stop, as it was last set or triggered."""

    account: str
    symbol: str
    price: int
    """In units of the instrument's price scale: where it stood then; a trailing one has gone on since."""
    stop: str
    """A JSON object of what was asked for; empty when it is gone."""
    state: str
    """`SET`, `GONE` or `TRIGGERED`."""
    event: int
    changed_at: int


async def stops_of(database: Database, accounts: Sequence[str]) -> list[StopRecord]:
    """The latest stop of each position that ever had one, by account and symbol."""
    columns = stop_losses.c
    shown = [columns[name] for name in StopRecord.__struct_fields__]
    found: list[StopRecord] = []
    async with database.reading() as connection:
        for start in range(0, len(accounts), BRANCHES_MAX):
            chosen = columns.account.in_(accounts[start : start + BRANCHES_MAX])
            rows = await connection.execute(select(*shown).where(chosen))
            found += [StopRecord(*tuple(row)) for row in rows]
    return sorted(found, key=lambda one: (one.account, one.symbol))
