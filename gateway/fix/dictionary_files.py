"""The data files of `dictionaries/`: one for each FIX version, holding what differs from the version it extends.

Everything in a file is text: a code Y or 01 is what it looks like.

    version, appl_ver_id   the version's name, and its value of ApplVerID(1128); empty when it is a transport only
    extends                the file that this one changes; what is not said here is said there
    transport              the file with header, trailer and session messages, when a version has only application ones
    header, trailer, components, and the bodies of messages are lists of field names in the specification's order:
      Name                 a field that may be there
      Name!                a field that must be there
      +Component           the fields of a component
      NoNames: [...]       a count and the repeating group that it counts; the group's first field begins each entry
    messages               by MsgType(35), `Name: [its body]`, or only `Name` of one that the venue does not take
    fields                 a line each: tag, name, type
    codes                  by field: {code: meaning}, for fields of the messages above that take only these values
    extension_packs        [first, last] tag of what extension packs add to the version: taken unread in any message

In a file that extends another, a list may begin with `...`: the list of that name as it was. Then `after Name: [...]`
inserts, `-Name` takes away, `Name` or `Name!` of a field that is there says anew whether it is required, and anything
else is appended. Fields and codes are added to those there are; a line with a known tag replaces it.

`gateway.fix.dictionary` makes a dictionary of a document, `gateway.fix.quickfix_xml` a file for QuickFIX.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any, Final, TypeAlias

import msgspec
import yaml

Entry: TypeAlias = "str | dict[str, list[Entry]]"
"""`Name`, `Name!`, `+Component` or `{NoNames: [...]}`."""
Entries: TypeAlias = list[Entry]

AS_BEFORE: Final = "..."


class DictionaryError(ValueError):
    """A dictionary's data file contradicts itself; the text names the version and the place."""


class Document(msgspec.Struct, frozen=True):
    """A version as its files say it, with what it takes over from others in place."""

    version: str
    appl_ver_id: str
    transport: Document | None
    header: Entries
    trailer: Entries
    components: dict[str, Entries]
    messages: dict[str, tuple[str, Entries | None]]
    """By MsgType(35): name and body, None for one known by name only. The transport's are not among them."""
    fields: dict[str, tuple[str, str]]
    """By tag: name and type."""
    codes: dict[str, dict[str, str]]
    """By field name."""
    extension_packs: tuple[int, int]
    """The first and the last tag; (0, -1) when there are none."""


def load_document(version: str) -> Document:
    """The document of a version for which there is a file."""
    return _read_file(version.replace(".", ""))


def read_document(data: bytes) -> Document:
    """The document that a data file's bytes describe."""
    # The base loader takes every scalar for text and builds nothing but text, lists and mappings.
    raw: dict[str, Any] = yaml.load(data, Loader=yaml.CBaseLoader)  # noqa: S506
    version: str = raw["version"]
    before = _read_file(raw["extends"]) if "extends" in raw else None
    transport = _read_file(raw["transport"]) if "transport" in raw else before.transport if before else None
    frame = transport or before
    # With a transport, the session messages of a version without one are the transport's.
    session = transport.messages.keys() if transport else ()
    messages = {msg_type: one for msg_type, one in before.messages.items() if msg_type not in session} if before else {}
    messages |= {
        msg_type: _message(version, entry, messages.get(msg_type)) for msg_type, entry in raw["messages"].items()
    }
    components = dict(before.components) if before else {}
    for name, entries in raw["components"].items():
        components[name] = _changed(f"{version}: {name}", entries, components.get(name))
    fields = (before.fields if before else {}) | _fields(version, raw["fields"])
    names = {name for name, _ in fields.values()}
    codes = {name: meanings for name, meanings in before.codes.items() if name in names} if before else {}
    for name, meanings in raw["codes"].items():
        codes[name] = codes.get(name, {}) | meanings
    first, last = raw.get("extension_packs", (0, -1))
    return Document(
        version=version,
        appl_ver_id=raw["appl_ver_id"],
        transport=transport,
        header=frame.header if frame else raw["header"],
        trailer=frame.trailer if frame else raw["trailer"],
        components=components,
        messages=messages,
        fields=fields,
        codes=codes,
        extension_packs=(int(first), int(last)),
    )


def _read_file(name: str) -> Document:
    return read_document(files("gateway.fix").joinpath("dictionaries", f"{name}.yaml").read_bytes())


def _fields(version: str, text: str) -> dict[str, tuple[str, str]]:
    fields: dict[str, tuple[str, str]] = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) != 3 or not words[0].isdecimal() or words[0] in fields:
            raise DictionaryError(f"{version}: fields has {line.strip()!r}; a line is a new tag, a name and a type")
        fields[words[0]] = (words[1], words[2])
    return fields


def _message(
    version: str, entry: str | dict[str, Entries], before: tuple[str, Entries | None] | None
) -> tuple[str, Entries | None]:
    if isinstance(entry, str):
        return entry, None
    [(name, entries)] = entry.items()
    return name, _changed(f"{version}: {name}", entries, before[1] if before else None)


def _changed(place: str, entries: Entries, before: Entries | None) -> Entries:
    """The entries, with those that `...` stands for."""
    if not entries or entries[0] != AS_BEFORE:
        return entries
    if before is None:
        raise DictionaryError(f"{place} begins with {AS_BEFORE}, and there is nothing before it")
    changed = list(before)
    names = [_name(entry) for entry in changed]
    for entry in entries[1:]:
        name = _name(entry)
        place_name = name.removeprefix("after ").removeprefix("-")
        at = names.index(place_name) if place_name in names else -1
        if place_name != name and at < 0:
            raise DictionaryError(f"{place} has {name!r}, and {place_name} is not in what it changes")
        if isinstance(entry, dict) and name.startswith("after "):
            [inserted] = entry.values()
            changed[at + 1 : at + 1] = inserted
            names[at + 1 : at + 1] = [_name(one) for one in inserted]
        elif name.startswith("-"):
            del changed[at], names[at]
        elif at >= 0:
            changed[at] = entry
        else:
            changed.append(entry)
            names.append(name)
    return changed


def _name(entry: Entry) -> str:
    """What an entry is known by in its list: `Name`, `+Component`, `after Name`."""
    return (entry if isinstance(entry, str) else next(iter(entry))).removesuffix("!")
