"""What watches risk after the fact: stops of positions, losses of the day, falls that restrict short sales.

The venue hands limits and stops here and asks for a look after each command and each thing that fell due; settlement
tells of business days, corporate actions of splits and new symbols. What an order has to keep before it goes in `risk`
says.
"""

from __future__ import annotations

from collections.abc import Callable

from exchange.blocks import Blocks
from exchange.clearing.clearing import Clearing
from exchange.clearing.limit_book import LimitBook
from exchange.clearing.loss_limits import LossLimits
from exchange.clearing.own_orders import OwnOrders
from exchange.clearing.risk_settings import RiskSettings
from exchange.clearing.short_sales import ShortSales
from exchange.clearing.stop_losses import StopLosses
from exchange.commands import BlockTrading, SetRiskLimits, SetStopLoss
from exchange.matching.engine import Engine


class RiskControl:
    """The watchers, put together. `stops`, `losses` and `short_sales` may be read."""

    def __init__(
        self,
        engine: Engine,
        clearing: Clearing,
        limits: LimitBook,
        short_sales: ShortSales,
        requests: OwnOrders,
        blocks: Blocks,
        block: Callable[[BlockTrading], None],
    ) -> None:
        self._tape = engine.tape
        self.short_sales = short_sales
        self.stops = StopLosses(engine, clearing, requests)
        self.losses = LossLimits(engine, clearing, limits, blocks, block)
        self._settings = RiskSettings(engine, clearing, limits, self.losses)
        self._looked = 0
        """The latest event that was looked at."""

    def set_limits(self, command: SetRiskLimits) -> None:
        """Limits of one scope."""
        self._settings.set(command)

    def set_stop_loss(self, command: SetStopLoss) -> None:
        """The protective stop of a position."""
        self.stops.set(command)

    def look(self) -> None:
        """Looks at what has happened since the last look, and at what that brings about, until nothing follows."""
        tape = self._tape
        while self._looked != tape.number:
            # What happened before this command, while nobody looked, is not on the tape any more.
            number = max(self._looked, tape.number - len(tape.events))
            self._looked = tape.number
            self.short_sales.look(number)
            self.stops.look(number)
            self.losses.look(number)

    def day_opened(self, market: str, date: int) -> None:
        """A business day of a market begins. Call before corporate actions: the day's profit includes them."""
        self.short_sales.day_opened(market)
        self.losses.day_opened(date)

    def split(self, symbol: str, numerator: int, denominator: int) -> None:
        """An instrument was split: so many new shares for `denominator` old ones."""
        self.stops.split(symbol, numerator, denominator)

    def renamed(self, symbol: str, new_symbol: str) -> None:
        """An instrument goes on under another symbol."""
        self.short_sales.renamed(symbol, new_symbol)
        self.stops.renamed(symbol, new_symbol)

    def state(self) -> list[object]:
        """All of it as values, for the venue's hash."""
        return [self.stops.state(), self.losses.state()]
