"""The trading day: what falls due, what the timetable and the operators do to phases, what follows each command.

The venue lets everything due by a command's time happen before it (`advance`), hands the day's commands here, and lets
the day look at what each command has done (`settle`). Phases, bands, auctions and the breaker have files of their own;
here they are put together.
"""

from __future__ import annotations

from collections.abc import Iterable

from exchange.commands import ChangePhase, OpenDay, SetReferencePrice
from exchange.events import (
    ClosingPriceSet,
    CommandRefused,
    DayOpened,
    Event,
    IndicativeChanged,
    PhaseChanged,
)
from exchange.matching.auction import NO_UNCROSS, Uncross
from exchange.matching.engine import Engine
from exchange.matching.market import Market
from exchange.matching.order import Order
from exchange.order_rules import check_price
from exchange.orders import OrderStatus
from exchange.phases import Phase
from exchange.reasons import RestatementReason
from exchange.reference.instruments import PriceBands
from exchange.refusals import Refusal
from exchange.rejections import RejectReason
from exchange.trading_day.circuit_breaker import CircuitBreaker
from exchange.trading_day.expiry import GOOD_TILL, open_orders
from exchange.trading_day.good_till_dates import GoodTillDates
from exchange.trading_day.indicative import Indicatives, changes_overlap
from exchange.trading_day.instrument_day import InstrumentDay, MarketDay
from exchange.trading_day.phase_changes import PhaseChanges
from exchange.trading_day.price_limits import PriceLimits
from exchange.trading_day.timers import Timers
from exchange.trading_day.timetable_rules import timetable_refusal

_DEFAULT_BANDS = PriceBands()


