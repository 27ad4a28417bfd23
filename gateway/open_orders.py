"""The open orders of each account, found without a look at all orders of the venue.

Kept by nobody on the way of an order: a reader catches up with the orders that have come since the last one asked, and
drops those that have ended. So matching pays nothing, and who lists his orders pays for his own and for new ones.
Called by the trading desk.
"""

from __future__ import annotations

from collections.abc import Iterable

from exchange.matching.order import Order
from exchange.venue import Venue

CATCH_UP_MAX = 20_000
"""Orders that a reader catches up with one by one, in some milliseconds; behind more of them all that are open are
looked at instead."""

SPARE_ORDERS = 50_000
"""Ended orders that may be kept in the lists of accounts that nobody asks for, before all lists are made anew."""


class OpenOrders:
    """Finds open orders by account."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._by_account: dict[str, dict[int, Order]] = {}
        self._last = 0
        self._kept = 0
        self._kept_max = SPARE_ORDERS

    def of(self, accounts: Iterable[str]) -> list[Order]:
        """The open orders of these accounts, whoever entered them, newest first."""
        self._catch_up()
        found: dict[int, Order] = {}
        for account in accounts:
            kept = self._by_account.get(account, {})
            ended = [order_id for order_id, order in kept.items() if not order.is_open]
            for order_id in ended:
                del kept[order_id]
            self._kept -= len(ended)
            found |= kept
        return [found[order_id] for order_id in sorted(found, reverse=True)]

    def _catch_up(self) -> None:
        last, register = self._venue.last_order_id, self._venue.register
        if last - self._last > CATCH_UP_MAX or self._kept > self._kept_max:
            self._by_account.clear()
            self._kept = 0
            for order in register:
                self._keep(order)
            self._kept_max = 2 * self._kept + SPARE_ORDERS
        else:
            for order_id in range(self._last + 1, last + 1):
                order_or_none = register.by_order_id(order_id)
                if order_or_none is not None and order_or_none.is_open:
                    self._keep(order_or_none)
        self._last = last

    def _keep(self, order: Order) -> None:
        self._by_account.setdefault(order.terms.account, {})[order.terms.order_id] = order
        self._kept += 1
