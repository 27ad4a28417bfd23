"""How an instrument goes from one phase to the next: what ends, what trades, what comes back, who is told.

A call phase ends with its uncross, unless trading is stopped, or an auction that nobody planned goes over into a
planned one. Who decides that a phase changes (timetable, operator, price limit, breaker) calls this.
"""

from __future__ import annotations

from collections.abc import Sequence

from exchange.events import AuctionHeld, ClosingPriceSet, PhaseChanged
from exchange.matching.auction import NO_UNCROSS, Uncross
from exchange.matching.engine import Engine, waits_for_auction
from exchange.matching.market import Market
from exchange.matching.order import Order
from exchange.matching.uncrossing import indicative, tradable_at, trade_at, uncross
from exchange.orders import OrderStatus, OrderType, TimeInForce
from exchange.phases import AUCTIONS, Matching, Phase
from exchange.reasons import CancelReason
from exchange.trading_day.expiry import end_after_auction, end_of_day, open_orders, resting, unpriced_leftovers
from exchange.trading_day.instrument_day import UNPLANNED, InstrumentDay
from exchange.trading_day.timers import Timers

BASIS_POINTS = 10_000

STOPPED = frozenset({Phase.HALTED, Phase.PAUSED})
"""Phases in which nothing trades, and a call phase that they interrupt is not over."""

AFTER_TRADING = frozenset({Phase.CLOSING_PRICE_CROSS, Phase.POST_CLOSE, Phase.CLOSED})
"""Phases before which the closing price is set."""

_LIMITED = frozenset({OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.LIMIT_IF_TOUCHED})

_OPENING = frozenset({Phase.CLOSED, Phase.PRE_OPEN})
"""Phases after which an uncross is that of the opening, whatever the timetable has left out."""


