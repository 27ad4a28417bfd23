"""`fixpit clock`: what the clock of a running exchange shows, and where it is driven to."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from gateway.cli.running_exchange import DEFAULT_DATA, ask, command, data_option
from gateway.cli.terminal import Exit, echo_json, end, json_option

PATH = "/admin/clock"
POLL_SECONDS = 0.2
"""Between two questions whether a long move has ended."""

market_option = click.option(
    "--market", default="", metavar="NAME", help="Whose day is meant, where there are several."
)


@click.group(
    invoke_without_command=True,
    short_help="Show the clock of a running exchange, and drive it.",
    epilog="Example: fixpit serve --clock virtual, and in another terminal: fixpit clock advance 1h30m",
)
@data_option
@json_option
@click.pass_context
def clock(context: click.Context, data: Path, as_json: bool) -> None:
    """Show the clock of the exchange that runs on a data folder, as its operator; or move it.

    Only a scaled or virtual clock can be moved. All that is due on the way happens, each thing at its own time. Every
    move is written to audit.log in the data folder. Exit code 1: it cannot be done, and why.
    """
    context.obj = data
    if context.invoked_subcommand is None:
        _show(ask(data, PATH, as_operator=True), as_json=as_json)


@clock.command(epilog="Example: fixpit clock show --json")
@data_option
@json_option
@click.pass_context
def show(context: click.Context, data: Path, as_json: bool) -> None:
    """Show the time, the speed, and when something happens next."""
    _show(ask(_data_of(context, data), PATH, as_operator=True), as_json=as_json)


@clock.command(epilog="Example: fixpit clock advance 1h30m, or: fixpit clock advance --to 16:00")
@click.argument("span", required=False, default="", metavar="[SPAN]")
@click.option("--to", default="", metavar="TIME", help="To a time of day of the market, or a moment in ISO 8601.")
@market_option
@data_option
@json_option
@click.pass_context
def advance(context: click.Context, /, span: str, data: Path, as_json: bool, **words: str) -> None:
    """Move the clock by SPAN (250ms, 90s, 1h30m, 2d), or to a time."""
    if bool(span) is bool(words["to"]):
        end(Exit.USAGE, "advance needs a span such as 1h30m, or --to TIME")
    _move(_data_of(context, data), {"by": span, **words}, as_json=as_json)


@clock.command(epilog="Example: fixpit clock jump close")
@click.argument("phase", metavar="PHASE")
@market_option
@data_option
@json_option
@click.pass_context
def jump(context: click.Context, phase: str, market: str, data: Path, as_json: bool) -> None:
    """Move the clock until a market comes to PHASE: open, close, or any phase such as "closing auction"."""
    _move(_data_of(context, data), {"jump": phase, "market": market}, as_json=as_json)


@clock.command(epilog="Example: fixpit clock speed 100")
@click.argument("times", metavar="TIMES", type=click.FloatRange(0))
@data_option
@json_option
@click.pass_context
def speed(context: click.Context, times: float, data: Path, as_json: bool) -> None:
    """Let the clock go TIMES as fast as the machine's; 0 stops it."""
    _move(_data_of(context, data), {"speed": times}, as_json=as_json)


def _data_of(context: click.Context, data: Path) -> Path:
    """`--data` may stand before or behind the name of the action."""
    before: Path = context.obj
    return before if data == DEFAULT_DATA else data


def _move(data: Path, body: dict[str, object], *, as_json: bool) -> None:
    """Begins a move and waits for its end, however long it takes."""
    state = command(data, PATH, body)
    while state["is_moving"]:
        time.sleep(POLL_SECONDS)
        state = ask(data, PATH, as_operator=True)
    if state["problem"]:
        end(Exit.NO, state["problem"])
    _show(state, as_json=as_json)


def _show(state: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        echo_json(state)
        return
    kind = "the machine's clock" if state["mode"] == "real" else f"speed {state['speed']}"
    if state["mode"] != "real" and state["speed"] == "0":
        kind = "standing"
    going = f", on its way to {state['target']}" if state["is_moving"] else ""
    due = f"; next due {state['next_due']}" if state["next_due"] else ""
    click.echo(f"{state['now']}  {kind}{going}{due}")
