"""`fixpit limits`: what may be risked on a running exchange, by firm, user, account and instrument."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from exchange.reference.limits import LimitScope
from gateway.cli.account import carry_out, limits_said
from gateway.cli.operations import operator_options
from gateway.cli.running_exchange import ask
from gateway.cli.terminal import Decorated, Exit, add_row, console, echo_json, end, table

COUNTS = {
    "max-order-quantity": "The largest quantity of one order.",
    "price-tolerance-basis-points": "How far a limit may be from the last price.",
    "orders-per-second": "New orders and replaces within any second.",
    "position-limit": "The largest position, long or short.",
    "position-share-basis-points": "The largest share of the account's equity in one position.",
    "short-margin-basis-points": "What a short position needs besides its proceeds.",
}
AMOUNTS = {
    "credit-limit": "How far below 0 the available money may go.",
    "max-order-value": "The largest quantity times price.",
    "loss-limit": "The loss of a day that blocks trading.",
}
SWITCHES = {
    "funded": "Whether orders of the account need money and shares.",
    "long-sell-may-short": "Whether a sale beyond the position counts as a short one.",
}


def limit_options(function: Decorated) -> Decorated:
    """One option for each limit; one that is not given stays as it is."""
    options: list[Callable[[Decorated], Decorated]] = [
        *(click.option(f"--{name}/--no-{name}", default=None, help=text) for name, text in SWITCHES.items()),
        *(click.option(f"--{name}", metavar="MONEY", help=text) for name, text in AMOUNTS.items()),
        *(click.option(f"--{name}", type=click.IntRange(0), metavar="N", help=text) for name, text in COUNTS.items()),
        click.option(
            "--shorting", type=click.Choice(["forbidden", "located", "allowed"]), help="What may be sold short."
        ),
    ]
    for option in reversed(options):
        function = option(function)
    return function


scope_argument = click.argument("scope", type=click.Choice([scope.value for scope in LimitScope]))
name_argument = click.argument("name", metavar="NAME")


def symbol_option(function: Decorated) -> Decorated:
    """`--symbol`, for limits in one instrument."""
    text = "Only for orders in this instrument."
    return click.option("--symbol", default="", metavar="SYMBOL", help=text)(function)


@click.group(
    short_help="Show the risk limits of a running exchange, and change them.",
    epilog="Example: fixpit limits set account ALICE --max-order-value 50000",
)
def limits() -> None:
    """Show what firms, users, accounts and instruments of a running exchange may risk, or change it, as its operator.

    All limits that are in force hold together; 0 is no such limit. What stands in the settings is put in force again at
    the next start.
    """


@limits.command(epilog="Example: fixpit limits show --json")
@operator_options
def show(data: Path, as_json: bool) -> None:
    """Show all limits in force."""
    answer = ask(data, "/admin/limits", as_operator=True)
    if as_json:
        echo_json(answer)
        return
    listed = table("of", "name", "symbol", "limit", "value", right=frozenset({"value"}))
    for one in answer["limits"]:
        for name, text in limits_said(one) or [("none", "—")]:
            add_row(listed, one["scope"], one["name"], one["symbol"] or "—", name, text)
    console().print(listed)


@limits.command(epilog="Example: fixpit limits set firm DESK --loss-limit 250000")
@scope_argument
@name_argument
@symbol_option
@limit_options
@operator_options
def set(data: Path, as_json: bool, scope: str, name: str, symbol: str, **given: object) -> None:  # noqa: A001 - a verb
    """Change limits of a firm, user, account or instrument. What is not given stays as it is."""
    stated = {key: value for key, value in given.items() if value is not None}
    if not stated:
        end(Exit.USAGE, "limits set needs a limit, such as --max-order-value 50000; `fixpit limits set --help` has all")
    carry_out(data, "limits", {"scope": scope, "name": name, "symbol": symbol, **stated}, as_json=as_json)


@limits.command(epilog="Example: fixpit limits remove instrument ACME")
@scope_argument
@name_argument
@symbol_option
@operator_options
def remove(data: Path, as_json: bool, **words: str) -> None:
    """Take all limits of a firm, user, account or instrument away."""
    carry_out(data, "limits", {**words, "remove": True}, as_json=as_json)
