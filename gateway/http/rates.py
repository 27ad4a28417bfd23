"""How often anybody may ask: requests per user and address, logins, wrong passwords. What is beyond is a problem 429.

The windows are those of the `limits` library; its own storage in memory starts a thread or a task for each count and
keeps what it is told, so the counts are kept here, bounded, and on the machine's clock: it is machines that ask.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from enum import Enum
from http import HTTPStatus

from limits import RateLimitItem, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from gateway.http.problems import Problem
from gateway.settings.platform import RequestLimits

KEYS_MAX = 100_000
"""Counts that are kept; beyond, the oldest are forgotten: some megabytes, whoever asks from however many addresses."""

UNKNOWN_PER_MINUTE = 600
"""Tokens and keys from one address that nobody has: each costs a query, and a page whose login has ended sends few."""


class Rate(Enum):
    """What is counted; the value is what it is called."""

    USER = "requests of a user"
    ADDRESS = "requests from an address"
    LOGIN = "logins, registrations and changes of password from an address"
    FAILURE = "wrong passwords of a user from an address"
    UNKNOWN = "tokens and keys from an address that nobody has"


class Rates:
    """All counts of one exchange."""

    def __init__(self, limits: RequestLimits, clock: Callable[[], float] = time.time) -> None:
        """`clock` gives seconds since 1970."""
        self._clock = clock
        self._limiter = FixedWindowRateLimiter(BoundedCounts(clock))
        self._items: dict[Rate, RateLimitItem] = {
            Rate.USER: RateLimitItemPerSecond(limits.per_user_per_second, namespace="user"),
            Rate.ADDRESS: RateLimitItemPerSecond(limits.per_address_per_second, namespace="address"),
            Rate.LOGIN: RateLimitItemPerMinute(limits.logins_per_address_per_minute, namespace="login"),
            Rate.FAILURE: RateLimitItemPerSecond(
                limits.login_failures, limits.login_failure_seconds, namespace="failure"
            ),
            Rate.UNKNOWN: RateLimitItemPerMinute(UNKNOWN_PER_MINUTE, namespace="unknown"),
        }

    def take(self, rate: Rate, *who: str) -> None:
        """Counts one more. Raises `Problem` 429 when there were as many as may be; that one then counts for nothing."""
        if not self._limiter.hit(self._items[rate], *who):
            raise self._problem(rate, *who)

    def check(self, rate: Rate, *who: str) -> None:
        """Raises `Problem` 429 when there were as many as may be; counts nothing."""
        if not self._limiter.test(self._items[rate], *who):
            raise self._problem(rate, *who)

    def forget(self, rate: Rate, *who: str) -> None:
        """Begins the count anew."""
        self._limiter.clear(self._items[rate], *who)

    def _problem(self, rate: Rate, *who: str) -> Problem:
        item = self._items[rate]
        reset = self._limiter.get_window_stats(item, *who).reset_time
        seconds = max(1, math.ceil(reset - self._clock()))
        window = f"{item.multiples} {item.GRANULARITY.name}s" if item.multiples > 1 else f"a {item.GRANULARITY.name}"
        detail = f"More than {item.amount} {rate.value} in {window}; ask again in {seconds} s."
        return Problem(HTTPStatus.TOO_MANY_REQUESTS, "TOO_MANY_REQUESTS", detail, {"Retry-After": str(seconds)})


class BoundedCounts(Storage):
    """Counts by key, each until its window is over."""

    def __init__(self, clock: Callable[[], float], keys_max: int = KEYS_MAX) -> None:
        super().__init__()
        self._clock = clock
        self._keys_max = keys_max
        self._counts: dict[str, tuple[int, float]] = {}
        """Count and end of the window, in the order in which the windows began."""

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        """What the storage itself raises: nothing."""
        return ()

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Counts more under a key; its window begins with the first."""
        now = self._clock()
        count, end = self._counts.get(key, (0, 0.0))
        if end <= now:
            self._counts.pop(key, None)
            count, end = 0, now + expiry
            if len(self._counts) >= self._keys_max:
                del self._counts[next(iter(self._counts))]
        self._counts[key] = (count + amount, end)
        return count + amount

    def get(self, key: str) -> int:
        """The count of the window under way."""
        count, end = self._counts.get(key, (0, 0.0))
        return count if end > self._clock() else 0

    def get_expiry(self, key: str) -> float:
        """When the window ends, seconds since 1970."""
        return self._counts.get(key, (0, self._clock()))[1]

    def check(self) -> bool:
        """Whether it works."""
        return True

    def reset(self) -> int:
        """Forgets every count."""
        forgotten = len(self._counts)
        self._counts.clear()
        return forgotten

    def clear(self, key: str) -> None:
        """Forgets one count."""
        self._counts.pop(key, None)
