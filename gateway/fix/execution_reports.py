"""Venue events as ExecutionReport(8), OrderCancelReject(9) and OrderMassCancelReport(r), for each version.

Sources: FIX 4.4 vol. 4 and appendix D.

A report is made from its event alone. ExecID(17) is the event's number: unique over the venue's life, and the same when
the report has to be made again after a crash. Called by the acceptor for each event of each commit: this is hot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from exchange.events import (
    AmendmentRejected,
    Event,
    MassCancelAccepted,
    MassCancelRejected,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
)
from exchange.orders import OrderStatus, OrderTerms, OrderType, Side, TimeInForce
from exchange.reasons import CancelReason
from exchange.reference.instruments import Instrument
from exchange.reference.units import PriceScale
from exchange.rejections import RejectReason
from gateway.fix.message import SOH
from gateway.fix.refusal_texts import refusal_text
from gateway.fix.sending_time import TimestampWriter
from gateway.fix.tags import MsgTypes
from gateway.fix.versions import FIX44, Version

SIDES = {Side.BUY: "1", Side.SELL: "2"}
ORDER_TYPES = {OrderType.MARKET: "1", OrderType.LIMIT: "2"}
TIMES_IN_FORCE = {
    TimeInForce.DAY: "0",
    TimeInForce.GOOD_TILL_CANCEL: "1",
    TimeInForce.IMMEDIATE_OR_CANCEL: "3",
    TimeInForce.FILL_OR_KILL: "4",
}
ORD_STATUSES = {
    OrderStatus.NEW: "0",
    OrderStatus.PARTIALLY_FILLED: "1",
    OrderStatus.FILLED: "2",
    OrderStatus.CANCELED: "4",
    OrderStatus.REJECTED: "8",
}

_MASS_CANCEL_REJECT_REASONS = {RejectReason.UNSUPPORTED_INSTRUCTION: "0", RejectReason.UNKNOWN_INSTRUMENT: "1"}
"""MassCancelRejectReason(532), the same in every version that has it: 0 not supported, 1 unknown security; else 99."""

_WITH_TERMS = frozenset({OrderAccepted, OrderFilled, OrderCanceled, OrderReplaced, OrderRejected})

_CANCEL_TEXTS = {
    CancelReason.NO_LIQUIDITY: f"58=nothing more to trade with at the market{SOH}",
    CancelReason.IMMEDIATE_REMAINDER: f"58=what cannot trade immediately is canceled{SOH}",
    CancelReason.NOT_FILLABLE: f"58=the whole quantity cannot trade at once{SOH}",
}


def owner_of(event: Event) -> str:
    """The session that gets the report on an event; empty for an event that is nobody's own."""
    kind = type(event)
    if kind in _WITH_TERMS:
        session: str = event.terms.session  # type: ignore[union-attr]  # exactly those events have terms
        return session
    return event.session if isinstance(event, AmendmentRejected | MassCancelAccepted | MassCancelRejected) else ""


