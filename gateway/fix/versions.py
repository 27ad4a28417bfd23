"""What differs between the FIX versions in what the venue says, as data: codes, and fields that a version has or lacks.

What a client may send is the dictionaries' matter. Sessions and reports read this table; nothing asks for a version by
its name. Sources: FIX 4.2 and 4.4 vol. 4 to 6, FIX 5.0 SP2, FIXT 1.1.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from exchange.reasons import CancelReason, RestatementReason
from exchange.rejections import RejectReason

OTHER: Final = 99


class Version(Struct, frozen=True):
    """One version as the venue speaks it."""

    name: str
    """As settings call it: `FIX.4.4`, `FIX.5.0SP2`."""
    begin_string: str
    appl_ver_id: str
    """DefaultApplVerID(1137) of its Logon; empty where the transport is the version."""
    exec_trans: str
    """ExecTransType(20) of a new report and of a status, as fields; empty where ExecType says it all."""
    exec_trans_status: str
    partial_fill: str
    """ExecType(150) of a fill that leaves something open."""
    fill: str
    """ExecType(150) of a fill that leaves nothing."""
    is_status_by_exec_type: bool
    """Whether a status report has ExecType I; else it repeats the status."""
    replaced: str
    """OrdStatus(39) of an order that was replaced and not filled."""
    has_secondary_exec_id: bool
    """Whether reports of a trade have SecondaryExecID(527) and LastLiquidityInd(851)."""
    session_reject_reason_max: int
    """The greatest SessionRejectReason(373) there is, 99 aside; a reason beyond is told in Text(58) alone."""
    ord_rej_reasons: dict[RejectReason, int]
    """OrdRejReason(103) of a refused order; `ord_rej_other` for those that are not here."""
    ord_rej_other: int
    cxl_rej_reasons: dict[RejectReason, int]
    """CxlRejReason(102) of a refused cancel or replace; `cxl_rej_other` for those that are not here."""
    cxl_rej_other: int
    has_mass_action_report_id: bool = False
    """Whether OrderMassCancelReport(r) must have MassActionReportID(1369)."""
    throttled: int = 0
    """BusinessRejectReason(380) of a message that came too fast; 0, other, where there is none for it."""
    has_at_close: bool = True
    """Whether TimeInForce(59) has 7, at the close; else OrdType(40) says it."""
    display_tag: str = "111"
    """What an order shows of itself: MaxFloor(111), or DisplayQty(1138)."""
    has_peg_offset_type: bool = True
    has_peg_price_type: bool = False
    """Whether PegPriceType(1094) says what a peg follows; else ExecInst(18) does."""
    has_order_links: bool = True
    """Whether reports have ClOrdLinkID(583) and WorkingIndicator(636)."""
    has_order_category: bool = False
    """Whether reports have OrderCategory(1115) and MatchType(574)."""
    has_misc_fees: bool = True
    """Whether reports have NoMiscFees(136); else Commission(12) says what the venue charges."""
    has_auction_liquidity: bool = False
    """Whether LastLiquidityInd(851) has 4, auction."""
    triggered: str = "150=D\x01378=8\x01"
    """ExecType(150) of a held order that was elected, as fields."""
    venue_restatement: int = 8
    """ExecRestatementReason(378) of the venue's own choice."""
    cancel_restatements: dict[CancelReason, int] = {}
    """ExecRestatementReason(378) of cancels that nobody asked for, where there is one."""

    def restatement(self, reason: RestatementReason) -> int:
        """ExecRestatementReason(378) of an order with other terms."""
        return _RESTATEMENTS.get(reason, self.venue_restatement)

    def ord_rej_reason(self, reason: RejectReason) -> int:
        """OrdRejReason(103)."""
        return self.ord_rej_reasons.get(reason, self.ord_rej_other)

    def cxl_rej_reason(self, reason: RejectReason) -> int:
        """CxlRejReason(102)."""
        return self.cxl_rej_reasons.get(reason, self.cxl_rej_other)


