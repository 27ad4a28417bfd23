"""Orders of every kind, under all rules: the venue does what the naive market says, whatever comes."""

from __future__ import annotations

from base64 import b85decode
from collections.abc import Iterable
from random import Random
from zlib import decompress

import pytest
from hypothesis import HealthCheck, example, given, seed, settings
from hypothesis import strategies as st

from exchange.commands import Command
from exchange.events import (
    AuctionHeld,
    CommandRefused,
    Event,
    IndicativeChanged,
    LevelChanged,
    OrderRestated,
    OrderTriggered,
    PhaseChanged,
)
from exchange.orders import UNPRICED, Side
from exchange.phases import Phase
from exchange.reference.instruments import Instrument
from exchange.venue import Venue
from tests.models.naive_market import NaiveMarket
from tests.models.naive_matching import Happening
from tests.models.naive_order_book import what_happened
from tests.models.naive_orders import Place, queue
from tests.models.random_orders import ACCOUNTS, BYTES_OF_RULES, BYTES_PER_COMMAND, commands_of, instrument_of, opening


def check_stream(instrument: Instrument, commands: list[Command]) -> None:
    venue, model = Venue(), NaiveMarket(instrument, ACCOUNTS)
    for command in opening(instrument):
        venue.apply(command, 1)
    for at, command in enumerate(commands, 2):
        before = model.levels()
        number = venue.last_event
        events = venue.apply(command, at)
        assert happened(events) == model.apply(command), command
        assert [event.number for event in events] == [number + 1 + index for index in range(len(events))]
        check_levels(events, before, model.levels())
        check_book(venue, model)
        check_orders(venue, model)


def check_levels(
    events: list[Event],
    before: dict[tuple[Side, int | None], tuple[int, int]],
    after: dict[tuple[Side, int | None], tuple[int, int]],
) -> None:
    changed = {}
    for event in events:
        if isinstance(event, LevelChanged):
            price = None if event.price == UNPRICED else event.price
            assert (event.side, price) not in changed, f"{event} is told twice"
            changed[event.side, price] = (event.quantity, event.orders)
    told = {place: changed.get(place, before.get(place, (0, 0))) for place in before | after | changed}
    assert told == {place: after.get(place, (0, 0)) for place in told}


def check_book(venue: Venue, model: NaiveMarket) -> None:
    book = venue.books["ACME"]
    for side in (book.bids, book.asks):
        assert [order.terms.order_id for level in side for order in level] == [
            order.order_id for order in queue(model.orders, side.side)
        ]
    bids, asks = ([price for at, price in model.levels() if at is side and price is not None] for side in Side)
    is_continuous = model.phase is Phase.CONTINUOUS
    assert not is_continuous or not bids or not asks or max(bids) < min(asks), "the shown book is crossed"


def check_orders(venue: Venue, model: NaiveMarket) -> None:
    opened = {order.terms.order_id: order for order in venue.register}
    known = {order.order_id: order for order in model.orders if order.leaves}
    assert opened.keys() == known.keys()
    for order_id, order in opened.items():
        assert order.cumulative + order.leaves == order.terms.quantity
        naive = known[order_id]
        assert (order.leaves, order.cumulative, order.notional) == (naive.leaves, naive.cumulative, naive.notional)
        assert (order.status.name, order.terms.cl_ord_id) == (naive.status, naive.cl_ord_id)
        assert (order.terms.quantity, order.terms.price) == (naive.quantity, naive.price)
        assert (order.level is not None) is (naive.place is Place.BOOK)
    sums = [sum(order.cumulative for order in model.orders if order.side is side) for side in Side]
    assert sums[0] == sums[1] == venue.books["ACME"].volume


