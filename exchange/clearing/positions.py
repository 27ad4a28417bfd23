"""What accounts have in each instrument, what it has cost, and what it has brought.

A position is a fold over its entries: fills, transfers and splits, in their order. The entries of trades that can still
be busted or corrected are kept; so a revised fill gives the position that would be there if it had always been so, to
the last unit. Cost is kept whole and never as a rounded average: average cost = cost / quantity.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum

from msgspec import Struct

from exchange.matching.trades import TRADES_KEPT

ENTRIES_BEFORE_SWEEP = 64
"""Entries that are kept before those of trades that are no longer kept are folded for good."""


class EntryKind(IntEnum):
    """What an entry of a position is."""

    FILL = 0
    TRANSFER = 1
    SPLIT = 2


class Entry(Struct, gc=False, array_like=True):
    """One thing that happened to a position."""

    kind: EntryKind
    trade_id: int
    """Of a fill; else the latest trade of the venue, which says how old the entry is."""
    quantity: int
    """Shares that came, or went where less than 0; of a split the new shares for `amount` old ones."""
    amount: int
    """Money that the shares cost, or brought where less than 0."""
    fee: int = 0
    settles_on: int = 0


class Position:
    """One account's position in one instrument."""

    __slots__ = ("_base", "_sweep_at", "collateral", "cost", "entries", "located", "quantity", "realised")

    def __init__(self) -> None:
        self.quantity = 0
        """Shares; those sold short are less than 0."""
        self.cost = 0
        """What they have cost, in units of money; of a short position what they brought, less than 0."""
        self.realised = 0
        """Profit of what was closed, without fees."""
        self.collateral = 0
        """Money kept for what was sold short."""
        self.located = 0
        """Shares sold short that were borrowed from somewhere: a locate came with their orders."""
        self.entries: list[Entry] = []
        self._base = (0, 0, 0)
        self._sweep_at = ENTRIES_BEFORE_SWEEP

    def add(self, entry: Entry) -> None:
        """Something happened."""
        self._fold(entry)
        self.entries.append(entry)
        if len(self.entries) >= self._sweep_at:
            self._sweep(entry.trade_id - TRADES_KEPT)

    def fill_of(self, trade_id: int, *, is_buy: bool) -> Entry | None:
        """The entry of one side of a trade that can still be revised."""
        for entry in reversed(self.entries):
            if entry.kind is EntryKind.FILL and entry.trade_id == trade_id and (entry.quantity > 0) is is_buy:
                return entry
        return None

    def revise(self, entry: Entry, quantity: int, amount: int, fee: int) -> None:
        """Makes a fill what it should have been: 0 shares for 0 money if it never was."""
        entry.quantity, entry.amount, entry.fee = quantity, amount, fee
        self.quantity, self.cost, self.realised = self._base
        for kept in self.entries:
            self._fold(kept)
        if not quantity:
            self.entries.remove(entry)

    def state(self) -> list[object]:
        """All of it as values."""
        return [
            self.quantity, self.cost, self.realised, self.collateral, self.located, self._base, self._sweep_at,
            self.entries,
        ]  # fmt: skip

    def _fold(self, entry: Entry) -> None:
        if entry.kind is EntryKind.FILL:
            self._trade(entry.quantity, entry.amount)
        elif entry.kind is EntryKind.TRANSFER:
            self._transfer(entry.quantity, entry.amount)
        else:
            self.quantity = split_quantity(self.quantity, entry.quantity, entry.amount)
            self._drop_cost_of_nothing()

    def _trade(self, quantity: int, amount: int) -> None:
        present = self.quantity
        if not present or (present > 0) is (quantity > 0):
            self.quantity = present + quantity
            self.cost += amount
            return
        closing = min(abs(quantity), abs(present))
        cost = part_of(self.cost, closing, abs(present))
        brought = part_of(amount, closing, abs(quantity))
        self.realised -= brought + cost
        self.quantity = present + quantity
        self.cost += amount - brought - cost

    def _transfer(self, quantity: int, amount: int) -> None:
        """Shares come with the cost that is stated; those that go take theirs with them."""
        present = self.quantity
        if not present or (present > 0) is (quantity > 0):
            self.cost += amount
        else:
            closing = min(abs(quantity), abs(present))
            self.cost -= part_of(self.cost, closing, abs(present))
            self.cost += part_of(amount, abs(quantity) - closing, abs(quantity))
        self.quantity = present + quantity

    def _drop_cost_of_nothing(self) -> None:
        """What a reverse split leaves nothing of has lost what it cost; the money for fractions is posted beside it."""
        if not self.quantity:
            self.realised -= self.cost
            self.cost = 0

    def _sweep(self, before: int) -> None:
        """Folds entries that nobody can revise any more for good."""
        kept = next((at for at, entry in enumerate(self.entries) if entry.trade_id > before), len(self.entries))
        if kept:
            present = (self.quantity, self.cost, self.realised)
            self.quantity, self.cost, self.realised = self._base
            for entry in self.entries[:kept]:
                self._fold(entry)
            self._base = (self.quantity, self.cost, self.realised)
            self.quantity, self.cost, self.realised = present
            del self.entries[:kept]
        self._sweep_at = len(self.entries) + max(ENTRIES_BEFORE_SWEEP, len(self.entries) // 8)


class Positions:
    """All positions by account and symbol, those of 0 shares included: their profit stays."""

    __slots__ = ("_of",)

    def __init__(self) -> None:
        self._of: dict[str, dict[str, Position]] = {}

    def of(self, account: str) -> dict[str, Position]:
        """An account's positions by symbol; do not change it."""
        return self._of.get(account, {})

    def quantity(self, account: str, symbol: str) -> int:
        """Shares of one; 0 where there is none."""
        positions = self._of.get(account)
        position = None if positions is None else positions.get(symbol)
        return 0 if position is None else position.quantity

    def at(self, account: str, symbol: str) -> Position:
        """One position, which begins with nothing."""
        positions = self._of.get(account)
        if positions is None:
            positions = self._of[account] = {}
        position = positions.get(symbol)
        if position is None:
            position = positions[symbol] = Position()
        return position

    def rename(self, symbol: str, new_symbol: str) -> None:
        """An instrument goes on under another symbol."""
        for held in self._of.values():
            if symbol in held:
                held[new_symbol] = held.pop(symbol)

    def __iter__(self) -> Iterator[tuple[str, str, Position]]:
        """Account, symbol and position, in the order of their beginnings by account."""
        return ((account, symbol, one) for account, held in self._of.items() for symbol, one in held.items())

    def state(self) -> list[object]:
        """All of it as values, for the venue's hash."""
        return [[account, symbol, position.state()] for account, symbol, position in self]


def split_quantity(quantity: int, numerator: int, denominator: int) -> int:
    """Shares after a split, whole ones; what is left of one is not a share."""
    shares = abs(quantity) * numerator // denominator
    return shares if quantity >= 0 else -shares


def part_of(amount: int, quantity: int, whole: int) -> int:
    """The part of an amount for some of the shares; the whole for all, so that nothing is left behind."""
    if quantity == whole:
        return amount
    part = abs(amount) * quantity // whole
    return part if amount >= 0 else -part