class PhaseChanges:
    """Moves instruments. `calls` and `crosses` are those that have to be looked at after each command."""

    def __init__(self, engine: Engine, timers: Timers) -> None:
        self._engine = engine
        self._tape = engine.tape
        self._timers = timers
        self.calls: dict[str, InstrumentDay] = {}
        """In an auction, by symbol."""
        self.crosses: dict[str, InstrumentDay] = {}
        """In the closing price cross, by symbol."""

    # What the timetable says

    def follow_timetable(self, days: Sequence[InstrumentDay]) -> None:
        """The timetable of the market of all these has come to its next phase."""
        for day in days:
            self._follow_timetable(day)

    def _follow_timetable(self, day: InstrumentDay) -> None:
        current, planned = day.market.phase, day.planned
        if current is planned:
            return
        if current is Phase.HALTED and planned not in (Phase.POST_CLOSE, Phase.CLOSED):
            return
        if current in UNPLANNED and planned is Phase.CONTINUOUS:
            return
        is_auction_over = current in AUCTIONS and current not in UNPLANNED and self._is_uncrossed(day, planned)
        if not is_auction_over or planned is Phase.CLOSED:
            self.move(day, planned, day.planned_until)
        elif day.end is None:
            self._set_end(day, self._tape.at)

    # What an operator, a price limit or the breaker says

    def begin_auction(self, day: InstrumentDay, phase: Phase, duration: int, reason: str = "") -> None:
        """Begins an auction that ends by itself, and then leads to what the timetable says."""
        end = self._tape.at + duration
        self.move(day, phase, end, reason)
        self._set_end(day, end)

    def interrupt(self, day: InstrumentDay, duration: int, reason: str) -> None:
        """Begins a volatility auction in the middle of an order's matching: what follows is done when that is over."""
        end = self._tape.at + duration
        self._switch(day, Phase.VOLATILITY_AUCTION, end, reason)
        self._set_end(day, end)

    def stop(self, day: InstrumentDay, phase: Phase, duration: int, reason: str) -> None:
        """Halts or pauses; after `duration` an auction reopens trading, with 0 an operator has to."""
        until = self._tape.at + duration if duration else 0
        self.move(day, phase, until, reason)
        if until:
            name = f"end of {phase.value} of {day.market.symbol}"
            day.end = self._timers.set(until, name, lambda: self.reopen(day, ""))

    def reopen(self, day: InstrumentDay, reason: str) -> None:
        """The way back from a halt or a pause: an auction, unless the timetable has one anyway, or trading is over."""
        planned = day.planned
        if planned in AUCTIONS or planned in AFTER_TRADING:
            self.move(day, planned, day.planned_until, reason)
        else:
            duration = day.market.instrument.auction.reopening_duration
            self.begin_auction(day, Phase.REOPENING_AUCTION, duration, reason)

    def _set_end(self, day: InstrumentDay, at: int) -> None:
        """Lets a call phase end at a random moment after its time."""
        market = day.market
        delay = day.random_delay(at, market.instrument.auction.random_end)
        if at + delay <= self._tape.at:
            self._end_auction(day)
            return
        name = f"end of {market.phase.value} of {market.symbol}"
        day.end = self._timers.set(at + delay, name, lambda: self._end_auction(day))

    def _end_auction(self, day: InstrumentDay) -> None:
        """Ends a call phase whose time has come, or extends it."""
        day.end = None
        why = self._why_extended(day)
        if not why:
            self.move(day, day.planned, day.planned_until)
            return
        day.extensions += 1
        until = self._tape.at + day.market.instrument.auction.extension
        self._tell_phase(day, day.market.phase, until, f"extended: {why}")
        name = f"end of {day.market.phase.value} of {day.market.symbol}"
        day.end = self._timers.set(until, name, lambda: self._end_auction(day))

    def _why_extended(self, day: InstrumentDay) -> str:
        """Why the auction does not end yet; empty when it does."""
        market = day.market
        rules = market.instrument.auction
        if day.extensions >= rules.extensions_max or not (rules.collar_basis_points or rules.extends_for_market_orders):
            return ""
        result = indicative(market)
        reference, text = market.reference_price, market.instrument.scale.text
        reach = rules.collar_basis_points * abs(reference)
        if reach and result.price is not None and abs(result.price - reference) * BASIS_POINTS > reach:
            limit = f"{rules.collar_basis_points} basis points"
            return f"{text(result.price)} is more than {limit} away from the reference price {text(reference)}"
        unfilled = _unfilled_market_orders(market, result) if rules.extends_for_market_orders else 0
        return f"{unfilled} shares of market orders would stay unfilled" if unfilled else ""

    # The move itself

    def close(self, days: Sequence[InstrumentDay], reason: str = "") -> None:
        """Closes instruments for the day: one look at the venue's orders for all of them."""
        orders = open_orders(self._engine, [day.market.symbol for day in days])
        for day in days:
            self.move(day, Phase.CLOSED, day.planned_until, reason, orders[day.market.symbol])

    def move(
        self, day: InstrumentDay, phase: Phase, until: int = 0, reason: str = "", orders: Sequence[Order] | None = None
    ) -> None:
        """Ends the present phase, as its rules say, and begins another. `orders`: the open ones, where closed."""
        engine, market = self._engine, day.market
        held = self._is_uncrossed(day, phase)
        if held:
            self._hold_auction(day)
        if market.phase is Phase.CLOSED:
            day.has_closing_price = False
        if phase in AFTER_TRADING:
            self._set_closing_price(day, day.measure)
        was_stopped = market.phase in STOPPED
        self._switch(day, phase, until, reason)
        if phase is Phase.CLOSED:
            end_of_day(engine, orders if orders is not None else open_orders(engine, [market.symbol])[market.symbol])
        elif phase is Phase.CONTINUOUS and was_stopped:
            _park_auction_orders(engine, market)
        self._bring_back(market)
        if held:
            self._place_leftovers(market)
        if phase is Phase.CONTINUOUS:
            self._look_for_elections(market)
        self._follow(market)

    def bring_back(self, market: Market) -> None:
        """Lets those in who waited for a new day, where no phase begins with it."""
        self._bring_back(market)
        self._follow(market)

    def begin_listing(self, day: InstrumentDay, phase: Phase) -> None:
        """An instrument is new: its first phase."""
        if phase is not day.market.phase:
            self._switch(day, phase, day.planned_until, "")

    def cross_at_close(self, market: Market) -> None:
        """In the closing price cross: trades what can be traded at the closing price."""
        price, book = market.closing_price, market.book
        if not price or not _reaches(book.bids.keys, price) or not _reaches(book.asks.keys, -price):
            return
        quantity = tradable_at(market, price)
        if quantity:
            trade_at(self._engine, market, price, quantity)
            self._follow(market)

    def _is_uncrossed(self, day: InstrumentDay, following: Phase) -> bool:
        """Whether the change to a phase brings the uncross of what was collected before."""
        current = day.market.phase
        if following in STOPPED:
            return False
        if current not in AUCTIONS:
            return following is Phase.CONTINUOUS and indicative(day.market).price is not None
        if current is Phase.PRE_OPEN:
            return following is Phase.CONTINUOUS
        return not (current in UNPLANNED and following in AUCTIONS)

    def _switch(self, day: InstrumentDay, phase: Phase, until: int, reason: str) -> None:
        """The change alone."""
        market, previous = day.market, day.market.phase
        day.clear_end()
        day.extensions = 0
        if phase in AUCTIONS and previous not in AUCTIONS:
            day.measure_from(day.measure)
            for order in market.pegs:
                self._engine.take_out(order)
                market.waiting.add(order)
            if market.instrument.bands is not None:
                self._free_limits(market)
        market.enter_phase(phase)
        day.indicative = NO_UNCROSS
        self._tell_phase(day, previous, until, reason)
        self._note(day)

    def _free_limits(self, market: Market) -> None:
        """An auction is not bound by price bands: orders that rest at one have their own limits in it."""
        for order in list(resting(market)):
            if order.terms.order_type in _LIMITED and order.limit != order.terms.price:
                self._engine.take_out(order)
                order.take_limit()
                market.book.rest(order, self._tape)

    def _note(self, day: InstrumentDay) -> None:
        symbol = day.market.symbol
        self.calls.pop(symbol, None)
        self.crosses.pop(symbol, None)
        if day.indicative_timer is not None:
            day.indicative_timer.cancel()
            day.indicative_timer = None
        if day.is_in_auction:
            self.calls[symbol] = day
            day.is_indicative_due = True
        elif day.market.phase_rules.matching is Matching.AT_CLOSE:
            self.crosses[symbol] = day

    def _hold_auction(self, day: InstrumentDay) -> None:
        market, tape = day.market, self._tape
        phase = market.phase if day.is_in_auction else Phase.REOPENING_AUCTION
        phase = Phase.OPENING_AUCTION if market.phase in _OPENING else phase
        result = uncross(self._engine, market)
        tape.number += 1
        tape.events.append(
            AuctionHeld(
                tape.number, tape.at, market.symbol, phase,
                result.price, result.quantity, result.imbalance, result.imbalance_side,
            )
        )  # fmt: skip
        day.indicative = NO_UNCROSS
        if result.price is not None:
            day.auctions += 1
            day.static_reference = result.price
            day.measure_from(result.price)
        if phase is Phase.CLOSING_AUCTION:
            self._set_closing_price(day, day.measure)
        end_after_auction(self._engine, market)

    def _set_closing_price(self, day: InstrumentDay, price: int) -> None:
        """The day's official price: the closing auction's, else the last trade's, else the reference price."""
        market, tape = day.market, self._tape
        if day.has_closing_price or not price:
            return
        day.has_closing_price = True
        market.closing_price = price
        tape.number += 1
        tape.events.append(ClosingPriceSet(tape.number, tape.at, market.symbol, price, market.session_volume))

    def _bring_back(self, market: Market) -> None:
        """Lets those in who waited for this phase."""
        for order in market.waiting:
            if order.status is OrderStatus.DONE_FOR_DAY or waits_for_auction(order, market.phase):
                continue
            if order.terms.order_type is OrderType.PEGGED and market.phase is not Phase.CONTINUOUS:
                continue
            market.waiting.remove(order)
            self._engine.re_enter(order, market, is_elected=False)
            self._engine.consequences.note_prices(market)

    def _place_leftovers(self, market: Market) -> None:
        """What an auction has left of market orders goes the way that the instrument's rules say."""
        for order in unpriced_leftovers(market):
            if order.level is None:
                continue  # One before it has taken it.
            if market.phase is Phase.CONTINUOUS:
                self._engine.take_out(order)
                self._engine.re_enter(order, market, is_elected=True)
                self._engine.consequences.note_prices(market)
            else:
                self._engine.end_order(order, CancelReason.NO_LIQUIDITY)

    def _follow(self, market: Market) -> None:
        self._engine.consequences.follow(market)
        if self._tape.touched:
            self._tape.show_levels()

    def _look_for_elections(self, market: Market) -> None:
        """Held orders that the price came through while nobody was elected go in now."""
        book = market.book
        if book.last_price and len(market.triggers):
            book.traded_high = max(book.traded_high, book.last_price)
            book.traded_low = min(book.traded_low, book.last_price)

    def _tell_phase(self, day: InstrumentDay, previous: Phase, until: int, reason: str) -> None:
        day.until = until
        market, tape = day.market, self._tape
        tape.number += 1
        tape.events.append(PhaseChanged(tape.number, tape.at, market.symbol, market.phase, previous, until, reason))


def _unfilled_market_orders(market: Market, result: Uncross) -> int:
    """Shares of market orders that an uncross would leave: they come before limits on their side."""
    levels = (market.book.bids.unpriced, market.book.asks.unpriced)
    wanted = (sum(order.leaves for order in level) for level in levels if level is not None)
    return max((quantity - result.quantity for quantity in wanted), default=0)


def _park_auction_orders(engine: Engine, market: Market) -> None:
    """Takes out of the book what a halt has left there of an interrupted auction, and must not trade continuously."""
    for order in list(resting(market)):
        time_in_force = order.terms.time_in_force
        if time_in_force is TimeInForce.AT_OPENING:
            engine.end_order(order, CancelReason.AUCTION_OVER)
        elif waits_for_auction(order, Phase.CONTINUOUS):
            engine.take_out(order)
            market.waiting.add(order)


def _reaches(keys: list[int], key: int) -> bool:
    """Whether the best of a side is at least as good as a price."""
    return bool(keys) and keys[-1] >= key
