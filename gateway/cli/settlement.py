"""`fixpit settlement`: what is still to settle on a running exchange, and the clearing house's rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gateway.cli.account import carry_out, print_due
from gateway.cli.operations import operator_options
from gateway.cli.running_exchange import ask
from gateway.cli.terminal import Exit, echo_json, end


@click.group(
    short_help="Show what a running exchange has still to settle, and set the clearing house's rules.",
    epilog="Example: fixpit settlement show",
)
def settlement() -> None:
    """Show what is still to be delivered and paid, or change how the clearing house deals with fails."""


@settlement.command(epilog="Example: fixpit settlement show --json")
@operator_options
def show(data: Path, as_json: bool) -> None:
    """Show the business day of each market, the rules, and all that is not settled."""
    found: dict[str, Any] = ask(data, "/admin/settlement", as_operator=True)
    if as_json:
        echo_json(found)
        return
    for market, day in found["days"].items():
        shown = str(day)
        opened = f"{shown[:4]}-{shown[4:6]}-{shown[6:]}" if day else "none yet"
        click.echo(f"business day of {market or 'instruments without a market'}: {opened}")
    partial = "taken" if found["partial_settlement"] else "not taken"
    buy_in = f"after {found['buy_in_after_days']} failed days" if found["buy_in_after_days"] else "never"
    click.echo(f"parts are {partial}; bought in: {buy_in}; {found['due_count']} still to settle")
    if found["due"]:
        print_due(found["due"])


@settlement.command(epilog="Example: fixpit settlement rules --partial --buy-in-after-days 3")
@click.option("--partial/--whole", default=None, help="Whether a part is taken where the whole is not there.")
@click.option(
    "--buy-in-after-days", type=click.IntRange(0, 1_000), metavar="N", help="Failed days before a buy-in; 0: never."
)
@operator_options
def rules(data: Path, as_json: bool, partial: bool | None, buy_in_after_days: int | None) -> None:
    """Change the clearing house's rules. What is not given stays."""
    stated = {"partial_settlement": partial, "buy_in_after_days": buy_in_after_days}
    given = {name: value for name, value in stated.items() if value is not None}
    if not given:
        end(Exit.USAGE, "settlement rules needs --partial, --whole or --buy-in-after-days N")
    carry_out(data, "clearing-rules", given, as_json=as_json)
