"""`fixpit corporate-action`: what companies do to their shares on a running exchange."""

from __future__ import annotations

import re
from pathlib import Path

import click

from gateway.cli.account import carry_out
from gateway.cli.operations import operator_options
from gateway.cli.terminal import Decorated, Exit, end

RATIO = re.compile(r"[1-9][0-9]{0,6}:[1-9][0-9]{0,6}", re.ASCII)

symbol_argument = click.argument("symbol", metavar="SYMBOL")


def ex_date_option(function: Decorated) -> Decorated:
    """`--ex-date`, on which it is done."""
    text = "The business day on which it is done, such as 2026-03-06; at once where it has begun."
    return click.option("--ex-date", required=True, metavar="DATE", help=text)(function)


def id_option(function: Decorated) -> Decorated:
    """`--id`, by which an action is announced once."""
    text = "Unique for ever: an action is announced once for it. [made]"
    return click.option("--id", "action_id", default="", metavar="TEXT", help=text)(function)


@click.group(
    "corporate-action",
    short_help="Announce splits, dividends and new symbols on a running exchange.",
    epilog="Example: fixpit corporate-action dividend ACME 0.25 --ex-date 2026-03-06",
)
def corporate_action() -> None:
    """Announce what a company does to its shares.

    It is done at the ex date, before anything settles: positions, open orders and the reference price follow.
    """


@corporate_action.command(epilog="Example: fixpit corporate-action split ACME 2:1 --ex-date 2026-03-06")
@symbol_argument
@click.argument("ratio", metavar="NEW:OLD")
@ex_date_option
@id_option
@operator_options
def split(data: Path, as_json: bool, ratio: str, **words: str) -> None:
    """Make NEW shares of OLD ones: 2:1 doubles them, 1:10 is a reverse split."""
    if not RATIO.fullmatch(ratio):
        end(Exit.USAGE, f'ratio "{ratio}" is not new shares for old ones, such as 2:1 or 1:10')
    new, _, old = ratio.partition(":")
    body = {**words, "kind": "split", "numerator": int(new), "denominator": int(old)}
    carry_out(data, "corporate-action", body, as_json=as_json)


@corporate_action.command(epilog="Example: fixpit corporate-action dividend ACME 0.25 --ex-date 2026-03-06")
@symbol_argument
@click.argument("amount", metavar="AMOUNT")
@ex_date_option
@id_option
@operator_options
def dividend(data: Path, as_json: bool, **words: str) -> None:
    """Pay AMOUNT of cash for each share; who is short pays it."""
    carry_out(data, "corporate-action", {**words, "kind": "cash dividend"}, as_json=as_json)


@corporate_action.command(epilog="Example: fixpit corporate-action rename ACME ACMX --ex-date 2026-03-06")
@symbol_argument
@click.argument("new_symbol", metavar="NEW_SYMBOL")
@ex_date_option
@id_option
@operator_options
def rename(data: Path, as_json: bool, **words: str) -> None:
    """Give an instrument another symbol."""
    carry_out(data, "corporate-action", {**words, "kind": "symbol change"}, as_json=as_json)
