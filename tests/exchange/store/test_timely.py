"""Queries take turns: few at a time, in order; what waits too long or is one too many is told so."""

from __future__ import annotations

import asyncio

import pytest

from exchange.store import timely
from exchange.store.errors import StoreBusy
from exchange.store.timely import WAITING_MAX, TimelyQueries


async def test_so_many_run_at_once_and_the_others_in_order() -> None:
    queries = TimelyQueries("test", at_once=2)
    running, most, ended = 0, 0, []

    async def query(number: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        ended.append(number)
        return number

    assert await asyncio.gather(*(queries.run(query(number)) for number in range(9))) == list(range(9))
    assert (most, ended) == (2, list(range(9)))
    await queries.close()


async def test_an_error_is_its_own_and_gives_the_turn_back() -> None:
    queries = TimelyQueries("test", at_once=1)

    async def fail() -> None:
        raise ValueError("its own")

    for _ in range(3):
        with pytest.raises(ValueError, match="its own"):
            await queries.run(fail())


async def test_one_too_many_is_refused_without_having_begun() -> None:
    queries, let_go = TimelyQueries("test", at_once=1), asyncio.Event()

    async def wait() -> None:
        await let_go.wait()

    waiting = [asyncio.ensure_future(queries.run(wait())) for _ in range(WAITING_MAX + 1)]
    await asyncio.sleep(0)
    with pytest.raises(StoreBusy, match=f"{WAITING_MAX} queries wait for store test, which is the most"):
        await queries.run(wait())
    let_go.set()
    await asyncio.gather(*waiting)


async def test_who_goes_while_waiting_leaves_the_turn_to_others() -> None:
    queries, let_go = TimelyQueries("test", at_once=1), asyncio.Event()

    async def wait() -> None:
        await let_go.wait()

    first, gone, last = (asyncio.ensure_future(queries.run(wait())) for _ in range(3))
    await asyncio.sleep(0)
    gone.cancel()
    let_go.set()
    await asyncio.gather(first, last)
    assert gone.cancelled()


async def test_who_waits_too_long_for_a_turn_is_told_so() -> None:
    queries, let_go = TimelyQueries("test", at_once=1, turn_seconds=0.01), asyncio.Event()

    async def wait() -> None:
        await let_go.wait()

    first = asyncio.ensure_future(queries.run(wait()))
    await asyncio.sleep(0)
    with pytest.raises(StoreBusy, match=r"store test had no turn within 0\.01 s"):
        await queries.run(wait())
    let_go.set()
    await first


async def test_a_query_that_is_cancelled_gives_the_turn_back() -> None:
    queries = TimelyQueries("test", at_once=1)

    async def end() -> None:
        raise asyncio.CancelledError

    for _ in range(2):
        with pytest.raises(asyncio.CancelledError):
            await queries.run(end())


def test_turn_query_and_answer_fit_into_one_another() -> None:
    assert timely.TURN_SECONDS + timely.QUERY_SECONDS < 10
