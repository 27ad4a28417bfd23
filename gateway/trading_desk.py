"""Orders that come over HTTP: entered, changed and canceled as their user's own session, answered when they are done.

The session of a user is `@` and the name, which no FIX session can have. An order that another session has entered for
the same account can be canceled here, as by the venue; changing it is for its own session, which knows its identifiers.
An identifier that a client gave makes an order happen once: the same request again has the same answer.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from secrets import token_hex

from msgspec import Struct

from exchange.commands import CancelForOwner, CancelOrder, Command, EnterOrder, MassCancel, ReplaceOrder
from exchange.events import (
    AmendmentRejected,
    CommandRefused,
    MassCancelRejected,
    OrderAccepted,
    OrderCanceled,
    OrderRejected,
)
from exchange.matching.order import Order
from exchange.orders import Side
from exchange.rejections import RejectReason
from exchange.venue import Venue
from gateway.command_desk import CommandDesk
from gateway.http.callers import Caller
from gateway.http.problems import Problem
from gateway.http.trading.order_bodies import GENERATED_PREFIX
from gateway.http.trading.order_views import OrderState, live_state, told_state
from gateway.http.trading.refusals import trading_problem
from gateway.open_orders import OpenOrders

SESSION_PREFIX = "@"

ANSWERS_KEPT = 10_000
"""Answers of orders with an identifier of the client's: a client that lost its line asks again within seconds. Of older
ones the order itself is the answer, as far as the venue remembers it."""

OPEN_ORDERS_MAX = 10_000
"""Open orders of one user over HTTP: as many as a FIX session may have by default. Each is in memory."""

IDENTIFIER_BYTES = 12
"""Of the identifiers that are made here: no two are the same, however long the venue runs."""


class OrderOutcome(Struct, frozen=True):
    """What became of an order request."""

    state: OrderState
    as_of: int
    """Number of its last event."""


class CancelOutcome(Struct, frozen=True):
    """What became of a request to cancel many."""

    order_ids: Sequence[int]
    as_of: int


class TradingDesk:
    """The orders of HTTP's users."""

    def __init__(self, commands: CommandDesk, venue: Venue, open_orders_max: int = OPEN_ORDERS_MAX) -> None:
        self._commands = commands
        self._venue = venue
        self._open_orders_max = open_orders_max
        self._open_orders = OpenOrders(venue)
        self._answers: OrderedDict[tuple[str, str], _Answer] = OrderedDict()

    async def enter(self, command: EnterOrder) -> OrderOutcome:
        """Enters an order, once for its identifier. Raises `Problem`: why the venue, or this desk, refuses it."""
        if command.cl_ord_id.startswith(GENERATED_PREFIX):
            return _told(await self._answer(command))
        key = command.session, command.cl_ord_id
        known = self._answers.get(key)
        if known is None:
            earlier = self._entered_before(command)
            if earlier is not None:
                return earlier
            known = self._answers[key] = _Answer(command, asyncio.create_task(self._answer(command)))
            if len(self._answers) > ANSWERS_KEPT:
                self._answers.popitem(last=False)
        elif known.command != command:
            raise _used_before(command)
        # Shielded: who asked first may go, and who asks again waits for the same answer.
        return _told(await asyncio.shield(known.task))

    async def cancel(self, caller: Caller, order: Order) -> OrderOutcome:
        """Takes what is left of an order out of the market. Raises `Problem`."""
        terms = order.terms
        session = session_of(caller)
        command: Command
        if terms.session == session:
            command = CancelOrder(session, new_identifier(), terms.cl_ord_id, terms.symbol, terms.side)
        else:
            command = CancelForOwner(terms.order_id, f"canceled over HTTP by {caller.username}")
        return await self._amended(order, command)

    async def replace(self, caller: Caller, order: Order, command: ReplaceOrder) -> OrderOutcome:
        """Gives an order new terms. Raises `Problem`."""
        terms = order.terms
        if terms.session != session_of(caller):
            text = f"{terms.order_id} was entered by session {terms.session}: change it there, or cancel it"
            raise trading_problem(RejectReason.ORDER_MISMATCH, "order_id", text, terms.order_id)
        return await self._amended(order, command)

    async def cancel_all(
        self, caller: Caller, account: str, symbol: str = "", side: Side | None = None
    ) -> CancelOutcome:
        """Takes all open orders of an account, whoever entered them, out of the market. Raises `Problem`."""
        session = session_of(caller)
        commands: list[Command] = [MassCancel(session, new_identifier(), symbol, side, account)]
        commands += [
            CancelForOwner(order.terms.order_id, f"canceled over HTTP by {caller.username}")
            for order in self.open_orders([account])
            if order.terms.session != session
            and (not symbol or order.terms.symbol == symbol)
            and (side is None or order.terms.side is side)
        ]
        events = await self._commands.carry_out(*commands)
        for event in events:
            if isinstance(event, MassCancelRejected):
                raise trading_problem(event.reason, event.field, event.text)
        canceled = [event.terms.order_id for event in events if isinstance(event, OrderCanceled)]
        return CancelOutcome(canceled, events[-1].number)

    def open_orders(self, accounts: Sequence[str]) -> list[Order]:
        """The open orders of these accounts, whoever entered them, newest first."""
        return self._open_orders.of(accounts)

    def check_open(self, session: str) -> None:
        """Raises `Problem` when a session has as many open orders as it may have."""
        count = self._venue.register.open_count(session)
        if count >= self._open_orders_max:
            text = f"{count} orders are open; a user may have {self._open_orders_max} over HTTP"
            raise trading_problem(RejectReason.TOO_MANY_OPEN_ORDERS, "session", text)

    async def _answer(self, command: EnterOrder) -> OrderOutcome | Problem:
        """The answer that is kept: an outcome, or why there is none."""
        try:
            self.check_open(command.session)
            events = await self._commands.carry_out(command)
        except Problem as problem:
            # Nothing was written: the same request may come in another time.
            self._answers.pop((command.session, command.cl_ord_id), None)
            return problem
        order_id = 0
        for event in events:
            if isinstance(event, OrderRejected) and _is_of(event.terms.session, event.terms.cl_ord_id, command):
                return trading_problem(event.reason, event.field, event.text)
            if isinstance(event, OrderAccepted) and _is_of(event.terms.session, event.terms.cl_ord_id, command):
                order_id = event.terms.order_id
        state = told_state(events, order_id)
        assert state is not None, f"order {command.cl_ord_id} of {command.session} was neither taken nor refused"
        return OrderOutcome(state, events[-1].number)

    def _entered_before(self, command: EnterOrder) -> OrderOutcome | None:
        """The order that this very request has entered, before a restart or long ago. Raises `Problem`."""
        register, session, cl_ord_id = self._venue.register, command.session, command.cl_ord_id
        order = register.find(session, cl_ord_id) or register.find_former(session, cl_ord_id)
        if order is None:
            return None
        terms = order.terms
        # A type that has changed was elected, or got its price from the market; the rest is as it was asked for.
        is_same = (
            (terms.account, terms.symbol, terms.side, terms.quantity, terms.time_in_force)
            == (command.account, command.symbol, command.side, command.quantity, command.time_in_force)
            and terms.cl_ord_id == cl_ord_id
            and (terms.order_type is not command.order_type or terms.price == command.price)
        )
        if not is_same:
            raise _used_before(command)
        return OrderOutcome(live_state(order), self._venue.last_event)

    async def _amended(self, order: Order, command: Command) -> OrderOutcome:
        events = await self._commands.carry_out(command)
        for event in events:
            if isinstance(event, AmendmentRejected | CommandRefused) and _is_about(event, command):
                raise trading_problem(event.reason, event.field, event.text)
        state = told_state(events, order.terms.order_id) or live_state(order)
        return OrderOutcome(state, events[-1].number)


