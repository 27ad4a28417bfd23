"""`fixpit scenario`: play scenarios, check them, print their JSON Schema.

Only options, files and exit codes; the work is done in `gateway.scenario`. Answers go to stdout, hints and mistakes to
stderr. Exit codes: 0 all passed, 1 an expectation failed, 2 a scenario or an option is broken, 3 cannot connect.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from gateway.cli.running_exchange import operator_token, read_run_file
from gateway.cli.terminal import Exit, end
from gateway.fix.dictionary import load as load_dictionary
from gateway.scenario.fix_client import CannotConnect
from gateway.scenario.loading import BrokenOption, Choices, Scenario, load_scenario
from gateway.scenario.report import console_lines, json_report, junit_xml
from gateway.scenario.results import ScenarioResult
from gateway.scenario.runner import run_scenario
from gateway.scenario.script import scenario_schema
from gateway.scenario.venue import VenueAddress
from gateway.scenario.vocabulary import Vocabulary
from gateway.yaml_documents.document import YamlMistakes

DEFAULT_HTTP_PORT = 8000

FILES = click.argument(
    "files", nargs=-1, required=True, metavar="FILE…", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)


@click.group("scenario")
def scenario() -> None:
    """Play YAML scenarios against an exchange and check what comes back."""


@scenario.command("run", epilog="Example: fixpit scenario run fixtures/scenarios/*.yaml --junit report.xml")
@FILES
@click.option("--junit", type=click.Path(dir_okay=False, path_type=Path), help="Write a JUnit XML report.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write a JSON report.")
@click.option("--seed", type=click.IntRange(min=0, max=2**63 - 1), help="Instead of the seed that each file gives.")
@click.option("--until", metavar="STEP", help="End after this step: its number, id or name.")
@click.option("--set", "assignments", metavar="NAME=VALUE", multiple=True, help="Give a variable another value.")
@click.option("--connect", metavar="HOST:PORT", help="FIX address of a running exchange. Without it: one of its own.")
@click.option("--http", metavar="HOST:PORT", help="HTTP address of the running exchange [port 8000 of --connect].")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Data folder of a running exchange, instead of --connect: its clock and its market can then be moved.",
)
def run(  # one parameter for each option of the command line
    files: tuple[Path, ...],
    junit: Path | None,
    json_file: Path | None,
    seed: int | None,
    until: str | None,
    assignments: tuple[str, ...],
    data: Path | None,
    **where: str | None,
) -> None:
    """Play scenarios. Exit code 0: all passed, 1: an expectation failed, 2: a file is broken, 3: cannot connect."""
    address = _venue_address(where["connect"], where["http"], data)
    choices = Choices(seed, dict(map(_assignment, assignments)), until, os.environ)
    vocabulary = _vocabulary()
    results: list[ScenarioResult] = []
    try:
        for one in _loaded(files, vocabulary, choices):
            results.append(_played(one, vocabulary, address))
            click.echo("\n".join(console_lines(results[-1])))
    finally:
        _write_reports(results, junit, json_file, vocabulary)
    if not all(result.has_passed for result in results):
        sys.exit(Exit.NO)


@scenario.command("check", epilog="Example: fixpit scenario check fixtures/scenarios/*.yaml")
@FILES
def check(files: tuple[Path, ...]) -> None:
    """Look for mistakes without playing anything: each with file, line, column and the nearest known name."""
    for one in _loaded(files, _vocabulary(), Choices(environment=os.environ)):
        click.echo(f"{one.path}: ok, {len(one.steps)} steps")


@scenario.command("schema", epilog="Example: fixpit scenario schema > scenario.schema.json")
def schema() -> None:
    """Print the JSON Schema of scenarios, for editors."""
    click.echo(json.dumps(scenario_schema(), indent=2))


def _played(one: Scenario, vocabulary: Vocabulary, address: VenueAddress | None) -> ScenarioResult:
    try:
        return asyncio.run(run_scenario(one, vocabulary, address))
    except YamlMistakes as mistakes:
        end(Exit.USAGE, f"{one.path}: no exchange can be as it describes it:\n{mistakes}")
    except CannotConnect as error:
        end(Exit.NO_CONNECTION, f"{one.path}: {error}")


def _vocabulary() -> Vocabulary:
    return Vocabulary.of(load_dictionary("FIX.4.4"))


def _loaded(files: Sequence[Path], vocabulary: Vocabulary, choices: Choices) -> list[Scenario]:
    """All scenarios, or the end with all the mistakes of all of them."""
    scenarios: list[Scenario] = []
    mistakes: list[str] = []
    for file in files:
        try:
            scenarios.append(load_scenario(file, vocabulary, choices))
        except YamlMistakes as error:
            mistakes.append(str(error))
        except BrokenOption as error:
            mistakes.append(f"{file}: {error}")
    if mistakes:
        end(Exit.USAGE, "\n".join(mistakes))
    return scenarios


def _assignment(text: str) -> tuple[str, str]:
    name, is_given, value = text.partition("=")
    if not name or not is_given:
        raise click.BadParameter(f"{text} is not NAME=VALUE", param_hint="--set")
    return name, value


def _venue_address(connect: str | None, http: str | None, data: Path | None) -> VenueAddress | None:
    if data is not None:
        if connect is not None or http is not None:
            raise click.BadParameter(
                "it says where the exchange is; leave --connect and --http out", param_hint="--data"
            )
        return _own_exchange(data)
    if connect is None:
        if http is not None:
            raise click.BadParameter("it belongs to --connect", param_hint="--http")
        return None
    fix = _host_port(connect, "--connect")
    return VenueAddress(fix, _host_port(http, "--http") if http else (fix[0], DEFAULT_HTTP_PORT))


def _own_exchange(data: Path) -> VenueAddress:
    """The exchange that holds a data folder, as its operator."""
    found = read_run_file(data)
    if found.fix is None or found.http is None:
        end(Exit.NO_CONNECTION, f"the exchange of {data} has no HTTP port: http.enabled is false")
    return VenueAddress(found.fix, found.http, operator_token(data))


def _host_port(text: str, option: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536:
        raise click.BadParameter(f"{text} is not HOST:PORT such as 127.0.0.1:9876", param_hint=option)
    return host.removeprefix("[").removesuffix("]"), int(port)


def _write_reports(
    results: Sequence[ScenarioResult], junit: Path | None, json_file: Path | None, vocabulary: Vocabulary
) -> None:
    if junit is not None:
        _write(junit, junit_xml(results))
    if json_file is not None:
        _write(json_file, json_report(results, vocabulary).encode())


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        end(Exit.USAGE, f"{path} cannot be written: {error.strerror}")