class ReportWriter:
    """Writes the message types and bodies of one version's reports; header and trailer are the session's."""

    def __init__(self, instruments: Mapping[str, Instrument], version: Version = FIX44) -> None:
        self._version = version
        self._exec_trans = version.exec_trans
        self._instruments = instruments
        self._timestamps = TimestampWriter()
        self._at = -1
        self._time = ""
        self._terms: OrderTerms | None = None
        self._terms_text = ""
        self._scale = PriceScale(0)
        self._writers: dict[type, Callable[[Any], tuple[str, str]]] = {
            OrderAccepted: self._accepted,
            OrderFilled: self._filled,
            OrderCanceled: self._canceled,
            OrderReplaced: self._replaced,
            OrderRejected: self._rejected,
            AmendmentRejected: self._amendment_rejected,
            MassCancelAccepted: self._mass_cancel_accepted,
            MassCancelRejected: self._mass_cancel_rejected,
        }

    def write(self, event: Event) -> tuple[str, str]:
        """(MsgType, body) of the report on an event that `owner_of` knows an owner of."""
        return self._writers[type(event)](event)

    def status(self, terms: OrderTerms, status: OrderStatus, sums: tuple[int, int, int], exec_id: str, at: int) -> str:
        """Body of the report that answers a status request; `sums`: cumulative, leaves and notional."""
        order = self._order(terms)
        cumulative, leaves, notional = sums
        ord_status = ORD_STATUSES[status]
        exec_type = "I" if self._version.is_status_by_exec_type else ord_status
        return (
            f"37={terms.order_id}\x0111={terms.cl_ord_id}\x0117={exec_id}\x01{self._version.exec_trans_status}"
            f"150={exec_type}\x0139={ord_status}\x01{order}151={leaves}\x0114={cumulative}\x01"
            f"6={self._scale.average(notional, cumulative)}\x0160={self._when(at)}\x01"
        )

    def unknown(self, cl_ord_id: str, symbol: str, side: str, exec_id: str, at: int, text: str) -> str:
        """Body of the report that answers a status request for orders that the session does not have."""
        version = self._version
        known = f"55={symbol}\x01" if symbol else ""
        return (
            f"37=NONE\x01{f'11={cl_ord_id}{SOH}' if cl_ord_id else ''}17={exec_id}\x01{version.exec_trans_status}"
            f"150={'I' if version.is_status_by_exec_type else '8'}\x0139=8\x01103=5\x01{known}54={side}\x01151=0\x01"
            f"14=0\x016=0\x0160={self._when(at)}\x0158={text}\x01"
        )

    def _accepted(self, event: OrderAccepted) -> tuple[str, str]:
        terms = event.terms
        return (
            MsgTypes.ExecutionReport,
            (
                f"37={terms.order_id}\x0111={terms.cl_ord_id}\x0117={event.number}\x01{self._exec_trans}150=0\x0139=0\x01"
                f"{self._order(terms)}151={terms.quantity}\x0114=0\x016=0\x0160={self._when(event.at)}\x01"
            ),
        )

    def _filled(self, event: OrderFilled) -> tuple[str, str]:
        terms = event.terms
        order = self._order(terms)
        scale = self._scale
        cumulative, notional, price = event.cumulative, event.notional, event.last_price
        average = scale.text(price) if notional == cumulative * price else scale.average(notional, cumulative)
        version = self._version
        exec_type, ord_status = (version.partial_fill, "1") if event.leaves else (version.fill, "2")
        trade = liquidity = ""
        if version.has_secondary_exec_id:
            trade = f"527={event.trade_id}\x01"
            liquidity = "851=2\x01" if event.is_aggressor else "851=1\x01"
        return (
            MsgTypes.ExecutionReport,
            (
                f"37={terms.order_id}\x0111={terms.cl_ord_id}\x0117={event.number}\x01{trade}{self._exec_trans}"
                f"150={exec_type}\x0139={ord_status}\x01{order}32={event.last_quantity}\x0131={scale.text(price)}\x01"
                f"151={event.leaves}\x0114={cumulative}\x016={average}\x0160={self._when(event.at)}\x01{liquidity}"
            ),
        )

    def _canceled(self, event: OrderCanceled) -> tuple[str, str]:
        terms = event.terms
        request = event.request_cl_ord_id
        ids = f"11={request}\x0141={terms.cl_ord_id}\x01" if request else f"11={terms.cl_ord_id}\x01"
        order = self._order(terms)
        return (
            MsgTypes.ExecutionReport,
            (
                f"37={terms.order_id}\x01{ids}17={event.number}\x01{self._exec_trans}150=4\x0139=4\x01{order}"
                f"151=0\x0114={event.cumulative}\x016={self._scale.average(event.notional, event.cumulative)}\x01"
                f"60={self._when(event.at)}\x01{_CANCEL_TEXTS.get(event.reason, '')}"
            ),
        )

    def _replaced(self, event: OrderReplaced) -> tuple[str, str]:
        terms = event.terms
        status = ("1" if event.leaves else "2") if event.cumulative else self._version.replaced
        order = self._order(terms)
        return (
            MsgTypes.ExecutionReport,
            (
                f"37={terms.order_id}\x0111={terms.cl_ord_id}\x0141={event.previous_cl_ord_id}\x0117={event.number}\x01"
                f"{self._exec_trans}150=5\x0139={status}\x01{order}151={event.leaves}\x0114={event.cumulative}\x01"
                f"6={self._scale.average(event.notional, event.cumulative)}\x0160={self._when(event.at)}\x01"
            ),
        )

    def _rejected(self, event: OrderRejected) -> tuple[str, str]:
        terms, stated = event.terms, event.stated
        side = stated.get("side") or SIDES[terms.side]
        order_type = stated.get("order_type") or ORDER_TYPES[terms.order_type]
        time_in_force = stated.get("time_in_force") or TIMES_IN_FORCE[terms.time_in_force]
        quantity = stated.get("quantity") or (str(terms.quantity) if terms.quantity else "")
        account = f"1={terms.account}\x01" if terms.account else ""
        symbol = f"55={terms.symbol}\x01" if terms.symbol else ""
        return (
            MsgTypes.ExecutionReport,
            (
                f"37=NONE\x0111={terms.cl_ord_id}\x0117={event.number}\x01{self._exec_trans}150=8\x0139=8\x01"
                f"103={self._version.ord_rej_reason(event.reason)}\x01{account}{symbol}54={side}\x01"
                f"{f'38={quantity}{SOH}' if quantity else ''}40={order_type}\x01{self._stated_price(event)}"
                f"59={time_in_force}\x01151=0\x0114=0\x016=0\x0160={self._when(event.at)}\x01"
                f"58={refusal_text(event.field, event.text)}\x01"
            ),
        )

    def _amendment_rejected(self, event: AmendmentRejected) -> tuple[str, str]:
        original = f"41={event.orig_cl_ord_id}\x01" if event.orig_cl_ord_id else ""
        return (
            MsgTypes.OrderCancelReject,
            (
                f"37={event.order_id or 'NONE'}\x0111={event.cl_ord_id}\x01{original}"
                f"39={ORD_STATUSES[event.status]}\x0160={self._when(event.at)}\x01"
                f"434={'2' if event.is_replace else '1'}\x01102={self._version.cxl_rej_reason(event.reason)}\x01"
                f"58={refusal_text(event.field, event.text)}\x01"
            ),
        )

    def _mass_cancel_accepted(self, event: MassCancelAccepted) -> tuple[str, str]:
        scope = "1" if event.symbol else "7"
        answer = f"530={scope}\x01531={scope}\x01533={event.orders}\x01"
        return MsgTypes.OrderMassCancelReport, self._mass_cancel(event, answer)

    def _mass_cancel_rejected(self, event: MassCancelRejected) -> tuple[str, str]:
        scope = event.stated.get("scope") or ("1" if event.symbol else "7")
        reason = _MASS_CANCEL_REJECT_REASONS.get(event.reason, "99")
        body = self._mass_cancel(event, f"530={scope}\x01531=0\x01532={reason}\x01")
        return MsgTypes.OrderMassCancelReport, f"{body}58={refusal_text(event.field, event.text)}\x01"

    def _mass_cancel(self, event: MassCancelAccepted | MassCancelRejected, answer: str) -> str:
        """OrderID(37) must be there: it names the answer, for it is about no single order."""
        report_id = f"M{event.number}"
        action = f"1369={report_id}\x01" if self._version.has_mass_action_report_id else ""
        symbol = f"55={event.symbol}\x01" if event.symbol else ""
        side = f"54={SIDES[event.side]}\x01" if event.side is not None else ""
        return f"11={event.cl_ord_id}\x0137={report_id}\x01{action}{answer}{symbol}{side}60={self._when(event.at)}\x01"

    def _stated_price(self, event: OrderRejected) -> str:
        terms = event.terms
        price = event.stated.get("price", "")
        if not price and terms.price and terms.symbol in self._instruments:
            price = self._instruments[terms.symbol].scale.text(terms.price)
        return f"44={price}\x01" if price else ""

    def _order(self, terms: OrderTerms) -> str:
        """The fields that repeat what was ordered. An order's events come in a row: the last text is kept."""
        if terms is not self._terms:
            instrument = self._instruments[terms.symbol]
            self._terms = terms
            self._scale = instrument.scale
            price = f"44={self._scale.text(terms.price)}\x01" if terms.order_type is OrderType.LIMIT else ""
            self._terms_text = (
                f"1={terms.account}\x0155={terms.symbol}\x0154={SIDES[terms.side]}\x0138={terms.quantity}\x01"
                f"40={ORDER_TYPES[terms.order_type]}\x01{price}59={TIMES_IN_FORCE[terms.time_in_force]}\x01"
            )
        return self._terms_text

    def _when(self, at: int) -> str:
        if at != self._at:
            self._at = at
            self._time = self._timestamps.text(at)
        return self._time
