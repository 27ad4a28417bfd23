"""A matching case as its file has it: rules, instrument, steps, and what must come of them.

Every number is kept as the decimal that was written. `Scales` turns prices and quantities into the integers of the
venue: a case's tick, lot or prices may have digits behind the point. A key that the format does not have is an error,
for what nobody reads would be checked by nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

UNPRICED_LEVEL = "MKT"
"""What a book has in place of a price for the market orders that wait in it."""

CASE_KEYS = {"id", "title", "rule", "note", "instrument", "steps", "expect"}
INSTRUMENT_KEYS = {"tick", "lot", "last", "reference", "protection_points"}
ORDER_KEYS = {
    "id", "side", "type", "qty", "price", "stop", "tif", "display", "min_qty", "account", "stp", "post_only",
}  # fmt: skip
STEP_KEYS = {
    "submit": ORDER_KEYS,
    "cancel": {"id", "account"},
    "replace": {"id", "qty", "price"},
    "expect_book": {"bids", "asks"},
    "expect_indicative": {"price"},
}
EXPECT_KEYS = {"trades", "auction", "rejected_steps", "book", "orders"}

PRICES = {"tick", "last", "reference", "protection_points", "price", "stop"}
QUANTITIES = {"lot", "qty", "display", "min_qty", "volume", "leaves", "cum"}

Level = tuple[Decimal | str, Decimal]
"""Price, or `UNPRICED_LEVEL`, and what is shown there."""


class MisreadCase(Exception):
    """A file that is no matching case."""


@dataclass(frozen=True)
class Trade:
    """One execution, by the identifiers of the orders."""

    buy: str
    sell: str
    price: Decimal
    quantity: Decimal


@dataclass(frozen=True)
class Book:
    """What the book shows, best first."""

    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


@dataclass(frozen=True)
class Auction:
    """What an uncross brought; price None: nothing traded."""

    price: Decimal | None
    volume: Decimal


@dataclass(frozen=True)
class OrderState:
    """How an order stands; in an expectation any of the statuses will do."""

    statuses: frozenset[str]
    leaves: Decimal
    cumulative: Decimal


@dataclass(frozen=True)
class Expectation:
    """What must have come of a case; None where it does not say."""

    trades: tuple[Trade, ...] | None
    auction: Auction | None
    rejected_steps: frozenset[int]
    book: Book | None
    orders: dict[str, OrderState]


@dataclass(frozen=True)
class Step:
    """One line of a case: `what` is the key, `given` the rest as it was written."""

    number: int
    what: str
    given: dict[str, str]
    book: Book | None = None


@dataclass(frozen=True)
class Scales:
    """Digits behind the point of the prices and quantities of a case."""

    price_digits: int
    quantity_digits: int

    def price(self, text: str | Decimal) -> int:
        return int(Decimal(text).scaleb(self.price_digits))

    def quantity(self, text: str | Decimal) -> int:
        return int(Decimal(text).scaleb(self.quantity_digits))

    def price_of(self, units: int) -> Decimal:
        return Decimal(units).scaleb(-self.price_digits)

    def quantity_of(self, units: int) -> Decimal:
        return Decimal(units).scaleb(-self.quantity_digits)


@dataclass(frozen=True)
class MatchingCase:
    """One file."""

    name: str
    rules: tuple[str, ...]
    instrument: dict[str, str]
    steps: tuple[Step, ...]
    expect: Expectation
    scales: Scales


def read_case(path: Path) -> MatchingCase:
    """The case of a file; `MisreadCase` where it does not have the format."""
    # This loader leaves every scalar as it is written, so no number becomes a float.
    written: dict[str, Any] = yaml.load(path.read_bytes(), yaml.BaseLoader)
    _known(written, CASE_KEYS, path.name)
    if written["id"] != path.stem:
        raise MisreadCase(f"{path.name}: its id is {written['id']}")
    rules = written.get("rule", [])
    return MatchingCase(
        written["id"],
        (rules,) if isinstance(rules, str) else tuple(rules),
        _known(written["instrument"], INSTRUMENT_KEYS, f"{path.name}: instrument"),
        tuple(_step(number, step, path.name) for number, step in enumerate(written["steps"], 1)),
        _expectation(_known(written["expect"], EXPECT_KEYS, f"{path.name}: expect")),
        Scales(_digits(written, PRICES), _digits(written, QUANTITIES)),
    )


def _step(number: int, written: dict[str, Any], name: str) -> Step:
    if len(written) != 1:
        raise MisreadCase(f"{name}: step {number} is not one thing: {written}")
    [(what, given)] = written.items()
    where = f"{name}: step {number}"
    if what == "expect_book":
        return Step(number, what, {}, _book(_known(given, STEP_KEYS[what], where)))
    if isinstance(given, str) and what == "phase":
        return Step(number, what, {"phase": given})
    if isinstance(given, str) and what == "cancel":
        return Step(number, what, {"id": given})
    if what not in STEP_KEYS:
        raise MisreadCase(f"{where}: {what} is no step")
    return Step(number, what, _known(given, STEP_KEYS[what], where))


def _expectation(written: dict[str, Any]) -> Expectation:
    trades, auction, book = written.get("trades"), written.get("auction"), written.get("book")
    return Expectation(
        None if trades is None else tuple(map(_trade, trades)),
        None if auction is None else Auction(_price_or_none(auction["price"]), Decimal(auction["volume"])),
        frozenset(int(number) for number in written.get("rejected_steps", [])),
        None if book is None else _book(book),
        {name: _order_state(state) for name, state in written.get("orders", {}).items()},
    )


def _trade(written: dict[str, str]) -> Trade:
    return Trade(written["buy"], written["sell"], Decimal(written["price"]), Decimal(written["qty"]))


def _order_state(written: dict[str, Any]) -> OrderState:
    status = written["status"]
    statuses = frozenset([status] if isinstance(status, str) else status)
    return OrderState(statuses, Decimal(written["leaves"]), Decimal(written["cum"]))


def _book(written: dict[str, list[list[str]]]) -> Book:
    return Book(*(tuple(_level(*level) for level in written[side]) for side in ("bids", "asks")))


def _level(price: str, quantity: str) -> Level:
    return (price if price == UNPRICED_LEVEL else Decimal(price), Decimal(quantity))


def _price_or_none(text: str) -> Decimal | None:
    return None if text in ("null", "") else Decimal(text)


def _digits(written: object, keys: set[str]) -> int:
    """The most digits behind the point that a number under one of these keys has, anywhere in a case."""
    return max((0, *(-int(Decimal(text).as_tuple().exponent) for text in _texts(written, keys))))


def _texts(written: object, keys: set[str]) -> Iterator[str]:
    if isinstance(written, list):
        for part in written:
            yield from _texts(part, keys)
    elif isinstance(written, dict):
        for key, part in written.items():
            if not isinstance(part, str):
                yield from _texts(part, keys)
            elif key in keys and part != "null":
                yield part


def _known(written: Any, keys: Iterable[str], where: str) -> dict[str, Any]:
    if not isinstance(written, dict):
        raise MisreadCase(f"{where}: {written!r} is no mapping")
    if strange := written.keys() - set(keys):
        raise MisreadCase(f"{where}: the format has no {', '.join(sorted(strange))}")
    return written
