"""Venue events as ExecutionReport(8), OrderCancelReject(9) and the reports on many orders, for each version.

Sources: FIX 4.4 vol. 4 and appendix D; for the forms of 4.2 its vol. 4 and appendix D.

A report is made from its event alone. ExecID(17) is the event's number: unique over the venue's life, and the same when
the report has to be made again after a crash. Of the orders that a quote is made of, only what trades is reported.
Called by the acceptor for each event of each commit: this is hot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from exchange.events import (
    AmendmentRejected,
    Event,
    FillBusted,
    FillCorrected,
    MassCancelAccepted,
    MassCancelRejected,
    OrderAccepted,
    OrderCanceled,
    OrderDoneForDay,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderRestated,
    OrderTriggered,
    QuotesAnswered,
    QuotesCanceled,
)
from exchange.orders import OrderStatus, OrderTerms
from exchange.reasons import CancelReason, RestatementReason
from exchange.reference.instruments import Instrument
from exchange.reference.money import money_text
from gateway.fix.mass_reports import MassReports
from gateway.fix.message import SOH
from gateway.fix.order_echo import OrderEcho
from gateway.fix.order_words import HELD_TYPES, ORD_STATUSES, ORDER_TYPES, TIMES_IN_FORCE
from gateway.fix.quote_reports import QuoteReports
from gateway.fix.refusal_texts import RefusalTexts
from gateway.fix.sending_time import TimestampWriter
from gateway.fix.short_sales import side_code
from gateway.fix.tags import MsgTypes
from gateway.fix.versions import FIX44, Version

_WITH_TERMS = frozenset(
    {
        OrderAccepted, OrderFilled, OrderCanceled, OrderReplaced, OrderRejected, OrderTriggered, OrderRestated,
        OrderDoneForDay, FillBusted, FillCorrected,
    }
)  # fmt: skip
_OF_TRADES = frozenset({OrderFilled, FillBusted, FillCorrected})
_OF_SESSIONS = frozenset({AmendmentRejected, MassCancelAccepted, MassCancelRejected, QuotesAnswered, QuotesCanceled})

CANCEL_TEXTS: Mapping[CancelReason, str] = {
    CancelReason.REQUESTED: "",
    CancelReason.MASS_CANCEL: "",
    CancelReason.NO_LIQUIDITY: "nothing more to trade with at the market",
    CancelReason.IMMEDIATE_REMAINDER: "what cannot trade immediately is canceled",
    CancelReason.NOT_FILLABLE: "the whole quantity cannot trade at once",
    CancelReason.DISCONNECTED: "the session's line broke and did not come back in time",
    CancelReason.SELF_TRADE: "it would have traded with its own owner",
    CancelReason.SELF_TRADE_DECREMENTED: "self-trade prevention left nothing of it",
    CancelReason.MINIMUM_NOT_MET: "less than the minimum quantity can trade at once",
    CancelReason.PROTECTION_REACHED: "the price band is reached",
    CancelReason.WOULD_TAKE_LIQUIDITY: "a post-only order would trade at once",
    CancelReason.NO_PEG_REFERENCE: "there is no price left to follow",
    CancelReason.GROUP: "another order of its group was filled or has ended",
    CancelReason.REPLACED_BELOW_FILLED: "the new quantity is below what is filled",
    CancelReason.QUOTE_REPLACED: "a new quote took its place",
    CancelReason.QUOTE_CANCELED: "the quote was withdrawn",
    CancelReason.QUOTE_PROTECTION: "quotes of the account were hit too fast",
    CancelReason.OPERATOR: "canceled by the venue",
    CancelReason.BLOCKED: "the session, account, user or firm is blocked",
    CancelReason.PHASE: "the new trading phase does not keep it",
    CancelReason.END_OF_DAY: "the trading day is over",
    CancelReason.DATE_REACHED: "its date is reached",
    CancelReason.AUCTION_OVER: "the auction that it was for is over",
    CancelReason.NOT_FUNDED: "the account had not what it needs when it came into the market",
    CancelReason.CORPORATE_ACTION: "a corporate action made another instrument of its own",
    CancelReason.STOP_LOSS: "the position's protective stop needs what it holds",
}
"""Text(58) of a cancel; empty where the owner asked for it and needs no reason."""

_RESTATEMENT_TEXTS: Mapping[RestatementReason, str] = {
    RestatementReason.NEW_DAY: "it goes on into a new trading day",
    RestatementReason.REPRICED: "the price is another one",
    RestatementReason.DECREMENTED: "self-trade prevention or its group made it smaller",
    RestatementReason.CORPORATE_ACTION: "a corporate action changed it",
    RestatementReason.VENUE: "changed by the venue",
}


def owner_of(event: Event) -> str:
    """The session that gets the report on an event; empty for an event that is nobody's own."""
    kind = type(event)
    if kind in _WITH_TERMS:
        terms: OrderTerms = event.terms  # type: ignore[union-attr]  # exactly those events have terms
        if terms.conditions is not None and terms.conditions.quote_id and kind not in _OF_TRADES:
            return ""
        return terms.session
    return event.session if kind in _OF_SESSIONS else ""  # type: ignore[union-attr]  # exactly those have a session


