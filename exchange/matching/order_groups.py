"""Orders that hang together: one cancels the others, one makes the others smaller, one brings the others about.

A group is named by its owner: (session, name). What a fill or an end of one means for the others is done when the
command's own trades are over, so that no order changes while it is being matched.
"""

from __future__ import annotations

from collections.abc import Iterator

from exchange.matching.order import Order
from exchange.orders import Contingency

GROUP_ORDERS_MAX = 10
"""Orders of one group: a bracket has three. Each fill looks at all of them."""


class OrderGroups:
    """Who belongs together, who waits for his first order, and what is still to be done about fills."""

    __slots__ = ("_groups", "noted")

    def __init__(self) -> None:
        self._groups: dict[tuple[str, str], list[Order]] = {}
        self.noted: list[tuple[Order, int]] = []
        """Fills (by so much) and ends (0) of orders of groups, for which something is still to be done."""

    def members(self, session: str, group: str) -> list[Order]:
        """The group's orders that are not forgotten, in the order of their entry."""
        return self._groups.get((session, group), [])

    def join(self, order: Order) -> None:
        """Takes in an order that has just been accepted; the owner may wait for the group's first."""
        self._groups.setdefault(_key(order), []).append(order)

    def waits(self, order: Order) -> bool:
        """Whether an order of a group has to wait for the fill of the group's first."""
        first = self._groups[_key(order)][0]
        return first is not order and _triggers(first) and first.is_open

    def hold(self, order: Order) -> None:
        """Keeps an order until its group's first is filled."""
        order.held_by = self

    def remove(self, order: Order) -> None:
        """Lets go of an order that waits."""
        order.held_by = None

    def note(self, order: Order, quantity: int) -> None:
        """Notes that an order of a group was filled by so much."""
        self.noted.append((order, quantity))

    def note_end(self, order: Order) -> None:
        """Notes the end of an order, where it is of a group."""
        conditions = order.terms.conditions
        if conditions is not None and conditions.group:
            self.noted.append((order, 0))

    def take_noted(self) -> list[tuple[Order, int]]:
        """What has been noted since the last call."""
        noted, self.noted = self.noted, []
        return noted

    def others(self, order: Order) -> Iterator[Order]:
        """The open orders of a group besides one."""
        return (other for other in list(self._groups.get(_key(order), ())) if other is not order and other.is_open)

    def holds(self, order: Order) -> bool:
        """Whether an order is kept here until its group's first is filled."""
        return order.held_by is self

    def waiting(self, first: Order) -> list[Order]:
        """The orders that wait for this one, when it is the one that brings others about."""
        return [other for other in self.others(first) if self.holds(other)] if _triggers(first) else []

    def forget_ended(self, order: Order) -> None:
        """Forgets a group when none of its orders is open any more."""
        key = _key(order)
        if not any(other.is_open for other in self._groups.get(key, ())):
            self._groups.pop(key, None)

    def state(self) -> list[tuple[str, str, list[int]]]:
        """All groups as values, for the venue's hash."""
        return [
            (session, group, [order.terms.order_id for order in orders])
            for (session, group), orders in self._groups.items()
        ]


def _key(order: Order) -> tuple[str, str]:
    conditions = order.terms.conditions
    assert conditions is not None and conditions.group, f"order {order.terms.order_id} is of no group"
    return order.terms.session, conditions.group


def _triggers(order: Order) -> bool:
    conditions = order.terms.conditions
    return conditions is not None and conditions.contingency is Contingency.ONE_TRIGGERS_OTHER
