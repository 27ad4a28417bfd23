"""Which settings of users, accounts and limits do not go together. Part of `gateway.settings.consistency`."""

from __future__ import annotations

from collections.abc import Iterator

from exchange.reference.instruments import Instrument
from exchange.reference.limits import LimitScope
from gateway.settings.inconsistency import Inconsistency, Path, given_twice, unknown
from gateway.settings.limits import ScopedLimitsEntry
from gateway.settings.settings import Settings

USERS_MAX = 10_000
OPENINGS_MAX = 200_000
"""Balances that accounts begin with: each is one command of the first start, some seconds for so many."""


def account_inconsistencies(settings: Settings) -> Iterator[Inconsistency]:
    """Everything in users, accounts and limits that contradicts something else."""
    yield from _users(settings)
    if all(not [*entry.inconsistencies()] and not [*entry.band_inconsistencies()] for entry in settings.instruments):
        yield from _accounts(settings)
    yield from _limits(settings)


def _users(settings: Settings) -> Iterator[Inconsistency]:
    users = settings.users
    yield from given_twice(("users",), [(user.username,) for user in users], "user", USERS_MAX)
    emails = [(user.email.casefold(),) if user.email else () for user in users]
    yield from given_twice(("users",), emails, "email", USERS_MAX)
    is_cleared = {name: entry.cleared for entry in settings.accounts for name in entry.names}
    owners: dict[str, str] = {}
    for at, user in enumerate(users):
        if user.role == "broker" and user.firm is None:
            yield ("users", at), f"broker {user.username} needs the firm whose accounts are theirs"
        for position, account in enumerate(user.portfolios):
            path = ("users", at, "portfolios", position)
            if account not in is_cleared:
                yield path, unknown("account", account, is_cleared)
            elif not is_cleared[account]:
                yield path, f"account {account} has cleared: false; a portfolio needs money and shares at the venue"
            elif account in owners:
                yield path, f"account {account} is a portfolio of {owners[account]} already; it has one user"
            owners.setdefault(account, user.username)


def _accounts(settings: Settings) -> Iterator[Inconsistency]:
    instruments: dict[str, Instrument] = {one.symbol: one for one in settings.listed_instruments}
    openings = 0
    for at, entry in enumerate(settings.accounts):
        for path, text in entry.inconsistencies(instruments):
            yield ("accounts", at, *path), text
        for symbol in entry.opening.shares:
            if symbol not in instruments and symbol != "*":
                yield ("accounts", at, "opening", "shares", symbol), unknown("symbol", symbol, instruments)
        held = sum(1 for _ in entry.opening.held(instruments.values()))
        openings += len(entry.names) * (len(entry.opening.cash) + held)
    if openings > OPENINGS_MAX:
        yield ("accounts",), f"they begin with {openings} balances altogether; at most {OPENINGS_MAX} are taken"


def _limits(settings: Settings) -> Iterator[Inconsistency]:
    symbols = {name for entry in settings.instruments for name in entry.names}
    known = {
        LimitScope.FIRM: {entry.firm for entry in settings.accounts if entry.firm is not None},
        LimitScope.USER: {user.username for user in settings.users},
        LimitScope.INSTRUMENT: symbols,
        LimitScope.ACCOUNT: {name for entry in settings.accounts if entry.cleared for name in entry.names},
    }
    places: dict[tuple[LimitScope, str, str], int] = {}
    for at, entry in enumerate(settings.limits):
        path: Path = ("limits", at)
        for key, text in entry.inconsistencies():
            yield (*path, key), text
        if entry.of not in known[entry.scope]:
            yield (*path, entry.scope.value), unknown(entry.scope.value, entry.of, known[entry.scope])
        if entry.symbol is not None and entry.symbol not in symbols:
            yield (*path, "symbol"), unknown("symbol", entry.symbol, symbols)
        first = places.setdefault(_place(entry), at)
        if first != at:
            yield path, f"limits of {entry.scope.value} {entry.of} stand already in limits[{first}]"


def _place(entry: ScopedLimitsEntry) -> tuple[LimitScope, str, str]:
    return entry.scope, entry.of, entry.symbol or ""
