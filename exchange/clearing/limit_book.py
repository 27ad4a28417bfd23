"""Which limits are in force for whom: by firm, user, account and instrument, all of them together.

Only looked up here; what they mean for an order `risk` says, and what an order needs `claims`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from msgspec import Struct

from exchange.reference.accounts import Account
from exchange.reference.limits import LimitScope, RiskLimits

_GROUPS = (LimitScope.FIRM, LimitScope.USER)

_ANY = sys.maxsize
"""Where no limit is: no order comes to so much."""


Place: TypeAlias = tuple[LimitScope, str, str]
"""Scope, name and symbol of a limit; without a symbol it is for orders in all instruments."""


class LimitInForce(Struct, frozen=True, gc=False):
    """One limit that an order has to keep."""

    place: Place
    limits: RiskLimits

    @property
    def scope(self) -> LimitScope:
        """Of what it is."""
        return self.place[0]

    @property
    def name(self) -> str:
        """Of whom it is."""
        return self.place[1]

    @property
    def whose(self) -> str:
        """As refusals name it: `the limit of firm ACME in XYZ`."""
        scope, name, symbol = self.place
        return f"the limit of {scope.value} {name}" + (f" in {symbol}" if symbol else "")


class Bounds(Struct, frozen=True, gc=False):
    """What all limits in force for an account in an instrument come to: the strictest of each kind, and who counts.

    For a quick answer: an order within all bounds breaks no limit. Which one another breaks, the limits themselves say.
    """

    in_force: tuple[LimitInForce, ...]
    """All of them, the narrowest first."""
    quantity: int
    """The most shares of one order."""
    value: int
    """The most that one order may be worth, in units of money."""
    tolerance: int
    """How far from the last price a limit may be, in basis points."""
    rates: tuple[LimitInForce, ...]
    """Those with a rate of orders."""
    positions: tuple[LimitInForce, ...]
    """Those with a limit of positions."""
    credits: tuple[LimitInForce, ...]
    """Those of firms and users with a limit of credit."""


class LimitBook:
    """All limits. `accounts` says which firm and user an account belongs to."""

    __slots__ = ("_accounts", "_bounds", "_limits", "_members")

    def __init__(self, accounts: Mapping[str, Account]) -> None:
        self._accounts = accounts
        self._limits: dict[Place, RiskLimits] = {}
        self._bounds: dict[tuple[str, str], Bounds | None] = {}
        """Looked up once for each account and symbol, until any limit or account changes."""
        self._members: dict[tuple[LimitScope, str], tuple[str, ...]] = {}

    def __len__(self) -> int:
        return len(self._limits)

    def set(self, scope: LimitScope, name: str, symbol: str, limits: RiskLimits | None) -> None:
        """Puts limits in force, or takes them away."""
        if limits is None:
            self._limits.pop((scope, name, symbol), None)
        else:
            self._limits[scope, name, symbol] = limits
        self.forget()

    def forget(self) -> None:
        """An account belongs to another firm or user now, or limits have changed: everything is looked up anew."""
        self._bounds.clear()
        self._members.clear()

    def members(self, scope: LimitScope, name: str) -> tuple[str, ...]:
        """The accounts of a firm or user, in the order of their opening; of an account the account itself."""
        key = (scope, name)
        found = self._members.get(key)
        if found is None:
            found = self._members[key] = self._look_up_members(scope, name)
        return found

    def get(self, scope: LimitScope, name: str, symbol: str = "") -> RiskLimits | None:
        """The limits of one scope; None when it has none."""
        return self._limits.get((scope, name, symbol))

    def funded(self, account: str) -> RiskLimits | None:
        """The limits of an account whose orders need money and shares; None for one that trades freely."""
        limits = self._limits.get((LimitScope.ACCOUNT, account, ""))
        return limits if limits is not None and limits.is_funded else None

    def in_force(self, account: str, symbol: str) -> tuple[LimitInForce, ...]:
        """All limits that an order of an account in an instrument has to keep, the narrowest first."""
        bounds = self.bounds(account, symbol)
        return () if bounds is None else bounds.in_force

    def bounds(self, account: str, symbol: str) -> Bounds | None:
        """What these limits come to; None where there is none."""
        key = (account, symbol)
        try:
            return self._bounds[key]
        except KeyError:
            in_force = self._look_up(account, symbol)
            bounds = self._bounds[key] = _bounds(in_force) if in_force else None
            return bounds

    def __iter__(self) -> Iterator[tuple[LimitScope, str, str, RiskLimits]]:
        """Scope, name, symbol and limits, in the order in which they were first set."""
        return ((scope, name, symbol, limits) for (scope, name, symbol), limits in self._limits.items())

    def state(self) -> list[object]:
        """All of it as values, for the venue's hash."""
        return [[scope.value, name, symbol, limits] for scope, name, symbol, limits in self]

    def _look_up(self, account: str, symbol: str) -> tuple[LimitInForce, ...]:
        known = self._accounts.get(account)
        firm, user = (known.firm, known.user) if known is not None else ("", "")
        names = [(LimitScope.ACCOUNT, account), (LimitScope.USER, user), (LimitScope.FIRM, firm)]
        places = [(scope, name, of) for scope, name in names if name for of in (symbol, "")]
        places.append((LimitScope.INSTRUMENT, symbol, ""))
        return tuple(LimitInForce(place, self._limits[place]) for place in places if place in self._limits)

    def _look_up_members(self, scope: LimitScope, name: str) -> tuple[str, ...]:
        if scope is LimitScope.FIRM:
            return tuple(one.account_id for one in self._accounts.values() if one.firm == name)
        if scope is LimitScope.USER:
            return tuple(one.account_id for one in self._accounts.values() if one.user == name)
        return (name,) if scope is LimitScope.ACCOUNT else ()


def _bounds(in_force: tuple[LimitInForce, ...]) -> Bounds:
    limits = [one.limits for one in in_force]
    return Bounds(
        in_force,
        min((one.max_order_quantity for one in limits if one.max_order_quantity), default=_ANY),
        min((one.max_order_value for one in limits if one.max_order_value), default=_ANY),
        min((one.price_tolerance_basis_points for one in limits if one.price_tolerance_basis_points), default=_ANY),
        tuple(one for one in in_force if one.limits.orders_per_second),
        tuple(one for one in in_force if one.limits.position_limit or one.limits.position_share_basis_points),
        tuple(one for one in in_force if one.limits.credit_limit and one.scope in _GROUPS),
    )
