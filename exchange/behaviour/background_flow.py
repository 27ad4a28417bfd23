"""A living market around a single client: quotes around a wandering price, takers, and cancels of what has grown old.

All that is random comes from the seed; what it asks for depends on that and on the book alone. It knows no clock: who
calls `next_commands` decides how often, and submits what it answers like anybody else's orders.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from exchange.commands import CancelOrder, Command, EnterOrder
from exchange.matching.order_book import OrderBook
from exchange.orders import OrderType, Side, TimeInForce
from exchange.reference.instruments import Instrument
from exchange.venue import Venue

SESSION = "~flow"
"""Under this name its orders stand; no FIX session can have it."""

QUOTES_PER_SIDE = 6
"""Orders it leaves on each side of a book before it cancels its oldest: a book worth looking at, and no more."""

SPREAD_TICKS_MAX = 8
"""How far from its idea of the price it quotes."""

LOTS_MAX = 20

TAKES_PERCENT = 30
"""Of its orders, how many take liquidity instead of giving it."""

DRIFT_PERCENT = 25
"""How often its idea of the price moves by a tick."""

BAND_PERMILLE = 50
"""How far its idea of the price goes from the reference price: within what clients' limits expect."""


class BackgroundFlow:
    """The orders of nobody in particular, for one account."""

    def __init__(self, venue: Venue, account: str, symbols: Sequence[str], seed: int) -> None:
        """Goes on with the open orders that it left in an earlier life; `symbols` must be listed."""
        self.random = Random(seed)  # noqa: S311 - play, repeatable by its seed; nothing is kept secret with it
        self._venue = venue
        self._account = account
        self._symbols = tuple(symbols)
        self._prices = {symbol: _start_price(venue.instruments[symbol], venue.books[symbol]) for symbol in symbols}
        self._prefix = f"F{venue.last_event}"
        self._count = 0

    def next_commands(self) -> list[Command]:
        """One thing that happens in one instrument: an order, and the cancel of an old one when there are many."""
        symbol = self.random.choice(self._symbols)
        instrument = self._venue.instruments[symbol]
        price = self._wander(instrument)
        side = self.random.choice((Side.BUY, Side.SELL))
        quantity = instrument.lot * self.random.randint(1, LOTS_MAX)
        if self.random.randrange(100) < TAKES_PERCENT:
            limit = price + side * SPREAD_TICKS_MAX * instrument.tick
            return [self._order(instrument, side, quantity, limit, TimeInForce.IMMEDIATE_OR_CANCEL)]
        limit = price - side * self.random.randint(1, SPREAD_TICKS_MAX) * instrument.tick
        return [*self._cancels(symbol, side), self._order(instrument, side, quantity, limit, TimeInForce.DAY)]

    def _wander(self, instrument: Instrument) -> int:
        price = self._prices[instrument.symbol]
        if self.random.randrange(100) < DRIFT_PERCENT:
            price += self.random.choice((-instrument.tick, instrument.tick))
            reach = instrument.reference_price * BAND_PERMILLE // 1000
            price = max(instrument.reference_price - reach, min(instrument.reference_price + reach, price))
            price = self._prices[instrument.symbol] = price - price % instrument.tick
        return price

    def _order(
        self, instrument: Instrument, side: Side, quantity: int, price: int, time_in_force: TimeInForce
    ) -> EnterOrder:
        price = max(instrument.lowest_price, min(instrument.highest_price, price))
        return EnterOrder(
            SESSION,
            self._next_id(),
            self._account,
            instrument.symbol,
            side,
            OrderType.LIMIT,
            time_in_force,
            quantity,
            price,
        )

    def _cancels(self, symbol: str, side: Side) -> list[Command]:
        mine = [
            order.terms
            for order in self._venue.register.open_orders(SESSION)
            if order.terms.symbol == symbol and order.terms.side is side
        ]
        return [
            CancelOrder(SESSION, self._next_id(), terms.cl_ord_id, symbol, side)
            for terms in mine[: max(0, len(mine) - QUOTES_PER_SIDE + 1)]
        ]

    def _next_id(self) -> str:
        self._count += 1
        return f"{self._prefix}-{self._count}"


def _start_price(instrument: Instrument, book: OrderBook) -> int:
    price = book.last_price or instrument.reference_price
    return price - price % instrument.tick
