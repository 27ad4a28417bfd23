"""The book's own promises, and that it stops on what the venue must never ask of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.events import LevelChanged
from exchange.matching.book_side import BookSide
from exchange.matching.order import Order
from exchange.matching.order_book import OrderBook
from exchange.matching.price_level import PriceLevel
from exchange.matching.tape import Tape
from exchange.orders import OrderStatus, OrderTerms, OrderType, Side, TimeInForce


def order(order_id: int, quantity: int = 10, price: int = 1000, side: Side = Side.BUY) -> Order:
    terms = OrderTerms(
        order_id, "S", f"{order_id}", "A", "ACME", side, OrderType.LIMIT, TimeInForce.DAY, quantity, price
    )
    return Order(terms)


@pytest.mark.parametrize(
    ("side", "prices"), [(Side.BUY, [1004, 1002, 1001, 999, 998]), (Side.SELL, [998, 999, 1001, 1002, 1004])]
)
def test_levels_are_kept_best_first(side: Side, prices: list[int]) -> None:
    levels = BookSide("ACME", side)
    assert levels.best is None
    for price in (1001, 999, 1002, 998, 1004, 1001):
        levels.level(price)
    assert [level.price for level in levels] == prices
    assert len(levels) == 5
    for price in (prices[0], prices[2], prices[4]):
        levels.drop(levels.level(price))
    assert [level.price for level in levels] == [prices[1], prices[3]]
    assert levels.best is levels.level(prices[1])


@given(st.lists(st.integers(0, 9), max_size=30))
def test_a_queue_is_first_in_first_out_whoever_leaves(leaving: list[int]) -> None:
    level, orders = PriceLevel("ACME", Side.BUY, 1000, 1000), [order(number, number + 1) for number in range(10)]
    expected: list[Order] = []
    for number in [*range(10), *leaving]:
        one = orders[number]
        if one in expected:
            level.unlink(one)
            expected.remove(one)
        else:
            level.append(one)
            expected.append(one)
        assert list(level) == expected
        assert (level.orders, level.quantity) == (len(expected), sum(one.leaves for one in expected))
        assert (level.first, level.last) == ((expected[0], expected[-1]) if expected else (None, None))
    gone = [one for one in orders if one not in expected]
    assert all((one.level, one.ahead, one.behind) == (None, None, None) for one in gone)


def test_an_order_counts_its_fills() -> None:
    one = order(1, 10)
    one.fill(4, 1000)
    assert (one.leaves, one.cumulative, one.notional, one.status) == (6, 4, 4000, OrderStatus.PARTIALLY_FILLED)
    one.fill(6, 900)
    assert (one.leaves, one.cumulative, one.notional, one.status) == (0, 10, 9400, OrderStatus.FILLED)
    assert not one.is_open


@pytest.mark.parametrize("quantity", [0, -1, 11])
def test_an_order_cannot_be_filled_beyond_what_is_left(quantity: int) -> None:
    with pytest.raises(AssertionError, match=f"order 1: fill {quantity} of 10"):
        order(1, 10).fill(quantity, 1000)


def test_what_does_not_rest_cannot_be_moved() -> None:
    book, tape = OrderBook("ACME"), Tape()
    with pytest.raises(AssertionError, match="order 1 does not rest"):
        book.remove(order(1), tape)
    with pytest.raises(AssertionError, match="order 1: 5 left in the book"):
        book.resize(order(1), 5, tape)
    with pytest.raises(AssertionError, match="order 1 does not rest"):
        book.consume(order(1), 5, tape)


def test_a_resting_order_is_resized_in_its_place_and_not_to_nothing() -> None:
    book, tape, one = OrderBook("ACME"), Tape(), order(1, 10)
    book.rest(one, tape)
    for leaves in (0, -1):
        with pytest.raises(AssertionError, match=f"order 1: {leaves} left in the book"):
            book.resize(one, leaves, tape)
    book.resize(one, 1, tape)
    assert book.bids.level(1000).quantity == 1


def test_a_level_with_orders_cannot_be_dropped() -> None:
    book = OrderBook("ACME")
    book.rest(order(1), Tape())
    with pytest.raises(AssertionError, match="level 1000 still holds 1 orders"):
        book.bids.drop(book.bids.level(1000))


def test_a_touched_level_is_written_once_in_the_order_of_the_first_touch() -> None:
    book, tape = OrderBook("ACME"), Tape(number=41)
    for one in (order(1, 1, 1000), order(2, 2, 999), order(3, 3, 1000), order(4, 4, 1001, Side.SELL)):
        book.rest(one, tape)
    tape.show_levels()
    assert tape.events == [
        LevelChanged(42, 0, "ACME", Side.BUY, 1000, 4, 2),
        LevelChanged(43, 0, "ACME", Side.BUY, 999, 2, 1),
        LevelChanged(44, 0, "ACME", Side.SELL, 1001, 4, 1),
    ]
    tape.events.clear()
    tape.show_levels()
    assert tape.events == []
