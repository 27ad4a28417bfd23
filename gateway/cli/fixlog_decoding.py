"""FIX messages as people read them: names of fields, meanings of codes; as a table, a line, or an object.

Each message is read by the dictionary of its own BeginString(8). Shared by all of `fixpit fixlog`.
"""

from __future__ import annotations

from rich.console import Group
from rich.text import Text

from gateway.cli.fixlog_reading import LoggedMessage
from gateway.cli.terminal import add_row, table
from gateway.fix.dictionary import Dictionary, load
from gateway.fix.redaction import printable

DICTIONARIES = {"FIX.4.2": "FIX.4.2", "FIXT.1.1": "FIX.5.0SP2"}
"""BeginString(8) to the version whose names are shown; FIX.4.4 for all others, which are close to it."""

SAID_BY_HEAD = ("8", "9", "35", "34", "49", "56", "52", "10")
"""Fields that a line shows in another form, or not at all."""


def dictionary_of(begin_string: str) -> Dictionary:
    """The dictionary whose names suit a message."""
    return load(DICTIONARIES.get(begin_string, "FIX.4.4"))


def as_table(message: LoggedMessage, head: str = "") -> Group:
    """Every field on a line of its own, under a head."""
    dictionary = dictionary_of(message.get("8"))
    fields = table("tag", "field", "value", "meaning", right=frozenset({"tag"}))
    for tag, value in message.pairs:
        field = dictionary.field(tag)
        add_row(fields, tag, field.name if field else "?", readable(value), meaning(tag, value, dictionary))
    faults = [Text(f"✗ {fault}", style="bold red") for fault in message.faults]
    return Group(Text(head or head_of(message), style="bold"), fields, *faults)


def as_line(message: LoggedMessage, head: str = "") -> str:
    """All of a message behind its head, header fields left out."""
    dictionary = dictionary_of(message.get("8"))
    shown = []
    for tag, value in message.pairs:
        if tag not in SAID_BY_HEAD:
            field = dictionary.field(tag)
            shown.append(f"{field.name if field else tag}={meaning(tag, value, dictionary) or readable(value)}")
    return " ".join([head or head_of(message), *shown, *(f"✗ {fault}" for fault in message.faults)])


def as_object(message: LoggedMessage) -> dict[str, object]:
    """For programs."""
    dictionary = dictionary_of(message.get("8"))
    fields = [
        {
            "tag": tag,
            "name": field.name if (field := dictionary.field(tag)) else None,
            "value": readable(value),
            "meaning": meaning(tag, value, dictionary) or None,
        }
        for tag, value in message.pairs
    ]
    return {"message": name_of(message), "faults": message.faults, "fields": fields}


def head_of(message: LoggedMessage) -> str:
    """When, from whom, to whom, which number and what."""
    get = message.get
    return f"{get('52')} {get('49')} → {get('56')} {get('34')} {name_of(message)}"


def name_of(message: LoggedMessage) -> str:
    """`NewOrderSingle(D)`."""
    kind = dictionary_of(message.get("8")).message(message.get("35"))
    return str(kind) if kind else f"unknown message ({message.get('35')})"


def meaning(tag: str, value: str, dictionary: Dictionary) -> str:
    """The name of a code, or of several where the field takes several; empty where there is none."""
    if tag == "35":
        kind = dictionary.message(value)
        return kind.name if kind else ""
    field = dictionary.field(tag)
    if field is None or not field.codes:
        return ""
    codes = [value] if value in field.codes else value.split(" ")
    return ", ".join(field.codes[code] for code in codes if code in field.codes)


def readable(value: str) -> str:
    """Bytes as the text they most likely are, without what would steer a terminal."""
    try:
        value = value.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return printable(value)
    return printable(value)
