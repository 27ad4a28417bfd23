"""Positions reckoned again from the start after everything that happens to them: lists of fills, nothing kept.

A busted fill is taken out of the list, a corrected one changed in its place, and all of it is gone through once more.
What is a part of an amount is an exact fraction, cut off towards zero.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple


class Fill(NamedTuple):
    """Shares and money of a fill: bought ones more than 0, sold ones less."""

    trade_id: int
    is_buy: bool
    quantity: int
    amount: int
    fee: int


class Moved(NamedTuple):
    """Shares that came (with their cost) or went otherwise."""

    quantity: int
    cost: int


class Split(NamedTuple):
    """New shares for old ones."""

    numerator: int
    denominator: int


class Sums(NamedTuple):
    """What a position comes to."""

    quantity: int
    cost: int
    realised: int


class NaivePositions:
    """All positions by account and symbol."""

    def __init__(self) -> None:
        self.lines: dict[tuple[str, str], list[Fill | Moved | Split]] = {}

    def add(self, account: str, symbol: str, line: Fill | Moved | Split) -> Sums:
        """Something happened."""
        self.lines.setdefault((account, symbol), []).append(line)
        return self.sums(account, symbol)

    def split(self, symbol: str, split: Split) -> None:
        """Every position in an instrument is split."""
        for (_, of), lines in self.lines.items():
            if of == symbol:
                lines.append(split)

    def fill(self, account: str, symbol: str, trade_id: int, *, is_buy: bool) -> Fill:
        """One side of a trade as it is now."""
        return next(
            line
            for line in self.lines[account, symbol]
            if isinstance(line, Fill) and (line.trade_id, line.is_buy) == (trade_id, is_buy)
        )

    def revise(self, account: str, symbol: str, old: Fill, new: Fill) -> Sums:
        """A fill is another one; of 0 shares, it never was."""
        lines = self.lines[account, symbol]
        lines[lines.index(old)] = new
        if not new.quantity:
            lines.remove(new)
        return self.sums(account, symbol)

    def sums(self, account: str, symbol: str) -> Sums:
        """One position from its beginning."""
        return self._go_through(account, symbol)[0]

    def money(self, account: str, symbol: str) -> int:
        """All that has gone for a position: in fills, and as the cost of what was transferred."""
        lines = self.lines.get((account, symbol), ())
        return self._go_through(account, symbol)[1] + sum(line.amount for line in lines if isinstance(line, Fill))

    def _go_through(self, account: str, symbol: str) -> tuple[Sums, int]:
        sums, transferred = Sums(0, 0, 0), 0
        for line in self.lines.get((account, symbol), ()):
            match line:
                case Fill():
                    sums = _traded(sums, line.quantity, line.amount)
                case Moved():
                    before, sums = sums, _moved(sums, line)
                    transferred += sums.cost - before.cost
                case Split():
                    sums = _split(sums, line)
        return sums, transferred


def _traded(sums: Sums, quantity: int, amount: int) -> Sums:
    """What closes shares realises the difference; what opens some adds to the cost."""
    closing = _closing(sums, quantity)
    if not closing:
        return Sums(sums.quantity + quantity, sums.cost + amount, sums.realised)
    left, brought = _part(sums.cost, closing, sums.quantity), _part(amount, closing, quantity)
    return Sums(sums.quantity + quantity, sums.cost - left + amount - brought, sums.realised - brought - left)


def _moved(sums: Sums, line: Moved) -> Sums:
    """What goes takes its cost along, and realises nothing."""
    closing = _closing(sums, line.quantity)
    if not closing:
        return Sums(sums.quantity + line.quantity, sums.cost + line.cost, sums.realised)
    left = _part(sums.cost, closing, sums.quantity)
    opening = abs(line.quantity) - closing
    return Sums(
        sums.quantity + line.quantity, sums.cost - left + _part(line.cost, opening, line.quantity), sums.realised
    )


def _split(sums: Sums, line: Split) -> Sums:
    quantity = int(Fraction(sums.quantity * line.numerator, line.denominator))
    if quantity:
        return Sums(quantity, sums.cost, sums.realised)
    return Sums(0, 0, sums.realised - sums.cost)


def _closing(sums: Sums, quantity: int) -> int:
    return min(abs(sums.quantity), abs(quantity)) if sums.quantity * quantity < 0 else 0


def _part(amount: int, quantity: int, whole: int) -> int:
    return int(Fraction(amount * quantity, abs(whole)))
