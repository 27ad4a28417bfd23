"""The command that gives a firm, user, account or instrument its limits, or takes them away.

What cannot be a limit is refused whole. Orders that are open stay, even beyond new limits; what they claim of their
accounts follows.
"""

from __future__ import annotations

from exchange.clearing.clearing import Clearing
from exchange.clearing.limit_book import LimitBook
from exchange.clearing.loss_limits import LossLimits
from exchange.clearing_events import RiskLimitsSet
from exchange.commands import SetRiskLimits
from exchange.events import CommandRefused
from exchange.matching.engine import Engine
from exchange.reference.limits import LimitScope, RiskLimits
from exchange.reference.money import BALANCE_MAX
from exchange.refusals import Refusal
from exchange.rejections import RejectReason

ORDERS_PER_SECOND_MAX = 100_000
"""The most that a rate may be: so many times are kept for each limit, and the venue is not faster."""

SHARE_MAX = 10_000
"""All of an account's equity, in basis points."""

MARGIN_MAX = 100_000
"""Ten times what was sold short, in basis points: more is a slip."""

_AMOUNTS = ("credit_limit", "max_order_quantity", "max_order_value", "position_limit", "loss_limit")
_MOST = {
    **dict.fromkeys(_AMOUNTS, BALANCE_MAX),
    "price_tolerance_basis_points": BALANCE_MAX,
    "orders_per_second": ORDERS_PER_SECOND_MAX,
    "position_share_basis_points": SHARE_MAX,
    "short_margin_basis_points": MARGIN_MAX,
}
_OF_ALL_INSTRUMENTS = ("is_funded", "credit_limit", "loss_limit")
"""Limits of money, which is one for all instruments."""


class RiskSettings:
    """Puts limits in force."""

    def __init__(self, engine: Engine, clearing: Clearing, limits: LimitBook, losses: LossLimits) -> None:
        self._engine = engine
        self._tape = engine.tape
        self._clearing = clearing
        self._limits = limits
        self._losses = losses

    def set(self, command: SetRiskLimits) -> None:
        """Limits of one scope."""
        tape = self._tape
        tape.number += 1
        refusal = self._refusal(command)
        if refusal is not None:
            tape.events.append(
                CommandRefused(tape.number, tape.at, "limits", refusal.reason, refusal.field, refusal.text)
            )
            return
        scope, name, symbol, limits = command.scope, command.name, command.symbol, command.limits
        self._limits.set(scope, name, symbol, limits)
        tape.events.append(RiskLimitsSet(tape.number, tape.at, scope, name, limits, symbol))
        self._renew_claims(command)
        if not symbol:
            self._losses.limits_set(scope, name, limits)

    def _renew_claims(self, command: SetRiskLimits) -> None:
        """Orders have claims by the limits of now; orders that had none are counted as working from now on."""
        claims = self._clearing.claims
        if command.scope is LimitScope.ACCOUNT and not command.symbol:
            claims.renew(command.name)
            return
        unclaimed = dict.fromkeys(
            order.terms.account
            for order in self._engine.register
            if order.claim is None and self._limits.in_force(order.terms.account, order.terms.symbol)
        )
        for account in unclaimed:
            claims.renew(account)

    def _refusal(self, command: SetRiskLimits) -> Refusal | None:
        refusal = self._place_refusal(command)
        if refusal is not None or command.limits is None:
            return refusal
        return _number_refusal(command.limits) or _scope_refusal(command, command.limits)

    def _place_refusal(self, command: SetRiskLimits) -> Refusal | None:
        scope, name, markets = command.scope, command.name, self._engine.markets
        if scope is LimitScope.ACCOUNT and name not in self._clearing.accounts:
            return Refusal(RejectReason.UNKNOWN_ACCOUNT, "name", f"{name or '(none)'} is not open")
        if scope is LimitScope.INSTRUMENT and name not in markets:
            return Refusal(RejectReason.UNKNOWN_INSTRUMENT, "name", f"{name or '(none)'} is not listed")
        if not name:
            return Refusal(RejectReason.INVALID_LIMITS, "name", f"is missing: which {scope.value} the limits are for")
        if command.symbol and scope is LimitScope.INSTRUMENT:
            text = f"{command.symbol} is stated for limits of an instrument, which {name} is already"
            return Refusal(RejectReason.INVALID_LIMITS, "symbol", text)
        if command.symbol and command.symbol not in markets:
            return Refusal(RejectReason.UNKNOWN_INSTRUMENT, "symbol", f"{command.symbol} is not listed")
        return None


def _number_refusal(limits: RiskLimits) -> Refusal | None:
    for field, most in _MOST.items():
        value = getattr(limits, field)
        if not 0 <= value <= most:
            return Refusal(RejectReason.INVALID_LIMITS, field, f"{value} is not between 0 and {most}")
    return None


def _scope_refusal(command: SetRiskLimits, limits: RiskLimits) -> Refusal | None:
    """Limits that have no meaning for whom they are set."""
    stated = [field for field in _OF_ALL_INSTRUMENTS if getattr(limits, field)]
    if limits.is_funded and command.scope is not LimitScope.ACCOUNT:
        text = f"is of an account only, and {command.name} is a {command.scope.value}"
        return Refusal(RejectReason.INVALID_LIMITS, "is_funded", text)
    if stated and (command.symbol or command.scope is LimitScope.INSTRUMENT):
        text = f"is of all instruments together, not of {command.symbol or command.name} alone"
        return Refusal(RejectReason.INVALID_LIMITS, stated[0], text)
    return None
