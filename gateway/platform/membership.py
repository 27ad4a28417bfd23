"""Everything about users that stands on the store, built and opened in order for the composition root.

Without a store (`store.enabled: false`) there are no users: then only the operator's token is known.
"""

from __future__ import annotations

from contextlib import AsyncExitStack

from msgspec import Struct

from exchange.store.access import AccessStore
from exchange.store.database import Database
from exchange.store.identity import Identity
from exchange.store.people import People
from exchange.store.portfolios import PortfolioStore
from exchange.store.timely import TimelyQueries
from exchange.venue import Venue
from gateway.command_desk import CommandDesk
from gateway.http.rates import Rates
from gateway.platform.access import Access
from gateway.platform.portfolios import NewPortfolios, Portfolios
from gateway.platform.seeding import Seeding
from gateway.platform.users import Record, Users
from gateway.settings import Settings
from gateway.settings.amounts import money_of


class Platform(Struct, frozen=True):
    """The users of a venue that has a store."""

    access: Access
    users: Users
    portfolios: Portfolios
    seeding: Seeding
    has_secure_cookies: bool
    """Whether browsers send the cookie of a login over TLS alone."""

    async def enter(self, settings: Settings) -> None:
        """Enters users and portfolios of the settings, when the venue has its accounts. Raises `StoreUnavailable`."""
        await self.portfolios.load()
        passwords = {
            session.username: session.password.get_secret_value()
            for session in settings.fix_sessions
            if session.username is not None and session.password is not None
        }
        await self.seeding.enter(settings.users, passwords)


class Membership:
    """The store's part of it, connected before anybody is asked for a password."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        self.identity = Identity(self.database)
        self._queries = TimelyQueries(self.database)

    async def open(self) -> None:
        """Connects, and brings the store up to date. Raises `StoreUnavailable` or `StoreUnusable`."""
        await self.database.open()

    async def close(self) -> None:
        """Waits for what is under way, and lets go of the store."""
        await self._queries.close()
        await self.identity.close()
        await self.database.close()

    def access(self, settings: Settings, operator_token: str) -> Access:
        """Who may come in."""
        return build_access(settings, operator_token, AccessStore(self.database), self._queries)

    def platform(
        self, settings: Settings, access: Access, venue: Venue, commands: CommandDesk, record: Record
    ) -> Platform:
        """The users; `Platform.enter` makes it complete."""
        terms = settings.platform
        new = NewPortfolios(
            opening_cash=money_of(terms.opening_cash or "0"),
            currency=terms.opening_currency,
            per_user_max=terms.portfolios_per_user,
        )
        portfolios = Portfolios(PortfolioStore(self.database), self._queries, venue, commands, new)
        users = Users(
            self.identity,
            People(self.database),
            self._queries,
            access,
            portfolios,
            access.rates,
            record=record,
            may_register=terms.registration,
        )
        return Platform(access, users, portfolios, Seeding(self.identity, portfolios), settings.http.is_behind_tls)


def build_membership(settings: Settings, stack: AsyncExitStack) -> Membership | None:
    """The users' part of the store, which is connected later; None for a venue without a store."""
    if not settings.store.enabled:
        return None
    membership = Membership(settings.store_url)
    stack.push_async_callback(membership.close)
    return membership


def build_access(
    settings: Settings, operator_token: str, store: AccessStore | None = None, queries: TimelyQueries | None = None
) -> Access:
    """Who may come in; without a store, who has the operator's token."""
    return Access(
        operator_token,
        Rates(settings.http.limits),
        store,
        queries,
        allowed_origins=settings.http.cors_origins,
        login_hours=settings.platform.login_hours,
    )
