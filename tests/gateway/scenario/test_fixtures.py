"""The scenarios that ship: each passes against an exchange of its own, through the command line as users call it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.scenario.script import scenario_schema

SCENARIOS = Path(__file__).parents[3] / "fixtures" / "scenarios"
FILES = sorted(SCENARIOS.glob("*.yaml"))


def fixpit(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gateway.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=50)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_scenario_passes_against_an_exchange_of_its_own(file: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    result = fixpit("scenario", "run", str(file), "--json", str(report))
    assert result.returncode == 0, result.stdout + result.stderr
    (scenario,) = json.loads(report.read_text())["scenarios"]
    assert scenario["passed"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_scenario_teaches_before_it_begins(file: Path) -> None:
    schema, blank, *lines = file.read_text().splitlines()
    assert (schema, blank) == ("# yaml-language-server: $schema=scenario.schema.json", "#")
    header = [line for line in lines[:30] if line.startswith("#")]
    assert len(header) >= 4


def test_the_schema_for_editors_is_the_present_one() -> None:
    schema = json.loads((SCENARIOS / "scenario.schema.json").read_text())
    assert schema == scenario_schema(), "fixpit scenario schema > fixtures/scenarios/scenario.schema.json"
