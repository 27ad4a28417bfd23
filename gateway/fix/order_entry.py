"""Order messages as commands of the venue: NewOrderSingle, cancel, replace, mass cancel; others are handed on.

Text becomes integers here. What cannot be read into them, or asks for what the venue does not offer, is submitted as a
refusal, so that it is numbered, journaled and reported like every other answer; what is no order message at all is
answered by BusinessMessageReject(j). Rules that need no FIX are the venue's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from exchange.commands import (
    CancelOrder,
    Command,
    EnterOrder,
    MassCancel,
    RefuseAmendment,
    RefuseMassCancel,
    RefuseOrder,
    ReplaceOrder,
    request_of,
)
from exchange.orders import OrderType, Side, TimeInForce
from exchange.rejections import RejectReason
from exchange.sequencing.sequencer import Sequencer
from gateway.fix import tags
from gateway.fix.clock import GatewayClock
from gateway.fix.dictionary import load
from gateway.fix.execution_reports import ReportWriter
from gateway.fix.mass_cancels import read_mass_cancel
from gateway.fix.message import SOH, Message
from gateway.fix.order_fields import (
    FieldRefused,
    check_identifier,
    check_instructions,
    kept,
    read_order_id,
    read_order_named,
    read_order_type,
    read_price,
    read_quantity,
    read_side,
    read_symbol,
    read_time_in_force,
)
from gateway.fix.session import Session
from gateway.fix.status_requests import StatusRequests
from gateway.fix.tags import MsgTypes
from gateway.fix.trade_disputes import TradeDisputes
from gateway.fix.user_requests import UserRequests

UNSUPPORTED_MESSAGE_TYPE = 3
APPLICATION_NOT_AVAILABLE = 4
CONDITIONALLY_REQUIRED_FIELD_MISSING = 5
"""Values of BusinessRejectReason(380)."""

_NAMES_ITS_ORDER_BY = {
    MsgTypes.OrderCancelRequest: ("OrigClOrdID(41)", {tags.OrigClOrdID, tags.OrderID}),
    MsgTypes.OrderCancelReplaceRequest: ("OrigClOrdID(41)", {tags.OrigClOrdID, tags.OrderID}),
    MsgTypes.OrderStatusRequest: ("ClOrdID(11)", {tags.ClOrdID, tags.OrderID}),
}
"""Fields of which one must name the order that a message is about; from FIX 5.0 SP1 on all of them are optional."""

ACCOUNTS_NAMED_MAX = 8
"""Accounts that a refusal names: a session may have a thousand."""

_STATED = {
    "side": tags.Side,
    "order_type": tags.OrdType,
    "time_in_force": tags.TimeInForce,
    "quantity": tags.OrderQty,
    "price": tags.Price,
}
"""Fields that a refusal repeats as they were written, for the venue may have no word for them."""


class OrderEntry:
    """Takes application messages from sessions, in their order, and submits what they ask for."""

    def __init__(
        self,
        sequencer: Sequencer,
        reports: Mapping[str, ReportWriter],
        clock: GatewayClock,
        user_requests: UserRequests,
    ) -> None:
        status_requests = StatusRequests(sequencer, reports, clock)
        self.disputes = TradeDisputes(sequencer)
        self._sequencer = sequencer
        self._user_requests = user_requests
        self._venue = sequencer.venue
        self._submitted: dict[str, int] = {}
        """New orders that wait for the end of this turn, by session: they count as open already."""
        self._receivers: dict[str, Callable[[Session, Message], None]] = {
            MsgTypes.NewOrderSingle: self._new_order,
            MsgTypes.OrderCancelRequest: self._cancel,
            MsgTypes.OrderCancelReplaceRequest: self._replace,
            MsgTypes.OrderStatusRequest: status_requests.receive,
            MsgTypes.OrderMassCancelRequest: self._mass_cancel,
            MsgTypes.OrderMassStatusRequest: status_requests.receive_mass,
            MsgTypes.DontKnowTrade: self.disputes.receive,
        }

    def receive(self, session: Session, message: Message) -> None:
        """One application message that session and dictionary have let through."""
        receiver = self._receivers.get(message.msg_type)
        fields = message.fields
        if message.msg_type == MsgTypes.UserRequest:
            self._user_requests.receive(session, message)
        elif receiver is None:
            known = load(session.profile.version.name)
            taken = [one for one in (*self._receivers, MsgTypes.UserRequest) if known.message(one) is not None]
            text = f"MsgType(35) {message.msg_type} is not taken; {' '.join(taken)} are"
            session.reject_application(message, "", UNSUPPORTED_MESSAGE_TYPE, text)
        elif message.msg_type in _NAMES_ITS_ORDER_BY and _NAMES_ITS_ORDER_BY[message.msg_type][1].isdisjoint(fields):
            text = (
                f"{_NAMES_ITS_ORDER_BY[message.msg_type][0]} and OrderID(37) are missing; one of them names the order"
            )
            session.reject_application(
                message, fields.get(tags.ClOrdID, ""), CONDITIONALLY_REQUIRED_FIELD_MISSING, text
            )
        elif fields.get(tags.PossDupFlag) == "Y" or fields.get(tags.PossResend) == "Y":
            self._receive_once(session, message, receiver)
        else:
            receiver(session, message)

    def refuse(self, session: Session, command: Command, why: str) -> None:
        """Tells the sender of a command that it could not be journaled: nothing of it happened."""
        ref_id = getattr(request_of(command), "cl_ord_id", "")
        body = (
            f"{tags.RefMsgType}={_msg_type(command)}{SOH}{tags.BusinessRejectRefID}={ref_id}{SOH}"
            f"{tags.BusinessRejectReason}={APPLICATION_NOT_AVAILABLE}{SOH}{tags.Text}={why}{SOH}"
        )
        session.send(MsgTypes.BusinessMessageReject, body)

    def turn_over(self) -> None:
        """What was submitted is applied or refused now: it counts as open orders of the venue from here on, or not."""
        self._submitted.clear()

    def _receive_once(self, session: Session, message: Message, receiver: Callable[[Session, Message], None]) -> None:
        """A message that may have been sent before (FIX 4.4 vol. 2, Possible Resends): seen means answered already."""
        # What came before it in this turn counts as seen, too, and what comes after it must not overtake it.
        self._sequencer.commit()
        key = (session.profile.comp_id, message.fields.get(tags.ClOrdID, ""))
        is_question = message.msg_type in (MsgTypes.OrderStatusRequest, MsgTypes.OrderMassStatusRequest)
        if is_question or key not in self._venue.register.seen:
            receiver(session, message)

    def _new_order(self, session: Session, message: Message) -> None:
        fields = message.fields
        symbol = fields.get(tags.Symbol, "")
        account = fields.get(tags.Account) or session.profile.accounts[0]
        side, order_type, time_in_force, quantity, price = Side.BUY, OrderType.LIMIT, TimeInForce.DAY, 0, 0
        try:
            side = read_side(fields)
            check_identifier("cl_ord_id", fields[tags.ClOrdID])
            symbol = read_symbol(fields)
            self._check_session(session, account)
            order_type = read_order_type(fields)
            time_in_force = read_time_in_force(fields)
            check_instructions(fields)
            quantity = read_quantity(fields)
            instrument = self._venue.instruments.get(symbol)
            if instrument is not None:
                price = read_price(fields, order_type, instrument)
        except FieldRefused as refused:
            self._sequencer.submit(
                RefuseOrder(
                    EnterOrder(
                        session.profile.comp_id, kept(fields[tags.ClOrdID]), kept(account), kept(symbol),
                        side, order_type, time_in_force, quantity, price,
                    ),
                    refused.reason,
                    refused.field,
                    refused.text,
                    {name: kept(fields[tag]) for name, tag in _STATED.items() if tag in fields},
                )
            )  # fmt: skip
            return
        comp_id = session.profile.comp_id
        self._submitted[comp_id] = self._submitted.get(comp_id, 0) + 1
        self._sequencer.submit(
            EnterOrder(
                comp_id, fields[tags.ClOrdID], account, kept(symbol), side, order_type, time_in_force, quantity, price
            )
        )

    def _check_session(self, session: Session, account: str) -> None:
        profile = session.profile
        if account not in profile.accounts:
            named = " ".join(profile.accounts[:ACCOUNTS_NAMED_MAX])
            raise FieldRefused(
                RejectReason.UNKNOWN_ACCOUNT,
                "account",
                f"{kept(account)} is not one this session trades for: {named}",
            )
        comp_id = profile.comp_id
        is_open = self._venue.register.open_count(comp_id) + self._submitted.get(comp_id, 0)
        if is_open >= profile.max_open_orders:
            raise FieldRefused(
                RejectReason.TOO_MANY_OPEN_ORDERS,
                "session",
                f"{is_open} orders are open; the session may have {profile.max_open_orders}",
            )

    def _cancel(self, session: Session, message: Message) -> None:
        fields = message.fields
        try:
            side = read_side(fields)
            check_identifier("cl_ord_id", fields[tags.ClOrdID])
            symbol = read_symbol(fields)
            orig_cl_ord_id, order_id = read_order_named(fields)
        except FieldRefused as refused:
            self._refuse_amendment(session, fields, refused, is_replace=False)
            return
        self._sequencer.submit(
            CancelOrder(
                session.profile.comp_id, fields[tags.ClOrdID], orig_cl_ord_id, kept(symbol), side, order_id
            )
        )  # fmt: skip

    def _mass_cancel(self, session: Session, message: Message) -> None:
        self._sequencer.submit(read_mass_cancel(session.profile.comp_id, message.fields))

    def _replace(self, session: Session, message: Message) -> None:
        fields = message.fields
        price = 0
        try:
            side = read_side(fields)
            check_identifier("cl_ord_id", fields[tags.ClOrdID])
            symbol = read_symbol(fields)
            order_type = read_order_type(fields)
            time_in_force = read_time_in_force(fields)
            check_instructions(fields)
            quantity = read_quantity(fields)
            instrument = self._venue.instruments.get(symbol)
            if instrument is not None:
                price = read_price(fields, order_type, instrument)
            orig_cl_ord_id, order_id = read_order_named(fields)
        except FieldRefused as refused:
            self._refuse_amendment(session, fields, refused, is_replace=True)
            return
        self._sequencer.submit(
            ReplaceOrder(
                session.profile.comp_id, fields[tags.ClOrdID], orig_cl_ord_id,
                kept(symbol), side, order_type, time_in_force, quantity, price, order_id,
            )
        )  # fmt: skip

    def _refuse_amendment(
        self, session: Session, fields: dict[str, str], refused: FieldRefused, *, is_replace: bool
    ) -> None:
        self._sequencer.submit(
            RefuseAmendment(
                session.profile.comp_id, kept(fields[tags.ClOrdID]), kept(fields.get(tags.OrigClOrdID, "")),
                is_replace, refused.reason, refused.field, refused.text, read_order_id(fields),
            )
        )  # fmt: skip


def _msg_type(command: Command) -> str:
    """The message that a command was made of."""
    if isinstance(command, (EnterOrder, RefuseOrder)):
        return MsgTypes.NewOrderSingle
    if isinstance(command, (MassCancel, RefuseMassCancel)):
        return MsgTypes.OrderMassCancelRequest
    is_replace = isinstance(command, ReplaceOrder) or (isinstance(command, RefuseAmendment) and command.is_replace)
    return MsgTypes.OrderCancelReplaceRequest if is_replace else MsgTypes.OrderCancelRequest
