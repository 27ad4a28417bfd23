"""A small language for tests of the venue: commands by their identifiers, prices as text, events as one line each.

`market.do(buy("B1", 100, "10.05"))` answers `["accepted B1 100@10.05", "bid 10.05: 100 in 1"]`. Every command goes
through `Market.do`, which also checks what holds for all: event numbers without a gap, the command's time on each.
Lines are written by `event_lines`, orders with conditions by `wishes`.
"""

from __future__ import annotations

import msgspec

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
from exchange.events import Event
from exchange.matching.order import Order
from exchange.orders import OrderType, Side, TimeInForce
from exchange.phases import Phase
from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument
from exchange.reference.rule_profile import DEFAULT
from exchange.reference.units import parse_decimal
from exchange.rejections import RejectReason
from exchange.venue import Venue
from tests.exchange.event_lines import DIGITS, price_text, text_of

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


def rules(**choices: object) -> Instrument:
    """ACME by other rules than the default ones, named as in `RuleProfile`."""
    return msgspec.structs.replace(ACME, rules=msgspec.structs.replace(DEFAULT, **choices))


def refuse(order: EnterOrder, reason: RejectReason, field: str, text: str) -> RefuseOrder:
    """An order that the gateway could not read."""
    return RefuseOrder(order, reason, field, text, {field: "what stood there"})


def refuse_amendment(cl_ord_id: str, of: str, *, is_replace: bool = False) -> RefuseAmendment:
    """A cancel or replace that the gateway could not read."""
    return RefuseAmendment("S", cl_ord_id, of, is_replace, RejectReason.UNSUPPORTED_SIDE, "side", "9 is not taken")


class Market:
    """A venue that lists ACME for the account ALICE, with what it answers as text."""

    def __init__(self, instrument: Instrument = ACME, *accounts: Account) -> None:
        self.venue = Venue()
        self.at = 0
        self.apply(ListInstrument(instrument))
        for account in (ALICE, *accounts):
            self.apply(OpenAccount(account))

    def apply(self, command: Command) -> list[Event]:
        """The events of a command, one nanosecond after the one before."""
        self.at += 1
        number = self.venue.last_event
        events = self.venue.apply(command, self.at)
        assert [event.number for event in events] == list(range(number + 1, number + 1 + len(events)))
        assert {event.at for event in events} <= {self.at}
        assert self.venue.last_event == number + len(events)
        assert self.venue.now == self.at
        return events

    def do(self, *commands: Command) -> list[str]:
        """What the last of some commands did, one line for each event."""
        lines: list[str] = []
        for command in commands:
            lines = [text_of(event) for event in self.apply(command)]
        return lines

    def enter_phase(self, phase: Phase, symbol: str = "ACME") -> None:
        """Puts an instrument into a phase of its day, without what the trading day does on the way."""
        self.venue.markets[symbol].enter_phase(phase)

    def order(self, cl_ord_id: str, session: str = "S") -> Order:
        """An order that is kept, by its present identifier."""
        order = self.venue.register.find(session, cl_ord_id)
        assert order is not None, f"{session} has no order {cl_ord_id}"
        return order

    def book(self, symbol: str = "ACME") -> dict[str, list[str]]:
        """Every level, best first: its orders in the order of their time."""
        book = self.venue.books[symbol]
        return {
            f"{'bid' if level.side is Side.BUY else 'ask'} {price_text(level.price)}": [
                f"{order.terms.cl_ord_id} {order.leaves}" for order in level
            ]
            for side in (book.bids, book.asks)
            for level in side
        }


def units(price: str) -> int:
    """A price in units of the scale of ACME."""
    value = parse_decimal(price, DIGITS)
    assert value is not None, price
    return value


def _type(time_in_force: TimeInForce, price: str, quantity: int) -> tuple[OrderType, TimeInForce, int, int]:
    if not price:
        return OrderType.MARKET, time_in_force, quantity, 0
    return OrderType.LIMIT, time_in_force, quantity, units(price)


def _side(cl_ord_id: str) -> Side:
    return Side.BUY if cl_ord_id.startswith("B") else Side.SELL
