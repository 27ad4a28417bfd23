"""The options that the commands of `fixpit order` share: what an order asks for, and the line that it goes over."""

from __future__ import annotations

from collections.abc import Callable

import click

from gateway.cli.order_words import PEGS, SELF_TRADES, TIMES_IN_FORCE
from gateway.cli.running_exchange import data_option
from gateway.cli.terminal import Decorated, json_option

STAY_SECONDS_MAX = 86_400.0
"""A day: who stays longer is a client with a session of his own."""

_PRICE = click.option("--price", metavar="PRICE", help="Limit, instead of @ PRICE.")
_WAITING = (
    click.option("--stop", metavar="PRICE", help="Wait until the last price rises (buy) or falls (sell) to it."),
    click.option("--if-touched", metavar="PRICE", help="Wait until the last price falls (buy) or rises (sell) to it."),
    click.option("--trail", metavar="N|N%", help="A stop that stays so far from the last price: 0.50, or 2%."),
    click.option("--peg", type=click.Choice(list(PEGS)), help="Follow the book, to @ PRICE at worst."),
    click.option("--offset", metavar="N", help="Added to what a peg follows: -0.02 is passive for a buy."),
)
_UNTIL = click.option("--until", metavar="TIME|DATE", help="Good till then: 2026-12-31, or 2026-12-31T16:00 (UTC).")
_QUANTITIES = (
    click.option("--display", metavar="N", help="An iceberg that shows N at a time; 0: hidden, all: none."),
    click.option("--min", "minimum", metavar="N", help="Least to trade: at once, or in each execution."),
)
_DISCONNECT = click.option(
    "--cancel-on-disconnect",
    "is_canceled_on_disconnect",
    is_flag=True,
    help="Canceled when this command's line ends: see --stay.",
)
_LINE = (
    click.option(
        "--stay",
        "stay_seconds",
        type=click.FloatRange(0, STAY_SECONDS_MAX),
        default=0.2,
        show_default=True,
        metavar="SECONDS",
        help="Stay for more reports while the order is open, or until Ctrl-C.",
    ),
    click.option("--session", default="CLI", show_default=True, help="CompID to log on with."),
    click.option("--target", default="FIXPIT", show_default=True, help="CompID of the venue."),
    click.option("--username", default="cli", show_default=True, help="Username(553); empty: none."),
    click.option("--password", default="cli", show_default=True, help="Password(554); empty: none."),
    click.option("--host", metavar="HOST", help="Address of the venue, with --port. Without: the exchange of --data."),
    click.option("--port", type=click.IntRange(1, 65_535), metavar="PORT", help="FIX port of the venue."),
    data_option,
    json_option,
)


def new_order_options(function: Decorated) -> Decorated:
    """All that can be said of a new order."""
    tif = click.Choice(list(TIMES_IN_FORCE))
    options = (
        click.argument("at_price", nargs=-1, metavar="[@ PRICE]"),
        _PRICE,
        click.option("--market", "is_market", is_flag=True, help="A market order: no price."),
        click.option(
            "--market-to-limit",
            "is_market_to_limit",
            is_flag=True,
            help="Take the best price; the rest is a limit there.",
        ),
        *_WAITING,
        click.option("--tif", type=tif, help="Time in force; open, close: for that auction.  [default: day]"),
        _UNTIL,
        *_QUANTITIES,
        click.option(
            "--all-or-none", "is_all_or_none", is_flag=True, help="Trade whole or not at all, and wait for it."
        ),
        click.option("--post-only", "is_post_only", is_flag=True, help="Never take what rests there already."),
        click.option("--stp", type=click.Choice(list(SELF_TRADES)), help="When it meets an order of its own owner."),
        _DISCONNECT,
        click.option("--account", help="Account(1). Without it: the session's first."),
    )
    return _with(options, function)


def changed_order_options(function: Decorated) -> Decorated:
    """All that can be said of an order that is there."""
    options = (
        click.argument("at_price", nargs=-1, metavar="[@ PRICE]"),
        click.option("--quantity", metavar="N", help="The new total, what is filled included."),
        _PRICE,
        *_WAITING,
        click.option("--tif", type=click.Choice(list(TIMES_IN_FORCE)), help="Time in force."),
        _UNTIL,
        *_QUANTITIES,
        click.option("--all-or-none/--no-all-or-none", "is_all_or_none", default=None, help="Whole or not at all."),
        click.option("--post-only/--no-post-only", "is_post_only", default=None, help="Never take."),
        _DISCONNECT,
    )
    return _with(options, function)


def line_options(function: Decorated) -> Decorated:
    """Whom to log on as, where, and how long; --data and --json."""
    return _with(_LINE, function)


def _with(options: tuple[Callable[[Decorated], Decorated], ...], function: Decorated) -> Decorated:
    """The options in the order in which the help shows them."""
    for option in reversed(options):
        function = option(function)
    return function
