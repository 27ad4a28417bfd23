"""DontKnowTrade(Q): a client says that a trade reported to it is not its own (FIX 4.4 vol. 4, "Don't Know Trade").

A trade on this venue stands: both sides were matched by their own orders. So the dispute changes nothing; it is written
to the log for the operator, who settles it with the people on both sides. Called by order entry.
"""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from exchange.reference.units import INTEGER_DIGITS_MAX
from exchange.sequencing.sequencer import Sequencer
from gateway.fix import tags
from gateway.fix.message import Message
from gateway.fix.order_fields import kept, read_order_id
from gateway.fix.session import Session

UNKNOWN_ID = 1
"""A value of BusinessRejectReason(380)."""

_log = structlog.get_logger(__name__)


class TradeDisputes:
    """Takes disputes down."""

    def __init__(self, sequencer: Sequencer) -> None:
        self._sequencer = sequencer
        self._venue = sequencer.venue

    def receive(self, session: Session, message: Message) -> None:
        """One DontKnowTrade(Q); it is looked at behind what was sent before it."""
        self._sequencer.after_commit(lambda: self._take_down(session, message))

    def _take_down(self, session: Session, message: Message) -> None:
        fields = message.fields
        problem = self._unknown(session.profile.comp_id, fields)
        if problem:
            session.reject_application(message, kept(fields[tags.ExecID]), UNKNOWN_ID, problem)
            return
        _log.warning(
            "trade disputed by its owner; it stands",
            session=session.profile.comp_id,
            order_id=fields[tags.OrderID],
            exec_id=fields[tags.ExecID],
            dk_reason=fields[tags.DKReason],
            quantity=kept(fields.get(tags.LastQty, "")),
            price=kept(fields.get(tags.LastPx, "")),
            text=kept(fields.get(tags.Text, "")),
        )

    def _unknown(self, comp_id: str, fields: Mapping[str, str]) -> str:
        """What of it cannot be a trade of the session, in words. ExecIDs of executions are event numbers."""
        venue, order_id, exec_id = self._venue, fields[tags.OrderID], fields[tags.ExecID]
        if not exec_id.isdecimal() or len(exec_id) > INTEGER_DIGITS_MAX or not 1 <= int(exec_id) <= venue.last_event:
            return f"ExecID(17) {kept(exec_id)} is not an execution of this venue"
        order = venue.register.find_by_order_id(comp_id, read_order_id(fields))
        if order is None:
            return f"OrderID(37) {kept(order_id)} is not an order of this session, or closed too long ago"
        return "" if order.cumulative else f"OrderID(37) {order_id} has not traded"
