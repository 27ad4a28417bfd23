"""Things fall due in order of time, rank and entry, once, and not at all when nobody needs them any more."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from exchange.trading_day.timers import TIMERS_BEFORE_SWEEP, Rank, Timer, Timers


def nothing() -> None:
    """Happens."""


def taken(timers: Timers, until: int) -> list[str]:
    names: list[str] = []
    while (timer := timers.take(until)) is not None:
        names.append(timer.name)
    return names


def test_order_is_time_then_rank_then_entry() -> None:
    timers = Timers()
    for at, name, rank in [
        (30, "late", Rank.DAY),
        (20, "phase of A", Rank.DAY),
        (20, "phase of B", Rank.DAY),
        (20, "expiry", Rank.ORDER_EXPIRY),
        (10, "early", Rank.DAY),
    ]:
        timers.set(at, name, nothing, rank=rank)
    assert timers.next_due == 10
    assert timers.state() == [
        (10, 1, "early"), (20, 0, "expiry"), (20, 1, "phase of A"), (20, 1, "phase of B"), (30, 1, "late")
    ]  # fmt: skip
    assert taken(timers, 9) == []
    assert taken(timers, 20) == ["early", "expiry", "phase of A", "phase of B"]
    assert timers.next_due == 30
    assert taken(timers, 1000) == ["late"]
    assert timers.next_due is None


def test_a_canceled_timer_is_gone_at_once() -> None:
    timers = Timers()
    first = timers.set(10, "first", nothing)
    timers.set(20, "second", nothing)
    first.cancel()
    assert timers.state() == [(20, 1, "second")]
    assert timers.next_due == 20
    assert taken(timers, 100) == ["second"]


def test_a_timer_that_is_not_needed_by_then_does_not_fire() -> None:
    timers, open_orders = Timers(), {1, 2}
    timers.set(10, "expiry of 1", nothing, is_needed=lambda: 1 in open_orders)
    timers.set(20, "expiry of 2", nothing, is_needed=lambda: 2 in open_orders)
    open_orders.discard(1)
    assert timers.next_due == 20
    assert taken(timers, 100) == ["expiry of 2"]


def test_a_timer_knows_what_to_do() -> None:
    timers, done = Timers(), list[str]()
    timers.set(10, "it", lambda: done.append("it"))
    timer = timers.take(10)
    assert timer is not None
    timer.fire()
    assert done == ["it"]


def test_timers_that_nobody_needs_are_swept_out() -> None:
    timers = Timers()
    timers.set(7, "one", nothing)
    for number in range(10 * TIMERS_BEFORE_SWEEP):
        timers.set(1000 + number, "other", nothing).cancel()
        assert len(timers) <= TIMERS_BEFORE_SWEEP
    assert timers.state() == [(7, 1, "one")]


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from(Rank), st.booleans()), max_size=40))
def test_any_timers_are_taken_as_a_sort_would_have_them(wanted: list[tuple[int, Rank, bool]]) -> None:
    timers = Timers()
    made: list[Timer] = [timers.set(at, str(at), nothing, rank=rank) for at, rank, _ in wanted]
    expected = [timer for timer, (_, _, stays) in zip(made, wanted, strict=True) if stays]
    for timer, (_, _, stays) in zip(made, wanted, strict=True):
        if not stays:
            timer.cancel()
    found: list[Timer] = []
    while (due := timers.take(9)) is not None:
        found.append(due)
    assert found == sorted(expected, key=lambda timer: (timer.at, timer.rank, timer.number))
