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
        (["hold", "ACME", "1", "@", "1"], "No such command 'hold'"),
        (["buy", "ACMÉ", "1", "@", "1"], "SYMBOL 'ACMÉ' has characters that a FIX field cannot hold"),
        (["buy", "A\x01", "1", "@", "1"], "SYMBOL 'A\\x01' has characters"),
        (["buy", "", "1", "@", "1"], "SYMBOL '' has characters"),
        (["buy", "ACME", "1", "@", "1", "--host", "localhost"], "--host and --port belong together"),
        (["buy", "ACME", "1", "@", "1", "--account", "É"], "--account 'É' has characters"),
        (["buy", "ACME", "1", "--stop", "É"], "--stop 'É' has characters"),
        (["buy", "ACME", "1", "@", "1", "--tif", "soon"], "'soon' is not one of"),
        (["buy", "ACME", "1", "@", "1", "--tif", "gtd"], "--tif gtd needs --until TIME or DATE"),
        (["buy", "ACME", "1", "@", "1", "--until", "noon"], "--until noon is neither a date such as 2026-12-31 nor"),
        (["buy", "ACME", "1", "@", "1", "--until", "2026-12-31", "--tif", "gtc"], "--until and --tif gtc exclude"),
        (["buy", "ACME", "1", "--stop", "1", "--if-touched", "1"], "--if-touched and --stop exclude each other: one"),
        (["buy", "ACME", "1", "--trail", "1", "--if-touched", "1"], "--if-touched and --trail exclude each other"),
        (["buy", "ACME", "1", "--trail", "x%"], "--trail x% is not a percentage above 0 in steps of 0.01 %"),
        (["buy", "ACME", "1", "--trail", "0.001%"], "--trail 0.001% is not a percentage"),
        (["buy", "ACME", "1", "--trail", "-1%"], "--trail -1% is not a percentage"),
        (["buy", "ACME", "1", "--trail", "nan%"], "--trail nan% is not a percentage"),
        (["buy", "ACME", "1", "--trail", "1%5"], "--trail 1%5 is not a percentage"),
        (["buy", "ACME", "1", "--peg", "mid", "--stop", "1"], "--peg and --stop exclude each other: a pegged order"),
        (["buy", "ACME", "1", "--peg", "mid", "--market"], "@ PRICE is the worst it may go to"),
        (["buy", "ACME", "1", "@", "1", "--offset", "1"], "--offset needs --peg primary, mid or market"),
        (["buy", "ACME", "1", "--trail", "1", "--offset", "1"], "--offset and --trail exclude each other"),
        (["buy", "ACME", "1", "@", "1", "--market-to-limit"], "--market-to-limit and @ PRICE exclude each other"),
        (["buy", "ACME", "1", "--peg", "mid", "--market-to-limit"], "--market-to-limit and --peg exclude each other"),
        (["buy", "ACME", "1", "@", "1", "--all-or-none", "--min", "1"], "--all-or-none and --min exclude each other"),
        (["buy", "ACME", "1", "@", "1", "--all-or-none", "--display", "0"], "--all-or-none and --display exclude"),
        (["buy", "ACME", "1", "@", "1", "--all-or-none", "--tif", "fok"], "fill or kill is all or none already"),
        (["buy", "ACME", "1", "--market", "--post-only"], "--post-only and --market exclude each other"),
        (["buy", "ACME", "1", "@", "1", "--tif", "ioc", "--post-only"], "--post-only and --tif ioc exclude each other"),
        (["buy", "ACME", "1", "--stop", "1", "--tif", "close"], "--tif close and --stop exclude each other"),
        (["replace", "1"], "a replace needs something new: @ PRICE, --quantity N or a condition"),
        (["replace", "1", "--quantity", "É"], "--quantity 'É' has characters"),
        (["replace", "1", "--post-only", "--trail", "1"], "--post-only and --trail exclude each other"),
        (["cancel", ""], "ORDER '' has characters"),
    ],
)
def test_an_order_that_cannot_be_sent_is_wrong_usage(tmp_path: Path, order: list[str], text: str) -> None:
    result = CliRunner().invoke(main, ["order", *order, "--data", str(tmp_path)])

    assert result.exit_code == 2
    assert text in result.stderr
