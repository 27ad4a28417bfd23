"""Positions: shares, what they cost and what they brought, as a fold that a revised fill changes from its place on."""

from __future__ import annotations

import pytest

from exchange.clearing.positions import ENTRIES_BEFORE_SWEEP, Entry, EntryKind, Position, Positions, split_quantity
from exchange.matching.trades import TRADES_KEPT

FILL, TRANSFER, SPLIT = EntryKind.FILL, EntryKind.TRANSFER, EntryKind.SPLIT


def after(*entries: tuple[EntryKind, int, int]) -> Position:
    position = Position()
    for number, (kind, quantity, amount) in enumerate(entries, 1):
        position.add(Entry(kind, number, quantity, amount))
    return position


def sums(position: Position) -> tuple[int, int, int]:
    return position.quantity, position.cost, position.realised


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([], (0, 0, 0)),
        ([(FILL, 10, 100)], (10, 100, 0)),
        ([(FILL, 10, 100), (FILL, 10, 120)], (20, 220, 0)),
        ([(FILL, 10, 100), (FILL, -4, -48)], (6, 60, 8)),
        ([(FILL, 10, 100), (FILL, -10, -90)], (0, 0, -10)),
        ([(FILL, 10, 100), (FILL, -15, -180)], (-5, -60, 20)),
        ([(FILL, -10, -100)], (-10, -100, 0)),
        ([(FILL, -10, -100), (FILL, -2, -30)], (-12, -130, 0)),
        ([(FILL, -10, -100), (FILL, 4, 36)], (-6, -60, 4)),
        ([(FILL, -10, -100), (FILL, 12, 132)], (2, 22, -10)),
        # Thirds are cut off towards zero, and what is left over goes with the last share.
        ([(FILL, 3, 100), (FILL, -1, -40)], (2, 67, 7)),
        ([(FILL, 3, 100), (FILL, -1, -40), (FILL, -2, -80)], (0, 0, 20)),
        ([(FILL, -3, -100), (FILL, 1, 40)], (-2, -67, -7)),
    ],
)
def test_fills(entries: list[tuple[EntryKind, int, int]], expected: tuple[int, int, int]) -> None:
    assert sums(after(*entries)) == expected


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([(TRANSFER, 10, 100)], (10, 100, 0)),
        ([(FILL, 10, 100), (TRANSFER, 5, 0)], (15, 100, 0)),
        ([(FILL, 10, 100), (TRANSFER, -4, -7)], (6, 60, 0)),
        ([(FILL, 10, 100), (TRANSFER, -10, 0)], (0, 0, 0)),
        ([(FILL, -10, -100), (TRANSFER, 4, 0)], (-6, -60, 0)),
        ([(FILL, -10, -100), (TRANSFER, 15, 150)], (5, 50, 0)),
        ([(TRANSFER, -5, -50)], (-5, -50, 0)),
    ],
)
def test_what_is_transferred_brings_its_cost_or_takes_it_along(
    entries: list[tuple[EntryKind, int, int]], expected: tuple[int, int, int]
) -> None:
    assert sums(after(*entries)) == expected


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([(FILL, 10, 100), (SPLIT, 2, 1)], (20, 100, 0)),
        ([(FILL, 15, 100), (SPLIT, 1, 10)], (1, 100, 0)),
        ([(FILL, 9, 100), (SPLIT, 1, 10)], (0, 0, -100)),
        ([(FILL, -15, -100), (SPLIT, 1, 10)], (-1, -100, 0)),
        ([(FILL, -9, -100), (SPLIT, 1, 10)], (0, 0, 100)),
        ([(SPLIT, 2, 1)], (0, 0, 0)),
        ([(FILL, 10, 100), (SPLIT, 2, 1), (FILL, -5, -30)], (15, 75, 5)),
    ],
)
def test_splits(entries: list[tuple[EntryKind, int, int]], expected: tuple[int, int, int]) -> None:
    assert sums(after(*entries)) == expected


@pytest.mark.parametrize(("quantity", "shares"), [(15, 22), (-15, -22), (0, 0), (1, 1)])
def test_a_split_leaves_whole_shares(quantity: int, shares: int) -> None:
    assert split_quantity(quantity, 3, 2) == shares


