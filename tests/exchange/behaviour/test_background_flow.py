"""The background flow: repeatable by its seed, bounded in the book, never refused."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest

from exchange.behaviour.background_flow import QUOTES_OF_AGENT, QUOTES_PER_SIDE, SESSION, BackgroundFlow
from exchange.commands import ChangePhase, Command, ListInstrument, OpenAccount
from exchange.events import AmendmentRejected, CommandRefused, Event, OrderAccepted, OrderRejected
from exchange.orders import Side, TimeInForce
from exchange.phases import Phase
from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument, TickStep
from exchange.venue import Venue

ACME = Instrument("ACME", 2, 1, 1, "USD", 1000, 1, 100_000, 1_000_000)
ODD = Instrument("ODD", 3, 25, 100, "USD", 7_775, 7_500, 8_000, 1_000_000)
STEPPED = Instrument("STEP", 2, 1, 1, "USD", 1000, 1, 100_000, 1_000_000, ticks=(TickStep(1000, 5),))
INSTRUMENTS = (ACME, ODD, STEPPED)
SYMBOLS = [one.symbol for one in INSTRUMENTS]
REFUSALS = (OrderRejected, AmendmentRejected, CommandRefused)


class Played:
    """A venue and its flow, one agent after the other in turn."""

    def __init__(self, seed: int, rounds: int, agents: int = 1) -> None:
        self.venue = Venue()
        self.events: list[Event] = []
        for instrument in INSTRUMENTS:
            self.apply(ListInstrument(instrument))
        self.apply(OpenAccount(Account("FLOW", "Flow")))
        self.seed = seed
        self.flow = BackgroundFlow(self.venue, "FLOW", SYMBOLS, seed, agents)
        self.go(rounds)

    def apply(self, command: Command) -> None:
        self.events += self.venue.apply(command, self.venue.now + 1)

    def go(self, rounds: int) -> None:
        agents = self.flow.agents
        for at in range(rounds):
            for command in agents[at % len(agents)].next_commands():
                self.apply(command)

    def refusals(self) -> list[Event]:
        return [event for event in self.events if isinstance(event, REFUSALS)]

    def resting(self) -> Counter[tuple[str, Side]]:
        return Counter((order.terms.symbol, order.terms.side) for order in self.venue.register.open_orders(SESSION))


def test_the_same_seed_gives_the_same_bytes() -> None:
    first, again, other = (msgspec.msgpack.encode(Played(seed, 500).events) for seed in (7, 7, 8))

    assert first == again
    assert first != other


@pytest.mark.parametrize("agents", [1, 5])
def test_nothing_it_asks_for_is_refused_and_it_makes_a_market(agents: int) -> None:
    played = Played(3, 0, agents)
    books = [played.venue.books[symbol] for symbol in SYMBOLS]
    levels = 0
    for _ in range(100):
        played.go(60)
        levels += sum(len(side) for book in books for side in (book.bids, book.asks))

    assert played.refusals() == []
    assert min(book.trades for book in books) > 100
    assert levels / (100 * 2 * len(books)) > 2


@pytest.mark.parametrize(("agents", "most"), [(1, QUOTES_PER_SIDE), (2, QUOTES_PER_SIDE), (10, 10 * QUOTES_OF_AGENT)])
def test_it_leaves_a_bounded_number_of_orders_on_each_side(agents: int, most: int) -> None:
    resting = Played(5, 6_000, agents).resting()

    assert set(resting) <= {(symbol, side) for symbol in SYMBOLS for side in Side}
    assert max(resting.values()) <= most


def test_agents_of_one_instrument_act_each_by_itself() -> None:
    agents = Played(5, 0, agents=4).flow.agents

    assert len(agents) == 12
    assert len({agent.random.random() for agent in agents}) == 12


def test_a_second_life_goes_on_with_the_orders_of_the_first() -> None:
    played = Played(5, 3_000, agents=2)
    before = sum(played.resting().values())

    played.flow = BackgroundFlow(played.venue, "FLOW", SYMBOLS, 5, 2)
    played.go(3_000)

    assert before > 0
    assert played.refusals() == []
    assert max(played.resting().values()) <= QUOTES_PER_SIDE


def test_it_sends_what_the_phase_takes_and_nothing_where_trading_rests() -> None:
    played = Played(5, 100)
    played.apply(ChangePhase(Phase.HALTED, "ACME"))
    halted = len(played.events)
    played.go(300)
    played.apply(ChangePhase(Phase.REOPENING_AUCTION, "ACME"))
    auction = len(played.events)
    played.go(300)

    def entered(events: list[Event]) -> list[OrderAccepted]:
        return [event for event in events if isinstance(event, OrderAccepted) and event.terms.symbol == "ACME"]

    assert played.refusals() == []
    assert entered(played.events[halted:auction]) == []
    collected = entered(played.events[auction:])
    assert len(collected) > 50
    assert {event.terms.time_in_force for event in collected} == {TimeInForce.DAY}
