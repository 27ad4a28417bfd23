"""Guessing passwords: who is locked, for how long, and who never is."""

from __future__ import annotations

from gateway.fix.addresses import AddressList
from gateway.fix.lockout import Lockout, LockoutRules
from gateway.fix.sending_time import NANOSECONDS as S

RULES = LockoutRules(failures=3, window=60 * S, duration=10 * S, max_duration=35 * S)
HOME, ELSEWHERE = "10.0.0.1", "10.0.0.2"


def failures(lockout: Lockout, count: int, now: int, *, name: str = "ann", address: str = HOME) -> list[int]:
    """Seconds of lock after each of the failures."""
    return [lockout.failed(name, address, now) // S for _ in range(count)]


def test_the_last_failure_allowed_locks_name_and_address() -> None:
    lockout = Lockout(RULES)
    assert failures(lockout, 3, 0) == [0, 0, 10]
    assert lockout.locked_for("ann", HOME, 4 * S) == 6 * S
    assert lockout.locked_for("ann", HOME, 10 * S) == 0


def test_nobody_is_locked_by_failures_from_elsewhere_or_of_others() -> None:
    lockout = Lockout(RULES)
    failures(lockout, 100, 0)
    assert lockout.locked_for("ann", ELSEWHERE, 0) == 0
    assert lockout.locked_for("bob", HOME, 0) == 0


def test_each_lock_is_twice_as_long_up_to_the_longest() -> None:
    lockout, now, locks = Lockout(RULES), 0, []
    for _ in range(6):
        locks.append(failures(lockout, 3, now)[-1])
        now += locks[-1] * S
    assert locks == [10, 20, 35, 35, 35, 35]


def test_locks_are_short_again_after_a_long_peace() -> None:
    lockout = Lockout(RULES)
    failures(lockout, 3, 0)
    assert failures(lockout, 3, 10 * S)[-1] == 20
    assert failures(lockout, 3, 1_000 * S)[-1] == 10


def test_failures_count_within_the_window_alone() -> None:
    lockout = Lockout(RULES)
    assert failures(lockout, 2, 0) == [0, 0]
    assert failures(lockout, 2, 61 * S) == [0, 0]
    assert failures(lockout, 1, 62 * S) == [10]


def test_a_right_logon_ends_the_count() -> None:
    lockout = Lockout(RULES)
    failures(lockout, 2, 0)
    lockout.succeeded("ann", HOME)
    assert failures(lockout, 2, 0) == [0, 0]


def test_no_limit_never_locks() -> None:
    lockout = Lockout(LockoutRules(0, 60 * S, 10 * S, 35 * S))
    assert failures(lockout, 1_000, 0) == [0] * 1_000
    assert len(lockout) == 0


def test_memory_is_bounded_and_the_oldest_goes_first() -> None:
    lockout = Lockout(RULES, entries_max=10)
    failures(lockout, 3, 0, name="first")
    failures(lockout, 3, 0, name="second")
    failures(lockout, 1, 0, name="first")
    for number in range(9):
        failures(lockout, 1, 0, name=f"other{number}")
    assert len(lockout) == 10
    assert lockout.locked_for("first", HOME, 0) and not lockout.locked_for("second", HOME, 0)


def test_a_long_name_counts_by_its_beginning_and_an_ipv6_address_by_its_network() -> None:
    lockout = Lockout(RULES)
    for number in range(3):
        lockout.failed("x" * 1_000_000 + str(number), f"2001:db8::{number}", 0)
    assert len(lockout) == 1
    assert lockout.locked_for("x" * 64, "2001:db8::ffff", 0)
    assert not lockout.locked_for("x" * 64, "2001:db8:0:1::1", 0)
    assert lockout.failed("ann", "fe80::1%eth0", 0) == lockout.failed("ann", "not:an:address", 0) == 0


def test_addresses_are_in_a_list_or_not() -> None:
    listed = AddressList(["10.1.0.0/16", "192.168.7.9", "2001:db8::/32"])
    allowed = ("10.1.255.1", "192.168.7.9", "2001:db8::5", "::ffff:10.1.2.3", "2001:db8::5%eth0")
    refused = ("10.2.0.1", "192.168.7.8", "2001:db9::1", "::ffff:10.2.0.1", "unknown", "")
    assert [listed.allows(address) for address in (*allowed, *refused)] == [True] * 5 + [False] * 6
    assert AddressList().allows("anything") and str(AddressList()) == "every address"
