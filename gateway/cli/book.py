"""`fixpit book`: the top of every book, or the depth of one, once or as it changes.

Prices are the exchange's own text; `market` stands where orders wait without one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click
import msgspec
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from gateway.cli.running_exchange import ask, data_option
from gateway.cli.terminal import add_row, console, echo_json, json_option, table

WATCH_SECONDS = 0.5
NUMBERS = frozenset({"bid", "ask", "last", "quantity", "bid quantity", "ask quantity", "volume", "orders", "trades"})
NOTHING = "—"


@click.command(short_help="Show the order books of a running exchange.", epilog="Example: fixpit book ACME --watch")
@click.argument("symbol", required=False)
@click.option(
    "--levels", type=click.IntRange(1, 1000), default=10, show_default=True, help="Price levels of each side."
)
@click.option("--watch", is_flag=True, help="Show it anew twice a second until Ctrl-C.")
@data_option
@json_option
def book(symbol: str | None, levels: int, watch: bool, data: Path, as_json: bool) -> None:
    """Show the top of every book, or the depth of SYMBOL's.

    `market` stands for orders that wait without a price. In an auction the depth comes with what it would bring now:
    price, quantity, and what is left over on which side.
    """

    def fetch() -> Any:
        if symbol is None:
            return ask(data, "/market-data/books?levels=1")
        return ask(data, f"/market-data/books/{quote(symbol, safe='')}?levels={levels}")

    out = console()
    try:
        if watch and out.is_terminal and not as_json:
            _live(fetch, out)
        _print(fetch(), out, as_json=as_json, is_line=watch)
        while watch:
            time.sleep(WATCH_SECONDS)
            _print(fetch(), out, as_json=as_json, is_line=True)
    except KeyboardInterrupt:
        if not watch:
            raise


def _live(fetch: Callable[[], Any], out: Console) -> None:
    """One picture that changes in its place, until Ctrl-C."""
    with Live(_shown(fetch()), console=out, auto_refresh=False, screen=True) as live:
        while True:
            time.sleep(WATCH_SECONDS)
            live.update(_shown(fetch()), refresh=True)


def _print(answer: Any, out: Console, *, as_json: bool, is_line: bool) -> None:
    if not as_json:
        out.print(_shown(answer))
    elif is_line:
        click.echo(msgspec.json.encode(answer).decode())
    else:
        echo_json(answer)


def _shown(answer: dict[str, Any]) -> RenderableType:
    return _overview(answer["books"]) if "books" in answer else _depth(answer)


def _overview(books: list[dict[str, Any]]) -> Table:
    columns = ("symbol", "phase", "bid quantity", "bid", "ask", "ask quantity", "last", "trades", "volume")
    overview = table(*columns, right=NUMBERS)
    for one in books:
        bid, ask_level = _best(one["bids"]), _best(one["asks"])
        last = one["last"]["price"] if one["last"] else NOTHING
        sides = (bid[1], bid[0], ask_level[0], ask_level[1])
        add_row(overview, one["symbol"], one["phase"], *sides, last, one["trades"], one["volume"])
    return overview


def _depth(one: dict[str, Any]) -> Group:
    depth = table("orders", "quantity", "bid", "ask", "quantity", "orders", right=NUMBERS)
    for at in range(max(len(one["bids"]), len(one["asks"]), 1)):
        bid, ask_level = _level(one["bids"], at), _level(one["asks"], at)
        add_row(depth, bid[2], bid[1], bid[0], *ask_level)
    last = f"last {one['last']['quantity']} @ {one['last']['price']}" if one["last"] else "no trade yet"
    head = f"{one['symbol']}: {one['phase']}, {last}, event {one['event']} at {one['at']}"
    return Group(Text(head), *_auction(one["auction"]), depth)


def _auction(auction: dict[str, Any] | None) -> list[Text]:
    """What the auction under way would bring; nothing while none is."""
    if auction is None:
        return []
    found = "no price yet" if auction["price"] is None else f"{auction['quantity']} @ {auction['price']}"
    left = auction["imbalance"]
    imbalance = f", {left} to {auction['imbalance_side']} left over" if left else ""
    return [Text(f"auction: {found}{imbalance}")]


def _best(levels: list[Any]) -> Any:
    return _level(levels, 0, NOTHING)


def _level(levels: list[Any], at: int, instead: str = "") -> Any:
    return levels[at] if at < len(levels) else (instead, instead, instead)
