"""Hypothesis strategies: any message that a dictionary allows, and the damages that break exactly one rule of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from hypothesis import strategies as st

from gateway.fix.dictionary import VERSIONS, Dictionary, Field, Group, Layout, Members, load

VALUES = {
    "int": ("0", "7", "-12"),
    "Length": ("0", "65536"),
    "SeqNum": ("1", "999999999999999999"),
    "float": ("0", "-1.5", ".25", "100."),
    "char": ("a", "7", "="),
    "Boolean": ("Y", "N"),
    "String": ("x", "two words", "a=b", "\xfc"),
    "MultipleValueString": ("A", "A B"),
    "MultipleStringValue": ("AV", "AV AN"),
    "MultipleCharValue": ("A", "A B"),
    "Country": ("US",),
    "Currency": ("USD",),
    "Exchange": ("XNYS",),
    "MonthYear": ("202406", "20240621", "202406w3"),
    "UTCTimestamp": ("20240621-13:30:00", "20240621-13:30:00.123456"),
    "UTCTimeOnly": ("13:30:00", "23:59:60.999"),
    "UTCDateOnly": ("20240229",),
    "UTCDate": ("20240621",),
    "LocalMktDate": ("20240621",),
    "DayOfMonth": ("1", "31"),
    "TZTimestamp": ("20240621-13:30+02",),
    "TZTimeOnly": ("13:30:00Z",),
    "Language": ("en",),
    "data": ("x", "a\x01b=c\x01"),
    "XMLData": ("<a/>",),
} | dict.fromkeys(("Qty", "Price", "PriceOffset", "Amt", "Percentage"), ("0", "100", "10.05"))
"""Right values of every type."""

OUTSIDE_OF_CODES = {"char": "~", "int": "-987654", "String": "~none~"}
ILL_FORMED = "no such value"
"""What no type but text takes."""
TEXT_TYPES = {"String", "Exchange", "data", "XMLData", "MultipleValueString", "MultipleStringValue"}
OPTIONAL_MAX = 6
ENTRIES_MAX = 2

Fields = list[tuple[str, str]]


@dataclass
class AnyMessage:
    """A message as its fields, without BeginString, BodyLength and CheckSum."""

    dictionary: Dictionary
    """The version's."""
    msg_type: str
    fields: Fields
    body_at: int
    """Where the body begins."""
    counts: list[int] = field(default_factory=list)
    """Where counts of groups are."""

    @property
    def vocabulary(self) -> Dictionary:
        """The dictionary that the message is judged by."""
        transport = self.dictionary.transport
        return transport if transport is not None and self.msg_type in transport.messages else self.dictionary

    @property
    def layout(self) -> Layout:
        body = self.dictionary.messages[self.msg_type].body
        assert body is not None
        return body

    @property
    def text(self) -> str:
        return "".join(f"{tag}={value}\x01" for tag, value in self.fields)


@st.composite
def any_messages(draw: st.DrawFn) -> AnyMessage:
    dictionary = load(draw(st.sampled_from(VERSIONS)))
    msg_type = draw(st.sampled_from([one.msg_type for one in dictionary.messages.values() if one.body is not None]))
    message = AnyMessage(dictionary, msg_type, [("35", msg_type)], 0)
    header = {tag: group for tag, group in dictionary.header.members.items() if tag not in {"8", "9", "35"}}
    _draw_members(draw, message, header, set(dictionary.header.required))
    message.body_at = len(message.fields)
    _draw_members(draw, message, message.layout.members, set(message.layout.required))
    return message


def _draw_members(draw: st.DrawFn, message: AnyMessage, members: Members, required: set[str]) -> None:
    """Fields of these members: the required ones and some others, in any order where the order is free."""
    data = {length: tag for length, tag in message.dictionary.data_tags.items() if length in members and tag in members}
    free = [tag for tag in members if tag not in data.values()]
    chosen = required & members.keys()
    if len(free) > len(chosen):
        chosen |= draw(st.sets(st.sampled_from(free), max_size=OPTIONAL_MAX))
    for tag in draw(st.permutations([tag for tag in members if tag in chosen])):
        _draw_field(draw, message, tag, members[tag], data.get(tag))


