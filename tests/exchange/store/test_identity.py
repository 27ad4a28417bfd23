from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from time import perf_counter, process_time

import pytest
from argon2 import PasswordHasher
from sqlalchemy import insert, select

from exchange.store.database import Database
from exchange.store.errors import IdentityBusy, StoreUnavailable
from exchange.store.identity import (
    HASH_LANES,
    HASH_MEMORY_KIB,
    HASH_PASSES,
    PASSWORD_LENGTH_MAX,
    PASSWORDS_WAITING_MAX,
    FixSession,
    Identity,
    Role,
    User,
)
from exchange.store.schema import users
from exchange.store.timely import QUERY_SECONDS
from tests.exchange.store.stores import opened

CHEAP = PasswordHasher(1, 64, 1)


@pytest.fixture
async def identity(database: Database) -> AsyncIterator[Identity]:
    identity = Identity(database, CHEAP)
    yield identity
    await identity.close()


async def password_hash(database: Database, username: str) -> str:
    async with database.reading() as connection:
        return str(await connection.scalar(select(users.c.password_hash).where(users.c.username == username)))


async def test_the_right_password_gives_the_user(identity: Identity) -> None:
    alice = await identity.ensure_user("alice", "secret", Role.TRADER)
    assert alice == User(1, "alice", Role.TRADER)
    assert await identity.verify("alice", "secret") == alice


async def test_anything_else_gives_nobody(identity: Identity) -> None:
    await identity.ensure_user("alice", "secret", Role.TRADER)
    for username, password in (
        ("alice", "wrong"),
        ("alice", ""),
        ("alice", "secret\0"),
        ("alice", "secret" + "x" * PASSWORD_LENGTH_MAX),
        ("bob", "secret"),
        ("", ""),
        ("Alice", "secret"),
        ("alice\0", "secret"),
        ("a" * 10_000, "secret"),
        ("' OR 1=1 --", "secret"),
    ):
        assert await identity.verify(username, password) is None, (username, password)


async def test_a_password_of_the_greatest_length_is_not_cut(identity: Identity) -> None:
    longest = "x" * PASSWORD_LENGTH_MAX
    await identity.ensure_user("alice", longest, Role.TRADER)
    assert await identity.verify("alice", longest) is not None
    assert await identity.verify("alice", longest + "x") is None


async def test_ensuring_again_changes_what_is_different(identity: Identity, database: Database) -> None:
    await identity.ensure_user("alice", "secret", Role.TRADER)
    before = await password_hash(database, "alice")
    await identity.ensure_user("alice", "secret", Role.TRADER)
    assert await password_hash(database, "alice") == before

    assert await identity.ensure_user("alice", "changed", Role.OPERATOR) == User(1, "alice", Role.OPERATOR)
    assert await identity.verify("alice", "secret") is None
    assert await identity.verify("alice", "changed") == User(1, "alice", Role.OPERATOR)


async def test_users_nobody_could_log_on_as_are_refused(identity: Identity) -> None:
    for username, password, why in (
        ("", "secret", "username must have 1 to 256 characters"),
        ("a\0", "secret", "and no NUL, not 'a\\\\x00'"),
        ("alice", "", "password of alice must have 1 to 1024 characters, not 0"),
        ("alice", "x" * 1025, "must have 1 to 1024 characters, not 1025"),
    ):
        with pytest.raises(ValueError, match=why) as raised:
            await identity.ensure_user(username, password, Role.TRADER)
        assert "secret" not in str(raised.value)


async def test_hashes_are_argon2id_of_the_stated_cost(database: Database) -> None:
    identity = Identity(database)
    await identity.ensure_user("alice", "secret", Role.TRADER)
    stored = await password_hash(database, "alice")
    assert stored.startswith(f"$argon2id$v=19$m={HASH_MEMORY_KIB},t={HASH_PASSES},p={HASH_LANES}$")
    await identity.close()


async def test_a_hash_of_another_cost_is_renewed_at_logon(database: Database) -> None:
    cheap, dear = Identity(database, CHEAP), Identity(database, PasswordHasher(2, 128, 1))
    await cheap.ensure_user("alice", "secret", Role.TRADER)
    before = await password_hash(database, "alice")
    assert await dear.verify("alice", "wrong") is None
    assert await password_hash(database, "alice") == before
    assert await dear.verify("alice", "secret") is not None
    renewed = await password_hash(database, "alice")
    assert "m=128,t=2" in renewed
    assert await dear.verify("alice", "secret") is not None
    assert await password_hash(database, "alice") == renewed
    for identity in (cheap, dear):
        await identity.close()