def test_a_fill_that_never_was_leaves_the_position_of_the_others() -> None:
    position = after((FILL, 10, 100), (FILL, 10, 200), (FILL, -5, -100))
    assert sums(position) == (15, 225, 25)
    first = position.fill_of(1, is_buy=True)
    assert first is not None
    position.revise(first, 0, 0, 0)
    assert sums(position) == sums(after((FILL, 10, 200), (FILL, -5, -100))) == (5, 100, 0)
    assert position.fill_of(1, is_buy=True) is None


def test_a_corrected_fill_has_always_been_so() -> None:
    position = after((FILL, 10, 100), (SPLIT, 2, 1), (FILL, -5, -50))
    first = position.fill_of(1, is_buy=True)
    assert first is not None
    position.revise(first, 4, 48, 3)
    assert sums(position) == sums(after((FILL, 4, 48), (SPLIT, 2, 1), (FILL, -5, -50))) == (3, 18, 20)
    assert (first.quantity, first.amount, first.fee) == (4, 48, 3)


def test_both_sides_of_a_trade_of_one_account_are_found() -> None:
    position = Position()
    position.add(Entry(FILL, 1, 10, 100))
    position.add(Entry(FILL, 1, -10, -100))
    bought, sold = position.fill_of(1, is_buy=True), position.fill_of(1, is_buy=False)
    assert bought is not None and sold is not None
    assert (bought.quantity, sold.quantity) == (10, -10)
    assert position.fill_of(2, is_buy=True) is None
    assert after((TRANSFER, 10, 100)).fill_of(1, is_buy=True) is None, "a transfer is no fill"


def test_entries_of_trades_that_are_no_longer_kept_are_folded_for_good() -> None:
    position = Position()
    for number in range(1, ENTRIES_BEFORE_SWEEP):
        position.add(Entry(FILL, number, 1, 10))
    assert len(position.entries) == ENTRIES_BEFORE_SWEEP - 1
    position.add(Entry(FILL, TRADES_KEPT + 10, 1, 10))
    assert [entry.trade_id for entry in position.entries[:2]] == [11, 12], "those up to 10 are folded"
    assert sums(position) == (ENTRIES_BEFORE_SWEEP, 10 * ENTRIES_BEFORE_SWEEP, 0)
    entry = position.fill_of(11, is_buy=True)
    assert entry is not None and position.fill_of(10, is_buy=True) is None
    position.revise(entry, 0, 0, 0)
    assert sums(position) == (ENTRIES_BEFORE_SWEEP - 1, 10 * (ENTRIES_BEFORE_SWEEP - 1), 0)


def test_a_sweep_that_finds_nothing_old_waits_for_twice_as_many() -> None:
    position = Position()
    for number in range(2 * ENTRIES_BEFORE_SWEEP):
        position.add(Entry(FILL, number, 1, 10))
    assert len(position.entries) == 2 * ENTRIES_BEFORE_SWEEP
    position.add(Entry(FILL, TRADES_KEPT * 9, 1, 10))
    assert len(position.entries) == 2 * ENTRIES_BEFORE_SWEEP + 1, "swept at 64 and at 128, next at 256"


def test_all_positions_are_kept_those_of_nothing_too() -> None:
    positions = Positions()
    assert (positions.of("A"), positions.quantity("A", "ACME"), list(positions)) == ({}, 0, [])
    positions.at("A", "ACME").add(Entry(FILL, 1, 10, 100))
    positions.at("A", "ACME").add(Entry(FILL, 2, -10, -130))
    positions.at("B", "BETA").add(Entry(FILL, 3, 5, 50))
    assert positions.quantity("A", "ACME") == 0
    assert positions.of("A")["ACME"].realised == 30
    assert [(account, symbol, sums(one)) for account, symbol, one in positions] == [
        ("A", "ACME", (0, 0, 30)),
        ("B", "BETA", (5, 50, 0)),
    ]
    assert [row[:2] for row in positions.state() if isinstance(row, list)] == [["A", "ACME"], ["B", "BETA"]]
