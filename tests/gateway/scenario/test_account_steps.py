"""Steps about money and shares, against an exchange of their own: what they do, and how they fail."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from gateway.scenario.loading import load_scenario
from gateway.scenario.report import console_lines
from gateway.scenario.results import ScenarioResult
from gateway.scenario.runner import run_scenario
from gateway.scenario.venue import venue_configuration
from gateway.scenario.vocabulary import Vocabulary

HEAD = """\
scenario: accounts
vars: {wire: 250.5}
clock: {mode: virtual, start: "2026-03-02T09:00:00-05:00"}
instruments: [{symbol: ACME, reference_price: 10.00, settlement_days: 2, short_restriction_basis_points: 1000}]
accounts:
  - id: ALICE
    opening: {cash: {USD: 1000}, shares: {"*": 5}}
    fees: {taker_basis_points: 10, minimum: 1}
  - {id: BOB, firm: DESK}
participants:
  alice: {comp_id: ALICE}
  bob: {comp_id: BOB}
steps:
"""

Play = Callable[[str], Awaitable[ScenarioResult]]


@pytest.fixture
def play(tmp_path: Path, vocabulary: Vocabulary) -> Play:
    async def play_steps(steps: str) -> ScenarioResult:
        path = tmp_path / "accounts.yaml"
        path.write_text(HEAD + steps)
        return await run_scenario(load_scenario(path, vocabulary), vocabulary)

    return play_steps


def shown(result: ScenarioResult) -> str:
    return "\n".join(console_lines(result))


async def test_money_and_shares_move_and_are_looked_at(play: Play) -> None:
    result = await play("""\
  - logon: [alice, bob]
  - deposit: {account: ALICE, asset: USD, amount: "${wire}", reference: wire 1}
  - withdraw: {account: ALICE, asset: USD, amount: 0.5, reason: coffee}
  - assert: {account: {id: ALICE, available: {USD: 1250, ACME: 5}, settled: {USD: 1250.00}, cost: {ACME: 50}}}
  - holdings: {account: BOB, shares: {ACME: {quantity: 10, price: 9}}, reason: count}
  - assert: {account: {id: BOB, position: {ACME: 10}, cost: {ACME: 90}, available: {USD: 0}}}
  - sell_short: {from: bob, id: s, symbol: ACME, qty: 30, price: 10.00}
  - expect: {on: bob, msg: ExecutionReport, fields: {ClOrdID: s, Side: Sell short, ExecType: New}}
  - buy: {from: alice, id: b, symbol: ACME, qty: 30, price: 10.00}
  - expect: {on: alice, msg: ExecutionReport, fields: {ClOrdID: b, ExecType: Trade}}
  - assert:
      account:
        id: ALICE
        traded: {USD: 949, ACME: 35}
        settled: {USD: 1249, ACME: 5}
        unsettled: {USD: 300, ACME: -30}
        fees: {USD: 1}
        position: {ACME: 35}
        cost: {ACME: 350}
expect:
  - account: {id: BOB, short: {ACME: -20}, position: {ACME: -20}, realised: {ACME: 10}, collateral: {USD: 0}}
""")

    assert result.has_passed, shown(result)


@pytest.mark.parametrize(
    ("step", "text"),
    [
        ("withdraw: {account: ALICE, asset: USD, amount: 1001}", "1001 USD is more than may leave ALICE"),
        ("deposit: {account: ALICE, asset: GBP, amount: 1}", "GBP is neither a listed instrument nor the currency"),
        (
            "assert: {account: {id: ALICE, available: {USD: 999, ACME: 5}, position: {ACME: 6}}}",
            "account ALICE is not as expected:",
        ),
        ("assert: {account: {id: ALICE, available: {USD: 999}}}", "available USD         expected 999, is 1000"),
    ],
)
async def test_a_step_that_fails_says_why(play: Play, step: str, text: str) -> None:
    result = await play(f"  - {step}\n")

    assert not result.has_passed
    assert text in shown(result)


def test_an_account_s_words_are_those_of_the_settings(tmp_path: Path, vocabulary: Vocabulary) -> None:
    path = tmp_path / "words.yaml"
    path.write_text(
        HEAD.removesuffix("steps:\n")
        + "limits: [{firm: DESK, loss_limit: 500}]\n"
        + 'clearing: {partial_settlement: true, buy_in_after_days: 2, closed: ["2026-03-03"]}\n'
    )

    configuration = venue_configuration(load_scenario(path, vocabulary))

    assert configuration["accounts"] == [
        {
            "name": "ALICE",
            "id": "ALICE",
            "fees": {"taker_basis_points": 10, "minimum": 1},
            "opening": {"cash": {"USD": 1000}, "shares": {"*": 5}},
        },
        {"name": "BOB", "id": "BOB", "firm": "DESK"},
    ]
    assert configuration["limits"] == [{"firm": "DESK", "loss_limit": 500}]
    assert configuration["clearing"] == {
        "partial_settlement": True,
        "buy_in_after_days": 2,
        "closed": ["2026-03-03"],
    }
