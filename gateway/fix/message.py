"""A FIX message as the gateway sees it, and the bytes of one that it sends.

A `Message` is read by `gateway.fix.codec` and looked at by session and order entry. It may break rules: then
`violation` says which, and everything that could be read is there all the same, so that a session can answer. The
rules themselves are `gateway.fix.validation`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

import msgspec

from gateway.fix.dictionary import Group
from gateway.fix.framing import TRAILERS, checksum

SOH: Final = "\x01"


class SessionRejectReason(IntEnum):
    """Values of SessionRejectReason(373) that reading a message can lead to: of FIX 4.4, and 18 of FIXT 1.1."""

    INVALID_TAG_NUMBER = 0
    REQUIRED_TAG_MISSING = 1
    TAG_NOT_DEFINED_FOR_THIS_MESSAGE_TYPE = 2
    TAG_SPECIFIED_WITHOUT_A_VALUE = 4
    VALUE_IS_INCORRECT = 5
    INCORRECT_DATA_FORMAT = 6
    INVALID_MSG_TYPE = 11
    TAG_APPEARS_MORE_THAN_ONCE = 13
    TAG_OUT_OF_REQUIRED_ORDER = 14
    GROUP_FIELDS_OUT_OF_ORDER = 15
    INCORRECT_GROUP_COUNT = 16
    UNSUPPORTED_APPLICATION_VERSION = 18


class Violation(msgspec.Struct, frozen=True, gc=False):
    """The first rule of the dictionary that a message breaks: what a Reject(3) has to say."""

    reason: SessionRejectReason
    ref_tag: str
    """RefTagID(371) as it was sent; empty when no number stood in the tag's place."""
    text: str
    """One sentence that names tag, field, value and rule."""


class Message(msgspec.Struct, gc=False):
    """One message, whole and framed, without its CheckSum."""

    begin_string: str
    msg_type: str
    """Empty when there is none."""
    seq: int
    """MsgSeqNum(34), or -1 when it is missing or not a number."""
    fields: dict[str, str]
    """Value by tag. Of a tag that occurs more than once, as in a repeating group, the first value: see `entries`."""
    tags: tuple[str, ...]
    values: tuple[str, ...]
    """The values of `tags`, one by one, in the order sent."""
    text: str
    """As received, from BeginString(8) up to, without, CheckSum(10)."""
    violation: Violation | None = None
    """The first rule of the dictionary that it breaks."""

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """(tag, value) in the order sent."""
        return list(zip(self.tags, self.values, strict=True))

    def entries(self, group: Group) -> list[dict[str, str]]:
        """The entries of a repeating group, each a value by tag (of an inner group: its first entry's)."""
        found: list[dict[str, str]] = []
        if group.count_tag not in self.fields:
            return found
        start = self.tags.index(group.count_tag) + 1
        first_tag, tags = group.first_tag, group.tags
        for tag, value in zip(self.tags[start:], self.values[start:], strict=True):
            if tag == first_tag:
                found.append({tag: value})
            elif tag in tags and found:
                found[-1].setdefault(tag, value)
            else:
                break
        return found


def sequence_number(text: str | None) -> int:
    """The number in MsgSeqNum(34) or a field like it; -1 when there is none.

    18 digits at most: such a number fits 64 bits, and none that is longer has ever been counted to.
    """
    return int(text) if text and len(text) <= 18 and text.isdecimal() else -1


def split(text: str, data_tags: Mapping[str, str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Tags and values of a message's text, in order.

    `data_tags` gives for each length field the data field that it measures and that may contain SOH and `=`. When the
    length is wrong, the data is taken up to the next SOH. A field without `=` is a tag without a value.
    """
    tags: list[str] = []
    values: list[str] = []
    position = 0
    while position < len(text):
        end = text.find(SOH, position)
        if end < 0:
            end = len(text)
        equals = text.find("=", position, end)
        if equals < 0:
            tags.append(text[position:end])
            values.append("")
        else:
            tag = text[position:equals]
            if tags and data_tags.get(tags[-1]) == tag:
                stop = equals + 1 + sequence_number(values[-1])
                if stop > equals and text.startswith(SOH, stop):
                    end = stop
            tags.append(tag)
            values.append(text[equals + 1 : end])
        position = end + 1
    return tuple(tags), tuple(values)


def encode(begin_string: str, body: str) -> bytes:
    """The message on the wire: BeginString(8) and BodyLength(9) before, CheckSum(10) after `body`.

    The body begins with MsgType(35) and ends with SOH; its characters are latin-1.
    """
    data = f"8={begin_string}\x019={len(body)}\x01{body}".encode("latin-1")
    return data + TRAILERS[checksum(data)]
