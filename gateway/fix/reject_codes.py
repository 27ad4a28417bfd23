"""The venue's reasons and words in FIX 4.4: OrdRejReason(103), CxlRejReason(102), and the field a refusal names."""

from __future__ import annotations

from exchange.rejections import RejectReason

OTHER = 99

ORD_REJ_REASON: dict[RejectReason, int] = {
    RejectReason.UNKNOWN_INSTRUMENT: 1,
    RejectReason.UNKNOWN_ACCOUNT: 15,
    RejectReason.UNSUPPORTED_ORDER_TYPE: 11,
    RejectReason.UNSUPPORTED_TIME_IN_FORCE: 11,
    RejectReason.UNSUPPORTED_SIDE: 11,
    RejectReason.UNSUPPORTED_INSTRUCTION: 11,
    RejectReason.INVALID_QUANTITY: 13,
    RejectReason.QUANTITY_TOO_LARGE: 3,
    RejectReason.PRICE_MISSING: OTHER,
    RejectReason.INVALID_PRICE: OTHER,
    RejectReason.PRICE_OFF_TICK: OTHER,
    RejectReason.PRICE_OUT_OF_RANGE: OTHER,
    RejectReason.DUPLICATE_CLIENT_ORDER_ID: 6,
    RejectReason.CLIENT_ORDER_ID_TOO_LONG: OTHER,
    RejectReason.TOO_MANY_OPEN_ORDERS: 3,
    RejectReason.UNKNOWN_ORDER: 5,
    RejectReason.ORDER_CLOSED: OTHER,
    RejectReason.ORDER_MISMATCH: OTHER,
    RejectReason.QUANTITY_BELOW_FILLED: OTHER,
}
"""OrdRejReason(103) of a refused new order: 1 unknown symbol, 3 exceeds limit, 5 unknown order, 6 duplicate order,
11 unsupported order characteristic, 13 incorrect quantity, 15 unknown account, 99 other (FIX 4.4 vol. 6)."""

_CXL_REJ_REASON: dict[RejectReason, int] = {
    RejectReason.ORDER_CLOSED: 0,
    RejectReason.UNKNOWN_ORDER: 1,
    RejectReason.DUPLICATE_CLIENT_ORDER_ID: 6,
}

FIELDS: dict[str, str] = {
    "account": "Account(1)",
    "cl_ord_id": "ClOrdID(11)",
    "instruction": "",
    "order_type": "OrdType(40)",
    "orig_cl_ord_id": "OrigClOrdID(41)",
    "price": "Price(44)",
    "quantity": "OrderQty(38)",
    "session": "",
    "side": "Side(54)",
    "symbol": "Symbol(55)",
    "time_in_force": "TimeInForce(59)",
}
"""How FIX calls the field that a refusal is about; empty where the text says it all."""


def cxl_rej_reason(reason: RejectReason) -> int:
    """CxlRejReason(102) of a refused cancel or replace: 0 too late, 1 unknown order, 6 duplicate ClOrdID, 99 other."""
    return _CXL_REJ_REASON.get(reason, OTHER)


def refusal_text(field: str, text: str) -> str:
    """Text(58) of a refusal: the field with its tag, then value and rule."""
    return f"{FIELDS[field]} {text}".lstrip()
