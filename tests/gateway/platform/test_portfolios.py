"""Portfolios: opened with what new ones get, seen by whom they concern, and complete after a crash."""

from __future__ import annotations

import asyncio

import pytest

from exchange.postings import Bucket
from exchange.store.identity import Role, User
from exchange.store.portfolios import PortfolioStore
from gateway.http.callers import Caller
from gateway.http.problems import Problem
from gateway.platform.portfolios import NewPortfolios
from gateway.platform.seeding import Seeding
from gateway.settings.users import UserEntry
from tests.gateway.platform.conftest import OPENING, Parts


def caller(user: User) -> Caller:
    return Caller(user.user_id, user.username, user.role, user.firm, "token")


async def test_a_new_portfolio_is_a_funded_account_with_the_opening_cash(parts: Parts) -> None:
    alice = await parts.user("alice", firm="DESK")
    portfolio, event = await parts.portfolios().open(alice.user_id, "alice", "My own")
    assert (portfolio.account_id, portfolio.name, portfolio.username) == ("ALICE-1", "My own", "alice")
    account = parts.venue.accounts["ALICE-1"]
    assert (account.name, account.firm, account.user, account.is_cleared) == ("My own", "DESK", "alice", True)
    assert parts.venue.clearing.ledger.balance("ALICE-1", "USD", Bucket.AVAILABLE) == OPENING
    assert event == parts.venue.last_event


async def test_an_account_that_is_there_is_nobody_s_new_portfolio(parts: Parts) -> None:
    alice = await parts.user("alice")
    parts.open_account("ALICE-1")
    portfolios = parts.portfolios()
    opened = [(await portfolios.open(alice.user_id, "alice", ""))[0].account_id for _ in range(2)]
    assert opened == ["ALICE-2", "ALICE-3"]


async def test_a_user_has_so_many_portfolios_and_no_more_even_at_once(parts: Parts) -> None:
    alice = await parts.user("alice")
    portfolios = parts.portfolios()
    answers = await asyncio.gather(
        *(portfolios.open(alice.user_id, "alice", "") for _ in range(6)), return_exceptions=True
    )
    refused = [answer for answer in answers if isinstance(answer, Problem)]
    assert len(refused) == 3
    assert (refused[0].status, refused[0].name) == (409, "TOO_MANY_PORTFOLIOS")
    assert portfolios.accounts_of(alice.user_id) == ("ALICE-1", "ALICE-2", "ALICE-3")


async def test_who_sees_and_trades_what(parts: Parts) -> None:
    alice, bob = await parts.user("alice", firm="DESK"), await parts.user("bob")
    broker, idle = await parts.user("broker", Role.BROKER, "DESK"), await parts.user("idle", Role.BROKER)
    operator, auditor = await parts.user("operator", Role.OPERATOR), await parts.user("auditor", Role.AUDITOR)
    portfolios = parts.portfolios()
    a, _ = await portfolios.open(alice.user_id, "alice", "")
    b, _ = await portfolios.open(bob.user_id, "bob", "")
    seen = {user.username: portfolios.seen_by(caller(user)) for user in (alice, bob, broker, idle, operator, auditor)}
    assert seen == {"alice": [a], "bob": [b], "broker": [a], "idle": [], "operator": [a, b], "auditor": [a, b]}
    for user in (alice, bob, broker, idle, operator, auditor):
        for one in (a, b):
            is_seen = one in seen[user.username]
            assert (portfolios.find(caller(user), one.portfolio_id) == one) is is_seen
            assert portfolios.may_trade(caller(user), one) is (is_seen and user is not auditor)
    assert portfolios.find(caller(operator), 99) is None
    assert portfolios.of_account("ALICE-1") == a
    assert portfolios.of_account("NOBODY") is None


