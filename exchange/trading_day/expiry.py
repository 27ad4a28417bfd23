"""Whose time is over: orders for one auction after it, orders for one pass after that, day orders when the day is over.

Good-till-date orders are not here: each has its own timer. Called where an instrument's phase changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from exchange.matching.engine import Engine
from exchange.matching.market import Market
from exchange.matching.order import Order
from exchange.orders import UNPRICED, TimeInForce
from exchange.reasons import CancelReason
from exchange.reference.rule_profile import MarketRemainder

GOOD_TILL = frozenset({TimeInForce.GOOD_TILL_CANCEL, TimeInForce.GOOD_TILL_DATE})
"""They outlive the day."""

_IMMEDIATE = frozenset({TimeInForce.IMMEDIATE_OR_CANCEL, TimeInForce.FILL_OR_KILL})
_ONE_AUCTION = frozenset({TimeInForce.AT_OPENING, TimeInForce.AT_CLOSE})


def end_after_auction(engine: Engine, market: Market) -> None:
    """Ends what was in the book for the auction only."""
    for order in list(resting(market)):
        time_in_force = order.terms.time_in_force
        if time_in_force in _ONE_AUCTION:
            engine.end_order(order, CancelReason.AUCTION_OVER)
        elif time_in_force in _IMMEDIATE:
            engine.end_order(order, CancelReason.IMMEDIATE_REMAINDER)


def unpriced_leftovers(market: Market) -> list[Order]:
    """Market orders that an auction has left, where the instrument's rules do not let them wait without a price.

    Those that their account's money has capped are no limit orders either.
    """
    if market.instrument.rules.market_remainder is MarketRemainder.RESTS_UNPRICED:
        return []
    levels = (market.book.bids.unpriced, market.book.asks.unpriced)
    unpriced = [order for level in levels if level is not None for order in level]
    return unpriced + [order for order in resting(market) if order.cap != UNPRICED and order.limit == order.cap]


def end_of_day(engine: Engine, orders: Iterable[Order]) -> None:
    """Ends the orders that do not outlive the day."""
    for order in orders:
        time_in_force = order.terms.time_in_force
        if not order.is_open or time_in_force in GOOD_TILL:
            continue
        engine.end_order(order, CancelReason.AUCTION_OVER if time_in_force in _ONE_AUCTION else CancelReason.END_OF_DAY)


def open_orders(engine: Engine, symbols: Iterable[str]) -> dict[str, list[Order]]:
    """All open orders in some instruments, wherever they are, in one pass over the venue's orders."""
    found: dict[str, list[Order]] = {symbol: [] for symbol in symbols}
    for order in engine.register:
        orders = found.get(order.terms.symbol)
        if orders is not None:
            orders.append(order)
    return found


def resting(market: Market) -> Iterator[Order]:
    """The orders in a book, bids first, best first."""
    for side in (market.book.bids, market.book.asks):
        for level in side:
            yield from level
