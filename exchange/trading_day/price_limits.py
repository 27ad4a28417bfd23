"""How far an instrument may trade from a reference, and what happens there: refusal, volatility auction, limit state.

The static band is measured from the last auction price or the day's reference price, the dynamic one from the last
trade; together they are what matching sees. In a limit state regime (limit up, limit down) the dynamic reference is the
mean of the last five minutes, and a side that waits at its band for too long pauses trading. The engine tells of trades
and of orders that a band stops; orders beyond a band of action `REFUSED` are refused before they come here.
"""

from __future__ import annotations

from exchange.events import BandsChanged, Event
from exchange.matching.book_side import UNPRICED_KEY
from exchange.matching.engine import Engine
from exchange.matching.market import Market
from exchange.matching.order import Order
from exchange.orders import Side
from exchange.phases import Phase
from exchange.reference.instruments import BandAction, Instrument, PriceBands
from exchange.trading_day.instrument_day import InstrumentDay
from exchange.trading_day.phase_changes import BASIS_POINTS, PhaseChanges
from exchange.trading_day.recent_trades import RecentTrades
from exchange.trading_day.timers import Timer, Timers

LOWEST, HIGHEST = -UNPRICED_KEY, UNPRICED_KEY
"""Bands of what has none, as matching sees them."""


class Bands:
    """The bands of one instrument, and what they were computed from."""

    __slots__ = ("auctions", "day", "limit_side", "limit_timer", "measured_from", "recent", "reference", "told")

    def __init__(self, day: InstrumentDay) -> None:
        self.day = day
        self.auctions = day.auctions
        """Auctions that had found a price when the bands were computed last."""
        self.recent: RecentTrades | None = None
        """The trades whose mean is the reference in a limit state regime."""
        self.reference = 0
        """Where the dynamic band is measured from."""
        self.limit_side: Side | None = None
        """The side that waits at its band."""
        self.limit_timer: Timer | None = None
        self.measured_from = 0
        """The reference of the narrower band, for the event."""
        self.told: tuple[int, int, Side | None] = (LOWEST, HIGHEST, None)
        """What `BandsChanged` has said last: lowest and highest price, side in limit state."""

    def leave_limit_state(self) -> None:
        """Nobody waits at a band any more."""
        self.limit_side = None
        if self.limit_timer is not None:
            self.limit_timer.cancel()
            self.limit_timer = None


