"""Names of FIX for people: field names to tags, message names to MsgTypes, names of enum values to codes, and back.

Built once from the gateway's dictionary of a version. The steps, the matchers and the reports speak through it; the
wire itself is left to simplefix, so that the gateway's own codec is checked by another one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from gateway.fix.dictionary import Dictionary
from gateway.yaml_documents.document import did_you_mean

NUMERIC_TYPES = frozenset({
    "INT", "LENGTH", "SEQNUM", "NUMINGROUP", "FLOAT", "QTY", "PRICE", "PRICEOFFSET", "AMT", "PERCENTAGE", "DAYOFMONTH",
})  # fmt: skip
"""Types whose values compare as decimals: 10.0 is 10.00."""


@dataclass(frozen=True)
class FieldMeaning:
    """One field of FIX, or a user-defined one that has nothing but its tag."""

    tag: str
    name: str
    type: str = ""
    """The FIX data type in upper case; empty for a field that the dictionary does not have."""
    codes: Mapping[str, str] = field(default_factory=dict)
    """Enum names to what is sent: `Trade` to `F`."""

    @property
    def title(self) -> str:
        """`ExecType(150)`; a field without a name is its tag."""
        return f"{self.name}({self.tag})" if self.name != self.tag else self.tag

    @property
    def is_numeric(self) -> bool:
        """Whether values compare as decimals."""
        return self.type in NUMERIC_TYPES and not self.codes

    def code(self, text: str) -> str:
        """What stands on the wire for `text`: a code itself, or the code that an enum name has."""
        if text in self.codes.values():
            return text
        wanted = squeezed(text)
        return next((code for name, code in self.codes.items() if squeezed(name) == wanted), text)

    def knows(self, text: str) -> bool:
        """Whether `text` is a code or an enum name of the field, or the field has no fixed values at all."""
        if not self.codes:
            return True
        words = text.split(" ") if self.type == "MULTIPLEVALUESTRING" else [text]
        return all(self.code(word) in self.codes.values() for word in words)

    def label(self, value: str) -> str:
        """`Trade (F)` for a code with a name, else the value as it is."""
        return next((f"{name} ({value})" for name, code in self.codes.items() if code == value), value)

    def guess(self, text: str) -> str:
        """The end of a sentence about a value that is none of the field's: what it was probably meant to be."""
        return did_you_mean(text, self.codes)


class Vocabulary:
    """The names of one FIX version."""

    def __init__(
        self, fields: Iterable[FieldMeaning], message_names: Mapping[str, str], header_tags: frozenset[str]
    ) -> None:
        self._by_tag = {meaning.tag: meaning for meaning in fields}
        self._by_name = {squeezed(meaning.name): meaning for meaning in self._by_tag.values()}
        self._message_names = dict(message_names)
        self.header_tags = header_tags
        """Tags that stand in the header of a message, wherever a scenario names them."""

    @classmethod
    def of(cls, dictionary: Dictionary) -> Self:
        """The names of a dictionary of the gateway."""
        fields = (
            FieldMeaning(one.tag, one.name, one.type.upper(), {name: code for code, name in one.codes.items()})
            for one in dictionary.fields.values()
        )
        messages = {one.msg_type: one.name for one in dictionary.messages.values()}
        return cls(fields, messages, frozenset(dictionary.header.members) | dictionary.header.grouped)

    def field(self, name_or_tag: str) -> FieldMeaning | None:
        """The field of a name or a tag. A tag that the dictionary does not have is a user-defined field."""
        if name_or_tag.isascii() and name_or_tag.isdigit():
            return self._by_tag.get(name_or_tag) or FieldMeaning(name_or_tag, name_or_tag)
        return self._by_name.get(squeezed(name_or_tag))

    def guess_field(self, name: str) -> str:
        """The end of a sentence about an unknown field: the name that it was probably meant to be."""
        return did_you_mean(name, (meaning.name for meaning in self._by_tag.values()))

    def message_type(self, name_or_type: str) -> str | None:
        """`D` for `NewOrderSingle` and for `D`; None for what the dictionary does not have."""
        if name_or_type in self._message_names:
            return name_or_type
        wanted = squeezed(name_or_type)
        return next((code for code, name in self._message_names.items() if squeezed(name) == wanted), None)

    def message_name(self, msg_type: str) -> str:
        """`NewOrderSingle` for `D`; an unknown MsgType is its own name."""
        return self._message_names.get(msg_type, msg_type)

    def guess_message(self, name: str) -> str:
        """The end of a sentence about an unknown message: the name that it was probably meant to be."""
        return did_you_mean(name, self._message_names.values())


def squeezed(name: str) -> str:
    """A name without case, spaces and punctuation: `Partially filled` and `PARTIALLY_FILLED` are the same."""
    return re.sub(r"[^0-9a-z]", "", name.lower())
