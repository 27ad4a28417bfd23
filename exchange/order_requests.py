"""What owners ask of the venue about their orders: enter, cancel, replace, one by one or all at once.

Each request is checked, then done or refused; either way there is an event. The venue hands every such command here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from exchange.blocks import Blocks
from exchange.clearing.claim import Claim
from exchange.clearing.claims import Claims
from exchange.clearing.risk import Risk
from exchange.commands import (
    CancelOnDisconnect,
    CancelOrder,
    EnterOrder,
    MassCancel,
    RefuseAmendment,
    RefuseMassCancel,
    RefuseOrder,
    ReplaceOrder,
)
from exchange.condition_rules import group_refusal
from exchange.events import AmendmentRejected, MassCancelAccepted, MassCancelRejected, OrderAccepted, OrderRejected
from exchange.matching.engine import Engine
from exchange.matching.order import Order
from exchange.matching.replacing import Replacing, merged
from exchange.order_rules import check_amendment, check_mass_cancel, check_order
from exchange.orders import UNLIMITED_TYPES, OrderStatus, OrderTerms, OrderType, TimeInForce
from exchange.reasons import CancelReason
from exchange.reference.accounts import Account
from exchange.refusals import Refusal
from exchange.rejections import RejectReason
from exchange.trading_day.good_till_dates import GoodTillDates

Amendment: TypeAlias = CancelOrder | ReplaceOrder | RefuseAmendment

_GOOD_TILL = frozenset({TimeInForce.GOOD_TILL_CANCEL, TimeInForce.GOOD_TILL_DATE})
_LIMIT, _GOOD_TILL_DATE = OrderType.LIMIT, TimeInForce.GOOD_TILL_DATE


class OrderRequests:
    """The owners' commands."""

    def __init__(
        self,
        engine: Engine,
        accounts: Mapping[str, Account],
        blocks: Blocks,
        dates: GoodTillDates,
        claims: Claims,
        risk: Risk,
    ) -> None:
        self._engine = engine
        self._tape = engine.tape
        self._register = engine.register
        self._markets = engine.markets
        self._accounts = accounts
        self._blocks = blocks
        self._dates = dates
        self._claims = claims
        self._risk = risk
        self._replacing = Replacing(engine)
        self.last_order_id = 0

    # New orders

    def enter(self, command: EnterOrder) -> None:
        """A new order."""
        refusal = (
            self._first_use(command)
            or check_order(command, self._markets, self._accounts, self._tape.at)
            or (self._blocks.refusal(command.session, command.account) if self._blocks.reasons else None)
        )
        if refusal is None and command.conditions is not None:
            refusal = self._check_group(command)
        planned = self._claims.plan(command) if refusal is None else refusal
        if refusal is None:
            planned = self._risk.refusal(command, planned) or planned
        if isinstance(planned, Refusal):
            self._reject(command, planned)
            return
        self._risk.accepted(command.account, command.symbol)
        self._let_in(command, planned)

    def accept(self, command: EnterOrder) -> Order:
        """Lets an order in that is the venue's own; answers it as it is after all that it brought.

        What its account has not enough for goes in all the same, and reserves nothing.
        """
        planned = self._claims.plan(command)
        unfunded = Claim(None, self._accounts[command.account].fees)
        return self._let_in(command, unfunded if isinstance(planned, Refusal) else planned)

    def accept_funded(self, command: EnterOrder) -> Order:
        """Lets an order in that was checked; it ends at once where what it needs has gone to another one meanwhile."""
        planned = self._claims.plan(command)
        if not isinstance(planned, Refusal):
            return self._let_in(command, planned)
        order = self._open(command)
        self._engine.close(order, CancelReason.NOT_FUNDED)
        return order

    def _open(self, command: EnterOrder) -> Order:
        self.last_order_id += 1
        order = Order(_terms(command, self.last_order_id))
        self._register.add(order)
        tape = self._tape
        tape.number += 1
        tape.events.append(OrderAccepted(tape.number, tape.at, order.terms))
        return order

    def _let_in(self, command: EnterOrder, claim: Claim | None) -> Order:
        order = self._open(command)
        if claim is not None:
            self._claims.reserve(order, claim)
        engine, market = self._engine, self._markets[command.symbol]
        conditions = command.conditions
        if conditions is None or not conditions.group or engine.consequences.join_group(order):
            engine.enter(order, market)
        else:
            engine.follow(market)
        if command.time_in_force is _GOOD_TILL_DATE:
            self._dates.watch(order)
        if self._tape.touched:
            self._tape.show_levels()
        return order

    def refuse_order(self, command: RefuseOrder) -> None:
        """A new order that the gateway could not read."""
        duplicate = self._first_use(command.order)
        self._reject(command.order, duplicate or Refusal(command.reason, command.field, command.text), command.stated)

    def _check_group(self, command: EnterOrder) -> Refusal | None:
        conditions = command.conditions
        assert conditions is not None, "only orders with conditions are of a group"
        if not conditions.group and conditions.contingency is None:
            return None
        return group_refusal(command, self._engine.groups.joined(command.session, conditions.group))

    def _reject(self, command: EnterOrder, refusal: Refusal, stated: dict[str, str] | None = None) -> None:
        tape = self._tape
        tape.number += 1
        terms = _terms(command, 0)
        tape.events.append(
            OrderRejected(tape.number, tape.at, terms, refusal.reason, refusal.field, refusal.text, stated or {})
        )
        if command.conditions is not None:
            self._engine.groups.refuse_first(command.session, command.conditions)

    # Cancels and replaces

    def cancel(self, command: CancelOrder) -> None:
        """The owner does not want the rest of an order any more."""
        order = self._order_to_amend(command)
        if order is None:
            return
        self._engine.end_order(order, CancelReason.REQUESTED, command.cl_ord_id)
        self._register.remember(order, command.cl_ord_id)
        self._follow(order.terms.symbol)

    def replace(self, command: ReplaceOrder) -> None:
        """The owner wants other terms."""
        order = self._order_to_amend(command)
        if order is None:
            return
        had_date = order.terms.time_in_force is TimeInForce.GOOD_TILL_DATE
        self._replacing.replace(order, command)
        if had_date or command.time_in_force is TimeInForce.GOOD_TILL_DATE:
            self._dates.watch(order)
        self._follow(order.terms.symbol)

    def refuse_amendment(self, command: RefuseAmendment) -> None:
        """A cancel or replace that the gateway could not read."""
        order = self._order_meant(command)
        refusal = self._first_use(command) or Refusal(command.reason, command.field, command.text)
        self._reject_amendment(command, command.is_replace, order, refusal)

    def _order_to_amend(self, command: CancelOrder | ReplaceOrder) -> Order | None:
        """The open order that a request may change; when there is none the request has been refused."""
        order = self._order_meant(command)
        refusal = self._first_use(command)
        if refusal is None:
            was_used = order is None and (command.session, command.orig_cl_ord_id) in self._register.seen
            refusal = check_amendment(command, order, self._markets, self._tape.at, was_used=was_used)
        if refusal is None and order is not None and isinstance(command, ReplaceOrder) and self._blocks.reasons:
            refusal = self._blocks.refusal(command.session, order.terms.account)
        if refusal is None and order is not None and isinstance(command, ReplaceOrder):
            conditions = merged(order.terms.conditions, command)
            refusal = self._risk.replace_refusal(order, command, conditions)
            refusal = refusal or self._claims.replace_refusal(order, command, conditions)
            if refusal is None:
                self._risk.accepted(order.terms.account, order.terms.symbol)
        if refusal is None:
            return order
        self._reject_amendment(command, isinstance(command, ReplaceOrder), order, refusal)
        return None

    def _order_meant(self, command: Amendment) -> Order | None:
        """The order that a request names by its present identifier, by a former one, or by the venue's number."""
        session, cl_ord_id = command.session, command.orig_cl_ord_id
        if not cl_ord_id:
            return self._register.find_by_order_id(session, command.order_id)
        return self._register.find(session, cl_ord_id) or self._register.find_former(session, cl_ord_id)

    def _reject_amendment(self, command: Amendment, is_replace: bool, order: Order | None, refusal: Refusal) -> None:
        order_id, status = (0, OrderStatus.REJECTED) if order is None else (order.terms.order_id, order.status)
        tape = self._tape
        tape.number += 1
        tape.events.append(
            AmendmentRejected(
                tape.number, tape.at, command.session, command.cl_ord_id, command.orig_cl_ord_id, is_replace,
                order_id, status, refusal.reason, refusal.field, refusal.text,
            )
        )  # fmt: skip

    # Many at once

    def mass_cancel(self, command: MassCancel) -> None:
        """All open orders of a session within a scope."""
        refusal = self._first_use(command) or check_mass_cancel(command, self._markets, self._accounts)
        if refusal is not None:
            self._reject_mass_cancel(command, refusal)
            return
        orders = [order for order in self._register.open_orders(command.session) if self._is_within(command, order)]
        tape = self._tape
        tape.number += 1
        tape.events.append(
            MassCancelAccepted(
                tape.number, tape.at, command.session, command.cl_ord_id, command.symbol, command.side,
                command.account, len(orders), command.market, command.is_mass_action,
            )
        )  # fmt: skip
        self.end_all(orders, CancelReason.MASS_CANCEL, command.cl_ord_id)

    def refuse_mass_cancel(self, command: RefuseMassCancel) -> None:
        """A mass cancel that asks for something the venue does not offer."""
        duplicate = self._first_use(command.request)
        refusal = duplicate or Refusal(command.reason, command.field, command.text)
        self._reject_mass_cancel(command.request, refusal, command.stated)

    def cancel_on_disconnect(self, command: CancelOnDisconnect) -> None:
        """The orders and quotes of a session whose line broke, as far as it has agreed."""
        orders = [order for order in self._register.open_orders(command.session) if _goes_with_line(command, order)]
        self.withdraw_all(orders, CancelReason.DISCONNECTED)

    def withdraw_all(self, orders: list[Order], reason: CancelReason) -> None:
        """Ends open orders and quotes that nobody has asked to cancel; of quotes their owners hear as of quotes."""
        quotes = self._engine.quote_protection
        assert quotes is not None, "the venue has quotes before it has orders"
        quotes.tell_withdrawn(orders, reason)
        self.end_all(orders, reason)

    def end_all(self, orders: list[Order], reason: CancelReason, request_cl_ord_id: str = "") -> None:
        """Ends open orders, instrument by instrument, in the order in which they were found."""
        by_symbol: dict[str, list[Order]] = {}
        for order in orders:
            by_symbol.setdefault(order.terms.symbol, []).append(order)
        for of_symbol in by_symbol.values():
            for order in of_symbol:
                self._engine.end_order(order, reason, request_cl_ord_id)
        # Only now: a group may hang together over instruments, and what is ended here is ended for this reason.
        for symbol in by_symbol:
            self._follow(symbol)

    def _is_within(self, command: MassCancel, order: Order) -> bool:
        terms = order.terms
        return (
            (not command.symbol or command.symbol == terms.symbol)
            and (command.side is None or command.side is terms.side)
            and (not command.account or command.account == terms.account)
            and (command.market is None or command.market == self._markets[terms.symbol].instrument.market)
            and (terms.conditions is None or not terms.conditions.quote_id)
        )

    def _reject_mass_cancel(self, command: MassCancel, refusal: Refusal, stated: dict[str, str] | None = None) -> None:
        tape = self._tape
        tape.number += 1
        tape.events.append(
            MassCancelRejected(
                tape.number, tape.at, command.session, command.cl_ord_id, command.symbol, command.side,
                command.account, refusal.reason, refusal.field, refusal.text, stated or {},
                command.market, command.is_mass_action,
            )
        )  # fmt: skip

    def _first_use(self, command: EnterOrder | Amendment | MassCancel) -> Refusal | None:
        if self._register.seen.add(command.session, command.cl_ord_id):
            return None
        return Refusal(
            RejectReason.DUPLICATE_CLIENT_ORDER_ID, "cl_ord_id", f"{command.cl_ord_id} was used before in this session"
        )

    def _follow(self, symbol: str) -> None:
        self._engine.follow(self._markets[symbol])
        if self._tape.touched:
            self._tape.show_levels()


def _goes_with_line(command: CancelOnDisconnect, order: Order) -> bool:
    conditions = order.terms.conditions
    if conditions is not None and (conditions.cancels_on_disconnect or conditions.quote_id):
        return True
    return command.is_everything and not (command.keeps_good_till and order.terms.time_in_force in _GOOD_TILL)


def _terms(command: EnterOrder, order_id: int) -> OrderTerms:
    return OrderTerms(
        order_id,
        command.session,
        command.cl_ord_id,
        command.account,
        command.symbol,
        command.side,
        command.order_type,
        command.time_in_force,
        command.quantity,
        command.price if command.order_type is _LIMIT or command.order_type not in UNLIMITED_TYPES else 0,
        command.conditions,
    )
