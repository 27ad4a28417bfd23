"""Auctions and phases of the naive market: the price is found by trying every tick, the trades by going through both
sides from the best on.
"""

from __future__ import annotations

from typing import NamedTuple

from exchange.orders import OrderType, Side, TimeInForce
from exchange.phases import AUCTIONS, PHASE_RULES, Phase
from exchange.reference.rule_profile import MarketRemainder, MinimumQuantity
from tests.models.naive_following import IMMEDIATE, NaiveFollowing, waits_for_auction
from tests.models.naive_orders import NaiveOrder, Place, queue


class Wish(NamedTuple):
    """What one order wants in an auction; without a limit at any price."""

    limit: int | None
    quantity: int


class Found(NamedTuple):
    """What an auction brings."""

    price: int | None
    volume: int
    imbalance: int
    side: Side | None


NOTHING = Found(None, 0, 0, None)


def found_by_trying(bids: list[Wish], asks: list[Wish], reference: int, tick: int = 1) -> Found:
    """The price with the most volume, then the least surplus, then by pressure, then the nearest to the reference."""
    limits = [wish.limit for wish in (*bids, *asks) if wish.limit is not None]
    prices = range(min([*limits, reference]), max([*limits, reference]) + 1, tick)
    bid = {price: sum(wish.quantity for wish in bids if wish.limit is None or wish.limit >= price) for price in prices}
    ask = {price: sum(wish.quantity for wish in asks if wish.limit is None or wish.limit <= price) for price in prices}
    most = max(min(bid[price], ask[price]) for price in prices)
    if not most:
        return NOTHING
    tied = [price for price in prices if min(bid[price], ask[price]) == most]
    least = min(abs(bid[price] - ask[price]) for price in tied)
    tied = [price for price in tied if abs(bid[price] - ask[price]) == least]
    if all(bid[price] > ask[price] for price in tied):
        chosen = max(tied)
    elif all(bid[price] < ask[price] for price in tied):
        chosen = min(tied)
    else:
        if least:
            below = max(price for price in tied if bid[price] > ask[price])
            tied = [below, min(price for price in tied if bid[price] < ask[price])]
        chosen = min(tied, key=lambda price: (abs(price - reference), -price))
    surplus = bid[chosen] - ask[chosen]
    return Found(chosen, most, abs(surplus), None if not surplus else Side.BUY if surplus > 0 else Side.SELL)


