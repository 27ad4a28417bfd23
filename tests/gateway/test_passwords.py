"""Passwords of FIX users: from the settings, from the store, and from a store that does not answer."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from gateway.fix.credentials import PasswordsUnavailable
from gateway.listening import PortTaken, listening_socket
from gateway.passwords import ListedPasswords, StoredPasswords, build_passwords
from gateway.platform.membership import build_membership
from gateway.settings import Settings, load_settings

SETTINGS = """
fix:
  session_defaults: { accounts: [ACC] }
  sessions:
    - { comp_id: ALICE, username: alice, password: "right" }
    - { comp_id: BOB }
accounts: [{ id: ACC, name: A }]
"""


def settings_of(folder: Path, *, store: bool) -> Settings:
    path = folder / "settings.yaml"
    path.write_text(SETTINGS + f"store: {{ enabled: {str(store).lower()} }}\nflow: {{ enabled: false }}\n")
    return load_settings(str(path), {"data": str(folder)}, {})


@pytest.mark.parametrize(("store", "kind"), [(True, StoredPasswords), (False, ListedPasswords)])
async def test_only_the_right_password_of_a_known_user_is_right(tmp_path: Path, store: bool, kind: type) -> None:
    settings = settings_of(tmp_path, store=store)
    async with AsyncExitStack() as stack:
        membership = build_membership(settings, stack)
        if membership is not None:
            await membership.open()
        passwords = build_passwords(membership)
        assert type(passwords) is kind
        await passwords.open(settings.fix_sessions)
        assert await passwords.check("alice", "right")
        for username, password in (("alice", "wrong"), ("alice", ""), ("bob", "right"), ("", ""), ("nobody", "right")):
            assert not await passwords.check(username, password)


async def test_a_store_that_does_not_answer_lets_nobody_in(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, store=True)
    async with AsyncExitStack() as stack:
        membership = build_membership(settings, stack)
        assert membership is not None
        await membership.open()
        passwords = build_passwords(membership)
        await passwords.open(settings.fix_sessions)
        (tmp_path / "store.sqlite").unlink()
        (tmp_path / "store.sqlite").mkdir()
        for left in tmp_path.glob("store.sqlite-*"):
            left.unlink()
        assert isinstance(passwords, StoredPasswords)
        await membership.database.close()
        with pytest.raises(PasswordsUnavailable, match="store"):
            await passwords.check("alice", "right")


async def test_a_password_that_is_changed_by_fix_ends_all_logins(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, store=True)
    async with AsyncExitStack() as stack:
        membership = build_membership(settings, stack)
        assert membership is not None
        await membership.open()
        passwords = build_passwords(membership)
        await passwords.open(settings.fix_sessions)
        access = membership.access(settings, "operator's")
        alice = await membership.identity.user("alice")
        assert alice is not None
        token, _ = await access.begin_login(alice, "127.0.0.1", "")
        assert await access.find(token, "token", "127.0.0.1") is not None
        assert not await passwords.change("alice", "wrong", "new")
        assert await access.find(token, "token", "127.0.0.1") is not None
        assert await passwords.change("alice", "right", "new")
        assert await access.find(token, "token", "127.0.0.1") is None


def test_an_address_of_another_machine_is_named() -> None:
    with pytest.raises(PortTaken, match=r"FIX cannot listen on not\.an\.address\.invalid: .*set fix\.host"):
        listening_socket("fix", "not.an.address.invalid", 0, backlog=1)
