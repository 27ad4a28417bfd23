"""An order as the API shows it: the seed's fields, and beside them how it stands and what else it asked for."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from msgspec import Struct

from exchange.events import (
    Event,
    FillBusted,
    FillCorrected,
    OrderAccepted,
    OrderCanceled,
    OrderDoneForDay,
    OrderFilled,
    OrderReplaced,
    OrderRestated,
    OrderTriggered,
)
from exchange.matching.order import Order
from exchange.orders import ALL_SHOWN, PLAIN, UNLIMITED_TYPES, OrderConditions, OrderStatus, OrderTerms
from exchange.reference.instruments import Instrument, scale_of
from exchange.store.records import RefusedOrderRecord
from gateway.http.answers import time_text
from gateway.http.trading.numbers import price_number
from gateway.http.trading.order_reading import waits_for_price
from gateway.http.trading.order_words import (
    CONTINGENCY_WORDS,
    FIELDS,
    KIND_WORDS,
    PEG_WORDS,
    SELF_TRADE_WORDS,
    SIDE_WORDS,
    STATUS_WORDS,
    TIME_IN_FORCE_WORDS,
)


class OrderState(Struct, frozen=True, gc=False):
    """How an order stands, wherever it was found."""

    terms: OrderTerms
    status: OrderStatus
    cumulative: int
    leaves: int
    notional: int
    reason: str = ""
    """Why it ended; empty where that is not known, or it has not."""
    entered_at: int = 0
    """Nanoseconds since 1970 UTC; 0 where that is not known."""
    event: int = 0
    """Number of the event that last changed it; 0 where that is not known."""


def live_state(order: Order) -> OrderState:
    """An order that the venue has at hand."""
    return OrderState(order.terms, order.status, order.cumulative, order.leaves, order.notional)


def told_state(events: Iterable[Event], order_id: int) -> OrderState | None:
    """What events tell of an order, the last of them; None where they tell nothing."""
    state, entered_at = None, 0
    for event in events:
        if isinstance(event, _TELLING) and event.terms.order_id == order_id:
            if isinstance(event, OrderAccepted):
                entered_at = event.at
            state = _told(event, entered_at)
    return state


def shown_order(state: OrderState, instrument: Instrument, portfolio_id: int | None) -> dict[str, Any]:
    """The order as JSON; prices are numbers, times text."""
    terms = state.terms
    conditions = terms.conditions or PLAIN
    digits = instrument.price_digits
    filled = state.cumulative
    return {
        "id": terms.order_id,
        "portfolio_id": portfolio_id,
        "stock_symbol": terms.symbol,
        "order_type": SIDE_WORDS[terms.side, conditions.short_sale],
        "quantity": terms.quantity,
        "price": price_number(terms.price, digits) if _has_price(terms) else None,
        "kind": KIND_WORDS[terms.order_type],
        "time_in_force": TIME_IN_FORCE_WORDS[terms.time_in_force],
        "status": STATUS_WORDS[state.status],
        "is_held": state.leaves > 0 and waits_for_price(terms.order_type),
        "filled_quantity": filled,
        "leaves_quantity": state.leaves,
        "average_price": _average(state.notional, filled, digits),
        "client_order_id": terms.cl_ord_id,
        "session": terms.session,
        "account": terms.account,
        "reason": state.reason or None,
        "entered_at": time_text(state.entered_at) if state.entered_at else None,
        **_shown_conditions(conditions, digits),
    }


def shown_refusal(
    refused: RefusedOrderRecord, instrument: Instrument | None, portfolio_id: int | None
) -> dict[str, Any]:
    """An order that never was in the market, and why; the fields that it breaks a rule by have the API's names."""
    price = None
    if instrument is not None and refused.price:
        price = price_number(refused.price, instrument.price_digits)
    return {
        "event": refused.event,
        "portfolio_id": portfolio_id,
        "stock_symbol": refused.symbol,
        "order_type": refused.side.lower(),
        "quantity": refused.quantity,
        "price": price,
        "kind": refused.order_type.lower(),
        "client_order_id": refused.cl_ord_id,
        "session": refused.session,
        "account": refused.account,
        "reason": refused.reason,
        "field": FIELDS.get(refused.field, refused.field),
        "text": refused.text,
        "at": time_text(refused.at),
    }


def _has_price(terms: OrderTerms) -> bool:
    return terms.price != 0 or terms.order_type not in UNLIMITED_TYPES


def _average(notional: int, filled: int, digits: int) -> Decimal | None:
    return Decimal(scale_of(digits).average(notional, filled)) if filled else None


def _shown_conditions(conditions: OrderConditions, digits: int) -> dict[str, Any]:
    """Only what is not as in a plain order."""
    if conditions == PLAIN:
        return {}
    found = {
        "stop_price": conditions.stop_price and price_number(conditions.stop_price, digits),
        "trail_by": conditions.trail_by and price_number(conditions.trail_by, digits),
        "trail_percent": conditions.trail_basis_points and price_number(conditions.trail_basis_points, 2),
        "min_quantity": conditions.min_quantity,
        "all_or_none": conditions.is_all_or_none,
        "post_only": conditions.is_post_only,
        "peg": conditions.peg and PEG_WORDS[conditions.peg],
        "peg_offset": conditions.peg_offset and price_number(conditions.peg_offset, digits),
        "expires_at": conditions.expires_at and time_text(conditions.expires_at),
        "group": conditions.group,
        "contingency": conditions.contingency and CONTINGENCY_WORDS[conditions.contingency],
        "locate": conditions.locate,
    }
    shown = {name: value for name, value in found.items() if value}
    if conditions.display_quantity != ALL_SHOWN:
        shown["display_quantity"] = conditions.display_quantity
    if conditions.self_trade_prevention is not None:
        shown["self_trade_prevention"] = SELF_TRADE_WORDS[conditions.self_trade_prevention]
    return shown


_TELLING = (
    OrderAccepted,
    OrderFilled,
    OrderCanceled,
    OrderReplaced,
    OrderTriggered,
    OrderRestated,
    OrderDoneForDay,
    FillBusted,
    FillCorrected,
)


def _told(event: Any, entered_at: int) -> OrderState:
    terms, reason = event.terms, ""
    if isinstance(event, OrderAccepted | OrderTriggered):
        cumulative, leaves, notional, status = 0, terms.quantity, 0, OrderStatus.NEW
    else:
        cumulative, notional = event.cumulative, event.notional
        leaves = 0 if isinstance(event, OrderCanceled) else event.leaves
        status = OrderStatus.PARTIALLY_FILLED if cumulative else OrderStatus.NEW
        status = status if leaves else OrderStatus.FILLED
    if isinstance(event, OrderCanceled):
        reason = event.reason.value
        status = OrderStatus.EXPIRED if event.reason.is_expiry else OrderStatus.CANCELED
    elif isinstance(event, OrderDoneForDay):
        reason, status = event.text, OrderStatus.DONE_FOR_DAY
    elif isinstance(event, FillBusted | FillCorrected):
        reason, status = event.text, event.status
    return OrderState(terms, status, cumulative, leaves, notional, reason, entered_at, event.number)
