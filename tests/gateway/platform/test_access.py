"""Who a token or key belongs to: remembered for a minute, and ended at once."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from exchange.store.access import AccessStore, secret_hash
from exchange.store.identity import Role
from gateway.http.callers import Caller
from gateway.http.problems import Problem
from gateway.platform.access import KNOWN_SECONDS, OPERATOR_NAME
from gateway.settings.platform import RequestLimits
from tests.gateway.platform.conftest import SECOND, Parts

HERE = "10.0.0.1"


async def test_a_token_is_its_user_s_and_the_operator_s_is_nobody_s(parts: Parts) -> None:
    alice = await parts.user("alice", firm="DESK")
    access = parts.access()
    token, login = await access.begin_login(alice, HERE, "browser")
    found = await access.find(token, "cookie", HERE)
    assert found == Caller(alice.user_id, "alice", Role.TRADER, "DESK", "cookie", HERE, secret_hash(token))
    assert found is not None
    assert found.who == "trader alice at 10.0.0.1"
    operator = await access.find("operator's", "token", HERE)
    assert operator == Caller(0, OPERATOR_NAME, Role.OPERATOR, "", "token", HERE)
    assert await access.find("operator's", "cookie", HERE) is None
    assert await access.find("operator's", "key", HERE) is None
    assert await access.find(token, "key", HERE) == replace(found, via="key")
    assert login.expires_at - login.created_at == 12 * 3_600 * SECOND


async def test_a_login_ends_with_its_time_though_it_is_remembered(parts: Parts) -> None:
    access = parts.access()
    token, login = await access.begin_login(await parts.user("alice"), HERE, "")
    parts.clock.now = login.expires_at - 1
    assert await access.find(token, "token", HERE) is not None
    parts.clock.now = login.expires_at
    assert await access.find(token, "token", HERE) is None


async def test_what_is_remembered_is_asked_again_after_a_minute(parts: Parts) -> None:
    alice = await parts.user("alice")
    access = parts.access()
    token, _ = await access.begin_login(alice, HERE, "")
    assert await access.find(token, "token", HERE) is not None
    # Somebody changes the database itself: that is seen when the minute is over.
    await AccessStore(parts.database).end_logins(alice.user_id)
    assert await access.find(token, "token", HERE) is not None
    parts.clock.now += KNOWN_SECONDS * SECOND
    assert await access.find(token, "token", HERE) is None


async def test_what_ends_here_ends_at_once(parts: Parts) -> None:
    alice = await parts.user("alice")
    access = parts.access()
    tokens = [(await access.begin_login(alice, HERE, ""))[0] for _ in range(4)]
    key, made = await access.make_key(alice.user_id, "bot", None)
    for token in (*tokens, key):
        assert await access.find(token, "key" if token == key else "token", HERE) is not None
    assert await access.end_login(alice.user_id, secret_hash(tokens[0]))
    assert await access.find(tokens[0], "token", HERE) is None
    await access.end_logins(alice.user_id, but=secret_hash(tokens[1]))
    assert [await access.find(token, "token", HERE) is not None for token in tokens] == [False, True, False, False]
    assert await access.revoke_key(alice.user_id, made.key_id) is not None
    assert await access.find(key, "key", HERE) is None


async def test_a_look_up_that_was_under_way_brings_nothing_back(parts: Parts) -> None:
    alice = await parts.user("alice")
    access = parts.access()
    for _ in range(20):
        token, _login = await access.begin_login(alice, HERE, "")
        await asyncio.gather(access.find(token, "token", HERE), access.end_login(alice.user_id, secret_hash(token)))
        assert await access.find(token, "token", HERE) is None


async def test_the_last_use_is_noted_to_the_minute(parts: Parts) -> None:
    alice = await parts.user("alice")
    access = parts.access()
    token, login = await access.begin_login(alice, HERE, "browser")
    key, _ = await access.make_key(alice.user_id, "bot", 1)
    parts.clock.now += 5 * SECOND
    await access.find(token, "token", HERE)
    await access.find(key, "key", HERE)
    await access.close()
    (noted,) = await access.logins(alice.user_id)
    assert (noted.last_used_at, noted.created_at, noted.user_agent) == (parts.clock.now, login.created_at, "browser")
    (bot,) = await access.keys(alice.user_id)
    assert bot.last_used_at == parts.clock.now
    assert bot.expires_at == login.created_at + 86_400 * SECOND


async def test_a_user_asks_so_often_and_no_more(parts: Parts) -> None:
    access = parts.access(RequestLimits(per_user_per_second=2))
    alice = await parts.user("alice")
    token, _ = await access.begin_login(alice, HERE, "")
    other, _ = await access.begin_login(alice, HERE, "")
    await access.find(token, "token", HERE)
    await access.find(other, "token", HERE)
    with pytest.raises(Problem, match="More than 2 requests of a user in a second"):
        await access.find(token, "token", HERE)
    parts.clock.now += SECOND
    assert await access.find(token, "token", HERE) is not None


async def test_whoever_guesses_is_not_looked_up_for_ever(parts: Parts) -> None:
    access = parts.access()
    token, _ = await access.begin_login(await parts.user("alice"), HERE, "")
    for number in range(600):
        assert await access.find(f"guess {number}", "token", "10.0.0.66") is None
    with pytest.raises(Problem, match="that nobody has"):
        await access.find("one more", "token", "10.0.0.66")
    assert await access.find(token, "token", HERE) is not None
