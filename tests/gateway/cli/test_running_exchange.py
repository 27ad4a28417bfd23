"""The commands that work against a running exchange, and the data folder that it leaves behind."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from tests.gateway.exchange_process import RunningExchange, running_exchange


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningExchange]:
    with running_exchange(tmp_path_factory.mktemp("cli")) as exchange:
        yield exchange


def fixpit(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def reports(result: Result) -> list[tuple[str, str]]:
    return [(report["ExecType"], report["OrdStatus"]) for report in json.loads(result.stdout)]


def test_the_banner_says_where_everything_is_and_who_may_log_on(exchange: RunningExchange) -> None:
    lines = [re.sub(r" {2,}", " ", line.strip()) for line in exchange.stdout.splitlines() if line]

    assert lines[0] == "fixpit is open · SIMULATED, no real money or shares"
    assert f"FIX 127.0.0.1:{exchange.fix[1]}, TargetCompID FIXPIT" in lines
    assert f"Page {exchange.url}/" in lines
    assert "Sessions ALICE (alice/alice), CLI (cli/cli)" in lines
    assert f"Data {exchange.data}, durability os: answers survive a crash of fixpit" in lines
    assert lines[-1] == "Ctrl-C to stop"
    assert "\x1b" not in exchange.stdout


def test_the_run_file_names_the_doors_and_the_process(exchange: RunningExchange) -> None:
    assert json.loads((exchange.data / "run.json").read_text()) == {
        "fix": list(exchange.fix),
        "http": list(exchange.http),
        "mqtt": None,
        "pid": exchange.process.pid,
    }


def test_orders_trade_and_show_in_the_book(exchange: RunningExchange) -> None:
    data = ("--data", exchange.data)

    sold = fixpit("order", "sell", "ACME", 300, "@", "10.05", "--json", *data)
    bought = fixpit("order", "buy", "ACME", 100, "@10.05", "--json", *data)
    rested = fixpit("order", "buy", "ACME", 10, "--price", "9.5", "--tif", "gtc", *data)
    overview, depth = fixpit("book", *data), fixpit("book", "ACME", "--json", *data)

    assert (reports(sold), sold.exit_code) == ([("0", "0")], 0)
    assert (reports(bought), bought.exit_code) == ([("0", "0"), ("F", "2")], 0)
    assert rested.stdout.splitlines()[1].split()[:3] == ["ExecutionReport", "New", "New"]
    assert overview.stdout.splitlines()[1].split() == [
        *("ACME", "continuous", "10", "9.5", "10.05", "200", "10.05", "1", "100")
    ]
    assert json.loads(depth.stdout)["bids"] == [["9.5", 10, 1]]
    assert "9.5  10.05" in fixpit("book", "ACME", *data).stdout


def test_what_a_market_order_leaves_is_canceled_which_is_no_rejection(exchange: RunningExchange) -> None:
    result = fixpit("order", "buy", "BRK/A", 10, "--market", "--json", "--data", exchange.data)

    assert (reports(result), result.exit_code) == ([("0", "0"), ("4", "4")], 0)


@pytest.mark.parametrize(
    ("order", "text"),
    [
        (("buy", "NOPE", 1, "@", "1"), "Symbol(55)"),
        (("buy", "ACME", 1, "@", "10.005"), "Price(44) 10.005 is not a multiple of tick 0.01"),
        (("buy", "ACME", "x", "@", "10"), "OrderQty(38)"),
        (("buy", "ACME", 1, "@", "10", "--account", "ALICE"), "Account(1)"),
    ],
)
def test_a_rejected_order_says_why_and_ends_with_1(
    exchange: RunningExchange, order: tuple[object, ...], text: str
) -> None:
    result = fixpit("order", *order, "--data", exchange.data)

    assert text in result.stdout
    assert result.exit_code == 1


def test_an_order_goes_to_a_named_address(exchange: RunningExchange, tmp_path: Path) -> None:
    host, port = exchange.fix
    result = fixpit("order", "buy", "ACME", 1, "@", "1", "--host", host, "--port", port, "--data", tmp_path)

    assert (result.exit_code, result.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("@", "1", "--password", "wrong"), "the venue refused the Logon"),
        (("@", "1", "--session", "NOBODY"), "the venue refused the Logon"),
        (("@", "1", "--host", "127.0.0.1", "--port", "1"), "no FIX venue answers at 127.0.0.1:1"),
    ],
)
def test_no_session_is_no_connection(exchange: RunningExchange, arguments: tuple[str, ...], text: str) -> None:
    result = fixpit("order", "buy", "ACME", 1, *arguments, "--data", exchange.data)

    assert result.stderr.startswith(text)
    assert (result.exit_code, result.stdout) == (3, "")


def test_sessions_are_listed_for_people_and_for_programs(exchange: RunningExchange) -> None:
    listed = fixpit("sessions", "--data", exchange.data)
    answer = json.loads(fixpit("sessions", "--json", "--data", exchange.data).stdout)

    assert listed.stdout.split("\n")[0].split() == [
        *(
            "session",
            "state",
            "peer",
            "next",
            "in",
            "next",
            "out",
            "in/s",
            "out/s",
            "queued",
            "bytes",
            "open",
            "orders",
        ),
        *("last", "received", "last", "disconnect"),
    ]
    assert [line.split()[:2] for line in listed.stdout.splitlines()[1:]] == [["ALICE", "idle"], ["CLI", "idle"]]
    assert [session["comp_id"] for session in answer["sessions"]] == ["ALICE", "CLI"]


def test_an_unknown_symbol_is_a_no(exchange: RunningExchange) -> None:
    result = fixpit("book", "NOPE", "--data", exchange.data)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "NOPE is not listed here; /market-data/instruments lists what is.\n"


def test_an_unreadable_token_is_said(exchange: RunningExchange, tmp_path: Path) -> None:
    token = exchange.data / "operator.token"
    kept = tmp_path / "token"
    shutil.move(token, kept)
    result = fixpit("sessions", "--data", exchange.data)
    shutil.move(kept, token)

    assert result.exit_code == 1
    assert result.stderr == f"the operator's token {token} cannot be read: No such file or directory\n"


def test_the_journal_of_a_running_exchange_can_be_read(exchange: RunningExchange) -> None:
    fixpit("order", "sell", "ACME", 5, "@", "11", "--data", exchange.data)
    dumped = fixpit("journal", "dump", "--json", "--data", exchange.data)
    commands = [json.loads(line) for line in dumped.stdout.splitlines()]
    replayed = json.loads(fixpit("journal", "replay", "--json", "--data", exchange.data).stdout)

    assert dumped.stderr == "an exchange is writing this journal: what follows is how it stands now\n"
    assert [command["sequence"] for command in commands] == list(range(1, len(commands) + 1))
    assert commands[-1]["command"] == "EnterOrder"
    assert (commands[-1]["side"], commands[-1]["price"]) == ("SELL", 1100)
    assert replayed["commands"] == len(commands)


@pytest.mark.parametrize("verb", ["rebuild", "verify"])
def test_the_store_is_left_alone_while_an_exchange_holds_the_folder(exchange: RunningExchange, verb: str) -> None:
    config = exchange.folder / "exchange.yaml"
    result = fixpit("store", verb, "--config", config, "--data", exchange.data)

    assert result.exit_code == 1
    assert f"is in use by process {exchange.process.pid}" in result.stderr


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_watching_goes_on_until_ctrl_c_which_is_no_mistake(exchange: RunningExchange, options: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "gateway.cli", "book", "ACME", "--watch", "--data", str(exchange.data), *options]
    with heeding_ctrl_c():
        watching = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert watching.stdout is not None
        shown = [line for line in islice(watching.stdout, 8 if not options else 2) if "ACME" in line]
        watching.send_signal(signal.SIGINT)
        _, said = watching.communicate(timeout=30)
    finally:
        watching.kill()
        watching.communicate()

    assert len(shown) >= 2
    assert (watching.returncode, said) == (0, "")


@contextmanager
def heeding_ctrl_c() -> Iterator[None]:
    """What is started here heeds SIGINT, as at a terminal: a script that runs its tests by `&` has them ignore it."""
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)
