"""`fixpit probe`: numbered session and order cases against any FIX acceptor, a verdict each.

Only options and the table; the cases are in `gateway.probe`. Exit codes: 0 all passed, 1 one failed, 2 usage, 3 the
acceptor takes no connection.
"""

from __future__ import annotations

from typing import Any

import click
import msgspec

from gateway.cli.terminal import Exit, echo_json, end, json_option
from gateway.probe.cases import CASES, Verdict, run, title
from gateway.probe.line import Target

VERSIONS = ("FIX.4.2", "FIX.4.4", "FIX.5.0SP2")


def _list_cases(ctx: click.Context, _parameter: click.Parameter, is_asked: bool) -> None:
    if not is_asked or ctx.resilient_parsing:
        return
    for number, case in enumerate(CASES, 1):
        click.echo(f"{number:3} {title(case)}")
    ctx.exit()


@click.command(
    short_help="Try any FIX acceptor with numbered cases.",
    epilog="Example: fixpit probe 127.0.0.1:9876 --sender ALICE --target FIXPIT --username alice --password alice",
)
@click.argument("address", metavar="HOST:PORT")
@click.option("--sender", required=True, metavar="ID", help="SenderCompID(49) to log on with.")
@click.option("--target", required=True, metavar="ID", help="TargetCompID(56): the acceptor's CompID.")
@click.option("--username", default="", metavar="NAME", help="Username(553).")
@click.option("--password", default="", metavar="TEXT", help="Password(554).")
@click.option("--version", type=click.Choice(VERSIONS), default="FIX.4.4", show_default=True, help="FIX version.")
@click.option("--account", default="", metavar="ID", help="Account(1) of the orders. Without it: none is sent.")
@click.option("--symbol", default="ACME", show_default=True, help="Symbol(55) of the orders.")
@click.option("--price", default="9.00", show_default=True, help="Limit of the orders: a buy order must rest there.")
@click.option("--quantity", type=click.IntRange(1), default=100, show_default=True, help="OrderQty(38) of the orders.")
@click.option(
    "--heartbeat", type=click.IntRange(1, 60), default=2, show_default=True, help="HeartBtInt(108), in seconds."
)
@click.option(
    "--timeout", type=click.FloatRange(0.1, 600), default=5.0, show_default=True, help="Seconds an answer may take."
)
@click.option(
    "--case", "numbers", type=click.IntRange(1, len(CASES)), multiple=True, help="Only the case with this number."
)
@click.option("--list", is_flag=True, expose_value=False, is_eager=True, callback=_list_cases, help="List the cases.")
@json_option
def probe(address: str, sender: str, target: str, **options: Any) -> None:
    """Try an acceptor with numbered cases: sessions, broken input, orders.

    Each case logs on anew with ResetSeqNumFlag(141)=Y, so the session should be one for tests; what a case leaves in
    the book it cancels. Exit code 0: all passed, 1: at least one failed, 3: nobody listens.
    """
    host, colon, port = address.rpartition(":")
    if not colon or not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise click.UsageError(f"{address} is not HOST:PORT such as 127.0.0.1:9876")
    one = Target(
        host=host.strip("[]"),
        port=int(port),
        sender=sender,
        target=target,
        username=options["username"],
        password=options["password"],
        version=options["version"],
        account=options["account"],
        symbol=options["symbol"],
        quantity=str(options["quantity"]),
        price=options["price"],
        heartbeat_seconds=options["heartbeat"],
        timeout_seconds=max(options["timeout"], options["heartbeat"] * 2.5),
    )
    verdicts = _played(one, options["numbers"], is_silent=options["as_json"])
    failed = sum(1 for verdict in verdicts if verdict.failure)
    if options["as_json"]:
        echo_json([msgspec.to_builtins(verdict) for verdict in verdicts])
    else:
        click.echo(f"{len(verdicts) - failed} of {len(verdicts)} passed")
    if failed:
        raise SystemExit(int(Exit.NO))


def _played(target: Target, numbers: tuple[int, ...], *, is_silent: bool) -> list[Verdict]:
    verdicts: list[Verdict] = []
    try:
        for verdict in run(target, numbers):
            verdicts.append(verdict)
            if not is_silent:
                click.echo(f"{verdict.number:3} {'failed' if verdict.failure else 'passed'}  {verdict.title}")
                if verdict.failure:
                    click.echo(f"            {verdict.failure}")
    except OSError as error:
        end(Exit.NO_CONNECTION, f"nobody takes a connection at {target.host}:{target.port}: {error}")
    return verdicts
