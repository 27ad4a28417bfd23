"""What an order or a replace can ask for beyond quantity and price, as words around it.

`stop(buy("B1", 10), "10.05")` is a stop, `stop(buy("B1", 10, "10.10"), "10.05")` a stop limit; they go together:
`post_only(shown(sell("S1", 100, "10.00"), 10))`.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from exchange.commands import EnterOrder, ReplaceOrder
from exchange.orders import PLAIN, Contingency, OrderType, Peg, SelfTradePrevention, TimeInForce
from tests.exchange.market import units

Wish = TypeVar("Wish", EnterOrder, ReplaceOrder)

OCO, OUO, OTO = Contingency.ONE_CANCELS_OTHER, Contingency.ONE_UPDATES_OTHER, Contingency.ONE_TRIGGERS_OTHER


def asking(order: Wish, **conditions: object) -> Wish:
    """Asks for conditions by their names, on top of those that the order has."""
    stated = msgspec.structs.replace(order.conditions or PLAIN, **conditions)
    return msgspec.structs.replace(order, conditions=stated)


def of_type(order: Wish, order_type: OrderType) -> Wish:
    """Another type."""
    return msgspec.structs.replace(order, order_type=order_type)


def stop(order: Wish, price: str) -> Wish:
    """Held until the last price reaches `price`; then a limit order where it has a limit, else a market order."""
    return of_type(asking(order, stop_price=units(price)), _held(order))


def trailing(order: Wish, by: str = "", *, basis_points: int = 0, start: str = "") -> Wish:
    """A stop that follows the last price at a distance; `start` is where it stands at first."""
    distance = units(by) if by else 0
    first = units(start) if start else 0
    wish = asking(order, trail_by=distance, trail_basis_points=basis_points, stop_price=first)
    return of_type(wish, _held(order))


def if_touched(order: Wish, price: str) -> Wish:
    """Held until the last price comes to `price` from the worse side."""
    kind = OrderType.LIMIT_IF_TOUCHED if order.order_type is OrderType.LIMIT else OrderType.MARKET_IF_TOUCHED
    return of_type(asking(order, stop_price=units(price)), kind)


def market_to_limit(order: Wish) -> Wish:
    """Takes the best opposite price only, and rests there."""
    return of_type(order, OrderType.MARKET_TO_LIMIT)


def pegged(order: Wish, peg: Peg = Peg.PRIMARY, offset: str = "0") -> Wish:
    """Follows the book; the order's price is the worst it goes to."""
    return of_type(asking(order, peg=peg, peg_offset=units(offset)), OrderType.PEGGED)


def shown(order: Wish, quantity: int) -> Wish:
    """An iceberg that shows so much at a time; hidden with 0."""
    return asking(order, display_quantity=quantity)


def at_least(order: Wish, quantity: int) -> Wish:
    """With a minimum quantity."""
    return asking(order, min_quantity=quantity)


def all_or_none(order: Wish) -> Wish:
    """Whole or not at all."""
    return asking(order, is_all_or_none=True)


def post_only(order: Wish) -> Wish:
    """May not take liquidity."""
    return asking(order, is_post_only=True)


def preventing(order: Wish, mode: SelfTradePrevention) -> Wish:
    """With its own way of self-trade prevention."""
    return asking(order, self_trade_prevention=mode)


def until(order: Wish, expires_at: int) -> Wish:
    """Good till a date."""
    wish = asking(order, expires_at=expires_at)
    return msgspec.structs.replace(wish, time_in_force=TimeInForce.GOOD_TILL_DATE)


def grouped(order: Wish, group: str, contingency: Contingency) -> Wish:
    """One of a group of orders."""
    return asking(order, group=group, contingency=contingency)


def _held(order: EnterOrder | ReplaceOrder) -> OrderType:
    return OrderType.STOP_LIMIT if order.order_type is OrderType.LIMIT else OrderType.STOP
