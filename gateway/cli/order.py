"""`fixpit order`: one order, cancel or replace over a real FIX session, and the reports that come back.

Only commands; `order_options` has their options, `order_words` makes fields of them, `order_client` holds the
conversation. Exit codes: 0 accepted, 1 rejected, 2 usage, 3 no connection, no logon or no answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from gateway.cli.order_answers import answers_table, named, texts
from gateway.cli.order_client import (
    VERSION,
    Line,
    NoAnswer,
    Terms,
    cancel_order,
    enter_order,
    is_accepted,
    replace_order,
)
from gateway.cli.order_options import changed_order_options, line_options, new_order_options
from gateway.cli.order_words import OrderWords, changed_terms, new_terms, sendable
from gateway.cli.running_exchange import read_run_file
from gateway.cli.terminal import Exit, console, echo_json, end, hint
from gateway.fix.dictionary import load
from gateway.scenario.fix_client import CannotConnect, LogonRefused
from gateway.scenario.wire import WireMessage

BUY, SELL, SELL_SHORT, SELL_SHORT_EXEMPT = "1", "2", "5", "6"

_EXAMPLES = """\b
Example: of each kind one
  fixpit order {side} ACME 100 @ 10.05 --tif ioc
  fixpit order {side} ACME 100 --market
  fixpit order {side} ACME 100 --market-to-limit
  fixpit order {side} ACME 100 --stop {stop}               # then at the market
  fixpit order {side} ACME 100 @ {limit} --stop {stop}       # then a limit order
  fixpit order {side} ACME 100 --if-touched {touched}
  fixpit order {side} ACME 100 --trail 2%                 # a stop that follows the price
  fixpit order {side} ACME 100 --peg primary --offset {passive}
  fixpit order {side} ACME 100 --market --tif close
  fixpit order {side} ACME 100 @ 10.05 --until 2026-12-31
  fixpit order {side} ACME 5000 @ 10.05 --display 100     # an iceberg
  fixpit order {side} ACME 100 @ 10.05 --min 50 --tif ioc
  fixpit order {side} ACME 100 @ 10.05 --all-or-none
  fixpit order {side} ACME 100 @ 10.05 --post-only --stp cancel-resting
  fixpit order {side} ACME 100 @ 10.05 --cancel-on-disconnect --stay 60
"""

_BUYS = _EXAMPLES.format(side="buy", stop="10.50", limit="10.60", touched="9.50", passive="-0.02")
_SELLS = _EXAMPLES.format(side="sell", stop="9.50", limit="9.40", touched="10.50", passive="0.02")


@click.group(
    short_help="Send orders to a running exchange over FIX; cancel and replace them.",
    epilog="Example: fixpit order buy ACME 100 @ 10.05, and with the OrderID of its answer: fixpit order cancel 17",
)
def order() -> None:
    """Send one request over FIX and show what comes back.

    Exit code 0: accepted, 1: rejected, 2: wrong usage, 3: cannot connect.
    """


@order.command(short_help="Buy.", epilog=_BUYS)
@click.argument("symbol")
@click.argument("quantity")
@new_order_options
@line_options
def buy(symbol: str, quantity: str, **options: Any) -> None:
    """Send a buy order and show what comes back.

    `@ PRICE` (or --price) makes it a limit order, --market a market order. Orders that wait for a price, follow one or
    get one from the market need neither; with `@ PRICE` that is as far as they go.
    """
    _enter(BUY, symbol, quantity, options)


@order.command(short_help="Sell.", epilog=_SELLS)
@click.argument("symbol")
@click.argument("quantity")
@new_order_options
@click.option("--short", "side", flag_value=SELL_SHORT, help="Shares that have to be borrowed.")
@click.option("--short-exempt", "side", flag_value=SELL_SHORT_EXEMPT, help="The same, exempt from the price test.")
@click.option("--locate", metavar="NAME", help="Where the shares of a short sale will be borrowed.")
@line_options
def sell(symbol: str, quantity: str, side: str | None, locate: str | None, **options: Any) -> None:
    """Send a sell order and show what comes back.

    `@ PRICE` (or --price) makes it a limit order, --market a market order. Orders that wait for a price, follow one or
    get one from the market need neither; with `@ PRICE` that is as far as they go.
    """
    if locate and side is None:
        raise click.UsageError("--locate is for a sale with --short or --short-exempt")
    located = {"5700": sendable(locate, "--locate")} if locate else {}
    _enter(side or SELL, symbol, quantity, options, located)


@order.command(short_help="Cancel an order.", epilog="Example: fixpit order cancel 17")
@click.argument("name", metavar="ORDER")
@line_options
def cancel(name: str, **options: Any) -> None:
    """Cancel an order of the session, named by its ClOrdID or the venue's OrderID.

    An operator cancels anybody's: fixpit cancel-order.
    """
    _converse(cancel_order(sendable(name, "ORDER"), _line(options)), options)


@order.command(
    short_help="Give an order another price, quantity or condition.",
    epilog="""\b
