"""The venue does what the naive one says, for any stream of commands, and its parts agree after every command."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from exchange.commands import Command
from exchange.orders import OrderStatus, Side
from exchange.venue import Venue
from tests.models.naive_order_book import NaiveVenue, levels_changed, what_happened
from tests.models.random_commands import BYTES_PER_COMMAND, commands_of, opening


def check_stream(commands: list[Command]) -> None:
    venue, model = Venue(), NaiveVenue()
    shown: dict[tuple[str, Side, int], tuple[int, int]] = {}
    for at, command in enumerate([*opening(), *commands], 1):
        number = venue.last_event
        events = venue.apply(command, at)
        assert what_happened(events) == model.apply(command), command
        assert [event.number for event in events] == [number + 1 + index for index in range(len(events))]
        before, shown = shown, model.levels()
        changed = levels_changed(events)
        assert len(dict(changed)) == len(changed), f"a level is shown twice: {changed}"
        assert dict(changed) == {
            place: shown.get(place, (0, 0)) for place in before | shown if before.get(place) != shown.get(place)
        }
        check_invariants(venue, model)


def check_invariants(venue: Venue, model: NaiveVenue) -> None:
    resting = 0
    for symbol, book in venue.books.items():
        assert book.bids.best is None or book.asks.best is None or book.bids.best.price < book.asks.best.price
        for side in (book.bids, book.asks):
            in_time = [order for level in side for order in level]
            assert [order.terms.order_id for order in in_time] == [
                order.order_id for order in model.queue(symbol, side.side)
            ]
            resting += len(in_time)
            for level in side:
                orders = list(level)
                assert orders, f"an empty level stays at {level.price}"
                assert (level.quantity, level.orders) == (sum(order.leaves for order in orders), len(orders))
                assert {(order.level, order.terms.price) for order in orders} == {(level, level.price)}
                assert not level.is_touched
                assert level.last is orders[-1]
    check_orders(venue, model, resting)


def check_orders(venue: Venue, model: NaiveVenue, resting: int) -> None:
    is_open = {order.order_id: order for order in model.orders if order.leaves}
    opened = {order.terms.order_id: order for order in venue.register}
    assert opened.keys() == is_open.keys()
    assert len(opened) == resting
    for order_id, order in opened.items():
        known = is_open[order_id]
        assert order.cumulative + order.leaves == order.terms.quantity
        assert (order.leaves, order.cumulative, order.notional) == (known.leaves, known.cumulative, known.notional)
        assert (order.status.name, order.terms.cl_ord_id) == (known.status, known.cl_ord_id)
        assert venue.register.find(order.terms.session, order.terms.cl_ord_id) is order
    bought = sum(order.cumulative for order in model.orders if order.entry.side is Side.BUY)
    sold = sum(order.cumulative for order in model.orders if order.entry.side is Side.SELL)
    assert bought == sold == sum(book.volume for book in venue.books.values())
    closed = list(venue.register.closed_orders)
    assert len(closed) + len(opened) == len(model.orders) == venue.last_order_id
    assert all(order.leaves == 0 and order.status in (OrderStatus.FILLED, OrderStatus.CANCELED) for order in closed)


def random_stream(seed: int, commands: int) -> list[Command]:
    return list(commands_of(Random(seed).randbytes(commands * BYTES_PER_COMMAND)))


@settings(max_examples=250)
@given(st.binary(max_size=40 * BYTES_PER_COMMAND))
@example(bytes(30 * BYTES_PER_COMMAND))
def test_any_stream_of_commands_does_what_the_naive_venue_says(data: bytes) -> None:
    check_stream(list(commands_of(data)))


@pytest.mark.parametrize("block", range(4))
def test_many_short_streams_do_what_the_naive_venue_says(block: int) -> None:
    for seed in range(block * 200, (block + 1) * 200):
        try:
            check_stream(random_stream(seed, 30))
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error


@pytest.mark.parametrize("seed", range(2))
def test_long_streams_do_what_the_naive_venue_says(seed: int) -> None:
    check_stream(random_stream(seed, 500))


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(20))
def test_very_long_streams_do_what_the_naive_venue_says(seed: int) -> None:
    check_stream(random_stream(1000 + seed, 2500))


@pytest.mark.soak
@pytest.mark.timeout(1800)
@settings(max_examples=50_000)
@given(st.binary(max_size=100 * BYTES_PER_COMMAND))
def test_very_many_streams_do_what_the_naive_venue_says(data: bytes) -> None:
    check_stream(list(commands_of(data)))
