"""The price of an auction: published examples as tables, each rule alone, and the plain search over all ticks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.matching.auction import NO_UNCROSS, Uncross, Wish, find_uncross
from exchange.orders import Side
from exchange.reference.instruments import Instrument, TickStep

BUY, SELL = Side.BUY, Side.SELL


def by_one(price: int) -> int:
    return 1


def wishes(side: str) -> list[Wish]:
    """`10x55 20xmarket` is 10 shares at 55 and 20 at any price; best first is not asked of the table."""
    pairs = [pair.split("x") for pair in side.split()]
    return [(None if limit == "market" else int(limit), int(quantity)) for quantity, limit in pairs]


def uncross(bids: list[Wish], asks: list[Wish], reference: int = 0) -> Uncross:
    return find_uncross(_best_first(bids, BUY), _best_first(asks, SELL), reference, by_one)


CME_1 = "10x51 20x50 30x49 40x48 50x47 70x46 100x45 1x44 30x43", "30x51 100x50 1x49 25x48 1x47 100x46 90x45 4x44 6x43"
CME_2 = "10x51 20x50 30x49 40x48 50x47 30x46 100x45 1x44 30x43", "30x51 100x50 1x49 25x48 50x46 90x45 4x44 6x43"
CME_3 = "10x51 20x50 30x49 40x48 80x47 20x45 30x44 30x43", "30x51 100x50 1x49 25x48 50x46 90x45 4x44 6x43"
CME_3_MIRRORED = (
    "30x43 100x44 1x45 25x46 50x48 90x49 4x50 6x51",
    "10x43 20x44 30x45 40x46 80x47 20x49 30x50 30x51",
)
EURONEXT_1 = "50xmarket 90x1010 10x990", "40xmarket 100x1008 60x1015"
EURONEXT_1_MORE = "50xmarket 20xmarket 90x1010 10x990", "40xmarket 100x1008 60x1015"
CHANGE = "25x100 25x97", "25x95 25x98"
"""Up to 97 there are 25 bid too many, from 98 on 25 offered."""
XETRA_3 = "300x202 100x201 100x199 400x197", "600x198 200x201"
XETRA_4 = "300x202 200x201 100x197", "200x198 300x199 100x203"


@pytest.mark.parametrize(
    ("source", "bids", "asks", "reference", "expected"),
    [
        ("CME, indicative opening price, rule 1", *CME_1, 0, Uncross(46, 200, 20, BUY)),
        ("CME, rule 2: 46 and 47 tie", *CME_2, 0, Uncross(47, 150)),
        ("CME, rule 3: 46 and 47 tie with 30 bid", *CME_3, 0, Uncross(47, 150, 30, BUY)),
        ("CME, rule 4: the same book mirrored", *CME_3_MIRRORED, 0, Uncross(47, 150, 30, SELL)),
        (
            "CoinTossX, auction test 1: one maximum",
            "10000x10550 5600x10450 200x10400",
            "2500xmarket 6900x10300 1000x10450 200x10600",
            0,
            Uncross(10450, 10400, 5200, BUY),
        ),
        (
            "CoinTossX, auction test 2: two maxima, least surplus",
            "10000x10550 5600x10450 200x10400",
            "2500xmarket 6900x10300 1000x10400 200x10600",
            0,
            Uncross(10450, 10400, 5200, BUY),
        ),
        (
            "CoinTossX, auction test 3: two maxima, least surplus",
            "10000x10550 5600x10500 1000x10400",
            "2500xmarket 6900x10300 1000x10400 200x10600",
            0,
            Uncross(10500, 10400, 5200, BUY),
        ),
        ("Euronext, call phase 1", *EURONEXT_1, 1000, Uncross(1008, 140)),
        ("Euronext, call phase 1, one more bid", *EURONEXT_1_MORE, 1000, Uncross(1010, 140, 20, BUY)),
        ("Euronext, call phase 2", "40xmarket 20xmarket", "45xmarket", 1000, Uncross(1000, 45, 15, BUY)),
        ("Euronext, call phase 3: above the only limit", "40xmarket", "40x998", 1000, Uncross(1000, 40)),
        ("Euronext, call phase 4: offers left", "40xmarket", "41x998", 1000, Uncross(998, 40, 1, SELL)),
        ("Euronext, call phase 5: the range from 10.02", "40xmarket", "40x1002", 1000, Uncross(1002, 40)),
        ("Euronext, several offers", "80xmarket", "40x1002 40x1004", 1000, Uncross(1004, 80)),
        ("Euronext, several bids", "40x998 40x996", "80xmarket", 1000, Uncross(996, 80)),
        ("Euronext, market-to-limit example 2", "30xmarket", "10x1000", 1000, Uncross(1000, 10, 20, BUY)),
        ("Xetra, example 3: offers left", *XETRA_3, 0, Uncross(198, 500, 100, SELL)),
        ("Xetra, example 4: reference in the range", *XETRA_4, 200, Uncross(200, 500)),
        ("Xetra, example 4: reference below", *XETRA_4, 198, Uncross(199, 500)),
        ("Xetra, example 4: reference above", *XETRA_4, 203, Uncross(201, 500)),
        ("Xetra, example 5: no overlap", "100x200 400x199", "200x201 300x202", 200, NO_UNCROSS),
    ],
)  # fmt: skip
def test_published_examples(source: str, bids: str, asks: str, reference: int, expected: Uncross) -> None:
    assert uncross(wishes(bids), wishes(asks), reference) == expected, source


@pytest.mark.parametrize(
    ("rule", "bids", "asks", "reference", "expected"),
    [
        ("nothing at all", "", "", 100, NO_UNCROSS),
        ("one side", "10x100 5xmarket", "", 100, NO_UNCROSS),
        ("no overlap", "10x99", "10x101", 100, NO_UNCROSS),
        ("market orders alone, at the reference", "10xmarket", "7xmarket", 100, Uncross(100, 7, 3, BUY)),
        ("market orders alone, and no reference", "10xmarket", "7xmarket", 0, NO_UNCROSS),
        ("market orders of one side alone", "10xmarket", "", 100, NO_UNCROSS),
        ("a range without a surplus, reference inside", "100x10", "100x8", 9, Uncross(9, 100)),
        ("reference above the range", "100x10", "100x8", 12, Uncross(10, 100)),
        ("reference below the range", "100x10", "100x8", 7, Uncross(8, 100)),
        ("no reference: the lowest", "100x10", "100x8", 0, Uncross(8, 100)),
        ("market bids: the range has no upper end", "40xmarket", "40x8", 1000, Uncross(1000, 40)),
        ("... but ends where more is offered", "40xmarket", "40x8 1x20", 1000, Uncross(19, 40)),
        ("market offers: the range has no lower end", "40x8", "40xmarket", 3, Uncross(3, 40)),
        ("... but ends where more is bid", "40x8 1x5", "40xmarket", 3, Uncross(6, 40)),
        ("market bids left: the highest of limits and reference", "80xmarket", "40x8", 20, Uncross(20, 40, 40, BUY)),
        ("... which is the limit", "80xmarket", "40x8", 5, Uncross(8, 40, 40, BUY)),
        ("market offers left, reference below the limit", "40xmarket", "45xmarket 9x20", 10, Uncross(10, 40, 5, SELL)),
        ("market offers left, and no reference", "40xmarket", "45xmarket 9x20", 0, Uncross(20, 40, 14, SELL)),
        ("surplus changes sides, reference above", *CHANGE, 99, Uncross(98, 25, 25, SELL)),
        ("surplus changes sides, reference below", *CHANGE, 90, Uncross(97, 25, 25, BUY)),
        ("surplus changes sides, no reference: the lower", *CHANGE, 0, Uncross(97, 25, 25, BUY)),
        ("a tick between two limits has the least surplus", "25x100 25x96", "25x95 25x98", 0, Uncross(97, 25)),
    ],
)  # fmt: skip
def test_each_rule(rule: str, bids: str, asks: str, reference: int, expected: Uncross) -> None:
    assert uncross(wishes(bids), wishes(asks), reference) == expected, rule


@pytest.mark.parametrize(
    ("reference", "price"), [(1002, 1000), (1003, 1005), (99_999, 1010), (990, 995), (998, 1000), (996, 995)]
)
def test_the_reference_is_taken_to_the_nearest_tick(reference: int, price: int) -> None:
    assert find_uncross([(1010, 10)], [(995, 10)], reference, lambda price: 5).price == price


def test_the_price_is_on_the_tick_of_its_own_price_band() -> None:
    steps = (TickStep(1000, 10),)
    tick_at = Instrument("T", 2, 1, 1, "EUR", 1000, 1, 9999, 100, ticks=steps).tick_at
    # 100 more are bid up to 1010, and 100 more offered from 995 on: without a surplus are 1020 alone, and 994 alone.
    assert find_uncross([(1020, 10), (1010, 5)], [(980, 10)], 990, tick_at).price == 1020
    assert find_uncross([(1020, 10)], [(980, 10), (1000, 5)], 1020, tick_at).price == 999
    assert find_uncross([(None, 10)], [(None, 10)], 1014, tick_at).price == 1010
    assert find_uncross([(None, 10)], [(None, 10)], 1015, tick_at).price == 1020, "the higher of two equally near ones"


def test_limits_that_are_off_the_tick_since_it_was_changed_are_kept_to() -> None:
    assert find_uncross([(1003, 10)], [(1001, 10)], 1002, lambda price: 5) == Uncross(1001, 10)


def test_market_orders_come_before_limits() -> None:
    with pytest.raises(AssertionError, match="a market order of 5 behind limits"):
        find_uncross([(10, 1), (None, 5)], [(9, 10)], 0, by_one)


def test_nothing_is_read_behind_the_overlap() -> None:
    def endless(start: int, step: int, read: list[int]) -> Iterator[Wish]:
        for price in count(start, step):
            read.append(price)
            yield price, 10

    bids: list[int] = []
    asks: list[int] = []
    assert find_uncross(endless(100, -1, bids), endless(97, 1, asks), 98, by_one) == Uncross(98, 20, 10, BUY)
    assert (bids, asks) == ([100, 99, 98, 97, 96], [97, 98, 99, 100, 101])


def test_the_work_grows_with_the_levels_not_with_their_square() -> None:
    def ticks_asked_for(levels: int) -> int:
        asked: list[int] = []

        def tick_at(price: int) -> int:
            asked.append(price)
            return 1

        bids: list[Wish] = [(10_000_000 + price, 7) for price in range(levels, 0, -1)]
        asks: list[Wish] = [(10_000_000 + price, 9) for price in range(levels)]
        assert find_uncross(bids, asks, 1, tick_at).quantity
        return len(asked)

    assert ticks_asked_for(1_000) < 2_010
    assert ticks_asked_for(10_000) < 20_010


LIMITS = st.one_of(st.none(), st.integers(1, 16))
SIDES = st.lists(st.tuples(LIMITS, st.integers(1, 4)), max_size=7)


@settings(max_examples=400)
@given(SIDES, SIDES, st.integers(0, 20))
def test_the_rules_tried_at_every_tick_give_the_same(bids: list[Wish], asks: list[Wish], reference: int) -> None:
    assert uncross(bids, asks, reference) == _searched(bids, asks, reference)


def _searched(bids: list[Wish], asks: list[Wish], reference: int) -> Uncross:
    """The rules one after another, at each tick."""
    limits = [limit for limit, _ in bids + asks if limit is not None] + ([reference] if reference else [])
    bid = {p: sum(quantity for limit, quantity in bids if limit is None or limit >= p) for p in range(21)}
    offered = {p: sum(quantity for limit, quantity in asks if limit is None or limit <= p) for p in range(21)}
    volume = {p: min(bid[p], offered[p]) for p in range(21)}
    surplus = {p: bid[p] - offered[p] for p in range(21)}
    prices = range(min(limits), max(limits) + 1) if limits else ()
    tied = [p for p in prices if volume[p] == max(volume[p] for p in prices) > 0]
    if not tied:
        return NO_UNCROSS
    tied = [p for p in tied if abs(surplus[p]) == min(abs(surplus[p]) for p in tied)]
    if all(surplus[p] > 0 for p in tied):
        price = max(tied)
    elif all(surplus[p] < 0 for p in tied):
        price = min(tied)
    else:
        if surplus[tied[0]]:
            tied = [max(p for p in tied if surplus[p] > 0), min(p for p in tied if surplus[p] < 0)]
        price = min(tied, key=lambda p: abs(p - reference)) if reference else min(tied)
    side = None if not surplus[price] else BUY if surplus[price] > 0 else SELL
    return Uncross(price, volume[price], abs(surplus[price]), side)


def _best_first(side: list[Wish], whose: Side) -> list[Wish]:
    priced = sorted(
        ((limit, quantity) for limit, quantity in side if limit is not None), key=lambda wish: -whose * wish[0]
    )
    return [*(wish for wish in side if wish[0] is None), *priced]