Example: of each kind one
  fixpit order replace 17 @ 10.10
  fixpit order replace 17 --quantity 50 --tif gtc
  fixpit order replace 17 --stop 9.80
  fixpit order replace 17 --trail 1%
  fixpit order replace 17 --display all --no-post-only
""",
)
@click.argument("name", metavar="ORDER")
@changed_order_options
@line_options
def replace(name: str, quantity: str | None, **options: Any) -> None:
    """Replace an order of the session, named by its ClOrdID or the venue's OrderID.

    What is not said stays as it is: the order is asked for first, and the replace states its terms anew, as FIX wants
    it. Only --cancel-on-disconnect must be said again, for no report repeats it.
    """
    words = _words(options)
    if not (quantity or words.changes_anything):
        raise click.UsageError("a replace needs something new: @ PRICE, --quantity N or a condition")
    total = {"38": sendable(quantity, "--quantity")} if quantity else {}

    def change(reported: Terms) -> Terms:
        return changed_terms(reported, words) | total

    _converse(replace_order(sendable(name, "ORDER"), change, _line(options)), options)


def _enter(side: str, symbol: str, quantity: str, options: dict[str, Any], located: Terms | None = None) -> None:
    account = {"1": sendable(options["account"], "--account")} if options["account"] else {}
    shares = sendable(quantity, "QUANTITY")
    terms = {**account, "55": sendable(symbol, "SYMBOL"), "54": side, "38": shares, **new_terms(_words(options))}
    terms |= located or {}
    _converse(enter_order(terms, _line(options)), options)
    if options["is_canceled_on_disconnect"]:
        hint("the line has ended, and the order goes with it unless the session has a grace time: see --stay")


def _words(options: dict[str, Any]) -> OrderWords:
    said = {one.name: options[one.name] for one in fields(OrderWords) if options.get(one.name) is not None}
    return OrderWords(**(said | {"price": _price(options["at_price"], options["price"] or "")}))


def _price(at_price: Sequence[str], price: str) -> str:
    """The limit, said in one way; empty where there is none."""
    behind_at = "".join(at_price)
    if behind_at and not (behind_at.startswith("@") and len(behind_at) > 1):
        raise click.UsageError(f"{' '.join(at_price)} is not @ PRICE such as @ 10.05")
    if behind_at and price:
        raise click.UsageError("an order has one price: @ PRICE, --price PRICE, or --market")
    return behind_at[1:] or price


def _line(options: dict[str, Any]) -> Line:
    username, password = (options[name] and sendable(options[name], f"--{name}") for name in ("username", "password"))
    session, target = (sendable(options[name], f"--{name}") for name in ("session", "target"))
    address = _address(options["host"], options["port"], options["data"])
    return Line(session, target, username, password, address, options["stay_seconds"])


def _address(host: str | None, port: int | None, data: Path) -> tuple[str, int]:
    if (host is None) != (port is None):
        raise click.UsageError("--host and --port belong together")
    if host is not None and port is not None:
        return host, port
    found = read_run_file(data).fix
    if found is None:
        end(Exit.NO_CONNECTION, f"the exchange of {data} has no FIX port")
    return found


def _converse(conversation: Coroutine[Any, Any, list[WireMessage]], options: dict[str, Any]) -> None:
    """Has the conversation, shows its answers, and ends with 1 where the venue refused."""
    dictionary = load(VERSION)
    try:
        answers = asyncio.run(conversation)
    except (CannotConnect, LogonRefused, NoAnswer) as error:
        end(Exit.NO_CONNECTION, str(error))
    if options["as_json"]:
        echo_json([named(answer, dictionary) for answer in answers])
    else:
        out = console()
        out.print(answers_table(answers, dictionary, out.width))
        for text in texts(answers):
            click.echo(text)
    if not is_accepted(answers):
        raise SystemExit(int(Exit.NO))
