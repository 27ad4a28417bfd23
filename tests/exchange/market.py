"""A small language for tests of the venue: commands by their identifiers, prices as text, events as one line each.

`market.do(buy("B1", 100, "10.05"))` answers `["accepted B1 100@10.05", "bid 10.05: 100 in 1"]`. Every command goes
through `Market.do`, which also checks what holds for all: event numbers without a gap, the command's time on each.
"""

from __future__ import annotations

from collections.abc import Iterator

from exchange.commands import (
    CancelOrder,
    Command,
    EnterOrder,
    ListInstrument,
    OpenAccount,
    RefuseAmendment,
    RefuseOrder,
    ReplaceOrder,
)
from exchange.events import (
    AccountOpened,
    AmendmentRejected,
    Event,
    InstrumentListed,
    LevelChanged,
    MassCancelAccepted,
    MassCancelRejected,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    Traded,
)
from exchange.orders import OrderTerms, OrderType, Side, TimeInForce
from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument
from exchange.reference.units import decimal_text, parse_decimal
from exchange.rejections import RejectReason
from exchange.venue import Venue

DIGITS = 2
ACME = Instrument("ACME", DIGITS, 1, 1, "USD", 1000, 1, 10_000, 1_000_000)
ALICE = Account("ALICE", "Alice's portfolio")

DAY, GTC = TimeInForce.DAY, TimeInForce.GOOD_TILL_CANCEL
IOC, FOK = TimeInForce.IMMEDIATE_OR_CANCEL, TimeInForce.FILL_OR_KILL


def buy(
    cl_ord_id: str,
    quantity: int,
    price: str = "",
    time_in_force: TimeInForce = DAY,
    *,
    session: str = "S",
    symbol: str = "ACME",
    account: str = "ALICE",
) -> EnterOrder:
    """A new order to buy; without a price it is a market order."""
    return EnterOrder(session, cl_ord_id, account, symbol, Side.BUY, *_type(time_in_force, price, quantity))


def sell(
    cl_ord_id: str,
    quantity: int,
    price: str = "",
    time_in_force: TimeInForce = DAY,
    *,
    session: str = "S",
    symbol: str = "ACME",
    account: str = "ALICE",
) -> EnterOrder:
    """A new order to sell; without a price it is a market order."""
    return EnterOrder(session, cl_ord_id, account, symbol, Side.SELL, *_type(time_in_force, price, quantity))


def cancel(
    cl_ord_id: str,
    of: str,
    *,
    session: str = "S",
    symbol: str = "ACME",
    side: Side | None = None,
    order_id: int = 0,
) -> CancelOrder:
    """A request to cancel the order `of`. Its side is told by the first letter of `of`, B or S, when not given."""
    return CancelOrder(session, cl_ord_id, of, symbol, _side(of) if side is None else side, order_id)


def replace(
    cl_ord_id: str,
    of: str,
    quantity: int,
    price: str = "",
    time_in_force: TimeInForce = DAY,
    *,
    symbol: str = "ACME",
    side: Side | None = None,
    order_id: int = 0,
) -> ReplaceOrder:
    """A request to change the order `of`. Its side is told by the first letter of `of`, B or S, when not given."""
    side = _side(of) if side is None else side
    return ReplaceOrder("S", cl_ord_id, of, symbol, side, *_type(time_in_force, price, quantity), order_id)


def refuse(order: EnterOrder, reason: RejectReason, field: str, text: str) -> RefuseOrder:
    """An order that the gateway could not read."""
    return RefuseOrder(order, reason, field, text, {field: "what stood there"})


def refuse_amendment(cl_ord_id: str, of: str, *, is_replace: bool = False) -> RefuseAmendment:
    """A cancel or replace that the gateway could not read."""
    return RefuseAmendment("S", cl_ord_id, of, is_replace, RejectReason.UNSUPPORTED_SIDE, "side", "9 is not taken")


class Market:
    """A venue that lists ACME for the account ALICE, with what it answers as text."""

    def __init__(self, instrument: Instrument = ACME) -> None:
        self.venue = Venue()
        self.at = 0
        self.apply(ListInstrument(instrument))
        self.apply(OpenAccount(ALICE))

    def apply(self, command: Command) -> list[Event]:
        """The events of a command, one nanosecond after the one before."""
        self.at += 1
        number = self.venue.last_event
        events = self.venue.apply(command, self.at)
        assert [event.number for event in events] == list(range(number + 1, number + 1 + len(events)))
        assert {event.at for event in events} == {self.at}
        assert self.venue.last_event == number + len(events)
        assert self.venue.now == self.at
        return events

    def do(self, *commands: Command) -> list[str]:
        """What the last of some commands did, one line for each event."""
        lines: list[str] = []
        for command in commands:
            lines = [text_of(event) for event in self.apply(command)]
        return lines

    def book(self, symbol: str = "ACME") -> dict[str, list[str]]:
        """Every level, best first: its orders in the order of their time."""
        book = self.venue.books[symbol]
        return {
            f"{'bid' if level.side is Side.BUY else 'ask'} {_text(level.price)}": [
                f"{order.terms.cl_ord_id} {order.leaves}" for order in level
            ]
            for side in (book.bids, book.asks)
            for level in side
        }


def text_of(event: Event) -> str:
    """An event as a line."""
    match event:
        case InstrumentListed():
            return f"listed {event.instrument.symbol}"
        case AccountOpened():
            return f"opened {event.account.account_id}"
        case OrderAccepted(terms=terms):
            return " ".join(("accepted", terms.cl_ord_id, *_wish(terms)))
        case OrderRejected(terms=terms):
            return f"rejected {terms.cl_ord_id} {event.reason}: {event.field} {event.text}"
        case Traded():
            return f"traded {event.quantity}@{_text(event.price)}"
        case OrderFilled(terms=terms):
            return f"filled {terms.cl_ord_id} {event.last_quantity}, {event.cumulative} done, {event.leaves} left"
        case OrderCanceled(terms=terms):
            asked = f" by {event.request_cl_ord_id}" if event.request_cl_ord_id else ""
            return f"canceled {terms.cl_ord_id}{asked}: {event.canceled} open, {event.cumulative} done, {event.reason}"
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
        case LevelChanged():
            side = "bid" if event.side is Side.BUY else "ask"
            shown = f"{event.quantity} in {event.orders}" if event.orders or event.quantity else "gone"
            return f"{side} {_text(event.price)}: {shown}"


def units(price: str) -> int:
    """A price in units of the scale of ACME."""
    value = parse_decimal(price, DIGITS)
    assert value is not None, price
    return value


def _wish(terms: OrderTerms) -> Iterator[str]:
    yield f"{terms.quantity}@{_text(terms.price) if terms.order_type is OrderType.LIMIT else 'market'}"
    if terms.time_in_force is not DAY:
        yield terms.time_in_force.name


def _type(time_in_force: TimeInForce, price: str, quantity: int) -> tuple[OrderType, TimeInForce, int, int]:
    if not price:
        return OrderType.MARKET, time_in_force, quantity, 0
    return OrderType.LIMIT, time_in_force, quantity, units(price)


def _side(cl_ord_id: str) -> Side:
    return Side.BUY if cl_ord_id.startswith("B") else Side.SELL


def _text(price: int) -> str:
    return decimal_text(price, DIGITS)
