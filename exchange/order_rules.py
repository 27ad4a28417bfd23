"""Answer rules: why an order, a cancel or a replace is refused before it touches a book.

Each refusal names the field, its value and the limit. Nothing here changes anything; the venue asks, in this order.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from exchange.commands import CancelOrder, EnterOrder, MassCancel, ReplaceOrder
from exchange.matching.order import Order
from exchange.orders import OrderStatus, OrderType, Side, TimeInForce
from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument
from exchange.rejections import RejectReason


class Refusal(Struct, frozen=True, gc=False):
    """Why not: the reason, the field that broke the rule, and value and limit in words that follow the field's name."""

    reason: RejectReason
    field: str
    text: str


def check_order(
    command: EnterOrder, instruments: Mapping[str, Instrument], accounts: Mapping[str, Account]
) -> Refusal | None:
    """The first rule that a new order breaks."""
    instrument = instruments.get(command.symbol)
    if instrument is None:
        return Refusal(RejectReason.UNKNOWN_INSTRUMENT, "symbol", f"{command.symbol or '(none)'} is not listed")
    if command.account not in accounts:
        return Refusal(RejectReason.UNKNOWN_ACCOUNT, "account", f"{command.account or '(none)'} is not open")
    return _check_quantity(command.quantity, instrument) or _check_price(command, instrument)


def check_amendment(
    command: CancelOrder | ReplaceOrder,
    order: Order | None,
    instruments: Mapping[str, Instrument],
    *,
    was_used: bool,
) -> Refusal | None:
    """The first rule that a cancel or replace breaks.

    `order` is the one that the request means, also when it names a former identifier of it. `was_used`: the identifier
    was an order's or a request's once.
    """
    field, named = ("orig_cl_ord_id", command.orig_cl_ord_id) if command.orig_cl_ord_id else ("order_id", "")
    named = named or str(command.order_id)
    if order is None:
        why = "is no longer an order's identifier" if was_used else "is not an order of this session"
        return Refusal(RejectReason.UNKNOWN_ORDER, field, f"{named} {why}")
    terms = order.terms
    is_former = field == "orig_cl_ord_id" and named != terms.cl_ord_id
    if not order.is_open:
        which = f"belongs to {terms.cl_ord_id}, which is" if is_former else "is"
        return Refusal(RejectReason.ORDER_CLOSED, field, f"{named} {which} already {_word(order.status)}")
    if is_former:
        text = f"{named} was replaced; the order's identifier is {terms.cl_ord_id} now"
        return Refusal(RejectReason.CLIENT_ORDER_ID_REPLACED, field, text)
    if command.symbol != terms.symbol:
        return Refusal(RejectReason.ORDER_MISMATCH, "symbol", f"{command.symbol} is not the order's {terms.symbol}")
    if command.side is not terms.side:
        return Refusal(
            RejectReason.ORDER_MISMATCH, "side", f"{_word(command.side)} is not the order's {_word(terms.side)}"
        )
    return _check_replace(command, order, instruments[terms.symbol]) if isinstance(command, ReplaceOrder) else None


def check_mass_cancel(
    command: MassCancel, instruments: Mapping[str, Instrument], accounts: Mapping[str, Account]
) -> Refusal | None:
    """The first rule that a mass cancel breaks: what narrows it must exist, for a slip must not look like success."""
    if command.symbol and command.symbol not in instruments:
        return Refusal(RejectReason.UNKNOWN_INSTRUMENT, "symbol", f"{command.symbol} is not listed")
    if command.account and command.account not in accounts:
        return Refusal(RejectReason.UNKNOWN_ACCOUNT, "account", f"{command.account} is not open")
    return None


def _check_replace(command: ReplaceOrder, order: Order, instrument: Instrument) -> Refusal | None:
    terms = order.terms
    if command.order_type is not terms.order_type:
        return Refusal(
            RejectReason.ORDER_MISMATCH,
            "order_type",
            f"{_word(command.order_type)} is not the order's {_word(terms.order_type)}",
        )
    if command.time_in_force in (TimeInForce.IMMEDIATE_OR_CANCEL, TimeInForce.FILL_OR_KILL):
        return Refusal(
            RejectReason.UNSUPPORTED_TIME_IN_FORCE,
            "time_in_force",
            f"{_word(command.time_in_force)} is not for an order that rests; day and good till cancel are",
        )
    refusal = _check_quantity(command.quantity, instrument) or _check_price(command, instrument)
    if refusal is None and command.quantity < order.cumulative:
        return Refusal(
            RejectReason.QUANTITY_BELOW_FILLED,
            "quantity",
            f"{command.quantity} is less than the {order.cumulative} already filled",
        )
    return refusal


def _check_quantity(quantity: int, instrument: Instrument) -> Refusal | None:
    if quantity <= 0 or quantity % instrument.lot:
        return Refusal(
            RejectReason.INVALID_QUANTITY, "quantity", f"{quantity} is not a positive multiple of lot {instrument.lot}"
        )
    if quantity > instrument.max_quantity:
        return Refusal(
            RejectReason.QUANTITY_TOO_LARGE, "quantity", f"{quantity} is more than the most, {instrument.max_quantity}"
        )
    return None


def _check_price(command: EnterOrder | ReplaceOrder, instrument: Instrument) -> Refusal | None:
    price = command.price
    if command.order_type is OrderType.MARKET:
        return None
    text = instrument.scale.text
    if price % instrument.tick:
        return Refusal(
            RejectReason.PRICE_OFF_TICK, "price", f"{text(price)} is not a multiple of tick {text(instrument.tick)}"
        )
    if not instrument.lowest_price <= price <= instrument.highest_price:
        return Refusal(
            RejectReason.PRICE_OUT_OF_RANGE,
            "price",
            f"{text(price)} is not between {text(instrument.lowest_price)} and {text(instrument.highest_price)}",
        )
    return None


def _word(value: Side | OrderType | TimeInForce | OrderStatus) -> str:
    return value.name.lower().replace("_", " ")
