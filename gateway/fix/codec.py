"""Reads messages: parses and checks them against a dictionary, at the pace of a market.

Clients send the same few forms of message over and over: the same tags in the same order. Such a form is a *shape*.
Once a shape has been found right the careful way (`gateway.fix.validation`) a few times, it is compiled to one
regular expression: tags and counts of repeating groups literally, each other value by the pattern of its field. A
text that matches is parsed and valid at once, because all but the values has been settled with the shape. What
matches no shape is taken the careful way, which alone finds violations.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from gateway.fix.dictionary import Dictionary
from gateway.fix.message import SOH, Message, sequence_number, split
from gateway.fix.validation import Validator

SIGHTINGS_BEFORE_COMPILING: Final = 16
"""Compiling costs as much as some forty careful readings: a shape has to come back before it is worth that."""
MOST_SHAPES_OF_A_LENGTH: Final = 8
"""Shapes kept for messages of the same number of fields. They are tried one after another; the last one goes for a
new one.
"""
MOST_FIELDS_OF_A_SHAPE: Final = 100
"""Longer messages are rare and always read the careful way. With the limit above: at most 800 shapes, some kilobytes
each.
"""
MOST_SHAPES_WATCHED: Final = 4_096
"""Shapes whose sightings are counted. When there are more, counting begins anew."""


class Codec:
    """Reads the messages of one FIX version; all sessions of that version can share it.

    `check_user_defined`: whether tags from 5000 on are refused, too, when the version does not have them.
    """

    def __init__(self, dictionary: Dictionary, *, check_user_defined: bool = False) -> None:
        self.dictionary = dictionary
        self._validator = Validator(dictionary, check_user_defined=check_user_defined)
        self._shapes: dict[int, list[_Shape]] = {}
        self._sightings: dict[tuple[str, ...], int] = {}

    def read(self, text: str) -> Message:
        """The message that a framed text holds. It never raises: what breaks a rule has a `violation`."""
        shapes = self._shapes.get(text.count(SOH))
        if shapes is not None:
            for shape in shapes:
                match = shape.fullmatch(text)
                if match is None:
                    continue
                if shape is not shapes[0]:
                    shapes.remove(shape)
                    shapes.insert(0, shape)
                tags, values = shape.tags, match.groups()
                # A shape has one group for each tag, which zip need not prove again for every message.
                fields = dict(zip(tags, values)) if shape.is_flat else _first_values(tags, values)  # noqa: B905
                return Message(shape.begin_string, shape.msg_type, int(fields["34"]), fields, tags, values, text)
        return self._read_carefully(text)

    def _read_carefully(self, text: str) -> Message:
        tags, values = split(text, self.dictionary.data_tags)
        fields = _first_values(tags, values)
        msg_type = fields.get("35", "")
        seq = sequence_number(fields.get("34"))
        violation = self._validator.check(msg_type, tags, values)
        if violation is None:
            self._learn(msg_type, tags, values)
        return Message(fields.get("8", ""), msg_type, seq, fields, tags, values, text, violation)

    def _learn(self, msg_type: str, tags: tuple[str, ...], values: tuple[str, ...]) -> None:
        """Counts the shape of a right message, and compiles it when it has come back often enough."""
        message_type = self.dictionary.messages[msg_type]
        if message_type.body is None or len(tags) > MOST_FIELDS_OF_A_SHAPE:
            return
        patterns = tuple(self._pattern(tag, value) for tag, value in zip(tags, values, strict=True))
        if "" in patterns:
            return
        # The tags are part of it: two fields may have the same pattern.
        key = tags + patterns
        if len(self._sightings) >= MOST_SHAPES_WATCHED:
            self._sightings.clear()
        self._sightings[key] = self._sightings.get(key, 0) + 1
        if self._sightings[key] < SIGHTINGS_BEFORE_COMPILING:
            return
        del self._sightings[key]
        expression = "".join(f"{tag}=({pattern})\x01" for tag, pattern in zip(tags, patterns, strict=True))
        shapes = self._shapes.setdefault(len(tags), [])
        shapes.insert(
            0, _Shape(re.compile(expression).fullmatch, tags, values[0], msg_type, len(set(tags)) == len(tags))
        )
        del shapes[MOST_SHAPES_OF_A_LENGTH:]

    def _pattern(self, tag: str, value: str) -> str:
        """What the shape demands of a value; empty for data, whose length no expression can count."""
        field = self.dictionary.field(tag)
        if field is None:
            return r"[^\x01]+"
        if field.is_data:
            return ""
        return re.escape(value) if field.type == "NumInGroup" or tag in _LITERAL else field.pattern


class _Shape(msgspec.Struct, frozen=True):
    fullmatch: Callable[[str], re.Match[str] | None]
    tags: tuple[str, ...]
    begin_string: str
    msg_type: str
    is_flat: bool
    """No tag occurs twice."""


_LITERAL: Final = ("8", "35", "1128")
"""Fields whose value decides by what a message is judged."""


def _first_values(tags: Iterable[str], values: Iterable[str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for tag, value in zip(tags, values, strict=True):
        fields.setdefault(tag, value)
    return fields
