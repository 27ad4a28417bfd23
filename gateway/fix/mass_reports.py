"""Answers to requests about many orders: OrderMassCancelReport(r) and OrderMassActionReport(BZ)."""

from __future__ import annotations

from collections.abc import Callable

from exchange.events import MassCancelAccepted, MassCancelRejected
from exchange.rejections import RejectReason
from gateway.fix.message import SOH
from gateway.fix.order_words import SIDES
from gateway.fix.refusal_texts import RefusalTexts
from gateway.fix.tags import MsgTypes
from gateway.fix.versions import Version

FOR_SECURITY, ALL_ORDERS, FOR_MARKET_SEGMENT = "1", "7", "9"
"""Values of MassCancelRequestType(530), MassActionScope(1374) and MassStatusReqType(585)."""

_REJECT_REASONS = {RejectReason.UNSUPPORTED_INSTRUCTION: "0", RejectReason.UNKNOWN_INSTRUMENT: "1"}
"""MassCancelRejectReason(532) and MassActionRejectReason(1376), the same in every version: 0 not supported, 1 unknown
security; else 99."""

UNKNOWN_MARKET_SEGMENT, OTHER = "8", "99"


class MassReports:
    """Writes one version's answers."""

    def __init__(self, version: Version, refusals: RefusalTexts, when: Callable[[int], str]) -> None:
        """`when` writes a time."""
        self._version = version
        self._refusals = refusals
        self._when = when

    def accepted(self, event: MassCancelAccepted) -> tuple[str, str]:
        """(MsgType, body); the reports on the orders follow."""
        scope = _scope(event)
        if event.is_mass_action:
            answer = f"1373=3{SOH}1374={scope}{SOH}1375=1{SOH}533={event.orders}{SOH}"
            return MsgTypes.OrderMassActionReport, self._body(event, answer)
        answer = f"530={scope}{SOH}531={scope}{SOH}533={event.orders}{SOH}"
        return MsgTypes.OrderMassCancelReport, self._body(event, answer)

    def rejected(self, event: MassCancelRejected) -> tuple[str, str]:
        """(MsgType, body)."""
        scope = event.stated.get("scope") or _scope(event)
        reason = UNKNOWN_MARKET_SEGMENT if event.field == "market" else _REJECT_REASONS.get(event.reason, OTHER)
        text = self._refusals.text(event.field, event.text)
        if event.is_mass_action:
            action = event.stated.get("action") or "3"
            text = text.replace("MassCancelRequestType(530)", "MassActionScope(1374)")
            answer = f"1373={action}{SOH}1374={scope}{SOH}1375=0{SOH}1376={reason}{SOH}"
            return MsgTypes.OrderMassActionReport, f"{self._body(event, answer)}58={text}{SOH}"
        answer = f"530={scope}{SOH}531=0{SOH}532={reason}{SOH}"
        return MsgTypes.OrderMassCancelReport, f"{self._body(event, answer)}58={text}{SOH}"

    def _body(self, event: MassCancelAccepted | MassCancelRejected, answer: str) -> str:
        """OrderID(37) must be in a mass cancel's: it names the answer, for it is about no single order."""
        report_id = f"M{event.number}"
        names = f"1369={report_id}{SOH}" if self._version.has_mass_action_report_id else ""
        if not event.is_mass_action:
            names = f"37={report_id}{SOH}{names}"
        symbol = f"55={event.symbol}{SOH}" if event.symbol else ""
        market = f"1300={event.market}{SOH}" if event.market and self._version.has_mass_action_report_id else ""
        side = f"54={SIDES[event.side]}{SOH}" if event.side is not None else ""
        when = f"60={self._when(event.at)}{SOH}"
        return f"11={event.cl_ord_id}{SOH}{names}{answer}{market}{symbol}{side}{when}"


def _scope(event: MassCancelAccepted | MassCancelRejected) -> str:
    if event.market is not None:
        return FOR_MARKET_SEGMENT
    return FOR_SECURITY if event.symbol else ALL_ORDERS
