"""An order as the venue keeps it: its terms, what has been filled, and its place in the book."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.orders import OrderStatus, OrderTerms

if TYPE_CHECKING:
    from exchange.matching.price_level import PriceLevel


class Order:
    """What changes about an order. `level`, `ahead` and `behind` are its place in the queue of a price level."""

    __slots__ = ("ahead", "behind", "cumulative", "leaves", "level", "notional", "status", "terms")

    def __init__(self, terms: OrderTerms) -> None:
        self.terms = terms
        self.leaves = terms.quantity
        self.cumulative = 0
        self.notional = 0
        """Sum of filled quantity times price, in units of the instrument's price scale."""
        self.status = OrderStatus.NEW
        self.level: PriceLevel | None = None
        self.ahead: Order | None = None
        self.behind: Order | None = None

    @property
    def is_open(self) -> bool:
        """Whether something of it can still trade."""
        return self.status <= OrderStatus.PARTIALLY_FILLED

    def fill(self, quantity: int, price: int) -> None:
        """Counts one execution; the caller keeps the level's sum."""
        assert 0 < quantity <= self.leaves, f"order {self.terms.order_id}: fill {quantity} of {self.leaves}"
        self.leaves -= quantity
        self.cumulative += quantity
        self.notional += quantity * price
        self.status = OrderStatus.PARTIALLY_FILLED if self.leaves else OrderStatus.FILLED

    def cancel(self) -> int:
        """Closes it; answers how many shares were open."""
        canceled = self.leaves
        self.leaves = 0
        self.status = OrderStatus.CANCELED
        return canceled
