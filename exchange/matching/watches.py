"""Who is told by matching of what it does, without matching knowing them: day, quotes, clearing, risk."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from exchange.matching.market import Market
from exchange.matching.order import Order
from exchange.reasons import CancelReason
from exchange.refusals import Refusal


class PriceWatch(Protocol):
    """Who is told of trades and of orders that a price band stops: the trading day's price limits."""

    def traded(self, market: Market) -> None:
        """A command's trades in a market with bands are done."""

    def reached(self, market: Market, order: Order) -> None:
        """An order would go on trading outside the band."""


class QuoteWatch(Protocol):
    """Who is told of executions of quotes: the market makers' protection."""

    def executed(self, order: Order, quantity: int) -> None:
        """One side of a quote was hit."""

    def protect(self) -> None:
        """The trades of a command, or of something that fell due, are done."""

    def tell_withdrawn(self, orders: Iterable[Order], reason: CancelReason) -> None:
        """These orders are about to end, whoever has asked for it."""


class ClaimWatch(Protocol):
    """Who keeps what open orders have reserved of their accounts."""

    def resize(self, order: Order) -> None:
        """What is left of an order has changed otherwise than by a fill: it shrank, or ended."""

    def reprice(self, order: Order) -> None:
        """An order has new terms."""

    def fund(self, order: Order) -> Refusal | None:
        """An order that waited for another one is about to go in: why it cannot, if its account has not enough."""


class RiskWatch(Protocol):
    """Who is told that the trades of a command, or of something that fell due, are done: stops and loss limits."""

    def look(self) -> None:
        """Looks at what they mean for positions that are watched."""
