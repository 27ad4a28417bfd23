"""The kill switch: sessions, accounts, users and firms that may not enter orders until an operator lifts it."""

from __future__ import annotations

from collections.abc import Mapping

from exchange.matching.order import Order
from exchange.reasons import BlockScope
from exchange.reference.accounts import Account
from exchange.refusals import Refusal
from exchange.rejections import RejectReason


class Blocks:
    """Who is blocked, and why."""

    def __init__(self, accounts: Mapping[str, Account]) -> None:
        self._accounts = accounts
        self.reasons: dict[tuple[BlockScope, str], str] = {}
        """By scope and name; nearly always nobody is blocked."""

    def set(self, scope: BlockScope, name: str, reason: str) -> None:
        """Blocks one; again changes the reason."""
        self.reasons[scope, name] = reason

    def lift(self, scope: BlockScope, name: str) -> None:
        """Lets one trade again; does no harm to one who may."""
        self.reasons.pop((scope, name), None)

    def refusal(self, session: str, account: str) -> Refusal | None:
        """Why a session may not enter an order for an account; None when it may."""
        for scope, name in self._names(session, account):
            reason = self.reasons.get((scope, name))
            if reason is not None:
                text = f"{name} is blocked by the venue" + (f": {reason}" if reason else "")
                return Refusal(RejectReason.TRADING_BLOCKED, scope.value, text)
        return None

    def concerns(self, scope: BlockScope, name: str, order: Order) -> bool:
        """Whether an order is of a session, account, user or firm."""
        return (scope, name) in self._names(order.terms.session, order.terms.account)

    def state(self) -> list[tuple[str, str, str]]:
        """All blocks as values, for the venue's hash."""
        return [(scope.value, name, reason) for (scope, name), reason in self.reasons.items()]

    def _names(self, session: str, account: str) -> tuple[tuple[BlockScope, str], ...]:
        known = self._accounts.get(account)
        names = ((BlockScope.SESSION, session), (BlockScope.ACCOUNT, account))
        if known is None or not (known.user or known.firm):
            return names
        wider = ((BlockScope.USER, known.user), (BlockScope.FIRM, known.firm))
        return (*names, *((scope, name) for scope, name in wider if name))