async def test_a_logon_does_not_wait_for_the_renewal_to_be_written(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    database = await opened(f"sqlite:///{path}")
    cheap, dear = Identity(database, CHEAP), Identity(database, PasswordHasher(2, 128, 1))
    await cheap.ensure_user("alice", "secret", Role.TRADER)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    assert await dear.verify("alice", "secret") is not None
    holder.close()
    for identity in (cheap, dear):
        await identity.close()
    await database.close()


async def test_unknown_users_cost_as_much_as_wrong_passwords(database: Database) -> None:
    identity = Identity(database, PasswordHasher(8, 8_192, 1))
    await identity.ensure_user("alice", "secret", Role.TRADER)

    async def fastest(username: str) -> float:
        seconds = []
        for _ in range(5):
            begin = process_time()  # of all threads: hashes are made in one of their own
            assert await identity.verify(username, "wrong") is None
            seconds.append(process_time() - begin)
        return min(seconds)

    known, unknown, impossible = await fastest("alice"), await fastest("bob"), await fastest("a\0")
    assert unknown > known / 2
    assert impossible > known / 2
    await identity.close()


async def test_a_flood_of_logons_is_refused_beyond_the_limit(identity: Identity) -> None:
    await identity.ensure_user("alice", "secret", Role.TRADER)
    answers = await asyncio.gather(
        *(identity.verify("alice", "secret") for _ in range(PASSWORDS_WAITING_MAX + 10)), return_exceptions=True
    )
    assert sum(isinstance(answer, User) for answer in answers) == PASSWORDS_WAITING_MAX
    assert sum(isinstance(answer, IdentityBusy) for answer in answers) == 10
    assert await identity.verify("alice", "secret") is not None


async def test_logons_that_are_given_up_free_their_place(identity: Identity) -> None:
    await identity.ensure_user("alice", "secret", Role.TRADER)
    for _ in range(3):
        waiting = [asyncio.ensure_future(identity.verify("alice", "secret")) for _ in range(PASSWORDS_WAITING_MAX)]
        await asyncio.sleep(0)
        for logon in waiting:
            logon.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    assert await identity.verify("alice", "secret") is not None


async def test_logons_go_on_while_the_store_is_locked_for_writing(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    database = await opened(f"sqlite:///{path}")
    identity = Identity(database, CHEAP)
    await identity.ensure_user("alice", "secret", Role.TRADER)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    begin = perf_counter()
    with pytest.raises(StoreUnavailable):
        await identity.ensure_user("bob", "secret", Role.TRADER)
    assert perf_counter() - begin < QUERY_SECONDS * 2
    assert await identity.verify("alice", "secret") is not None
    holder.close()
    await identity.close()
    await database.close()


async def test_a_store_that_does_not_answer_at_all_is_unavailable() -> None:
    ended = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        ended.set()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    database = Database(f"postgresql://fixpit:secret@127.0.0.1:{port}/store?ssl=disable")
    identity = Identity(database, CHEAP)
    begin = perf_counter()
    with pytest.raises(StoreUnavailable) as raised:
        await identity.verify("alice", "password")
    assert perf_counter() - begin < QUERY_SECONDS * 2
    assert "secret" not in str(raised.value) and str(port) in str(raised.value)
    await identity.close()
    await database.close()
    await ended.wait()
    server.close()


async def test_fix_sessions_are_kept_as_described(identity: Identity) -> None:
    await identity.ensure_user("alice", "secret", Role.TRADER)
    assert await identity.fix_session("ALICE") is None
    for described in (
        FixSession("ALICE", "FIX.4.4", "alice", True),
        FixSession("ALICE", "FIX.4.4", "alice", True),
        FixSession("ALICE", "FIX.4.2", None, False),
        FixSession("TW44", "FIX.4.4", None, True),
    ):
        comp_id, enabled = described.comp_id, described.enabled
        ensured = await identity.ensure_fix_session(comp_id, described.version, described.username, enabled=enabled)
        assert ensured == described
        assert await identity.fix_session(comp_id) == described
    assert await identity.fix_session("ALICE\0") is None


async def test_a_fix_session_of_nobody_is_refused(identity: Identity) -> None:
    with pytest.raises(ValueError, match="FIX session ALICE belongs to user alice, who does not exist"):
        await identity.ensure_fix_session("ALICE", "FIX.4.4", "alice")
    assert await identity.fix_session("ALICE") is None


async def test_two_processes_may_ensure_the_same_user(store_url: str) -> None:
    databases = [await opened(store_url) for _ in range(2)]
    identities = [Identity(database, CHEAP) for database in databases]
    both = await asyncio.gather(*(identity.ensure_user("alice", "secret", Role.TRADER) for identity in identities))
    assert both[0] == both[1]
    for identity in identities:
        await identity.close()
    for database in databases:
        await database.close()


async def test_a_user_written_by_hand_with_no_hash_is_nobody(identity: Identity, database: Database) -> None:
    by_hand = {"username": "eve", "password_hash": "eve", "role": "trader", "created_at": 0}
    async with database.writing() as connection:
        await connection.execute(insert(users).values(by_hand))
    assert await identity.verify("eve", "eve") is None


async def test_a_first_password_never_replaces_another(identity: Identity, database: Database) -> None:
    await identity.seed_user("alice", "first", Role.TRADER)
    await identity.seed_user("alice", "other", Role.OPERATOR)
    assert await identity.verify("alice", "first") == User(1, "alice", Role.TRADER)
    assert await identity.verify("alice", "first") is not None
    assert await identity.verify("alice", "other") is None


async def test_a_password_is_changed_by_who_knows_it(identity: Identity) -> None:
    await identity.seed_user("alice", "first", Role.OPERATOR)
    assert not await identity.change_password("alice", "guess", "second")
    assert not await identity.change_password("nobody", "first", "second")
    assert await identity.change_password("alice", "first", "second")
    assert await identity.verify("alice", "first") is None
    assert await identity.verify("alice", "second") == User(1, "alice", Role.OPERATOR)
    await identity.seed_user("alice", "first", Role.OPERATOR)
    assert await identity.verify("alice", "first") is None
    for new in ("", "x" * 1_025):
        with pytest.raises(ValueError, match="password of alice must have 1 to 1024 characters"):
            await identity.change_password("alice", "second", new)
