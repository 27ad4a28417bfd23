"""The core is woken when something in it falls due, and only then."""

from __future__ import annotations

import asyncio

from exchange.commands import ListInstrument
from gateway.clock.speed import Speed
from tests.exchange.market import ACME
from tests.gateway.clock.timed_venue import START, TimedVenue


async def until(timed: TimedVenue, commands: int) -> None:
    async with asyncio.timeout(5):
        while len(timed.venue.applied) < commands:
            await asyncio.sleep(0)


async def test_the_time_is_submitted_at_each_due_moment() -> None:
    timed = TimedVenue(1, 30, speed=Speed(100))
    timed.alarm.look()

    await until(timed, 2)

    (first, _), (second, _) = timed.venue.applied
    assert {name for _, name in timed.venue.applied} == {"AdvanceTime"}
    assert 1 <= first < 30 <= second


async def test_what_events_make_due_is_seen() -> None:
    timed = TimedVenue(speed=Speed(100))
    timed.alarm.look()
    timed.due = (0.5,)
    timed.sequencer.submit(ListInstrument(ACME))

    await until(timed, 2)

    assert [name for _, name in timed.venue.applied] == ["ListInstrument", "AdvanceTime"]


async def test_a_moment_that_stays_due_does_not_keep_the_loop_busy() -> None:
    timed = TimedVenue(speed=Speed(1000))
    timed.alarm = type(timed.alarm)(timed.clock, timed.sequencer, lambda: START)
    timed.alarm.look()

    await until(timed, 1)
    await asyncio.sleep(0.05)

    assert len(timed.venue.applied) == 1


async def test_nothing_is_woken_where_time_stands() -> None:
    timed = TimedVenue(1)
    timed.alarm.look()

    await asyncio.sleep(0.02)

    assert timed.venue.applied == []
