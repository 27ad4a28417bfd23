"""The way of an order into the naive market, and what its trades bring about when its own matching is over.

Its group, stops, pegs, market orders that have a price now, orders that were brought about: again and again, until
nothing moves any more.
"""

from __future__ import annotations

from collections.abc import Callable

from exchange.orders import Contingency, OrderConditions, OrderType, Side, TimeInForce
from exchange.phases import PHASE_RULES, Matching, Phase
from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument
from exchange.reference.rule_profile import MarketRemainder, MinimumQuantity, StopElection
from tests.models.naive_matching import NaiveMatching
from tests.models.naive_orders import HELD, NaiveOrder, Place, best_limit, pegged_price, queue

IMMEDIATE = (TimeInForce.IMMEDIATE_OR_CANCEL, TimeInForce.FILL_OR_KILL)


class NaiveFollowing(NaiveMatching):
    """Where orders go."""

    def __init__(self, instrument: Instrument, accounts: list[Account]) -> None:
        super().__init__(instrument, accounts)
        self.phase = Phase.CONTINUOUS
        self.reference = instrument.reference_price
        self.groups: dict[tuple[str, str], list[NaiveOrder]] = {}
        self.orphaned: set[tuple[str, str]] = set()
        """Groups whose first order was refused when there was no other yet."""
        self._brought: list[NaiveOrder] = []

    # The way in

    def go_in(self, order: NaiveOrder, trailed: int | None = None) -> None:
        """A new order, or one that was replaced before it had been in the book."""
        members = self.group(order.entry.session, order.conditions)
        order.limit = order.own_limit()
        if members and members[0] is not order and members[0].leaves and _triggers(members[0]):
            order.place = Place.PARKED
            return
        if order.order_type in HELD:
            stop = order.conditions.stop_price or order.trailing_stop(self.last or self.reference)
            stop = stop if trailed is None else trailed
            if self.phase is not Phase.CONTINUOUS or not self.last or not order.is_reached(self.last, stop):
                order.place, order.stop, order.rank = Place.HELD, stop, self.tick()
                return
            self._trigger(order)
        self.admit(order)

    def admit(self, order: NaiveOrder) -> None:
        """An order that may trade: at once, in the auction that is called, or when its own comes."""
        order.place, order.limit = Place.NOWHERE, order.own_limit()
        if waits_for_auction(order, self.phase):
            order.place, order.rank = Place.WAITING, self.tick()
        elif PHASE_RULES[self.phase].matching is Matching.CONTINUOUS:
            self.trade_and_rest(order)
        elif order.order_type is OrderType.PEGGED:
            order.place, order.rank = Place.WAITING, self.tick()
        else:
            self._put_in_book(order)

    def _trigger(self, order: NaiveOrder) -> None:
        """It is what it was held for now: a market or a limit order."""
        order.order_type = (
            OrderType.MARKET if order.order_type in (OrderType.STOP, OrderType.MARKET_IF_TOUCHED) else OrderType.LIMIT
        )
        order.place = Place.NOWHERE
        order.limit = order.own_limit()
        self.tell("triggered", order.order_id, order.order_type.name)

    def trade_and_rest(self, order: NaiveOrder) -> None:
        order.place = Place.NOWHERE
        order.limit = order.own_limit()
        if order.order_type in (OrderType.MARKET, OrderType.MARKET_TO_LIMIT) and order.price:
            order.limit = order.price
        if not self._find_limit(order):
            return
        if order.time_in_force is TimeInForce.FILL_OR_KILL and not self.would_fill_or_kill(order):
            self.end(order, "not fillable at once")
            return
        if order.conditions.is_all_or_none and self.would_trade(order) < order.leaves:
            if order.time_in_force is TimeInForce.IMMEDIATE_OR_CANCEL or order.limit is None:
                self.end(order, "minimum not met")
            else:
                self._rest(order)
            return
        least = min(order.conditions.min_quantity, order.leaves) if not order.fills else 0
        if self.rules.minimum_quantity is MinimumQuantity.ON_ENTRY and self.would_trade(order) < least:
            self.end(order, "minimum not met")
            return
        self.trade(order)
        if not order.leaves:
            return
        if order.limit is None and self.rules.market_remainder is not MarketRemainder.RESTS_UNPRICED:
            self.end(order, "no liquidity")
        elif order.time_in_force in IMMEDIATE:
            self.end(order, "immediate remainder")
        else:
            self._rest(order)

    def _rest(self, order: NaiveOrder) -> None:
        if order.order_type in (OrderType.MARKET, OrderType.MARKET_TO_LIMIT) and order.limit not in (None, order.price):
            assert order.limit is not None
            order.price = order.limit
            self.restate(order, "repriced")
        self._put_in_book(order)

    def _put_in_book(self, order: NaiveOrder) -> None:
        order.place, order.shown = Place.BOOK, order.tip
        order.rank = order.came = self.tick()

    def _find_limit(self, order: NaiveOrder) -> bool:
        """Prices that follow from the book; False: there was none, and the order has ended."""
        other = Side(-order.side)
        best = best_limit(self.orders, other)
        if order.order_type is OrderType.PEGGED:
            order.limit = pegged_price(self.orders, order, self.instrument.tick)
            if order.limit is None:
                self.end(order, "no peg reference")
                return False
        elif order.order_type is OrderType.MARKET_TO_LIMIT and order.limit is None:
            opposite = queue(self.orders, other)
            order.limit = self.price_of(opposite[0], order) if opposite else None
            if order.limit is None:
                self.end(order, "no liquidity")
                return False
        elif order.limit is None and self.rules.market_remainder is MarketRemainder.RESTS_AT_PROTECTION:
            order.limit = None if best is None else best + order.side * self.instrument.protection
        if order.conditions.is_post_only and order.limit is not None and self.would_meet(order.side, order.limit):
            passive = None if best is None else best - order.side * self.instrument.tick
            is_unpriced = queue(self.orders, other)[0].limit is None
            if passive is None or is_unpriced or not self.is_in_range(passive):
                self.end(order, "would take liquidity")
                return False
            order.limit = order.price = passive
            self.restate(order, "repriced")
        return True

    def is_in_range(self, price: int) -> bool:
        return self.instrument.lowest_price <= price <= self.instrument.highest_price

    def would_meet(self, side: Side, limit: int) -> bool:
        opposite = queue(self.orders, Side(-side))
        return bool(opposite) and (opposite[0].limit is None or opposite[0].limit * side <= limit * side)

    # What follows

    def settle(self) -> None:
        steps: tuple[Callable[[], bool], ...] = (
            self.follow_groups,
            self._elect,
            self._move_a_peg,
            self._meet_unpriced,
            self._bring_about,
        )
        while any(step() for step in steps):
            pass
        self.traded = []

    def _elect(self) -> bool:
        """Held orders that the trades have reached, one trade after another; trailing stops follow each."""
        if self.phase is not Phase.CONTINUOUS:
            return False
        prices, self.traded = self.traded, []
        reached: dict[NaiveOrder, int] = {}
        for price in prices:
            for order in self.orders:
                if order.place is Place.HELD and order.is_reached(price, order.stop):
                    reached[order] = max(abs(price - order.stop), reached.get(order, 0))
                if order.place is Place.HELD and order.trails and order not in reached:
                    target = order.trailing_stop(price)
                    order.stop = min(order.stop, target) if order.waits_for_rise else max(order.stop, target)
        furthest = self.rules.stop_election is StopElection.FURTHEST_FIRST
        elected = sorted(reached, key=lambda order: (-reached[order] if furthest else 0, order.rank))
        for order in elected:
            self._trigger(order)
        for order in elected:
            self.follow_groups()
            if order.leaves:
                self.admit(order)
        return bool(prices)

    def _move_a_peg(self) -> bool:
        """The pegs that are not where they belong, in the order in which they came."""
        if self.phase is not Phase.CONTINUOUS:
            return False
        pegs = [order for order in self.orders if order.place is Place.BOOK and order.conditions.peg is not None]
        pegs.sort(key=lambda order: order.came)
        moved = False
        for order in pegs:
            if order.place is Place.BOOK and pegged_price(self.orders, order, self.instrument.tick) != order.limit:
                self.trade_and_rest(order)
                moved = True
        return moved

    def _meet_unpriced(self) -> bool:
        """Market orders of both sides that waited for a price trade when there is one."""
        if not self.last or self.phase is not Phase.CONTINUOUS:
            return False
        waiting = [[order for order in queue(self.orders, side) if order.limit is None] for side in Side]
        if not all(waiting):
            return False
        later = max((orders[0] for orders in waiting), key=lambda order: order.order_id)
        before = len(self.happened)
        self.trade_and_rest(later)
        return len(self.happened) > before

    # Groups

    def group(self, session: str, conditions: OrderConditions) -> list[NaiveOrder]:
        """All orders that ever joined a group, first to last."""
        return self.groups.setdefault((session, conditions.group), []) if conditions.group else []

    def join(self, order: NaiveOrder) -> None:
        """A new order is as if it had been there when the others of its group traded, or ended."""
        before = list(self.group(order.entry.session, order.conditions))
        self.group(order.entry.session, order.conditions).append(order)
        if any(one.fills and one.conditions.contingency is Contingency.ONE_CANCELS_OTHER for one in before):
            self.end(order, "group")
            return
        updating = [one for one in before if one.conditions.contingency is Contingency.ONE_UPDATES_OTHER]
        most = order.quantity
        first = before[0] if before else order
        if _triggers(first):
            most = most if first.leaves else min(most, first.cumulative)
        elif (order.entry.session, order.conditions.group) in self.orphaned:
            most = 0
        too_much = order.quantity - most + sum(one.cumulative for one in updating)
        if too_much:
            self._shrink(order, too_much)

    def follow_groups(self) -> bool:
        """What fills and ends of orders mean for the others of their groups."""
        noted, self.noted = self.noted, []
        for order, quantity in noted:
            others = [
                one for one in self.group(order.entry.session, order.conditions) if one.leaves and one is not order
            ]
            match order.conditions.contingency:
                case Contingency.ONE_TRIGGERS_OTHER if not order.leaves:
                    for other in others:
                        self._release(other, order)
                case Contingency.ONE_CANCELS_OTHER if quantity:
                    for other in others:
                        self.end(other, "group")
                case Contingency.ONE_UPDATES_OTHER if quantity:
                    for other in others:
                        self._shrink(other, quantity)
        return bool(noted)

    def _release(self, other: NaiveOrder, first: NaiveOrder) -> None:
        """The first order is done: what waited for it goes in, for as much as the first has traded."""
        if other.place is not Place.PARKED:
            return
        if not first.cumulative:
            self.end(other, "group")
            return
        other.place = Place.NOWHERE
        if other.leaves > first.cumulative:
            self._shrink(other, other.leaves - first.cumulative)
        self._brought.append(other)

    def _shrink(self, order: NaiveOrder, quantity: int) -> None:
        if order.leaves <= quantity:
            self.end(order, "group")
        else:
            order.resize(order.quantity - quantity)
            self.restate(order, "decremented")

    def _bring_about(self) -> bool:
        if not self._brought:
            return False
        order = self._brought.pop(0)
        if order.leaves:
            self.go_in(order)
        return True


def waits_for_auction(order: NaiveOrder, phase: Phase) -> bool:
    """Whether an order is for another auction than the one that is called."""
    match order.time_in_force:
        case TimeInForce.AT_OPENING:
            return phase not in (Phase.PRE_OPEN, Phase.OPENING_AUCTION)
        case TimeInForce.AT_CLOSE:
            return phase is not Phase.CLOSING_AUCTION
        case _:
            return False


def _triggers(order: NaiveOrder) -> bool:
    return order.conditions.contingency is Contingency.ONE_TRIGGERS_OTHER
