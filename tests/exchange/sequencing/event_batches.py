"""Events in numbered batches, of every kind in turn, for tests of the event log."""

from __future__ import annotations

from exchange.events import (
    AccountOpened,
    AmendmentRejected,
    Event,
    InstrumentListed,
    LevelChanged,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    Traded,
)
from exchange.orders import OrderStatus, OrderTerms, OrderType, Side, TimeInForce
from exchange.reasons import CancelReason
from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument
from exchange.rejections import RejectReason

INSTRUMENT = Instrument("ACME", 2, 1, 1, "USD", 1000, 900, 1100, 10_000)


def event(number: int) -> Event:
    """The event of this number: eleven kinds in turn."""
    at = 1_700_000_000_000_000_000 + number
    terms = OrderTerms(
        number, "ALICE", f"order-{number}", "ALICE", "ACME", Side.BUY, OrderType.LIMIT, TimeInForce.DAY, 100, 1005
    )
    kinds: tuple[Event, ...] = (
        InstrumentListed(number, at, INSTRUMENT),
        AccountOpened(number, at, Account("ALICE", "Alice's portfolio")),
        OrderAccepted(number, at, terms),
        OrderRejected(number, at, terms, RejectReason.PRICE_OFF_TICK, "price", "10.005 is not a multiple of 0.01"),
        Traded(number, at, "ACME", number, 1005, 100, Side.SELL, number, number - 1, "ALICE", "BOB"),
        OrderFilled(number, at, terms, number, 40, 1005, 40, 60, 40_200, False),
        OrderFilled(number, at, terms, number, 60, 1004, 100, 0, 100_440, True),
        OrderCanceled(number, at, terms, "request-1", 40, 40_200, 60, CancelReason.REQUESTED),
        OrderReplaced(number, at, terms, "order-0", 0, 100, 0, True),
        AmendmentRejected(
            number, at, "ALICE", "c1", "o1", True, 0, OrderStatus.REJECTED, RejectReason.UNKNOWN_ORDER, "x", "y"
        ),
        LevelChanged(number, at, "ACME", Side.BUY, 1005, 300, 2),
    )
    return kinds[number % len(kinds)]


def batch(first: int, count: int) -> list[Event]:
    """So many events, the first with this number."""
    return [event(number) for number in range(first, first + count)]


def opening(number: int) -> list[Event]:
    """A public state that includes all events up to a number."""
    return [InstrumentListed(number, 1, INSTRUMENT), LevelChanged(number, 1, "ACME", Side.BUY, 1005, 300, 2)]
