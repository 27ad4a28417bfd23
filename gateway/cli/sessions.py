"""`fixpit sessions`: every FIX session of a running exchange, with its numbers and why it ended last."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.running_exchange import ask, data_option
from gateway.cli.terminal import add_row, console, echo_json, json_option, table

COLUMNS = {
    "comp_id": "session",
    "state": "state",
    "peer": "peer",
    "next_in": "next in",
    "next_out": "next out",
    "open_orders": "open orders",
    "last_received": "last received",
    "last_disconnect": "last disconnect",
}
"""Fields of the answer, and how the table calls them."""

NUMBERS = frozenset({"next in", "next out", "open orders"})


@click.command(short_help="Show the FIX sessions of a running exchange.", epilog="Example: fixpit sessions --json")
@data_option
@json_option
def sessions(data: Path, as_json: bool) -> None:
    """Show the FIX sessions of the exchange that runs on a data folder, as its operator."""
    answer = ask(data, "/admin/sessions", as_operator=True)
    if as_json:
        echo_json(answer)
        return
    listed = table(*COLUMNS.values(), right=NUMBERS)
    for session in answer["sessions"]:
        add_row(listed, *("—" if session[field] in (None, "") else session[field] for field in COLUMNS))
    console().print(listed)
