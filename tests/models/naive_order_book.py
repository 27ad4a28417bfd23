"""The rules of the venue once more, so plainly that they are right on sight: one list of orders, sorted when asked.

There are no levels, links, indexes or counters to keep in step. `NaiveVenue.apply` answers what a command must bring as
plain tuples; `what_happened` puts the events of the venue into the same form, so that tests can compare the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from exchange.commands import (
    CancelOrder,
    Command,
    EnterOrder,
    ListInstrument,
    MassCancel,
    OpenAccount,
    RefuseAmendment,
    RefuseMassCancel,
    RefuseOrder,
    ReplaceOrder,
)
from exchange.events import (
    AmendmentRejected,
    Event,
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
from exchange.orders import OrderType, Side, TimeInForce
from exchange.reference.instruments import Instrument

Happening = tuple[Any, ...]


@dataclass
class NaiveOrder:
    """Everything about an order, in its one place."""

    order_id: int
    entry: EnterOrder
    cl_ord_id: str
    quantity: int
    price: int
    entered: int
    """Rank in time: lower ones trade first at the same price."""
    fills: list[tuple[int, int]] = field(default_factory=list)
    """Quantity and price of each."""
    former: list[str] = field(default_factory=list)
    """Identifiers that meant it before a replace, and the request that canceled it."""
    named: int = 0
    """When it got its present identifier."""
    is_canceled: bool = False
    is_resting: bool = False

    @property
    def cumulative(self) -> int:
        return sum(quantity for quantity, _ in self.fills)

    @property
    def notional(self) -> int:
        return sum(quantity * price for quantity, price in self.fills)

    @property
    def leaves(self) -> int:
        return 0 if self.is_canceled else self.quantity - self.cumulative

    @property
    def status(self) -> str:
        if self.is_canceled:
            return "CANCELED"
        if self.leaves == 0:
            return "FILLED"
        return "PARTIALLY_FILLED" if self.fills else "NEW"


class NaiveVenue:
    """All orders that ever were, never forgotten."""

    def __init__(self) -> None:
        self.instruments: dict[str, Instrument] = {}
        self.accounts: set[str] = set()
        self.orders: list[NaiveOrder] = []
        self.used: set[tuple[str, str]] = set()
        self.clock = 0

    def apply(self, command: Command) -> list[Happening]:
        """What the command must bring, without the public levels."""
        self.clock += 1
        match command:
            case ListInstrument():
                self.instruments[command.instrument.symbol] = command.instrument
                return []
            case OpenAccount():
                self.accounts.add(command.account.account_id)
                return []
            case EnterOrder():
                reason = self._duplicate(command.session, command.cl_ord_id) or self._broken_rule(command)
                return [("rejected", command.cl_ord_id, reason)] if reason else list(self._enter(command))
            case RefuseOrder(order=order):
                reason = self._duplicate(order.session, order.cl_ord_id) or command.reason.name
                return [("rejected", order.cl_ord_id, reason)]
            case CancelOrder() | ReplaceOrder() | RefuseAmendment():
                return list(self._amend(command))
            case MassCancel():
                return list(self._mass_cancel(command))
            case RefuseMassCancel(request=request):
                reason = self._duplicate(request.session, request.cl_ord_id) or command.reason.name
                return [("mass cancel rejected", request.cl_ord_id, reason)]
            case _:
                raise AssertionError(f"the naive venue knows nothing of {command}")

    def queue(self, symbol: str, side: Side) -> list[NaiveOrder]:
        """Resting orders as they would trade: by price, then time."""
        resting = [
            order
            for order in self.orders
            if order.is_resting and order.leaves and order.entry.symbol == symbol and order.entry.side is side
        ]
        return sorted(resting, key=lambda order: (-order.price * side, order.entered))

    def levels(self) -> dict[tuple[str, Side, int], tuple[int, int]]:
        """Quantity and number of orders of every price level."""
        shown: dict[tuple[str, Side, int], tuple[int, int]] = {}
        for order in self.orders:
            if order.is_resting and order.leaves:
                place = (order.entry.symbol, order.entry.side, order.price)
                quantity, orders = shown.get(place, (0, 0))
                shown[place] = (quantity + order.leaves, orders + 1)
        return shown

    def _duplicate(self, session: str, cl_ord_id: str) -> str:
        if (session, cl_ord_id) in self.used:
            return "DUPLICATE_CLIENT_ORDER_ID"
        self.used.add((session, cl_ord_id))
        return ""

    def _broken_rule(self, command: EnterOrder) -> str:
        if command.symbol not in self.instruments:
            return "UNKNOWN_INSTRUMENT"
        if command.account not in self.accounts:
            return "UNKNOWN_ACCOUNT"
        return self._broken_size(command, self.instruments[command.symbol])

    def _broken_size(self, command: EnterOrder | ReplaceOrder, rules: Instrument) -> str:
        if command.quantity < 1 or command.quantity % rules.lot != 0:
            return "INVALID_QUANTITY"
        if command.quantity > rules.max_quantity:
            return "QUANTITY_TOO_LARGE"
        if command.order_type is OrderType.LIMIT and command.price % rules.tick != 0:
            return "PRICE_OFF_TICK"
        if command.order_type is OrderType.LIMIT and command.price < rules.lowest_price:
            return "PRICE_OUT_OF_RANGE"
        if command.order_type is OrderType.LIMIT and command.price > rules.highest_price:
            return "PRICE_OUT_OF_RANGE"
        return ""

    def _enter(self, command: EnterOrder) -> Iterator[Happening]:
        number = len(self.orders) + 1
        order = NaiveOrder(number, command, command.cl_ord_id, command.quantity, command.price, self.clock)
        order.named = self.clock
        self.orders.append(order)
        yield ("accepted", order.order_id, order.cl_ord_id)
        if command.time_in_force is TimeInForce.FILL_OR_KILL:
            there = sum(other.leaves for other in self._tradable(order))
            if there < order.quantity:
                yield self._canceled(order, "", "not fillable at once")
                return
        yield from self._trade(order)
        if order.leaves and command.order_type is OrderType.MARKET:
            yield self._canceled(order, "", "no liquidity")
        elif order.leaves and command.time_in_force is TimeInForce.IMMEDIATE_OR_CANCEL:
            yield self._canceled(order, "", "immediate remainder")
        order.is_resting = True

    def _tradable(self, order: NaiveOrder) -> list[NaiveOrder]:
        side = order.entry.side
        others = self.queue(order.entry.symbol, Side.SELL if side is Side.BUY else Side.BUY)
        if order.entry.order_type is OrderType.MARKET:
            return others
        if side is Side.BUY:
            return [other for other in others if other.price <= order.price]
        return [other for other in others if other.price >= order.price]

    def _trade(self, order: NaiveOrder) -> Iterator[Happening]:
        for other in self._tradable(order):
            quantity = min(order.leaves, other.leaves)
            if quantity:
                order.fills.append((quantity, other.price))
                other.fills.append((quantity, other.price))
                yield ("traded", order.entry.symbol, quantity, other.price, order.entry.side)
                yield self._filled(order, quantity, other.price, is_aggressor=True)
                yield self._filled(other, quantity, other.price, is_aggressor=False)

    def _amend(self, command: CancelOrder | ReplaceOrder | RefuseAmendment) -> Iterator[Happening]:
        meant = [order for order in self.orders if order.entry.session == command.session and _means(command, order)]
        order = meant[0] if meant else None
        reason = self._duplicate(command.session, command.cl_ord_id) or self._broken_amendment(command, order)
        if reason or order is None:
            order_id, status = (order.order_id, order.status) if order else (0, "REJECTED")
            yield ("amendment rejected", command.cl_ord_id, command.orig_cl_ord_id, order_id, status, reason)
        elif isinstance(command, ReplaceOrder):
            yield from self._replace(command, order)
        else:
            yield self._canceled(order, command.cl_ord_id, "requested")
            order.former.append(command.cl_ord_id)

    def _mass_cancel(self, command: MassCancel) -> Iterator[Happening]:
        reason = self._duplicate(command.session, command.cl_ord_id)
        if not reason and command.symbol not in ("", *self.instruments):
            reason = "UNKNOWN_INSTRUMENT"
        if not reason and command.account not in ("", *self.accounts):
            reason = "UNKNOWN_ACCOUNT"
        if reason:
            yield ("mass cancel rejected", command.cl_ord_id, reason)
            return
        meant = [
            order
            for order in self.orders
            if order.leaves
            and order.entry.session == command.session
            and command.symbol in ("", order.entry.symbol)
            and command.side in (None, order.entry.side)
            and command.account in ("", order.entry.account)
        ]
        yield ("mass cancel accepted", command.cl_ord_id, len(meant))
        meant.sort(key=lambda order: order.named)
        first = {symbol: place for place, symbol in reversed(list(enumerate(order.entry.symbol for order in meant)))}
        for order in sorted(meant, key=lambda order: first[order.entry.symbol]):
            yield self._canceled(order, command.cl_ord_id, "mass cancel")

    def _broken_amendment(self, command: CancelOrder | ReplaceOrder | RefuseAmendment, order: NaiveOrder | None) -> str:
        if isinstance(command, RefuseAmendment):
            return command.reason.name
        if order is None:
            return "UNKNOWN_ORDER"
        if not order.leaves:
            return "ORDER_CLOSED"
        if command.orig_cl_ord_id not in ("", order.cl_ord_id):
            return "CLIENT_ORDER_ID_REPLACED"
        if (command.symbol, command.side) != (order.entry.symbol, order.entry.side):
            return "ORDER_MISMATCH"
        if isinstance(command, CancelOrder):
            return ""
        if command.order_type is not order.entry.order_type:
            return "ORDER_MISMATCH"
        if command.time_in_force not in (TimeInForce.DAY, TimeInForce.GOOD_TILL_CANCEL):
            return "UNSUPPORTED_TIME_IN_FORCE"
        broken = self._broken_size(command, self.instruments[order.entry.symbol])
        return broken or ("QUANTITY_BELOW_FILLED" if command.quantity < order.cumulative else "")

    def _replace(self, command: ReplaceOrder, order: NaiveOrder) -> Iterator[Happening]:
        keeps_place = command.price == order.price and command.quantity <= order.quantity
        previous, order.cl_ord_id = order.cl_ord_id, command.cl_ord_id
        order.former.append(previous)
        order.named = self.clock
        order.quantity, order.price = command.quantity, command.price
        if not keeps_place:
            order.entered = self.clock
        yield ("replaced", order.order_id, order.cl_ord_id, previous, order.cumulative, order.leaves, keeps_place)
        order.is_resting = False
        yield from self._trade(order)
        order.is_resting = True

    @staticmethod
    def _filled(order: NaiveOrder, quantity: int, price: int, *, is_aggressor: bool) -> Happening:
        done = (order.cumulative, order.leaves, order.notional)
        return ("filled", order.order_id, order.cl_ord_id, quantity, price, *done, is_aggressor)

    @staticmethod
    def _canceled(order: NaiveOrder, request: str, reason: str) -> Happening:
        leaves = order.leaves
        order.is_canceled = True
        return ("canceled", order.order_id, request, leaves, order.cumulative, order.notional, reason)


def _means(command: CancelOrder | ReplaceOrder | RefuseAmendment, order: NaiveOrder) -> bool:
    if not command.orig_cl_ord_id:
        return command.order_id == order.order_id
    return command.orig_cl_ord_id in (order.cl_ord_id, *order.former)


def what_happened(events: Iterable[Event]) -> list[Happening]:
    """Events in the form of `NaiveVenue.apply`: what the model says nothing about is left out."""
    happened: list[Happening] = []
    for event in events:
        match event:
            case OrderAccepted(terms=terms):
                happened.append(("accepted", terms.order_id, terms.cl_ord_id))
            case OrderRejected(terms=terms):
                happened.append(("rejected", terms.cl_ord_id, event.reason.name))
            case Traded():
                happened.append(("traded", event.symbol, event.quantity, event.price, event.aggressor))
            case OrderFilled(terms=terms):
                fill = (event.last_quantity, event.last_price, event.cumulative, event.leaves, event.notional)
                happened.append(("filled", terms.order_id, terms.cl_ord_id, *fill, event.is_aggressor))
            case OrderCanceled(terms=terms):
                done = (event.canceled, event.cumulative, event.notional, event.reason.value)
                happened.append(("canceled", terms.order_id, event.request_cl_ord_id, *done))
            case OrderReplaced(terms=terms):
                named = (terms.order_id, terms.cl_ord_id, event.previous_cl_ord_id)
                happened.append(("replaced", *named, event.cumulative, event.leaves, event.kept_priority))
            case AmendmentRejected():
                request = (event.cl_ord_id, event.orig_cl_ord_id)
                happened.append(("amendment rejected", *request, event.order_id, event.status.name, event.reason.name))
            case MassCancelAccepted():
                happened.append(("mass cancel accepted", event.cl_ord_id, event.orders))
            case MassCancelRejected():
                happened.append(("mass cancel rejected", event.cl_ord_id, event.reason.name))
    return happened


def levels_changed(events: Iterable[Event]) -> list[tuple[tuple[str, Side, int], tuple[int, int]]]:
    """Place, quantity and number of orders of every changed level, as written."""
    return [
        ((event.symbol, event.side, event.price), (event.quantity, event.orders))
        for event in events
        if isinstance(event, LevelChanged)
    ]
