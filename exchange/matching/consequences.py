"""What an order's trades bring about, one after another, until nothing moves any more.

Stops that they elect go in, orders of its group change, pegs move, market orders that waited have a price now.
The engine calls `follow` after each command's own trades; a plain order that rested or was canceled brings nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.matching.market import Market
from exchange.matching.order import Order
from exchange.matching.order_book import NOTHING_TRADED
from exchange.matching.order_groups import OrderGroups
from exchange.matching.pegs import followed_limit, pegged_price
from exchange.orders import Contingency
from exchange.phases import Phase
from exchange.reasons import CancelReason, RestatementReason

if TYPE_CHECKING:
    from exchange.matching.engine import Engine


class Consequences:
    """The rest of every command."""

    __slots__ = ("_engine", "_entering", "_groups", "_tape")

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._tape = engine.tape
        self._groups: OrderGroups = engine.groups
        self._entering: list[tuple[Order, Market]] = []
        """Orders that another one brought about, in other markets too; they go in when it is done."""

    def follow(self, market: Market) -> None:
        """Everything that a command's trades bring about in a market, until nothing moves any more."""
        book = market.book
        while True:
            if self._groups.noted:
                self._follow_groups()
            elif market.phase is Phase.CONTINUOUS and self._moves(market):
                continue
            elif not self._entering:
                break
            else:
                order, its_market = self._entering.pop(0)
                self._engine.place(order, its_market)
        if book.traded_high >= book.traded_low:
            if market.instrument.bands is not None and self._engine.price_limits is not None:
                self._engine.price_limits.traded(market)
            book.traded_high, book.traded_low = NOTHING_TRADED, -NOTHING_TRADED

    def _moves(self, market: Market) -> bool:
        """Whether the book's last changes brought something about: elections, pegs, market orders that have a price."""
        if len(market.triggers) and self._elect(market):
            return True
        if len(market.pegs) and self._move_pegs(market):
            return True
        return self._meet_unpriced(market)

    def _meet_unpriced(self, market: Market) -> bool:
        """Market orders of both sides that waited for a price to trade at, and have one now."""
        book = market.book
        bids, asks = book.bids.unpriced, book.asks.unpriced
        if bids is None or asks is None or not book.last_price or market.phase is not Phase.CONTINUOUS:
            return False
        later = max(next(iter(bids)), next(iter(asks)), key=_order_id)
        self._engine.take_out(later)
        self._engine.trade_and_rest(later, market)
        return True

    def _elect(self, market: Market) -> bool:
        """Stops that the prices since the last time have reached; they go in one after another, oldest first."""
        book, triggers = market.book, market.triggers
        high, low = book.traded_high, book.traded_low
        if high < low:
            return False
        book.traded_high, book.traded_low = NOTHING_TRADED, -NOTHING_TRADED
        if market.instrument.bands is not None and self._engine.price_limits is not None:
            self._engine.price_limits.traded(market)
        elected: list[Order] = []
        if high >= triggers.rise_at or low <= triggers.fall_at:
            for order in triggers.elect(low, high, market.instrument.rules.stop_election):
                self._engine.trigger(order, book.last_price)
                elected.append(order)
        triggers.trail(book.last_price)
        for order in elected:
            if self._groups.noted:
                self._follow_groups()
            if order.is_open:
                self._engine.admit(order, market)
        return True

    def _move_pegs(self, market: Market) -> bool:
        """Moves each peg that is not where it belongs; it gets a new time there. True when one moved."""
        followed = (followed_limit(market.book.bids), followed_limit(market.book.asks))
        if followed == market.pegs.followed:
            return False
        market.pegs.followed = followed
        for order in market.pegs:
            price = pegged_price(order, market.book, market.instrument) if order.level is not None else order.limit
            if price == order.limit:
                continue
            self._engine.take_out(order)
            self._engine.trade_and_rest(order, market)
        return True

    def _follow_groups(self) -> None:
        for order, quantity in self._groups.take_noted():
            conditions = order.terms.conditions
            assert conditions is not None, "only orders of groups are noted"
            if conditions.contingency is Contingency.ONE_TRIGGERS_OTHER:
                self._bring_about(order)
            elif quantity and conditions.contingency is Contingency.ONE_CANCELS_OTHER:
                for other in self._groups.others(order):
                    self._engine.end_order(other, CancelReason.GROUP)
            elif quantity and conditions.contingency is Contingency.ONE_UPDATES_OTHER:
                for other in self._groups.others(order):
                    if other.leaves <= quantity:
                        self._engine.end_order(other, CancelReason.GROUP)
                    else:
                        self._engine.shrink(other, quantity, RestatementReason.DECREMENTED)
            self._groups.forget_ended(order)

    def _bring_about(self, first: Order) -> None:
        """The first order of a group is done: those that waited for it go in, for as much as it has traded."""
        if first.is_open:
            return
        for other in self._groups.waiting(first):
            if not first.cumulative:
                self._engine.end_order(other, CancelReason.GROUP)
                continue
            self._groups.remove(other)
            if other.leaves > first.cumulative:
                self._engine.shrink(other, other.leaves - first.cumulative, RestatementReason.DECREMENTED)
            self._entering.append((other, self._engine.markets[other.terms.symbol]))


def _order_id(order: Order) -> int:
    return order.terms.order_id
