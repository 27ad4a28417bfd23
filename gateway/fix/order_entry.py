"""The way in for application messages: orders are read and submitted, everything else is handed to who answers it.

What cannot be read, or asks for what the venue does not offer, is submitted as a refusal, so that it is numbered,
journaled and reported like every other answer; a message that nobody takes gets BusinessMessageReject(j).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from exchange.commands import (
    CancelQuotes,
    Command,
    EnterOrder,
    EnterQuotes,
    MassCancel,
    RefuseAmendment,
    RefuseMassCancel,
    RefuseOrder,
    ReplaceOrder,
    request_of,
)
from exchange.events import Event
from exchange.sequencing.sequencer import Sequencer
from gateway.clock.venue_clock import VenueClock
from gateway.fix import tags
from gateway.fix.clock import GatewayClock
from gateway.fix.dictionary import load
from gateway.fix.execution_reports import ReportWriter
from gateway.fix.line_ends import LineEnds
from gateway.fix.market_days import MarketDays
from gateway.fix.mass_cancels import read_mass_action, read_mass_cancel
from gateway.fix.message import SOH, Message
from gateway.fix.order_lists import OrderLists
from gateway.fix.order_reading import OrderReader
from gateway.fix.quotes import QuoteEntries
from gateway.fix.reference_requests import ReferenceRequests
from gateway.fix.session import Session
from gateway.fix.status_requests import StatusRequests
from gateway.fix.tags import MsgTypes
from gateway.fix.trade_disputes import TradeDisputes
from gateway.fix.trading_status import TradingStatus
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

_NAMES = ("cl_ord_id", "quote_id", "request_id")
"""What names a request among those of its session."""


class OrderEntry:
    """Takes application messages from sessions, in their order, and submits what they ask for."""

    def __init__(
        self,
        sequencer: Sequencer,
        reports: Mapping[str, ReportWriter],
        clock: GatewayClock,
        user_requests: UserRequests,
        venue_clock: VenueClock,
        days: MarketDays,
    ) -> None:
        status_requests = StatusRequests(sequencer, reports, clock)
        quotes = QuoteEntries(sequencer)
        lists = OrderLists(sequencer, clock, self.submit_order)
        reference = ReferenceRequests(sequencer)
        self._trading_status = status = TradingStatus(sequencer, clock)
        self.disputes = TradeDisputes(sequencer)
        self._sequencer = sequencer
        self._reader = OrderReader(sequencer.venue.instruments, days, sequencer.venue.register)
        self.reports = reports
        self.sequencer = sequencer
        self._line_ends = LineEnds(sequencer, venue_clock)
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
            MsgTypes.OrderMassActionRequest: self._mass_action,
            MsgTypes.NewOrderList: lists.receive,
            MsgTypes.Quote: quotes.receive,
            MsgTypes.MassQuote: quotes.receive_mass,
            MsgTypes.QuoteCancel: quotes.cancel,
            MsgTypes.SecurityStatusRequest: status.receive,
            MsgTypes.TradingSessionStatusRequest: status.receive_session,
            MsgTypes.SecurityListRequest: reference.receive_list,
            MsgTypes.SecurityDefinitionRequest: reference.receive_definition,
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
        request = request_of(command)
        ref_id = next((value for name in _NAMES if (value := getattr(request, name, ""))), "")
        body = (
            f"{tags.RefMsgType}={_msg_type(command)}{SOH}{tags.BusinessRejectRefID}={ref_id}{SOH}"
            f"{tags.BusinessRejectReason}={APPLICATION_NOT_AVAILABLE}{SOH}{tags.Text}={why}{SOH}"
        )
        session.send(MsgTypes.BusinessMessageReject, body)

    def line_began(self, session: Session, logon: Message) -> None:
        """A session has logged on."""
        self._line_ends.began(session, logon)

    def line_ended(self, session: Session) -> None:
        """A session's line is gone, or the venue was: what goes with it will go unless it comes back in time."""
        self._trading_status.forget(session)
        self._line_ends.ended(session)

    def tell(self, events: Sequence[Event]) -> None:
        """Tells who asked to be told; call with the events of each commit, behind the reports on them."""
        self._trading_status.tell(events)

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
        self.submit_order(session, message.fields)

    def submit_order(self, session: Session, fields: Mapping[str, str]) -> None:
        """One new order, which may be one of a list."""
        profile = session.profile
        comp_id = profile.comp_id
        waiting = self._submitted.get(comp_id, 0)
        command = self._reader.new_order(profile, fields, self._venue.register.open_count(comp_id) + waiting)
        if isinstance(command, EnterOrder):
            self._submitted[comp_id] = waiting + 1
        self._sequencer.submit(command)

    def _cancel(self, session: Session, message: Message) -> None:
        self._sequencer.submit(self._reader.cancel(session.profile.comp_id, message.fields))

    def _replace(self, session: Session, message: Message) -> None:
        self._sequencer.submit(self._reader.replace(session.profile, message.fields))

    def _mass_cancel(self, session: Session, message: Message) -> None:
        self._sequencer.submit(read_mass_cancel(session.profile, message.fields))

    def _mass_action(self, session: Session, message: Message) -> None:
        self._sequencer.submit(read_mass_action(session.profile, message.fields))


def _msg_type(command: Command) -> str:
    """The message that a command was made of."""
    if isinstance(command, (EnterOrder, RefuseOrder)):
        return MsgTypes.NewOrderSingle
    if isinstance(command, (MassCancel, RefuseMassCancel)):
        request = command if isinstance(command, MassCancel) else command.request
        return MsgTypes.OrderMassActionRequest if request.is_mass_action else MsgTypes.OrderMassCancelRequest
    if isinstance(command, EnterQuotes):
        return MsgTypes.MassQuote if command.is_mass else MsgTypes.Quote
    if isinstance(command, CancelQuotes):
        return MsgTypes.QuoteCancel
    is_replace = isinstance(command, ReplaceOrder) or (isinstance(command, RefuseAmendment) and command.is_replace)
    return MsgTypes.OrderCancelReplaceRequest if is_replace else MsgTypes.OrderCancelRequest
