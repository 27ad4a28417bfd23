"""What accounts are worth at the prices of now: for limits on position sizes and on losses.

Only reckons; who may have how much `risk` and `loss_limits` say. A position's worth is counted again when it has
changed or its instrument has traded, and not before: an account may have hundreds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from exchange.clearing.ledger import Ledger
from exchange.clearing.positions import Positions
from exchange.matching.market import Market
from exchange.reference.money import amount_of

MOVES_KEPT = 4_096
"""Trades and changes that are remembered; who was looked at longer ago is counted anew."""


def mark_of(market: Market) -> int:
    """What a share is worth: the last price, or the reference price before the first trade."""
    return market.book.last_price or market.reference_price


class Equities:
    """The worth of positions by account. What it keeps follows from positions and prices, and changes nothing."""

    __slots__ = ("_counted", "_first", "_ledger", "_markets", "_moves", "_positions")

    def __init__(self, ledger: Ledger, positions: Positions, markets: Mapping[str, Market]) -> None:
        self._ledger = ledger
        self._positions = positions
        self._markets = markets
        self._counted: dict[str, _Counted] = {}
        self._moves: list[str] = []
        """Symbols of which a share is worth something else, or of which somebody has more or less, latest last."""
        self._first = 0
        """Which move is the first that is kept."""

    def moved(self, symbol: str) -> None:
        """An instrument has traded or has another reference price, or a position in it has changed."""
        if not self._counted:
            return
        self._moves.append(symbol)
        if len(self._moves) > MOVES_KEPT:
            self._first += MOVES_KEPT // 2
            del self._moves[: MOVES_KEPT // 2]

    def of(self, account: str, currencies: Iterable[str]) -> dict[str, int]:
        """By currency, what an account has by its trades, paid fees gone, and what its positions would bring now."""
        worth, traded, found = self._count_anew(account).worth, self._ledger.traded, {}
        for currency in currencies:
            found[currency] = traded(account, currency) + worth.get(currency, 0)
        return found

    def in_currency(self, account: str, currency: str) -> int:
        """The same in one currency."""
        return self._ledger.traded(account, currency) + self._count_anew(account).worth.get(currency, 0)

    def _count_anew(self, account: str) -> _Counted:
        """What an account's positions are worth now: those that have moved since the last time are counted again."""
        counted, place = self._counted.get(account), self._first + len(self._moves)
        if counted is not None and counted.place == place:
            return counted
        positions = self._positions.of(account)
        if counted is None or counted.place < self._first:
            counted = self._counted[account] = _Counted()
            symbols: Iterable[str] = positions
        else:
            symbols = dict.fromkeys(self._moves[counted.place - self._first :])
        of, worth = counted.of, counted.worth
        for symbol in symbols:
            position, before = positions.get(symbol), of.get(symbol, 0)
            if position is None and not before:
                continue
            market = self._markets[symbol]
            instrument = market.instrument
            now = 0 if position is None else amount_of(position.quantity * mark_of(market), instrument.price_digits)
            of[symbol] = now
            worth[instrument.currency] = worth.get(instrument.currency, 0) + now - before
        counted.place = place
        return counted


class _Counted:
    """What was counted of one account."""

    __slots__ = ("of", "place", "worth")

    def __init__(self) -> None:
        self.of: dict[str, int] = {}
        self.worth: dict[str, int] = {}
        """Of all together, by currency."""
        self.place = 0
        """Which move is the first that it has not counted."""
