"""Everything about users that stands on the store, built and opened in order for the composition root.

Without a store (`store.enabled: false`) there are no users: then only the operator's token is known.
"""

from __future__ import annotations

from collections.abc import Callable
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
from gateway.http.trading.view import Trading, TradingTerms
from gateway.platform.access import Access
from gateway.platform.portfolios import NewPortfolios, Portfolios
from gateway.platform.seeding import Seeding
from gateway.platform.users import Record, Users
from gateway.settings import Settings
from gateway.settings.amounts import money_of
from gateway.trading import build_trading
from gateway.venue_time import build_calendars


class VenueSide(Struct, frozen=True):
    """What the platform needs of the venue."""

    venue: Venue
    commands: CommandDesk
    now: Callable[[], int]
    """The venue's clock, nanoseconds since 1970 UTC."""
    record: Record
    """Writes the audit log."""


class Platform(Struct, frozen=True):
    """The users of a venue that has a store."""

    access: Access
    users: Users
    portfolios: Portfolios
    seeding: Seeding
    trading: Trading
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
        self._trading: Trading | None = None
        self._access: Access | None = None

    async def open(self) -> None:
        """Connects, and brings the store up to date. Raises `StoreUnavailable` or `StoreUnusable`."""
        await self.database.open()

    async def close(self) -> None:
        """Waits for what is under way, and lets go of the store."""
        if self._access is not None:
            await self._access.close()
        if self._trading is not None:
            await self._trading.close()
        await self._queries.close()
        await self.identity.close()
        await self.database.close()

    async def end_logins(self, username: str) -> None:
        """Ends all logins of a user whose password was changed by FIX. Raises `StoreUnavailable`."""
        user = await self.identity.user(username)
        if user is not None and self._access is not None:
            await self._access.end_logins(user.user_id)

    def access(self, settings: Settings, operator_token: str) -> Access:
        """Who may come in."""
        self._access = build_access(settings, operator_token, AccessStore(self.database), self._queries)
        return self._access

    def platform(self, settings: Settings, access: Access, side: VenueSide) -> Platform:
        """The users, and what they trade by; `Platform.enter` makes it complete."""
        terms = settings.platform
        new = NewPortfolios(
            opening_cash=money_of(terms.opening_cash or "0"),
            currency=terms.opening_currency,
            per_user_max=terms.portfolios_per_user,
        )
        portfolios = Portfolios(PortfolioStore(self.database), self._queries, side.venue, side.commands, new)
        users = Users(
            self.identity,
            People(self.database),
            self._queries,
            access,
            portfolios,
            access.rates,
            record=side.record,
            may_register=terms.registration,
        )
        calendars = {calendar.market: calendar for calendar in build_calendars(settings)}
        allowed = TradingTerms(
            self_funding=terms.self_funding, self_correcting=terms.self_correcting, as_of_seconds=terms.as_of_seconds
        )
        self._trading = build_trading(
            side.venue, side.commands, portfolios, self.database, calendars, side.now, side.record, allowed
        )
        seeding = Seeding(self.identity, portfolios)
        return Platform(access, users, portfolios, seeding, self._trading, settings.http.is_behind_tls)


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
