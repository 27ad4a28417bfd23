"""What the parts of a message are called: its name, its fields, and what their codes mean, in its own version.

For people who read frames; sessions and orders are not decided by any of this.
"""

from __future__ import annotations

from gateway.fix.dictionary import Dictionary, load
from gateway.fix.message import SOH, split
from gateway.fix.redaction import printable

DICTIONARIES = {"FIX.4.2": "FIX.4.2", "FIXT.1.1": "FIX.5.0SP2"}
"""BeginString(8) to the version whose names are shown; FIX.4.4 for all others, which are close to it."""


def dictionary_of(begin_string: str) -> Dictionary:
    """The dictionary whose names suit a message."""
    return load(DICTIONARIES.get(begin_string, "FIX.4.4"))


def message_name(begin_string: str, msg_type: str) -> str:
    """`NewOrderSingle(D)`."""
    kind = dictionary_of(begin_string).message(msg_type)
    return str(kind) if kind else f"unknown message ({printable(msg_type)})"


def frame_pairs(text: str) -> list[tuple[str, str]]:
    """Tags and values of a frame as they were, its trailer included."""
    tags, values = split(text, dictionary_of(_begin_string(text)).data_tags)
    return list(zip(tags, values, strict=True))


def named_fields(text: str) -> list[tuple[str, str, str, str]]:
    """Tag, name, value and what the value means, of each field of a frame; empty where there is no such thing."""
    dictionary = dictionary_of(_begin_string(text))
    fields = []
    for tag, value in frame_pairs(text):
        field = dictionary.field(tag)
        fields.append((tag, field.name if field else "", readable(value), meaning(tag, value, dictionary)))
    return fields


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


def _begin_string(text: str) -> str:
    return text[2 : text.find(SOH)]
