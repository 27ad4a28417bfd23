"""OrderMassCancelRequest(q) as a command of the venue (FIX 4.4 vol. 4, "Order Mass Cancel Request").

Taken are MassCancelRequestType(530) 1, the orders in one security, and 7, all orders, each also for one side alone.
Whatever else would narrow the request down is refused: to pass over it would be to cancel more than was meant.
"""

from __future__ import annotations

from collections.abc import Mapping

from exchange.commands import MassCancel, RefuseMassCancel
from exchange.orders import Side
from exchange.rejections import RejectReason
from gateway.fix import tags
from gateway.fix.order_fields import FieldRefused, check_identifier, kept, read_side

FOR_SECURITY = "1"
ALL_ORDERS = "7"
"""Values of MassCancelRequestType(530) and MassStatusReqType(585)."""

NARROWING = {
    tags.TradingSessionID: "TradingSessionID(336)",
    tags.UnderlyingSymbol: "UnderlyingSymbol(311)",
    tags.Product: "Product(460)",
    tags.CFICode: "CFICode(461)",
    tags.SecurityType: "SecurityType(167)",
    tags.MarketID: "MarketID(1301)",
    tags.MarketSegmentID: "MarketSegmentID(1300)",
    tags.NoTargetPartyIDs: "NoTargetPartyIDs(1461)",
}
"""Fields that mean fewer orders than this venue can tell apart."""


def read_mass_cancel(session: str, fields: Mapping[str, str]) -> MassCancel | RefuseMassCancel:
    """The command of a session's request; what the venue cannot take is a refusal, to be numbered like any answer."""
    cl_ord_id, scope, symbol = fields[tags.ClOrdID], fields[tags.MassCancelRequestType], fields.get(tags.Symbol, "")
    side: Side | None = None
    try:
        check_identifier("cl_ord_id", cl_ord_id)
        _check_scope(scope, symbol)
        _check_narrowing(fields)
        side = read_side(fields) if tags.Side in fields else None
    except FieldRefused as refused:
        request = MassCancel(session, kept(cl_ord_id), kept(symbol))
        return RefuseMassCancel(request, refused.reason, refused.field, refused.text, {"scope": kept(scope)})
    return MassCancel(session, cl_ord_id, kept(symbol), side)


def _check_scope(scope: str, symbol: str) -> None:
    if scope not in (FOR_SECURITY, ALL_ORDERS):
        text = f"{kept(scope)} is not taken; 1 (orders for a security) and 7 (all orders) are"
        raise FieldRefused(RejectReason.UNSUPPORTED_INSTRUCTION, "scope", text)
    if scope == FOR_SECURITY and not symbol:
        text = "is missing; MassCancelRequestType(530) 1 (orders for a security) needs one"
        raise FieldRefused(RejectReason.UNKNOWN_INSTRUMENT, "symbol", text)
    if scope == ALL_ORDERS and symbol:
        text = f"{kept(symbol)} contradicts MassCancelRequestType(530) 7 (all orders); use 1"
        raise FieldRefused(RejectReason.ORDER_MISMATCH, "symbol", text)


def _check_narrowing(fields: Mapping[str, str]) -> None:
    for tag, name in NARROWING.items():
        if tag in fields:
            text = f"{name} {kept(fields[tag])} is not taken; Symbol(55) and Side(54) are"
            raise FieldRefused(RejectReason.UNSUPPORTED_INSTRUCTION, "instruction", text)
