"""The scenarios that ship: each passes against an exchange of its own, and has a header that teaches."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.scenario.loading import load_scenario
from gateway.scenario.report import console_lines
from gateway.scenario.runner import run_scenario
from gateway.scenario.script import scenario_schema
from gateway.scenario.vocabulary import Vocabulary

SCENARIOS = Path(__file__).parents[3] / "fixtures" / "scenarios"
FILES = sorted(SCENARIOS.glob("*.yaml"))
FIRST = SCENARIOS / "first-order.yaml"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_a_scenario_passes_against_an_exchange_of_its_own(file: Path, vocabulary: Vocabulary) -> None:
    result = await run_scenario(load_scenario(file, vocabulary), vocabulary)
    assert result.has_passed, "\n".join(console_lines(result))


def test_the_first_one_passes_through_the_program_that_users_call(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    command = [sys.executable, "-m", "gateway.cli", "scenario", "run", str(FIRST), "--json", str(report)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=50)
    assert (result.returncode, result.stderr) == (0, ""), result.stdout
    assert json.loads(report.read_text())["passed"] is True


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_scenario_teaches_before_it_begins(file: Path) -> None:
    schema, blank, *lines = file.read_text().splitlines()
    assert (schema, blank) == ("# yaml-language-server: $schema=scenario.schema.json", "#")
    header = [line for line in lines[:30] if line.startswith("#")]
    assert len(header) >= 4


def test_the_schema_for_editors_is_the_present_one() -> None:
    schema = json.loads((SCENARIOS / "scenario.schema.json").read_text())
    assert schema == scenario_schema(), "fixpit scenario schema > fixtures/scenarios/scenario.schema.json"
