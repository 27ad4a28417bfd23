"""The command line of scenarios: options, files and exit codes, against a scripted acceptor in a thread of its own."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli.scenario import scenario
from tests.gateway.scenario.acceptor import Acceptor

HEAD = "scenario: t\nvars: {id: b1}\nparticipants: {alice: {comp_id: ALICE}}\nsteps:\n  - logon: alice\n"
GOOD = HEAD + (
    "  - {id: buy, buy: {from: alice, id: '${id}', symbol: ACME, qty: 1}}\n"
    "  - expect: {on: alice, msg: '8', fields: {ClOrdID: b1}, within: 100ms}\n"
)
BROKEN = HEAD + "  - loggout: alice\n"


@pytest.fixture
def address() -> Iterator[str]:
    """HOST:PORT of an acceptor."""
    acceptor, started, loop = Acceptor(), threading.Event(), asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        async with await asyncio.start_server(acceptor.serve, "127.0.0.1", 0) as server:
            acceptor.address = server.sockets[0].getsockname()[:2]
            started.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=[serve()])
    thread.start()
    started.wait()
    yield f"127.0.0.1:{acceptor.address[1]}"
    loop.call_soon_threadsafe(stop.set)
    thread.join()
    loop.close()


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(scenario, list(arguments))


@pytest.fixture
def good(tmp_path: Path) -> str:
    path = tmp_path / "good.yaml"
    path.write_text(GOOD)
    return str(path)


@pytest.fixture
def broken(tmp_path: Path) -> str:
    path = tmp_path / "broken.yaml"
    path.write_text(BROKEN)
    return str(path)


def test_all_passed_is_0(good: str, address: str, tmp_path: Path) -> None:
    junit, report = tmp_path / "junit.xml", tmp_path / "report.json"
    files = ("--junit", str(junit), "--json", str(report))
    result = invoke("run", good, good, "--connect", address, "--seed", "9", *files)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.count("passed: 3 steps") == 2
    assert junit.read_text().count('name="seed" value="9"') == 2
    assert json.loads(report.read_text())["passed"] is True


def test_a_failed_expectation_is_1_and_the_reports_are_written(good: str, address: str, tmp_path: Path) -> None:
    junit = tmp_path / "junit.xml"
    result = invoke("run", good, "--connect", address, "--set", "id=other", "--junit", str(junit))
    assert result.exit_code == 1
    assert f"{good}:7:5: step 3, expect 8 on alice:" in result.stdout
    assert "  * ClOrdID(11)  b1        other" in result.stdout
    assert 'failures="1"' in junit.read_text()


def test_until_leaves_out_what_comes_after(good: str, address: str) -> None:
    result = invoke("run", good, "--connect", address, "--set", "id=other", "--until", "buy")
    assert (result.exit_code, "passed: 2 steps" in result.stdout) == (0, True)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (("--until", "nothing"), "--until nothing: no step has this number (1 to 3), id or name"),
        (("--set", "idd=1"), '--set idd: the scenario has no variable of that name, did you mean "id"?'),
        (("--set", "id"), "id is not NAME=VALUE"),
        (("--connect", "nowhere"), "nowhere is not HOST:PORT such as 127.0.0.1:9876"),
        (("--http", "127.0.0.1:1"), "it belongs to --connect"),
        (("--seed", "-1"), "-1 is not in the range"),
    ],
)
def test_a_broken_option_is_2(good: str, options: tuple[str, ...], text: str) -> None:
    result = invoke("run", good, *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert text in result.stderr


def test_a_broken_scenario_is_2_and_nothing_is_played(good: str, broken: str, address: str) -> None:
    result = invoke("run", good, broken, "--connect", address)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f'{broken}:6:5: steps[1].loggout: unknown key, did you mean "logout"?\n'


def test_no_venue_is_3(good: str) -> None:
    result = invoke("run", good, "--connect", "127.0.0.1:1")
    assert result.exit_code == 3
    assert f"{good}: no FIX venue answers at 127.0.0.1:1" in result.stderr


def test_a_report_that_cannot_be_written_is_2(good: str, address: str, tmp_path: Path) -> None:
    result = invoke("run", good, "--connect", address, "--junit", str(tmp_path / "no" / "junit.xml"))
    assert (result.exit_code, "cannot be written: No such file or directory" in result.stderr) == (2, True)


def test_a_venue_that_cannot_be_is_2(tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(HEAD.replace("steps:", "instruments: [{symbol: ACME, reference_price: 10.001}]\nsteps:"))
    result = invoke("run", str(path))
    assert result.exit_code == 2
    assert "no exchange can be as it describes it:" in result.stderr
    assert "instruments[0].reference_price: 10.001 is not a multiple of tick 0.01" in result.stderr


def test_check_names_every_mistake_of_every_file(good: str, broken: str) -> None:
    assert invoke("check", good).stdout == f"{good}: ok, 3 steps\n"
    result = invoke("check", broken, good, broken)
    assert (result.exit_code, result.stdout, result.stderr.count("loggout")) == (2, "", 2)
    assert invoke("check", "no.yaml").exit_code == 2


def test_the_schema_is_json() -> None:
    result = invoke("schema")
    assert json.loads(result.stdout)["title"] == "fixpit scenario"
