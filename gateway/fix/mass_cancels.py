"""OrderMassCancelRequest(q) and OrderMassActionRequest(CA) as commands of the venue (FIX 4.4 and 5.0 SP2 vol. 4).

Taken are the scopes 1, the orders in one security, 7, all orders, and from FIX 5.0 SP1 on 9, those of a market segment,
each also for one side or one account alone. Whatever else would narrow the request down is refused: to pass over it
would be to cancel more than was meant.
"""

from __future__ import annotations

from collections.abc import Mapping

from exchange.commands import MassCancel, RefuseMassCancel
from exchange.orders import Side
from exchange.rejections import RejectReason
from gateway.fix import tags
from gateway.fix.mass_reports import ALL_ORDERS, FOR_MARKET_SEGMENT, FOR_SECURITY
from gateway.fix.order_fields import FieldRefused, check_identifier, kept, read_either_side
from gateway.fix.order_reading import check_account
from gateway.fix.profile import SessionProfile

CANCEL_ORDERS = "3"
"""A value of MassActionType(1373)."""

FOR_MARKET = "8"

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


def read_mass_cancel(profile: SessionProfile, fields: Mapping[str, str]) -> MassCancel | RefuseMassCancel:
    """The command of a session's request; what the venue cannot take is a refusal, to be numbered like any answer."""
    return _read(profile, fields, fields[tags.MassCancelRequestType], is_mass_action=False)


def read_mass_action(profile: SessionProfile, fields: Mapping[str, str]) -> MassCancel | RefuseMassCancel:
    """As `read_mass_cancel`, of one of the mass actions; only canceling is offered."""
    return _read(profile, fields, fields[tags.MassActionScope], is_mass_action=True)


def _read(
    profile: SessionProfile, fields: Mapping[str, str], scope: str, *, is_mass_action: bool
) -> MassCancel | RefuseMassCancel:
    session = profile.comp_id
    cl_ord_id, symbol, account = fields[tags.ClOrdID], fields.get(tags.Symbol, ""), fields.get(tags.Account, "")
    segment = fields.get(tags.MarketSegmentID) if scope == FOR_MARKET_SEGMENT else None
    side: Side | None = None
    try:
        check_identifier("cl_ord_id", cl_ord_id)
        if is_mass_action:
            _check_action(fields[tags.MassActionType])
        _check_scope(scope, symbol, segment)
        _check_narrowing(fields, scope)
        side = read_either_side(fields)
        if account:
            check_account(profile, account)
    except FieldRefused as refused:
        request = MassCancel(session, kept(cl_ord_id), kept(symbol), is_mass_action=is_mass_action)
        stated = {"scope": kept(scope)}
        if is_mass_action:
            stated["action"] = kept(fields[tags.MassActionType])
        return RefuseMassCancel(request, refused.reason, refused.field, refused.text, stated)
    market = kept(segment) if segment is not None else None
    return MassCancel(session, cl_ord_id, kept(symbol), side, account, market, is_mass_action)


def _check_action(action: str) -> None:
    if action != CANCEL_ORDERS:
        text = f"MassActionType(1373) {kept(action)} is not taken; 3 (cancel orders) is"
        raise FieldRefused(RejectReason.UNSUPPORTED_INSTRUCTION, "instruction", text)


def _check_scope(scope: str, symbol: str, segment: str | None) -> None:
    if scope == FOR_MARKET:
        text = "8 (orders for a market) is not taken: the venue is one market; 9 (orders for a market segment) is"
        raise FieldRefused(RejectReason.UNSUPPORTED_INSTRUCTION, "scope", text)
    if scope not in (FOR_SECURITY, ALL_ORDERS, FOR_MARKET_SEGMENT):
        taken = "1 (orders for a security), 7 (all orders) and 9 (orders for a market segment) are"
        raise FieldRefused(RejectReason.UNSUPPORTED_INSTRUCTION, "scope", f"{kept(scope)} is not taken; {taken}")
    if scope == FOR_SECURITY and not symbol:
        text = "is missing; MassCancelRequestType(530) 1 (orders for a security) needs one"
        raise FieldRefused(RejectReason.UNKNOWN_INSTRUMENT, "symbol", text)
    if scope == FOR_MARKET_SEGMENT and segment is None:
        text = "is missing; MassCancelRequestType(530) 9 (orders for a market segment) needs one"
        raise FieldRefused(RejectReason.UNKNOWN_INSTRUMENT, "market", text)
    if scope != FOR_SECURITY and symbol:
        word = "all orders" if scope == ALL_ORDERS else "orders for a market segment"
        text = f"{kept(symbol)} contradicts MassCancelRequestType(530) {scope} ({word}); use 1"
        raise FieldRefused(RejectReason.ORDER_MISMATCH, "symbol", text)


def _check_narrowing(fields: Mapping[str, str], scope: str) -> None:
    for tag, name in NARROWING.items():
        if tag in fields and not (tag == tags.MarketSegmentID and scope == FOR_MARKET_SEGMENT):
            text = f"{name} {kept(fields[tag])} is not taken; Symbol(55), Side(54) and Account(1) are"
            raise FieldRefused(RejectReason.UNSUPPORTED_INSTRUCTION, "instruction", text)
