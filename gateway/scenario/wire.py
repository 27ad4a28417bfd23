"""FIX messages as a scenario sees them, read and written by simplefix.

The gateway has a codec of its own; the players of scenarios use another one on purpose, so that each run checks that
the two agree. `read_all` also checks BodyLength and CheckSum, which simplefix alone does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

import simplefix
from simplefix.errors import ParsingError

Pairs: TypeAlias = Sequence[tuple[str, str]]
"""Tags and values in their order on the wire."""

ENCODING = "utf-8"
ENCODING_ERRORS = "surrogateescape"
"""What is no UTF-8 is kept byte for byte, so that any value goes back as it came."""


class UnreadableBytes(ValueError):
    """What came from the venue is no sound FIX message; the text says what is wrong with it."""


@dataclass(frozen=True)
class WireMessage:
    """One message as it was on the wire."""

    pairs: tuple[tuple[str, str], ...]

    def get(self, tag: str) -> str | None:
        """The first value of a tag, or None."""
        return next((value for name, value in self.pairs if name == tag), None)

    @property
    def msg_type(self) -> str:
        """MsgType(35)."""
        return self.get("35") or ""

    @property
    def sequence(self) -> int:
        """MsgSeqNum(34), 0 when there is none."""
        text = self.get("34") or ""
        return int(text) if text.isdecimal() and text.isascii() else 0

    @property
    def is_poss_dup(self) -> bool:
        """Whether PossDupFlag(43) says that it may have come before."""
        return self.get("43") == "Y"

    @property
    def text(self) -> str:
        """The message for people, with `|` between the fields."""
        return "|".join(f"{tag}={value}" for tag, value in self.pairs)


class WireReader:
    """Turns bytes as they come into messages."""

    def __init__(self) -> None:
        self._parser = simplefix.FixParser(allow_empty_values=True)

    def read_all(self, data: bytes) -> list[WireMessage]:
        """All messages that are complete now. Raises `UnreadableBytes`."""
        self._parser.append_buffer(data)
        messages: list[WireMessage] = []
        try:
            while (found := self._parser.get_message()) is not None:
                messages.append(_sound(found))
        except (ParsingError, ValueError) as error:
            raise UnreadableBytes(f"the venue sent what is no FIX message: {error}") from error
        return messages


def written(begin_string: str, msg_type: str, fields: Pairs) -> bytes:
    """The bytes of a message: `fields` in their order between BeginString, BodyLength, MsgType and CheckSum."""
    message = simplefix.FixMessage()
    message.append_pair(8, begin_string)
    message.append_pair(35, msg_type)
    for tag, value in fields:
        message.append_pair(tag, value.encode(ENCODING, ENCODING_ERRORS))
    encoded: bytes = message.encode()
    return encoded


def as_message(data: bytes) -> WireMessage:
    """What we wrote ourselves, read again for the record."""
    return WireReader().read_all(data)[0]


def utc_timestamp(at: datetime | None = None) -> str:
    """A UTCTimestamp with milliseconds, as FIX 4.4 has it."""
    at = at or datetime.now(UTC)
    return f"{at:%Y%m%d-%H:%M:%S}.{at.microsecond // 1000:03d}"


def _sound(message: simplefix.FixMessage) -> WireMessage:
    received: bytes = message.encode(raw=True)
    if received != message.encode():
        shown = received.decode(ENCODING, ENCODING_ERRORS).replace("\x01", "|")
        raise UnreadableBytes(f"BodyLength(9), CheckSum(10) or the order of the first fields is wrong in {shown}")
    return WireMessage(
        tuple((tag.decode("ascii"), value.decode(ENCODING, ENCODING_ERRORS)) for tag, value in message.pairs)
    )
