"""`fixpit order`: one NewOrderSingle over a real FIX session, and the ExecutionReports that come back.

Only options and tables; `order_client` holds the conversation. Exit codes: 0 accepted, 1 rejected, 2 usage, 3 no
connection, no logon or no answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from gateway.cli.order_client import Login, NewOrder, NoAnswer, is_accepted, send_order
from gateway.cli.running_exchange import data_option, read_run_file
from gateway.cli.terminal import Exit, add_row, console, echo_json, end, json_option, table
from gateway.fix.dictionary import Dictionary, load
from gateway.scenario.fix_client import CannotConnect, LogonRefused
from gateway.scenario.wire import WireMessage

SIDES = {"buy": "1", "sell": "2"}
TIMES_IN_FORCE = {"day": "0", "gtc": "1", "ioc": "3", "fok": "4"}

SHOWN = ("35", "150", "39", "37", "55", "54", "38", "44", "32", "31", "14", "151", "6", "103", "373", "380", "58")
"""The fields that the table shows, where any answer has them."""

NUMBERS = frozenset({"38", "44", "32", "31", "14", "151", "6"})


@click.command(
    short_help="Send an order to a running exchange over FIX.",
    epilog="Example: fixpit order buy ACME 100 @ 10.05 --tif ioc",
)
@click.argument("side", type=click.Choice(list(SIDES)))
@click.argument("symbol")
@click.argument("quantity")
@click.argument("at_price", nargs=-1, metavar="[@ PRICE]")
@click.option("--price", metavar="PRICE", help="Limit, instead of @ PRICE.")
@click.option("--market", is_flag=True, help="A market order: no price.")
@click.option("--tif", type=click.Choice(list(TIMES_IN_FORCE)), default="day", show_default=True, help="Time in force.")
@click.option("--account", help="Account(1). Without it: the session's first.")
@click.option("--session", default="CLI", show_default=True, help="CompID to log on with.")
@click.option("--target", default="FIXPIT", show_default=True, help="CompID of the venue.")
@click.option("--username", default="cli", show_default=True, help="Username(553); empty: none.")
@click.option("--password", default="cli", show_default=True, help="Password(554); empty: none.")
@click.option("--host", metavar="HOST", help="Address of the venue, with --port. Without: the exchange of --data.")
@click.option("--port", type=click.IntRange(1, 65_535), metavar="PORT", help="FIX port of the venue.")
@data_option
@json_option
def order(side: str, symbol: str, quantity: str, at_price: tuple[str, ...], **options: Any) -> None:
    """Send one order and show what comes back.

    `@ PRICE` (or --price) makes it a limit order, --market a market order. Exit code 0: accepted, 1: rejected,
    3: cannot connect.
    """
    new_order = NewOrder(
        side=SIDES[side],
        symbol=_sendable(symbol, "SYMBOL"),
        quantity=_sendable(quantity, "QUANTITY"),
        price=_price(at_price, options["price"], is_market=options["market"]),
        time_in_force=TIMES_IN_FORCE[options["tif"]],
        account=_sendable(options["account"], "--account") if options["account"] else "",
    )
    login = _login(options)
    address = _address(options["host"], options["port"], options["data"])
    dictionary = load("FIX.4.4")
    try:
        answers = asyncio.run(send_order(new_order, login, address, frozenset(dictionary.header.members)))
    except (CannotConnect, LogonRefused, NoAnswer) as error:
        end(Exit.NO_CONNECTION, str(error))
    if options["as_json"]:
        echo_json([_named(answer, dictionary) for answer in answers])
    else:
        console().print(_table(answers, dictionary))
    if not is_accepted(answers):
        raise SystemExit(int(Exit.NO))


def _price(at_price: Sequence[str], price: str | None, *, is_market: bool) -> str:
    """The limit, empty for a market order; exactly one of the three ways to say it."""
    behind_at = "".join(at_price)
    if behind_at and not (behind_at.startswith("@") and len(behind_at) > 1):
        raise click.UsageError(f"{' '.join(at_price)} is not @ PRICE such as @ 10.05")
    given = [text for text in (behind_at[1:], price) if text]
    if len(given) + is_market != 1:
        raise click.UsageError("an order has one price: @ PRICE, --price PRICE, or --market")
    return "" if is_market else _sendable(given[0], "PRICE")


def _login(options: dict[str, Any]) -> Login:
    username, password = (options[name] and _sendable(options[name], f"--{name}") for name in ("username", "password"))
    session, target = (_sendable(options[name], f"--{name}") for name in ("session", "target"))
    return Login(session, target, username, password)


def _sendable(text: str, name: str) -> str:
    """Text that a FIX field can hold: whether it makes sense there is the venue's to say."""
    if not text or not (text.isascii() and text.isprintable()):
        raise click.UsageError(f"{name} {text!r} has characters that a FIX field cannot hold")
    return text


def _address(host: str | None, port: int | None, data: Path) -> tuple[str, int]:
    if (host is None) != (port is None):
        raise click.UsageError("--host and --port belong together")
    if host is not None and port is not None:
        return host, port
    found = read_run_file(data).fix
    if found is None:
        end(Exit.NO_CONNECTION, f"the exchange of {data} has no FIX port")
    return found


def _table(answers: Sequence[WireMessage], dictionary: Dictionary) -> Table:
    tags = [tag for tag in SHOWN if any(answer.get(tag) for answer in answers)]
    names = {tag: dictionary.fields[tag].name for tag in tags}
    shown = table(*names.values(), right=frozenset(names[tag] for tag in tags if tag in NUMBERS))
    for answer in answers:
        add_row(shown, *(_meaning(tag, answer.get(tag) or "", dictionary) for tag in tags))
    return shown


def _meaning(tag: str, value: str, dictionary: Dictionary) -> str:
    if tag == "35":
        message = dictionary.message(value)
        return message.name if message else value
    return dictionary.fields[tag].codes.get(value, value)


def _named(answer: WireMessage, dictionary: Dictionary) -> dict[str, str]:
    """Values as they were on the wire, by the names of their fields."""
    fields = ((dictionary.field(tag), tag, value) for tag, value in answer.pairs)
    return {field.name if field else tag: value for field, tag, value in fields}
