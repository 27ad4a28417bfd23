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

IDENTIFIER_LENGTH_MAX = 64
"""Characters of an identifier that the venue keeps: clients use up to 36 (a UUID); each is stored with every report."""

_SIDES = {"1": Side.BUY, "2": Side.SELL}
_ORDER_TYPES = {"1": OrderType.MARKET, "2": OrderType.LIMIT}
_TIMES_IN_FORCE = {
    "0": TimeInForce.DAY,
    "1": TimeInForce.GOOD_TILL_CANCEL,
    "3": TimeInForce.IMMEDIATE_OR_CANCEL,
    "4": TimeInForce.FILL_OR_KILL,
}

_INSTRUCTIONS = {
    tags.ExecInst: "ExecInst(18)",
    tags.StopPx: "StopPx(99)",
    tags.MinQty: "MinQty(110)",
    tags.MaxFloor: "MaxFloor(111)",
    tags.ExpireTime: "ExpireTime(126)",
    tags.CashOrderQty: "CashOrderQty(152)",
    tags.EffectiveTime: "EffectiveTime(168)",
    tags.MaxShow: "MaxShow(210)",
    tags.PegOffsetValue: "PegOffsetValue(211)",
    tags.DiscretionInst: "DiscretionInst(388)",
    tags.ExpireDate: "ExpireDate(432)",
    tags.OrderPercent: "OrderPercent(516)",
}
"""Fields that would change what an order means. To pass over one in silence would be to trade another order."""


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


def check_instructions(fields: Mapping[str, str]) -> None:
    """Raises `FieldRefused` for a field that would change what the order means and is not offered."""
    if not _INSTRUCTIONS.keys().isdisjoint(fields):
        tag = next(tag for tag in fields if tag in _INSTRUCTIONS)
        text = f"{_INSTRUCTIONS[tag]} {kept(fields[tag])} is not offered"
        raise FieldRefused(RejectReason.UNSUPPORTED_INSTRUCTION, "instruction", text)


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
    """Side(54): 1 buy or 2 sell."""
    side = _SIDES.get(fields[tags.Side])
    if side is None:
        raise FieldRefused(
            RejectReason.UNSUPPORTED_SIDE, "side", f"{fields[tags.Side]} is not taken; 1 (buy) and 2 (sell) are"
        )
    return side


def read_order_type(fields: Mapping[str, str]) -> OrderType:
    """OrdType(40): 1 market or 2 limit."""
    order_type = _ORDER_TYPES.get(fields[tags.OrdType])
    if order_type is None:
        raise FieldRefused(
            RejectReason.UNSUPPORTED_ORDER_TYPE,
            "order_type",
            f"{fields[tags.OrdType]} is not taken; 1 (market) and 2 (limit) are",
        )
    return order_type


def read_time_in_force(fields: Mapping[str, str]) -> TimeInForce:
    """TimeInForce(59), day when it is absent (FIX 4.4 vol. 4)."""
    text = fields.get(tags.TimeInForce, "0")
    time_in_force = _TIMES_IN_FORCE.get(text)
    if time_in_force is None:
        raise FieldRefused(
            RejectReason.UNSUPPORTED_TIME_IN_FORCE,
            "time_in_force",
            f"{text} is not taken; 0 (day), 1 (good till cancel), 3 (immediate or cancel) and 4 (fill or kill) are",
        )
    return time_in_force


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


def read_price(fields: Mapping[str, str], order_type: OrderType, instrument: Instrument) -> int:
    """Price(44) in units of the instrument's price scale; a market order's is not looked at."""
    if order_type is OrderType.MARKET:
        return 0
    text = fields.get(tags.Price)
    if text is None:
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