async def test_an_account_that_a_crash_has_left_out_is_opened_at_the_next_start(parts: Parts) -> None:
    alice = await parts.user("alice", firm="DESK")
    await PortfolioStore(parts.database).add(alice.user_id, "ALICE-1", "Main")
    for _ in range(2):
        portfolios = parts.portfolios()
        await portfolios.load()
        assert portfolios.accounts_of(alice.user_id) == ("ALICE-1",)
        assert parts.venue.accounts["ALICE-1"].firm == "DESK"
        assert parts.venue.clearing.ledger.balance("ALICE-1", "USD", Bucket.AVAILABLE) == OPENING


async def test_a_portfolio_without_opening_cash_has_none(parts: Parts) -> None:
    alice = await parts.user("alice")
    await parts.portfolios(NewPortfolios()).open(alice.user_id, "alice", "")
    assert parts.venue.clearing.ledger.balance("ALICE-1", "USD", Bucket.AVAILABLE) == 0


def entry(username: str, *accounts: str, password: str | None = "first", role: str = "trader") -> UserEntry:
    given = {"username": username, "portfolios": accounts, "password": password, "role": role}
    return UserEntry.model_validate(given)


async def seeded(parts: Parts, *entries: UserEntry) -> dict[str, str]:
    """Enters these users as a start does; passwords that were made."""
    for account in ("A", "B"):
        if account not in parts.venue.accounts:
            parts.open_account(account)
    portfolios = parts.portfolios()
    await portfolios.load()
    seeding = Seeding(parts.identity, portfolios)
    await seeding.enter(entries, {"fixer": "of the session"})
    return seeding.first_passwords


async def accounts_of(parts: Parts, username: str) -> list[str]:
    return [one.account_id for one in await PortfolioStore(parts.database).all() if one.username == username]


async def test_users_of_the_settings_enter_once_with_their_accounts(parts: Parts) -> None:
    for _ in range(2):
        await seeded(parts, entry("alice", "A"), entry("boss", role="operator"), entry("fixer", "B", password=None))
    roles = {}
    for name, password in (("alice", "first"), ("boss", "first"), ("fixer", "of the session")):
        user = await parts.identity.verify(name, password)
        roles[name] = None if user is None else user.role
    assert roles == {"alice": Role.TRADER, "boss": Role.OPERATOR, "fixer": Role.TRADER}
    assert (await accounts_of(parts, "alice"), await accounts_of(parts, "fixer")) == (["A"], ["B"])


async def test_a_password_is_made_once_for_who_has_none(parts: Parts) -> None:
    made = await seeded(parts, entry("carol", "A", password=None))
    assert await parts.identity.verify("carol", made["carol"]) is not None
    assert await seeded(parts, entry("carol", "A", password=None)) == {}
    assert await accounts_of(parts, "carol") == ["A"]


async def test_a_stranger_who_had_the_name_before_gets_neither_role_nor_account(parts: Parts) -> None:
    await parts.identity.add_user("dave", "a stranger's", Role.TRADER)
    for password in ("first", None):
        await seeded(parts, entry("dave", "A", password=password, role="operator"))
    stranger = await parts.identity.verify("dave", "a stranger's")
    assert stranger is not None
    assert stranger.role is Role.TRADER
    assert await accounts_of(parts, "dave") == []
    await seeded(parts, entry("dave", "A", password="a stranger's"))
    assert await accounts_of(parts, "dave") == ["A"]


async def test_an_account_stays_with_its_first_user(parts: Parts) -> None:
    await seeded(parts, entry("alice", "A"))
    await seeded(parts, entry("bob", "A", "B"))
    assert (await accounts_of(parts, "alice"), await accounts_of(parts, "bob")) == (["A"], ["B"])


@pytest.mark.parametrize("password", ["short", "x" * 129])
async def test_a_password_that_cannot_be_is_told(parts: Parts, password: str) -> None:
    users = parts.users(parts.access(), parts.portfolios())
    with pytest.raises(Problem, match="must have 8 to 128 characters"):
        await users.register("alice", password, None, "10.0.0.1")
    with pytest.raises(Problem, match="must be 2 to 32 lower-case letters"):
        await users.make("~alice", "long enough", Role.TRADER, None, "", "operator")
