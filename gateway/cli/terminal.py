"""What commands say: answers on stdout, hints on stderr, JSON for programs, and an end with an exit code.

rich is asked for tables only and leaves colours out where NO_COLOR is set or nobody looks at a terminal.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import IO, Any, NoReturn, TypeVar

import click
import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.fix.redaction import printable

PIPE_COLUMNS = 200
"""Width of tables where stdout is no terminal: a line of a table is not to be broken for a program's sake."""

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


_encode = msgspec.json.Encoder(decimal_format="number").encode


class Exit(IntEnum):
    """Exit codes of every command."""

    NO = 1
    """It worked, and the answer is no: a rejected order, a damaged journal, an exchange that does not start."""
    USAGE = 2
    """Options or settings are wrong."""
    NO_CONNECTION = 3
    """No exchange answers."""


def end(code: Exit, text: str) -> NoReturn:
    """Ends the command with this exit code, and says why on stderr once whatever it was in the middle of is undone."""
    raise _End(code, text)


def hint(text: str) -> None:
    """Says something that is not the answer."""
    click.echo(text, err=True)


def console() -> Console:
    """Where tables go."""
    found = Console(highlight=False, soft_wrap=False)
    if not found.is_terminal:
        found = Console(highlight=False, soft_wrap=False, width=PIPE_COLUMNS)
    return found


def table(*columns: str, title: str = "", right: frozenset[str] = frozenset()) -> Table:
    """An empty table; the columns in `right` hold numbers."""
    made = Table(title=Text(title) if title else None, title_justify="left", box=None, pad_edge=False)
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", no_wrap=True, overflow="fold")
    return made


def add_row(to: Table, *cells: object) -> None:
    """Adds a row as it is: no part of a text is taken for markup, and no control character steers the terminal."""
    to.add_row(*(Text(printable(str(cell))) for cell in cells))


def echo_json(answer: object) -> None:
    """The whole answer as one JSON document."""
    click.echo(msgspec.json.format(_encode(answer), indent=2))


def json_option(function: Decorated) -> Decorated:
    """`--json`, which every command that answers has."""
    return click.option("--json", "as_json", is_flag=True, help="Answer in JSON, for programs.")(function)


class _End(click.ClickException):
    """What click ends the process with; its own word `Error:` before the sentence adds nothing."""

    def __init__(self, code: Exit, text: str) -> None:
        super().__init__(text)
        self.code = code

    @property
    def exit_code(self) -> int:  # type: ignore[override]  # click has it as a variable of the class
        return int(self.code)

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.message, file=file, err=file is None)