class TradingDay:
    """All markets' days. `dates` has the good-till dates of orders, `price_limits` the bands."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._tape = engine.tape
        self.timers = Timers()
        self.dates = GoodTillDates(engine, self.timers)
        self.phases = PhaseChanges(engine, self.timers)
        self.price_limits = PriceLimits(engine, self.timers, self.phases)
        engine.price_limits = self.price_limits
        self._indicatives = Indicatives(engine.tape, self.timers)
        self._instruments: dict[str, InstrumentDay] = {}
        self._of_market: dict[str, dict[str, InstrumentDay]] = {}
        self._days: dict[str, MarketDay] = {}
        self._breakers: dict[str, CircuitBreaker] = {}
        self._settled = 0
        """Events of the command under way that have been looked at: what had fallen due before it."""

    # What the venue asks

    @property
    def next_due(self) -> int | None:
        """When the next thing falls due, nanoseconds since 1970 UTC; None when nothing will."""
        return self.timers.next_due

    def day_of(self, market: str) -> int | None:
        """The day that a market is in, as year, month and day; None before its first."""
        day = self._days.get(market)
        return None if day is None else day.command.date

    def indicative_of(self, symbol: str) -> Uncross:
        """What the auction under way would bring, as it was told last; nothing when none is."""
        return self._instruments[symbol].indicative

    def advance(self, at: int) -> None:
        """Lets everything that is due by `at` happen, each at its own time."""
        tape = self._tape
        while (timer := self.timers.take(at)) is not None:
            tape.at = max(tape.at, timer.at)
            timer.fire()
            self._look_after_trades()
            self.settle()
            self._settled = len(tape.events)
        tape.at = at

    def _look_after_trades(self) -> None:
        """What an uncross means for positions, and for quotes that it has hit too fast, at the time of the uncross."""
        engine = self._engine
        assert engine.risk_watch is not None, "the venue watches risk before it has days"
        assert engine.quote_protection is not None, "the venue has quotes before it has days"
        engine.risk_watch.look()
        engine.quote_protection.protect()

    def settle(self) -> None:
        """After a command, or a due thing: what its events mean for the day."""
        since, self._settled = self._settled, 0
        phases, watched = self.phases, self.price_limits.watched
        if not (phases.calls or phases.crosses or watched or self._breakers):
            return
        touched: dict[str, None] = {}
        for event in self._tape.events[since:]:
            symbol = _symbol_of(event)
            touched[symbol] = None
            day = phases.calls.get(symbol)
            if day is not None and not day.is_indicative_due:
                day.is_indicative_due = changes_overlap(day, event)
        for symbol in touched:
            if symbol in phases.crosses:
                phases.cross_at_close(self._instruments[symbol].market)
                self._look_after_trades()
            if symbol in watched:
                self.price_limits.look(watched[symbol])
        for market, breaker in self._breakers.items():
            breaker.look([symbol for symbol in touched if symbol in self._of_market[market]], self._tape.at)
        for symbol in touched:
            if symbol in phases.calls:
                self._indicatives.refresh(phases.calls[symbol])

    def listed(self, market: Market) -> None:
        """An instrument was listed, or has new rules.

        A new one is in the phase that its market's day is in. One that names a market which has had no day yet is
        closed until the first; one that names none trades continuously.
        """
        symbol, name = market.symbol, market.instrument.market
        day = self._instruments.get(symbol)
        is_new = day is None
        if day is None:
            day = self._instruments[symbol] = InstrumentDay(market, None)
        for instruments in self._of_market.values():
            instruments.pop(symbol, None)
        self._of_market.setdefault(name, {})[symbol] = day
        day.market_day = self._days.get(name)
        self.price_limits.listed(day)
        self.price_limits.plan_day(day)
        if is_new:
            is_waiting = name and day.market_day is None
            self.phases.begin_listing(day, Phase.CLOSED if is_waiting else day.planned)

    def public_state(self, number: int, at: int) -> list[Event]:
        """Events that tell a reader who comes late where every instrument is in its day."""
        state: list[Event] = []
        for symbol, day in self._instruments.items():
            market = day.market
            state.append(PhaseChanged(number, at, symbol, market.phase, market.phase, day.until, ""))
            state += self.price_limits.public_state(day, number, at)
            if market.closing_price:
                state.append(ClosingPriceSet(number, at, symbol, market.closing_price, market.session_volume))
            if day.indicative != NO_UNCROSS:
                found = day.indicative
                state.append(
                    IndicativeChanged(
                        number, at, symbol, found.price, found.quantity, found.imbalance, found.imbalance_side
                    )
                )
        return state

    def state(self) -> list[object]:
        """All of it as values, for the venue's hash."""
        return [
            [[market, day.command, day.row] for market, day in self._days.items()],
            [day.state() for day in self._instruments.values()],
            [[market, list(instruments)] for market, instruments in self._of_market.items()],
            self.timers.state(),
            self.price_limits.state(),
            [breaker.state() for breaker in self._breakers.values()],
        ]

    # Commands

    def open_day(self, command: OpenDay) -> None:
        """A trading day of a market begins."""
        refusal = timetable_refusal(command, self.day_of(command.market))
        if refusal is not None:
            self._refuse("open-day", refusal)
            return
        name, tape = command.market, self._tape
        instruments = self._of_market.setdefault(name, {})
        if name in self._days:
            self._close([day for day in instruments.values() if day.market.phase is not Phase.CLOSED])
        market_day = self._days[name] = MarketDay(command)
        while market_day.next_at and market_day.next_at <= tape.at:
            market_day.row += 1
        tape.number += 1
        tape.events.append(DayOpened(tape.number, tape.at, name, command.date))
        orders = open_orders(self._engine, instruments)
        for symbol, day in instruments.items():
            self._begin(day, market_day, orders[symbol])
        self._follow_timetable(market_day)
        for day in instruments.values():
            self.phases.bring_back(day.market)
        self._breakers.pop(name, None)
        if command.breaker is not None:
            self._breakers[name] = CircuitBreaker(command.breaker, market_day, instruments, self.phases)

    def change_phase(self, command: ChangePhase) -> None:
        """An operator moves an instrument, or a market; the timetable goes on from there."""
        days = self._meant(command)
        if isinstance(days, Refusal):
            self._refuse("phase", days)
            return
        phase, reason, phases = command.phase, command.reason, self.phases
        if phase is Phase.CLOSED:
            self._close(days, reason)
            return
        for day in days:
            instrument = day.market.instrument
            bands = instrument.bands or _DEFAULT_BANDS
            match phase:
                case Phase.HALTED:
                    phases.stop(day, phase, 0, reason)
                case Phase.PAUSED:
                    phases.stop(day, phase, bands.pause_duration, reason)
                case Phase.REOPENING_AUCTION:
                    phases.begin_auction(day, phase, instrument.auction.reopening_duration, reason)
                case Phase.VOLATILITY_AUCTION:
                    phases.begin_auction(day, phase, bands.auction_duration, reason)
                case _:
                    phases.move(day, phase, day.planned_until, reason)

    def set_reference_price(self, command: SetReferencePrice) -> None:
        """An operator sets where bands, collars and auctions of an instrument are measured from."""
        day = self._instruments.get(command.symbol)
        if day is None:
            text = f"{command.symbol or '(none)'} is not listed"
            self._refuse("reference-price", Refusal(RejectReason.UNKNOWN_INSTRUMENT, "symbol", text))
            return
        refusal = check_price(command.price, day.market.instrument)
        if refusal is not None:
            self._refuse("reference-price", refusal)
            return
        day.begin_from(command.price)
        self.price_limits.reset(day)

    def _meant(self, command: ChangePhase) -> list[InstrumentDay] | Refusal:
        """The instruments that a change of phase is about; not those that are in the phase already."""
        if command.symbol:
            one = self._instruments.get(command.symbol)
            if one is None:
                return Refusal(RejectReason.UNKNOWN_INSTRUMENT, "symbol", f"{command.symbol} is not listed")
            days, what = [one], command.symbol
        else:
            days, what = list(self._of_market.get(command.market, {}).values()), f"market {command.market or '(none)'}"
            if not days:
                return Refusal(
                    RejectReason.UNKNOWN_INSTRUMENT, "market", f"{command.market or '(none)'} has no instrument"
                )
        moved = [day for day in days if day.market.phase is not command.phase]
        return moved or Refusal(RejectReason.PHASE_FORBIDS, "phase", f"{what} is {command.phase.value} already")

    def _refuse(self, command: str, refusal: Refusal) -> None:
        tape = self._tape
        tape.number += 1
        tape.events.append(CommandRefused(tape.number, tape.at, command, refusal.reason, refusal.field, refusal.text))

    # The timetable

    def _begin(self, day: InstrumentDay, market_day: MarketDay, orders: Iterable[Order]) -> None:
        """An instrument's new day: statistics, reference price, good-till orders."""
        market = day.market
        day.market_day = market_day
        day.has_closing_price = False
        market.opening_volume = market.book.volume
        day.begin_from(market.closing_price or market.reference_price)
        for order in orders:
            if order.terms.time_in_force not in GOOD_TILL:
                continue
            if order.status is OrderStatus.DONE_FOR_DAY:
                order.status = OrderStatus.PARTIALLY_FILLED if order.cumulative else OrderStatus.NEW
            self._engine.restate(order, RestatementReason.NEW_DAY)
        self.price_limits.reset(day)
        self.price_limits.plan_day(day)

    def _follow_timetable(self, market_day: MarketDay) -> None:
        """Moves a market's instruments to where its day is now, and plans the next row."""
        name = market_day.command.market
        days = list(self._of_market[name].values())
        if market_day.phase is Phase.CLOSED:
            self._close([day for day in days if day.market.phase is not Phase.CLOSED])
        else:
            self.phases.follow_timetable(days)
        if market_day.next_at:
            self.timers.set(
                market_day.next_at, f"next phase of market {name}", lambda: self._begin_row(market_day),
                is_needed=lambda: self._days.get(name) is market_day,
            )  # fmt: skip

    def _begin_row(self, market_day: MarketDay) -> None:
        market_day.row += 1
        self._follow_timetable(market_day)

    def _close(self, days: list[InstrumentDay], reason: str = "") -> None:
        if days:
            self.phases.close(days, reason)


def _symbol_of(event: Event) -> str:
    """The instrument that an event is about; empty where it is about none."""
    terms = getattr(event, "terms", None)
    return terms.symbol if terms is not None else getattr(event, "symbol", "")
