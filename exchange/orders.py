"""The words of an order that commands, events and books share: side, type, time in force, status, terms."""

from __future__ import annotations

from enum import IntEnum

from msgspec import Struct


class Side(IntEnum):
    """Which way an order trades. The value is also its sign on the book: better prices have the higher product."""

    BUY = 1
    SELL = -1


class OrderType(IntEnum):
    """How an order's price is found."""

    MARKET = 1
    LIMIT = 2


class TimeInForce(IntEnum):
    """How long an order stays."""

    DAY = 0
    GOOD_TILL_CANCEL = 1
    IMMEDIATE_OR_CANCEL = 2
    FILL_OR_KILL = 3


class OrderStatus(IntEnum):
    """Where an order is in its life. Open orders are NEW or PARTIALLY_FILLED."""

    NEW = 0
    PARTIALLY_FILLED = 1
    FILLED = 2
    CANCELED = 3
    REJECTED = 4


class OrderTerms(Struct, frozen=True, gc=False, array_like=True):
    """What the owner of an order asks for. Only a replace changes it, by new terms under the same `order_id`."""

    order_id: int
    """Given by the venue, unique for ever; 0 on an order that was refused."""
    session: str
    """Who entered the order and gets its reports."""
    cl_ord_id: str
    """The owner's own identifier, unique within the session; after a replace it is the replace's."""
    account: str
    symbol: str
    side: Side
    order_type: OrderType
    time_in_force: TimeInForce
    quantity: int
    """Total quantity in shares, what is filled included."""
    price: int
    """Limit in units of the instrument's price scale; 0 for a market order."""