class PriceLimits:
    """The bands of all instruments that have any."""

    def __init__(self, engine: Engine, timers: Timers, phases: PhaseChanges) -> None:
        self._engine = engine
        self._tape = engine.tape
        self._timers = timers
        self._phases = phases
        self._bands: dict[str, Bands] = {}
        self.watched: dict[str, Bands] = {}
        """Of limit state regimes: to be looked at after each command in the instrument."""

    def listed(self, day: InstrumentDay) -> None:
        """An instrument has these rules from now on: its bands begin, change or end."""
        symbol, rules = day.market.symbol, day.market.instrument.bands
        bands = self._bands.get(symbol)
        if rules is None:
            if bands is not None:
                bands.leave_limit_state()
                bands.recent = None
                self._set(bands, 0, LOWEST, HIGHEST)
                del self._bands[symbol]
                self.watched.pop(symbol, None)
            return
        if bands is None:
            bands = self._bands[symbol] = Bands(day)
        self.watched.pop(symbol, None)
        bands.recent = None
        if rules.action is BandAction.LIMIT_STATE:
            self.watched[symbol] = bands
            bands.recent = RecentTrades(self._tape.at)
        else:
            bands.leave_limit_state()
        self.reset(day)

    def reset(self, day: InstrumentDay) -> None:
        """The reference price was set: by an operator, or by a new day."""
        bands = self._bands.get(day.market.symbol)
        if bands is None:
            return
        if bands.recent is not None:
            bands.recent.restart(self._tape.at, day.market.book.trades)
            bands.reference = day.market.reference_price
        self._renew(bands)

    def plan_day(self, day: InstrumentDay) -> None:
        """Has the bands narrowed and widened at their times, where they are wider near opening and close."""
        bands, market_day = self._bands.get(day.market.symbol), day.market_day
        rules = day.market.instrument.bands
        if bands is None or rules is None or market_day is None or not rules.doubled_before_close:
            return
        symbol, span = day.market.symbol, rules.doubled_before_close
        opening, close = market_day.opening, market_day.close
        for at in (opening, opening + span, close - span, close):
            if at > self._tape.at:
                self._timers.set(
                    at, f"width of the bands of {symbol}", lambda: self._renew(bands),
                    is_needed=lambda: day.market_day is market_day and self._bands.get(symbol) is bands,
                )  # fmt: skip

    # What the engine tells

    def traded(self, market: Market) -> None:
        """A command's trades in a market with bands are done."""
        bands = self._bands[market.symbol]
        day, recent = bands.day, bands.recent
        if recent is None:
            self._renew(bands)
            return
        if bands.auctions != day.auctions:
            recent.restart(self._tape.at, market.book.trades)
            bands.reference = market.last_auction_price
        else:
            recent.note(market.book, self._tape)
            if bands.limit_side is None:
                self._move_reference(bands, recent)
        self._renew(bands)

    def reached(self, market: Market, order: Order) -> None:
        """An order would go on trading outside the band. Limit states are looked for when the command is done."""
        bands, rules = self._bands[market.symbol], market.instrument.bands
        if rules is None or rules.action is not BandAction.AUCTION or market.phase is not Phase.CONTINUOUS:
            return
        book, text = market.book, market.instrument.scale.text
        best = book.opposite(order.terms.side).best_limit
        limit = book.highest_tradable if best is not None and best > book.highest_tradable else book.lowest_tradable
        reason = f"an order would have traded beyond {text(limit)}"
        self._phases.interrupt(bands.day, rules.auction_duration, reason)

    # Limit state

    def look(self, bands: Bands) -> None:
        """After a command in a limit state regime: whether a side waits at its band now, or does no longer."""
        market = bands.day.market
        side = _waiting_side(market)
        if side is bands.limit_side:
            return
        bands.leave_limit_state()
        rules = market.instrument.bands
        if side is not None and rules is not None:
            bands.limit_side = side
            at = self._tape.at + rules.limit_state_duration
            name = f"end of the limit state of {market.symbol}"
            bands.limit_timer = self._timers.set(at, name, lambda: self._pause(bands, rules))
        self._tell(bands)

    def _pause(self, bands: Bands, rules: PriceBands) -> None:
        market, side = bands.day.market, bands.limit_side
        way = "highest" if side is Side.BUY else "lowest"
        limit = market.book.highest_tradable if side is Side.BUY else market.book.lowest_tradable
        seconds = rules.limit_state_duration // 1_000_000_000
        reason = f"trading stood at the {way} price {market.instrument.scale.text(limit)} for {seconds} s"
        bands.leave_limit_state()
        self._phases.stop(bands.day, Phase.PAUSED, rules.pause_duration, reason)
        self._tell(bands)

    def _move_reference(self, bands: Bands, recent: RecentTrades) -> None:
        """Takes the mean of the last five minutes as the reference, where it is far enough from the present one."""
        at = self._tape.at
        if recent.may_move(at):
            mean = recent.mean(at)
            if mean and recent.is_far_from(bands.reference):
                bands.reference = mean
                recent.moved_at = at
        self._plan_move(bands, recent)

    def _plan_move(self, bands: Bands, recent: RecentTrades) -> None:
        """Has the mean looked at again without a trade: it moves also because trades grow old."""
        at = self._tape.at
        if not recent.is_planned and recent.is_filled(at):
            recent.is_planned = True
            name = f"reference price of {bands.day.market.symbol}"
            self._timers.set(
                recent.next_move(at), name, lambda: self._move_later(bands, recent),
                is_needed=lambda: bands.recent is recent,
            )  # fmt: skip

    def _move_later(self, bands: Bands, recent: RecentTrades) -> None:
        recent.is_planned = False
        if bands.limit_side is not None:
            self._plan_move(bands, recent)
            return
        self._move_reference(bands, recent)
        self._renew(bands)

    # The bands themselves

    def _renew(self, bands: Bands) -> None:
        """Computes the bands from where they are measured now."""
        day, rules = bands.day, bands.day.market.instrument.bands
        assert rules is not None, f"{day.market.symbol} has no bands"
        bands.auctions = day.auctions
        if bands.recent is None:
            bands.reference = day.measure
        instrument = day.market.instrument
        lowest, highest = _band(instrument, day.static_reference, rules.static_basis_points)
        width = rules.dynamic_basis_points * (2 if self._is_wide(day, rules) else 1)
        low, high = _band(instrument, bands.reference, width)
        # Rules that were changed may leave the last price outside the static band: that one holds then.
        if max(lowest, low) <= min(highest, high):
            lowest, highest = max(lowest, low), min(highest, high)
        self._set(bands, bands.reference if width else day.static_reference, lowest, highest)

    def _is_wide(self, day: InstrumentDay, rules: PriceBands) -> bool:
        market_day, span, at = day.market_day, rules.doubled_before_close, self._tape.at
        if market_day is None or not span:
            return False
        return 0 <= at - market_day.opening < span or 0 < market_day.close - at <= span

    def _set(self, bands: Bands, reference: int, lowest: int, highest: int) -> None:
        book = bands.day.market.book
        book.lowest_tradable, book.highest_tradable = lowest, highest
        bands.measured_from = reference
        self._tell(bands)

    def _tell(self, bands: Bands) -> None:
        """Writes what is new about the bands. A reference that moves none of them is not worth an event."""
        market, tape = bands.day.market, self._tape
        now = (market.book.lowest_tradable, market.book.highest_tradable, bands.limit_side)
        if now == bands.told:
            return
        bands.told = now
        tape.number += 1
        tape.events.append(_as_event(bands, tape.number, tape.at))

    def public_state(self, day: InstrumentDay, number: int, at: int) -> list[Event]:
        """What an instrument's bands are now, for readers that come late."""
        bands = self._bands.get(day.market.symbol)
        return [] if bands is None else [_as_event(bands, number, at)]

    def state(self) -> list[object]:
        """All bands as values, for the venue's hash."""
        return [
            [
                symbol, bands.reference, bands.measured_from, bands.auctions, bands.limit_side, bands.told,
                bands.recent.state() if bands.recent else None,
            ]
            for symbol, bands in self._bands.items()
        ]  # fmt: skip


def _band(instrument: Instrument, reference: int, basis_points: int) -> tuple[int, int]:
    """Lowest and highest tick within a distance of a price; at least one tick to either side."""
    if reference <= 0 or not basis_points:
        return LOWEST, HIGHEST
    reach = max(reference * basis_points // BASIS_POINTS, instrument.tick_at(reference))
    low, high = reference - reach, reference + reach
    low_tick, high_tick = instrument.tick_at(low), instrument.tick_at(high)
    return -(-low // low_tick) * low_tick, high // high_tick * high_tick


def _as_event(bands: Bands, number: int, at: int) -> BandsChanged:
    lowest, highest, side = bands.told
    return BandsChanged(
        number, at, bands.day.market.symbol, bands.measured_from,
        None if lowest == LOWEST else lowest, None if highest == HIGHEST else highest, side,
    )  # fmt: skip


def _waiting_side(market: Market) -> Side | None:
    """The side whose best limit is at its band; in continuous trading only."""
    if market.phase is not Phase.CONTINUOUS:
        return None
    book = market.book
    bid, offer = book.bids.best_limit, book.asks.best_limit
    if bid is not None and bid >= book.highest_tradable:
        return Side.BUY
    return Side.SELL if offer is not None and offer <= book.lowest_tradable else None
