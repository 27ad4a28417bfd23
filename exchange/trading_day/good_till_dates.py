"""Good-till-date orders: each is gone from its instant on, whatever phase the instrument is in."""

from __future__ import annotations

from exchange.matching.engine import Engine
from exchange.matching.order import Order
from exchange.orders import TimeInForce
from exchange.reasons import CancelReason
from exchange.trading_day.timers import TIMERS_BEFORE_SWEEP, Rank, Timer, Timers


class GoodTillDates:
    """One timer for each open order that has a date."""

    def __init__(self, engine: Engine, timers: Timers) -> None:
        self._engine = engine
        self._timers = timers
        self._by_order: dict[int, Timer] = {}
        self._sweep_at = TIMERS_BEFORE_SWEEP

    def watch(self, order: Order) -> None:
        """An order was accepted or has new terms: its date counts from now on, if it has one."""
        order_id, conditions = order.terms.order_id, order.terms.conditions
        has_date = order.terms.time_in_force is TimeInForce.GOOD_TILL_DATE and order.is_open
        at = conditions.expires_at if has_date and conditions is not None else 0
        former = self._by_order.get(order_id)
        if former is not None:
            if former.at == at:
                return
            former.cancel()
            del self._by_order[order_id]
        if not at:
            return
        if len(self._by_order) >= self._sweep_at:
            self._sweep()
        self._by_order[order_id] = self._timers.set(
            at, f"date of order {order_id}", lambda: self._end(order),
            rank=Rank.ORDER_EXPIRY, is_needed=lambda: order.is_open,
        )  # fmt: skip

    def _end(self, order: Order) -> None:
        engine, symbol = self._engine, order.terms.symbol
        del self._by_order[order.terms.order_id]
        engine.end_order(order, CancelReason.DATE_REACHED)
        engine.follow(engine.markets[symbol])
        if engine.tape.touched:
            engine.tape.show_levels()

    def _sweep(self) -> None:
        """Forgets orders that have ended otherwise."""
        self._by_order = {order_id: timer for order_id, timer in self._by_order.items() if timer.is_needed()}
        self._sweep_at = max(TIMERS_BEFORE_SWEEP, 2 * len(self._by_order))