class _Answer(Struct):
    command: EnterOrder
    task: asyncio.Task[OrderOutcome | Problem]


def session_of(caller: Caller) -> str:
    """The session of a user's orders over HTTP."""
    return f"{SESSION_PREFIX}{caller.username}"


def new_identifier() -> str:
    """An identifier for a request that the client gave none."""
    return GENERATED_PREFIX + token_hex(IDENTIFIER_BYTES)


def _told(answer: OrderOutcome | Problem) -> OrderOutcome:
    if isinstance(answer, Problem):
        raise answer
    return answer


def _is_of(session: str, cl_ord_id: str, command: EnterOrder) -> bool:
    return session == command.session and cl_ord_id == command.cl_ord_id


def _is_about(event: AmendmentRejected | CommandRefused, command: Command) -> bool:
    if isinstance(event, CommandRefused):
        return isinstance(command, CancelForOwner)
    assert isinstance(command, CancelOrder | ReplaceOrder), command
    return event.session == command.session and event.cl_ord_id == command.cl_ord_id


def _used_before(command: EnterOrder) -> Problem:
    text = f"{command.cl_ord_id} was used before, for another order"
    return trading_problem(RejectReason.DUPLICATE_CLIENT_ORDER_ID, "cl_ord_id", text, command.cl_ord_id)
