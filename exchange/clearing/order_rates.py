"""How many orders and replaces there were within the last second, for those who have a limit of them.

Only what was accepted counts, so whoever is refused for too many is free again a second after the first of them.
Quotes do not count: they come as fast as prices move.
"""

from __future__ import annotations

from collections import deque

from exchange.clearing.limit_book import LimitBook, LimitInForce, Place
from exchange.matching.tape import Tape
from exchange.reference.instruments import SECOND
from exchange.refusals import Refusal
from exchange.rejections import RejectReason


class OrderRates:
    """The times of the latest accepted requests: as many as a limit allows within a second, never more."""

    def __init__(self, tape: Tape, limits: LimitBook) -> None:
        self._tape = tape
        self._limits = limits
        self._times: dict[Place, deque[int]] = {}

    def refusal(self, symbol: str, limit: LimitInForce) -> Refusal | None:
        """Why one more is too many for a limit."""
        most = limit.limits.orders_per_second
        times = self._times.get(limit.place)
        since = self._tape.at - SECOND
        if times is None or len(times) < most or times[-most] <= since:
            return None
        recent = sum(time > since for time in times)
        text = f"makes more than {most} orders and replaces within a second, {limit.whose}; {recent} were accepted"
        return Refusal(RejectReason.ORDER_RATE_LIMIT, "symbol", f"{symbol} {text}")

    def count(self, account: str, symbol: str) -> None:
        """A request of an account was accepted."""
        bounds = self._limits.bounds(account, symbol)
        if bounds is None:
            return
        for limit in bounds.rates:
            most, place = limit.limits.orders_per_second, limit.place
            times = self._times.get(place)
            if times is None or times.maxlen != most:
                times = self._times[place] = deque(times or (), most)
            times.append(self._tape.at)

    def state(self) -> list[object]:
        """All of it as values, for the venue's hash."""
        return [[*place, list(times)] for place, times in self._times.items()]
