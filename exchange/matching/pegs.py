"""Pegged orders of one instrument: which rest now, and what price each follows.

A peg follows limits of other people: pegs never follow pegs, so moving them cannot make them move again. Prices that do
not meet the tick go to the passive side.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from exchange.matching.book_side import UNPRICED_KEY, BookSide
from exchange.matching.order import Order
from exchange.matching.order_book import OrderBook
from exchange.orders import UNPRICED, Peg, Side
from exchange.reference.instruments import Instrument

if TYPE_CHECKING:
    from exchange.matching.market import Market

Followed: TypeAlias = tuple[int | None, int | None, int, int]
"""Best bid and offer that somebody shows of his own, and the price band."""

_NOTHING_YET = (UNPRICED, UNPRICED, 0, 0)
"""What pegs follow before they were ever moved: no market is like that, so that the first look moves them."""


class Pegs:
    """The pegged orders that are in the book, in the order of their entry."""

    __slots__ = ("_orders", "followed")

    def __init__(self) -> None:
        self._orders: dict[int, Order] = {}
        self.followed: Followed | None = None
        """What they followed when they were last moved; None without pegs."""

    def __len__(self) -> int:
        return len(self._orders)

    def __iter__(self) -> Iterator[Order]:
        return iter(list(self._orders.values()))

    def add(self, order: Order) -> None:
        """Notes an order that rests from now on; again does no harm and changes no place."""
        self._orders.setdefault(order.terms.order_id, order)
        if self.followed is None:
            self.followed = _NOTHING_YET

    def discard(self, order: Order) -> None:
        """Forgets an order that has left the book."""
        self._orders.pop(order.terms.order_id, None)
        if not self._orders:
            self.followed = None


def followed_now(book: OrderBook) -> Followed:
    """What pegs follow at this moment."""
    return followed_limit(book.bids), followed_limit(book.asks), book.lowest_tradable, book.highest_tradable


def pegged_price(order: Order, market: Market) -> int | None:
    """Where a pegged order belongs now; None while it has nothing to follow within the instrument's price range.

    It goes to the price band and no further: it is others who carry the price beyond.
    """
    terms, book, instrument = order.terms, market.book, market.instrument
    conditions = terms.conditions
    assert conditions is not None and conditions.peg is not None, f"order {terms.order_id} is no peg"
    own, other = book.side(terms.side), book.opposite(terms.side)
    sign = int(terms.side)
    if conditions.peg is Peg.PRIMARY:
        followed = followed_limit(own)
        twice = None if followed is None else 2 * followed
    elif conditions.peg is Peg.MARKET:
        followed = followed_limit(other)
        twice = None if followed is None else 2 * followed
    else:
        bid, ask = followed_limit(book.bids), followed_limit(book.asks)
        twice = None if bid is None or ask is None else bid + ask
    if twice is None:
        return None
    price = _to_tick(twice + 2 * conditions.peg_offset, terms.side, instrument)
    if terms.price:
        price = min(price * sign, terms.price * sign) * sign
    price = min(price, book.highest_tradable) if sign > 0 else max(price, book.lowest_tradable)
    if not instrument.lowest_price <= price <= instrument.highest_price:
        return None
    passive = market.passive_limit(terms.side, price) if conditions.is_post_only else None
    return price if passive is None else passive


def followed_limit(side: BookSide) -> int | None:
    """The best price of a side at which somebody shows a limit of his own."""
    for key in reversed(side.keys):
        if key == UNPRICED_KEY:
            continue
        level = side.levels[key]
        if not level.specials:
            return level.price
        if any(_is_followed(order) for order in level):
            return level.price
    return None


def _is_followed(order: Order) -> bool:
    conditions = order.terms.conditions
    return conditions is None or (conditions.peg is None and order.reserve < order.leaves)


def _to_tick(twice: int, side: Side, instrument: Instrument) -> int:
    """Half of `twice`, on the tick: down for a buy, up for a sell."""
    tick = instrument.tick_at(twice // 2)
    if side is Side.BUY:
        return twice // (2 * tick) * tick
    return -(-twice // (2 * tick)) * tick
