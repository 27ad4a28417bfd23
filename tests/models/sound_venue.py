"""What holds of every venue after every command, whatever it was: sums, queues, books and their public picture.

`SoundVenue` reads the events of one venue as they come and looks at that venue after each command.
"""

from __future__ import annotations

from collections.abc import Sequence

from exchange.events import BandsChanged, Event, LevelChanged, OrderFilled, Traded
from exchange.matching.market import Market
from exchange.matching.order_book import NOTHING_TRADED
from exchange.matching.price_level import PriceLevel
from exchange.orders import UNPRICED, OrderStatus, Side, TimeInForce
from exchange.phases import Phase
from exchange.reference.rule_profile import MinimumQuantity
from exchange.venue import Venue

_OPEN = (OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED, OrderStatus.DONE_FOR_DAY)
_GOOD_TILL = (TimeInForce.GOOD_TILL_CANCEL, TimeInForce.GOOD_TILL_DATE)

Levels = dict[tuple[Side, int], tuple[int, int]]
"""What market data shows: quantity and orders by side and price."""


class SoundVenue:
    """Raises `AssertionError` by what does not hold."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._number = venue.last_event
        self._at = venue.now
        self._shown: dict[str, Levels] = {}
        self._bands: dict[str, BandsChanged] = {}

    def look(self, events: Sequence[Event]) -> None:
        """At the events of a command, and at the venue behind it."""
        bought = sold = traded = 0
        symbols: dict[str, None] = {}
        for event in events:
            self._number += 1
            assert event.number == self._number, "events are numbered without a gap"
            assert self._at <= event.at <= self._venue.now, "time never goes back"
            self._at = event.at
            match event:
                case OrderFilled(terms=terms):
                    assert event.cumulative + event.leaves == terms.quantity
                    bought += event.last_quantity if terms.side is Side.BUY else 0
                    sold += event.last_quantity if terms.side is Side.SELL else 0
                    symbols[terms.symbol] = None
                case Traded():
                    traded += event.quantity
                    assert event.is_auction or _is_within(event.price, self._bands.get(event.symbol)), "the band holds"
                case BandsChanged():
                    self._bands[event.symbol] = event
                case LevelChanged():
                    self._show(event)
                    symbols[event.symbol] = None
        assert bought == sold == traded, "all that is bought is sold"
        assert self._venue.last_event == self._number
        markets = [self._venue.markets[symbol] for symbol in symbols]
        for market in markets:
            self._look_at_book(market)
        assert not self._venue.engine.groups.noted and not self._venue.engine.tape.touched, "nothing is left undone"

    def look_at_all(self) -> None:
        """At every order and book, also where nothing has happened."""
        venue = self._venue
        for order in venue.register:
            terms = order.terms
            assert order.leaves > 0 and order.status in _OPEN, f"{terms} is open with {order.leaves} left"
            assert order.cumulative + order.leaves == terms.quantity, f"{terms}: {order.cumulative} + {order.leaves}"
            assert (order.level is None) is not (order.held_by is None), f"{terms} is in one place"
            if venue.markets[terms.symbol].phase is Phase.CLOSED:
                assert terms.time_in_force in _GOOD_TILL, f"{terms} is open overnight"
        for market in venue.markets.values():
            self._look_at_book(market)

    def _show(self, event: LevelChanged) -> None:
        levels = self._shown.setdefault(event.symbol, {})
        if event.quantity:
            levels[event.side, event.price] = (event.quantity, event.orders)
        else:
            levels.pop((event.side, event.price), None)

    def _look_at_book(self, market: Market) -> None:
        shown: Levels = {}
        for side in (market.book.bids, market.book.asks):
            assert side.keys == sorted(side.levels)
            for level in side:
                _look_at_level(level)
                if level.orders:
                    shown[level.side, level.price] = (level.quantity, level.orders)
        assert shown == self._shown.get(market.symbol, {}), "events tell what the book shows"
        assert market.book.traded_high == NOTHING_TRADED, "all trades are followed"
        if market.phase is Phase.CONTINUOUS:
            _look_for_a_crossed_book(market)


def _is_within(price: int, bands: BandsChanged | None) -> bool:
    if bands is None:
        return True
    is_low = bands.lowest is not None and price < bands.lowest
    return not is_low and (bands.highest is None or price <= bands.highest)


def _look_at_level(level: PriceLevel) -> None:
    orders = list(level)
    visible = [order for order in orders if order.shown]
    assert orders and level.quantity == sum(order.shown for order in visible) and level.orders == len(visible)
    assert level.specials == sum(order.terms.conditions is not None for order in orders)
    for order in orders:
        assert order.level is level and order.terms.side is level.side and order.limit == level.price
        assert 0 <= order.reserve <= order.leaves and order.is_open


def _look_for_a_crossed_book(market: Market) -> None:
    """Of orders that would trade: not those that were shown before the rules began to pass over small executions."""
    is_each = market.instrument.rules.minimum_quantity is MinimumQuantity.PER_EXECUTION
    bids, asks = (
        [
            order.limit
            for level in side
            for order in level
            if order.shown
            and order.limit != UNPRICED
            and not (is_each and order.terms.conditions is not None and order.terms.conditions.min_quantity)
        ]
        for side in (market.book.bids, market.book.asks)
    )
    assert not bids or not asks or max(bids) < min(asks), f"{market.symbol} is crossed: {max(bids)} over {min(asks)}"
