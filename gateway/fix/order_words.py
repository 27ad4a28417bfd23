"""The venue's words for orders and FIX's codes for them, both ways: what reading and reports agree on.

A code that a version lacks is refused by its dictionary before it comes here, and no report needs it: an order that a
session of that version cannot have entered is not reported to one.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from exchange.orders import (
    Contingency,
    OrderStatus,
    OrderType,
    Peg,
    SelfTradePrevention,
    ShortSale,
    Side,
    TimeInForce,
)

SIDES: Final = MappingProxyType({Side.BUY: "1", Side.SELL: "2"})
"""Side(54)."""

SHORT_SALES: Final = MappingProxyType({ShortSale.SHORT: "5", ShortSale.EXEMPT: "6"})
"""Side(54) of sales of shares that the seller has to borrow."""

ORDER_TYPES: Final = MappingProxyType(
    {
        OrderType.MARKET: "1",
        OrderType.LIMIT: "2",
        OrderType.STOP: "3",
        OrderType.STOP_LIMIT: "4",
        OrderType.MARKET_TO_LIMIT: "K",
        OrderType.PEGGED: "P",
        OrderType.MARKET_IF_TOUCHED: "J",
        OrderType.LIMIT_IF_TOUCHED: "J",
    }
)
"""OrdType(40); J with a Price(44) is a limit order when it is touched."""

LIMIT_TYPES: Final = frozenset({OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.LIMIT_IF_TOUCHED})
"""Types that need a Price(44)."""

HELD_TYPES: Final = frozenset(
    {OrderType.STOP, OrderType.STOP_LIMIT, OrderType.MARKET_IF_TOUCHED, OrderType.LIMIT_IF_TOUCHED}
)
"""Types that wait for a price."""

TIMES_IN_FORCE: Final = MappingProxyType(
    {
        TimeInForce.DAY: "0",
        TimeInForce.GOOD_TILL_CANCEL: "1",
        TimeInForce.AT_OPENING: "2",
        TimeInForce.IMMEDIATE_OR_CANCEL: "3",
        TimeInForce.FILL_OR_KILL: "4",
        TimeInForce.GOOD_TILL_DATE: "6",
        TimeInForce.AT_CLOSE: "7",
    }
)
"""TimeInForce(59). FIX.4.2 has no 7: there an order for the close has an OrdType(40) of its own."""

ON_CLOSE_TYPES: Final = MappingProxyType({OrderType.MARKET: "5", OrderType.LIMIT: "B"})
"""OrdType(40) of orders for the closing auction before FIX 4.3."""

ORD_STATUSES: Final = MappingProxyType(
    {
        OrderStatus.NEW: "0",
        OrderStatus.PARTIALLY_FILLED: "1",
        OrderStatus.FILLED: "2",
        OrderStatus.DONE_FOR_DAY: "3",
        OrderStatus.CANCELED: "4",
        OrderStatus.REJECTED: "8",
        OrderStatus.EXPIRED: "C",
    }
)
"""OrdStatus(39)."""

PEG_INSTRUCTIONS: Final = MappingProxyType({Peg.PRIMARY: "R", Peg.MIDPOINT: "M", Peg.MARKET: "P"})
"""ExecInst(18) of pegs."""

PEG_PRICE_TYPES: Final = MappingProxyType({Peg.PRIMARY: "5", Peg.MIDPOINT: "2", Peg.MARKET: "4"})
"""PegPriceType(1094), from FIX 5.0 on."""

TRAILING_STOP_PEG: Final = "8"
"""PegPriceType(1094) of a stop that follows the price."""

TRAILING_STOP: Final = "a"
ALL_OR_NONE: Final = "G"
POST_ONLY: Final = "6"
CANCEL_ON_CONNECTION_LOSS: Final = "o"
"""Values of ExecInst(18)."""

CONTINGENCIES: Final = MappingProxyType(
    {
        "1": Contingency.ONE_CANCELS_OTHER,
        "2": Contingency.ONE_TRIGGERS_OTHER,
        "3": Contingency.ONE_UPDATES_OTHER,
    }
)
"""ContingencyType(1385): 1 one cancels the other, 2 one triggers the other, 3 one updates the other (absolute)."""

SELF_MATCH_PREVENTIONS: Final = MappingProxyType(
    {
        "1": SelfTradePrevention.CANCEL_INCOMING,
        "2": SelfTradePrevention.CANCEL_RESTING,
        "3": SelfTradePrevention.CANCEL_BOTH,
        "100": SelfTradePrevention.NONE,
        "101": SelfTradePrevention.DECREMENT,
    }
)
"""SelfMatchPreventionInstruction(2964); values from 100 on are agreed between two parties."""
