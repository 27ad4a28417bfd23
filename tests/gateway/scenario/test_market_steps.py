"""Steps about the venue's day and its clock, against an exchange of their own: what they do, and how they fail."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from gateway.cli import main
from gateway.fix.dictionary import load as load_dictionary
from gateway.scenario.loading import load_scenario
from gateway.scenario.report import console_lines, json_report
from gateway.scenario.results import ScenarioResult
from gateway.scenario.runner import run_scenario
from gateway.scenario.venue import VenueAddress, venue_configuration
from gateway.scenario.vocabulary import Vocabulary
from gateway.settings import load_settings
from tests.gateway.exchange_process import SETTINGS, running_exchange

HEAD = """\
scenario: market
clock: {mode: virtual, start: "2026-03-02T09:00:00-05:00"}
market:
  time_zone: America/New_York
  phases:
    - {at: "09:30", phase: continuous}
    - {at: "16:00", phase: post-close}
    - {at: "17:00", phase: closed}
instruments: [{symbol: ACME, reference_price: 10.00}, {symbol: WIDG, reference_price: 20.00}]
participants:
  alice: {comp_id: ALICE}
  bob: {comp_id: BOB}
steps:
  - logon: [alice, bob]
"""
TRADE = """\
  - advance: {jump: open}
  - sell: {from: bob, id: s, symbol: ACME, qty: 100, price: 10.00}
  - buy: {from: alice, id: b, symbol: ACME, qty: 100, price: 10.00}
  - expect: {on: alice, msg: ExecutionReport, fields: {ExecType: Trade}, capture: {bad: ExecID}}
"""

Play = Callable[[str], Awaitable[ScenarioResult]]


@pytest.fixture
def play(tmp_path: Path, vocabulary: Vocabulary) -> Play:
    async def play_steps(steps: str) -> ScenarioResult:
        path = tmp_path / "market.yaml"
        path.write_text(HEAD + steps)
        return await run_scenario(load_scenario(path, vocabulary), vocabulary)

    return play_steps


def shown(result: ScenarioResult) -> str:
    return "\n".join(console_lines(result))


async def test_operators_steps_do_what_they_say(play: Play) -> None:
    result = await play(
        TRADE
        + """\
  - correct: {exec_id: "${bad}", price: 9.99}
  - expect: {on: alice, msg: ExecutionReport, fields: {ExecType: Trade correct, LastPx: 9.99}}
  - bust: {exec_id: "${bad}", reason: erroneous}
  - expect: {on: bob, msg: ExecutionReport, fields: {ExecType: Trade cancel, CumQty: 0}}
  - reference_price: {symbol: ACME, price: 11}
  - buy: {from: alice, id: blocked, symbol: WIDG, qty: 1, price: 20}
  - operate: {do: block, words: {scope: account, name: ALICE, reason: limit exceeded}}
  - expect: {on: alice, msg: ExecutionReport, fields: {ClOrdID: blocked, ExecType: Canceled}}
  - phase: {symbol: WIDG, to: closing auction}
  - assert: {phase: {symbol: WIDG, is: closing auction}}
  - halt: WIDG
  - assert: {phase: {symbol: WIDG, is: halted}}
  - resume: {symbol: WIDG, via: continuous}
  - end_of_day: {}
  - assert: {phase: {is: closed}}
"""
    )
    assert result.has_passed, shown(result)


async def test_an_auction_is_held_whenever_a_step_says_so(play: Play) -> None:
    result = await play(
        """\
  - advance: {jump: open}
  - phase: {symbol: ACME, to: pre-open}
  - sell: {from: bob, id: s, symbol: ACME, qty: 100, price: 9.90}
  - buy: {from: alice, id: b, symbol: ACME, qty: 60, price: 10.10}
  - open_auction: ACME
  - expect: {on: alice, msg: ExecutionReport, fields: {ExecType: Trade, LastQty: 60}}
  - assert: {phase: {symbol: ACME, is: continuous}}
  - close_auction: {symbol: ACME, for: 5m}
  - assert: {phase: {symbol: ACME, is: post-close}}
  - assert: {phase: {symbol: WIDG, is: continuous}}
