"""The commands about accounts and users, against an exchange that runs: what they do, show and refuse."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.cli.account import BUCKETS
from tests.gateway.exchange_process import RunningExchange, running_exchange

SETTINGS = """\
fix: {port: 0}
http: {port: 0}
mqtt: {enabled: false}
accounts:
  - {id: ALICE, name: Alice, firm: DESK, opening: {cash: {USD: 1000.5}, shares: {ACME: 20}}}
  - {id: ELSEWHERE, cleared: false}
instruments: [{symbol: ACME, reference_price: 10}]
"""


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningExchange]:
    with running_exchange(tmp_path_factory.mktemp("account"), settings=SETTINGS) as exchange:
        yield exchange


def fixpit(exchange: RunningExchange, *arguments: object, **given: str) -> Result:
    words = [*map(str, arguments), "--data", str(exchange.data)]
    return CliRunner().invoke(main, words, **given)  # type: ignore[arg-type]  # input is text


def shown(exchange: RunningExchange, *arguments: object) -> dict[str, Any]:
    result = fixpit(exchange, *arguments, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def cash(exchange: RunningExchange) -> str:
    balances = shown(exchange, "account", "show", "ALICE")["balances"]
    return next(str(one["available"]) for one in balances if one["asset"] == "USD")


def test_an_account_shows_what_it_began_with(exchange: RunningExchange) -> None:
    result = fixpit(exchange, "account", "show", "ALICE")

    name, head, money, _, _, position = [line.split() for line in result.stdout.splitlines()][:6]
    assert name == ["ALICE,", "Alice,", "firm", "DESK"]
    assert head == ["asset", *BUCKETS]
    assert (money[:2], money[-2:]) == (["USD", "1000.5"], ["1000.5", "1000.5"])
    assert position == ["ACME", "20", "200", "0"]


def test_money_comes_and_goes_once_for_its_reference(exchange: RunningExchange) -> None:
    before = float(cash(exchange))
    deposit = ("account", "deposit", "ALICE", "USD", "100.25", "--reference", "wire 1", "--reason", "wire of today")

    done, again = fixpit(exchange, *deposit), fixpit(exchange, *deposit)
    withdrawn = fixpit(exchange, "account", "withdraw", "ALICE", "USD", "0.25")

    assert done.stdout == "done (wire 1): 1 posted\n"
    assert (again.exit_code, "wire 1 was posted before" in again.stderr) == (1, True)
    assert withdrawn.exit_code == 0
    assert float(cash(exchange)) == before + 100
    lines = [json.loads(line) for line in (exchange.data / "audit.log").read_text().splitlines()]
    assert [(one["action"], one["outcome"]) for one in lines[-3:]] == [
        ("deposit", "done"),
        ("deposit", "refused: reference wire 1 was posted before"),
        ("withdraw", "done"),
    ]


def test_positions_are_set_to_what_they_shall_be(exchange: RunningExchange) -> None:
    outcome = shown(exchange, "account", "set", "ALICE", "ACME", 50, "--price", "9.5", "--reference", "count")

    assert (outcome["reference"], outcome["events"]) == ("count", {"posted": 1, "position": 1})
    assert shown(exchange, "account", "show", "ALICE")["positions"] == [
        {"symbol": "ACME", "quantity": 50, "cost": "475", "realised": "0"}
    ]


def test_what_is_still_to_settle(exchange: RunningExchange) -> None:
    assert shown(exchange, "settlement", "show")["due"] == []
    assert "0 still to settle" in fixpit(exchange, "settlement", "show").stdout


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (("account", "show", "NOBODY"), 1, "No account is called NOBODY."),
        (("account", "deposit", "NOBODY", "USD", 1), 1, "NOBODY is not open"),
        (("account", "deposit", "ELSEWHERE", "USD", 1), 1, "ELSEWHERE is cleared elsewhere"),
        (("account", "deposit", "ALICE", "GBP", 1), 1, "GBP is neither a listed instrument nor the currency of one"),
        (("account", "deposit", "ALICE", "USD", "0.0000001"), 1, "amount 0.0000001 is not a decimal number of at most"),
        (("account", "deposit", "ALICE", "ACME", "1.5"), 1, "amount 1.5 is not a whole number of shares"),
        (("account", "deposit", "ALICE", "ACME", "9" * 30), 1, "is not a whole number of shares of at most 18 digits"),
        (("account", "withdraw", "ALICE", "USD", "999999"), 1, "999999 USD is more than may leave ALICE"),
        (("account", "set", "ALICE", "NOPE", 1), 1, "NOPE is not listed"),
        (("account", "set", "ALICE", "ACME", 1, "--price", "1.005"), 1, "at most 2 digits behind the point"),
        (("account", "statement", "ALICE", "2026-03-02"), 1, "ALICE is nobody's portfolio"),
        (("stop-loss", "ALICE", "ACME"), 2, "a stop has --price PRICE or --distance-basis-points N"),
        (("corporate-action", "split", "ACME", "2", "--ex-date", "2026-03-06"), 2, 'ratio "2" is not new shares'),
        (("limits", "set", "account", "ALICE"), 2, "limits set needs a limit"),
        (("settlement", "rules"), 2, "settlement rules needs"),
        (("user", "change", "ann"), 2, "user change needs"),
        (("user", "disable", "nobody"), 1, "no user is called nobody"),
    ],
)
def test_a_refusal_says_why(exchange: RunningExchange, words: tuple[object, ...], code: int, text: str) -> None:
    result = fixpit(exchange, *words)

    assert (result.exit_code, text in result.stderr) == (code, True), result.output


def test_limits_are_changed_one_by_one_and_taken_away(exchange: RunningExchange) -> None:
    made = fixpit(exchange, "limits", "set", "account", "ALICE", "--funded", "--max-order-value", "5000.5")
    changed = shown(exchange, "limits", "set", "account", "ALICE", "--shorting", "located", "--max-order-value", 0)

    assert made.stdout == "done: 1 limits-set\n"
    assert changed["events"] == {"limits-set": 1}
    [limits] = shown(exchange, "account", "show", "ALICE")["limits"]
    assert (limits["funded"], limits["max_order_value"], limits["shorting"]) == (True, "0", "located")
    assert [line.split() for line in fixpit(exchange, "limits", "show").stdout.splitlines()] == [
        ["of", "name", "symbol", "limit", "value"],
        ["account", "ALICE", "—", "funded", "yes"],
        ["account", "ALICE", "—", "shorting", "located"],
        ["account", "ALICE", "—", "short-margin-basis-points", "5000"],
    ]
    text = "limits of account ALICE: funded yes, shorting located, short-margin-basis-points 5000"
    assert text in fixpit(exchange, "account", "show", "ALICE").stdout
    fixpit(exchange, "limits", "set", "instrument", "ACME", "--max-order-quantity", 5000)
    assert fixpit(exchange, "limits", "show").stdout.splitlines()[-1].split()[-2:] == ["max-order-quantity", "5000"]
    assert fixpit(exchange, "limits", "remove", "account", "ALICE").exit_code == 0
    assert fixpit(exchange, "limits", "remove", "instrument", "ACME").exit_code == 0
    assert shown(exchange, "limits", "show") == {"limits": []}


def test_a_stop_is_set_for_a_position(exchange: RunningExchange) -> None:
    fixpit(exchange, "account", "deposit", "ALICE", "ACME", 10)
    made = fixpit(exchange, "stop-loss", "ALICE", "ACME", "--distance-basis-points", 500, "--trailing")
    gone = fixpit(exchange, "stop-loss", "ALICE", "ACME", "--remove")

    assert (made.stdout, gone.stdout) == ("done: 1 stop-loss-set\n", "done: 1 stop-loss-set\n")


def test_companies_actions_are_announced_once(exchange: RunningExchange) -> None:
    split = ("corporate-action", "split", "ACME", "2:1", "--ex-date", "2199-03-06", "--id", "split 1")
    dividend = ("corporate-action", "dividend", "ACME", "0.25", "--ex-date", "2199-03-06")

    done, again = fixpit(exchange, *split), fixpit(exchange, *split)

    assert done.stdout == "done (split 1): 1 action-announced\n"
    assert (again.exit_code, "split 1" in again.stderr) == (1, True)
    assert fixpit(exchange, *dividend).exit_code == 0
    assert fixpit(exchange, "corporate-action", "rename", "ACME", "ACMX", "--ex-date", "2199-03-09").exit_code == 0


def test_the_clearing_house_s_rules_are_changed_one_by_one(exchange: RunningExchange) -> None:
    fixpit(exchange, "settlement", "rules", "--partial")
    fixpit(exchange, "settlement", "rules", "--buy-in-after-days", 3)

    found = shown(exchange, "settlement", "show")
    assert (found["partial_settlement"], found["buy_in_after_days"]) == (True, 3)
    assert found["days"][""] > 20_250_000
    assert "parts are taken; bought in: after 3 failed days" in fixpit(exchange, "settlement", "show").stdout


def test_users_are_made_changed_and_shut_out(exchange: RunningExchange) -> None:
    typed = "correct horse battery\n" * 2
    made = fixpit(exchange, "user", "create", "ann", "--role", "broker", "--firm", "DESK", input=typed)
    changed = fixpit(exchange, "user", "change", "ann", "--role", "auditor", "--email", "ann@desk.example")
    disabled = fixpit(exchange, "user", "disable", "ann")

    assert made.stdout.splitlines()[-1].endswith("broker of DESK, enabled")
    assert changed.stdout.splitlines()[-1].endswith("auditor of DESK, enabled")
    assert disabled.stdout.splitlines()[-1].endswith("auditor of DESK, shut out")
    head, row = [line.split() for line in fixpit(exchange, "user", "list").stdout.splitlines()]
    assert head == ["id", "username", "role", "firm", "email", "enabled"]
    assert row[1:] == ["ann", "auditor", "DESK", "ann@desk.example", "no"]
    assert fixpit(exchange, "user", "enable", "ann").exit_code == 0
    assert [user["is_enabled"] for user in shown(exchange, "user", "list")["users"]] == [True]


def test_a_restart_gives_nothing_a_second_time(tmp_path: Path) -> None:
    for _ in range(2):
        with running_exchange(tmp_path, "--no-flow", settings=SETTINGS) as exchange:
            assert cash(exchange) == "1000.5"
            (tmp_path / "stdout").write_text("")
            exchange.stop()
