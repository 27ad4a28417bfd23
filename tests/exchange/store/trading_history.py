"""Events to project: what a real venue says when a seeded crowd trades on it."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from exchange.commands import (
    CancelOrder,
    Command,
    EnterOrder,
    ListInstrument,
    OpenAccount,
    RefuseOrder,
    ReplaceOrder,
)
from exchange.events import (
    Event,
    FillBusted,
    FillCorrected,
    OrderAccepted,
    OrderCanceled,
    OrderDoneForDay,
    OrderFilled,
    OrderReplaced,
    OrderRestated,
    OrderTriggered,
    TradeBusted,
    TradeCorrected,
    Traded,
)
from exchange.orders import OrderConditions, OrderStatus, OrderTerms, OrderType, Side, TimeInForce
from exchange.reasons import CancelReason, RestatementReason
from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument
from exchange.rejections import RejectReason
from exchange.venue import Venue

SYMBOLS = ("ACME", "MSFT", "AAPL")
ACCOUNTS = ("A1", "B2")
SESSIONS = ("ALICE", "BOB")
START = 1_700_000_000_000_000_000
SECOND = 1_000_000_000


def trading_history(seed: int, length: int) -> list[Event]:
    """At least `length` events of a venue on which orders of every kind are entered, replaced, canceled and refused."""
    random, venue = Random(seed), Venue()
    events: list[Event] = []
    for turn, command in enumerate(_commands(random, events)):
        events += venue.apply(command, START + turn * 7 * SECOND)
        if len(events) >= length:
            return events
    raise AssertionError("commands never end")


def with_interventions(events: list[Event], seed: int, length: int) -> list[Event]:
    """`events`, and then `length` more in which days end and operators bust and correct what was done before."""
    random, known = Random(seed), list(events)
    orders = [event for event in events if isinstance(event, OrderFilled | OrderAccepted)]
    trades = [event for event in events if isinstance(event, Traded)]
    for number in range(events[-1].number + 1, events[-1].number + 1 + length):
        at = events[-1].at + number
        if random.random() < 0.4:
            known.append(_changed_trade(random, number, at, random.choice(trades)))
        else:
            known.append(_changed_order(random, number, at, random.choice(orders).terms))
    return known


def _changed_trade(random: Random, number: int, at: int, trade: Traded) -> Event:
    sides = (trade.buy_order_id, trade.sell_order_id, trade.buy_account, trade.sell_account)
    if random.random() < 0.5:
        return TradeBusted(number, at, trade.symbol, trade.trade_id, trade.price, trade.quantity, *sides, "error")
    price = random.randint(900, 1100)
    return TradeCorrected(
        number, at, trade.symbol, trade.trade_id, price, 1, trade.price, trade.quantity, *sides, "price"
    )


def _changed_order(random: Random, number: int, at: int, terms: OrderTerms) -> Event:
    asked = OrderTerms(
        terms.order_id, terms.session, terms.cl_ord_id, terms.account, terms.symbol, terms.side, OrderType.STOP,
        TimeInForce.GOOD_TILL_CANCEL, terms.quantity, terms.price, OrderConditions(stop_price=990, is_post_only=True),
    )  # fmt: skip
    some = terms.quantity // 2
    sums = (some, terms.quantity - some, some * terms.price)
    status = random.choice([OrderStatus.PARTIALLY_FILLED, OrderStatus.CANCELED])
    changes: tuple[Event, ...] = (
        OrderTriggered(number, at, terms, 990),
        OrderRestated(number, at, asked, *sums, RestatementReason.NEW_DAY),
        OrderDoneForDay(number, at, terms, *sums, "enough for today"),
        FillBusted(number, at, terms, 1, 1, 1, terms.price, *sums, status, "error"),
        FillCorrected(number, at, terms, 1, 1, 1, terms.price, *sums, status, "price"),
        OrderCanceled(number, at, asked, "", some, 0, some, random.choice(list(CancelReason))),
    )
    return random.choice(changes)


def _commands(random: Random, events: list[Event]) -> Iterator[Command]:
    for symbol in SYMBOLS:
        yield ListInstrument(Instrument(symbol, 2, 1, 1, "USD", 1000, 100, 9_000, 1_000_000))
    for account in ACCOUNTS:
        yield OpenAccount(Account(account, f"{account} Ltd"))
    entered: list[OrderTerms] = []
    read, number = 0, 0
    while True:
        entered += [event.terms for event in events[read:] if isinstance(event, OrderAccepted | OrderReplaced)]
        read, number = len(events), number + 1
        kind = random.random()
        if kind < 0.7 or not entered:
            order = _order(random, number)
            yield RefuseOrder(order, RejectReason.PRICE_MISSING, "price", "is missing") if kind < 0.02 else order
        else:
            yield _amendment(random, number, random.choice(entered[-30:]))


def _order(random: Random, number: int) -> EnterOrder:
    is_market = random.random() < 0.1
    return EnterOrder(
        random.choice(SESSIONS),
        f"c{number if random.random() > 0.02 else 1}",
        random.choice(ACCOUNTS),
        random.choice((*SYMBOLS, "NONE")) if random.random() < 0.05 else random.choice(SYMBOLS),
        random.choice(list(Side)),
        OrderType.MARKET if is_market else OrderType.LIMIT,
        random.choice(list(TimeInForce)) if random.random() < 0.3 else TimeInForce.DAY,
        random.randint(1, 500),
        0 if is_market else random.randint(990, 1010),
    )


def _amendment(random: Random, number: int, terms: OrderTerms) -> CancelOrder | ReplaceOrder:
    new, old = f"c{number}", terms.cl_ord_id
    if random.random() < 0.5:
        return CancelOrder(terms.session, new, old, terms.symbol, terms.side)
    return ReplaceOrder(
        terms.session,
        new,
        old,
        terms.symbol,
        terms.side,
        terms.order_type,
        TimeInForce.DAY,
        random.randint(1, 600),
        random.randint(990, 1010),
    )