class ReportWriter:
    """Writes the message types and bodies of one version's reports; header and trailer are the session's."""

    def __init__(self, instruments: Mapping[str, Instrument], version: Version = FIX44) -> None:
        self._version = version
        self._exec_trans = version.exec_trans
        self._instruments = instruments
        self._refusals = RefusalTexts(version.name)
        self._timestamps = TimestampWriter()
        self._at = -1
        self._time = ""
        self._echo = OrderEcho(instruments, version)
        self._order = self._echo.text
        mass = MassReports(version, self._refusals, self._when)
        quotes = QuoteReports(version, self._refusals)
        self._writers: dict[type, Callable[[Any], tuple[str, str]]] = {
            OrderAccepted: self._accepted,
            OrderFilled: self._filled,
            OrderCanceled: self._canceled,
            OrderReplaced: self._replaced,
            OrderRejected: self._rejected,
            OrderTriggered: self._triggered,
            OrderRestated: self._restated,
            OrderDoneForDay: self._done_for_day,
            FillBusted: self._busted,
            FillCorrected: self._corrected,
            AmendmentRejected: self._amendment_rejected,
            MassCancelAccepted: mass.accepted,
            MassCancelRejected: mass.rejected,
            QuotesAnswered: quotes.answered,
            QuotesCanceled: quotes.canceled,
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
            f"37={terms.order_id}\x0111={self._echo.name}\x0117={exec_id}\x01{self._version.exec_trans_status}"
            f"150={exec_type}\x0139={ord_status}\x01{order}151={leaves}\x0114={cumulative}\x01"
            f"6={self._echo.scale.average(notional, cumulative)}\x0160={self._when(at)}\x01"
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
        is_waiting = terms.conditions is not None and terms.order_type in HELD_TYPES and self._version.has_order_links
        return (
            MsgTypes.ExecutionReport,
            (
                f"37={terms.order_id}\x0111={terms.cl_ord_id}\x0117={event.number}\x01{self._exec_trans}150=0\x0139=0\x01"
                f"{f'636=N{SOH}' if is_waiting else ''}{self._order(terms)}151={terms.quantity}\x0114=0\x016=0\x01"
                f"60={self._when(event.at)}\x01"
            ),
        )

    def _filled(self, event: OrderFilled) -> tuple[str, str]:
        terms = event.terms
        order = self._order(terms)
        scale = self._echo.scale
        cumulative, notional, price = event.cumulative, event.notional, event.last_price
        average = scale.text(price) if notional == cumulative * price else scale.average(notional, cumulative)
        version = self._version
        exec_type, ord_status = (version.partial_fill, "1") if event.leaves else (version.fill, "2")
        trade = liquidity = ""
        settlement = f"64={event.settles_on}\x01" if event.settles_on else ""
        if version.has_secondary_exec_id:
            trade = f"527={event.trade_id}\x01"
            liquidity = "851=2\x01" if event.is_aggressor else "851=1\x01"
            if event.is_auction:
                liquidity = self._auction()
        return (
            MsgTypes.ExecutionReport,
            (
                f"37={terms.order_id}\x0111={self._echo.name}\x0117={event.number}\x01{trade}{self._exec_trans}"
                f"150={exec_type}\x0139={ord_status}\x01{order}32={event.last_quantity}\x0131={scale.text(price)}\x01"
                f"151={event.leaves}\x0114={cumulative}\x016={average}\x0160={self._when(event.at)}\x01{settlement}{liquidity}"
                f"{self._fee(event) if event.fee else ''}"
            ),
        )

    def _fee(self, event: OrderFilled) -> str:
        """What the venue charges, less than 0 for a rebate: an absolute exchange fee, in 4.2 Commission(12)."""
        amount = money_text(event.fee)
        if not self._version.has_misc_fees:
            return f"12={amount}{SOH}13=3{SOH}"
        currency = self._instruments[event.terms.symbol].currency
        return f"136=1{SOH}137={amount}{SOH}138={currency}{SOH}139=4{SOH}891=0{SOH}"

    def _auction(self) -> str:
        """Of a trade in an uncross: MatchType(574) 7, call auction, and who took liquidity, which nobody did."""
        match_type = "574=7\x01" if self._version.has_order_category else ""
        return match_type + ("851=4\x01" if self._version.has_auction_liquidity else "")

    def _canceled(self, event: OrderCanceled) -> tuple[str, str]:
        terms, reason = event.terms, event.reason
        request = event.request_cl_ord_id
        ids = f"11={request}\x0141={terms.cl_ord_id}\x01" if request else f"11={terms.cl_ord_id}\x01"
        state = f"150=C{SOH}39=C{SOH}" if reason.is_expiry else f"150=4{SOH}39=4{SOH}"
        restatement = self._version.cancel_restatements.get(reason)
        if restatement is not None:
            state += f"378={restatement}{SOH}"
        text = CANCEL_TEXTS[reason]
        return (
            MsgTypes.ExecutionReport,
            (
                f"37={terms.order_id}\x01{ids}17={event.number}\x01{self._exec_trans}{state}{self._order(terms)}"
                f"151=0\x0114={event.cumulative}\x01{self._average(event.notional, event.cumulative)}"
                f"60={self._when(event.at)}\x01{f'58={text}{SOH}' if text else ''}"
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
                f"{self._average(event.notional, event.cumulative)}60={self._when(event.at)}\x01"
            ),
        )

    def _triggered(self, event: OrderTriggered) -> tuple[str, str]:
        terms, version = event.terms, self._version
        order, working = self._order(terms), f"636=Y{SOH}" if version.has_order_links else ""
        why = f"elected by the price {self._echo.scale.text(event.trigger_price)}" if event.trigger_price else "elected"
        return (
            MsgTypes.ExecutionReport,
            (
                f"37={terms.order_id}{SOH}11={terms.cl_ord_id}{SOH}17={event.number}{SOH}{self._exec_trans}"
                f"{version.triggered}39=0{SOH}{working}{order}151={terms.quantity}{SOH}14=0{SOH}6=0{SOH}"
                f"60={self._when(event.at)}{SOH}58={why}{SOH}"
            ),
        )

    def _restated(self, event: OrderRestated) -> tuple[str, str]:
        status = ("1" if event.leaves else "2") if event.cumulative else "0"
        state = f"150=D{SOH}39={status}{SOH}378={self._version.restatement(event.reason)}{SOH}"
        return self._unasked(event, state, event.leaves, _RESTATEMENT_TEXTS[event.reason])

    def _done_for_day(self, event: OrderDoneForDay) -> tuple[str, str]:
        """Nothing is open any more today, whatever comes back tomorrow (FIX 4.4 vol. 4, LeavesQty)."""
        return self._unasked(event, f"150=3{SOH}39=3{SOH}", 0, event.text)

    def _unasked(self, event: OrderRestated | OrderDoneForDay, state: str, leaves: int, text: str) -> tuple[str, str]:
        terms = event.terms
        order = self._order(terms)
        return (
            MsgTypes.ExecutionReport,
            (
                f"37={terms.order_id}{SOH}11={terms.cl_ord_id}{SOH}17={event.number}{SOH}{self._exec_trans}{state}{order}"
                f"151={leaves}{SOH}14={event.cumulative}{SOH}{self._average(event.notional, event.cumulative)}"
                f"60={self._when(event.at)}{SOH}{f'58={text}{SOH}' if text else ''}"
            ),
        )

    def _busted(self, event: FillBusted) -> tuple[str, str]:
        return self._revised(event, "H", "1")

    def _corrected(self, event: FillCorrected) -> tuple[str, str]:
        return self._revised(event, "G", "2")

    def _revised(self, event: FillBusted | FillCorrected, exec_type: str, exec_trans_type: str) -> tuple[str, str]:
        """A former execution, named by ExecRefID(19): by ExecType(150) H or G, in 4.2 by ExecTransType(20) 1 or 2."""
        terms, ord_status = event.terms, ORD_STATUSES[event.status]
        if self._exec_trans:
            state = f"20={exec_trans_type}{SOH}19={event.fill_number}{SOH}150={ord_status}{SOH}39={ord_status}{SOH}"
        else:
            state = f"19={event.fill_number}{SOH}150={exec_type}{SOH}39={ord_status}{SOH}"
        trade = f"527={event.trade_id}{SOH}" if self._version.has_secondary_exec_id else ""
        order = self._order(terms)
        return (
            MsgTypes.ExecutionReport,
            (
                f"37={terms.order_id}{SOH}11={self._echo.name}{SOH}17={event.number}{SOH}{trade}{state}{order}"
                f"32={event.last_quantity}{SOH}31={self._echo.scale.text(event.last_price)}{SOH}151={event.leaves}{SOH}"
                f"14={event.cumulative}{SOH}{self._average(event.notional, event.cumulative)}"
                f"60={self._when(event.at)}{SOH}{f'58={event.text}{SOH}' if event.text else ''}"
            ),
        )

    def _rejected(self, event: OrderRejected) -> tuple[str, str]:
        terms, stated = event.terms, event.stated
        side = stated.get("side") or side_code(terms)
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
                f"58={self._refusals.text(event.field, event.text)}\x01"
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
                f"58={self._refusals.text(event.field, event.text)}\x01"
            ),
        )

    def _stated_price(self, event: OrderRejected) -> str:
        terms = event.terms
        price = event.stated.get("price", "")
        if not price and terms.price and terms.symbol in self._instruments:
            price = self._instruments[terms.symbol].scale.text(terms.price)
        return f"44={price}\x01" if price else ""

    def _average(self, notional: int, cumulative: int) -> str:
        """AvgPx(6) of the order that was repeated last."""
        return f"6={self._echo.scale.average(notional, cumulative)}\x01"

    def _when(self, at: int) -> str:
        if at != self._at:
            self._at = at
            self._time = self._timestamps.text(at)
        return self._time
