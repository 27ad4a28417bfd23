"""The books in a SQL store, compared with the core that its journal makes: every posting once, debits equal credits."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from exchange.postings import CLEARING_HOUSE, HOUSE, Bucket
from exchange.venue import Venue

Balance = tuple[str, str, str]
"""Account, asset, bucket."""


def check_books(store: Path, venue: Venue) -> None:
    """Raises `AssertionError` where SQLite's postings, balances or positions are not those of the core."""
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as connection:
        posted = _sums(connection.execute("SELECT account, asset, bucket, sum(amount) FROM postings GROUP BY 1, 2, 3"))
        balances = _sums(connection.execute("SELECT account, asset, bucket, amount FROM balances"))
        [unbalanced] = connection.execute(
            "SELECT count(*) FROM (SELECT event, asset FROM postings GROUP BY event, asset HAVING sum(amount) <> 0)"
        ).fetchone()
        held = connection.execute("SELECT account, symbol, quantity, cost, realised FROM stock_positions")
        positions = {row for row in held if any(row[2:])}
    connection.close()
    assert unbalanced == 0, f"{unbalanced} sets of postings do not balance"
    core = _sums(
        (account, asset, bucket.name, amount)
        for account, asset, row in venue.clearing.ledger
        for bucket, amount in zip(Bucket, row, strict=True)
    )
    assert core, "nothing was ever posted"
    assert posted == core
    assert balances == {key: amount for key, amount in core.items() if key[0] not in (HOUSE, CLEARING_HOUSE)}
    assert not any(_of_assets(core).values()), "debits equal credits"
    assert positions == {
        (account, symbol, one.quantity, one.cost, one.realised)
        for account, symbol, one in venue.clearing.positions
        if one.quantity or one.cost or one.realised
    }


def _sums(rows: Iterable[tuple[str, str, str, int]]) -> dict[Balance, int]:
    return {(account, asset, bucket): amount for account, asset, bucket, amount in rows if amount}


def _of_assets(balances: dict[Balance, int]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for (_, asset, _), amount in balances.items():
        sums[asset] += amount
    return sums
