"""OrderStatusRequest(H) and OrderMassStatusRequest(AF), answered by ExecutionReports of ExecType(150) I.

Both see what was submitted before them: they are answered behind the commit of their turn. A session may have very many
orders; a mass status is sent in pieces with a turn of the loop between, so that the others' orders go on meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exchange.matching.order import Order
from exchange.sequencing.sequencer import Sequencer
from gateway.fix import tags
from gateway.fix.clock import GatewayClock
from gateway.fix.execution_reports import ReportWriter
from gateway.fix.mass_cancels import NARROWING
from gateway.fix.mass_reports import ALL_ORDERS, FOR_SECURITY
from gateway.fix.message import SOH, Message
from gateway.fix.order_fields import FieldRefused, kept, read_either_side, read_order_id
from gateway.fix.order_reading import check_account
from gateway.fix.order_words import SIDES
from gateway.fix.profile import SessionProfile
from gateway.fix.quote_reports import NO_SYMBOL
from gateway.fix.routing import reversed_routing
from gateway.fix.session import Session
from gateway.fix.session_state import SessionState
from gateway.fix.tags import MsgTypes

PIECE_REPORTS = 200
"""Reports of a mass status made in one turn: a few milliseconds, which others' orders may wait."""

UNDISCLOSED = "7"
"""Side(54) of a report about no side."""

OTHER, UNKNOWN_SECURITY, APPLICATION_NOT_AVAILABLE = 0, 2, 4
"""Values of BusinessRejectReason(380)."""


