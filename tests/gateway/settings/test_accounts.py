"""Settings of users, accounts, limits and clearing: what they become for the core, and what is refused where."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from exchange.commands import SetRiskLimits, Transfer
from exchange.postings import TransferKind
from exchange.reference.clearing_rules import ClearingRules, FeeSchedule
from exchange.reference.limits import LimitScope, RiskLimits, Shorting
from exchange.reference.money import MONEY_UNIT
from gateway.settings import Settings, load_settings
from gateway.yaml_documents.document import YamlMistakes

ACME = "instruments: [{symbol: ACME, reference_price: 10}, {symbol: BOLT, reference_price: 0.5, currency: EUR}]\n"
DAY = "phases: [{at: 09:00, phase: continuous}, {at: 17:30, phase: closed}]"

Load = Callable[[str], Settings]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def load_text(text: str) -> Settings:
        path = tmp_path / "x.yaml"
        path.write_text(text)
        return load_settings(str(path), {}, {})

    return load_text


def test_fees_are_rates_of_the_amount_and_of_shares(load: Load) -> None:
    [account] = load(
        "accounts: [{id: A, fees: {maker_basis_points: -0.25, taker_basis_points: 2.5, taker_per_share: 0.005, "
        "minimum: 1, maximum: 99.5}}]"
    ).open_accounts

    assert account.fees == FeeSchedule(-25, 250, 0, 5_000, MONEY_UNIT, 99_500_000)
    assert load("accounts: [{id: A, fees: {maker_basis_points: 0}}]").open_accounts[0].fees is None


def test_an_account_belongs_to_the_user_whose_portfolio_it_is(load: Load) -> None:
    settings = load("users: [{username: ann, portfolios: [A2]}]\naccounts: [{ids: A1..A3}]")

    assert [account.user for account in settings.open_accounts] == ["", "ann", ""]


def test_an_account_begins_with_cash_and_shares_at_their_reference_price(load: Load) -> None:
    settings = load(f"{ACME}accounts: [{{id: A, opening: {{cash: {{USD: 1000.5}}, shares: {{'*': 10, BOLT: 4}}}}}}]")

    assert list(settings.openings(settings.listed_instruments)) == [
        Transfer("A", TransferKind.OPENING, "USD", 1_000_500_000, "opening A USD"),
        Transfer("A", TransferKind.OPENING, "ACME", 10, "opening A ACME", 100 * MONEY_UNIT),
        Transfer("A", TransferKind.OPENING, "BOLT", 4, "opening A BOLT", 2 * MONEY_UNIT),
    ]


def test_limits_are_those_of_accounts_and_then_of_the_others(load: Load) -> None:
    settings = load(
        f"{ACME}users: [{{username: ann, portfolios: [A]}}]\n"
        "accounts: [{id: A, firm: F, limits: {funded: true, credit_limit: 5, shorting: located}}, {id: B}]\n"
        "limits: [{firm: F, loss_limit: 100}, {user: ann, symbol: ACME, position_limit: 7},\n"
        "  {instrument: ACME, max_order_quantity: 3}, {account: B, symbol: BOLT, max_order_value: 0.000001}]"
    )

    assert settings.risk_limits == (
        SetRiskLimits(
            LimitScope.ACCOUNT,
            "A",
            RiskLimits(is_funded=True, credit_limit=5 * MONEY_UNIT, shorting=Shorting.LOCATED),
        ),
        SetRiskLimits(LimitScope.FIRM, "F", RiskLimits(loss_limit=100 * MONEY_UNIT)),
        SetRiskLimits(LimitScope.USER, "ann", RiskLimits(position_limit=7), "ACME"),
        SetRiskLimits(LimitScope.INSTRUMENT, "ACME", RiskLimits(max_order_quantity=3)),
        SetRiskLimits(LimitScope.ACCOUNT, "B", RiskLimits(max_order_value=1), "BOLT"),
    )


def test_the_clearing_house_s_rules(load: Load) -> None:
    settings = load("clearing: {partial_settlement: true, buy_in_after_days: 3}")

    assert settings.clearing.rules() == ClearingRules(settles_partially=True, buy_in_after=3)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "accounts: [{id: A, fees: {maker_basis_points: 0.001}}]",
            'maker_basis_points: "0.001" is not a rate of up to 10000 basis points, in steps of 0.01, such as 2.5',
        ),
        (
            "accounts: [{id: A, fees: {minimum: 2, maximum: 1}}]",
            "1:36: accounts[0].fees.minimum: 2 is above fees.maximum 1",
        ),
        (
            "accounts: [{id: A, fees: {maker_per_share: 1001}}]",
            'maker_per_share: "1001" is not up to 1000 for a share, with up to 6 digits',
        ),
        (
            "accounts: [{id: A, limits: {credit_limit: -1}}]",
            'credit_limit: "-1" is not an amount from 0 to 100000000000 with up to 6 digits',
        ),
        (
            "accounts: [{id: A, opening: {cash: {GBP: 1}}}]",
            "1:42: accounts[0].opening.cash.GBP: no instrument is traded in GBP",
        ),
        (
            "accounts: [{id: A, opening: {shares: {ACNE: 1}}}]",
            'accounts[0].opening.shares.ACNE: unknown symbol "ACNE", did you mean "ACME"?',
        ),
        (
            "accounts: [{id: A, opening: {shares: {'*': 100000000000}}}]",
            "shares.*: 100000000000 of ACME at its reference price are 1000000000000; at most 100000000000 are taken",
        ),
        (
            "accounts: [{id: A, cleared: false, limits: {funded: true}}]",
            "1:44: accounts[0].limits: needs the account's",
        ),
        ("users: [{username: a, portfolios: [A]}]", '1:36: users[0].portfolios[0]: unknown account "A"'),
        ("users: [{username: a}, {username: a}]", '1:24: users[1]: user "a" stands already in users[0]'),
        ("users: [{username: a, email: nobody}]", 'email: "nobody" is not an address such as alice@example.com'),
        ("users: [{username: a, role: broker}]", "1:9: users[0]: broker a needs the firm whose accounts are theirs"),
        (
            "users: [{username: a, portfolios: [A]}, {username: b, portfolios: [A]}]\naccounts: [{id: A}]",
            "1:68: users[1].portfolios[0]: account A is a portfolio of a already; it has one user",
        ),
        (
            "users: [{username: a, portfolios: [A]}]\naccounts: [{id: A, cleared: false}]",
            "1:36: users[0].portfolios[0]: account A has cleared: false",
        ),
        ("limits: [{loss_limit: 1}]", "limits are of one firm, user, instrument or account, not of nobody"),
        ("limits: [{firm: F, user: u}]", "limits are of one firm, user, instrument or account, not of firm and user"),
        ("limits: [{account: A}]", "limits of an account alone stand in accounts[].limits"),
        ("limits: [{firm: F}]", '1:17: limits[0].firm: unknown firm "F"'),
        (
            "limits: [{instrument: ACME}, {instrument: ACME}]",
            "1:30: limits[1]: limits of instrument ACME stand already in limits[0]",
        ),
        ("limits: [{instrument: ACME, funded: true}]", "limits[0].funded: only an account is funded, not instrument"),
        (
            "limits: [{instrument: ACME, loss_limit: 5}]",
            "limits[0].loss_limit: is of all instruments together, not of ACME alone",
        ),
        ("clearing: {calendar: XNYZ}", '1:22: clearing.calendar: no calendar is called "XNYZ"'),
        (
            f"clearing: {{settlement_time: '09:30'}}\nmarkets: [{{name: US, {DAY}}}]",
            "1:29: clearing.settlement_time: 09:30 is after 09:00, when the day of market US begins",
        ),
    ],
)
def test_a_mistake_says_where_it_is_and_what_would_be_right(load: Load, text: str, sentence: str) -> None:
    with pytest.raises(YamlMistakes) as refused:
        load(f"{text}\n{ACME}")

    assert sentence in str(refused.value)


def test_balances_to_begin_with_have_a_limit(load: Load) -> None:
    with pytest.raises(YamlMistakes) as refused:
        load(
            "instruments: [{symbols: S0000..S9999, reference_price: 1}]\n"
            "accounts: [{ids: A00..A99, opening: {shares: {'*': 1}}}]"
        )

    assert "2:11: accounts: they begin with 1000000 balances altogether; at most 200000" in str(refused.value)
