"""Matching where somebody has conditions.

These are icebergs, hidden and all-or-none orders, minimum quantities, market orders that wait without a price, and
owners who must not meet themselves.

Price, then visibility, then time: at a price what is shown trades before what is not. An order that does not take so
small an execution is passed over. `Fills` looks ahead by the same rules without touching anything.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from exchange.matching.book_side import UNPRICED_KEY, BookSide
from exchange.matching.order import Order
from exchange.matching.order_book import OrderBook
from exchange.matching.price_level import PriceLevel
from exchange.orders import UNPRICED, SelfTradePrevention, Side
from exchange.reference.rule_profile import IcebergRefresh, MinimumQuantity, RuleProfile

OnSelf = Callable[[Order, Order, SelfTradePrevention], bool]
"""Deals with an incoming order that meets one of its owner; answers whether the incoming one goes on."""

_Part = tuple[Order, int, int]
"""A resting order, what is left of it, and what one execution can have of that."""

OnTrade = Callable[[Order, Order, int, int], None]
"""Makes one execution of an incoming with a resting order: quantity and price. The caller keeps the level."""


def unpriced_price(book: OrderBook, incoming: Order) -> int | None:
    """The price at which a resting market order trades with an incoming order; None while nobody names one.

    It is the best for the incoming order among the last price, the best limit of the resting side and its own limit
    (Euronext: a pure market order trades at the last price, or better for the other side if somebody has bid better).
    """
    side = book.opposite(incoming.terms.side)
    names = [price for price in (side.best_limit, None if incoming.limit == UNPRICED else incoming.limit) if price]
    if book.last_price:
        names.append(book.last_price)
    if not names:
        return None
    return max(names) if side.side is Side.BUY else min(names)


def least_taken(order: Order, leaves: int, rules: RuleProfile) -> int:
    """The smallest single execution that an incoming order takes when so much of it is left."""
    conditions = order.terms.conditions
    if conditions is None or rules.minimum_quantity is not MinimumQuantity.PER_EXECUTION:
        return 0
    return min(conditions.min_quantity, leaves)


def least_given(resting: Order, leaves: int, rules: RuleProfile) -> int:
    """The same of a resting order: all or none waits for one that takes it whole."""
    conditions = resting.terms.conditions
    return leaves if conditions is not None and conditions.is_all_or_none else least_taken(resting, leaves, rules)


def is_passed_over(quantity: int, order: Order, left: int, resting: Order, there: int, rules: RuleProfile) -> bool:
    """Whether an execution is too small for one of two orders, of which so much is left."""
    return quantity < least_given(resting, there, rules) or quantity < least_taken(order, left, rules)


class CarefulMatching:
    """One pass of an incoming order through the other side of a book."""

    __slots__ = ("_book", "_mode", "_on_self", "_on_trade", "_owner_of", "_rules")

    def __init__(
        self,
        book: OrderBook,
        rules: RuleProfile,
        mode: SelfTradePrevention,
        owner_of: Callable[[Order], str],
        on_trade: OnTrade,
        on_self: OnSelf,
    ) -> None:
        self._book = book
        self._rules = rules
        self._mode = mode
        self._owner_of = owner_of
        self._on_trade = on_trade
        self._on_self = on_self

    def match(self, order: Order, touch: Callable[[PriceLevel], None]) -> None:
        """Trades as far as limits, conditions and self-trade prevention allow. `touch` notes a level that changes."""
        opposite = self._book.opposite(order.terms.side)
        for level in _levels(opposite, order):
            if not self._sweep(order, level, touch):
                return
            if level.is_empty and opposite.levels.get(level.key) is level:
                opposite.drop(level)
            if not order.leaves:
                return

    def _sweep(self, order: Order, level: PriceLevel, touch: Callable[[PriceLevel], None]) -> bool:
        """Meets the orders of one level, shown ones first; False when the incoming order stops there."""
        resting = level.first
        while resting is not None and order.leaves:
            behind, filled = resting.behind, resting.cumulative
            if not self._meet(order, resting, level, touch):
                return False
            is_refilled = resting.level is level and resting.cumulative != filled
            if not is_refilled:
                resting = behind
            elif self._rules.iceberg_refresh is IcebergRefresh.TO_BACK:
                resting = behind or resting
        return all(
            not order.leaves or self._meet(order, hidden, level, touch) for hidden in list(level.hidden.values())
        )

    def _meet(self, order: Order, resting: Order, level: PriceLevel, touch: Callable[[PriceLevel], None]) -> bool:
        """One meeting: they trade, one is passed over, or it is the same owner. False: the incoming order stops."""
        quantity = min(order.leaves, resting.part)
        if is_passed_over(quantity, order, order.leaves, resting, resting.leaves, self._rules):
            return True
        price = _price_at(level, self._book, order)
        if price is None:
            return False
        if self._mode is not SelfTradePrevention.NONE and self._owner_of(order) == self._owner_of(resting):
            return self._on_self(order, resting, self._mode)
        self._execute(order, resting, quantity, price, touch)
        return True

    def _execute(
        self, order: Order, resting: Order, quantity: int, price: int, touch: Callable[[PriceLevel], None]
    ) -> None:
        level, is_hidden = resting.level, resting.reserve == resting.leaves
        assert level is not None, f"order {resting.terms.order_id} does not rest"
        if not is_hidden:
            touch(level)
        if quantity == resting.leaves:
            level.unlink(resting)
            resting.reserve = 0
            level.specials -= resting.terms.conditions is not None
        elif is_hidden:
            resting.reserve -= quantity
        else:
            level.quantity -= quantity
        self._on_trade(order, resting, quantity, price)
        if resting.leaves and not is_hidden and not resting.shown:
            self._refill(resting, level)

    def _refill(self, iceberg: Order, level: PriceLevel) -> None:
        """Shows the next part of an iceberg whose shown part is gone."""
        conditions = iceberg.terms.conditions
        assert conditions is not None, f"order {iceberg.terms.order_id} has nothing in reserve"
        shown = min(conditions.display_quantity, iceberg.reserve)
        iceberg.reserve -= shown
        level.quantity += shown
        if self._rules.iceberg_refresh is IcebergRefresh.TO_BACK:
            level.send_to_back(iceberg)


class Fills:
    """How much of an order would trade at once: the same pass as `CarefulMatching` makes, on figures of its own."""

    __slots__ = ("_book", "_counts_reserve", "_mode", "_owner_of", "_rules")

    def __init__(
        self,
        book: OrderBook,
        rules: RuleProfile,
        mode: SelfTradePrevention,
        owner_of: Callable[[Order], str],
        *,
        counts_reserve: bool = True,
    ) -> None:
        self._book = book
        self._rules = rules
        self._counts_reserve = counts_reserve
        self._mode = mode
        self._owner_of = owner_of

    def reaches(self, order: Order, wanted: int) -> bool:
        """Whether at least `wanted` shares would trade at once."""
        left, missing = order.leaves, wanted
        for level in _levels(self._book.opposite(order.terms.side), order):
            queue, hidden = deque(_shown_parts(level)), deque(level.hidden.values() if self._counts_reserve else ())
            while left and (queue or hidden):
                resting, there, part = queue.popleft() if queue else _whole(hidden.popleft())
                quantity = min(left, part)
                if is_passed_over(quantity, order, left, resting, there, self._rules):
                    continue
                if _price_at(level, self._book, order) is None:
                    return False
                if self._mode is not SelfTradePrevention.NONE and self._owner_of(order) == self._owner_of(resting):
                    if self._mode in (SelfTradePrevention.CANCEL_INCOMING, SelfTradePrevention.CANCEL_BOTH):
                        return False
                    left -= min(left, there) if self._mode is SelfTradePrevention.DECREMENT else 0
                    continue
                left -= quantity
                missing -= quantity
                if missing <= 0:
                    return True
                if there > part and self._counts_reserve:
                    self._refill(queue, resting, there - part)
        return False

    def _refill(self, queue: deque[_Part], iceberg: Order, leaves: int) -> None:
        conditions = iceberg.terms.conditions
        assert conditions is not None, f"order {iceberg.terms.order_id} has nothing in reserve"
        part = (iceberg, leaves, min(conditions.display_quantity, leaves))
        if self._rules.iceberg_refresh is IcebergRefresh.TO_BACK:
            queue.append(part)
        else:
            queue.appendleft(part)


def _shown_parts(level: PriceLevel) -> Iterator[_Part]:
    order = level.first
    while order is not None:
        yield order, order.leaves, order.shown
        order = order.behind


def _whole(hidden: Order) -> _Part:
    return hidden, hidden.leaves, hidden.leaves


def _levels(opposite: BookSide, order: Order) -> Iterator[PriceLevel]:
    """The levels that an order may trade with, best first; levels that go meanwhile do no harm."""
    limit = max(opposite.limit_key(order.limit), opposite.floor)
    keys, levels = opposite.keys, opposite.levels
    place = len(keys) - 1
    while place >= 0 and keys[place] >= limit:
        key = keys[place]
        if opposite.ceiling < key < UNPRICED_KEY:
            return
        yield levels[key]
        place = min(place, len(keys)) - 1


def _price_at(level: PriceLevel, book: OrderBook, order: Order) -> int | None:
    """At what price an order trades with those of a level; None where market orders have no price, or one outside."""
    if level.key != UNPRICED_KEY:
        return level.price
    price = unpriced_price(book, order)
    return price if price is not None and book.lowest_tradable <= price <= book.highest_tradable else None
