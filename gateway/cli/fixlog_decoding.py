"""FIX messages as people read them: names of fields, meanings of codes; as a table, a line, or an object.

Each message is read by the dictionary of its own BeginString(8). Shared by all of `fixpit fixlog`.
"""

from __future__ import annotations

from rich.console import Group
from rich.text import Text

from gateway.cli.fixlog_reading import LoggedMessage
from gateway.cli.terminal import add_row, table
from gateway.fix.frame_names import dictionary_of, meaning, message_name, readable
from gateway.fix.redaction import HIDDEN, SECRET_TAGS

SAID_BY_HEAD = ("8", "9", "35", "34", "49", "56", "52", "10")
"""Fields that a line shows in another form, or not at all."""


def as_table(message: LoggedMessage, head: str = "") -> Group:
    """Every field on a line of its own, under a head."""
    dictionary = dictionary_of(message.get("8"))
    fields = table("tag", "field", "value", "meaning", right=frozenset({"tag"}))
    for tag, value in message.pairs:
        field = dictionary.field(tag)
        add_row(fields, tag, field.name if field else "?", _shown(tag, value), meaning(tag, value, dictionary))
    faults = [Text(f"✗ {fault}", style="bold red") for fault in message.faults]
    return Group(Text(head or head_of(message), style="bold"), fields, *faults)


def as_line(message: LoggedMessage, head: str = "") -> str:
    """All of a message behind its head, header fields left out."""
    dictionary = dictionary_of(message.get("8"))
    shown = []
    for tag, value in message.pairs:
        if tag not in SAID_BY_HEAD:
            field = dictionary.field(tag)
            shown.append(f"{field.name if field else tag}={meaning(tag, value, dictionary) or _shown(tag, value)}")
    return " ".join([head or head_of(message), *shown, *(f"✗ {fault}" for fault in message.faults)])


def as_object(message: LoggedMessage) -> dict[str, object]:
    """For programs."""
    dictionary = dictionary_of(message.get("8"))
    fields = [
        {
            "tag": tag,
            "name": field.name if (field := dictionary.field(tag)) else None,
            "value": _shown(tag, value),
            "meaning": meaning(tag, value, dictionary) or None,
        }
        for tag, value in message.pairs
    ]
    return {"message": name_of(message), "faults": message.faults, "fields": fields}


def _shown(tag: str, value: str) -> str:
    """The value for people; logs are pasted into tickets, and those of others may hold passwords."""
    return HIDDEN if tag in SECRET_TAGS else readable(value)


def head_of(message: LoggedMessage) -> str:
    """When, from whom, to whom, which number and what."""
    get = message.get
    return f"{get('52')} {get('49')} → {get('56')} {get('34')} {name_of(message)}"


def name_of(message: LoggedMessage) -> str:
    """`NewOrderSingle(D)`."""
    return message_name(message.get("8"), message.get("35"))
