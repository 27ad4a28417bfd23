"""Matching alone: orders go into a book and out of it, without journal or FIX.

The load is half passive orders around the middle, 35 % cancels of resting orders and 15 % orders that cross. It is made
by playing it once on an engine of its own, so that every cancel names an order that still rests; what is measured is
playing it again. Every order is of the same size, so the book keeps its size while the load runs. Seconds are those of
the processor, for matching waits for nothing: what else the machine does at the time is no part of the figure.
"""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from exchange.matching.engine import Engine
from exchange.matching.market import Market
from exchange.matching.order import Order
from exchange.matching.tape import Tape
from exchange.orders import OrderTerms, OrderType, Side, TimeInForce
from exchange.reasons import CancelReason
from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument

CANCELS, CROSSING = 0.35, 0.15
MIDDLE = 1_000_000
AROUND = 20
"""Ticks from the middle within which the load's passive orders come."""
ORDERS_PER_LEVEL = 50
"""How densely the orders lie that rest when the load begins."""
QUANTITY = 100
SYMBOL, SESSION, ACCOUNT = "ACME", "S", "A"

Load = list[OrderTerms | int]
"""What to do one after another: terms are a new order, a number is the order of that number to cancel."""


@dataclass
class Desk:
    """An engine with one market, and the orders it was given by their numbers."""

    engine: Engine
    market: Market
    orders: dict[int, Order]

    def enter(self, terms: OrderTerms) -> Order:
        """Takes a new order."""
        order = self.orders[terms.order_id] = Order(terms)
        self.engine.register.add(order)
        self.engine.enter(order, self.market)
        return order


def open_desk(resting: int) -> Desk:
    """An engine whose book holds so many orders, half of them on either side of the middle."""
    engine = Engine(Tape(), {ACCOUNT: Account(ACCOUNT, ACCOUNT)})
    instrument = Instrument(SYMBOL, 2, 1, 1, "USD", MIDDLE, 1, 2 * MIDDLE, QUANTITY)
    market = engine.markets[SYMBOL] = Market(instrument)
    desk = Desk(engine, market, {})
    levels = max(AROUND, resting // 2 // ORDERS_PER_LEVEL)
    for number in range(1, resting + 1):
        side = Side.BUY if number & 1 else Side.SELL
        desk.enter(_terms(number, side, MIDDLE - side * (1 + number // 2 % levels)))
    _clear(engine.tape)
    return desk


def load(resting: int, operations: int, seed: int = 1) -> Load:
    """A load for a desk with so many resting orders."""
    desk, draw = open_desk(resting), random.Random(seed)  # noqa: S311 - the same load each time
    live, number, steps = list(desk.orders), resting, Load()
    while len(steps) < operations:
        choice, side = draw.random(), Side.BUY if draw.random() < 0.5 else Side.SELL
        if choice < CANCELS:
            order = _random_live(desk, live, draw)
            if order is None:
                continue
            steps.append(order.terms.order_id)
            desk.engine.end_order(order, CancelReason.REQUESTED)
        else:
            number += 1
            crosses = choice < CANCELS + CROSSING
            price = MIDDLE - side * (-AROUND if crosses else 1 + int(draw.random() * AROUND))
            terms = _terms(number, side, price, TimeInForce.IMMEDIATE_OR_CANCEL if crosses else TimeInForce.DAY)
            steps.append(terms)
            if desk.enter(terms).is_open:
                live.append(number)
        _clear(desk.engine.tape)
    return steps


def play_on_book(resting: int, steps: Load) -> float:
    """Operations per second of a load on the book alone, with the events of its trades."""
    desk = open_desk(resting)
    book, orders, tape = desk.market.book, desk.orders, desk.engine.tape
    match, rest, remove = book.match, book.rest, book.remove
    day, trade_id = TimeInForce.DAY, 0
    with _undisturbed():
        begin = time.process_time()
        for step in steps:
            if isinstance(step, int):
                remove(orders.pop(step), tape)
            else:
                order = Order(step)
                trade_id = match(order, trade_id, tape)
                for filled in tape.take_filled():
                    del orders[filled.terms.order_id]
                if order.leaves and step.time_in_force is day:
                    orders[step.order_id] = order
                    rest(order, tape)
            tape.events = []
        return len(steps) / (time.process_time() - begin)


def play_on_engine(resting: int, steps: Load) -> float:
    """Operations per second of a load on the engine, with its register, all private events and the changed levels."""
    desk = open_desk(resting)
    engine, market, orders, tape = desk.engine, desk.market, desk.orders, desk.engine.tape
    add, enter, end_order, requested = engine.register.add, engine.enter, engine.end_order, CancelReason.REQUESTED
    day = TimeInForce.DAY
    with _undisturbed():
        begin = time.process_time()
        for step in steps:
            tape.events = []
            if isinstance(step, int):
                end_order(orders.pop(step), requested)
            else:
                order = Order(step)
                if step.time_in_force is day:
                    orders[step.order_id] = order
                add(order)
                enter(order, market)
            if tape.touched:
                tape.show_levels()
        return len(steps) / (time.process_time() - begin)


def cost_by_depth(depths: tuple[int, ...], operations: int, runs: int) -> dict[int, float]:
    """Nanoseconds that one operation on the book takes, by how many orders rest: of some runs the median."""
    costs: dict[int, float] = {}
    for resting in depths:
        steps = load(resting, operations)
        costs[resting] = statistics.median(1e9 / play_on_book(resting, steps) for _ in range(runs))
    return costs


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Nothing that was there before is looked at by the garbage collector, as in a running exchange."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _random_live(desk: Desk, live: list[int], draw: random.Random) -> Order | None:
    while live:
        place = draw.randrange(len(live))
        live[place], live[-1] = live[-1], live[place]
        order = desk.orders[live.pop()]
        if order.is_open:
            return order
    return None


def _terms(number: int, side: Side, price: int, time_in_force: TimeInForce = TimeInForce.DAY) -> OrderTerms:
    return OrderTerms(
        number, SESSION, str(number), ACCOUNT, SYMBOL, side, OrderType.LIMIT, time_in_force, QUANTITY, price
    )


def _clear(tape: Tape) -> None:
    tape.events = []
    tape.show_levels()
