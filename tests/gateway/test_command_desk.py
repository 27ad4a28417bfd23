"""What is carried out for HTTP: its own events, when they are durable, and nothing that the journal does not take."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from exchange.commands import EnterOrder, ListInstrument, OpenAccount
from exchange.events import OrderAccepted, OrderFilled
from exchange.orders import OrderType, Side, TimeInForce
from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument
from exchange.sequencing.journal import Journal
from exchange.sequencing.sequencer import Durability, Sequencer
from exchange.venue import Venue
from gateway.command_desk import CommandDesk
from gateway.http.problems import Problem
from tests.exchange.sequencing.faulty_disk import FaultyDisk

SEGMENT_BYTES = 8_192
ACME = Instrument("ACME", 2, 1, 1, "USD", 1000, 1, 100_000, 1_000_000)


def order(name: str, side: Side = Side.BUY) -> EnterOrder:
    return EnterOrder("S", name, "A", "ACME", side, OrderType.LIMIT, TimeInForce.DAY, 5, 1_000)


def stop(failure: Exception) -> None:
    raise failure


def new_sequencer(journal: Journal | None = None, durability: Durability = Durability.NONE) -> Sequencer:
    sequencer = Sequencer(Venue(), journal, lambda: 1, durability=durability, on_failure=stop)
    sequencer.submit(ListInstrument(ACME))
    sequencer.submit(OpenAccount(Account("A", "A")))
    return sequencer


async def enter_many(desk: CommandDesk) -> None:
    for number in range(1_000):
        await desk.carry_out(order(f"{number}"))


def names(events: list[object]) -> list[str]:
    return [event.terms.cl_ord_id for event in events if isinstance(event, OrderAccepted | OrderFilled)]


async def test_the_answer_has_the_events_of_the_command_alone() -> None:
    sequencer = new_sequencer()
    desk = CommandDesk(sequencer)
    sequencer.submit(order("others"))
    events = await desk.carry_out(order("mine", Side.SELL))
    assert names([*events]) == ["mine", "mine", "others"]
    events = await desk.carry_out(order("one"), order("two"))
    assert names([*events]) == ["one", "two"]


async def test_answers_wait_for_the_disk_and_are_not_mixed_up(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.open()
    sequencer = new_sequencer(journal, Durability.FSYNC)
    desk = CommandDesk(sequencer)
    found = await asyncio.gather(*(desk.carry_out(order(f"{number}")) for number in range(50)))
    assert [names([*events]) for events in found] == [[f"{number}"] for number in range(50)]
    await sequencer.close()
    journal.close()


async def test_nothing_is_begun_when_the_exchange_has_ended() -> None:
    sequencer = new_sequencer()
    desk = CommandDesk(sequencer)
    await desk.carry_out(order("mine"))
    await sequencer.close()
    last = sequencer.venue.last_event
    with pytest.raises(Problem) as problem:
        await desk.carry_out(order("late"))
    assert (problem.value.name, problem.value.status) == ("STOPPING", 503)
    assert sequencer.venue.last_event == last


async def test_what_a_full_disk_does_not_take_is_told_and_may_come_again(tmp_path: Path) -> None:
    disk = FaultyDisk()
    journal = Journal(tmp_path, segment_bytes=SEGMENT_BYTES, reserve_bytes=1_024, disk=disk)
    journal.open()
    sequencer = new_sequencer(journal, Durability.OS)
    desk = CommandDesk(sequencer)
    await desk.carry_out(order("first"))
    disk.space = 0
    with pytest.raises(Problem) as problem:
        await enter_many(desk)
    assert (problem.value.name, problem.value.status) == ("NOT_RECORDED", 507)
    assert problem.value.detail.startswith("Nothing is done: the journal cannot write")
    disk.space = None
    # The identifier of the one that was not taken was not used.
    number = sequencer.venue.last_order_id - 1
    assert names([*await desk.carry_out(order(f"{number}"))]) == [f"{number}"]
    await sequencer.close()
    journal.close()
