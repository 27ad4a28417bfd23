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
from exchange.matching.pegs import followed_now, pegged_price
from exchange.orders import Contingency
from exchange.phases import Phase
from exchange.reasons import CancelReason, RestatementReason

if TYPE_CHECKING:
    from exchange.matching.engine import Engine


class Consequences:
    """The rest of every command."""

    __slots__ = ("_engine", "_entering", "_groups", "_prices", "_tape")

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._tape = engine.tape
        self._groups: OrderGroups = engine.groups
        self._prices: dict[str, list[int]] = {}
        """By symbol: where each order's trades began and ended, until stops have been looked for."""
        self._entering: list[tuple[Order, Market]] = []
        """Orders that another one brought about, in other markets too; they go in when it is done."""

    def follow(self, market: Market) -> None:
        """Everything that a command's trades bring about, until nothing moves any more, in other markets too."""
        markets = [market]
        while True:
            if self._groups.noted:
                self._follow_groups(markets)
            elif self._moves_one(markets):
                continue
            elif not self._entering:
                break
            else:
                order, its_market = self._entering.pop(0)
                _add(its_market, markets)
                self._forget_prices(its_market)
                if order.is_open and self._is_funded(order):
                    self._engine.place(order, its_market)
        for one in markets:
            book = one.book
            if self._prices.pop(one.symbol, None) or book.traded_high >= book.traded_low:
                self._tell_of_trades(one)
                book.traded_high, book.traded_low = NOTHING_TRADED, -NOTHING_TRADED

    def _is_funded(self, order: Order) -> bool:
        """Whether an order that another one has brought about has what it needs; if not, it ends."""
        claims = self._engine.claims
        if order.claim is None or claims is None or claims.fund(order) is None:
            return True
        self._engine.close(order, CancelReason.NOT_FUNDED)
        return False

    def join_group(self, order: Order) -> bool:
        """Takes an accepted order into its group: what the group has done already ends it (False) or makes it smaller.

        What it waits for, and what it brings others, follows when it goes in.
        """
        room = self._groups.join(order)
        if not room:
            self._engine.close(order, CancelReason.GROUP)
        elif room < order.leaves:
            self._engine.shrink(order, order.leaves - room, RestatementReason.DECREMENTED)
        return order.is_open

    def follow_groups(self, market: Market) -> None:
        """Only what fills mean for groups: between an uncross and what comes after it."""
        markets = [market]
        while self._groups.noted:
            self._follow_groups(markets)

    def _forget_prices(self, market: Market) -> None:
        """What was traded before an order went in does not elect it; those that it did elect have gone in by now."""
        self.note_prices(market)
        if self._prices.pop(market.symbol, None):
            self._tell_of_trades(market)

    def _moves_one(self, markets: list[Market]) -> bool:
        return any(market.phase is Phase.CONTINUOUS and self._moves(market, markets) for market in markets)

    def _tell_of_trades(self, market: Market) -> None:
        if market.instrument.bands is not None and self._engine.price_limits is not None:
            self._engine.price_limits.traded(market)

    def _moves(self, market: Market, markets: list[Market]) -> bool:
        """Whether the book's last changes brought something about: elections, pegs, market orders that have a price."""
        if len(market.triggers) and self._elect(market, markets):
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
        told = self._tape.number
        self._engine.take_out(later)
        self._engine.trade_and_rest(later, market)
        return self._tape.number != told

    def _elect(self, market: Market, markets: list[Market]) -> bool:
        """Stops that the prices since the last time have reached; they go in one after another."""
        self.note_prices(market)
        prices = self._prices.pop(market.symbol, None)
        if prices is None:
            return False
        self._tell_of_trades(market)
        elected = market.triggers.elect(prices, market.instrument.rules.stop_election)
        for order in elected:
            self._engine.trigger(order, market.book.last_price)
        for order in elected:
            if self._groups.noted:
                self._follow_groups(markets)
            if order.is_open:
                self._engine.admit(order, market)
                self.note_prices(market)
        return True

    def note_prices(self, market: Market) -> None:
        """Notes where the trades of one order began and ended: in between, prices go one way only."""
        book = market.book
        high, low, last = book.traded_high, book.traded_low, book.last_price
        if high >= low:
            self._prices.setdefault(market.symbol, []).extend((low if last == high else high, last))
            book.traded_high, book.traded_low = NOTHING_TRADED, -NOTHING_TRADED

    def _move_pegs(self, market: Market) -> bool:
        """Moves each peg that is not where it belongs; it gets a new time there. True when one moved."""
        followed = followed_now(market.book)
        if followed == market.pegs.followed:
            return False
        market.pegs.followed = followed
        for order in market.pegs:
            price = pegged_price(order, market) if order.level is not None else order.limit
            if price == order.limit:
                continue
            self._engine.take_out(order)
            self._engine.trade_and_rest(order, market)
            self.note_prices(market)
        return True

    def _follow_groups(self, markets: list[Market]) -> None:
        """What fills and ends of orders mean for the others of their groups; `markets` gets those of the others."""
        for order, quantity in self._groups.take_noted():
            conditions = order.terms.conditions
            assert conditions is not None, "only orders of groups are noted"
            if conditions.contingency is Contingency.ONE_TRIGGERS_OTHER:
                self._bring_about(order, markets)
            elif quantity and conditions.contingency is Contingency.ONE_CANCELS_OTHER:
                for other in self._groups.others(order):
                    self._end(other, markets)
            elif quantity and conditions.contingency is Contingency.ONE_UPDATES_OTHER:
                for other in self._groups.others(order):
                    self._shrink(other, quantity, markets)
            self._groups.settle(order)

    def _end(self, order: Order, markets: list[Market]) -> None:
        _add(self._engine.markets[order.terms.symbol], markets)
        self._engine.end_order(order, CancelReason.GROUP)

    def _shrink(self, order: Order, quantity: int, markets: list[Market]) -> None:
        if order.leaves <= quantity:
            self._end(order, markets)
        else:
            self._engine.shrink(order, quantity, RestatementReason.DECREMENTED)

    def _bring_about(self, first: Order, markets: list[Market]) -> None:
        """The first order of a group is done: those that waited for it go in, for as much as it has traded."""
        if first.is_open:
            return
        for other in self._groups.waiting(first):
            if not first.cumulative:
                self._end(other, markets)
                continue
            self._groups.remove(other)
            if other.leaves > first.cumulative:
                self._shrink(other, other.leaves - first.cumulative, markets)
            self._entering.append((other, self._engine.markets[other.terms.symbol]))


def _add(market: Market, markets: list[Market]) -> None:
    if market not in markets:
        markets.append(market)


def _order_id(order: Order) -> int:
    return order.terms.order_id
