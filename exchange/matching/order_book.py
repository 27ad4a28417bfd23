"""The book of one instrument and its continuous matching by price, then time.

Better prices first, then earlier orders; a trade prints at the resting order's price; a partial fill keeps its place.
It knows no sessions, accounts or refusals: the venue has checked everything before.
"""

from __future__ import annotations

from exchange.events import OrderFilled, Traded
from exchange.matching.book_side import BookSide
from exchange.matching.order import Order
from exchange.matching.price_level import PriceLevel
from exchange.matching.tape import Tape
from exchange.orders import OrderType, Side


class OrderBook:
    """Resting orders of one symbol; `match` trades an incoming one against them."""

    __slots__ = ("asks", "bids", "last_price", "last_quantity", "symbol", "trades", "volume")

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.bids = BookSide(Side.BUY)
        self.asks = BookSide(Side.SELL)
        self.last_price = 0
        """Price of the latest trade; 0 before the first."""
        self.last_quantity = 0
        self.trades = 0
        self.volume = 0

    def side(self, side: Side) -> BookSide:
        """Where orders of that side rest."""
        return self.bids if side is Side.BUY else self.asks

    def rest(self, order: Order, tape: Tape) -> None:
        """Puts what is left of an order at the end of its price level."""
        level = self.side(order.terms.side).level(order.terms.price)
        level.append(order)
        tape.touch(level)

    def remove(self, order: Order, tape: Tape) -> None:
        """Takes a resting order out of its level."""
        level = order.level
        assert level is not None, f"order {order.terms.order_id} does not rest"
        level.unlink(order)
        tape.touch(level)
        if level.first is None:
            self.side(order.terms.side).drop(level)

    def requeue(self, order: Order, leaves: int, tape: Tape) -> None:
        """Puts a resting order, with a new quantity left, at the end of the price level where it is."""
        level = order.level
        assert level is not None, f"order {order.terms.order_id} does not rest"
        level.unlink(order)
        order.leaves = leaves
        level.append(order)
        tape.touch(level)

    def reduce(self, order: Order, leaves: int, tape: Tape) -> None:
        """Lowers what is left of a resting order in its place."""
        level = order.level
        assert level is not None and 0 < leaves <= order.leaves, f"order {order.terms.order_id}: reduce to {leaves}"
        level.quantity -= order.leaves - leaves
        order.leaves = leaves
        tape.touch(level)

    def can_fill(self, order: Order) -> bool:
        """Whether all that is left of an order would trade at once, as fill-or-kill asks. Nothing is touched."""
        wanted = order.leaves
        for level in self._opposite(order):
            if not _crosses(order, level):
                return False
            wanted -= level.quantity
            if wanted <= 0:
                return True
        return False

    def match(self, order: Order, trade_id: int, tape: Tape) -> int:
        """Trades an incoming order as far as its limit allows. `trade_id`: the last one given, before and after."""
        opposite = self._opposite(order)
        while order.leaves:
            level = opposite.best
            if level is None or not _crosses(order, level):
                break
            tape.touch(level)
            while order.leaves and (resting := level.first) is not None:
                trade_id += 1
                self._trade(order, resting, level, trade_id, tape)
            if level.first is None:
                opposite.drop(level)
        return trade_id

    def _opposite(self, order: Order) -> BookSide:
        return self.asks if order.terms.side is Side.BUY else self.bids

    def _trade(self, order: Order, resting: Order, level: PriceLevel, trade_id: int, tape: Tape) -> None:
        price = level.price
        quantity = min(order.leaves, resting.leaves)
        if resting.leaves == quantity:
            level.unlink(resting)
            tape.filled.append(resting)
        else:
            level.quantity -= quantity
        order.fill(quantity, price)
        resting.fill(quantity, price)
        self.last_price = price
        self.last_quantity = quantity
        self.trades += 1
        self.volume += quantity
        ours, theirs = order.terms, resting.terms
        buy, sell = (ours, theirs) if ours.side is Side.BUY else (theirs, ours)
        number, at = tape.number, tape.at
        tape.number = number + 3
        tape.events += (
            Traded(
                number + 1, at, self.symbol, trade_id, price, quantity, ours.side,
                buy.order_id, sell.order_id, buy.account, sell.account,
            ),
            _filled(number + 2, at, order, trade_id, quantity, price, is_aggressor=True),
            _filled(number + 3, at, resting, trade_id, quantity, price, is_aggressor=False),
        )  # fmt: skip


def _filled(
    number: int, at: int, order: Order, trade_id: int, quantity: int, price: int, *, is_aggressor: bool
) -> OrderFilled:
    return OrderFilled(
        number, at, order.terms, trade_id, quantity, price, order.cumulative, order.leaves, order.notional, is_aggressor
    )


def _crosses(order: Order, level: PriceLevel) -> bool:
    terms = order.terms
    if terms.order_type is OrderType.MARKET:
        return True
    return level.price <= terms.price if terms.side is Side.BUY else level.price >= terms.price
