"""`fixpit account` and `fixpit stop-loss`: money, shares and positions of an account of a running exchange."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import click

from gateway.cli.operations import operator_options, reason_option
from gateway.cli.running_exchange import ask, command
from gateway.cli.terminal import Decorated, Exit, add_row, console, echo_json, end, hint, table

BUCKETS = ("available", "reserved", "unsettled", "short", "collateral", "fees", "traded", "settled")
POSITION = ("quantity", "cost", "realised")
WHOSE = frozenset({"scope", "name", "symbol"})
"""What says whose limits they are."""
SHORTING_USUAL = (("shorting", "allowed"), ("short_margin_basis_points", "5000"))
"""What means nothing for an account that is not funded."""

account_argument = click.argument("account", metavar="ACCOUNT")
asset_argument = click.argument("asset", metavar="ASSET")
amount_argument = click.argument("amount", metavar="AMOUNT")


def reference_option(function: Decorated) -> Decorated:
    """`--reference`, by which a transfer is posted once."""
    text = "A transfer is posted once for its reference, however often it is sent. [made]"
    return click.option("--reference", default="", metavar="TEXT", help=text)(function)


@click.group(
    short_help="Show accounts of a running exchange, and move their money and shares.",
    epilog="Example: fixpit account show ALICE",
)
def account() -> None:
    """Show accounts of the exchange that runs on a data folder, or move their money and shares, as its operator.

    ASSET is a currency such as USD, or the symbol of an instrument. Amounts are exact decimals, shares whole numbers.
    Every change is a posting in the venue's ledger and is written to audit.log in the data folder.
    """


@account.command(epilog="Example: fixpit account show ALICE --json")
@account_argument
@operator_options
def show(account: str, data: Path, as_json: bool) -> None:
    """Show where an account's money and shares stand, its positions, what it has not settled, and its limits."""
    found = ask(data, f"/admin/accounts/{quote(account, safe='')}", as_operator=True)
    if as_json:
        echo_json(found)
        return
    _show_account(found)


@account.command(epilog='Example: fixpit account deposit ALICE USD 1000.50 --reason "wire of today"')
@account_argument
@asset_argument
@amount_argument
@click.option("--cost", metavar="MONEY", help="Of shares: what they are taken to have cost, altogether. [0]")
@reference_option
@reason_option
@operator_options
def deposit(data: Path, as_json: bool, cost: str | None, **words: str) -> None:
    """Have money or shares come to an account from the house."""
    carry_out(data, "deposit", {**words, **({} if cost is None else {"cost": cost})}, as_json=as_json)


@account.command(epilog="Example: fixpit account withdraw ALICE USD 250")
@account_argument
@asset_argument
@amount_argument
@reference_option
@reason_option
@operator_options
def withdraw(data: Path, as_json: bool, **words: str) -> None:
    """Have money or shares leave an account; what leaves must be free and settled."""
    carry_out(data, "withdraw", words, as_json=as_json)


@account.command(epilog="Example: fixpit account set ALICE ACME 500 --price 10.00")
@account_argument
@click.argument("symbol", metavar="SYMBOL")
@click.argument("quantity", metavar="QUANTITY", type=click.IntRange(0))
@click.option("--price", default="0", metavar="PRICE", help="What each share is taken to have cost. [0]")
@reference_option
@reason_option
@operator_options
def set(data: Path, as_json: bool, symbol: str, quantity: int, price: str, **words: str) -> None:  # noqa: A001 - a verb
    """Give an account the position that it shall have; the difference is posted against the house."""
    holding = {"symbol": symbol, "quantity": quantity, "price": price}
    carry_out(data, "holdings", {**words, "holdings": [holding]}, as_json=as_json)


@account.command(epilog="Example: fixpit account statement ALICE 2026-03-02")
@account_argument
@click.argument("date", metavar="DATE")
@operator_options
def statement(account: str, date: str, data: Path, as_json: bool) -> None:
    """Show a portfolio's business day: what stood before it, what moved, and what stood after it."""
    portfolio = next((one["id"] for one in _portfolios(data) if one["account"] == account), None)
    if portfolio is None:
        end(
            Exit.NO,
            f"{account} is nobody's portfolio, and only those have statements; `fixpit account show` has it now",
        )
    query = urlencode({"portfolio_id": portfolio, "date": date, "limit": 1_000})
    found = ask(data, f"/statements?{query}", as_operator=True)
    if as_json:
        echo_json(found)
        return
    _show_statement(found)


