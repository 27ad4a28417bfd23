"""What an operator does to the market of a running exchange: phases, halts, trades, orders, the kill switch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from gateway.cli.running_exchange import ask, command, data_option
from gateway.cli.terminal import Decorated, Exit, add_row, console, echo_json, end, json_option, table

COLUMNS = {
    "symbol": "symbol",
    "market": "market",
    "phase": "phase",
    "until": "until",
    "reference_price": "reference price",
    "closing_price": "closing price",
}
SCOPES = ("session", "account", "user", "firm")


def operator_options(function: Decorated) -> Decorated:
    """`--data` and `--json`."""
    return data_option(json_option(function))


def reason_option(function: Decorated) -> Decorated:
    """`--reason`, which owners get to read."""
    text = "Why; owners read it, and the audit log keeps it."
    return click.option("--reason", default="", metavar="TEXT", help=text)(function)


def market_option(function: Decorated) -> Decorated:
    """`--market`, instead of a symbol."""
    return click.option("--market", default="", metavar="NAME", help="All instruments of a market.")(function)


symbol_argument = click.argument("symbol", required=False, default="", metavar="[SYMBOL]")
trade_argument = click.argument("trade_id", metavar="TRADE_ID", type=click.IntRange(1))


@click.command(
    short_help="Show the phases of a running exchange's instruments, or change them.",
    epilog='Example: fixpit phase ACME "closing auction", or: fixpit phase --market US halted',
)
@click.argument("words", nargs=-1, metavar="[SYMBOL] [PHASE]")
@market_option
@reason_option
@operator_options
def phase(words: tuple[str, ...], market: str, reason: str, data: Path, as_json: bool) -> None:
    """Show where in its day every instrument is; or move one, or a whole market, to another phase now.

    Phases: closed, pre-open, opening auction, continuous, intraday auction, halted, paused, volatility auction,
    reopening auction, closing auction, closing price cross, post-close. The timetable goes on from there. A change is
    written to audit.log in the data folder.
    """
    if not words and not market:
        _show_phases(data, as_json=as_json)
        return
    symbol = "" if market or not words else words[0]
    name = " ".join(words if market else words[1:])
    if not name:
        end(Exit.USAGE, "phase needs SYMBOL and PHASE, such as ACME halted; or --market NAME and PHASE")
    body = {"phase": name, "symbol": symbol, "market": market, "reason": reason}
    _carry_out(data, "phase", body, as_json=as_json)


@click.command(
    short_help="Halt an instrument of a running exchange, or a market.",
    epilog='Example: fixpit halt ACME --reason "news pending"',
)
@symbol_argument
@market_option
@reason_option
@operator_options
def halt(symbol: str, market: str, reason: str, data: Path, as_json: bool) -> None:
    """Stop trading in SYMBOL, or in all instruments of a market. Orders stay; owners may cancel them."""
    _check_meant(symbol, market)
    _carry_out(data, "halt", {"symbol": symbol, "market": market, "reason": reason}, as_json=as_json)


@click.command(
    short_help="Let a halted instrument or market trade again.", epilog="Example: fixpit resume ACME --via auction"
)
@symbol_argument
@market_option
@click.option(
    "--via", type=click.Choice(["auction", "continuous"]), default="auction", help="Through an auction, or at once."
)
@reason_option
@operator_options
def resume(symbol: str, market: str, data: Path, as_json: bool, **words: str) -> None:
    """Let SYMBOL, or all instruments of a market, trade again: after an auction that finds the price, or at once."""
    _check_meant(symbol, market)
    _carry_out(data, "resume", {"symbol": symbol, "market": market, **words}, as_json=as_json)


@click.command(
    short_help="Declare that a trade never was.", epilog='Example: fixpit bust 17 --reason "clearly erroneous"'
)
@trade_argument
@reason_option
@operator_options
def bust(trade_id: int, reason: str, data: Path, as_json: bool) -> None:
    """Bust a trade by its number. Both owners are told; what it had filled is not open again."""
    _carry_out(data, "bust", {"trade_id": trade_id, "reason": reason}, as_json=as_json)


@click.command(short_help="Give a trade another price or quantity.", epilog="Example: fixpit correct 17 --price 10.01")
@trade_argument
@click.option("--price", metavar="PRICE", help="The right price.")
@click.option("--quantity", type=click.IntRange(1), metavar="N", help="The right quantity; no larger than it was.")
@reason_option
@operator_options
def correct(trade_id: int, price: str | None, quantity: int | None, reason: str, data: Path, as_json: bool) -> None:
    """Correct a trade by its number. Both owners are told."""
    given: dict[str, object] = {"price": price, "quantity": quantity}
    given = {name: value for name, value in given.items() if value is not None}
    if not given:
        end(Exit.USAGE, "correct needs --price PRICE, --quantity N, or both")
    _carry_out(data, "correct", {"trade_id": trade_id, "reason": reason, **given}, as_json=as_json)


@click.command(
    "cancel-order",
    short_help="Take an order out of the market.",
    epilog='Example: fixpit cancel-order 123 --reason "asked by telephone"',
)
@click.argument("order_id", metavar="ORDER_ID", type=click.IntRange(1))
@reason_option
@operator_options
def cancel_order(order_id: int, reason: str, data: Path, as_json: bool) -> None:
    """Cancel an order by the venue's OrderID(37), without its owner having asked. The owner is told."""
    _carry_out(data, "cancel-order", {"order_id": order_id, "reason": reason}, as_json=as_json)


@click.command(
    short_help="Stop a session, account, user or firm: the kill switch.",
    epilog='Example: fixpit block account ALICE --reason "limit exceeded"',
)
@click.argument("scope", type=click.Choice(SCOPES))
@click.argument("name", metavar="NAME")
@reason_option
@operator_options
def block(scope: str, name: str, reason: str, data: Path, as_json: bool) -> None:
    """Let a session, account, user or firm enter no orders any more, and cancel those it has."""
    _carry_out(data, "block", {"scope": scope, "name": name, "reason": reason}, as_json=as_json)


@click.command(
    short_help="Let a blocked session, account, user or firm trade again.",
    epilog="Example: fixpit unblock account ALICE",
)
@click.argument("scope", type=click.Choice(SCOPES))
@click.argument("name", metavar="NAME")
@reason_option
@operator_options
def unblock(scope: str, name: str, reason: str, data: Path, as_json: bool) -> None:
    """Lift the kill switch of a session, account, user or firm."""
    _carry_out(data, "unblock", {"scope": scope, "name": name, "reason": reason}, as_json=as_json)


def _check_meant(symbol: str, market: str) -> None:
    if bool(symbol) is bool(market):
        end(Exit.USAGE, "give a SYMBOL, or --market NAME for all instruments of a market")


def _carry_out(data: Path, name: str, body: Mapping[str, object], *, as_json: bool) -> None:
    outcome = command(data, f"/admin/operations/{name}", body)
    if as_json:
        echo_json(outcome)
        return
    for symbol, reached in outcome["phases"].items():
        click.echo(f"{symbol}: {reached}")
    told = ", ".join(f"{count} {tag}" for tag, count in outcome["events"].items())
    click.echo(f"done: {told or 'nothing was to be changed'}")


def _show_phases(data: Path, *, as_json: bool) -> None:
    answer: dict[str, Any] = ask(data, "/admin/phases", as_operator=True)
    if as_json:
        echo_json(answer)
        return
    listed = table(*COLUMNS.values(), right=frozenset({"reference price", "closing price"}))
    for one in answer["instruments"]:
        add_row(listed, *("—" if one[field] in (None, "") else one[field] for field in COLUMNS))
    console().print(listed)
