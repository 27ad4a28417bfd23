"""Matching where somebody has conditions.

These are icebergs, hidden and all-or-none orders, minimum quantities, market orders that wait without a price, and
owners who must not meet themselves.

Price, then visibility, then time: at a price what is shown trades before what is not. An order that does not take so
small an execution is passed over. `Fills` looks ahead by the same rules without touching anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from exchange.matching.book_side import UNPRICED_KEY, BookSide
from exchange.matching.order import Order
from exchange.matching.order_book import OrderBook
from exchange.matching.price_level import PriceLevel
from exchange.orders import UNPRICED, SelfTradePrevention, Side
from exchange.reference.rule_profile import IcebergRefresh, MinimumQuantity, RuleProfile

OnSelf = Callable[[Order, Order, SelfTradePrevention], bool]
"""Deals with an incoming order that meets one of its owner; answers whether the incoming one goes on."""

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


def least_execution(order: Order, rules: RuleProfile) -> int:
    """The smallest single execution that a resting order takes under the instrument's rules."""
    conditions = order.terms.conditions
    if conditions is None:
        return 0
    if conditions.is_all_or_none:
        return order.leaves
    if rules.minimum_quantity is MinimumQuantity.PER_EXECUTION:
        return min(conditions.min_quantity, order.leaves)
    return 0


class CarefulMatching:
    """One pass of an incoming order through the other side of a book."""

    __slots__ = ("_book", "_least", "_mode", "_on_self", "_on_trade", "_owner_of", "_rules")

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
        self._least = 0

    def match(self, order: Order, touch: Callable[[PriceLevel], None]) -> None:
        """Trades as far as limits, conditions and self-trade prevention allow. `touch` notes a level that changes."""
        conditions = order.terms.conditions
        if conditions is not None and self._rules.minimum_quantity is MinimumQuantity.PER_EXECUTION:
            self._least = min(conditions.min_quantity, order.leaves)
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
        quantity = min(order.leaves, resting.leaves)
        if quantity < least_execution(resting, self._rules) or quantity < self._least:
            return True
        price = level.price if level.key != UNPRICED_KEY else unpriced_price(self._book, order)
        if price is None or _is_outside(price, level, self._book):
            return False
        if self._mode is not SelfTradePrevention.NONE and self._owner_of(order) == self._owner_of(resting):
            return self._on_self(order, resting, self._mode)
        self._execute(order, resting, level, price, touch)
        return True

    def _execute(
        self, order: Order, resting: Order, level: PriceLevel, price: int, touch: Callable[[PriceLevel], None]
    ) -> None:
        is_hidden = resting.reserve == resting.leaves
        quantity = min(order.leaves, resting.leaves if is_hidden else resting.shown)
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
    """How much of an order would trade at once."""

    __slots__ = ("_book", "_mode", "_owner_of", "_rules")

    def __init__(
        self, book: OrderBook, rules: RuleProfile, mode: SelfTradePrevention, owner_of: Callable[[Order], str]
    ) -> None:
        self._book = book
        self._rules = rules
        self._mode = mode
        self._owner_of = owner_of

    def reaches(self, order: Order, wanted: int) -> bool:
        """Whether at least `wanted` shares would trade at once."""
        left = order.leaves
        enough = left - wanted
        for level in _levels(self._book.opposite(order.terms.side), order):
            for resting in level:
                there = resting.leaves if self._rules.fok_counts_reserve else resting.shown
                quantity = min(left, there)
                if self._is_own(order, resting):
                    if self._mode in (SelfTradePrevention.CANCEL_INCOMING, SelfTradePrevention.CANCEL_BOTH):
                        return False
                    continue
                if quantity and quantity >= least_execution(resting, self._rules):
                    left -= quantity
                    if left <= enough:
                        return True
        return False

    def _is_own(self, order: Order, resting: Order) -> bool:
        if self._mode is SelfTradePrevention.NONE or not self._rules.fok_excludes_own:
            return False
        return self._owner_of(order) == self._owner_of(resting)


def _levels(opposite: BookSide, order: Order) -> Iterator[PriceLevel]:
    """The levels that an order may trade with, best first; levels that go meanwhile do no harm."""
    limit = max(opposite.limit_key(order.limit), opposite.floor)
    keys, levels = opposite.keys, opposite.levels
    place = len(keys) - 1
    while place >= 0 and keys[place] >= limit:
        key = keys[place]
        yield levels[key]
        place = min(place, len(keys)) - 1


def _is_outside(price: int, level: PriceLevel, book: OrderBook) -> bool:
    return level.key == UNPRICED_KEY and not book.lowest_tradable <= price <= book.highest_tradable
