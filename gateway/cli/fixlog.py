"""`fixpit fixlog decode`: FIX messages with the names of their fields and the meanings of their codes."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import click
import msgspec
from rich.console import Group
from rich.text import Text

from gateway.cli.fixlog_reading import LoggedMessage, logged_messages
from gateway.cli.terminal import Exit, add_row, console, end, json_option, table
from gateway.fix.dictionary import Dictionary, load

INPUT_BYTES_MAX = 256 << 20
"""The largest input: it is kept in memory, because a message may stand on several lines."""

SAID_BY_HEAD = ("8", "9", "35", "34", "49", "56", "52", "10")
"""Fields that `--oneline` shows in another form, or not at all."""


@click.group(short_help="Read FIX messages as people do.")
def fixlog() -> None:
    """Read FIX messages as people do."""


@fixlog.command("decode", epilog="Example: fixpit fixlog decode session.log --oneline")
@click.argument("file", type=click.File("rb"), metavar="FILE|-")
@click.option("--oneline", is_flag=True, help="One line for each message instead of a table.")
@json_option
def decode(file: IO[bytes], oneline: bool, as_json: bool) -> None:
    """Show every FIX message in FILE (-: stdin), with names and meanings of FIX.4.4.

    Fields are separated by SOH, | or ^A; what stands before a message on its line is left out. BodyLength(9) and
    CheckSum(10) are checked. Exit code 1: one is wrong, or there is no message. With --json each line is an object.
    """
    data = file.read(INPUT_BYTES_MAX + 1)
    if len(data) > INPUT_BYTES_MAX:
        end(Exit.USAGE, f"{file.name} has more than {INPUT_BYTES_MAX >> 20} MiB; split it first")
    dictionary = load("FIX.4.4")
    out = console()
    found = faulty = 0
    for message in logged_messages(data.decode("latin-1"), dictionary.data_tags):
        found += 1
        faulty += bool(message.faults)
        if as_json:
            click.echo(msgspec.json.encode(_as_object(message, dictionary)).decode())
        elif oneline:
            click.echo(_line(message, dictionary))
        else:
            out.print(_table(message, dictionary), "")
    if not found:
        end(Exit.NO, f"{Path(file.name).name} holds no FIX message: none begins with 8=FIX")
    if faulty:
        end(Exit.NO, f"{faulty} of {found} messages have a wrong BodyLength(9) or CheckSum(10)")


def _table(message: LoggedMessage, dictionary: Dictionary) -> Group:
    fields = table("tag", "field", "value", "meaning", right=frozenset({"tag"}))
    for tag, value in message.pairs:
        field = dictionary.field(tag)
        add_row(fields, tag, field.name if field else "?", _readable(value), _meaning(tag, value, dictionary))
    faults = [Text(f"✗ {fault}", style="bold red") for fault in message.faults]
    return Group(Text(_head(message, dictionary), style="bold"), fields, *faults)


def _line(message: LoggedMessage, dictionary: Dictionary) -> str:
    shown = []
    for tag, value in message.pairs:
        if tag not in SAID_BY_HEAD:
            field = dictionary.field(tag)
            shown.append(f"{field.name if field else tag}={_meaning(tag, value, dictionary) or _readable(value)}")
    return " ".join([_head(message, dictionary), *shown, *(f"✗ {fault}" for fault in message.faults)])


def _as_object(message: LoggedMessage, dictionary: Dictionary) -> dict[str, object]:
    fields = [
        {
            "tag": tag,
            "name": field.name if (field := dictionary.field(tag)) else None,
            "value": _readable(value),
            "meaning": _meaning(tag, value, dictionary) or None,
        }
        for tag, value in message.pairs
    ]
    return {"message": _name(message, dictionary), "faults": message.faults, "fields": fields}


def _head(message: LoggedMessage, dictionary: Dictionary) -> str:
    get = message.get
    return f"{get('52')} {get('49')} → {get('56')} {get('34')} {_name(message, dictionary)}"


def _name(message: LoggedMessage, dictionary: Dictionary) -> str:
    kind = dictionary.message(message.get("35"))
    return str(kind) if kind else f"unknown message ({message.get('35')})"


def _meaning(tag: str, value: str, dictionary: Dictionary) -> str:
    """The name of a code, or of several where the field takes several; empty where there is none."""
    if tag == "35":
        kind = dictionary.message(value)
        return kind.name if kind else ""
    field = dictionary.field(tag)
    if field is None or not field.codes:
        return ""
    codes = [value] if value in field.codes else value.split(" ")
    return ", ".join(field.codes[code] for code in codes if code in field.codes)


def _readable(value: str) -> str:
    """Bytes as the text they most likely are."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return value
