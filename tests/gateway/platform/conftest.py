"""A store and a venue for the platform's parts, in one process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from exchange.commands import ListInstrument, OpenAccount
from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument
from exchange.sequencing.sequencer import Durability, Sequencer
from exchange.store.access import AccessStore
from exchange.store.database import Database
from exchange.store.identity import Identity, Role, User
from exchange.store.people import People
from exchange.store.portfolios import PortfolioStore
from exchange.store.timely import TimelyQueries
from exchange.venue import Venue
from gateway.audit import AuditEntry
from gateway.command_desk import CommandDesk
from gateway.http.rates import Rates
from gateway.platform.access import Access
from gateway.platform.portfolios import NewPortfolios, Portfolios
from gateway.platform.users import Users
from gateway.settings.platform import RequestLimits

SECOND = 1_000_000_000
ACME = Instrument("ACME", 2, 1, 1, "USD", 1_000, 10, 100_000, 1_000_000)
CHEAP = PasswordHasher(1, 64, 1)
OPENING = 1_000_000_000
"""A thousand dollars."""


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000 * SECOND

    def __call__(self) -> int:
        return self.now


@dataclass
class Parts:
    database: Database
    identity: Identity
    people: People
    queries: TimelyQueries
    venue: Venue
    commands: CommandDesk
    clock: Clock = field(default_factory=Clock)
    audit: list[AuditEntry] = field(default_factory=list)
    opened: list[Access] = field(default_factory=list)

    def access(self, limits: RequestLimits | None = None) -> Access:
        rates = Rates(limits or RequestLimits(), lambda: self.clock.now / SECOND)
        access = Access("operator's", rates, AccessStore(self.database), self.queries, clock=self.clock)
        self.opened.append(access)
        return access

    def portfolios(self, terms: NewPortfolios | None = None) -> Portfolios:
        terms = terms or NewPortfolios(OPENING, per_user_max=3)
        return Portfolios(PortfolioStore(self.database), self.queries, self.venue, self.commands, terms)

    def users(self, access: Access, portfolios: Portfolios) -> Users:
        async def record(entry: AuditEntry) -> None:
            self.audit.append(entry)

        return Users(
            self.identity,
            self.people,
            self.queries,
            access,
            portfolios,
            access.rates,
            record=record,
            may_register=True,
        )

    async def user(self, name: str, role: Role = Role.TRADER, firm: str = "") -> User:
        user = await self.identity.add_user(name, "password", role, None, firm)
        assert user is not None
        return user

    def open_account(self, name: str, firm: str = "") -> None:
        self.venue.apply(OpenAccount(Account(name, name, firm, is_cleared=True)), 1)


@pytest.fixture
async def parts(tmp_path: Path) -> AsyncIterator[Parts]:
    database = Database(f"sqlite:///{tmp_path}/store.sqlite")
    await database.open()
    venue = Venue()
    venue.apply(ListInstrument(ACME), 1)
    sequencer = Sequencer(venue, None, lambda: 2, durability=Durability.NONE, on_failure=_fail)
    identity, queries = Identity(database, CHEAP), TimelyQueries(database)
    parts = Parts(database, identity, People(database), queries, venue, CommandDesk(sequencer))
    yield parts
    for access in parts.opened:
        await access.close()
    await queries.close()
    await identity.close()
    await database.close()


def _fail(failure: Exception) -> None:
    raise AssertionError(failure)
