"""Whether a message keeps the rules of its dictionary, and if not, which one it breaks.

This is the careful way, one field after another, taken for what `gateway.fix.codec` does not recognise at a glance.
The rules and their numbers are those of SessionRejectReason(373), FIX 4.4 vol. 2, "Reject". When several are broken,
the answer is: an unknown MsgType(35) first, then the first field in the message's order that breaks one, then the
first required field that is missing. What concerns one session (CompIDs, sequence numbers, the age of SendingTime) is
not judged here; nor is it known here which of the reasons a version has a number for.

Session messages of FIXT.1.1 are judged by its own fields, application messages by those of their version too. One that
says of itself to be of another version, by ApplVerID(1128), would be misread and is refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from gateway.fix.dictionary import Dictionary, Field, Group, Layout, Members, MessageType
from gateway.fix.field_types import FIELD_TYPES
from gateway.fix.message import SessionRejectReason, Violation, sequence_number

FIRST_USER_DEFINED_TAG: Final = 5000
"""From here on a tag's meaning is agreed between two parties (FIX 4.4 vol. 1, "User Defined Fields")."""

_APPL_VER_ID: Final = "1128"

_LONGEST_QUOTE: Final = 40
_MOST_CODES_NAMED: Final = 12


class Validator:
    """The rules of one dictionary.

    `check_user_defined`: whether a tag from 5000 on is refused like any other that the version does not have, or
    taken as it is.
    """

    def __init__(self, dictionary: Dictionary, *, check_user_defined: bool) -> None:
        self._dictionary = dictionary
        self._check_user_defined = check_user_defined

    def check(self, msg_type: str, tags: Sequence[str], values: Sequence[str]) -> Violation | None:
        """The first rule that the message of these fields breaks. CheckSum(10) is not among them."""
        dictionary = self._dictionary
        message_type = dictionary.message(msg_type)
        if message_type is None:
            if not msg_type:
                return _empty_or_missing_msg_type(tags)
            text = f"MsgType(35) {_quoted(msg_type)} is not a message of {dictionary.version}"
            return Violation(SessionRejectReason.INVALID_MSG_TYPE, "35", text)
        if dictionary.transport is not None and msg_type in dictionary.transport.messages:
            dictionary = dictionary.transport
        return _Walk(dictionary, self._check_user_defined, message_type, tags, values).violation()


