"""Counts wrong logons by user name and address, and says who has to wait: guessing passwords must not pay.

Name and address count together, so failures from elsewhere never lock a user out. Sans-IO; times are the caller's, in
nanoseconds. Asked by `gateway.fix.credentials`.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict

from msgspec import Struct

ENTRIES_MAX = 20_000
"""Pairs of name and address remembered, some four megabytes. The pair that failed longest ago goes first."""

NAME_CHARACTERS_MAX = 64
"""Of a name; a longer one is nobody's, and its beginning is enough to count it by."""

IPV6_PREFIX_BITS = 64
"""Of an IPv6 address: who has one has all that share its first half."""


class LockoutRules(Struct, frozen=True):
    """How many failures, within what time, cost what. Times in nanoseconds."""

    failures: int
    """0: nobody is ever locked."""
    window: int
    duration: int
    max_duration: int


class _Count(Struct):
    first: int
    """When the failures began that count now."""
    failures: int = 0
    locks: int = 0
    """Locks so far: each is twice as long as the one before."""
    until: int = 0


class Lockout:
    """The failures of everybody."""

    def __init__(self, rules: LockoutRules, entries_max: int = ENTRIES_MAX) -> None:
        self._rules = rules
        self._entries_max = entries_max
        self._counts: OrderedDict[tuple[str, str], _Count] = OrderedDict()

    def __len__(self) -> int:
        return len(self._counts)

    def locked_for(self, name: str, address: str, now: int) -> int:
        """Nanoseconds for which this name is refused from this address, whatever its password; 0 when it is not."""
        count = self._counts.get(_pair(name, address))
        return max(0, count.until - now) if count is not None else 0

    def failed(self, name: str, address: str, now: int) -> int:
        """Counts a wrong logon; answers for how long it locks, 0 when it does not yet."""
        rules = self._rules
        if not rules.failures:
            return 0
        pair = _pair(name, address)
        count = self._counts.get(pair)
        if count is None:
            count = self._counts[pair] = _Count(now)
        self._counts.move_to_end(pair)
        if now - count.first > rules.window:
            count.first, count.failures = now, 0
        if now - count.until > rules.window + rules.max_duration:
            count.locks = 0
        count.failures += 1
        if count.failures >= rules.failures:
            # The exponent has a limit of its own: two to the power of a million takes longer than any lock.
            duration = min(rules.duration << min(count.locks, 32), rules.max_duration)
            count.locks += 1
            count.until = count.first = now + duration
            count.failures = 0
        while len(self._counts) > self._entries_max:
            self._counts.popitem(last=False)
        return max(0, count.until - now)

    def succeeded(self, name: str, address: str) -> None:
        """A right logon ends the count."""
        self._counts.pop(_pair(name, address), None)


def _pair(name: str, address: str) -> tuple[str, str]:
    if ":" in address:
        try:
            address = str(ipaddress.ip_network((address.partition("%")[0], IPV6_PREFIX_BITS), strict=False))
        except ValueError:
            return name[:NAME_CHARACTERS_MAX], address[:NAME_CHARACTERS_MAX]
    return name[:NAME_CHARACTERS_MAX], address
