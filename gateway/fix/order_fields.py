"""Reads the fields of an order message into the venue's integers and words, or says which rule each one breaks.

The dictionary has already seen to the grammar (a Qty is a decimal, a Side one of FIX's codes); here is what this venue
takes of it. Called by order entry only.
"""

from __future__ import annotations

from collections.abc import Mapping

from exchange.orders import OrderType, Side, TimeInForce
from exchange.reference.instruments import Instrument
from exchange.reference.units import INTEGER_DIGITS_MAX, parse_decimal
from exchange.rejections import RejectReason
from gateway.fix import tags
from gateway.fix.order_words import (
    LIMIT_TYPES,
    ON_CLOSE_TYPES,
    SHORT_SALES,
    SIDES,
    TIMES_IN_FORCE,
    TRAILING_STOP,
    TRAILING_STOP_PEG,
)

IDENTIFIER_LENGTH_MAX = 64
"""Characters of an identifier that the venue keeps: clients use up to 36 (a UUID); each is stored with every report."""

_EITHER_SIDE = {code: side for side, code in SIDES.items()}
_SIDES = _EITHER_SIDE | dict.fromkeys(SHORT_SALES.values(), Side.SELL)
_PLAIN_TYPES = {"1": OrderType.MARKET, "2": OrderType.LIMIT}
_TIMES_IN_FORCE = {code: time_in_force for time_in_force, code in TIMES_IN_FORCE.items()}
_TYPES_ON_CLOSE = {code: order_type for order_type, code in ON_CLOSE_TYPES.items()}


