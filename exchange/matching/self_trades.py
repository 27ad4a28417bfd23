"""Self-trade prevention: what happens when an incoming order meets one of the same owner.

The incoming order's mode decides; without one of its own it is the account's. Accounts of one group are one owner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.matching.order import Order
from exchange.orders import OrderConditions, SelfTradePrevention
from exchange.reasons import CancelReason, RestatementReason

if TYPE_CHECKING:
    from exchange.matching.engine import Engine


class SelfTrades:
    """The rule, and what it does to the two orders."""

    __slots__ = ("_accounts", "_engine")

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._accounts = engine.accounts

    def mode(self, order: Order, conditions: OrderConditions | None) -> SelfTradePrevention:
        """What an incoming order does when it meets its owner's."""
        if conditions is not None and conditions.self_trade_prevention is not None:
            return conditions.self_trade_prevention
        return self._accounts[order.terms.account].self_trade_prevention

    def owner(self, order: Order) -> str:
        """Whom an order is of, as far as this rule goes."""
        return self._accounts[order.terms.account].owner

    def meet(self, order: Order, resting: Order, mode: SelfTradePrevention) -> bool:
        """Two orders of one owner meet; answers whether the incoming one goes on."""
        if mode is SelfTradePrevention.DECREMENT:
            return self._decrement(order, resting)
        if mode in (SelfTradePrevention.CANCEL_RESTING, SelfTradePrevention.CANCEL_BOTH):
            self._engine.end_order(resting, CancelReason.SELF_TRADE)
        if mode in (SelfTradePrevention.CANCEL_INCOMING, SelfTradePrevention.CANCEL_BOTH):
            self._engine.close(order, CancelReason.SELF_TRADE)
            return False
        return True

    def _decrement(self, order: Order, resting: Order) -> bool:
        quantity = min(order.leaves, resting.leaves)
        for one in (resting, order):
            if one.leaves == quantity:
                self._engine.end_order(one, CancelReason.SELF_TRADE_DECREMENTED)
            else:
                self._engine.shrink(one, quantity, RestatementReason.DECREMENTED)
        return order.is_open