"""
    )
    assert result.has_passed, shown(result)


async def test_the_same_scenario_is_the_same_messages_byte_for_byte(play: Play, vocabulary: Vocabulary) -> None:
    steps = TRADE + "  - after: 90s\n  - at: '16:30'\n  - at: +10h\n  - expect_none: {on: bob, msg: News, for: 5s}\n"
    steps += "  - advance: 1d\n"
    first, again = await play(steps), await play(steps)

    def timeline(result: ScenarioResult) -> object:
        return json.loads(json_report([result], vocabulary))["scenarios"][0]["timeline"]

    assert first.has_passed, shown(first)
    assert timeline(first) == timeline(again)
    assert first.duration_seconds < 20


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VenueAddress]:
    """One exchange for all scenarios that end at their first step."""
    folder = tmp_path_factory.mktemp("venue")
    path = folder / "market.yaml"
    path.write_text(HEAD)
    scenario = load_scenario(path, Vocabulary.of(load_dictionary("FIX.4.4")))
    with running_exchange(folder, settings=yaml.safe_dump(venue_configuration(scenario))) as exchange:
        token = (exchange.data / "operator.token").read_text()
        yield VenueAddress(exchange.fix, exchange.http, token)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("assert: {phase: {is: paused}}", "expected is paused: ACME is "),
        ("assert: {phase: {symbol: WIDG, is: paused}}", "expected is paused: WIDG is "),
        ("assert: {auction: {symbol: ACME, quantity: 5}}", "quantity  expected 5, is none"),
        ("wait_for: {phase: {symbol: ACME, is: paused}, within: 2m}", " after 120 s"),
        ("bust: {trade_id: 7}", "trade_id 7 is not among the latest trades"),
        ("bust: {exec_id: none}", "no fill with ExecID(17) none that names its trade has come to a participant"),
        ("operate: {do: explode}", "explode is no operation; there are phase, halt"),
        ("advance: {to: '2020-01-01T00:00:00Z'}", "and time never goes back"),
        ("expect: {on: alice, msg: ExecutionReport, within: 50m}", "no message fits within 3000 s"),
        ("expect_none: {on: alice, msg: Logon, for: 1h}", "nothing was to come to alice, but this did"),
    ],
)
async def test_a_step_that_cannot_be_says_why(
    tmp_path: Path, vocabulary: Vocabulary, venue: VenueAddress, step: str, words: str
) -> None:
    path = tmp_path / "market.yaml"
    path.write_text(f"{HEAD}  - {step}\n")

    result = await run_scenario(load_scenario(path, vocabulary), vocabulary, venue)

    assert result.failed is not None
    assert words in result.failed.text


def test_the_operator_s_steps_need_the_operator(tmp_path: Path) -> None:
    """A running exchange is played against as anybody by its address, and as its operator by its data folder."""
    path = tmp_path / "halt.yaml"
    path.write_text(
        "scenario: halt\ninstruments: [{symbol: ACME, reference_price: 10}]\n"
        "steps:\n  - halt: ACME\n  - assert: {phase: {symbol: ACME, is: halted}}\n"
    )
    with running_exchange(tmp_path, settings=SETTINGS) as exchange:
        fix, http = (f"{host}:{port}" for host, port in (exchange.fix, exchange.http))
        alone = CliRunner().invoke(main, ["scenario", "run", str(path), "--connect", fix, "--http", http])
        operated = CliRunner().invoke(main, ["scenario", "run", str(path), "--data", str(exchange.data)])
        both = CliRunner().invoke(main, ["scenario", "run", str(path), "--data", "x", "--connect", fix])

    assert alone.exit_code == 1
    assert "this needs the operator of the venue: play without --connect, or name its data folder" in alone.stdout
    assert (operated.exit_code, operated.stderr) == (0, "")
    assert both.exit_code == 2


def test_the_venue_s_configuration_is_what_the_scenario_names(tmp_path: Path, vocabulary: Vocabulary) -> None:
    path, configuration = tmp_path / "t.yaml", tmp_path / "venue.yaml"
    path.write_text(
        "scenario: t\nclock: {mode: scaled, speed: 60, start: '2026-03-02T09:30:00-05:00'}\n"
        "market: {name: US, calendar: XNYS, phases: [{at: 09:30, phase: continuous}, {at: 16:00, phase: closed}],\n"
        "  breaker: {enabled: true, halt_seconds: 60}}\n"
        "agents: [{count: 5, rate: 2.5, account: CROWD, symbols: [ACME]}]\n"
        "accounts: [{id: A, firm: F, self_trade_prevention: cancel both}]\n"
        "instruments: [{symbol: ACME, reference_price: 10, rules: {profile: lse-like, fok_counts_reserve: false},\n"
        "  bands: {static_basis_points: 500, action: auction}, takes_odd_lots: true}]\n"
    )
    configuration.write_text(yaml.safe_dump(venue_configuration(load_scenario(path, vocabulary))))
    settings = load_settings(str(configuration), {}, {})

    assert (settings.clock.mode, settings.clock.speed) == ("scaled", 60)
    assert (settings.flow.enabled, settings.flow.agents, settings.flow.account) == (True, 5, "CROWD")
    assert {one.account_id: one.firm for one in settings.open_accounts} == {"A": "F", "CROWD": ""}
    (acme,) = settings.listed_instruments
    assert (acme.market, acme.takes_odd_lots, acme.rules.fok_counts_reserve) == ("US", True, False)
    assert acme.bands is not None
    assert settings.markets[0].breaker.halt_seconds == 60


async def test_a_scaled_clock_goes_by_itself_and_steps_wait_for_it(tmp_path: Path, vocabulary: Vocabulary) -> None:
    path = tmp_path / "scaled.yaml"
    head = HEAD.replace("mode: virtual", "mode: scaled, speed: 3600")
    steps = "  - wait_for: {phase: {symbol: ACME, is: continuous}, within: 1h}\n  - at: +45m\n  - after: 30m\n"
    path.write_text(f"{head}{steps}  - advance: {{jump: close}}\n")

    result = await run_scenario(load_scenario(path, vocabulary), vocabulary)

    assert result.has_passed, shown(result)
    assert 0.5 < result.duration_seconds < 20
