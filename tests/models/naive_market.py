"""One instrument of the whole rule set: `NaiveMarket.apply` answers what each command brings, as plain tuples.

It stands on layers that each say one thing plainly: orders and their queue, matching, what follows, phases. Here are
the requests of owners, and why they are refused.
"""

from __future__ import annotations

import msgspec

from exchange.commands import CancelOrder, ChangePhase, Command, EnterOrder, MassCancel, ReplaceOrder
from exchange.orders import Contingency, OrderConditions, OrderType, Side, TimeInForce
from exchange.phases import PHASE_RULES, Matching
from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument
from exchange.reference.rule_profile import (
    MinimumQuantity,
    PostOnlyCrossing,
    ReplaceBelowFilled,
    ReplacePriority,
    StopThroughMarket,
)
from tests.models.naive_following import IMMEDIATE
from tests.models.naive_matching import Happening
from tests.models.naive_orders import HELD, STOPS, WITH_LIMIT, NaiveOrder, Place, conditions_of, queue
from tests.models.naive_phases import NaivePhases

GROUP_ORDERS_MAX = 10


class NaiveMarket(NaivePhases):
    """All that owners and operators ask for."""

    def __init__(self, instrument: Instrument, accounts: list[Account]) -> None:
        super().__init__(instrument, accounts)
        self.used: set[tuple[str, str]] = set()

    def apply(self, command: Command) -> list[Happening]:
        """What the command must bring."""
        self.happened = []
        match command:
            case EnterOrder():
                self._enter(command)
            case CancelOrder() | ReplaceOrder():
                self._amend(command)
            case MassCancel():
                self._mass_cancel(command)
            case ChangePhase():
                self.change_phase(command.phase)
        self.tell_indicative()
        return self.happened

    # Requests

    def _enter(self, command: EnterOrder) -> None:
        conditions = conditions_of(command)
        reason = (
            self._duplicate(command.session, command.cl_ord_id)
            or self._refusal(command, conditions)
            or self._group_refusal(command.session, conditions)
        )
        if reason:
            self.tell("rejected", command.cl_ord_id, reason)
            if conditions.contingency is Contingency.ONE_TRIGGERS_OTHER and not self.group(command.session, conditions):
                self.orphaned.add((command.session, conditions.group))
            return
        order = NaiveOrder(
            len(self.orders) + 1,
            command,
            command.cl_ord_id,
            command.order_type,
            command.time_in_force,
            command.quantity,
            command.price,
            conditions,
        )
        self.orders.append(order)
        self.tell("accepted", order.order_id, order.cl_ord_id)
        if conditions.group:
            self.join(order)
        if order.leaves:
            self.go_in(order)
        self.settle()

    def _duplicate(self, session: str, cl_ord_id: str) -> str:
        if (session, cl_ord_id) in self.used:
            return "DUPLICATE_CLIENT_ORDER_ID"
        self.used.add((session, cl_ord_id))
        return ""

    def _refusal(self, command: EnterOrder | ReplaceOrder, conditions: OrderConditions) -> str:
        rules, kind, side = self.instrument, command.order_type, command.side
        if command.quantity < 1 or command.quantity % rules.lot:
            return "INVALID_QUANTITY"
        if command.quantity > rules.max_quantity:
            return "QUANTITY_TOO_LARGE"
        has_price = kind in WITH_LIMIT or (kind is OrderType.PEGGED and command.price)
        if has_price and not rules.lowest_price <= command.price <= rules.highest_price:
            return "PRICE_OUT_OF_RANGE"
        if reason := self._phase_refusal(command, conditions):
            return reason
        stop = conditions.stop_price
        if kind in HELD and stop and self.last and self.rules.stop_through_market is StopThroughMarket.REJECTED:
            rises = (side is Side.BUY) is (kind in STOPS)
            if self.last >= stop if rises else self.last <= stop:
                return "STOP_ALREADY_THROUGH"
        if conditions.display_quantity > command.quantity:
            return "INVALID_DISPLAY_QUANTITY"
        if conditions.min_quantity > command.quantity:
            return "INVALID_MIN_QUANTITY"
        is_continuous = PHASE_RULES[self.phase].matching is Matching.CONTINUOUS
        if (
            conditions.is_post_only
            and kind is OrderType.LIMIT
            and is_continuous
            and self.would_meet(side, command.price)
        ):
            waits_unpriced = any(order.limit is None for order in queue(self.orders, Side(-side)))
            if waits_unpriced or self.rules.post_only is PostOnlyCrossing.REJECTED:
                return "WOULD_TAKE_LIQUIDITY"
        return ""

    def _phase_refusal(self, command: EnterOrder | ReplaceOrder, conditions: OrderConditions) -> str:
        rules, time = PHASE_RULES[self.phase], command.time_in_force
        if not rules.takes_orders:
            return "PHASE_FORBIDS"
        if isinstance(command, ReplaceOrder):
            return ""
        is_called = rules.matching is Matching.CALL
        trades_now = command.order_type in (OrderType.LIMIT, OrderType.MARKET, OrderType.MARKET_TO_LIMIT)
        is_on_entry = self.rules.minimum_quantity is MinimumQuantity.ON_ENTRY
        on_entry = trades_now and is_on_entry and conditions.min_quantity
        takes = self.rules.auction_takes_immediate and time is not TimeInForce.FILL_OR_KILL
        if is_called and (on_entry or (time in IMMEDIATE and not takes)):
            return "PHASE_FORBIDS"
        is_late = (time is TimeInForce.AT_OPENING and not rules.takes_opening) or (
            time is TimeInForce.AT_CLOSE and not rules.takes_closing
        )
        return "PHASE_FORBIDS" if is_late else ""

    def _group_refusal(self, session: str, conditions: OrderConditions) -> str:
        members = self.groups.get((session, conditions.group), [])
        is_second_first = conditions.contingency is Contingency.ONE_TRIGGERS_OTHER and members
        return "INVALID_ORDER_GROUP" if is_second_first or len(members) >= GROUP_ORDERS_MAX else ""

    def _amend(self, command: CancelOrder | ReplaceOrder) -> None:
        names = [command.orig_cl_ord_id]
        meant = [
            order
            for order in self.orders
            if order.entry.session == command.session and {order.cl_ord_id, *order.former} & set(names)
        ]
        order = meant[0] if meant else None
        reason = self._duplicate(command.session, command.cl_ord_id) or self._broken_amendment(command, order)
        if reason or order is None:
            order_id, status = (order.order_id, order.status) if order else (0, "REJECTED")
            self.tell("amendment rejected", command.cl_ord_id, command.orig_cl_ord_id, order_id, status, reason)
            return
        if isinstance(command, ReplaceOrder):
            self._replace(order, command)
        else:
            self.end(order, "requested", command.cl_ord_id)
            order.former.append(command.cl_ord_id)
        self.settle()

    def _broken_amendment(self, command: CancelOrder | ReplaceOrder, order: NaiveOrder | None) -> str:
        if order is None:
            return "UNKNOWN_ORDER"
        if not order.leaves:
            return "ORDER_CLOSED"
        if command.orig_cl_ord_id != order.cl_ord_id:
            return "CLIENT_ORDER_ID_REPLACED"
        if command.side is not order.side:
            return "ORDER_MISMATCH"
        if isinstance(command, CancelOrder):
            return ""
        if command.order_type is not order.order_type:
            return "ORDER_MISMATCH"
        if command.time_in_force in IMMEDIATE:
            return "UNSUPPORTED_TIME_IN_FORCE"
        below = command.quantity < order.cumulative
        refusal = self._refusal(command, command.conditions or order.conditions)
        if not refusal and below and self.rules.replace_below_filled is ReplaceBelowFilled.REJECTED:
            return "QUANTITY_BELOW_FILLED"
        return refusal

    def _replace(self, order: NaiveOrder, command: ReplaceOrder) -> None:
        """The same order where only its quantity goes down (or its hidden part up); else a new one in time."""
        conditions = order.conditions if command.conditions is None else self._restated(order, command.conditions)
        times = {command.time_in_force, order.time_in_force}
        waits_alike = len(times) == 1 or times.isdisjoint((TimeInForce.AT_OPENING, TimeInForce.AT_CLOSE))
        is_same = waits_alike and (command.price, conditions) == (order.price, order.conditions)
        has_reserve = order.place is Place.BOOK and 0 < order.shown < order.leaves
        keeps = (
            is_same
            and (command.quantity <= order.quantity or has_reserve)
            and self.rules.replace_priority is ReplacePriority.DOWN_KEEPS
        )
        trailed = order.stop if order.place is Place.HELD and order.trails and conditions == order.conditions else None
        was_held = order.place is not Place.BOOK
        previous, order.cl_ord_id = order.cl_ord_id, command.cl_ord_id
        order.former.append(previous)
        order.time_in_force, order.price, order.conditions = command.time_in_force, command.price, conditions
        if keeps and command.quantity > order.cumulative:
            order.resize(command.quantity)
        else:
            order.place, order.quantity = Place.NOWHERE, command.quantity
        self.tell("replaced", order.order_id, order.cl_ord_id, previous, order.cumulative, order.leaves, keeps)
        if command.quantity == order.cumulative and order.conditions.group:
            self.noted.append((order, 0))
        if command.quantity < order.cumulative:
            self.end(order, "replaced below filled")
        elif order.leaves and not keeps:
            if was_held:
                self.go_in(order, trailed)
            else:
                self.admit(order)

    @staticmethod
    def _restated(order: NaiveOrder, new: OrderConditions) -> OrderConditions:
        old = order.conditions
        if order.order_type not in HELD:
            # What it was elected by is history.
            stop = (old.stop_price, old.trail_by, old.trail_basis_points)
            new = msgspec.structs.replace(new, stop_price=stop[0], trail_by=stop[1], trail_basis_points=stop[2])
        return msgspec.structs.replace(
            new,
            group=old.group,
            contingency=old.contingency,
            quote_id=old.quote_id,
            self_trade_prevention=old.self_trade_prevention,
        )

    def _mass_cancel(self, command: MassCancel) -> None:
        reason = self._duplicate(command.session, command.cl_ord_id)
        if reason:
            self.tell("mass cancel rejected", command.cl_ord_id, reason)
            return
        meant = [
            order
            for order in self.orders
            if order.leaves and order.entry.session == command.session and command.side in (None, order.side)
        ]
        self.tell("mass cancel accepted", command.cl_ord_id, len(meant))
        for order in sorted(meant, key=self._named):
            self.end(order, "mass cancel", command.cl_ord_id)
        self.settle()

    def _named(self, order: NaiveOrder) -> int:
        """When an order got its present identifier: identifiers of the tests are numbers that rise."""
        return int(order.cl_ord_id)
