"""NewOrderList(E): orders that come together, answered by ListStatus(N) (FIX 4.4 vol. 4, "List / Program / Basket").

With ContingencyType(1385) they hang together: 1 one cancels the other, 3 one updates the other; with 2 the first one
triggers the others, which then cancel each other: a bracket. Without it they are orders like any others. Each order
gets its own ExecutionReports besides. A list is taken as a whole or, when its head is wrong, refused as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from exchange.matching.order import Order
from exchange.sequencing.sequencer import Sequencer
from gateway.fix import tags
from gateway.fix.clock import GatewayClock
from gateway.fix.dictionary import load
from gateway.fix.message import SOH, Message
from gateway.fix.order_fields import IDENTIFIER_LENGTH_MAX, kept
from gateway.fix.order_words import ORD_STATUSES
from gateway.fix.routing import reversed_routing
from gateway.fix.session import Session
from gateway.fix.tags import MsgTypes

NO_BIDDING_PROCESS = "3"
"""A value of BidType(394)."""

IMMEDIATE = "1"
"""A value of ListExecInstType(433)."""

ONE_CANCELS_OTHER, ONE_TRIGGERS_OTHER, ONE_UPDATES_OTHER = "1", "2", "3"
"""Values of ContingencyType(1385)."""

ACK, RESPONSE = "1", "2"
"""Values of ListStatusType(429)."""

EXECUTING, ALL_DONE, REJECT = "3", "6", "7"
"""Values of ListOrderStatus(431)."""

LIST_ORDERS_MAX = 200
"""Orders of one list: all of them are answered in one message."""


class OrderLists:
    """Takes lists of orders from sessions."""

    def __init__(
        self, sequencer: Sequencer, clock: GatewayClock, submit_order: Callable[[Session, Mapping[str, str]], None]
    ) -> None:
        """`submit_order` takes the fields of one order."""
        self._sequencer = sequencer
        self._register = sequencer.venue.register
        self._instruments = sequencer.venue.instruments
        self._clock = clock
        self._submit_order = submit_order

    def receive(self, session: Session, message: Message) -> None:
        """One NewOrderList(E)."""
        entries = _entries(session, message)
        problem = _problem(message.fields, entries)
        if problem:
            states = [self._state(entry, None) for entry in entries]
            self._sequencer.after_commit(lambda: self._answer(session, message, states, REJECT, problem))
            return
        for place, entry in enumerate(entries):
            self._submit_order(session, _ordered(message.fields, entry, is_first=place == 0))
        self._sequencer.after_commit(lambda: self._tell(session, message, entries))

    def _tell(self, session: Session, message: Message, entries: Sequence[Mapping[str, str]]) -> None:
        """What became of a list that was taken; its orders may have traded already."""
        comp_id = session.profile.comp_id
        orders = [self._register.find(comp_id, entry[tags.ClOrdID]) for entry in entries]
        is_open = any(order is not None and order.is_open for order in orders)
        states = [self._state(entry, order) for entry, order in zip(entries, orders, strict=True)]
        self._answer(session, message, states, EXECUTING if is_open else ALL_DONE, "")

    def _state(self, entry: Mapping[str, str], order: Order | None) -> str:
        name = f"11={kept(entry[tags.ClOrdID])}{SOH}"
        if order is None:
            return f"{name}14=0{SOH}39=8{SOH}151=0{SOH}84=0{SOH}6=0{SOH}"
        average = self._instruments[order.terms.symbol].scale.average(order.notional, order.cumulative)
        canceled = 0 if order.is_open else order.terms.quantity - order.cumulative
        return (
            f"{name}14={order.cumulative}{SOH}39={ORD_STATUSES[order.status]}{SOH}151={order.leaves}{SOH}"
            f"84={canceled}{SOH}6={average}{SOH}"
        )

    def _answer(self, session: Session, message: Message, states: Sequence[str], status: str, problem: str) -> None:
        text = f"{tags.ListStatusText}={problem}{SOH}" if problem else ""
        kind = RESPONSE if problem else ACK
        body = (
            f"{tags.ListID}={kept(message.fields[tags.ListID])}{SOH}{tags.ListStatusType}={kind}"
            f"{SOH}{tags.NoRpts}=1{SOH}{tags.ListOrderStatus}={status}{SOH}{tags.RptSeq}=1{SOH}{text}"
            f"{tags.TransactTime}={self._clock.text}{SOH}{tags.TotNoOrders}={len(states)}{SOH}"
            f"{tags.NoOrders}={len(states)}{SOH}{''.join(states)}"
        )
        session.send(MsgTypes.ListStatus, body, routing=reversed_routing(message))


def _entries(session: Session, message: Message) -> list[dict[str, str]]:
    known = load(session.profile.version.name).message(MsgTypes.NewOrderList)
    assert known is not None and known.body is not None, "the dictionary let it through"
    group = known.body.members[tags.NoOrders]
    assert group is not None, "NoOrders(73) counts a group"
    return message.entries(group)


def _problem(head: Mapping[str, str], entries: Sequence[Mapping[str, str]]) -> str:
    """Why a list is refused as a whole; empty when it is taken."""
    total, contingency = head[tags.TotNoOrders], head.get(tags.ContingencyType)
    if len(head[tags.ListID]) > IDENTIFIER_LENGTH_MAX:
        return f"ListID(66) has {len(head[tags.ListID])} characters; at most {IDENTIFIER_LENGTH_MAX} are kept"
    if head[tags.BidType] != NO_BIDDING_PROCESS:
        return f"BidType(394) {kept(head[tags.BidType])} is not taken; 3 (no bidding process) is"
    if head.get(tags.ListExecInstType, IMMEDIATE) != IMMEDIATE:
        return f"ListExecInstType(433) {kept(head[tags.ListExecInstType])} is not taken; 1 (immediate) is"
    if head.get(tags.LastFragment, "Y") != "Y" or total != str(len(entries)):
        return f"TotNoOrders(68) {kept(total)} is not the number of orders here, {len(entries)}; a list is one message"
    if not 1 <= len(entries) <= LIST_ORDERS_MAX:
        return f"NoOrders(73) {len(entries)} is not between 1 and {LIST_ORDERS_MAX}"
    if contingency not in (None, ONE_CANCELS_OTHER, ONE_TRIGGERS_OTHER, ONE_UPDATES_OTHER):
        taken = "1 (one cancels the other), 2 (one triggers the other), 3 (one updates the other, absolute) are"
        return f"ContingencyType(1385) {contingency} is not taken; {taken}"
    for entry in entries:
        for tag, name in ((tags.OrdType, "OrdType(40)"), (tags.Side, "Side(54)")):
            if tag not in entry:
                return f"{name} of ClOrdID(11) {kept(entry[tags.ClOrdID])} is missing; each order needs one"
    return ""


def _ordered(head: Mapping[str, str], entry: Mapping[str, str], *, is_first: bool) -> dict[str, str]:
    """An entry as the fields of an order by itself: the list is the group that it hangs together with."""
    contingency = head.get(tags.ContingencyType)
    if contingency is None:
        return dict(entry)
    if contingency == ONE_TRIGGERS_OTHER and not is_first:
        contingency = ONE_CANCELS_OTHER
    return dict(entry) | {tags.ClOrdLinkID: head[tags.ListID], tags.ContingencyType: contingency}
