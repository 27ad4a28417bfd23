"""What a FIX version is made of: fields, their types and codes, messages, their fields and repeating groups.

`load` reads our own data files; `gateway.fix.dictionary_files` says how one is written. From FIX 5.0 on a version has
application messages only: header, trailer and session messages are those of its transport, FIXT.1.1, and `load` joins
them. A message whose body the file leaves out is known by name only: the venue does not take it. The codec and its
validation ask; nothing here sees a message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final, TypeAlias

import msgspec

from gateway.fix.dictionary_files import DictionaryError, Document, Entries, load_document, read_document
from gateway.fix.field_types import DATA_TYPES, FIELD_TYPES, MULTIPLE_VALUE_TYPES, pattern_of_codes

__all__ = [
    "FIXT",
    "VERSIONS",
    "Dictionary",
    "DictionaryError",
    "Field",
    "Group",
    "Layout",
    "Members",
    "MessageType",
    "load",
    "read",
]

VERSIONS: Final = ("FIX.4.2", "FIX.4.4", "FIX.5.0", "FIX.5.0SP1", "FIX.5.0SP2")
"""The versions that can be spoken, oldest first."""
FIXT: Final = "FIXT.1.1"
"""The transport of FIX 5.0 and its service packs, which has a dictionary too: of session messages alone."""


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
        return self.type in MULTIPLE_VALUE_TYPES and all(one in self.codes for one in value.split(" "))

    @property
    def is_data(self) -> bool:
        """Whether its values may contain SOH: a field before it says how long they are."""
        return self.type in DATA_TYPES


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
    """`FIX.4.4`, `FIX.5.0SP2`; the transport alone is `FIXT.1.1`."""
    begin_string: str
    """BeginString(8) of its messages: the version itself or, from FIX 5.0 on, `FIXT.1.1`."""
    appl_ver_id: str
    """Its value of ApplVerID(1128) and DefaultApplVerID(1137), which FIXT.1.1 alone has on the wire."""
    transport: Dictionary | None
    """FIXT.1.1 for the versions that need it. Session messages know its fields only."""
    fields: dict[str, Field]
    """By tag."""
    header: Layout
    trailer: Layout
    messages: dict[str, MessageType]
    """By MsgType(35)."""
    data_tags: dict[str, str]
    """Length field to the data field that it measures."""
    extension_tags: range
    """Tags of fields that extension packs add to the version: taken unread in application messages."""

    @property
    def max_session_reject_reason(self) -> int:
        """The highest SessionRejectReason(373) the version has besides 99: what is beyond is reported without."""
        return _highest_code(self.fields["373"])

    @property
    def max_business_reject_reason(self) -> int:
        """The highest BusinessRejectReason(380) the version has besides 99."""
        return _highest_code(self.fields["380"])

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

    def is_extension(self, tag: str) -> bool:
        """Whether a tag that the version does not have may be one that an extension pack added."""
        return tag.isdecimal() and len(tag) <= 9 and tag[0] != "0" and int(tag) in self.extension_tags


@cache
def load(version: str) -> Dictionary:
    """The dictionary of a version, such as `FIX.4.4`, or of `FIXT.1.1` alone; read once and shared.

    It takes some hundredths of a second. `DictionaryError` means a broken installation or an unknown version.
    """
    if version not in VERSIONS and version != FIXT:
        raise DictionaryError(f"{version} has no dictionary; those that have are {', '.join((*VERSIONS, FIXT))}")
    return _dictionary(load_document(version))


def read(data: bytes) -> Dictionary:
    """The dictionary that a data file's bytes describe."""
    return _dictionary(read_document(data))


def _dictionary(document: Document) -> Dictionary:
    transport = _dictionary(document.transport) if document.transport else None
    own = _Reader(document)
    fields = own.fields | transport.fields if transport else own.fields
    return Dictionary(
        version=document.version,
        begin_string=transport.version if transport else document.version,
        appl_ver_id=document.appl_ver_id,
        transport=transport,
        fields=fields,
        header=transport.header if transport else own.layout(document.header),
        trailer=transport.trailer if transport else own.layout(document.trailer),
        messages=own.messages() | (transport.messages if transport else {}),
        data_tags=own.data_tags() | (transport.data_tags if transport else {}),
        extension_tags=range(document.extension_packs[0], document.extension_packs[1] + 1),
    )


class _Reader:
    """Turns names into tags and components into their fields."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._version = document.version
        self._formats: dict[str, re.Pattern[str]] = {}
        self.fields = {tag: self._field(tag, name, type_) for tag, (name, type_) in document.fields.items()}
        self._tags = {field.name: tag for tag, field in self.fields.items()}
        if len(self._tags) != len(self.fields):
            raise DictionaryError(f"{self._version}: two fields have the same name")
        for name in document.codes.keys() - self._tags.keys():
            raise DictionaryError(f"{self._version}: there are codes for {name!r}, which is no field")

    def messages(self) -> dict[str, MessageType]:
        return {
            msg_type: MessageType(msg_type, name, None if body is None else self.layout(body))
            for msg_type, (name, body) in self._document.messages.items()
        }

    def layout(self, entries: Entries) -> Layout:
        required: list[str] = []
        members = self._members(entries, required)
        grouped = {tag for group in members.values() if group is not None for tag in group.tags}
        return Layout(members, tuple(required), frozenset(grouped))

    def data_tags(self) -> dict[str, str]:
        """The specification names a data field's length after the field: RawDataLength, EncodedTextLen."""
        tags: dict[str, str] = {}
        for tag, field in self.fields.items():
            if field.is_data:
                length_tag = self._tags.get(f"{field.name}Len") or self._tags.get(f"{field.name}Length")
                if length_tag is None:
                    raise DictionaryError(f"{self._version}: {field} is data without a length field")
                tags[length_tag] = tag
        return tags

    def _field(self, tag: str, name: str, type_name: str) -> Field:
        if type_name not in FIELD_TYPES:
            raise DictionaryError(f"{self._version}: {name}({tag}) has the type {type_name!r}, which FIX does not have")
        pattern = FIELD_TYPES[type_name].pattern
        format_ = self._formats.get(type_name)
        if format_ is None:
            format_ = self._formats[type_name] = re.compile(pattern)
        codes = self._document.codes.get(name, {})
        return Field(tag, name, type_name, codes, pattern_of_codes(codes, type_name) if codes else pattern, format_)

    def _members(self, entries: Entries, required: list[str]) -> Members:
        members: Members = {}
        for entry in entries:
            if isinstance(entry, dict):
                [(name, inner)] = entry.items()
                count_tag = self._tag(name, required)
                within = self._members(inner, [])
                members[count_tag] = Group(count_tag, next(iter(within)), within, frozenset(_tags_within(within)))
            elif entry.startswith("+"):
                members.update(self._members(self._component(entry[1:]), required))
            else:
                members[self._tag(entry, required)] = None
        return members

    def _component(self, name: str) -> Entries:
        component = self._document.components.get(name)
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


def _highest_code(field: Field) -> int:
    return max(int(code) for code in field.codes if code != "99")


def _tags_within(members: Mapping[str, Group | None]) -> Iterator[str]:
    for tag, group in members.items():
        yield tag
        if group is not None:
            yield from _tags_within(group.members)
