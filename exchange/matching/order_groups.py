"""Orders that hang together: one cancels the others, one makes the others smaller, one brings the others about.

A group is named by its owner: (session, name). What a fill or an end of one means for the others is done when the
command's own trades are over, so that no order changes while it is being matched. What a group has done is kept for
those who join later: a list is entered order by order, and its first may have traded or ended before the second comes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from exchange.matching.order import Order
from exchange.orders import Contingency, OrderConditions, OrderStatus, OrderTerms

GROUP_ORDERS_MAX = 10
"""Orders that may join one group, ended ones too: a bracket has three. Each fill looks at all of them."""

ENDED_GROUPS_KEPT = 2_000
"""Groups without an open order that are kept per session, the one that ended first forgotten first. A rule of the
venue, as with closed orders: an order that names a group which was forgotten is the first of a new one."""

OrderState = tuple[OrderTerms, int, int, OrderStatus]
GroupState = tuple[str, str, list[OrderState], list[int | None]]


class OrderGroups:
    """Who belongs together, who waits for his first order, and what is still to be done about fills."""

    __slots__ = ("_ended", "_open", "noted")

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], _Group] = {}
        self._ended: dict[str, OrderedDict[str, _Group]] = {}
        self.noted: list[tuple[Order, int]] = []
        """Fills (by so much) and ends (0) of orders of groups, for which something is still to be done."""

    def joined(self, session: str, name: str) -> int:
        """How many orders have joined a group, those that have ended included; 0 when there is none."""
        group = self._find(session, name)
        return 0 if group is None else group.joined

    def join(self, order: Order) -> int:
        """Takes in an order that has just been accepted; how much of it what the group has done leaves."""
        session, name = key = _key(order)
        group = self._open.get(key)
        if group is None:
            ended = self._ended.get(session)
            group = None if ended is None else ended.pop(name, None)
            group = self._open[key] = group or _Group()
        if _triggers(order):
            group.first, group.brought = order, None
        group.orders.append(order)
        group.joined += 1
        return group.room(order.leaves)

    def refuse_first(self, session: str, conditions: OrderConditions) -> None:
        """An order that was to bring others about was refused: those that come for it must not trade without it."""
        name = conditions.group
        if conditions.contingency is Contingency.ONE_TRIGGERS_OTHER and name and self._find(session, name) is None:
            group = _Group()
            group.brought = 0
            self._keep(session, name, group)

    def brings_about(self, session: str, name: str) -> bool:
        """Whether an order that joins a group now has to wait for the fill of the group's first."""
        group = self._open.get((session, name))
        return group is not None and group.first is not None and group.first.is_open

    def waits(self, order: Order) -> bool:
        """Whether an order of a group has to wait for the fill of the group's first."""
        first = self._open[_key(order)].first
        return first is not None and first is not order and first.is_open

    def hold(self, order: Order) -> None:
        """Keeps an order until its group's first is filled."""
        order.held_by = self

    def remove(self, order: Order) -> None:
        """Lets go of an order that waits."""
        order.held_by = None

    def note(self, order: Order, quantity: int) -> None:
        """Notes that an order of a group was filled by so much."""
        self.noted.append((order, quantity))
        conditions, group = order.terms.conditions, self._open[_key(order)]
        assert conditions is not None, "only orders of groups are noted"
        if conditions.contingency is Contingency.ONE_CANCELS_OTHER:
            group.is_over = True
        elif conditions.contingency is Contingency.ONE_UPDATES_OTHER:
            group.taken += quantity

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
        group = self._open.get(_key(order))
        orders = [] if group is None else list(group.orders)
        return (other for other in orders if other is not order and other.is_open)

    def holds(self, order: Order) -> bool:
        """Whether an order is kept here until its group's first is filled."""
        return order.held_by is self

    def waiting(self, first: Order) -> list[Order]:
        """The orders that wait for this one."""
        return [other for other in self.others(first) if self.holds(other)]

    def settle(self, order: Order) -> None:
        """What was noted of an order is done: of orders that have ended, only what it means for others is kept."""
        session, name = key = _key(order)
        group = self._open.get(key)
        if group is None or order.is_open:
            return
        first = group.first
        if first is not None and not first.is_open:
            group.first, group.brought = None, first.cumulative
        group.orders = [other for other in group.orders if other.is_open]
        if not group.orders:
            del self._open[key]
            self._keep(session, name, group)

    def state(self) -> list[GroupState]:
        """All groups as values, for the venue's hash; those that wait are in no other place."""
        kept = [((session, name), group) for session, ended in self._ended.items() for name, group in ended.items()]
        return [(session, name, *group.state()) for (session, name), group in (*self._open.items(), *kept)]

    def _find(self, session: str, name: str) -> _Group | None:
        group = self._open.get((session, name))
        ended = self._ended.get(session)
        return group if group is not None or ended is None else ended.get(name)

    def _keep(self, session: str, name: str, group: _Group) -> None:
        ended = self._ended.setdefault(session, OrderedDict())
        ended[name] = group
        if len(ended) > ENDED_GROUPS_KEPT:
            ended.popitem(last=False)


class _Group:
    """The open orders of a group, and what it has done. A bust later does not undo it."""

    __slots__ = ("brought", "first", "is_over", "joined", "orders", "taken")

    def __init__(self) -> None:
        self.orders: list[Order] = []
        self.joined = 0
        self.first: Order | None = None
        """The order that brings the others about, as long as it is open."""
        self.brought: int | None = None
        """What that order had traded when it ended; the others are not larger."""
        self.is_over = False
        """An order that cancels the others has traded."""
        self.taken = 0
        """What orders that make the others smaller have traded."""

    def room(self, quantity: int) -> int:
        """What is left of the quantity of an order that joins now."""
        if self.is_over:
            return 0
        most = quantity if self.brought is None else min(quantity, self.brought)
        return max(0, most - self.taken)

    def state(self) -> tuple[list[OrderState], list[int | None]]:
        """Its orders and what it has done, as values."""
        orders = [(order.terms, order.leaves, order.cumulative, order.status) for order in self.orders]
        first = None if self.first is None else self.first.terms.order_id
        return orders, [self.joined, first, self.brought, self.is_over, self.taken]


def _key(order: Order) -> tuple[str, str]:
    conditions = order.terms.conditions
    assert conditions is not None and conditions.group, f"order {order.terms.order_id} is of no group"
    return order.terms.session, conditions.group


def _triggers(order: Order) -> bool:
    conditions = order.terms.conditions
    return conditions is not None and conditions.contingency is Contingency.ONE_TRIGGERS_OTHER