class _Walk:
    """One pass over one message. Each method returns what is wrong, or None."""

    def __init__(
        self,
        dictionary: Dictionary,
        check_user_defined: bool,
        message_type: MessageType,
        tags: Sequence[str],
        values: Sequence[str],
    ) -> None:
        self._dictionary = dictionary
        self._check_user_defined = check_user_defined
        self._message_type = message_type
        self._tags = tags
        self._values = values
        self._at = 0
        self._seen: set[str] = set()
        self._describe = dictionary.describe

    def violation(self) -> Violation | None:
        header, trailer, body = self._dictionary.header, self._dictionary.trailer, self._message_type.body
        part = header
        while self._at < len(self._tags):
            tag = self._tags[self._at]
            wrong = self._value() or self._repeated()
            if wrong is not None:
                return wrong
            if tag in header.members:
                if part is not header:
                    return self._out_of_order("a field of the header", part is trailer)
                wrong = self._group(header.members)
            elif tag in trailer.members:
                part = trailer
                wrong = self._group(trailer.members)
            elif body is None:
                break
            elif tag in self._dictionary.fields:
                if part is trailer:
                    return self._out_of_order("a field of the body", in_trailer=True)
                part = body
                wrong = self._group(body.members) if tag in body.members else self._foreign(body)
            if wrong is not None:
                return wrong
            self._at += 1
        return self._missing(header, "the header") or (self._missing(body, str(self._message_type)) if body else None)

    def _value(self) -> Violation | None:
        """Tag and value of the field, wherever it stands."""
        tag, value = self._tags[self._at], self._values[self._at]
        field = None if self._is_others(tag) else self._dictionary.fields.get(tag)
        if field is None:
            wrong = self._unknown_tag(tag)
            if wrong is not None:
                return wrong
        if not value:
            text = f"{self._describe(tag)} has no value"
            return Violation(SessionRejectReason.TAG_SPECIFIED_WITHOUT_A_VALUE, tag, text)
        if field is None:
            return None
        if field.format.fullmatch(value) is None:
            return Violation(SessionRejectReason.INCORRECT_DATA_FORMAT, tag, _ill_formed(field, value))
        if not field.allows(value):
            text = f"{field} {_quoted(value)} is not one of {_codes(field)}"
            return Violation(SessionRejectReason.VALUE_IS_INCORRECT, tag, text)
        if tag == _APPL_VER_ID and self._dictionary.appl_ver_id not in ("", value):
            text = f"{field} {value} is not {self._dictionary.appl_ver_id}, {self._dictionary.version}"
            return Violation(SessionRejectReason.UNSUPPORTED_APPLICATION_VERSION, tag, text)
        return self._data(field, value) if field.is_data else None

    def _is_others(self, tag: str) -> bool:
        """Whether it is a user-defined field that is not agreed for this message, and so anybody's own."""
        if len(tag) < 4 or self._check_user_defined or not tag.isdecimal():
            return False
        body = self._message_type.body
        return body is not None and tag not in body.members and int(tag) >= FIRST_USER_DEFINED_TAG

    def _unknown_tag(self, tag: str) -> Violation | None:
        if self._dictionary.is_extension(tag):
            return None
        is_number = tag.removeprefix("-").isdecimal() and len(tag) <= 18
        if is_number and tag[0] not in "-0" and int(tag) >= FIRST_USER_DEFINED_TAG and not self._check_user_defined:
            return None
        text = f"Tag {_quoted(tag) or 'without a number'} is not a field of {self._dictionary.version}"
        return Violation(SessionRejectReason.INVALID_TAG_NUMBER, tag if is_number else "", text)

    def _data(self, field: Field, value: str) -> Violation | None:
        before = self._tags[self._at - 1] if self._at else ""
        length_tag = next(length for length, data in self._dictionary.data_tags.items() if data == field.tag)
        length_field = self._describe(length_tag)
        if before != length_tag:
            text = f"{length_field} is required right before {field}"
            return Violation(SessionRejectReason.REQUIRED_TAG_MISSING, length_tag, text)
        stated = self._values[self._at - 1]
        if sequence_number(stated) != len(value):
            text = f"{length_field} {_quoted(stated)} is not the length of {field}"
            return Violation(SessionRejectReason.INCORRECT_DATA_FORMAT, length_tag, text)
        return None

    def _repeated(self) -> Violation | None:
        tag = self._tags[self._at]
        if tag in self._seen and (tag in self._dictionary.fields or not self._dictionary.is_extension(tag)):
            text = f"{self._describe(tag)} appears more than once"
            return Violation(SessionRejectReason.TAG_APPEARS_MORE_THAN_ONCE, tag, text)
        self._seen.add(tag)
        return None

    def _out_of_order(self, what: str, in_trailer: bool) -> Violation:
        tag = self._tags[self._at]
        after = "trailer" if in_trailer else "body"
        text = f"{self._describe(tag)} is {what} and stands after the {after} began"
        return Violation(SessionRejectReason.TAG_OUT_OF_REQUIRED_ORDER, tag, text)

    def _foreign(self, body: Layout) -> Violation | None:
        tag = self._tags[self._at]
        if self._is_others(tag):
            return None
        if tag in body.grouped:
            text = f"{self._describe(tag)} stands outside of its repeating group in {self._message_type}"
            return Violation(SessionRejectReason.GROUP_FIELDS_OUT_OF_ORDER, tag, text)
        text = f"{self._describe(tag)} is not a field of {self._message_type}"
        return Violation(SessionRejectReason.TAG_NOT_DEFINED_FOR_THIS_MESSAGE_TYPE, tag, text)

    def _missing(self, layout: Layout, where: str) -> Violation | None:
        for tag in layout.required:
            if tag not in self._seen:
                text = f"{self._describe(tag)} is required in {where}"
                return Violation(SessionRejectReason.REQUIRED_TAG_MISSING, tag, text)
        return None

    def _group(self, members: Members) -> Violation | None:
        """The entries that follow a count field; afterwards the last of their fields is the current one."""
        group = members[self._tags[self._at]]
        if group is None:
            return None
        stated = self._values[self._at]
        entries = 0
        while self._at + 1 < len(self._tags) and self._tags[self._at + 1] in group.members:
            if self._tags[self._at + 1] != group.first_tag:
                tag = self._tags[self._at + 1]
                text = f"{self._describe(tag)} stands where {self._describe(group.first_tag)} must begin an entry"
                return Violation(SessionRejectReason.GROUP_FIELDS_OUT_OF_ORDER, tag, text)
            entries += 1
            wrong = self._entry(group)
            if wrong is not None:
                return wrong
        if entries != int(stated):
            text = f"{self._describe(group.count_tag)} is {stated}; entries that follow: {entries}"
            return Violation(SessionRejectReason.INCORRECT_GROUP_COUNT, group.count_tag, text)
        return None

    def _entry(self, group: Group) -> Violation | None:
        """One entry: its fields in the order of the specification, each at most once.

        Extension packs add fields to groups and change their order: where there are such packs, neither is judged.
        """
        dictionary = self._dictionary
        order = list(group.members)
        last = -1
        seen: set[str] = set()
        while self._at + 1 < len(self._tags):
            tag = self._tags[self._at + 1]
            if tag not in group.members:
                if last < 0 or tag in dictionary.fields or not dictionary.is_extension(tag):
                    break
                self._at += 1
                wrong = self._value()
                if wrong is not None:
                    return wrong
                continue
            if tag == group.first_tag and last >= 0:
                break
            place = order.index(tag)
            if tag in seen or (place < last and not dictionary.extension_tags):
                text = f"{self._describe(tag)} must stand before {self._describe(order[last])} in its entry"
                if tag in seen:
                    text = f"{self._describe(tag)} appears more than once in its entry"
                return Violation(SessionRejectReason.GROUP_FIELDS_OUT_OF_ORDER, tag, text)
            seen.add(tag)
            last = place
            self._at += 1
            wrong = self._value() or self._group(group.members)
            if wrong is not None:
                return wrong
        return None


def _empty_or_missing_msg_type(tags: Sequence[str]) -> Violation:
    if "35" in tags:
        return Violation(SessionRejectReason.TAG_SPECIFIED_WITHOUT_A_VALUE, "35", "MsgType(35) has no value")
    return Violation(SessionRejectReason.REQUIRED_TAG_MISSING, "35", "MsgType(35) is required in the header")


def _ill_formed(field: Field, value: str) -> str:
    """Why a value is not of its field's type: it is beyond a limit of ours, or it is something else."""
    field_type = FIELD_TYPES[field.type]
    if field_type.unlimited and re.fullmatch(field_type.unlimited, value):
        return f"{field} {_quoted(value)} is longer than what is read: {field_type.limit}"
    article = "an" if field.type[0] in "aeioAEIO" else "a"
    return f"{field} {_quoted(value)} is not {article} {field.type} such as {field_type.example}"


def _quoted(value: str) -> str:
    return value if len(value) <= _LONGEST_QUOTE else value[:_LONGEST_QUOTE] + "..."


def _codes(field: Field) -> str:
    codes = list(field.codes)
    return " ".join(codes[:_MOST_CODES_NAMED]) + (" ..." if len(codes) > _MOST_CODES_NAMED else "")
