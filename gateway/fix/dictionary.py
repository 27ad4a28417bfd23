"""What a FIX version is made of: fields, their types and codes, messages, their fields and repeating groups.

`load` reads one of our own data files, `dictionaries/FIX44.yaml`; its opening comment says how one is written. A
message whose body the file leaves out is known by name only: the venue does not take it. The codec and its validation
ask; nothing here sees a message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any, Final, TypeAlias

import msgspec
import yaml

from gateway.fix.field_types import FIELD_TYPES, pattern_of_codes

VERSIONS: Final = ("FIX.4.4",)
"""The versions a dictionary comes with, as BeginString(8) spells them."""


class DictionaryError(ValueError):
    """A dictionary's data file contradicts itself; the text names the version and the place."""


class Field(msgspec.Struct, frozen=True):
    """A field of a version."""

    tag: str
    name: str
    type: str
    """Name of its type, a key of `FIELD_TYPES`."""
    codes: dict[str, str]
    """The values it may have, with their names; empty when its type alone decides."""
    pattern: str
    """The regular expression that a right value matches from end to end."""
    format: re.Pattern[str]
    """What its type demands of a value, the codes aside."""

    def __str__(self) -> str:
        """As FIX people write it: `Side(54)`."""
        return f"{self.name}({self.tag})"

    def allows(self, value: str) -> bool:
        """Whether the value, well-formed by type, is one of the codes."""
        if not self.codes or value in self.codes:
            return True
        return self.type == "MultipleValueString" and all(one in self.codes for one in value.split(" "))


class Group(msgspec.Struct, frozen=True):
    """A repeating group."""

    count_tag: str
    """The NumInGroup field that stands before it."""
    first_tag: str
    """The field that begins each entry."""
    members: Members
    """The fields of an entry in the order they must have."""
    tags: frozenset[str]
    """All fields of an entry, those of inner groups too."""


Members: TypeAlias = dict[str, Group | None]
"""Tags in order; a count tag leads to its group."""


class Layout(msgspec.Struct, frozen=True):
    """The fields of a header, a body or a trailer."""

    members: Members
    required: tuple[str, ...]
    grouped: frozenset[str]
    """Tags of its repeating groups. No version has a tag both in and out of a group of one message."""


class MessageType(msgspec.Struct, frozen=True):
    """A message of a version."""

    msg_type: str
    name: str
    body: Layout | None
    """None when the message is known by name only."""

    def __str__(self) -> str:
        """As FIX people write it: `NewOrderSingle(D)`."""
        return f"{self.name}({self.msg_type})"


class Dictionary(msgspec.Struct, frozen=True):
    """One FIX version."""

    version: str
    """As BeginString(8) spells it."""
    fields: dict[str, Field]
    """By tag."""
    header: Layout
    trailer: Layout
    messages: dict[str, MessageType]
    """By MsgType(35)."""
    data_tags: dict[str, str]
    """Length field to the data field that it measures."""

    def field(self, tag: str) -> Field | None:
        """The field of that number, if the version has one."""
        return self.fields.get(tag)

    def message(self, msg_type: str) -> MessageType | None:
        """The message of that MsgType(35), if the version has one."""
        return self.messages.get(msg_type)

    def describe(self, tag: str) -> str:
        """`Side(54)`, or `Tag 54321` of a field the version does not have."""
        field = self.fields.get(tag)
        return f"Tag {tag}" if field is None else str(field)


def load(version: str) -> Dictionary:
    """The dictionary of a version, such as `FIX.4.4`.

    It takes some hundredths of a second: load it once and pass it on. `DictionaryError` means a broken installation or
    an unknown version.
    """
    if version not in VERSIONS:
        raise DictionaryError(f"{version} has no dictionary; those that have are {', '.join(VERSIONS)}")
    data = files("gateway.fix").joinpath("dictionaries", version.replace(".", "") + ".yaml").read_bytes()
    return read(data)


