"""The orders of one price on one side, in time order, as an intrusive list: entering and leaving is O(1) anywhere."""

from __future__ import annotations

from collections.abc import Iterator

from exchange.matching.order import Order
from exchange.orders import Side


class PriceLevel:
    """First in, first out. `quantity` and `orders` are what market data shows."""

    __slots__ = ("first", "is_touched", "last", "orders", "price", "quantity", "side")

    def __init__(self, side: Side, price: int) -> None:
        self.side = side
        self.price = price
        self.quantity = 0
        self.orders = 0
        self.first: Order | None = None
        self.last: Order | None = None
        self.is_touched = False
        """Whether it changed since the last `LevelChanged` was written for it."""

    def __iter__(self) -> Iterator[Order]:
        order = self.first
        while order is not None:
            yield order
            order = order.behind

    def append(self, order: Order) -> None:
        """Puts an order at the end of the queue."""
        last = self.last
        order.level = self
        order.ahead = last
        if last is None:
            self.first = order
        else:
            last.behind = order
        self.last = order
        self.orders += 1
        self.quantity += order.leaves

    def unlink(self, order: Order) -> None:
        """Takes an order out of the queue; `order.leaves` must still be what the level counts for it."""
        ahead, behind = order.ahead, order.behind
        if ahead is None:
            self.first = behind
        else:
            ahead.behind = behind
        if behind is None:
            self.last = ahead
        else:
            behind.ahead = ahead
        order.level = order.ahead = order.behind = None
        self.orders -= 1
        self.quantity -= order.leaves
