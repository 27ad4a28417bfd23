"""Held orders of one instrument: stops, orders if touched, and trailing stops, until the last price elects them.

A stop is elected when the price comes through it from the better side, an if-touched order from the worse one. In terms
of a buy: a stop waits for the price to rise to it, an if-touched order for the price to fall to it.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import msgspec

from exchange.matching.order import Order
from exchange.orders import PLAIN, OrderTerms, OrderType, Side
from exchange.reference.rule_profile import StopElection

_FAR = 1 << 62
_IF_TOUCHED = frozenset({OrderType.MARKET_IF_TOUCHED, OrderType.LIMIT_IF_TOUCHED})
_ELECTED = {
    OrderType.STOP: OrderType.MARKET,
    OrderType.STOP_LIMIT: OrderType.LIMIT,
    OrderType.MARKET_IF_TOUCHED: OrderType.MARKET,
    OrderType.LIMIT_IF_TOUCHED: OrderType.LIMIT,
}
HELD_TYPES = frozenset(_ELECTED)
"""Order types that wait for the last price."""

_Election: TypeAlias = tuple[int, int, Order]
"""How far the prices stayed away from the stop price (below 0: how far they went through it), rank of entry, order."""


def waits_for_rise(order: Order) -> bool:
    """Whether a held order is elected by a price at or above its stop price; else by one at or below it."""
    terms = order.terms
    return (terms.side is Side.BUY) is not (terms.order_type in _IF_TOUCHED)


def is_through(order_type: OrderType, side: Side, stop_price: int, last: int) -> bool:
    """Whether the last price has reached a stop price already."""
    rises = (side is Side.BUY) is not (order_type in _IF_TOUCHED)
    return last >= stop_price if rises else last <= stop_price


class TriggerBook:
    """Held orders by stop price. `rise_at` and `fall_at` say how far the price may go before one is elected."""

    __slots__ = ("_entries", "_falling", "_prices", "_rising", "_trailing", "fall_at", "rise_at")

    def __init__(self) -> None:
        self.rise_at = _FAR
        """The lowest price that elects one of those that wait for a rise."""
        self.fall_at = -_FAR
        self._entries = 0
        self._prices: dict[int, tuple[int, int, Order]] = {}
        """By OrderID: signed price, rank of entry, order."""
        self._rising: list[tuple[int, int, Order]] = []
        """By ascending price, oldest first."""
        self._falling: list[tuple[int, int, Order]] = []
        """By descending price (its negative ascends), oldest first."""
        self._trailing: dict[int, Order] = {}

    def __len__(self) -> int:
        return len(self._prices)

    def __iter__(self) -> Iterator[Order]:
        """Held orders in the order of their entry."""
        return (order for _, _, order in sorted(self._prices.values(), key=_rank))

    def stop_price(self, order: Order) -> int:
        """Where a held order is elected now; a trailing one's moves."""
        signed, _, _ = self._prices[order.terms.order_id]
        return signed if waits_for_rise(order) else -signed

    def add(self, order: Order, stop_price: int) -> None:
        """Holds an order until the last price reaches `stop_price`."""
        self._entries += 1
        conditions = order.terms.conditions
        if conditions is not None and (conditions.trail_by or conditions.trail_basis_points):
            self._trailing[order.terms.order_id] = order
        order.held_by = self
        self._put(order, stop_price, self._entries)

    def remove(self, order: Order) -> None:
        """Lets go of a held order."""
        self._take(order)
        self._trailing.pop(order.terms.order_id, None)
        order.held_by = None

    def elect(self, prices: Sequence[int], election: StopElection) -> list[Order]:
        """Takes out the orders that traded prices have reached one after another, in the order in which they go in.

        Trailing stops follow each price before the next one comes.
        """
        elected: list[_Election] = []
        for place, price in enumerate(prices):
            for queue, reached, furthest in (
                (self._rising, price, max(prices[place:])),
                (self._falling, -price, -min(prices[place:])),
            ):
                while queue and queue[0][0] <= reached:
                    signed, rank, order = queue[0]
                    elected.append((signed - furthest, rank, order))
                    self.remove(order)
            self._trail(price)
        key = _furthest if election is StopElection.FURTHEST_FIRST else _oldest
        return [entry[-1] for entry in sorted(elected, key=key)]

    def state(self) -> list[tuple[int, int, int]]:
        """All of it as numbers, for the venue's hash: price, rank and OrderID."""
        return sorted((signed, rank, order_id) for order_id, (signed, rank, _) in self._prices.items())

    def _trail(self, last: int) -> None:
        """Moves trailing stops after a price: one way only, and never away from it."""
        for order in self._trailing.values():
            signed, rank, _ = self._prices[order.terms.order_id]
            target = trailing_stop(order, last)
            better = target < signed if waits_for_rise(order) else -target < signed
            if better:
                self._take(order)
                self._put(order, target, rank)

    def _put(self, order: Order, stop_price: int, rank: int) -> None:
        rises = waits_for_rise(order)
        entry = (stop_price if rises else -stop_price, rank, order)
        self._prices[order.terms.order_id] = entry
        insort(self._rising if rises else self._falling, entry, key=_place)
        self._note_nearest()

    def _take(self, order: Order) -> None:
        entry = self._prices.pop(order.terms.order_id)
        queue = self._rising if waits_for_rise(order) else self._falling
        del queue[bisect_left(queue, _place(entry), key=_place)]
        self._note_nearest()

    def _note_nearest(self) -> None:
        self.rise_at = self._rising[0][0] if self._rising else _FAR
        self.fall_at = -self._falling[0][0] if self._falling else -_FAR


def elected_terms(terms: OrderTerms) -> OrderTerms:
    """What a held order asks for once it is elected: a market or a limit order, with its other conditions."""
    conditions = msgspec.structs.replace(terms.conditions or PLAIN, stop_price=0, trail_by=0, trail_basis_points=0)
    return msgspec.structs.replace(
        terms, order_type=_ELECTED[terms.order_type], conditions=None if conditions == PLAIN else conditions
    )


def trailing_stop(order: Order, last: int) -> int:
    """Where a trailing stop stands for a last price: rounded away from the price, so that it is never too close."""
    conditions = order.terms.conditions
    assert conditions is not None, f"order {order.terms.order_id} does not trail"
    distance = conditions.trail_by or -(-last * conditions.trail_basis_points // 10_000)
    return last + distance if waits_for_rise(order) else last - distance


def _place(entry: tuple[int, int, Order]) -> tuple[int, int]:
    return entry[:2]


def _rank(entry: tuple[int, int, Order]) -> int:
    return entry[1]


def _oldest(entry: _Election) -> int:
    return entry[1]


def _furthest(entry: _Election) -> tuple[int, int]:
    return entry[:2]
