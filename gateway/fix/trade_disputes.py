"""DontKnowTrade(Q): a client says that a trade reported to it is not its own (FIX 4.4 vol. 4, "Don't Know Trade").

A trade on this venue stands: both sides were matched by their own orders. So the dispute changes nothing; it is written
to the log and handed to `on_dispute` for the operator, who settles it with the people on both sides. It must name an
execution by the ExecID(17) and OrderID(37) of a report that its sender got: reports are looked up in the session's own
log, which has them until its numbers begin at 1 again. Called by order entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog
from msgspec import Struct
from msgspec.structs import asdict

from exchange.reference.units import INTEGER_DIGITS_MAX
from exchange.sequencing.sequencer import Sequencer
from gateway.fix import tags
from gateway.fix.message import SOH, Message
from gateway.fix.order_fields import kept
from gateway.fix.session import Session
from gateway.fix.session_log import SessionLog
from gateway.fix.tags import MsgTypes

UNKNOWN_ID, APPLICATION_NOT_AVAILABLE = 1, 4
"""Values of BusinessRejectReason(380)."""

LOOKED_AT_MAX = 20_000
"""Messages of a session's log that one lookup reads: some hundredths of a second. Twenty are enough where most messages
are reports; only among many that are none may it take more.
"""

REMEMBERED_MAX = 10_000
"""Disputes kept so that one that comes again is not taken down again."""

_TRADE_EXEC_TYPES = frozenset({"F", "1", "2"})
"""ExecType(150) of a trade; FIX.4.2 has 1 and 2, partial fill and fill, instead of F."""

_log = structlog.get_logger(__name__)


class TradeDispute(Struct, frozen=True, kw_only=True):
    """A trade whose owner does not know it, as it was reported, and what the owner says of it."""

    session: str
    order_id: str
    cl_ord_id: str
    exec_id: str
    trade_id: str
    """Empty in FIX.4.2, whose reports have no SecondaryExecID(527)."""
    symbol: str
    side: str
    quantity: str
    price: str
    dk_reason: str
    """DKReason(127): A unknown symbol, B wrong side, C quantity exceeds order, D no matching order …"""
    text: str
    said_quantity: str
    """LastQty(32) of the dispute itself."""
    said_price: str


class TradeDisputes:
    """Takes disputes down."""

    def __init__(self, sequencer: Sequencer) -> None:
        self.on_dispute: Callable[[TradeDispute], None] = _nobody_else
        """Hears each dispute once, besides the log: the operator's desk sets it."""
        self.taken = 0
        """Disputes since the start of the process; one that came again counts once."""
        self.looked_at_max = LOOKED_AT_MAX
        self._sequencer = sequencer
        self._remembered: dict[tuple[str, str], None] = {}

    def receive(self, session: Session, message: Message) -> None:
        """One DontKnowTrade(Q); it is looked at behind what was sent before it."""
        self._sequencer.after_commit(lambda: self._look(session, message))

    def _look(self, session: Session, message: Message) -> None:
        fields = message.fields
        exec_id, order_id = fields[tags.ExecID], fields[tags.OrderID]
        try:
            report = _Lookup(session.log, exec_id, self.looked_at_max).trade()
        except _NotLookedUp as reason:
            session.reject_application(message, kept(exec_id), APPLICATION_NOT_AVAILABLE, str(reason))
            return
        if report is None:
            problem = f"ExecID(17) {kept(exec_id)} is not a trade reported to this session since its numbers began at 1"
            session.reject_application(message, kept(exec_id), UNKNOWN_ID, problem)
        elif report[tags.OrderID] != order_id:
            problem = f"OrderID(37) {kept(order_id)} did not trade by ExecID(17) {exec_id}; {report[tags.OrderID]} did"
            session.reject_application(message, exec_id, UNKNOWN_ID, problem)
        else:
            self._take_down(session.profile.comp_id, report, fields)

    def _take_down(self, comp_id: str, report: Mapping[str, str], fields: Mapping[str, str]) -> None:
        key = (comp_id, report[tags.ExecID])
        if key in self._remembered:
            return
        self._remembered[key] = None
        if len(self._remembered) > REMEMBERED_MAX:
            del self._remembered[next(iter(self._remembered))]
        self.taken += 1
        dispute = TradeDispute(
            session=comp_id,
            order_id=report[tags.OrderID],
            cl_ord_id=report[tags.ClOrdID],
            exec_id=report[tags.ExecID],
            trade_id=report.get(tags.SecondaryExecID, ""),
            symbol=report[tags.Symbol],
            side=report[tags.Side],
            quantity=report[tags.LastQty],
            price=report[tags.LastPx],
            dk_reason=kept(fields[tags.DKReason]),
            text=kept(fields.get(tags.Text, "")),
            said_quantity=kept(fields.get(tags.LastQty, "")),
            said_price=kept(fields.get(tags.LastPx, "")),
        )
        _log.warning("trade disputed by its owner; it stands", **asdict(dispute))
        self.on_dispute(dispute)


class _NotLookedUp(Exception):
    """The log cannot be read now, or has too much in it that is no report."""


class _Lookup:
    """The search for one execution among the messages sent to a session.

    ExecIDs of what happened are event numbers and grow with the numbers of the messages: it is searched by halves.
    """

    def __init__(self, log: SessionLog, exec_id: str, looked_at_max: int) -> None:
        self._log = log
        self._exec_id = exec_id
        self._left = looked_at_max
        """Messages that may still be looked at."""

    def trade(self) -> dict[str, str] | None:
        """The report of a trade with this ExecID; None where there is none. Raises `_NotLookedUp`."""
        if not self._exec_id.isdecimal() or len(self._exec_id) > INTEGER_DIGITS_MAX:
            return None
        if not self._log.flush():
            raise _NotLookedUp("the session's log cannot be written at present; dispute the trade again later")
        wanted, low, high = int(self._exec_id), 1, self._log.next_out - 1
        while low <= high:
            middle = (low + high) // 2
            number, report = self._first_report(middle, high)
            found = int(report.get(tags.ExecID, 0))
            if report and found == wanted:
                return report if report[tags.ExecType] in _TRADE_EXEC_TYPES else None
            if report and found < wanted:
                low = number + 1
            else:
                high = middle - 1
        return None

    def _first_report(self, begin: int, end: int) -> tuple[int, dict[str, str]]:
        """The first message of a range that reports what happened, and its number; no fields where there is none."""
        for number, wire in self._log.sent(begin, end):
            self._left -= 1
            if self._left < 0:
                text = f"ExecID(17) {self._exec_id} cannot be looked up among so many messages that are no reports"
                raise _NotLookedUp(text)
            fields = dict(field.split("=", 1) for field in wire.decode("latin-1").split(SOH) if field)
            if fields[tags.MsgType] == MsgTypes.ExecutionReport and fields[tags.ExecID].isdecimal():
                return number, fields
        return end, {}


def _nobody_else(_: TradeDispute) -> None:
    """Without an operator's desk the log is all there is."""