class FieldRefused(Exception):
    """A field that this venue cannot take."""

    def __init__(self, reason: RejectReason, field: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason
        self.field = field
        self.text = text


def kept(text: str) -> str:
    """As much of a text as is kept: what is too long is refused and must not fill journal and reports."""
    return text if len(text) <= IDENTIFIER_LENGTH_MAX else text[:IDENTIFIER_LENGTH_MAX]


def check_identifier(field: str, value: str) -> None:
    """Raises `FieldRefused` when an identifier is longer than the venue keeps."""
    if len(value) > IDENTIFIER_LENGTH_MAX:
        raise FieldRefused(
            RejectReason.CLIENT_ORDER_ID_TOO_LONG,
            field,
            f"has {len(value)} characters; at most {IDENTIFIER_LENGTH_MAX} are kept",
        )


def read_symbol(fields: Mapping[str, str]) -> str:
    """Symbol(55), which from FIX 4.4 on the dictionaries let be missing: other fields can name an instrument, too."""
    symbol = fields.get(tags.Symbol)
    if symbol is None:
        raise FieldRefused(RejectReason.UNKNOWN_INSTRUMENT, "symbol", "is missing; an order names its instrument by it")
    return symbol


def read_order_named(fields: Mapping[str, str]) -> tuple[str, int]:
    """The order a request is about: OrigClOrdID(41), or where that is missing OrderID(37); the other is empty or 0."""
    orig_cl_ord_id = fields.get(tags.OrigClOrdID)
    if orig_cl_ord_id is not None:
        return kept(orig_cl_ord_id), 0
    order_id = read_order_id(fields)
    if not order_id:
        text = f"{kept(fields[tags.OrderID])} is not an order of this session"
        raise FieldRefused(RejectReason.UNKNOWN_ORDER, "order_id", text)
    return "", order_id


def read_order_id(fields: Mapping[str, str]) -> int:
    """OrderID(37) as the venue gives them; 0 when it is missing or another's."""
    text = fields.get(tags.OrderID, "")
    return int(text) if text.isdecimal() and len(text) <= INTEGER_DIGITS_MAX else 0


def read_side(fields: Mapping[str, str]) -> Side:
    """Side(54) of an order: 1 buy or 2 sell; 5 and 6, short sales, are sales."""
    side = _SIDES.get(fields[tags.Side])
    if side is None:
        taken = "1 (buy), 2 (sell), 5 (sell short) and 6 (sell short exempt) are"
        raise FieldRefused(RejectReason.UNSUPPORTED_SIDE, "side", f"{fields[tags.Side]} is not taken; {taken}")
    return side


def read_either_side(fields: Mapping[str, str]) -> Side | None:
    """Side(54) of a request about many orders, which tells no kinds of sales apart; None where it is missing."""
    code = fields.get(tags.Side)
    if code is None:
        return None
    side = _EITHER_SIDE.get(code)
    if side is None:
        text = f"{code} is not taken here; 1 (buy) and 2 (sell, short or not) are"
        raise FieldRefused(RejectReason.UNSUPPORTED_SIDE, "side", text)
    return side


def read_order_type(fields: Mapping[str, str], side: Side) -> OrderType:
    """OrdType(40), with what makes one type of another: a trigger (from FIX 5.0 on), a peg that is a trailing stop."""
    code = fields[tags.OrdType]
    order_type = _PLAIN_TYPES.get(code)
    if order_type is not None:
        return order_type if tags.TriggerType not in fields else _triggered_type(fields, side, order_type)
    has_price = tags.Price in fields
    match code:
        case "3":
            return OrderType.STOP
        case "4":
            return OrderType.STOP_LIMIT
        case "J":
            return OrderType.LIMIT_IF_TOUCHED if has_price else OrderType.MARKET_IF_TOUCHED
        case "K":
            return OrderType.MARKET_TO_LIMIT
        case "P" if is_trailing_stop(fields):
            return OrderType.STOP_LIMIT if has_price else OrderType.STOP
        case "P":
            return OrderType.PEGGED
    if code in _TYPES_ON_CLOSE:
        return _TYPES_ON_CLOSE[code]
    taken = "1 (market), 2 (limit), 3 (stop), 4 (stop limit), J (if touched), K (market to limit) and P (pegged) are"
    raise FieldRefused(RejectReason.UNSUPPORTED_ORDER_TYPE, "order_type", f"{code} is not taken; {taken}")


def _triggered_type(fields: Mapping[str, str], side: Side, order_type: OrderType) -> OrderType:
    """A market or limit order that a price brings into the market: a stop, or an order if touched."""
    after = _PLAIN_TYPES.get(fields.get(tags.TriggerOrderType, fields[tags.OrdType]))
    if after is not order_type:
        text = f"{fields[tags.OrdType]} contradicts TriggerOrderType(1111) {kept(fields[tags.TriggerOrderType])}"
        raise FieldRefused(RejectReason.CONFLICTING_INSTRUCTIONS, "order_type", text)
    direction = fields.get(tags.TriggerPriceDirection)
    if direction is None:
        text = "TriggerPriceDirection(1109) is missing; a trigger needs U (up) or D (down)"
        raise FieldRefused(RejectReason.CONFLICTING_INSTRUCTIONS, "instruction", text)
    is_limit = order_type is OrderType.LIMIT
    if (direction == "U") is (side is Side.BUY):
        return OrderType.STOP_LIMIT if is_limit else OrderType.STOP
    return OrderType.LIMIT_IF_TOUCHED if is_limit else OrderType.MARKET_IF_TOUCHED


def is_trailing_stop(fields: Mapping[str, str]) -> bool:
    """Whether an order is a stop that follows the price: ExecInst(18) a, or from FIX 5.0 on PegPriceType(1094) 8."""
    return TRAILING_STOP in fields.get(tags.ExecInst, "").split() or fields.get(tags.PegPriceType) == TRAILING_STOP_PEG


def read_time_in_force(fields: Mapping[str, str]) -> TimeInForce:
    """TimeInForce(59), day when it is absent (FIX 4.4 vol. 4)."""
    text = fields.get(tags.TimeInForce, "0")
    time_in_force = _TIMES_IN_FORCE.get(text)
    if time_in_force is None:
        taken = "0 (day), 1 (good till cancel), 2 (at the opening), 3 (immediate or cancel), 4 (fill or kill)"
        raise FieldRefused(
            RejectReason.UNSUPPORTED_TIME_IN_FORCE,
            "time_in_force",
            f"{text} is not taken; {taken}, 6 (good till date) and 7 (at the close) are",
        )
    return TimeInForce.AT_CLOSE if fields[tags.OrdType] in _TYPES_ON_CLOSE else time_in_force


def read_quantity(fields: Mapping[str, str]) -> int:
    """OrderQty(38) in whole shares."""
    text = fields.get(tags.OrderQty)
    if text is None:
        raise FieldRefused(RejectReason.INVALID_QUANTITY, "quantity", "is missing; an order needs one")
    if text.isdecimal() and len(text) <= INTEGER_DIGITS_MAX:
        return int(text)
    quantity = parse_decimal(text, 0)
    if quantity is None:
        what = f"is not a whole number of shares of at most {INTEGER_DIGITS_MAX} digits"
        raise FieldRefused(RejectReason.INVALID_QUANTITY, "quantity", f"{text} {what}")
    return quantity


def read_price(
    fields: Mapping[str, str], order_type: OrderType, instrument: Instrument, *, is_replace: bool = False
) -> int:
    """Price(44) in units of the instrument's price scale; 0 where there is none, and none is needed.

    Of a new order that has no limit it is not looked at; a replace may state the one that the market has given it.
    """
    needs_limit = order_type in LIMIT_TYPES
    if not needs_limit and order_type is not OrderType.PEGGED and not is_replace:
        return 0
    text = fields.get(tags.Price)
    if text is None:
        if not needs_limit:
            return 0
        raise FieldRefused(RejectReason.PRICE_MISSING, "price", "is missing; a limit order needs one")
    price = instrument.scale.parse(text)
    if price is None:
        digits_max = INTEGER_DIGITS_MAX - instrument.price_digits
        if len(text.removeprefix("-").partition(".")[0].lstrip("0")) > digits_max:
            what = f"has more than {digits_max} digits before the point"
            raise FieldRefused(RejectReason.INVALID_PRICE, "price", f"{text} {what}")
        tick = instrument.scale.text(instrument.tick)
        raise FieldRefused(RejectReason.PRICE_OFF_TICK, "price", f"{text} is not a multiple of tick {tick}")
    return price