@click.command(
    "stop-loss",
    short_help="Set or remove the protective stop of a position.",
    epilog="Example: fixpit stop-loss ALICE ACME --distance-basis-points 500 --trailing",
)
@account_argument
@click.argument("symbol", metavar="SYMBOL")
@click.option("--price", metavar="PRICE", help="Where it stands.")
@click.option("--distance-basis-points", type=click.IntRange(1), metavar="N", help="Or how far from the last price.")
@click.option("--trailing", is_flag=True, help="It follows the last price at that distance, one way only.")
@click.option("--remove", is_flag=True, help="There is none any more.")
@operator_options
def stop_loss(data: Path, as_json: bool, price: str | None, distance_basis_points: int | None, **words: object) -> None:
    """Have the venue keep a stop for a position: when the last price comes to it, it is closed at the market."""
    if [price is not None, distance_basis_points is not None, bool(words["remove"])].count(True) != 1:
        end(Exit.USAGE, "a stop has --price PRICE or --distance-basis-points N, or goes: --remove")
    stated = {"price": price, "distance_basis_points": distance_basis_points}
    given = {name: value for name, value in stated.items() if value is not None}
    carry_out(data, "stop-loss", {**words, **given}, as_json=as_json)


def carry_out(data: Path, name: str, body: Mapping[str, object], *, as_json: bool) -> None:
    """Has an operation of `/admin/clearing` carried out, and says what it brought about."""
    outcome = command(data, f"/admin/clearing/{name}", body)
    if as_json:
        echo_json(outcome)
        return
    told = ", ".join(f"{count} {tag}" for tag, count in outcome["events"].items())
    named = f" ({outcome['reference']})" if outcome["reference"] else ""
    click.echo(f"done{named}: {told or 'nothing was to be changed'}")


def limits_said(limits: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Limits by the options that set them; those that are none, or as they always are, are left out."""
    said = [(name, str(value)) for name, value in limits.items() if name not in WHOSE]
    usual = () if limits["funded"] else SHORTING_USUAL
    told = [(name, text) for name, text in said if text not in ("0", "False") and (name, text) not in usual]
    return [(name.replace("_", "-"), "yes" if text == "True" else text) for name, text in told]


def _portfolios(data: Path) -> Iterator[dict[str, Any]]:
    """All portfolios, page by page."""
    after: int | None = 0
    while after is not None:
        page = ask(data, f"/portfolios?after={after}&limit=1000", as_operator=True)
        yield from page["portfolios"]
        after = page["next"]


def _show_statement(found: Mapping[str, Any]) -> None:
    balances = table("asset", "bucket", "opening", "closing", right=frozenset({"opening", "closing"}))
    for one in found["balances"]:
        add_row(balances, one["asset"], one["bucket"], one["opening"], one["closing"])
    console().print(balances)
    lines = table("event", "cause", "asset", "bucket", "amount", "reference", right=frozenset({"event", "amount"}))
    for one in found["postings"]:
        add_row(lines, *(one[name] for name in ("event", "cause", "asset", "bucket", "amount", "reference")))
    console().print(lines)
    if found["next"] is not None:
        hint(f"there are more lines than these {len(found['postings'])}; GET /ledger has all")


def _show_account(found: Mapping[str, Any]) -> None:
    belongs = [f"{what} {found[what]}" for what in ("user", "firm") if found[what]]
    named = [found["name"]] if found["name"] != found["account"] else []
    kept = [] if found["is_cleared"] else ["cleared elsewhere: no money or shares are kept for it"]
    click.echo(", ".join([found["account"], *named, *belongs, *kept]))
    if found["balances"]:
        _print("asset", "asset", BUCKETS, found["balances"])
    if found["positions"]:
        _print("position", "symbol", POSITION, found["positions"])
    if found["due"]:
        print_due(found["due"])
    for one in found["limits"]:
        of = f" in {one['symbol']}" if one["symbol"] else ""
        said = ", ".join(f"{name} {text}" for name, text in limits_said(one))
        click.echo(f"limits of {one['scope']} {one['name']}{of}: {said or 'none'}")


def print_due(rows: list[Mapping[str, Any]]) -> None:
    """What is not settled, as a table."""
    listed = table("due", "account", "symbol", "shares", "cash", "failed days", right=frozenset({"shares", "cash"}))
    for one in rows:
        day = str(one["date"])
        shown = f"{day[:4]}-{day[4:6]}-{day[6:]}" if one["date"] else "next day"
        add_row(listed, shown, one["account"], one["symbol"], one["shares"], one["cash"], one["attempts"])
    console().print(listed)


def _print(title: str, key: str, columns: tuple[str, ...], rows: list[Mapping[str, Any]]) -> None:
    listed = table(title, *columns, right=frozenset(columns))
    for one in rows:
        add_row(listed, one[key], *(one[column] for column in columns))
    console().print(listed)
