"""New terms for an open order, wherever it is: in the book, held, or waiting for its auction.

A replace that only lowers the quantity keeps its place, unless the instrument's rules say otherwise; one that changes
price, conditions or raises the quantity is a new order in time. What an iceberg does not show may change either way.
A trailing stop stands where it had come to, unless it is told to trail otherwise.
"""

from __future__ import annotations

import msgspec

from exchange.commands import ReplaceOrder
from exchange.events import OrderReplaced
from exchange.matching.engine import Engine
from exchange.matching.order import Order
from exchange.orders import PLAIN, UNLIMITED_TYPES, OrderConditions, OrderStatus, OrderTerms, TimeInForce
from exchange.reasons import CancelReason
from exchange.reference.rule_profile import ReplacePriority

_ONE_AUCTION = frozenset({TimeInForce.AT_OPENING, TimeInForce.AT_CLOSE})


class Replacing:
    """Replaces that were checked."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._tape = engine.tape

    def replace(self, order: Order, command: ReplaceOrder) -> None:
        """Gives an order its new terms, and lets it go its way again where that is needed."""
        engine, old = self._engine, order.terms
        market = engine.markets[old.symbol]
        conditions = merged(old.conditions, command)
        leaves = command.quantity - order.cumulative
        price = _price(command, old)
        waits_alike = command.time_in_force is old.time_in_force or _ONE_AUCTION.isdisjoint(
            (command.time_in_force, old.time_in_force)
        )
        is_same = price == old.price and _matched(conditions) == _matched(old.conditions) and waits_alike
        keeps = is_same and self._keeps_place(order, command, market.instrument.rules.replace_priority)
        was_in_book = order.level is not None
        stays = keeps and leaves > 0
        stop_price = engine.held_at(order, market) if _stop(conditions) == _stop(old.conditions) else 0
        if not stays:
            engine.take_out(order)
            order.leaves = max(leaves, 0)
        elif was_in_book:
            market.book.resize(order, leaves, self._tape)
        else:
            order.leaves = leaves
        order.terms = msgspec.structs.replace(
            old,
            cl_ord_id=command.cl_ord_id,
            time_in_force=command.time_in_force,
            quantity=command.quantity,
            price=price,
            conditions=conditions,
        )
        if order.level is not None:
            order.level.specials += (conditions is not None) - (old.conditions is not None)
        engine.register.rename(order, old.cl_ord_id)
        if leaves == 0:
            order.status = OrderStatus.FILLED
        self._tell(order, old, keeps)
        engine.reprice_claim(order)
        if leaves == 0:
            engine.register.close(order)
            engine.groups.note_end(order)
        elif leaves < 0:
            engine.close(order, CancelReason.REPLACED_BELOW_FILLED)
        elif not stays:
            order.take_limit()
            engine.re_enter(order, market, is_elected=was_in_book, held_at=stop_price)

    def _keeps_place(self, order: Order, command: ReplaceOrder, priority: ReplacePriority) -> bool:
        if priority is ReplacePriority.ALWAYS_LOST:
            return False
        return command.quantity <= order.terms.quantity or 0 < order.reserve < order.leaves

    def _tell(self, order: Order, old: OrderTerms, keeps: bool) -> None:
        tape = self._tape
        tape.number += 1
        tape.events.append(
            OrderReplaced(
                tape.number, tape.at, order.terms, old.cl_ord_id,
                order.cumulative, order.leaves, order.notional, keeps,
            )
        )  # fmt: skip


def _price(command: ReplaceOrder, old: OrderTerms) -> int:
    """The new limit; an order that has had none, and needs none, gets none."""
    return command.price if old.price or command.order_type not in UNLIMITED_TYPES else 0


def _matched(conditions: OrderConditions | None) -> OrderConditions:
    """The conditions that matter to matching: when else an order ends is no reason to lose its place."""
    return msgspec.structs.replace(conditions or PLAIN, expires_at=0, cancels_on_disconnect=False)


def _stop(conditions: OrderConditions | None) -> tuple[int, int, int]:
    stated = conditions or PLAIN
    return stated.stop_price, stated.trail_by, stated.trail_basis_points


def merged(old: OrderConditions | None, command: ReplaceOrder) -> OrderConditions | None:
    """The conditions after a replace: what it states, on what may not change; None for a plain order."""
    kept, new = old or PLAIN, command.conditions
    if new is None:
        is_dated = command.time_in_force is TimeInForce.GOOD_TILL_DATE
        new = kept if is_dated or not kept.expires_at else msgspec.structs.replace(kept, expires_at=0)
    else:
        new = msgspec.structs.replace(
            new,
            group=kept.group,
            contingency=kept.contingency,
            quote_id=kept.quote_id,
            self_trade_prevention=kept.self_trade_prevention,
            short_sale=kept.short_sale,
            locate=kept.locate,
        )
    return None if new == PLAIN else new
