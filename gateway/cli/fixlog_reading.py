"""Finds FIX messages in any text that holds some: logs with prefixes, captures, copies with `|` or `^A` for SOH.

Each is read as it stands, right or wrong: what is wrong with BodyLength(9) and CheckSum(10) is part of the answer.
Used by `fixpit fixlog`; the gateway's own framing is stricter, as it must be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gateway.fix.framing import checksum
from gateway.fix.message import SOH, split

_BEGIN = re.compile(r"8=FIX[^\x01|^\n]{1,12}(\x01|\||\^A)")
_TRAILER = {
    separator: re.compile(rf"(?<={re.escape(separator)})10=([^\x01|^\r\n]*)({re.escape(separator)})?")
    for separator in (SOH, "|", "^A")
}


@dataclass(frozen=True)
class LoggedMessage:
    """One message that was found."""

    pairs: tuple[tuple[str, str], ...]
    """Tags and values in their order, BeginString(8) and CheckSum(10) included."""
    faults: tuple[str, ...]
    """What is wrong with BodyLength(9) and CheckSum(10), a sentence each."""

    def get(self, tag: str) -> str:
        """The first value of a tag; empty when there is none."""
        return next((value for name, value in self.pairs if name == tag), "")


def logged_messages(text: str, data_tags: Mapping[str, str]) -> Iterator[LoggedMessage]:
    """Every message in a text that has one character for each byte (latin-1), in order.

    `data_tags` gives for each length field the data field that it measures.
    """
    begin = _BEGIN.search(text)
    while begin is not None:
        following = _BEGIN.search(text, begin.end())
        stop = following.start() if following else len(text)
        separator = begin[1]
        end_of_line = text.find("\n", begin.end(), stop)
        if separator != SOH and end_of_line >= 0:
            stop = end_of_line  # SOH may stand beside line ends in data; what was made readable has one line
        yield _read(text[begin.start() : stop], separator, data_tags)
        begin = following


def _read(text: str, separator: str, data_tags: Mapping[str, str]) -> LoggedMessage:
    trailer = None
    for trailer in _TRAILER[separator].finditer(text):  # noqa: B007 - the last one counts: data may hold another
        pass
    body = (text[: trailer.start()] if trailer else text.rstrip("\r\n")).replace(separator, SOH)
    tags, values = split(body, data_tags)
    pairs = list(zip(tags, values, strict=True))
    stated = trailer[1] if trailer else None
    if stated is not None:
        pairs.append(("10", stated))
    return LoggedMessage(tuple(pairs), tuple(_faults(body, pairs, stated)))


def _faults(body: str, pairs: list[tuple[str, str]], stated_sum: str | None) -> Iterator[str]:
    if stated_sum is None:
        yield "CheckSum(10) is missing: the message is cut off"
        return
    if len(pairs) < 2 or pairs[1][0] != "9":
        yield "BodyLength(9) is not the second field"
    else:
        counted = len(body) - len(f"8={pairs[0][1]}{SOH}9={pairs[1][1]}{SOH}")
        if pairs[1][1] != str(counted):
            yield f"BodyLength(9) is {pairs[1][1]}; the body has {counted} bytes"
    counted_sum = f"{checksum(body.encode('latin-1')):03d}"
    if stated_sum != counted_sum:
        yield f"CheckSum(10) is {stated_sum}; the bytes sum up to {counted_sum}"
