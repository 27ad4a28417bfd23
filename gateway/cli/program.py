"""The program `fixpit`: one command per noun, each in a file of its own that is imported only when it is used.

That keeps `fixpit --version` and `--help` quick; `COMMANDS` is the whole tree. Answers go to stdout, hints to stderr.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec

import click

HOT_PATH = "exchange.matching.order_book"
"""A module that is compiled where the hot path is."""

COMMANDS: Mapping[str, tuple[str, str]] = {
    "serve": ("gateway.cli.serve:serve", "Run the exchange."),
    "order": ("gateway.cli.order:order", "Send orders to a running exchange over FIX; cancel and replace them."),
    "book": ("gateway.cli.book:book", "Show the order books of a running exchange."),
    "sessions": ("gateway.cli.sessions:sessions", "Show the FIX sessions of a running exchange, and act on them."),
    "clock": ("gateway.cli.clock:clock", "Show the clock of a running exchange, and drive it."),
    "phase": (
        "gateway.cli.operations:phase",
        "Show the phases of a running exchange's instruments, or change them.",
    ),
    "halt": ("gateway.cli.operations:halt", "Halt an instrument of a running exchange, or a market."),
    "resume": ("gateway.cli.operations:resume", "Let a halted instrument or market trade again."),
    "bust": ("gateway.cli.operations:bust", "Declare that a trade never was."),
    "correct": ("gateway.cli.operations:correct", "Give a trade another price or quantity."),
    "cancel-order": ("gateway.cli.operations:cancel_order", "Take an order out of the market."),
    "block": ("gateway.cli.operations:block", "Stop a session, account, user or firm: the kill switch."),
    "unblock": ("gateway.cli.operations:unblock", "Let a blocked session, account, user or firm trade again."),
    "account": (
        "gateway.cli.account:account",
        "Show accounts of a running exchange, and move their money and shares.",
    ),
    "limits": ("gateway.cli.limits:limits", "Show the risk limits of a running exchange, and change them."),
    "stop-loss": ("gateway.cli.account:stop_loss", "Set or remove the protective stop of a position."),
    "settlement": (
        "gateway.cli.settlement:settlement",
        "Show what a running exchange has still to settle, and set the clearing house's rules.",
    ),
    "corporate-action": (
        "gateway.cli.corporate_action:corporate_action",
        "Announce splits, dividends and new symbols on a running exchange.",
    ),
    "user": ("gateway.cli.user:user", "Show the users of a running exchange's API, make and change them."),
    "news": ("gateway.cli.news:news", "Say something to the FIX clients of a running exchange."),
    "scenario": ("gateway.cli.scenario:scenario", "Play YAML scenarios against an exchange and check what comes back."),
    "probe": ("gateway.cli.probe:probe", "Try any FIX acceptor with numbered cases."),
    "fixlog": ("gateway.cli.fixlog:fixlog", "Read FIX messages as people do."),
    "fix": ("gateway.cli.fix:fix", "Write QuickFIX dictionaries and client configurations."),
    "config": ("gateway.cli.config:config", "Show settings: those in force, their schema, their reference."),
    "journal": ("gateway.cli.journal:journal", "Check, show and replay the journal of a data folder."),
    "store": ("gateway.cli.store:store", "Check and rebuild the SQL store of a data folder."),
}
"""Name to place and short help, in the order of `fixpit --help`; the short help is that of the command itself."""


class _Program(click.Group):
    """A group that knows its commands by name and imports one when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click asks with it
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


def _print_version(ctx: click.Context, _parameter: click.Parameter, is_asked: bool) -> None:
    if not is_asked or ctx.resilient_parsing:
        return
    spec = find_spec(HOT_PATH)
    assert spec is not None, f"{HOT_PATH} is not installed"
    hot_path = "interpreted" if (spec.origin or "").endswith(".py") else "compiled"
    click.echo(f"fixpit {version('fixpit')}, Python {platform.python_version()}, hot path {hot_path}")
    ctx.exit()


@click.group(
    cls=_Program,
    context_settings={"max_content_width": 120},
    epilog="Example: fixpit serve, and in another terminal: fixpit order buy ACME 100 @ 10.05",
)
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_print_version,
    help="Show version, Python, and whether the hot path is compiled.",
)
def main() -> None:
    """A stock exchange that runs with one command and speaks FIX.

    Answers go to stdout, hints to stderr. Exit codes: 0 all well, 1 the answer is no, 2 wrong usage or settings,
    3 cannot connect.
    """
