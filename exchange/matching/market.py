"""One instrument and everything about it that moves: its book, held orders, pegs, and where in its day it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from exchange.matching.book_side import UNPRICED_KEY
from exchange.matching.order import Order
from exchange.matching.order_book import OrderBook
from exchange.matching.pegs import Pegs
from exchange.matching.triggers import TriggerBook
from exchange.orders import Side
from exchange.phases import PHASE_RULES, Phase, PhaseRules
from exchange.reference.instruments import Instrument


class WaitingOrders:
    """Orders that are in no book until the day brings it: for an auction to come, or done for today."""

    __slots__ = ("_orders",)

    def __init__(self) -> None:
        self._orders: dict[int, Order] = {}

    def __len__(self) -> int:
        return len(self._orders)

    def __iter__(self) -> Iterator[Order]:
        return iter(list(self._orders.values()))

    def add(self, order: Order) -> None:
        """Keeps an order."""
        self._orders[order.terms.order_id] = order
        order.held_by = self

    def remove(self, order: Order) -> None:
        """Lets an order go."""
        del self._orders[order.terms.order_id]
        order.held_by = None


class Market:
    """What the engine needs of one instrument. `phase` is changed by the trading day alone."""

    __slots__ = (
        "book",
        "closing_price",
        "has_limits",
        "instrument",
        "last_auction_price",
        "opening_volume",
        "pegs",
        "phase",
        "phase_rules",
        "reference_price",
        "repriced",
        "symbol",
        "triggers",
        "waiting",
    )

    def __init__(self, instrument: Instrument) -> None:
        self.symbol = instrument.symbol
        self.book = OrderBook(instrument.symbol)
        self.triggers = TriggerBook()
        self.pegs = Pegs()
        self.waiting = WaitingOrders()
        self.phase = Phase.CONTINUOUS
        self.phase_rules: PhaseRules = PHASE_RULES[Phase.CONTINUOUS]
        self.reference_price = instrument.reference_price
        """Where bands, collars and auctions are measured from."""
        self.repriced: Callable[[str], None] | None = None
        """Who is told, by symbol, that it is another one: what has not traded is worth it."""
        self.closing_price = 0
        """The last day's; 0 before the first close."""
        self.last_auction_price = 0
        self.opening_volume = 0
        """Shares ever traded when the day began."""
        self.take_rules(instrument)

    @property
    def session_volume(self) -> int:
        """Shares traded today."""
        return self.book.volume - self.opening_volume

    def passive_limit(self, side: Side, limit: int) -> int | None:
        """A limit itself or, where an order with it would trade at once, the tick behind the best opposite price.

        None: there is no such price, or market orders wait on the other side, which trade at any.
        """
        opposite, instrument = self.book.opposite(side), self.instrument
        if not opposite.keys or opposite.keys[-1] < opposite.limit_key(limit):
            return limit
        if opposite.keys[-1] == UNPRICED_KEY:
            return None
        best = opposite.keys[-1] * opposite.sign
        if side is Side.BUY:
            tick = instrument.tick_at(best - 1)
            price = (best - 1) // tick * tick
        else:
            tick = instrument.tick_at(best)
            price = (best // tick + 1) * tick
        return price if instrument.lowest_price <= price <= instrument.highest_price else None

    def protected_limit(self, side: Side) -> int | None:
        """How far a market order may go that rests at protection; None while there is no price to measure from."""
        best, instrument = self.book.opposite(side).best_limit, self.instrument
        if best is None:
            return None
        price = best + int(side) * instrument.protection
        tick = instrument.tick_at(price)
        price = (price // tick if side is Side.BUY else -(-price // tick)) * tick
        return max(instrument.lowest_price, min(instrument.highest_price, price))

    def take_rules(self, instrument: Instrument) -> None:
        """Takes a listing's rules, new or changed; orders stay as they are."""
        self.instrument = instrument
        self.has_limits = bool(instrument.bands or instrument.max_notional or instrument.price_tolerance_basis_points)
        """Whether size and price of an order have to be looked at beyond the instrument's fixed range."""
        self.book.round_lot = instrument.lot if instrument.takes_odd_lots else 1

    def measure_from(self, price: int) -> None:
        """Takes another reference price."""
        self.reference_price = price
        if self.repriced is not None:
            self.repriced(self.symbol)

    def enter_phase(self, phase: Phase) -> None:
        """Is in another phase from now on."""
        self.phase = phase
        self.phase_rules = PHASE_RULES[phase]
