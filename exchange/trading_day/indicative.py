"""The indicative price while an auction is called: what it would bring if it ended now, told when it has changed.

It is looked for after a command only when that has changed what overlaps, so that a deep book without overlap costs
nothing; and where very much overlaps, at most once in `DEEP_INTERVAL`, so that no flood of orders makes each one dear.
The uncross itself always looks at the book as it is.
"""

from __future__ import annotations

from bisect import bisect_left

from exchange.events import Event, IndicativeChanged, LevelChanged
from exchange.matching.book_side import BookSide
from exchange.matching.tape import Tape
from exchange.matching.uncrossing import indicative
from exchange.orders import UNPRICED, Side
from exchange.trading_day.instrument_day import InstrumentDay
from exchange.trading_day.timers import Timers

DEEP_LEVELS = 64
"""Price levels that may overlap for the price to be found after each command: that takes about 0.1 ms."""

DEEP_INTERVAL = 100_000_000
"""Nanoseconds between two prices of a deeper overlap: 10,000 levels are 15 ms."""


class Indicatives:
    """The indicative prices of the instruments that are in an auction."""

    def __init__(self, tape: Tape, timers: Timers) -> None:
        self._tape = tape
        self._timers = timers

    def refresh(self, day: InstrumentDay) -> None:
        """Finds the price anew, or has it found a little later, and tells it when it has changed."""
        if not day.is_indicative_due or day.indicative_timer is not None:
            return
        book = day.market.book
        depth = _overlapping(book.bids, book.asks) + _overlapping(book.asks, book.bids)
        if depth > DEEP_LEVELS and self._tape.at < day.indicative_at + DEEP_INTERVAL:
            name = f"indicative price of {day.market.symbol}"
            at = day.indicative_at + DEEP_INTERVAL
            day.indicative_timer = self._timers.set(at, name, lambda: self._find_late(day))
            return
        self._find(day)

    def _find_late(self, day: InstrumentDay) -> None:
        day.indicative_timer = None
        self._find(day)

    def _find(self, day: InstrumentDay) -> None:
        tape, market = self._tape, day.market
        day.is_indicative_due = False
        day.indicative_at = tape.at
        day.overlap = _edge(day)
        found = indicative(market)
        if found == day.indicative:
            return
        day.indicative = found
        tape.number += 1
        tape.events.append(
            IndicativeChanged(
                tape.number, tape.at, market.symbol,
                found.price, found.quantity, found.imbalance, found.imbalance_side,
            )
        )  # fmt: skip


def changes_overlap(day: InstrumentDay, event: Event) -> bool:
    """Whether an event in an instrument's book can change its indicative price.

    Levels tell what is shown; what is not is seen by the events of orders that have conditions.
    """
    if isinstance(event, LevelChanged):
        return _meets(day, event.side, event.price)
    terms = getattr(event, "terms", None)
    return terms is not None and terms.conditions is not None


def _meets(day: InstrumentDay, side: Side, price: int) -> bool:
    """Whether a price meets the other side's best: as it is now, or as it was when the price was found."""
    if price == UNPRICED:
        return True
    bid, ask, had_market_orders = _edge(day)
    old_bid, old_ask, has_market_orders = day.overlap
    if had_market_orders or has_market_orders:
        return True
    if side is Side.BUY:
        return any(offer is not None and price >= offer for offer in (ask, old_ask))
    return any(best is not None and price <= best for best in (bid, old_bid))


def _edge(day: InstrumentDay) -> tuple[int | None, int | None, bool]:
    book = day.market.book
    has_market_orders = book.bids.unpriced is not None or book.asks.unpriced is not None
    return book.bids.best_limit, book.asks.best_limit, has_market_orders


def _overlapping(side: BookSide, opposite: BookSide) -> int:
    """Levels that can trade with the other side; market orders there may reach all of them."""
    if opposite.unpriced is not None:
        return len(side.keys)
    best = opposite.best_limit
    return 0 if best is None else len(side.keys) - bisect_left(side.keys, best * side.sign)
