"""The machine's clock, a faster one, one that stands; and what waits for a moment of each."""

from __future__ import annotations

import asyncio
import time

import pytest

from gateway.clock.speed import Speed
from gateway.clock.venue_clock import VenueClock
from gateway.clock.words import SECOND

STANDS = Speed(0)
START = 1_772_461_800 * SECOND


def standing(at: int = START) -> VenueClock:
    clock = VenueClock(STANDS)
    clock.begin_at(at)
    return clock


def test_the_machine_s_clock_is_the_machine_s() -> None:
    clock = VenueClock()

    assert not clock.is_driven
    assert abs(clock.now() - time.time_ns()) < SECOND


def test_a_clock_of_speed_0_stands() -> None:
    clock = standing()

    assert [clock.now(), clock.now()] == [START, START]


@pytest.mark.parametrize(("speed", "least", "most"), [(Speed(1000), 20, 2000), (Speed(1, 2), 0.01, 1)])
def test_a_scaled_clock_goes_at_its_speed(speed: Speed, least: float, most: float) -> None:
    clock = VenueClock(speed)
    clock.begin_at(START)

    time.sleep(0.02)

    assert least * SECOND <= clock.now() - START <= most * SECOND


async def test_another_speed_goes_on_from_where_the_clock_is() -> None:
    clock = standing()
    clock.set_speed(Speed(1_000_000))
    await asyncio.sleep(0.01)
    clock.set_speed(STANDS)

    stopped = clock.now()
    assert stopped > START + SECOND
    assert clock.now() == stopped


@pytest.mark.parametrize(("speed", "text"), [(Speed(100), "100"), (Speed(1, 2), "0.5"), (STANDS, "0")])
def test_a_speed_is_shown_as_people_write_it(speed: Speed, text: str) -> None:
    assert speed.text == text


async def test_what_waits_is_done_in_the_order_of_its_time_and_of_its_asking() -> None:
    clock, done = standing(), list[str]()
    clock.call_at(START + 2, lambda: done.append("second"))
    clock.call_at(START + 1, lambda: done.append("first"))
    clock.call_at(START + 2, lambda: done.append("third"))
    clock.call_at(START + 9, lambda: done.append("not yet"))
    clock.hold()

    clock.move_to(START + 2)
    clock.fire()

    assert done == ["first", "second", "third"]
    assert clock.next_due == START + 9


async def test_a_canceled_timer_is_not_done() -> None:
    clock, done = standing(), list[str]()
    timer = clock.call_at(START + 1, lambda: done.append("no"))
    assert timer.is_waiting
    timer.cancel()

    assert clock.next_due is None
    clock.hold()
    clock.move_to(START + 1)
    clock.fire()
    assert done == []


async def test_what_is_done_may_ask_for_more_of_the_same_moment() -> None:
    clock, done = standing(), list[str]()

    def first() -> None:
        done.append("first")
        clock.call_at(START, lambda: done.append("second"))

    clock.call_at(START, first)
    clock.fire()

    assert done == ["first", "second"]


@pytest.mark.parametrize("speed", [None, Speed(100)])
async def test_a_running_clock_fires_by_itself(speed: Speed | None) -> None:
    clock, done = VenueClock(speed), asyncio.Event()
    at = clock.now() + SECOND // 100
    clock.call_at(at, done.set)

    async with asyncio.timeout(5):
        await done.wait()

    assert clock.now() >= at


async def test_what_is_due_already_is_done_at_once_even_where_time_stands() -> None:
    clock, done = standing(), asyncio.Event()
    clock.call_at(START, done.set)

    async with asyncio.timeout(5):
        await done.wait()


async def test_a_held_clock_fires_when_its_driver_says_so_alone() -> None:
    clock, done = VenueClock(Speed(1_000)), asyncio.Event()
    clock.call_at(clock.now() + SECOND, done.set)
    clock.hold()

    await asyncio.sleep(0.02)
    assert not done.is_set()

    clock.release()
    async with asyncio.timeout(5):
        await done.wait()


async def test_a_closed_clock_fires_nothing() -> None:
    clock, done = VenueClock(Speed(100_000)), asyncio.Event()
    clock.call_at(clock.now() + SECOND, done.set)
    clock.close()

    await asyncio.sleep(0.01)
    assert not done.is_set()


def test_time_never_goes_back() -> None:
    clock = standing()
    clock.hold()

    with pytest.raises(AssertionError, match="is before"):
        clock.move_to(START - 1)
