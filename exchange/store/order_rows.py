"""Rows of orders: the state that an order's last event tells, as plain tuples in the order of the table's columns.

Each event of an order holds all that its row needs, so that nobody has to read the row before. Called by `rows`.
"""

from __future__ import annotations

from typing import TypeAlias, assert_never

from exchange.events import (
    FillBusted,
    FillCorrected,
    OrderAccepted,
    OrderCanceled,
    OrderDoneForDay,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderRestated,
    OrderTriggered,
)
from exchange.orders import PLAIN, OrderConditions, OrderStatus, OrderTerms, OrderType, Side, TimeInForce
from exchange.store.texts import kept, what_differs

Row: TypeAlias = tuple[int | str | bool, ...]
OrderChange: TypeAlias = (
    OrderAccepted
    | OrderFilled
    | OrderCanceled
    | OrderReplaced
    | OrderTriggered
    | OrderRestated
    | OrderDoneForDay
    | FillBusted
    | FillCorrected
)

SIDES = {side: side.name for side in Side}
ORDER_TYPES = {order_type: order_type.name for order_type in OrderType}
TIMES_IN_FORCE = {time_in_force: time_in_force.name for time_in_force in TimeInForce}

HELD_TYPES = frozenset({OrderType.STOP, OrderType.STOP_LIMIT, OrderType.MARKET_IF_TOUCHED, OrderType.LIMIT_IF_TOUCHED})
"""Types that wait for a price. When they are elected they become another type."""


def order_row(event: OrderChange, entered_at: int) -> Row:
    """The row of `orders` that an event leaves."""
    cumulative, leaves, notional = _sums(event)
    status, reason = _status(event, cumulative, leaves)
    terms = event.terms
    return (
        terms.order_id,
        *_terms(terms),
        cumulative,
        leaves,
        notional,
        status,
        leaves > 0 and terms.order_type in HELD_TYPES,
        reason,
        event.number,
        entered_at,
        event.at,
    )


def refused_order_row(event: OrderRejected) -> Row:
    """The row of `refused_orders`."""
    return (
        event.number,
        *_terms(event.terms),
        event.reason.value,
        kept(event.field),
        kept(event.text),
        event.at,
    )


def conditions_text(conditions: OrderConditions | None) -> str:
    """What an order asks for besides, as a JSON object of what is not as in a plain order; empty for a plain one."""
    return "" if conditions is None else what_differs(conditions, PLAIN)


def _sums(event: OrderChange) -> tuple[int, int, int]:
    """Cumulative, leaves and notional."""
    match event:
        case OrderAccepted() | OrderTriggered():
            # What is held has not traded.
            return 0, event.terms.quantity, 0
        case OrderCanceled():
            return event.cumulative, 0, event.notional
        case _:
            return event.cumulative, event.leaves, event.notional


def _status(event: OrderChange, cumulative: int, leaves: int) -> tuple[str, str]:
    """Status and the reason of it."""
    match event:
        case OrderAccepted() | OrderTriggered() | OrderFilled() | OrderReplaced() | OrderRestated():
            if not leaves:
                return OrderStatus.FILLED.name, ""
            return OrderStatus.PARTIALLY_FILLED.name if cumulative else OrderStatus.NEW.name, ""
        case OrderCanceled():
            status = OrderStatus.EXPIRED if event.reason.is_expiry else OrderStatus.CANCELED
            return status.name, event.reason.value
        case OrderDoneForDay():
            return OrderStatus.DONE_FOR_DAY.name, kept(event.text)
        case FillBusted() | FillCorrected():
            return event.status.name, kept(event.text)
        case _:
            assert_never(event)


def _terms(terms: OrderTerms) -> Row:
    return (
        kept(terms.session),
        kept(terms.cl_ord_id),
        kept(terms.account),
        kept(terms.symbol),
        SIDES[terms.side],
        ORDER_TYPES[terms.order_type],
        TIMES_IN_FORCE[terms.time_in_force],
        terms.quantity,
        terms.price,
        conditions_text(terms.conditions),
    )
