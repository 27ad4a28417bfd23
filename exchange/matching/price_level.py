"""The orders of one price on one side, in time order, as an intrusive list: entering and leaving is O(1) anywhere.

Shown orders stand in the list; orders that show nothing stand behind them in a queue of their own (price, visibility,
time). An iceberg stands in the list with the part that it shows.
"""

from __future__ import annotations

from collections.abc import Iterator

from exchange.matching.order import Order
from exchange.orders import Side

_NONE: dict[int, Order] = {}


class PriceLevel:
    """First in, first out. `quantity` and `orders` are what market data shows."""

    __slots__ = (
        "first",
        "hidden",
        "is_touched",
        "key",
        "last",
        "orders",
        "price",
        "quantity",
        "side",
        "specials",
        "symbol",
    )

    def __init__(self, symbol: str, side: Side, price: int, key: int) -> None:
        self.symbol = symbol
        self.side = side
        self.price = price
        self.key = key
        """Its rank on its side: higher trades first."""
        self.quantity = 0
        self.orders = 0
        self.first: Order | None = None
        self.last: Order | None = None
        self.hidden: dict[int, Order] = _NONE
        """Orders that show nothing, by OrderID, in time order."""
        self.specials = 0
        """Orders with conditions: without any, plain price-time matching is right."""
        self.is_touched = False
        """Whether it changed since the last `LevelChanged` was written for it."""

    def __iter__(self) -> Iterator[Order]:
        """All orders as they would trade: what is shown first, then time."""
        order = self.first
        while order is not None:
            yield order
            order = order.behind
        yield from self.hidden.values()

    @property
    def is_empty(self) -> bool:
        """Whether nothing rests here, neither shown nor hidden."""
        return self.first is None and not self.hidden

    def append(self, order: Order) -> None:
        """Puts an order at the end of the shown queue."""
        last = self.last
        order.level = self
        order.ahead = last
        if last is None:
            self.first = order
        else:
            last.behind = order
        self.last = order
        self.orders += 1
        self.quantity += order.leaves - order.reserve

    def send_to_back(self, order: Order) -> None:
        """Puts a shown order at the end of its queue; what the level counts stays."""
        ahead, behind, last = order.ahead, order.behind, self.last
        if behind is None or last is None:
            return
        if ahead is None:
            self.first = behind
        else:
            ahead.behind = behind
        behind.ahead = ahead
        last.behind = order
        order.ahead, order.behind, self.last = last, None, order

    def hide(self, order: Order) -> None:
        """Puts an order at the end of the hidden queue."""
        if self.hidden is _NONE:
            self.hidden = {}
        order.level = self
        self.hidden[order.terms.order_id] = order

    def unlink(self, order: Order) -> None:
        """Takes an order out of its queue; its `leaves` must still be what the level counts for it."""
        if order.reserve == order.leaves:
            del self.hidden[order.terms.order_id]
            order.level = None
            return
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
        self.quantity -= order.leaves - order.reserve