class NaivePhases(NaiveFollowing):
    """The day, as far as operators move it."""

    told: Found = NOTHING
    """The indicative price that was told last."""
    measured: int = 0
    """How many trades there were when the reference price was taken."""

    def change_phase(self, phase: Phase) -> None:
        """Ends the present phase and begins another."""
        if phase is self.phase:
            self.tell("command refused", "PHASE_FORBIDS")
            return
        held = self._is_uncrossed(phase)
        if held:
            self._uncross()
        previous, self.phase = self.phase, phase
        if phase in AUCTIONS and previous not in AUCTIONS:
            if self.trades > self.measured:
                self.reference, self.measured = self.last, self.trades
            for order in sorted(self.orders, key=lambda order: order.came):
                if order.place is Place.BOOK and order.conditions.peg is not None:
                    order.place, order.rank = Place.WAITING, self.tick()
        self.told = NOTHING
        self.tell("phase", phase.value, previous.value)
        if phase is Phase.CLOSED:
            self._end_day()
        if phase is Phase.CONTINUOUS and previous is Phase.HALTED:
            self._end_interrupted_auction()
        self._bring_back()
        if held:
            self._place_leftovers()
        if phase is Phase.CONTINUOUS and self.last:
            self.traded.append(self.last)
        self.settle()

    def _is_uncrossed(self, phase: Phase) -> bool:
        if phase is Phase.HALTED:
            return False
        if self.phase is Phase.HALTED:
            return phase is Phase.CONTINUOUS and self.indicative().price is not None
        return self.phase in AUCTIONS

    def indicative(self) -> Found:
        """What the auction would bring now."""
        wishes = [[Wish(order.limit, order.leaves) for order in self._participants(side)] for side in Side]
        return found_by_trying(wishes[0], wishes[1], self.reference, self.instrument.tick)

    def tell_indicative(self) -> None:
        """After each command of a call phase: the indicative price, when it is another one."""
        if self.phase not in AUCTIONS or self.phase is Phase.PRE_OPEN:
            return
        found = self.indicative()
        if found != self.told:
            self.told = found
            self.tell("indicative", *found)

    def _participants(self, side: Side) -> list[NaiveOrder]:
        """All that rests, but what waits for a certain quantity."""
        per_execution = self.rules.minimum_quantity is MinimumQuantity.PER_EXECUTION
        return [
            order
            for order in queue(self.orders, side)
            if not order.conditions.is_all_or_none and not (per_execution and order.conditions.min_quantity)
        ]

    def _uncross(self) -> None:
        found = self.indicative()
        if found.price is not None:
            self._trade_at(found.price, found.volume)
            while self.follow_groups():
                pass
            self._limit_remainders(found.price)
            self.reference, self.measured = found.price, self.trades
        self.tell("auction", *found)
        for order in [order for side in Side for order in queue(self.orders, side)]:
            if order.time_in_force in (TimeInForce.AT_OPENING, TimeInForce.AT_CLOSE):
                self.end(order, "auction over", ended="EXPIRED")
            elif order.time_in_force in IMMEDIATE:
                self.end(order, "immediate remainder")

    def _trade_at(self, price: int, volume: int) -> None:
        buyers, sellers = ([one for one in self._participants(side) if one.takes(price)] for side in Side)
        while volume:
            buyer, seller = buyers[0], sellers[0]
            quantity = min(volume, buyer.leaves, seller.leaves)
            volume -= quantity
            for one in (buyer, seller):
                one.fills.append((quantity, price))
                one.shown = one.tip
                if not one.leaves:
                    one.place = Place.NOWHERE
            later, earlier = sorted((buyer, seller), key=lambda order: -order.order_id)
            self.tell_trade(later, earlier, quantity, price, is_auction=True)
            buyers, sellers = ([one for one in side if one.leaves] for side in (buyers, sellers))

    def _limit_remainders(self, price: int) -> None:
        for order in [order for side in Side for order in queue(self.orders, side)]:
            if order.order_type is OrderType.MARKET_TO_LIMIT and order.limit is None:
                order.limit = order.price = price
                self.restate(order, "repriced")
                order.rank = order.came = self.tick()

    def _bring_back(self) -> None:
        """Lets those in who waited for this phase, in the order in which they came to wait."""
        for order in sorted(self.orders, key=lambda order: order.rank):
            is_early = order.conditions.peg is not None and self.phase is not Phase.CONTINUOUS
            if order.place is Place.WAITING and not is_early and not waits_for_auction(order, self.phase):
                self.go_in(order)

    def _place_leftovers(self) -> None:
        """Market orders that the auction has left go the way that the rules say."""
        if self.rules.market_remainder is MarketRemainder.RESTS_UNPRICED:
            return
        for order in [order for side in Side for order in queue(self.orders, side) if order.limit is None]:
            if order.place is not Place.BOOK:
                continue  # An earlier one has taken it.
            if self.phase is Phase.CONTINUOUS:
                self.admit(order)
            else:
                self.end(order, "no liquidity")

    def _end_interrupted_auction(self) -> None:
        for order in [order for side in Side for order in queue(self.orders, side)]:
            if order.time_in_force is TimeInForce.AT_OPENING:
                self.end(order, "auction over", ended="EXPIRED")
            elif waits_for_auction(order, self.phase):
                order.place, order.rank = Place.WAITING, self.tick()

    def _end_day(self) -> None:
        """Day orders expire, session by session, in the order of their present identifiers."""
        sessions = list(dict.fromkeys(order.entry.session for order in self.orders))
        is_open = [order for order in self.orders if order.leaves]
        for order in sorted(is_open, key=lambda one: (sessions.index(one.entry.session), int(one.cl_ord_id))):
            if order.time_in_force in (TimeInForce.AT_OPENING, TimeInForce.AT_CLOSE):
                self.end(order, "auction over", ended="EXPIRED")
            elif order.time_in_force is not TimeInForce.GOOD_TILL_CANCEL and order.leaves:
                self.end(order, "end of day", ended="EXPIRED")

    def takes_orders(self) -> bool:
        """Whether the phase takes new orders and replaces."""
        return PHASE_RULES[self.phase].takes_orders