def read(data: bytes) -> Dictionary:
    """The dictionary that a data file's bytes describe."""
    # The base loader takes every scalar for text, as a code `Y` or `01` must be taken, and builds nothing but text,
    # lists and mappings.
    document: dict[str, Any] = yaml.load(data, Loader=yaml.CBaseLoader)  # noqa: S506
    return _Reader(document).dictionary()


class _Reader:
    """Turns names into tags and components into their fields."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._version: str = document["version"]
        self._components: dict[str, list[Any]] = document["components"]
        self._fields: dict[str, Field] = {tag: self._field(tag, entry) for tag, entry in document["fields"].items()}
        self._tags: dict[str, str] = {field.name: tag for tag, field in self._fields.items()}
        if len(self._tags) != len(self._fields):
            raise DictionaryError(f"{self._version}: two fields have the same name")

    def dictionary(self) -> Dictionary:
        messages = {}
        for msg_type, entry in self._document["messages"].items():
            name, body = (entry, None) if isinstance(entry, str) else next(iter(entry.items()))
            messages[msg_type] = MessageType(msg_type, name, None if body is None else self._layout(body))
        return Dictionary(
            version=self._version,
            fields=self._fields,
            header=self._layout(self._document["header"]),
            trailer=self._layout(self._document["trailer"]),
            messages=messages,
            data_tags=dict(self._data_tags()),
        )

    def _field(self, tag: str, entry: str | dict[str, dict[str, str]]) -> Field:
        """`Side char` or `Side char: {1: Buy, 2: Sell}`."""
        head, codes = (entry, {}) if isinstance(entry, str) else next(iter(entry.items()))
        name, _, type_name = head.partition(" ")
        if type_name not in FIELD_TYPES:
            raise DictionaryError(f"{self._version}: {name}({tag}) has the type {type_name!r}, which FIX does not have")
        pattern = FIELD_TYPES[type_name].pattern
        return Field(
            tag=tag,
            name=name,
            type=type_name,
            codes=codes,
            pattern=pattern_of_codes(codes, type_name) if codes else pattern,
            format=re.compile(pattern),
        )

    def _layout(self, entries: list[Any]) -> Layout:
        required: list[str] = []
        members = self._members(entries, required)
        grouped = {tag for group in members.values() if group is not None for tag in group.tags}
        return Layout(members, tuple(required), frozenset(grouped))

    def _members(self, entries: list[Any], required: list[str]) -> Members:
        """`Name`, `Name!` when required, `+Component` for its fields, `{NoNames: [...]}` for a repeating group."""
        members: Members = {}
        for entry in entries:
            if isinstance(entry, dict):
                name, inner = next(iter(entry.items()))
                count_tag = self._tag(name, required)
                within = self._members(inner, [])
                members[count_tag] = Group(count_tag, next(iter(within)), within, frozenset(_tags_within(within)))
            elif entry.startswith("+"):
                members.update(self._members(self._component(entry[1:]), required))
            else:
                members[self._tag(entry, required)] = None
        return members

    def _component(self, name: str) -> list[Any]:
        component = self._components.get(name)
        if component is None:
            raise DictionaryError(f"{self._version}: there is no component {name!r}")
        return component

    def _tag(self, name: str, required: list[str]) -> str:
        tag = self._tags.get(name.removesuffix("!"))
        if tag is None:
            raise DictionaryError(f"{self._version}: there is no field {name!r}")
        if name.endswith("!"):
            required.append(tag)
        return tag

    def _data_tags(self) -> Iterator[tuple[str, str]]:
        """The specification names a data field's length after the field: RawDataLength, EncodedTextLen."""
        for tag, field in self._fields.items():
            if field.type == "data":
                length_tag = self._tags.get(f"{field.name}Len") or self._tags.get(f"{field.name}Length")
                if length_tag is None:
                    raise DictionaryError(f"{self._version}: {field} is data without a length field")
                yield length_tag, tag


def _tags_within(members: Mapping[str, Group | None]) -> Iterator[str]:
    for tag, group in members.items():
        yield tag
        if group is not None:
            yield from _tags_within(group.members)
