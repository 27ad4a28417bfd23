"""How much credit a firm or user uses: the sum of what the free money of its accounts is below 0, in one currency.

For orders of funded accounts; what one account may go below 0 is looked at where its claims are planned.
"""

from __future__ import annotations

from collections.abc import Sequence

from exchange.clearing.claim import Claim
from exchange.clearing.clearing import Clearing
from exchange.clearing.limit_book import LimitBook, LimitInForce
from exchange.commands import EnterOrder
from exchange.matching.market import Market
from exchange.matching.order import Order
from exchange.reference.money import money_text
from exchange.refusals import Refusal
from exchange.rejections import RejectReason


class CreditLimits:
    """Looks at what the accounts of a firm or user have used."""

    __slots__ = ("_clearing", "_limits")

    def __init__(self, clearing: Clearing, limits: LimitBook) -> None:
        self._clearing = clearing
        self._limits = limits

    def refusal(
        self,
        command: EnterOrder,
        planned: Claim | Refusal | None,
        replaced: Sequence[Order],
        market: Market,
        credits_in_force: tuple[LimitInForce, ...],
    ) -> Refusal | None:
        """Why the credit does not reach for an order. What the account itself lacks, its claim is refused for."""
        if not credits_in_force or not isinstance(planned, Claim) or not planned.uses_credit or command.quantity <= 0:
            return None
        currency, digits = market.instrument.currency, market.instrument.price_digits
        needed, _ = planned.needs(command.side, command.quantity, digits)
        freed = sum(order.claim.cash for order in replaced if order.claim is not None)
        free = self._clearing.ledger.available(command.account, currency)
        more = max(0, needed - freed - free) - max(0, -free)
        if more <= 0:
            return None
        for limit in credits_in_force:
            used = self._used(limit, currency)
            if used + more > limit.limits.credit_limit:
                what = f"needs {money_text(more)} {currency} of credit, besides {money_text(used)} used already"
                text = f"{command.quantity} {what}; {money_text(limit.limits.credit_limit)} is {limit.whose}"
                return Refusal(RejectReason.CREDIT_LIMIT, "quantity", text)
        return None

    def replace_refusal(
        self, command: EnterOrder, order: Order, market: Market, credits_in_force: tuple[LimitInForce, ...]
    ) -> Refusal | None:
        """Why the credit does not reach for an order's new terms: `command` is what would be left of it, as if new."""
        if not credits_in_force or command.quantity <= 0:
            return None
        return self.refusal(command, self._clearing.claims.plan(command, [order]), [order], market, credits_in_force)

    def _used(self, limit: LimitInForce, currency: str) -> int:
        ledger = self._clearing.ledger
        accounts = self._limits.members(limit.scope, limit.name)
        return sum(max(0, -ledger.available(account, currency)) for account in accounts)
