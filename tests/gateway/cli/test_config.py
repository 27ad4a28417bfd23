"""`fixpit config`: what is in force, where it comes from, and what could be set."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.settings import settings_reference, settings_schema


def config(*arguments: object, environment: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(main, ["config", *map(str, arguments)], env=environment)


def test_show_tells_every_value_and_its_origin(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("fix:\n  port: 7000\n")
    result = config("show", "--config", tmp_path / "own.yaml", "--origin", environment={"FIXPIT_HTTP__PORT": "7001"})
    rows = {line.split()[0]: line.split()[1:] for line in result.stdout.splitlines()}

    assert result.exit_code == 0
    assert rows["fix.port"] == ["7000", f"{tmp_path}/own.yaml:2"]
    assert rows["http.port"] == ["7001", "FIXPIT_HTTP__PORT"]
    assert rows["venue.comp_id"] == ["FIXPIT", "default"]


def test_show_in_json_is_by_path() -> None:
    plain = json.loads(config("show", "--json").stdout)
    explained = json.loads(config("show", "--json", "--origin").stdout)

    assert plain["fix.port"] == 9876
    assert explained["fix.port"] == {"value": 9876, "origin": "default"}
    assert plain["fix.sessions"][0]["comp_id"] == "ALICE"


@pytest.mark.parametrize("options", [(), ("--origin",), ("--json",)])
def test_no_password_is_shown(tmp_path: Path, options: tuple[str, ...]) -> None:
    session = "{comp_id: A, username: a, password: s3cret, accounts: [A]}"
    (tmp_path / "own.yaml").write_text(f"fix: {{sessions: [{session}]}}\naccounts: [{{id: A}}]\n")
    result = config("show", "--config", tmp_path / "own.yaml", *options)

    assert result.exit_code == 0
    assert "s3cret" not in result.stdout


def test_mistakes_are_named_and_end_with_2(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("fix:\n  prot: 1\n")
    result = config("show", "--config", tmp_path / "own.yaml")

    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{tmp_path}/own.yaml:2:3: fix.prot: unknown key" in result.stderr


def test_schema_and_reference_are_those_of_the_settings() -> None:
    assert json.loads(config("schema").stdout) == settings_schema()
    assert config("reference").stdout == settings_reference()
    assert json.loads(config("reference", "--json").stdout) == settings_schema()
