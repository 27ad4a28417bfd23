"""Answers to quotes: MassQuoteAcknowledgement(b) and QuoteStatusReport(AI), in 4.2 QuoteAcknowledgement(b) for all.

An entry of a mass quote is known to the venue by the ids of its set and of itself, which `entry_key` joins. A client
that asks for fewer answers (QuoteResponseLevel(301)) gets those all the same: what became of a quote is its owner's
business, and an answer too many does no harm.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from exchange.events import QuoteResult, QuotesAnswered, QuotesCanceled
from exchange.rejections import RejectReason
from gateway.fix.message import SOH
from gateway.fix.refusal_texts import RefusalTexts
from gateway.fix.tags import MsgTypes
from gateway.fix.versions import Version

ACCEPTED, CANCELED_FOR_SYMBOL, CANCELED_ALL, REJECTED, REMOVED_FROM_MARKET = "0", "1", "4", "5", "6"
"""Values of QuoteStatus(297), QuoteAckStatus in 4.2, which ends with 5."""

NO_SYMBOL = "[N/A]"
"""Symbol(55) of a report about no instrument (FIX 4.4 vol. 6, Symbol)."""

_R = RejectReason
_REJECT_REASONS = {
    _R.UNKNOWN_INSTRUMENT: "1",
    _R.PHASE_FORBIDS: "2",
    _R.QUANTITY_TOO_LARGE: "3",
    _R.NOTIONAL_TOO_LARGE: "3",
    _R.TOO_MANY_QUOTES: "3",
    _R.INSUFFICIENT_FUNDS: "3",
    _R.INSUFFICIENT_SHARES: "3",
    _R.ORDER_VALUE_LIMIT: "3",
    _R.ORDER_QUANTITY_LIMIT: "3",
    _R.ORDER_RATE_LIMIT: "3",
    _R.POSITION_LIMIT: "3",
    _R.POSITION_SHARE_LIMIT: "3",
    _R.CREDIT_LIMIT: "3",
    _R.BALANCE_LIMIT: "3",
    _R.UNKNOWN_QUOTE: "5",
    _R.CONFLICTING_INSTRUCTIONS: "7",
    _R.INVALID_PRICE: "8",
    _R.PRICE_OFF_TICK: "8",
    _R.PRICE_OUT_OF_RANGE: "8",
    _R.PRICE_OUTSIDE_BAND: "8",
    _R.PRICE_FAR_FROM_MARKET: "8",
    _R.PRICE_TOLERANCE: "8",
    _R.PRICE_MISSING: "8",
    _R.UNKNOWN_ACCOUNT: "9",
    _R.TRADING_BLOCKED: "9",
    _R.SHORT_SALE_FORBIDDEN: "9",
    _R.SHORT_SALE_RESTRICTED: "9",
}
"""QuoteRejectReason(300) and QuoteEntryRejectReason(368), the same in every version: 1 unknown symbol, 2 exchange
closed, 3 exceeds limit, 5 unknown quote, 7 invalid bid/ask spread, 8 invalid price, 9 not authorized."""


def entry_key(set_id: str, entry_id: str) -> str:
    """The name of an entry of a mass quote. SOH is in no value of FIX."""
    return f"{set_id}{SOH}{entry_id}"


class QuoteReports:
    """Writes one version's answers."""

    def __init__(self, version: Version, refusals: RefusalTexts) -> None:
        self._refusals = refusals
        self._has_status_report = version.has_order_links
        self._has_entry_status = version.has_mass_action_report_id
        self._other = "99" if version.has_order_links else "8"

    def answered(self, event: QuotesAnswered) -> tuple[str, str]:
        """(MsgType, body) of the answer to a quote or a mass quote."""
        if event.is_mass:
            return MsgTypes.MassQuoteAcknowledgement, self._mass(event)
        result = event.results[0]
        status = ACCEPTED if result.reason is None else REJECTED
        if not self._has_status_report:
            reason = f"300={self._reason(result.reason)}{SOH}" if result.reason is not None else ""
            return (
                MsgTypes.MassQuoteAcknowledgement,
                f"117={event.quote_id}{SOH}297={status}{SOH}{reason}{self._text(result)}",
            )
        named = f"117={event.quote_id}{SOH}537=1{SOH}55={result.symbol or NO_SYMBOL}{SOH}1={event.account}{SOH}"
        return MsgTypes.QuoteStatusReport, f"{named}297={status}{SOH}{self._text(result)}"

    def canceled(self, event: QuotesCanceled) -> tuple[str, str]:
        """(MsgType, body) of the answer to a cancel of quotes, or of what the venue did by itself."""
        is_asked = bool(event.request_id)
        status = CANCELED_FOR_SYMBOL if event.symbol else CANCELED_ALL
        name = event.request_id or event.quote_id or "NONE"
        text = f"quotes withdrawn: {event.quotes}" if is_asked else f"withdrawn by the venue: {event.reason}"
        if not self._has_status_report:
            return MsgTypes.MassQuoteAcknowledgement, f"117={name}{SOH}297={status}{SOH}58={text}{SOH}"
        if not is_asked:
            status = REMOVED_FROM_MARKET
        account = f"1={event.account}{SOH}" if event.account else ""
        return (
            MsgTypes.QuoteStatusReport,
            f"117={name}{SOH}55={event.symbol or NO_SYMBOL}{SOH}{account}297={status}{SOH}58={text}{SOH}",
        )

    def _mass(self, event: QuotesAnswered) -> str:
        refused = [result for result in event.results if result.reason is not None]
        is_none = len(refused) == len(event.results)
        head = f"117={event.quote_id}{SOH}297={REJECTED if is_none else ACCEPTED}{SOH}"
        if is_none:
            head += f"300={self._reason(refused[0].reason)}{SOH}"
        account = f"1={event.account}{SOH}" if self._has_status_report else ""
        text = self._text(refused[0]) if refused else ""
        sets = [(set_id, list(results)) for set_id, results in _sets(event.results)]
        body = f"{head}{account}{text}296={len(sets)}{SOH}"
        for set_id, results in sets:
            body += f"302={set_id}{SOH}304={len(results)}{SOH}295={len(results)}{SOH}"
            body += "".join(self._entry(result) for result in results)
        return body

    def _entry(self, result: QuoteResult) -> str:
        status = ""
        if self._has_entry_status:
            status = f"1167={ACCEPTED if result.reason is None else REJECTED}{SOH}"
        reason = f"368={self._reason(result.reason)}{SOH}" if result.reason is not None else ""
        symbol = f"55={result.symbol}{SOH}" if result.symbol else ""
        return f"299={result.entry_id.rpartition(SOH)[2]}{SOH}{symbol}{status}{reason}"

    def _reason(self, reason: RejectReason | None) -> str:
        return _REJECT_REASONS.get(reason, self._other) if reason is not None else ""

    def _text(self, result: QuoteResult) -> str:
        if result.reason is None:
            return ""
        return f"58={self._refusals.text(result.field, result.text)}{SOH}"


def _sets(results: Iterable[QuoteResult]) -> Iterator[tuple[str, Iterable[QuoteResult]]]:
    """The entries of each set, in the order in which they came."""
    return groupby(results, key=lambda result: result.entry_id.partition(SOH)[0])
