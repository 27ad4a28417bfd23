"""The way in for orders that the venue enters itself: stops that protect positions, buy-ins of what was not delivered.

Order entry stands above clearing, so what clearing needs of it is said here, and handed in by the venue.
"""

from __future__ import annotations

from typing import Protocol

from exchange.commands import EnterOrder
from exchange.matching.order import Order
from exchange.reasons import CancelReason


class OwnOrders(Protocol):
    """What order entry does for the venue's own orders."""

    last_order_id: int
    """Number of the latest order of the venue."""

    def accept(self, command: EnterOrder) -> Order:
        """Lets an order in without looking at limits; answers it as it is after all that it brought."""

    def withdraw_all(self, orders: list[Order], reason: CancelReason) -> None:
        """Ends open orders and quotes that nobody has asked to cancel."""
