"""The latest trades with both their orders, so that an operator can bust or correct one.

How many are kept is a rule of the venue: it decides which trade can still be undone, and bounds memory.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeAlias

from exchange.matching.order import Order

if TYPE_CHECKING:
    from exchange.matching.order_book import OrderBook

TRADES_KEPT = 10_000
"""Of the whole venue. Erroneous trades are reported within minutes; each kept one holds its two orders."""


class Trade:
    """One execution, and what has become of it."""

    __slots__ = (
        "aggressor",
        "book",
        "fill_of_aggressor",
        "fill_of_resting",
        "is_busted",
        "price",
        "quantity",
        "resting",
    )

    def __init__(
        self,
        book: OrderBook,
        aggressor: Order,
        resting: Order,
        price: int,
        quantity: int,
        fill_of_aggressor: int,
        fill_of_resting: int,
    ) -> None:
        self.book = book
        self.aggressor = aggressor
        self.resting = resting
        self.price = price
        self.quantity = quantity
        self.fill_of_aggressor = fill_of_aggressor
        """Number of the event that told it last to the aggressor's owner."""
        self.fill_of_resting = fill_of_resting
        self.is_busted = False


Printed: TypeAlias = "tuple[OrderBook, Order, Order, int, int, int, int]"
"""What a `Trade` is made of, in that order."""


class Trades:
    """The latest trades by number. Numbers are given without a gap, so a trade's place follows from it.

    A trade is kept as it was printed until somebody asks for it: nearly nobody does, and printing is the hot path.
    """

    __slots__ = ("_latest", "append")

    def __init__(self) -> None:
        self._latest: deque[Printed | Trade] = deque(maxlen=TRADES_KEPT)
        self.append: Callable[[Printed], None] = self._latest.append

    def __iter__(self) -> Iterator[Trade]:
        """All that are kept, oldest first; each as it is now."""
        return (trade if isinstance(trade, Trade) else Trade(*trade) for trade in self._latest)

    def find(self, trade_id: int, last_trade_id: int) -> Trade | None:
        """A trade by its number; None when it never was or is no longer kept."""
        place = trade_id - last_trade_id - 1
        if not -len(self._latest) <= place < 0:
            return None
        trade = self._latest[place]
        if not isinstance(trade, Trade):
            trade = self._latest[place] = Trade(*trade)
        return trade
