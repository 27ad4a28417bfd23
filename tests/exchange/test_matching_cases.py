"""Cases of other people's engines and venues' published examples, played on a venue: one test a file.

`scripts/test tests/exchange/test_matching_cases.py --cases DIR` plays any folder of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from tests.exchange.matching_case import MatchingCase, Trade, read_case
from tests.exchange.matching_case_player import CONVENTIONS, CasePlayer


def test_matching_case(case_path: Path) -> None:
    case = read_case(case_path)
    unknown = [rule for rule in case.rules if rule not in CONVENTIONS]
    assert not unknown, f"the venue has no rule {', '.join(unknown)}"
    player = CasePlayer(case)
    for step in case.steps:
        if step.what == "expect_book":
            assert player.book() == step.book, f"the book at step {step.number}"
        elif step.what == "expect_indicative":
            expected = None if step.given["price"] == "null" else Decimal(step.given["price"])
            assert player.indicative == expected, f"the indicative price at step {step.number}"
        else:
            player.play(step)
    check(case, player)


def check(case: MatchingCase, player: CasePlayer) -> None:
    expect = case.expect
    if expect.trades is not None:
        if expect.auction is not None:
            assert pairs(player.trades) == pairs(expect.trades), "trades, in any order"
        else:
            assert joined(player.trades) == joined(expect.trades), "trades"
    if expect.auction is not None:
        assert player.auction == expect.auction, "the auction"
    assert player.rejected_steps - either_way(case) == expect.rejected_steps, "refused steps"
    if expect.book is not None:
        assert player.book() == expect.book, "the book at the end"
    for name, wanted in expect.orders.items():
        order = player.orders[name]
        assert order.statuses <= wanted.statuses, f"{name} is {set(order.statuses)}, not {set(wanted.statuses)}"
        assert (order.leaves, order.cumulative) == (wanted.leaves, wanted.cumulative), f"leaves and cum of {name}"


def joined(trades: Iterable[Trade]) -> list[Trade]:
    """Neighbours of the same two orders and price as one: an iceberg may print once, or once for each tip."""
    found: list[Trade] = []
    for trade in trades:
        if found and (found[-1].buy, found[-1].sell, found[-1].price) == (trade.buy, trade.sell, trade.price):
            found[-1] = replace(trade, quantity=found[-1].quantity + trade.quantity)
        else:
            found.append(trade)
    return found


def pairs(trades: Iterable[Trade]) -> list[Trade]:
    """How much each two orders traded with one another at a price, in whatever order they did."""
    return joined(sorted(trades, key=lambda trade: (trade.buy, trade.sell, trade.price)))


def either_way(case: MatchingCase) -> set[int]:
    """Steps whose order may be refused as well as taken and canceled."""
    free = {name for name, order in case.expect.orders.items() if {"canceled", "rejected"} <= order.statuses}
    return {step.number for step in case.steps if step.what == "submit" and step.given["id"] in free}
