"""How orders of one instrument trade in the naive market: an order takes the first that it can, again and again.

What would trade is found by trying it out on a copy. The layers above say when an order comes, and what its trades mean
for others; they are told by `noted` and `traded`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from exchange.orders import SelfTradePrevention, Side
from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument
from tests.models.naive_orders import NaiveOrder, Place, best_limit, copy_of, queue

Happening = tuple[Any, ...]


class NaiveMatching:
    """All orders that ever were, and the trades among them."""

    def __init__(self, instrument: Instrument, accounts: list[Account]) -> None:
        self.instrument = instrument
        self.rules = instrument.rules
        self.accounts = {account.account_id: account for account in accounts}
        self.orders: list[NaiveOrder] = []
        self.last = 0
        self.trades = 0
        self.happened: list[Happening] = []
        self.traded: list[int] = []
        """Prices of trades that stops have not been looked at for."""
        self.noted: list[tuple[NaiveOrder, int]] = []
        """Fills (or, 0, ends) of orders of groups that the others have not heard of."""
        self._clock = 0

    def levels(self) -> dict[tuple[Side, int | None], tuple[int, int]]:
        """Shown quantity and number of orders of every price."""
        shown: dict[tuple[Side, int | None], tuple[int, int]] = {}
        for order in self.orders:
            if order.place is Place.BOOK and order.shown:
                quantity, orders = shown.get((order.side, order.limit), (0, 0))
                shown[order.side, order.limit] = (quantity + order.shown, orders + 1)
        return shown

    # Matching

    def trade(self, order: NaiveOrder, without: Sequence[NaiveOrder] = ()) -> None:
        """Takes the first of the other side that it can trade with, again and again."""
        passed = list(without)
        while order.leaves:
            others = [other for other in queue(self.orders, Side(-order.side)) if other not in passed]
            if not others:
                return
            other = others[0]
            price, quantity = self.price_of(other, order), min(order.leaves, other.part())
            if price is None or not order.takes(price):
                return
            if quantity < other.least(self.rules) or quantity < order.least_of_each(self.rules):
                passed.append(other)
            elif self._mode_of(order) is not SelfTradePrevention.NONE and self._same_owner(order, other):
                self._prevent(order, other)
            else:
                self._execute(order, other, quantity, price)

    def price_of(self, resting: NaiveOrder, order: NaiveOrder) -> int | None:
        """The resting order's limit; without one the best for the incoming order of: last price, the best limit of
        the resting side, the incoming order's limit."""
        if resting.limit is not None:
            return resting.limit
        named = [price for price in (best_limit(self.orders, resting.side), order.limit) if price is not None]
        named += [self.last] if self.last else []
        return None if not named else max(named) if resting.side is Side.BUY else min(named)

    def _execute(self, order: NaiveOrder, other: NaiveOrder, quantity: int, price: int) -> None:
        for one in (order, other):
            one.fill(quantity, price, self.rules, self.tick())
            if not one.leaves:
                one.place = Place.NOWHERE
        self.tell_trade(order, other, quantity, price)

    def tell_trade(
        self, order: NaiveOrder, other: NaiveOrder, quantity: int, price: int, *, is_auction: bool = False
    ) -> None:
        """What a trade means for the market, and what is told of it: the incoming (or later) order first."""
        self.last = price
        self.trades += 1
        self.traded.append(price)
        self.tell("traded", quantity, price, order.side)
        for one in (order, other):
            done = (one.cumulative, one.leaves, one.notional)
            is_aggressor = one is order and not is_auction
            self.tell("filled", one.order_id, one.cl_ord_id, quantity, price, *done, is_aggressor)
            if one.conditions.group:
                self.noted.append((one, quantity))

    def _mode_of(self, order: NaiveOrder) -> SelfTradePrevention:
        own = order.conditions.self_trade_prevention
        return self.accounts[order.entry.account].self_trade_prevention if own is None else own

    def _same_owner(self, order: NaiveOrder, other: NaiveOrder) -> bool:
        return self.accounts[order.entry.account].owner == self.accounts[other.entry.account].owner

    def _prevent(self, order: NaiveOrder, other: NaiveOrder) -> None:
        mode = self._mode_of(order)
        if mode is SelfTradePrevention.DECREMENT:
            quantity = min(order.leaves, other.leaves)
            for one in (other, order):
                if one.leaves == quantity:
                    self.end(one, "self-trade decremented")
                else:
                    one.resize(one.quantity - quantity)
                    self.restate(one, "decremented")
        if mode in (SelfTradePrevention.CANCEL_RESTING, SelfTradePrevention.CANCEL_BOTH):
            self.end(other, "self-trade")
        if mode in (SelfTradePrevention.CANCEL_INCOMING, SelfTradePrevention.CANCEL_BOTH):
            self.end(order, "self-trade")

    def would_fill_or_kill(self, order: NaiveOrder) -> bool:
        return (
            self.would_trade(
                order, counts_reserve=self.rules.fok_counts_reserve, excludes_own=self.rules.fok_excludes_own
            )
            == order.leaves
        )

    def would_trade(self, order: NaiveOrder, *, counts_reserve: bool = True, excludes_own: bool = True) -> int:
        """How much would trade at once: tried out on a copy of the book."""
        tried = NaiveMatching(self.instrument, list(self.accounts.values()))
        tried.last, tried._clock = self.last, self._clock
        tried.orders = [copy_of(other) for other in self.orders if other.place is Place.BOOK]
        uncounted = [] if counts_reserve else [other for other in tried.orders if not other.shown]
        for other in () if counts_reserve else tried.orders:
            if other.shown:
                other.quantity = other.cumulative + other.shown
        copy = copy_of(order)
        if not excludes_own:
            copy.conditions = msgspec.structs.replace(copy.conditions, self_trade_prevention=SelfTradePrevention.NONE)
        tried.trade(copy, uncounted)
        return copy.cumulative - order.cumulative

    # Ends

    def end(self, order: NaiveOrder, reason: str, request: str = "", ended: str = "CANCELED") -> None:
        """Takes an order out of the market."""
        leaves = order.leaves
        order.end = ended
        order.place = Place.NOWHERE
        done = (order.cumulative, order.notional, reason)
        self.tell("canceled", order.order_id, request, leaves, *done)
        if order.conditions.group:
            self.noted.append((order, 0))

    def restate(self, order: NaiveOrder, reason: str) -> None:
        terms = (order.quantity, order.price, order.cumulative, order.leaves)
        self.tell("restated", order.order_id, *terms, reason)

    def tell(self, *happening: Any) -> None:
        self.happened.append(happening)

    def tick(self) -> int:
        self._clock += 1
        return self._clock
