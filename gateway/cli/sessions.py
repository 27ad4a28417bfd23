"""`fixpit sessions`: the FIX sessions of a running exchange, why they ended, and what its operator may do to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from gateway.cli.running_exchange import DEFAULT_DATA, ask, command, data_option
from gateway.cli.terminal import Decorated, Exit, add_row, console, echo_json, end, json_option, table

COLUMNS = {
    "comp_id": "session",
    "state": "state",
    "peer": "peer",
    "next_in": "next in",
    "next_out": "next out",
    "received_per_second": "in/s",
    "sent_per_second": "out/s",
    "queued_bytes": "queued bytes",
    "open_orders": "open orders",
    "last_received": "last received",
    "last_disconnect": "last disconnect",
}
"""Fields of the answer, and how the table calls them."""

NUMBERS = frozenset({"next in", "next out", "in/s", "out/s", "queued bytes", "open orders"})

comp_id_argument = click.argument("comp_id", metavar="COMPID")


def reason_option(function: Decorated) -> Decorated:
    """`--reason`, which the client gets to read."""
    text = "Why; the client reads it in Text(58)."
    return click.option("--reason", default="", metavar="TEXT", help=text)(function)


@click.group(
    invoke_without_command=True,
    short_help="Show the FIX sessions of a running exchange, and act on them.",
    epilog='Example: fixpit sessions, and then: fixpit sessions logout ALICE --reason "maintenance at 18:00"',
)
@data_option
@json_option
@click.pass_context
def sessions(context: click.Context, data: Path, as_json: bool) -> None:
    """Show the FIX sessions of the exchange that runs on a data folder, as its operator; or act on one.

    Every action is written to audit.log in the data folder. Exit code 1: the exchange refuses it, and says why.
    """
    context.obj = data
    if context.invoked_subcommand is not None:
        return
    answer = ask(data, "/admin/sessions", as_operator=True)
    if as_json:
        echo_json(answer)
        return
    listed = table(*COLUMNS.values(), right=NUMBERS)
    for session in answer["sessions"]:
        add_row(listed, *("—" if session[field] in (None, "") else session[field] for field in COLUMNS))
    console().print(listed)


def _data_of(context: click.Context, data: Path) -> Path:
    """`--data` may stand before or behind the name of the action."""
    before: Path = context.obj
    return before if data == DEFAULT_DATA else data


@sessions.command(epilog="Example: fixpit sessions show ALICE")
@comp_id_argument
@data_option
@json_option
@click.pass_context
def show(context: click.Context, comp_id: str, data: Path, as_json: bool) -> None:
    """Show one session: all that is known of it, its latest disconnects and refused logons."""
    answer = ask(_data_of(context, data), f"/admin/sessions/{quote(comp_id, safe='')}", as_operator=True)
    if as_json:
        echo_json(answer)
        return
    out = console()
    facts = table("", "")
    for name, value in answer.items():
        if not isinstance(value, list):
            add_row(facts, name.replace("_", " "), _said(value))
    out.print(facts)
    for title, name in (("disconnects", "disconnects"), ("refused logons", "refused_logons")):
        endings = table("at", "peer", "reason", title=f"\nlatest {title}")
        for ending in answer[name]:
            add_row(endings, ending["at"], ending["peer"], ending["reason"])
        if answer[name]:
            out.print(endings)


@sessions.command(epilog='Example: fixpit sessions logout ALICE --reason "maintenance"')
@comp_id_argument
@reason_option
@data_option
@json_option
@click.pass_context
def logout(context: click.Context, comp_id: str, reason: str, data: Path, as_json: bool) -> None:
    """End a session's line with Logout and a reason. The client may log on again."""
    _act(_data_of(context, data), comp_id, "logout", {"reason": reason}, as_json=as_json)


@sessions.command("test-request", epilog="Example: fixpit sessions test-request ALICE")
@comp_id_argument
@data_option
@json_option
@click.pass_context
def send_test_request(context: click.Context, comp_id: str, data: Path, as_json: bool) -> None:
    """Ask a client whether it is there; one that does not answer in time is disconnected."""
    _act(_data_of(context, data), comp_id, "test-request", {}, as_json=as_json)


@sessions.command(epilog="Example: fixpit sessions resend ALICE --begin 10 --end 20")
@comp_id_argument
@click.option("--begin", type=click.IntRange(1), required=True, metavar="N", help="The first MsgSeqNum.")
@click.option("--end", "last", type=click.IntRange(0), default=0, metavar="N", help="The last; 0 is the latest. [0]")
@data_option
@json_option
@click.pass_context
def resend(context: click.Context, comp_id: str, begin: int, last: int, data: Path, as_json: bool) -> None:
    """Send messages again, as if the client had asked for them by ResendRequest."""
    _act(_data_of(context, data), comp_id, "resend", {"begin": begin, "end": last}, as_json=as_json)


@sessions.command("set-numbers", epilog="Example: fixpit sessions set-numbers ALICE --next-out 100")
@comp_id_argument
@click.option("--next-in", type=click.IntRange(1), metavar="N", help="MsgSeqNum expected next of the client.")
@click.option("--next-out", type=click.IntRange(1), metavar="N", help="MsgSeqNum of the next message to the client.")
@click.option("--force", is_flag=True, help="Also when numbers are used a second time.")
@data_option
@json_option
@click.pass_context
def set_numbers(
    context: click.Context, /, comp_id: str, force: bool, data: Path, as_json: bool, **numbers: int | None
) -> None:
    """Go on with other MsgSeqNums, also while the session is logged on."""
    given: dict[str, object] = {name: number for name, number in numbers.items() if number is not None}
    if not given:
        end(Exit.USAGE, "set-numbers needs --next-in N, --next-out N, or both")
    _act(_data_of(context, data), comp_id, "set-numbers", {**given, "force": force}, as_json=as_json)


@sessions.command(epilog='Example: fixpit sessions disable ALICE --reason "contract ended"')
@comp_id_argument
@reason_option
@data_option
@json_option
@click.pass_context
def disable(context: click.Context, comp_id: str, reason: str, data: Path, as_json: bool) -> None:
    """Refuse a session's logons from now on, over restarts too, and log it out."""
    _act(_data_of(context, data), comp_id, "disable", {"reason": reason}, as_json=as_json)


@sessions.command(epilog="Example: fixpit sessions enable ALICE")
@comp_id_argument
@data_option
@json_option
@click.pass_context
def enable(context: click.Context, comp_id: str, data: Path, as_json: bool) -> None:
    """Let a disabled session log on again."""
    _act(_data_of(context, data), comp_id, "enable", {}, as_json=as_json)


@sessions.command(epilog="Example: fixpit sessions reset ALICE")
@comp_id_argument
@data_option
@json_option
@click.pass_context
def reset(context: click.Context, comp_id: str, data: Path, as_json: bool) -> None:
    """Begin both MsgSeqNums at 1 and forget what was sent. The session must not be connected."""
    _act(_data_of(context, data), comp_id, "reset", {}, as_json=as_json)


def _act(data: Path, comp_id: str, action: str, body: dict[str, object], *, as_json: bool) -> None:
    answer = command(data, f"/admin/sessions/{quote(comp_id, safe='')}/{action}", body)
    if as_json:
        echo_json(answer)
        return
    enabled = "" if answer["is_enabled"] else ", disabled"
    click.echo(f"{comp_id}: {answer['state']}, next in {answer['next_in']}, next out {answer['next_out']}{enabled}")


def _said(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "—" if value in (None, "") else value