_R = RejectReason

_RESTATEMENTS: Final = {
    RestatementReason.CORPORATE_ACTION: 0,
    RestatementReason.NEW_DAY: 1,
    RestatementReason.REPRICED: 3,
    RestatementReason.DECREMENTED: 5,
}
"""0 corporate action, 1 renewal, 3 repricing, 5 partial decline of the quantity."""

_CANCEL_RESTATEMENTS_50SP2: Final = {
    CancelReason.CORPORATE_ACTION: 0,
    CancelReason.DISCONNECTED: 12,
    CancelReason.SELF_TRADE: 17,
}
"""0 corporate action, 12 cancel on connection loss, 17 canceled by self-match prevention."""

_ORD_REJ_42: Final = {
    _R.UNKNOWN_INSTRUMENT: 1,
    _R.PHASE_FORBIDS: 2,
    _R.QUANTITY_TOO_LARGE: 3,
    _R.NOTIONAL_TOO_LARGE: 3,
    _R.TOO_MANY_OPEN_ORDERS: 3,
    _R.INSUFFICIENT_FUNDS: 3,
    _R.INSUFFICIENT_SHARES: 3,
    _R.ORDER_VALUE_LIMIT: 3,
    _R.ORDER_QUANTITY_LIMIT: 3,
    _R.ORDER_RATE_LIMIT: 3,
    _R.POSITION_LIMIT: 3,
    _R.POSITION_SHARE_LIMIT: 3,
    _R.CREDIT_LIMIT: 3,
    _R.BALANCE_LIMIT: 3,
    _R.UNKNOWN_ORDER: 5,
    _R.DUPLICATE_CLIENT_ORDER_ID: 6,
}
"""1 unknown symbol, 2 exchange closed, 3 order exceeds limit, 5 unknown order, 6 duplicate order."""

_ORD_REJ_44: Final = _ORD_REJ_42 | {
    _R.TRADING_BLOCKED: 0,
    _R.SHORT_SALE_FORBIDDEN: 0,
    _R.SHORT_SALE_RESTRICTED: 0,
    _R.UNSUPPORTED_ORDER_TYPE: 11,
    _R.UNSUPPORTED_TIME_IN_FORCE: 11,
    _R.UNSUPPORTED_SIDE: 11,
    _R.UNSUPPORTED_INSTRUCTION: 11,
    _R.CONFLICTING_INSTRUCTIONS: 11,
    _R.INVALID_QUANTITY: 13,
    _R.INVALID_DISPLAY_QUANTITY: 13,
    _R.INVALID_MIN_QUANTITY: 13,
    _R.UNKNOWN_ACCOUNT: 15,
}
"""And 0 exchange option, 11 unsupported order characteristic, 13 incorrect quantity, 15 unknown account."""

_ORD_REJ_50: Final = _ORD_REJ_44 | {_R.PRICE_OFF_TICK: 18}
"""And 18 invalid price increment."""

_ORD_REJ_50SP1: Final = _ORD_REJ_50 | {
    _R.PRICE_OUT_OF_RANGE: 16,
    _R.PRICE_OUTSIDE_BAND: 16,
    _R.PRICE_FAR_FROM_MARKET: 16,
    _R.PRICE_TOLERANCE: 16,
}
"""And 16 price exceeds the current price band."""

_ORD_REJ_50SP2: Final = _ORD_REJ_50SP1 | {
    _R.SHORT_SALE_FORBIDDEN: 22,
    _R.SHORT_SALE_RESTRICTED: 22,
    _R.INSUFFICIENT_FUNDS: 25,
    _R.CREDIT_LIMIT: 25,
    _R.ORDER_QUANTITY_LIMIT: 26,
    _R.NOTIONAL_TOO_LARGE: 27,
    _R.ORDER_VALUE_LIMIT: 27,
}
"""And 22 short sale not permitted, 25 insufficient credit limit, 26 exceeded clip size limit, 27 exceeded maximum
notional order amount."""

