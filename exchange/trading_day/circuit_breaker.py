"""The market-wide breaker: when a market's instruments fall together, all of them are halted.

The fall is the mean over the instruments of last price to the reference price with which their day began. Each of the
first two levels halts once a day, for a while, and not shortly before the close; the final one for the rest of the day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from exchange.commands import BreakerRules
from exchange.phases import AUCTIONS, Phase
from exchange.trading_day.instrument_day import InstrumentDay, MarketDay
from exchange.trading_day.phase_changes import BASIS_POINTS, PhaseChanges

_SHARE = 1_000_000_000
"""What a price that has not moved counts: fine enough that rounding never decides over a basis point."""

_STOPPED_BY_IT = frozenset({Phase.CONTINUOUS, Phase.PAUSED, *AUCTIONS})
"""What is halted already, or over, stays as it is."""


class CircuitBreaker:
    """The breaker of one market, for one day."""

    def __init__(
        self, rules: BreakerRules, day: MarketDay, instruments: Mapping[str, InstrumentDay], phases: PhaseChanges
    ) -> None:
        """`instruments`: those of the market, by symbol; one that has no reference price does not count."""
        self._rules = rules
        self._day = day
        self._instruments = instruments
        self._phases = phases
        self._shares: dict[str, int] = {}
        self._sum = 0
        self.level = 0
        """The highest level that has halted the market today: 1, 2, 3."""
        for symbol in instruments:
            self._count(symbol)

    def look(self, symbols: Iterable[str], at: int) -> None:
        """After a command that did something in these instruments of the market."""
        for symbol in symbols:
            self._count(symbol)
        if not self._shares or self.level == 3:
            return
        fall = _SHARE * len(self._shares) - self._sum
        level = self._level_of(fall * BASIS_POINTS, _SHARE * len(self._shares))
        if level <= self.level:
            return
        close = self._day.close
        if level < 3 and close and at >= close - self._rules.spared_before_close:
            return
        self.level = level
        self._halt(level)

    def state(self) -> list[object]:
        """All of it as values, for the venue's hash."""
        return [self._day.command.market, self.level, list(self._shares.items())]

    def _count(self, symbol: str) -> None:
        day = self._instruments[symbol]
        reference, book = day.opening_reference, day.market.book
        if reference <= 0:
            return
        share = book.last_price * _SHARE // reference if book.trades > day.opening_trades else _SHARE
        self._sum += share - self._shares.get(symbol, 0)
        self._shares[symbol] = share

    def _level_of(self, fall: int, whole: int) -> int:
        rules = self._rules
        steps = (rules.first_basis_points, rules.second_basis_points, rules.final_basis_points)
        return max((level for level, step in enumerate(steps, 1) if step and fall >= step * whole), default=0)

    def _halt(self, level: int) -> None:
        rules = self._rules
        steps = (rules.first_basis_points, rules.second_basis_points, rules.final_basis_points)
        whole, cents = divmod(steps[level - 1], 100)
        percent = f"{whole}.{cents:02}".rstrip("0").rstrip(".") if cents else f"{whole}"
        reason = f"the market has fallen by {percent} %"
        for day in self._instruments.values():
            if day.market.phase in _STOPPED_BY_IT:
                self._phases.stop(day, Phase.HALTED, 0 if level == 3 else rules.halt_duration, reason)
