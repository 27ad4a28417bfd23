"""Events of orders, quotes and operations as one line each: `filled B1 40, 40 done, 60 left`.

Prices are those of an instrument with two digits behind the point. What a session or an instrument is told beyond the
line (identifiers, times, sums) is for tests that look at whole events; those of the trading day have their own
lines.
"""

from __future__ import annotations

from collections.abc import Iterator

from exchange.events import (
    AccountOpened,
    AmendmentRejected,
    CommandRefused,
    Event,
    FillBusted,
    FillCorrected,
    InstrumentListed,
    LevelChanged,
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
    TradeBusted,
    TradeCorrected,
    Traded,
    TradingBlocked,
)
from exchange.orders import UNPRICED, OrderTerms, OrderType, Side, TimeInForce
from exchange.reference.units import decimal_text

DIGITS = 2


def text_of(event: Event) -> str:
    """An event as a line."""
    match event:
        case InstrumentListed():
            return f"listed {event.instrument.symbol}"
        case AccountOpened():
            return f"opened {event.account.account_id}"
        case Traded():
            return f"traded {event.quantity}@{price_text(event.price)}"
        case LevelChanged():
            side = "bid" if event.side is Side.BUY else "ask"
            shown = f"{event.quantity} in {event.orders}" if event.orders or event.quantity else "gone"
            return f"{side} {price_text(event.price)}: {shown}"
        case CommandRefused():
            return f"refused {event.command} {event.reason}: {event.field} {event.text}"
        case _:
            return _order_line(event) or _amendment_line(event) or _quote_line(event) or _operation_line(event)


def price_text(price: int) -> str:
    """A price as people write it; `market` where market orders wait without one."""
    return "market" if price == UNPRICED else decimal_text(price, DIGITS)


def _order_line(event: Event) -> str:
    match event:
        case OrderAccepted(terms=terms):
            return " ".join(("accepted", terms.cl_ord_id, *_wish(terms)))
        case OrderRejected(terms=terms):
            return f"rejected {terms.cl_ord_id} {event.reason}: {event.field} {event.text}"
        case OrderFilled(terms=terms):
            return f"filled {terms.cl_ord_id} {event.last_quantity}, {event.cumulative} done, {event.leaves} left"
        case OrderCanceled(terms=terms):
            asked = f" by {event.request_cl_ord_id}" if event.request_cl_ord_id else ""
            return f"canceled {terms.cl_ord_id}{asked}: {event.canceled} open, {event.cumulative} done, {event.reason}"
        case OrderTriggered(terms=terms):
            return f"triggered {terms.cl_ord_id} at {price_text(event.trigger_price)}"
        case OrderRestated(terms=terms):
            return " ".join(("restated", terms.cl_ord_id, *_wish(terms))) + f": {event.leaves} left, {event.reason}"
        case OrderDoneForDay(terms=terms):
            why = f", {event.text}" if event.text else ""
            return f"done for day {terms.cl_ord_id}: {event.cumulative} done, {event.leaves} left{why}"
        case _:
            return ""


def _amendment_line(event: Event) -> str:
    match event:
        case OrderReplaced(terms=terms):
            place = "keeps" if event.kept_priority else "loses"
            wish = " ".join((event.previous_cl_ord_id, "by", terms.cl_ord_id, *_wish(terms)))
            return f"replaced {wish}: {event.leaves} left, {place} its place"
        case AmendmentRejected():
            what = "replace" if event.is_replace else "cancel"
            of = f"{event.orig_cl_ord_id} ({event.status.name})"
            return f"refused {what} {event.cl_ord_id} of {of} {event.reason}: {event.field} {event.text}"
        case MassCancelAccepted():
            return f"mass cancel {event.cl_ord_id}: {event.orders} orders"
        case MassCancelRejected():
            return f"refused mass cancel {event.cl_ord_id} {event.reason}: {event.field} {event.text}"
        case _:
            return ""


def _quote_line(event: Event) -> str:
    match event:
        case QuotesAnswered(results=results):
            answers = (
                f"{result.entry_id} {f'{result.reason}: {result.field} {result.text}' if result.reason else 'taken'}"
                for result in results
            )
            return f"quotes {event.quote_id}: {', '.join(answers)}"
        case QuotesCanceled():
            asked = f" by {event.request_id}" if event.request_id else ""
            return f"quotes canceled{asked}: {event.quotes}, {event.reason}"
        case _:
            return ""


def _operation_line(event: Event) -> str:
    match event:
        case TradingBlocked():
            why = f", {event.reason}" if event.reason else ""
            return f"{'blocked' if event.is_blocked else 'unblocked'} {event.scope} {event.name}{why}"
        case TradeBusted():
            return f"busted trade {event.trade_id}: {event.quantity}@{price_text(event.price)}"
        case TradeCorrected():
            was = f"{event.previous_quantity}@{price_text(event.previous_price)}"
            return f"corrected trade {event.trade_id}: {event.quantity}@{price_text(event.price)}, was {was}"
        case FillBusted(terms=terms) | FillCorrected(terms=terms):
            what = "busted" if isinstance(event, FillBusted) else "corrected"
            fill = f"{event.last_quantity}@{price_text(event.last_price)}"
            sums = f"{event.cumulative} done, {event.leaves} left, {event.status.name}"
            return f"{what} {terms.cl_ord_id} {fill}: {sums}"
        case _:
            raise AssertionError(f"{type(event).__name__} has no line here")


def _wish(terms: OrderTerms) -> Iterator[str]:
    kind = terms.order_type
    yield f"{terms.quantity}@{price_text(terms.price) if terms.price or kind is OrderType.LIMIT else 'market'}"
    if kind is not OrderType.LIMIT and (kind is not OrderType.MARKET or terms.price):
        yield kind.name
    if terms.time_in_force is not TimeInForce.DAY:
        yield terms.time_in_force.name
