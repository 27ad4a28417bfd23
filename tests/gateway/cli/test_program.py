"""The program as a whole: its commands, their help, and what they say where no exchange runs."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from exchange.sequencing.data_folder import DataFolder
from gateway.cli import main
from gateway.cli.program import COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_what_the_table_says(name: str) -> None:
    command = main.get_command(click.Context(main), name)

    assert command is not None
    assert command.name == name
    assert command.short_help in {COMMANDS[name][1], None}
    assert (command.help or "").strip()


def test_help_lists_every_command() -> None:
    shown = CliRunner().invoke(main, ["--help"]).stdout

    listed = [line for line in shown.partition("Commands:\n")[2].splitlines() if line[2:3].strip()]
    assert [line.split()[0] for line in listed[: len(COMMANDS)]] == list(COMMANDS)


def test_an_unknown_command_is_wrong_usage() -> None:
    result = CliRunner().invoke(main, ["trade"])

    assert result.exit_code == 2
    assert "No such command 'trade'" in result.stderr


@pytest.mark.parametrize(
    "command", [["book"], ["book", "ACME", "--json"], ["sessions"], ["order", "buy", "ACME", "1", "@", "1"]]
)
def test_where_nothing_runs_a_sentence_says_how_to_start_one(tmp_path: Path, command: list[str]) -> None:
    result = CliRunner().invoke(main, [*command, "--data", str(tmp_path)])

    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr == (
        f"no exchange runs on the data folder {tmp_path}: start one with `fixpit serve --data {tmp_path}`\n"
    )


@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        (None, "the exchange of {folder} is not ready: it has not written run.json yet"),
        ("{", "{folder}/run.json cannot be read: Input data was truncated"),
        ('{"pid": "x"}', "{folder}/run.json cannot be read: Expected `int`, got `str` - at `$.pid`"),
        ('{"pid": 1}', "the exchange of {folder} has no HTTP port: http.enabled is false"),
        ('{"pid": 1, "http": ["127.0.0.1", 1]}', "no answer from http://127.0.0.1:1/market-data/books?levels=1: "),
        ('{"pid": 1, "http": ["0.0.0.0", 1]}', "no answer from http://127.0.0.1:1/market-data/books?levels=1: "),
        ('{"pid": 1, "http": ["::1", 1]}', "no answer from http://[::1]:1/market-data/books?levels=1: "),
    ],
)
def test_an_exchange_that_cannot_be_asked_is_no_connection(tmp_path: Path, run: str | None, sentence: str) -> None:
    with DataFolder(tmp_path):
        if run is not None:
            (tmp_path / "run.json").write_text(run)
        result = CliRunner().invoke(main, ["book", "--data", str(tmp_path)])

    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.startswith(sentence.format(folder=tmp_path))


@pytest.mark.parametrize(
    ("order", "text"),
    [
        (["buy", "ACME", "1"], "an order has one price: @ PRICE, --price PRICE, or --market"),
        (["buy", "ACME", "1", "@", "1", "--market"], "an order has one price"),
        (["buy", "ACME", "1", "@", "1", "--price", "1"], "an order has one price"),
        (["buy", "ACME", "1", "10.05"], "10.05 is not @ PRICE such as @ 10.05"),
        (["buy", "ACME", "1", "@"], "@ is not @ PRICE"),
        (["hold", "ACME", "1", "@", "1"], "'hold' is not one of 'buy', 'sell'"),
        (["buy", "ACMÉ", "1", "@", "1"], "SYMBOL 'ACMÉ' has characters that a FIX field cannot hold"),
        (["buy", "A\x01", "1", "@", "1"], "SYMBOL 'A\\x01' has characters"),
        (["buy", "", "1", "@", "1"], "SYMBOL '' has characters"),
        (["buy", "ACME", "1", "@", "1", "--host", "localhost"], "--host and --port belong together"),
        (["buy", "ACME", "1", "@", "1", "--tif", "gtd"], "'gtd' is not one of"),
    ],
)
def test_an_order_that_cannot_be_sent_is_wrong_usage(tmp_path: Path, order: list[str], text: str) -> None:
    result = CliRunner().invoke(main, ["order", *order, "--data", str(tmp_path)])

    assert result.exit_code == 2
    assert text in result.stderr
