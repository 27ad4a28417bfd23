"""What accounts have still to deliver, to pay and to receive: the net of their trades by date and instrument."""

from __future__ import annotations

from msgspec import Struct

from exchange.clearing.positions import split_quantity

Key = tuple[int, str, str]
"""Settlement date, account, symbol."""


class Obligation(Struct, gc=False, array_like=True):
    """The net of one account in one instrument for one settlement date."""

    shares: int = 0
    """To come to the account; less than 0: to be delivered by it."""
    cash: int = 0
    """To come, in the instrument's currency; less than 0: to be paid."""
    attempts: int = 0
    """Settlement days on which it failed."""


class Obligations:
    """All that is not settled. What nets out to nothing is gone."""

    __slots__ = ("_due",)

    def __init__(self) -> None:
        self._due: dict[Key, Obligation] = {}

    def add(self, due: int, account: str, symbol: str, shares: int, cash: int) -> None:
        """A trade, or the difference that a revised one makes."""
        key = (due, account, symbol)
        one = self._due.get(key)
        if one is None:
            one = self._due[key] = Obligation()
        one.shares += shares
        one.cash += cash
        if not one.shares and not one.cash:
            del self._due[key]

    def __len__(self) -> int:
        return len(self._due)

    def of(self, account: str) -> list[tuple[int, str, Obligation]]:
        """Settlement date, symbol and net of everything that an account has not settled, oldest first."""
        found = [(due, symbol, one) for (due, name, symbol), one in self._due.items() if name == account]
        return sorted(found, key=lambda item: item[:2])

    def due(self, date: int) -> list[tuple[Key, Obligation]]:
        """Everything due by a date, oldest first, then by account and symbol."""
        return sorted(((key, one) for key, one in self._due.items() if key[0] <= date), key=lambda item: item[0])

    def shares_of(self, account: str, symbol: str) -> int | None:
        """Shares still to come to an account in an instrument, less those to be given; None without an obligation."""
        found = [one.shares for (_, name, of), one in self._due.items() if (name, of) == (account, symbol)]
        return sum(found) if found else None

    def split(self, symbol: str, numerator: int, denominator: int) -> None:
        """So many new shares for old ones; fractions fall away."""
        for key, one in list(self._due.items()):
            if key[2] == symbol:
                one.shares = split_quantity(one.shares, numerator, denominator)
                if not one.shares and not one.cash:
                    del self._due[key]

    def rename(self, symbol: str, new_symbol: str) -> None:
        """An instrument goes on under another symbol."""
        self._due = {
            (due, account, new_symbol if of == symbol else of): one for (due, account, of), one in self._due.items()
        }

    def remove(self, key: Key) -> Obligation:
        """Takes one out: it is settled, or goes on under another key."""
        return self._due.pop(key)

    def put(self, key: Key, obligation: Obligation) -> None:
        """Puts one back as it is."""
        self._due[key] = obligation

    def state(self) -> list[object]:
        """All of it as values, for the venue's hash."""
        return [[*key, one] for key, one in self._due.items()]
