"""Users, logins, API keys and portfolios in the store: made, found, ended; on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from argon2 import PasswordHasher

from exchange.store.access import API_KEYS_MAX, ENDED_KEYS_MAX, LOGINS_MAX, AccessStore, Login, Shown, secret_hash
from exchange.store.database import Database
from exchange.store.identity import Identity, Role, User
from exchange.store.people import People
from exchange.store.portfolios import PortfolioStore

CHEAP = PasswordHasher(1, 64, 1)
NOW = 1_000


@pytest.fixture
async def identity(database: Database) -> AsyncIterator[Identity]:
    identity = Identity(database, CHEAP)
    yield identity
    await identity.close()


@pytest.fixture
async def alice(identity: Identity) -> User:
    alice = await identity.add_user("alice", "secret", Role.TRADER, "alice@desk.example", "DESK")
    assert alice is not None
    return alice


def login(user: User, token: str, at: int = NOW, expires_at: int = NOW + 100) -> Login:
    return Login(secret_hash(token), user.user_id, at, expires_at, at, "127.0.0.1", "test")


async def tokens(database: Database, user: User, at: int = NOW) -> list[str]:
    return [one.token_hash for one in await AccessStore(database).logins(user.user_id, at)]


async def test_a_user_has_name_and_email_alone(database: Database, identity: Identity, alice: User) -> None:
    assert alice == User(1, "alice", Role.TRADER, "alice@desk.example", "DESK", True)
    assert await identity.add_user("alice", "other", Role.TRADER) is None
    assert await identity.add_user("bob", "other", Role.TRADER, "alice@desk.example") is None
    people = People(database)
    assert [
        await people.taken(*asked) for asked in (("alice", None), ("bob", "alice@desk.example"), ("bob", "b@x"))
    ] == [
        "username",
        "email",
        "",
    ]
    assert await identity.verify("alice", "secret") == alice


async def test_users_are_listed_and_changed(database: Database, identity: Identity, alice: User) -> None:
    people = People(database)
    bob = await identity.add_user("bob", "secret", Role.BROKER)
    assert bob is not None
    assert await people.page(0, 10) == [alice, bob]
    assert await people.page(1, 10) == [bob]
    assert await people.page(0, 1) == [alice]
    changed = await people.change(bob.user_id, is_enabled=False, role=Role.AUDITOR)
    assert changed == User(2, "bob", Role.AUDITOR, is_enabled=False)
    assert await people.change(bob.user_id, email="alice@desk.example") is None
    assert await people.change(99, firm="X") is None


async def test_who_is_disabled_has_no_right_password(database: Database, identity: Identity, alice: User) -> None:
    store = AccessStore(database)
    await store.add_login(login(alice, "t"))
    await store.add_key(alice.user_id, "k", "bot", NOW, None)
    await People(database).change(alice.user_id, is_enabled=False)
    assert await identity.verify("alice", "secret") is None
    assert await store.login(secret_hash("t"), NOW) is None
    assert await store.key("k", NOW) is None


async def test_seeding_makes_who_is_not_there_and_changes_nobody(identity: Identity, alice: User) -> None:
    assert await identity.seed_user("alice", "settings", Role.BROKER, firm="OTHER") == alice
    assert await identity.verify("alice", "secret") == alice
    new = await identity.seed_user("carol", "first", Role.OPERATOR)
    assert await identity.verify("carol", "first") == new
    assert await identity.seed_user("dave", "first", Role.TRADER, "alice@desk.example") is None


async def test_a_login_is_in_force_until_it_expires_or_ends(database: Database, alice: User) -> None:
    store = AccessStore(database)
    await store.add_login(login(alice, "one"))
    await store.add_login(login(alice, "two", NOW + 1))
    assert await store.login(secret_hash("one"), NOW) == Shown(alice, NOW + 100)
    assert await store.login(secret_hash("one"), NOW + 100) is None
    assert await store.login("one", NOW) is None
    assert await tokens(database, alice) == [secret_hash("two"), secret_hash("one")]
    assert await store.end_login(alice.user_id + 1, secret_hash("one")) is False
    assert await store.end_login(alice.user_id, secret_hash("one")) is True
    assert await store.end_login(alice.user_id, secret_hash("one")) is False
    assert await tokens(database, alice) == [secret_hash("two")]


async def test_all_logins_but_one_end(database: Database, alice: User) -> None:
    store = AccessStore(database)
    for token in ("one", "two", "three"):
        await store.add_login(login(alice, token))
    await store.end_logins(alice.user_id, but=secret_hash("two"))
    assert await tokens(database, alice) == [secret_hash("two")]
    await store.forget_expired(NOW + 100)
    assert await tokens(database, alice, at=0) == []


async def test_beyond_the_most_the_oldest_login_ends(database: Database, alice: User) -> None:
    store = AccessStore(database)
    for at in range(LOGINS_MAX):
        assert await store.add_login(login(alice, str(at), NOW + at, NOW + 1_000)) == []
    assert await store.add_login(login(alice, "new", NOW + 500, NOW + 1_000)) == [secret_hash("0")]
    assert len(await tokens(database, alice)) == LOGINS_MAX


async def test_a_key_is_in_force_until_it_expires_or_is_revoked(database: Database, alice: User) -> None:
    store = AccessStore(database)
    bot = await store.add_key(alice.user_id, "a", "bot", NOW, None)
    short = await store.add_key(alice.user_id, "b", "short", NOW, NOW + 10)
    assert bot is not None
    assert short is not None
    assert await store.key("a", NOW) == Shown(alice, None)
    assert await store.key("b", NOW + 9) == Shown(alice, NOW + 10)
    assert await store.key("b", NOW + 10) is None
    await store.used({}, {"a": NOW + 5})
    assert [(one.name, one.last_used_at) for one in await store.keys(alice.user_id)] == [("short", 0), ("bot", NOW + 5)]
    assert await store.revoke_key(alice.user_id + 1, bot.key_id, NOW + 6) is None
    revoked = await store.revoke_key(alice.user_id, bot.key_id, NOW + 6)
    assert revoked is not None
    assert revoked.revoked_at == NOW + 6
    assert await store.revoke_key(alice.user_id, bot.key_id, NOW + 7) is None
    assert await store.key("a", NOW) is None


async def test_a_user_has_so_many_keys_in_force_and_not_one_more(database: Database, alice: User) -> None:
    store = AccessStore(database)
    for at in range(API_KEYS_MAX):
        assert await store.add_key(alice.user_id, str(at), "bot", NOW, NOW + 10) is not None
    assert await store.add_key(alice.user_id, "more", "bot", NOW, None) is None
    assert await store.add_key(alice.user_id, "more", "bot", NOW + 10, None) is not None


async def test_of_keys_that_ended_long_ago_nothing_is_kept(database: Database, alice: User) -> None:
    store = AccessStore(database)
    for at in range(ENDED_KEYS_MAX + 3):
        await store.add_key(alice.user_id, str(at), "bot", NOW + at, NOW + at + 1)
    assert len(await store.keys(alice.user_id)) == ENDED_KEYS_MAX + 1


async def test_an_account_is_one_portfolio_s(database: Database, identity: Identity, alice: User) -> None:
    store = PortfolioStore(database)
    made = await store.add(alice.user_id, "ALICE", "Main")
    assert made is not None
    assert (made.portfolio_id, made.username, made.account_id, made.name) == (1, "alice", "ALICE", "Main")
    assert await store.add(alice.user_id, "ALICE", "Again") is None
    more = await store.add(alice.user_id, "ALICE-2", "More")
    assert await store.all() == [made, more]
