"""How often anybody may ask: counts by window, bounded, and what HTTP says beyond them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.http.problems import Problem
from gateway.http.rates import BoundedCounts, Rate, Rates
from gateway.settings.platform import RequestLimits
from tests.gateway.http.users_exchange import USERS_SETTINGS, client_of, exchange_with_users, login


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def taken(rates: Rates, rate: Rate, *who: str) -> int:
    """How many go through before one is refused."""
    for count in range(1_000):
        try:
            rates.take(rate, *who)
        except Problem:
            return count
    raise AssertionError("no end")


def test_a_window_takes_so_many_and_the_next_one_again(clock: Clock) -> None:
    rates = Rates(RequestLimits(per_user_per_second=3), clock)
    assert taken(rates, Rate.USER, "alice") == 3
    assert taken(rates, Rate.USER, "bob") == 3
    clock.now += 0.9
    assert taken(rates, Rate.USER, "alice") == 0
    clock.now += 0.1
    assert taken(rates, Rate.USER, "alice") == 3


def test_the_refusal_says_when_to_ask_again(clock: Clock) -> None:
    rates = Rates(RequestLimits(login_failures=2, login_failure_seconds=300), clock)
    for _ in range(2):
        rates.check(Rate.FAILURE, "alice", "10.0.0.1")
        rates.take(Rate.FAILURE, "alice", "10.0.0.1")
    clock.now += 100.5
    with pytest.raises(Problem, match="More than 2 wrong passwords of a user from an address in 300") as refused:
        rates.check(Rate.FAILURE, "alice", "10.0.0.1")
    assert refused.value.headers == {"Retry-After": "200"}
    rates.check(Rate.FAILURE, "alice", "10.0.0.2")
    rates.forget(Rate.FAILURE, "alice", "10.0.0.1")
    rates.check(Rate.FAILURE, "alice", "10.0.0.1")


def test_counts_are_bounded_and_the_oldest_go(clock: Clock) -> None:
    counts = BoundedCounts(clock, keys_max=2)
    for key in ("a", "b", "c"):
        counts.incr(key, 60)
    assert [counts.get(key) for key in ("a", "b", "c")] == [0, 1, 1]
    assert counts.get_expiry("b") == clock.now + 60
    clock.now += 60
    assert counts.incr("b", 60) == 1
    assert counts.incr("b", 60) == 2
    counts.clear("b")
    assert (counts.get("b"), counts.check(), counts.reset()) == (0, True, 1)


def test_http_answers_429_with_when_to_ask_again(tmp_path: Path) -> None:
    limits = "limits: { per_user_per_second: 5, login_failures: 2, logins_per_address_per_minute: 5 }"
    settings = USERS_SETTINGS.replace(
        USERS_SETTINGS[USERS_SETTINGS.index("limits:") : USERS_SETTINGS.index("mqtt:")], limits + "\n"
    )
    with exchange_with_users(tmp_path, settings) as exchange:
        token = login(exchange, "alice")
        with client_of(exchange, token) as alice:
            answers = [alice.get("/auth/me") for _ in range(20)]
        with client_of(exchange) as stranger:
            wrong = {"username": "bob", "password": "wrong"}
            failures = [stranger.post("/auth/login", json=wrong) for _ in range(4)]
            right = stranger.post("/auth/login", json={"username": "bob", "password": "bob"})
            others = [stranger.post("/auth/login", json={"username": "broker", "password": "x"}) for _ in range(3)]
            registration = stranger.post("/auth/register", json={"username": "late", "password": "long enough"})
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert refused[0].headers["retry-after"] == "1"
    assert refused[0].json()["type"] == "urn:fixpit:problem:TOO_MANY_REQUESTS"
    assert [answer.status_code for answer in failures] == [401, 401, 429, 429]
    assert right.status_code == 429
    assert int(right.headers["retry-after"]) > 200
    assert [answer.status_code for answer in others] == [401, 401, 429]
    assert registration.status_code == 429
    assert "logins, registrations and changes of password from an address" in registration.json()["detail"]


def test_an_address_is_held_to_its_rate_whoever_asks(tmp_path: Path) -> None:
    settings = USERS_SETTINGS.replace("per_address_per_second: 100000", "per_address_per_second: 10")
    with exchange_with_users(tmp_path, settings) as exchange, client_of(exchange) as stranger:
        answers = [stranger.get("/livez") for _ in range(60)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert refused[0].headers["cache-control"] == "no-store"
    assert refused[0].headers["content-type"] == "application/problem+json"