class StatusRequests:
    """Answers what sessions ask about their orders."""

    def __init__(self, sequencer: Sequencer, reports: Mapping[str, ReportWriter], clock: GatewayClock) -> None:
        self._sequencer = sequencer
        self._venue = sequencer.venue
        self._reports = reports
        self._clock = clock
        self._count = 0
        self._answering: set[str] = set()
        """Sessions whose mass status is under way: one at a time, so that asking cannot fill memory."""

    def receive(self, session: Session, message: Message) -> None:
        """OrderStatusRequest(H): by ClOrdID(11), also a former one, or else by OrderID(37)."""
        self._sequencer.after_commit(lambda: self._answer(session, message))

    def receive_mass(self, session: Session, message: Message) -> None:
        """OrderMassStatusRequest(AF): all open orders, or those of a symbol, a side, an account."""
        self._sequencer.after_commit(lambda: self._begin_mass(session, message))

    def _answer(self, session: Session, message: Message) -> None:
        fields, comp_id = message.fields, session.profile.comp_id
        cl_ord_id, order_id = fields.get(tags.ClOrdID, ""), fields.get(tags.OrderID, "")
        register = self._venue.register
        order = register.find(comp_id, cl_ord_id) or register.find_former(comp_id, cl_ord_id)
        if order is None:
            order = register.find_by_order_id(comp_id, read_order_id(fields))
        why, account = "is not an order of this session", fields.get(tags.Account, "")
        if order is not None and account not in ("", order.terms.account):
            order, why = None, f"is not an order for Account(1) {kept(account)}"
        request_id = fields.get(tags.OrdStatusReqID, "")
        echo = f"{tags.OrdStatusReqID}={request_id}{SOH}" if request_id else ""
        if order is None:
            named = f"ClOrdID(11) {kept(cl_ord_id)}" if cl_ord_id else f"OrderID(37) {kept(order_id)}"
            body = self._reports[session.profile.version.name].unknown(
                kept(cl_ord_id), kept(fields.get(tags.Symbol, "")), fields[tags.Side],
                self._exec_id(), self._clock.now, f"{named} {why}",
            )  # fmt: skip
        else:
            body = self._status(session, order)
            present = order.terms.cl_ord_id
            if cl_ord_id and cl_ord_id != present:
                echo += f"{tags.Text}=ClOrdID(11) {kept(cl_ord_id)} belongs to the order that is {present} now{SOH}"
        session.send(MsgTypes.ExecutionReport, body + echo, routing=reversed_routing(message))

    def _begin_mass(self, session: Session, message: Message) -> None:
        fields, comp_id = message.fields, session.profile.comp_id
        reason, text = self._mass_refusal(session.profile, fields)
        if text:
            session.reject_application(message, kept(fields[tags.MassStatusReqID]), reason, text)
            return
        symbol = fields.get(tags.Symbol, "")
        side = read_either_side(fields)
        account = fields.get(tags.Account, "")
        orders = [
            order
            for order in self._venue.register.open_orders(comp_id)
            if (not symbol or order.terms.symbol == symbol)
            and (side is None or order.terms.side is side)
            and (not account or order.terms.account == account)
            and (order.terms.conditions is None or not order.terms.conditions.quote_id)
        ]
        if orders:
            self._answering.add(comp_id)
            self._send_piece(session, message, orders, 0)
        else:
            self._answer_none(session, message, SIDES[side] if side is not None else UNDISCLOSED)

    def _mass_refusal(self, profile: SessionProfile, fields: Mapping[str, str]) -> tuple[int, str]:
        """BusinessRejectReason(380) and text for what cannot be answered; the text is empty when all can be."""
        scope, symbol = fields[tags.MassStatusReqType], fields.get(tags.Symbol, "")
        if profile.comp_id in self._answering:
            return APPLICATION_NOT_AVAILABLE, "the mass status asked for before is still being sent"
        if scope not in (FOR_SECURITY, ALL_ORDERS):
            taken = "1 (orders for a security) and 7 (all orders) are"
            return OTHER, f"MassStatusReqType(585) {kept(scope)} is not taken; {taken}"
        if scope == ALL_ORDERS and symbol:
            return OTHER, f"Symbol(55) {kept(symbol)} contradicts MassStatusReqType(585) 7 (all orders)"
        if scope == FOR_SECURITY and not symbol:
            return UNKNOWN_SECURITY, "Symbol(55) is missing; MassStatusReqType(585) 1 (orders for a security) needs one"
        if symbol and symbol not in self._venue.instruments:
            return UNKNOWN_SECURITY, f"Symbol(55) {kept(symbol)} is not listed"
        name = "Side(54)"
        try:
            read_either_side(fields)
            name = "Account(1)"
            if tags.Account in fields:
                check_account(profile, fields[tags.Account])
        except FieldRefused as refused:
            return OTHER, f"{name} {refused.text}"
        for tag, name in NARROWING.items():
            if tag in fields:
                return OTHER, f"{name} {kept(fields[tag])} is not taken; Symbol(55), Side(54) and Account(1) are"
        return OTHER, ""

    def _send_piece(self, session: Session, message: Message, orders: Sequence[Order], begin: int) -> None:
        """Some of the reports, each of what its order is by then: it may have traded since it was counted."""
        end = min(begin + PIECE_REPORTS, len(orders))
        routing = reversed_routing(message)
        echo = f"{tags.MassStatusReqID}={kept(message.fields[tags.MassStatusReqID])}{SOH}"
        for place in range(begin, end):
            last = "Y" if place == len(orders) - 1 else "N"
            total = f"{tags.TotNumReports}={len(orders)}{SOH}{tags.LastRptRequested}={last}{SOH}"
            body = f"{self._status(session, orders[place])}{echo}{total}"
            session.send(MsgTypes.ExecutionReport, body, routing=routing)
        if end < len(orders) and session.state is SessionState.ACTIVE:
            self._sequencer.after_commit(lambda: self._send_piece(session, message, orders, end))
        else:
            self._answering.discard(session.profile.comp_id)

    def _answer_none(self, session: Session, message: Message, side: str) -> None:
        fields = message.fields
        symbol = kept(fields.get(tags.Symbol, "")) or NO_SYMBOL
        body = self._reports[session.profile.version.name].unknown(
            "", symbol, side, self._exec_id(), self._clock.now, "no open order of this session is meant"
        )
        total = f"{tags.TotNumReports}=0{SOH}{tags.LastRptRequested}=Y{SOH}"
        echo = f"{tags.MassStatusReqID}={kept(fields[tags.MassStatusReqID])}{SOH}"
        session.send(MsgTypes.ExecutionReport, f"{body}{echo}{total}", routing=reversed_routing(message))

    def _status(self, session: Session, order: Order) -> str:
        sums = (order.cumulative, order.leaves, order.notional)
        reports = self._reports[session.profile.version.name]
        return reports.status(order.terms, order.status, sums, self._exec_id(), self._clock.now)

    def _exec_id(self) -> str:
        self._count += 1
        return f"S{self._clock.now}-{self._count}"
