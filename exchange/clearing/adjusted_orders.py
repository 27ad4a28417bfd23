"""Open orders at a corporate action: with a split's quantities and prices, lowered by a dividend, or ended.

Buys are rounded down and sales up, to the tick, so that no two orders come to trade by it; who was first stays first.
What cannot be kept, because less than a lot is left of it or its price is out of range, ends.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from exchange.clearing.claims import Claims
from exchange.matching.engine import Engine
from exchange.matching.market import Market
from exchange.matching.order import Order
from exchange.orders import ALL_SHOWN, UNPRICED, OrderConditions, OrderType, Side, TimeInForce
from exchange.reasons import CancelReason, RestatementReason
from exchange.reference.instruments import Instrument

_GOOD_TILL = frozenset({TimeInForce.GOOD_TILL_CANCEL, TimeInForce.GOOD_TILL_DATE})
_STOPS = frozenset({OrderType.STOP, OrderType.STOP_LIMIT})


class AdjustedOrders:
    """Changes open orders that nobody has asked to change."""

    def __init__(self, engine: Engine, claims: Claims) -> None:
        self._engine = engine
        self._claims = claims

    def take(self, market: Market) -> list[tuple[Order, bool, int]]:
        """Takes all open orders of a market out of where they are, the first in the book first, and what they claim.

        Each with whether it was in the book, and where it was held for the last price.
        """
        book = market.book
        orders = [order for side in (book.bids, book.asks) for level in side for order in level]
        resting = set(map(id, orders))
        orders += [
            order for order in self._engine.register if order.terms.symbol == market.symbol and id(order) not in resting
        ]
        self._claims.release(orders)
        taken = [(order, order.level is not None, self._engine.held_at(order, market)) for order in orders]
        for order in orders:
            self._engine.take_out(order)
        return taken

    def split(self, taken: list[tuple[Order, bool, int]], market: Market, new: int, old: int) -> None:
        """Puts them back with so many new shares for old ones."""
        instrument = market.instrument

        def price(value: int, side: Side) -> int:
            return _on_tick(value * old // new if side is Side.BUY else -(-value * old // new), side, instrument)

        for order, was_in_book, held_at in taken:
            leaves = order.leaves * new // old // instrument.lot * instrument.lot
            if not self._change(order, leaves, price, instrument):
                continue
            terms = order.terms
            if terms.conditions is not None:
                conditions = _split_conditions(terms.conditions, new, old)
                order.terms = msgspec.structs.replace(terms, conditions=conditions)
            if order.cap != UNPRICED:
                order.cap = price(order.cap, terms.side)
            self._put_back(order, market, was_in_book, held_at and max(1, held_at * old // new))

    def lower(self, market: Market, less: int) -> None:
        """Lowers the limits of good-till buys, and the stops of good-till sales, by a dividend."""
        instrument = market.instrument

        def price(value: int, side: Side) -> int:
            return _on_tick(value - less, Side.BUY, instrument) if side is Side.BUY else value

        for order in [one for one in self._engine.register if one.terms.symbol == market.symbol]:
            terms = order.terms
            is_buy = terms.side is Side.BUY and terms.price > 0
            is_stop = terms.side is Side.SELL and terms.order_type in _STOPS
            if terms.time_in_force not in _GOOD_TILL or not (is_buy or is_stop):
                continue
            was_in_book, held_at = order.level is not None, self._engine.held_at(order, market)
            self._engine.take_out(order)
            if not self._change(order, order.leaves, price, instrument):
                continue
            if is_stop and terms.conditions is not None and terms.conditions.stop_price:
                stop = max(1, _on_tick(terms.conditions.stop_price - less, Side.BUY, instrument))
                conditions = msgspec.structs.replace(terms.conditions, stop_price=stop)
                order.terms = msgspec.structs.replace(order.terms, conditions=conditions)
            self._put_back(order, market, was_in_book, held_at and max(1, held_at - (less if is_stop else 0)))

    def end(self, market: Market) -> None:
        """Ends all open orders of a market."""
        orders = [order for order in self._engine.register if order.terms.symbol == market.symbol]
        assert self._engine.quote_protection is not None, "the venue has quotes before it has actions"
        self._engine.quote_protection.tell_withdrawn(orders, CancelReason.CORPORATE_ACTION)
        for order in orders:
            self._engine.end_order(order, CancelReason.CORPORATE_ACTION)
        self._engine.follow(market)

    def _change(self, order: Order, leaves: int, price: Callable[[int, Side], int], instrument: Instrument) -> bool:
        """Gives an order that is nowhere new terms; one that cannot be kept ends with those that it had."""
        terms = order.terms
        limit = price(terms.price, terms.side) if terms.price else 0
        is_priced = not terms.price or instrument.lowest_price <= limit <= instrument.highest_price
        if not leaves or not is_priced:
            self._engine.close(order, CancelReason.CORPORATE_ACTION)
            return False
        order.leaves = leaves
        order.terms = msgspec.structs.replace(terms, quantity=order.cumulative + leaves, price=limit)
        return True

    def _put_back(self, order: Order, market: Market, was_in_book: bool, held_at: int) -> None:
        engine = self._engine
        engine.restate(order, RestatementReason.CORPORATE_ACTION)
        engine.reprice_claim(order)
        order.take_limit()
        engine.re_enter(order, market, is_elected=was_in_book, held_at=held_at)


def _on_tick(price: int, side: Side, instrument: Instrument) -> int:
    """A price on the tick, down for a buy and up for a sale."""
    tick = instrument.tick_at(price)
    return price // tick * tick if side is Side.BUY else -(-price // tick) * tick


def _split_conditions(conditions: OrderConditions, new: int, old: int) -> OrderConditions:
    display = conditions.display_quantity
    return msgspec.structs.replace(
        conditions,
        stop_price=conditions.stop_price and max(1, conditions.stop_price * old // new),
        trail_by=conditions.trail_by and max(1, conditions.trail_by * old // new),
        display_quantity=display if display <= 0 or display == ALL_SHOWN else max(1, display * new // old),
        min_quantity=conditions.min_quantity and max(1, conditions.min_quantity * new // old),
        peg_offset=conditions.peg_offset * old // new,
    )