def _draw_field(draw: st.DrawFn, message: AnyMessage, tag: str, group: Group | None, data_tag: str | None) -> None:
    fields = message.dictionary.fields
    if data_tag is not None:
        value = draw(st.sampled_from(VALUES[fields[data_tag].type]))
        message.fields += [(tag, str(len(value))), (data_tag, value)]
    elif group is None:
        # Of the version stated for one message no other than the message's own is right.
        own = message.vocabulary.appl_ver_id if tag == "1128" else ""
        message.fields.append((tag, own or draw(st.sampled_from(right_values(fields[tag])))))
    else:
        entries = draw(st.integers(0, ENTRIES_MAX))
        message.counts.append(len(message.fields))
        message.fields.append((tag, str(entries)))
        for _ in range(entries):
            _draw_entry(draw, message, group)


def _draw_entry(draw: st.DrawFn, message: AnyMessage, group: Group) -> None:
    data_of = message.dictionary.data_tags
    free = [tag for tag in group.members if tag not in data_of.values()]
    chosen = {group.first_tag} | draw(st.sets(st.sampled_from(free), max_size=OPTIONAL_MAX // 2))
    for tag, inner in group.members.items():
        if tag in chosen:
            data_tag = data_of.get(tag)
            _draw_field(draw, message, tag, inner, data_tag if data_tag in group.members else None)


def right_values(of: Field) -> tuple[str, ...]:
    if not of.codes:
        return VALUES[of.type]
    codes = tuple(of.codes)
    return (*codes, f"{codes[0]} {codes[-1]}") if of.type.startswith("Multiple") else codes


@dataclass
class Damage:
    """A message with one rule broken."""

    message: AnyMessage
    reason: int
    ref_tag: str
    fields: Fields

    @property
    def text(self) -> str:
        return "".join(f"{tag}={value}\x01" for tag, value in self.fields)


@st.composite
def damages(draw: st.DrawFn) -> Damage:
    possible = list(_possible_damages(draw(any_messages())))
    # The reason first: some are possible in every field, others in few.
    reason = draw(st.sampled_from(sorted({damage.reason for damage in possible})))
    return draw(st.sampled_from([damage for damage in possible if damage.reason == reason]))


def _possible_damages(message: AnyMessage) -> Iterator[Damage]:
    fields, vocabulary = message.fields, message.vocabulary

    def damage(reason: int, ref_tag: str, changed: Fields) -> Damage:
        return Damage(message, reason, ref_tag, changed)

    data = vocabulary.data_tags.keys() | vocabulary.data_tags.values()
    yield damage(0, "0112", [*fields, ("0112", "x")])
    yield damage(11, "35", [("35", "~~"), *fields[1:]])
    required = {*vocabulary.header.required, *message.layout.required} - {"35"}
    for at, (tag, value) in enumerate(fields):
        one = vocabulary.fields[tag]
        before, after = fields[:at], fields[at + 1 :]
        if tag in required and at not in message.counts:
            yield damage(1, tag, [*before, *after])
        if at in message.counts:
            yield damage(16, tag, [*before, (tag, str(int(value) + 1)), *after])
        elif tag not in data and tag != "35":
            yield damage(4, tag, [*before, (tag, ""), *after])
            if one.type not in TEXT_TYPES:
                yield damage(6, tag, [*before, (tag, ILL_FORMED), *after])
            if one.codes and one.type in OUTSIDE_OF_CODES:
                yield damage(5, tag, [*before, (tag, OUTSIDE_OF_CODES[one.type]), *after])
            if at >= message.body_at and tag in message.layout.members:
                yield damage(13, tag, [*fields, (tag, value)])
            if at < message.body_at < len(fields) and tag in vocabulary.header.members:
                yield damage(14, tag, [*before, *after, (tag, value)])
    known = {*message.layout.members, *message.layout.grouped, *vocabulary.header.members, *vocabulary.header.grouped}
    for tag in ("7", "11", "58", "112", "146", "553"):
        if tag in vocabulary.fields and tag not in known:
            yield damage(2, tag, [*fields, (tag, right_values(vocabulary.fields[tag])[0] if tag != "146" else "0")])
