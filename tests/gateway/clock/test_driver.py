"""A driven clock goes from one due moment to the next, each with all that follows from it."""

from __future__ import annotations

import asyncio

import pytest

from exchange.commands import ListInstrument
from gateway.clock.driver import LONGEST_MOVE, ClockRefused
from gateway.clock.speed import Speed
from gateway.clock.venue_clock import VenueClock
from tests.exchange.market import ACME
from tests.gateway.clock.timed_venue import START, TimedVenue


async def test_everything_on_the_way_happens_at_its_own_time() -> None:
    timed = TimedVenue(10, 20, 30)
    timed.note(5, "an agent acts")
    timed.note(20, "another")
    timed.note(26, "too far")

    await timed.move(25)

    assert timed.venue.applied == [(10, "AdvanceTime"), (20, "AdvanceTime"), (25, "AdvanceTime")]
    assert timed.seen == [(5, "an agent acts"), (20, "another")]
    assert timed.seconds == 25
    await timed.move(40)
    assert timed.seen[-1] == (26, "too far")


async def test_who_acts_at_a_due_moment_sees_what_it_brought() -> None:
    timed = TimedVenue(10)
    timed.clock.call_at(START + 10_000_000_000, lambda: timed.seen.append((timed.venue.now - START, "venue's time")))

    await timed.move(10)

    assert timed.seen == [(10_000_000_000, "venue's time")]


async def test_what_is_submitted_on_the_way_is_applied_at_its_time() -> None:
    timed = TimedVenue()
    timed.clock.call_at(START + 3_000_000_000, lambda: timed.sequencer.submit(ListInstrument(ACME)))

    await timed.move(60)

    assert timed.venue.applied == [(3, "ListInstrument"), (60, "AdvanceTime")]


async def test_a_jump_ends_where_what_it_waits_for_has_happened() -> None:
    timed = TimedVenue(10, 20, 30)

    await timed.driver.begin_move(START + LONGEST_MOVE, lambda: len(timed.venue.applied) == 2)

    assert timed.seconds == 20


async def test_nothing_due_is_a_move_too() -> None:
    timed = TimedVenue()

    await timed.move(3600)

    assert timed.venue.applied == [(3600, "AdvanceTime")]


async def test_sessions_are_told_when_the_move_has_ended() -> None:
    timed, told = TimedVenue(1, 2, 3), list[tuple[float, bool]]()
    timed.driver.on_moved = lambda: told.append((timed.seconds, timed.clock.is_held))

    await timed.move(5)

    assert told == [(5, False)]


async def test_a_scaled_clock_goes_on_from_there() -> None:
    timed = TimedVenue(100, speed=Speed(10))

    await timed.move(1_000)
    assert timed.seconds >= 1_000
    before = timed.seconds
    await asyncio.sleep(0.01)
    assert timed.seconds > before


async def test_many_moments_leave_the_loop_its_turns() -> None:
    timed, turns = TimedVenue(), 0
    for at in range(3_000):
        timed.note(at, "")
    move = timed.driver.begin_move(START + 3_000_000_000_000)
    while not move.done():
        turns += 1
        await asyncio.sleep(0)

    assert turns > 2
    assert len(timed.seen) == 3_000


@pytest.mark.parametrize(("to", "name"), [(START - 1, "TIME_IN_THE_PAST"), (START + LONGEST_MOVE + 1, "TIME_TOO_FAR")])
async def test_what_cannot_be_is_refused(to: int, name: str) -> None:
    timed = TimedVenue()

    with pytest.raises(ClockRefused) as refused:
        timed.driver.begin_move(to)

    assert refused.value.name == name
    assert timed.seconds == 0


async def test_one_move_at_a_time() -> None:
    timed = TimedVenue()
    timed.driver.begin_move(START + 1)

    with pytest.raises(ClockRefused, match=r"on its way to 2026-03-02T14:30:00\.000000001Z") as refused:
        timed.driver.begin_move(START + 2)
    assert refused.value.name == "CLOCK_MOVING"
    with pytest.raises(ClockRefused):
        timed.driver.set_speed(Speed(1))
    await timed.driver.stop()


async def test_the_machine_s_clock_is_not_driven() -> None:
    timed = TimedVenue()
    timed.driver.clock = VenueClock()

    with pytest.raises(ClockRefused, match="start it with --clock virtual or --speed to drive it"):
        timed.driver.begin_move(START)
    with pytest.raises(ClockRefused):
        timed.driver.set_speed(Speed(2))


async def test_a_time_that_is_not_recorded_ends_the_move() -> None:
    timed = TimedVenue()
    timed.driver = type(timed.driver)(timed.clock, timed.sequencer, timed.alarm, lambda: START + 5)

    with pytest.raises(ClockRefused) as refused:
        await timed.driver.begin_move(START + 10)

    assert refused.value.name == "TIME_NOT_RECORDED"
    assert not timed.clock.is_held


async def test_the_speed_of_a_driven_clock_can_be_set() -> None:
    timed = TimedVenue()

    timed.driver.set_speed(Speed(1_000))
    await asyncio.sleep(0.01)
    timed.driver.set_speed(Speed(0))

    assert timed.seconds > 5
    for wrong in (Speed(-1), Speed(100_001)):
        with pytest.raises(ClockRefused, match="is not between 0 and 100000"):
            timed.driver.set_speed(wrong)