_CXL_REJ_42: Final = {_R.ORDER_CLOSED: 0, _R.UNKNOWN_ORDER: 1, _R.CLIENT_ORDER_ID_REPLACED: 1}
"""0 too late to cancel, 1 unknown order."""

_CXL_REJ_44: Final = _CXL_REJ_42 | {_R.DUPLICATE_CLIENT_ORDER_ID: 6}
"""And 6 duplicate ClOrdID."""

_CXL_REJ_50: Final = _CXL_REJ_44 | {_R.PRICE_OFF_TICK: 18}
"""And 18 invalid price increment."""

_CXL_REJ_50SP1: Final = _CXL_REJ_50 | {
    _R.PRICE_FAR_FROM_MARKET: 7,
    _R.PRICE_TOLERANCE: 7,
    _R.PRICE_OUT_OF_RANGE: 8,
    _R.PRICE_OUTSIDE_BAND: 8,
}
"""And 7 price exceeds the current price, 8 price exceeds the current price band."""

FIX42: Final = Version(
    name="FIX.4.2",
    begin_string="FIX.4.2",
    appl_ver_id="",
    exec_trans="20=0\x01",
    exec_trans_status="20=3\x01",
    partial_fill="1",
    fill="2",
    is_status_by_exec_type=False,
    replaced="5",
    has_secondary_exec_id=False,
    session_reject_reason_max=11,
    ord_rej_reasons=_ORD_REJ_42,
    ord_rej_other=0,
    cxl_rej_reasons=_CXL_REJ_42,
    cxl_rej_other=2,
    has_at_close=False,
    has_peg_offset_type=False,
    has_order_links=False,
    has_misc_fees=False,
    triggered="150=D\x01378=4\x01",
    venue_restatement=4,
)

FIX44: Final = Version(
    name="FIX.4.4",
    begin_string="FIX.4.4",
    appl_ver_id="",
    exec_trans="",
    exec_trans_status="",
    partial_fill="F",
    fill="F",
    is_status_by_exec_type=True,
    replaced="0",
    has_secondary_exec_id=True,
    session_reject_reason_max=17,
    ord_rej_reasons=_ORD_REJ_44,
    ord_rej_other=OTHER,
    cxl_rej_reasons=_CXL_REJ_44,
    cxl_rej_other=OTHER,
)


_ORD_REJ_OF: Final = {"7": _ORD_REJ_50, "8": _ORD_REJ_50SP1, "9": _ORD_REJ_50SP2}


def _fixt(name: str, appl_ver_id: str) -> Version:
    is_sp2 = name == "FIX.5.0SP2"
    return Version(
        name=name,
        begin_string="FIXT.1.1",
        appl_ver_id=appl_ver_id,
        exec_trans="",
        exec_trans_status="",
        partial_fill="F",
        fill="F",
        is_status_by_exec_type=True,
        replaced="0",
        has_secondary_exec_id=True,
        session_reject_reason_max=18,
        ord_rej_reasons=_ORD_REJ_OF[appl_ver_id],
        ord_rej_other=OTHER,
        cxl_rej_reasons=_CXL_REJ_50 if appl_ver_id == "7" else _CXL_REJ_50SP1,
        cxl_rej_other=OTHER,
        has_mass_action_report_id=name != "FIX.5.0",
        throttled=8 if is_sp2 else 0,
        display_tag="1138",
        has_peg_price_type=True,
        has_order_category=True,
        has_auction_liquidity=name != "FIX.5.0",
        triggered="150=L\x01",
        cancel_restatements=_CANCEL_RESTATEMENTS_50SP2 if is_sp2 else {},
    )


VERSIONS: Final = {
    version.name: version
    for version in (FIX42, FIX44, _fixt("FIX.5.0", "7"), _fixt("FIX.5.0SP1", "8"), _fixt("FIX.5.0SP2", "9"))
}
"""Every version that is spoken, by name, oldest first."""
