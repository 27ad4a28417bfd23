"""The background flow: repeatable by its seed, bounded in the book, never refused."""

from __future__ import annotations

from collections import Counter

import msgspec

from exchange.behaviour.background_flow import QUOTES_PER_SIDE, SESSION, BackgroundFlow
from exchange.commands import ListInstrument, OpenAccount
from exchange.events import Event, OrderRejected
from exchange.orders import Side
from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument
from exchange.venue import Venue

ACME = Instrument("ACME", 2, 1, 1, "USD", 1000, 1, 100_000, 1_000_000)
ODD = Instrument("ODD", 3, 25, 100, "USD", 7_775, 7_500, 8_000, 1_000_000)


def played(seed: int, rounds: int) -> tuple[Venue, list[Event]]:
    venue = Venue()
    events: list[Event] = []
    for opening in (ListInstrument(ACME), ListInstrument(ODD), OpenAccount(Account("FLOW", "Flow"))):
        events += venue.apply(opening, 1)
    flow = BackgroundFlow(venue, "FLOW", ["ACME", "ODD"], seed)
    for at in range(2, rounds + 2):
        for command in flow.next_commands():
            events += venue.apply(command, at)
    return venue, events


def test_the_same_seed_gives_the_same_bytes() -> None:
    first, again, other = (msgspec.msgpack.encode(played(seed, 500)[1]) for seed in (7, 7, 8))

    assert first == again
    assert first != other


def test_nothing_it_asks_for_is_refused_and_it_makes_a_market() -> None:
    venue, events = played(3, 3_000)

    assert [event for event in events if isinstance(event, OrderRejected)] == []
    assert venue.books["ACME"].trades > 100
    assert venue.books["ODD"].trades > 100
    assert len(venue.books["ACME"].bids) > 1
    assert len(venue.books["ACME"].asks) > 1


def test_it_leaves_a_bounded_number_of_orders_on_each_side() -> None:
    venue, _ = played(5, 3_000)

    resting = Counter((order.terms.symbol, order.terms.side) for order in venue.register.open_orders(SESSION))

    assert set(resting) <= {(symbol, side) for symbol in ("ACME", "ODD") for side in Side}
    assert max(resting.values()) <= QUOTES_PER_SIDE


def test_a_second_life_goes_on_with_the_orders_of_the_first() -> None:
    venue, _ = played(5, 1_000)
    flow = BackgroundFlow(venue, "FLOW", ["ACME", "ODD"], 5)

    events = [event for _ in range(500) for command in flow.next_commands() for event in venue.apply(command, 2_000)]

    assert [event for event in events if isinstance(event, OrderRejected)] == []
    resting = Counter((order.terms.symbol, order.terms.side) for order in venue.register.open_orders(SESSION))
    assert max(resting.values()) <= QUOTES_PER_SIDE
