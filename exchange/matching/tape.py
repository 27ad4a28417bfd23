"""Where the venue writes the events of one command: numbers them, remembers changed price levels and filled orders."""

from __future__ import annotations

from typing import Protocol, TypeAlias

from exchange.events import Event, LevelChanged
from exchange.matching.order import Order
from exchange.matching.price_level import PriceLevel
from exchange.matching.trades import Trades

Charges: TypeAlias = tuple[int, int, int]
"""Of an execution: the fees of the incoming order and of the other one, in units of money, and the settlement date as
year, month and day; 0: that is not known yet."""


class ClearingWatch(Protocol):
    """Who says what an execution is charged, and is told when its owners have been told."""

    def charges(
        self, symbol: str, order: Order, other: Order, quantity: int, price: int, *, is_auction: bool
    ) -> Charges:
        """What an execution of `order` against `other`, which rested, is charged, and when it settles."""

    def traded(
        self, symbol: str, order: Order, other: Order, quantity: int, price: int, trade_id: int, charges: Charges
    ) -> None:
        """An execution; `charges` is what was answered before."""


class Tape:
    """`number` is the last event's; writers raise it by one for each event they append."""

    __slots__ = ("at", "clearing", "events", "filled", "number", "touched", "trades")

    def __init__(self, number: int = 0) -> None:
        self.number = number
        self.at = 0
        self.events: list[Event] = []
        self.touched: list[PriceLevel] = []
        self.filled: list[Order] = []
        """Resting orders that the command filled to the end."""
        self.trades = Trades()
        self.clearing: ClearingWatch | None = None

    def touch(self, level: PriceLevel) -> None:
        """Notes that a level will have to be shown anew when the command is done."""
        if not level.is_touched:
            level.is_touched = True
            self.touched.append(level)

    def take_filled(self) -> list[Order]:
        """The resting orders that were filled to the end since the last call."""
        filled = self.filled
        if filled:
            self.filled = []
        return filled

    def show_levels(self) -> None:
        """Writes one `LevelChanged` per touched price, by first touch; they may be of several books."""
        touched = self.touched
        if len(touched) > 1:
            for level in touched:
                level.is_touched = False
            # A level that went and came back within the command is there twice: the later one is what is there now.
            touched = list({(level.symbol, level.side, level.price): level for level in touched}.values())
        number, at, events = self.number, self.at, self.events
        for level in touched:
            level.is_touched = False
            number += 1
            events.append(LevelChanged(number, at, level.symbol, level.side, level.price, level.quantity, level.orders))
        self.number = number
        self.touched.clear()
