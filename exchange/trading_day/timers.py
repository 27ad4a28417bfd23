"""What falls due inside the core: moments with something to do, in order of time, then rank, then entry.

Nothing here waits or reads a clock. The venue, before each command, lets everything due by its time happen; the next
due moment is what the sequencer's clock is to wake it for. Timers follow from the journal, so a replay has the same.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from heapq import heapify, heappop, heappush

TIMERS_BEFORE_SWEEP = 1_024
"""Timers that nobody needs any more are swept out when there are twice as many as after the last sweep, and so many."""


class Rank(IntEnum):
    """What comes first of things due at the same moment."""

    ORDER_EXPIRY = 0
    """From its instant on an order is gone: it does not trade in an auction that ends then."""
    DAY = 1


class Timer:
    """One thing that falls due. `name` says what in words, for the state's hash and for people."""

    __slots__ = ("at", "fire", "is_needed", "name", "number", "rank")

    def __init__(
        self, at: int, rank: Rank, number: int, name: str, fire: Callable[[], None], is_needed: Callable[[], bool]
    ) -> None:
        self.at = at
        self.rank = rank
        self.number = number
        self.name = name
        self.fire = fire
        self.is_needed = is_needed

    def __lt__(self, other: Timer) -> bool:
        return (self.at, self.rank, self.number) < (other.at, other.rank, other.number)

    def cancel(self) -> None:
        """Will not happen."""
        self.is_needed = _never


class Timers:
    """All that is to happen. A timer that is not needed any more never fires, and is nobody's next due moment."""

    __slots__ = ("_number", "_sweep_at", "heap")

    def __init__(self) -> None:
        self.heap: list[Timer] = []
        """All that is set, the first in time at the top; empty when nothing is. Changed by this class alone."""
        self._number = 0
        self._sweep_at = TIMERS_BEFORE_SWEEP

    def __len__(self) -> int:
        return len(self.heap)

    @property
    def next_due(self) -> int | None:
        """When the next thing falls due, nanoseconds since 1970 UTC; None when nothing will."""
        heap = self.heap
        while heap and not heap[0].is_needed():
            heappop(heap)
        return heap[0].at if heap else None

    def set(
        self,
        at: int,
        name: str,
        fire: Callable[[], None],
        *,
        rank: Rank = Rank.DAY,
        is_needed: Callable[[], bool] | None = None,
    ) -> Timer:
        """Has `fire` called when `at` has come, unless it is canceled or, by then, not needed."""
        if len(self.heap) >= self._sweep_at:
            self._sweep()
        self._number += 1
        timer = Timer(at, rank, self._number, name, fire, is_needed or _always)
        heappush(self.heap, timer)
        return timer

    def take(self, until: int) -> Timer | None:
        """Takes out the first thing due by `until`; None when nothing is."""
        due = self.next_due
        return heappop(self.heap) if due is not None and due <= until else None

    def state(self) -> list[tuple[int, int, str]]:
        """All that is to happen as values, for the venue's hash."""
        return [(timer.at, timer.rank.value, timer.name) for timer in sorted(self.heap) if timer.is_needed()]

    def _sweep(self) -> None:
        self.heap = [timer for timer in self.heap if timer.is_needed()]
        heapify(self.heap)
        self._sweep_at = max(TIMERS_BEFORE_SWEEP, 2 * len(self.heap))


def _always() -> bool:
    return True


def _never() -> bool:
    return False
