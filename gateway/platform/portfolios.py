"""The portfolios of users: whose they are, who may see and trade them, and how one is opened.

All are in memory, because each order asks; the store has them too, and money and shares are in the venue's account of
the same id. A portfolio is written to the store first; when the process dies before the venue has its account, the next
start opens it. Called by HTTP's desks and, for the accounts of a user's FIX sessions, by the FIX side.
"""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus

import structlog
from msgspec import Struct

from exchange.commands import Command, OpenAccount, SetRiskLimits, Transfer
from exchange.events import CommandRefused
from exchange.postings import TransferKind
from exchange.reference.accounts import Account
from exchange.reference.limits import LimitScope, RiskLimits, Shorting
from exchange.store.identity import Role, User
from exchange.store.portfolios import Portfolio, PortfolioStore
from exchange.store.timely import TimelyQueries
from exchange.venue import Venue
from gateway.command_desk import CommandDesk
from gateway.http.callers import Caller
from gateway.http.problems import Problem

ACCOUNT_NAME_MAX = 48
"""Characters of a user's name that go into an account's id, which has 64 at most."""

OPENING_REFERENCE = "opening {account} {asset}"
"""Of the transfer that an account begins with; the ledger takes it once."""

_log = structlog.get_logger(__name__)


class NewPortfolios(Struct, frozen=True):
    """What a user's new portfolio gets."""

    opening_cash: int = 0
    """Units of money; 0: nothing."""
    currency: str = "USD"
    limits: RiskLimits = RiskLimits(is_funded=True, shorting=Shorting.FORBIDDEN)
    per_user_max: int = 10


class Portfolios:
    """Every portfolio there is. `load` it before anybody asks."""

    def __init__(
        self, store: PortfolioStore, queries: TimelyQueries, venue: Venue, desk: CommandDesk, terms: NewPortfolios
    ) -> None:
        self._store = store
        self._queries = queries
        self._venue = venue
        self._desk = desk
        self._terms = terms
        self._by_id: dict[int, Portfolio] = {}
        self._by_account: dict[str, Portfolio] = {}
        self._by_user: dict[int, list[Portfolio]] = {}
        self._opening: dict[int, int] = {}
        """Portfolios that are being opened, by user: they count for the most that one may have."""

    async def load(self) -> None:
        """Takes in what the store has, and opens accounts that the venue does not have. Raises `StoreUnavailable`."""
        for portfolio in await self._store.all():
            self._keep(portfolio)
        missing = [one for one in self if one.account_id not in self._venue.accounts]
        for portfolio in missing:
            await self._desk.carry_out(*self._opening_commands(portfolio))
            _log.info("account of a portfolio opened", account=portfolio.account_id, user=portfolio.username)

    def __iter__(self) -> Iterator[Portfolio]:
        """All, in the order in which they were made."""
        return iter(self._by_id.values())

    def of_user(self, user_id: int) -> tuple[Portfolio, ...]:
        """The portfolios that a user owns."""
        return tuple(self._by_user.get(user_id, ()))

    def of_account(self, account_id: str) -> Portfolio | None:
        """The portfolio of that account; None for an account that is no user's."""
        return self._by_account.get(account_id)

    def accounts_of(self, user_id: int) -> tuple[str, ...]:
        """The accounts that a user's FIX sessions may trade for: those of the own portfolios."""
        return tuple(one.account_id for one in self.of_user(user_id))

    def seen_by(self, caller: Caller) -> list[Portfolio]:
        """The portfolios that somebody may see: own ones, those of a broker's firm, or all."""
        if caller.role is Role.TRADER:
            return list(self.of_user(caller.user_id))
        return [one for one in self if self._is_seen(caller, one)]

    def find(self, caller: Caller, portfolio_id: int) -> Portfolio | None:
        """The portfolio of that number, if the caller may see it; a stranger's does not exist."""
        found = self._by_id.get(portfolio_id)
        return found if found is not None and self._is_seen(caller, found) else None

    def may_trade(self, caller: Caller, portfolio: Portfolio) -> bool:
        """Whether somebody who sees it may also trade it: an auditor changes nothing."""
        return caller.role is not Role.AUDITOR and self._is_seen(caller, portfolio)

    async def own(self, user: User, account_id: str, name: str) -> Portfolio | None:
        """Makes an account of the settings a user's portfolio; None when it is somebody else's. For the start."""
        known = self._by_account.get(account_id)
        if known is None:
            made = await self._queries.run(self._store.add(user.user_id, account_id, name))
            if made is not None:
                self._keep(made)
            return made
        return known if known.user_id == user.user_id else None

    async def open(self, user_id: int, username: str, name: str) -> tuple[Portfolio, int]:
        """Opens one more portfolio of a user, with what new ones get; and the number of its last event.

        Raises `Problem` 409 when the user has as many as may be, `StoreUnavailable`.
        """
        count = len(self.of_user(user_id)) + self._opening.get(user_id, 0)
        if count >= self._terms.per_user_max:
            detail = f"{username} has {count} portfolios; platform.portfolios_per_user is {self._terms.per_user_max}."
            raise Problem(HTTPStatus.CONFLICT, "TOO_MANY_PORTFOLIOS", detail)
        self._opening[user_id] = self._opening.get(user_id, 0) + 1
        try:
            portfolio = await self._add(user_id, username, name)
            events = await self._desk.carry_out(*self._opening_commands(portfolio))
        finally:
            self._opening[user_id] -= 1
            if not self._opening[user_id]:
                del self._opening[user_id]
        for event in events:
            if isinstance(event, CommandRefused):
                _log.error("portfolio not opened as it should be", account=portfolio.account_id, reason=event.text)
        self._keep(portfolio)
        return portfolio, self._venue.last_event if not events else events[-1].number

    def _opening_commands(self, portfolio: Portfolio) -> list[Command]:
        terms, account_id = self._terms, portfolio.account_id
        account = Account(account_id, portfolio.name, portfolio.firm, user=portfolio.username, is_cleared=True)
        commands: list[Command] = [OpenAccount(account), SetRiskLimits(LimitScope.ACCOUNT, account_id, terms.limits)]
        if terms.opening_cash:
            reference = OPENING_REFERENCE.format(account=account_id, asset=terms.currency)
            opening = Transfer(account_id, TransferKind.OPENING, terms.currency, terms.opening_cash, reference)
            commands.append(opening)
        return commands

    async def _add(self, user_id: int, username: str, name: str) -> Portfolio:
        """Writes it to the store, under the first account id that is nobody's."""
        stem = username.upper()[:ACCOUNT_NAME_MAX]
        number = len(self.of_user(user_id)) + 1
        while True:
            account_id = f"{stem}-{number}"
            is_free = account_id not in self._venue.accounts and account_id not in self._by_account
            if is_free:
                made = await self._queries.run(self._store.add(user_id, account_id, name or account_id))
                if made is not None:
                    return made
            number += 1

    def _keep(self, portfolio: Portfolio) -> None:
        if portfolio.portfolio_id not in self._by_id:
            self._by_id[portfolio.portfolio_id] = portfolio
            self._by_account[portfolio.account_id] = portfolio
            self._by_user.setdefault(portfolio.user_id, []).append(portfolio)

    def _is_seen(self, caller: Caller, portfolio: Portfolio) -> bool:
        if portfolio.user_id == caller.user_id or caller.role in {Role.OPERATOR, Role.AUDITOR}:
            return True
        if caller.role is not Role.BROKER or not caller.firm:
            return False
        account = self._venue.accounts.get(portfolio.account_id)
        return account is not None and account.firm == caller.firm
