"""How FIX calls the field that a refusal is about. The codes of reasons differ by version: see `versions`."""

from __future__ import annotations

FIELDS: dict[str, str] = {
    "account": "Account(1)",
    "cl_ord_id": "ClOrdID(11)",
    "instruction": "",
    "order_id": "OrderID(37)",
    "order_type": "OrdType(40)",
    "orig_cl_ord_id": "OrigClOrdID(41)",
    "price": "Price(44)",
    "quantity": "OrderQty(38)",
    "scope": "MassCancelRequestType(530)",
    "session": "",
    "side": "Side(54)",
    "symbol": "Symbol(55)",
    "time_in_force": "TimeInForce(59)",
}
"""How FIX calls the field that a refusal is about; empty where the text says it all."""


def refusal_text(field: str, text: str) -> str:
    """Text(58) of a refusal: the field with its tag, then value and rule."""
    return f"{FIELDS[field]} {text}".lstrip()