def happened(events: Iterable[Event]) -> list[Happening]:
    """Events in the form of `NaiveMarket.apply`."""
    found: list[Happening] = []
    for event in events:
        match event:
            case OrderTriggered(terms=terms):
                found.append(
                    (
                        "triggered",
                        terms.order_id,
                        {
                            "STOP": "MARKET",
                            "STOP_LIMIT": "LIMIT",
                            "MARKET_IF_TOUCHED": "MARKET",
                            "LIMIT_IF_TOUCHED": "LIMIT",
                        }.get(terms.order_type.name, terms.order_type.name),
                    )
                )
            case PhaseChanged():
                found.append(("phase", event.phase.value, event.previous.value))
            case AuctionHeld():
                found.append(("auction", event.price, event.quantity, event.imbalance, event.imbalance_side))
            case IndicativeChanged():
                found.append(("indicative", event.price, event.quantity, event.imbalance, event.imbalance_side))
            case CommandRefused():
                found.append(("command refused", event.reason.value))
            case OrderRestated(terms=terms):
                sums = (terms.quantity, terms.price, event.cumulative, event.leaves)
                found.append(("restated", terms.order_id, *sums, event.reason.value))
            case _:
                found += (
                    (name, *rest[1:]) if name == "traded" else (name, *rest) for name, *rest in what_happened([event])
                )
    return found


def check(data: bytes, *, has_phases: bool = False) -> None:
    instrument = instrument_of(data)
    check_stream(instrument, list(commands_of(data, instrument.rules, has_phases=has_phases)))


STREAMS = st.binary(min_size=BYTES_OF_RULES + 8 * BYTES_PER_COMMAND, max_size=BYTES_OF_RULES + 40 * BYTES_PER_COMMAND)


def random_stream(number: int, commands: int) -> bytes:
    return Random(number).randbytes(BYTES_OF_RULES + commands * BYTES_PER_COMMAND)


@settings(max_examples=150)
@given(STREAMS)
@example(bytes(BYTES_OF_RULES + 30 * BYTES_PER_COMMAND))
def test_any_stream_of_orders_does_what_the_naive_market_says(data: bytes) -> None:
    check(data)


@settings(max_examples=150)
@given(STREAMS)
def test_any_stream_of_orders_and_phases_does_what_the_naive_market_says(data: bytes) -> None:
    check(data, has_phases=True)


@pytest.mark.parametrize("has_phases", [False, True], ids=["continuous", "phases"])
@pytest.mark.parametrize("block", range(5))
def test_many_streams_of_orders_do_what_the_naive_market_says(block: int, has_phases: bool) -> None:
    for number in range(block * 20, (block + 1) * 20):
        try:
            check(random_stream(number, 30), has_phases=has_phases)
        except AssertionError as error:
            raise AssertionError(f"seed {number}: {error}") from error


FOUND = [
    (
        "a post-only child of a group that only market orders wait for, after an auction",
        True,
        "c-muR00UtL9N+;f10KMQ#Aak*ux4OzD8Z?CAw&@v9KdHP1G58IDH~YT1Gq2%Q7;8S",
    ),
    (
        "the same, refused by a level without a price",
        True,
        "c-muRzz-g<ViRR#U|xvCJpd77v}Ry%D1ivcL)GB`2jDDb2NZRftOsxr0JAj(Lj",
    ),
    (
        "a child that a trade before it went in must not elect",
        False,
        "c-muNzyo-|BqKv40~x?!22Lq%pe!fQU=~KG03!=4m<9k|1_7f",
    ),
]
"""Streams that once made a difference, each compressed: what it was about, and whether phases change in it."""


@pytest.mark.parametrize(("has_phases", "packed"), [row[1:] for row in FOUND], ids=[row[0] for row in FOUND])
def test_streams_that_once_made_a_difference(has_phases: bool, packed: str) -> None:
    check(decompress(b85decode(packed)), has_phases=has_phases)


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("has_phases", [False, True], ids=["continuous", "phases"])
@pytest.mark.parametrize("part", range(20))
def test_a_hundred_thousand_streams_do_what_the_naive_market_says(part: int, has_phases: bool) -> None:
    @seed(part)
    @settings(max_examples=2500, suppress_health_check=[HealthCheck.nested_given])
    @given(STREAMS)
    def play(data: bytes) -> None:
        check(data, has_phases=has_phases)

    play()
