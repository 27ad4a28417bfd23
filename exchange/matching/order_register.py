"""Orders by (session, ClOrdID) and by OrderID: the open ones, the latest closed ones, and all identifiers ever used.

Closed orders are kept so that a late cancel hears "too late" and a status request an answer; former identifiers, so
that a request which names one hears what became of its order. How many is bounded, for a venue that runs for weeks must
not grow with its history.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from exchange.matching.order import Order
from exchange.matching.seen_identifiers import SeenIdentifiers

CLOSED_ORDERS_KEPT = 2_000
"""Closed orders kept per session, oldest forgotten first. A rule of the venue: it decides what a late request hears."""

FORMER_IDENTIFIERS_KEPT = 2_000
"""Identifiers per session that meant an order once: those before a replace, and those of accepted cancels. The oldest
is forgotten first; as with closed orders this is a rule of the venue."""


class OrderRegister:
    """Finds the order that a session means."""

    __slots__ = ("_by_order_id", "_sessions", "seen")

    def __init__(self) -> None:
        self._sessions: dict[str, _SessionOrders] = {}
        self._by_order_id: dict[int, Order] = {}
        self.seen = SeenIdentifiers()

    def __iter__(self) -> Iterator[Order]:
        """All open orders, session by session in the order of their first entry."""
        for orders in self._sessions.values():
            yield from orders.open.values()

    @property
    def sessions(self) -> list[str]:
        """All that ever had an order, in the order of their first."""
        return list(self._sessions)

    @property
    def closed_orders(self) -> Iterator[Order]:
        """All closed orders that are still kept, session by session, oldest first."""
        for orders in self._sessions.values():
            yield from orders.closed.values()

    @property
    def former_identifiers(self) -> Iterator[tuple[str, Order]]:
        """Identifiers that meant an order once and are still kept, session by session, oldest first."""
        for orders in self._sessions.values():
            yield from orders.former.items()

    def add(self, order: Order) -> None:
        """Takes in an order that has just been accepted."""
        session = order.terms.session
        orders = self._sessions.get(session)
        if orders is None:
            orders = self._sessions[session] = _SessionOrders()
        orders.open[order.terms.cl_ord_id] = order
        self._by_order_id[order.terms.order_id] = order

    def find(self, session: str, cl_ord_id: str) -> Order | None:
        """The order that has this identifier now; None when none has or it was forgotten."""
        orders = self._sessions.get(session)
        if orders is None:
            return None
        return orders.open.get(cl_ord_id) or orders.closed.get(cl_ord_id)

    def find_former(self, session: str, cl_ord_id: str) -> Order | None:
        """The order that this identifier meant before a replace, or that it canceled; None also when forgotten."""
        orders = self._sessions.get(session)
        return None if orders is None else orders.former.get(cl_ord_id)

    def find_by_order_id(self, session: str, order_id: int) -> Order | None:
        """The session's order of this number; None when it is another session's, never was, or was forgotten."""
        order = self._by_order_id.get(order_id)
        return order if order is not None and order.terms.session == session else None

    def by_order_id(self, order_id: int) -> Order | None:
        """Any session's order of this number; None when it never was, or was forgotten."""
        return self._by_order_id.get(order_id)

    def rename(self, order: Order, previous: str) -> None:
        """An accepted replace gave the order a new identifier; the previous one is a former one now."""
        orders = self._sessions[order.terms.session]
        del orders.open[previous]
        orders.open[order.terms.cl_ord_id] = order
        self.remember(order, previous)

    def remember(self, order: Order, cl_ord_id: str) -> None:
        """Keeps an identifier that means the order without being its present one."""
        former = self._sessions[order.terms.session].former
        former[cl_ord_id] = order
        if len(former) > FORMER_IDENTIFIERS_KEPT:
            former.popitem(last=False)

    def close(self, order: Order) -> None:
        """Moves an order that is no longer open to the closed ones."""
        orders = self._sessions[order.terms.session]
        del orders.open[order.terms.cl_ord_id]
        closed = orders.closed
        closed[order.terms.cl_ord_id] = order
        if len(closed) > CLOSED_ORDERS_KEPT:
            _, forgotten = closed.popitem(last=False)
            del self._by_order_id[forgotten.terms.order_id]

    def open_orders(self, session: str) -> list[Order]:
        """A session's open orders, in the order in which they got their present identifiers."""
        orders = self._sessions.get(session)
        return list(orders.open.values()) if orders else []

    def open_count(self, session: str) -> int:
        """How many open orders a session has."""
        orders = self._sessions.get(session)
        return len(orders.open) if orders else 0


class _SessionOrders:
    __slots__ = ("closed", "former", "open")

    def __init__(self) -> None:
        self.open: dict[str, Order] = {}
        # Unlike a dict's, its oldest is found at once after thousands were taken out before it.
        self.closed: OrderedDict[str, Order] = OrderedDict()
        self.former: OrderedDict[str, Order] = OrderedDict()
