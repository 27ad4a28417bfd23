"""From bytes to whole FIX messages, and back to a CheckSum.

What a peer sends arrives in pieces of any size. `Framing` finds the messages in it: BeginString(8), BodyLength(9) and
MsgType(35) first and in this order, CheckSum(10) where BodyLength says and right (FIX 4.4 vol. 2, "Message
Integrity"). What is not such a message is garbled: it is named, skipped and not counted, and the search goes on at
the next `8=FIX`. It knows no sessions and judges no field further on. The acceptor feeds it; the encoder uses its
CheckSum.
"""

from __future__ import annotations

import re
from typing import Final
from zlib import adler32

import msgspec

TRAILERS: Final = tuple(b"10=%03d\x01" % value for value in range(256))
"""The CheckSum field by its value."""


def checksum(data: bytes) -> int:
    """The sum of all bytes modulo 256 (FIX 4.4 vol. 1, CheckSum)."""
    # Adler-32 begun at 0 keeps the plain sum in its low half as long as that is below 65521: 256 bytes at most.
    if len(data) <= 256:
        return adler32(data, 0) & 255
    return sum(adler32(data[start : start + 256], 0) & 0xFFFF for start in range(0, len(data), 256)) & 255


class Garbled(msgspec.Struct, frozen=True, gc=False):
    """A stretch of input that is no FIX message, up to the next `8=FIX`. FIX ignores it and does not count it."""

    reason: str
    """What was wrong, in one sentence."""
    fatal: bool = False
    """A limit is passed. Nothing more is read from this peer: disconnect."""


GARBLED_MAX: Final = 100
"""Garbled stretches in a row that are passed over: FIX ignores one, but who sends nothing else is no FIX client."""


class Framing:
    """Cuts one connection's input into messages.

    What it promises. The result depends on the bytes alone, not on how they were split. Every complete message that
    does not begin inside another complete message is found, whatever stands before it, unless a message beyond the
    limit was announced or more than `garbled_max` garbled stretches came in a row. It is found late only when a broken
    message before it announced a longer body than it had: then as soon as that many bytes have come. At most
    `max_message_bytes` and one read are kept.
    """

    __slots__ = (
        "_closed",
        "_garbled_in_a_row",
        "_needed",
        "_pending",
        "_skipping",
        "garbled_max",
        "max_message_bytes",
    )

    def __init__(self, max_message_bytes: int, garbled_max: int = GARBLED_MAX) -> None:
        self.garbled_max = garbled_max
        """Bounds what a peer can cost that announces messages and sends none: each may be as long as the longest."""
        self._garbled_in_a_row = 0
        self.max_message_bytes = max_message_bytes
        self._pending = bytearray()
        self._needed = 0
        self._skipping = False
        self._closed = False

    def receive(self, data: bytes) -> list[str | Garbled]:
        """All that is complete by now, in order.

        A message is its text (latin-1) from `8=` up to, without, `10=`; it ends with SOH.
        """
        if self._closed:
            return []
        pending = self._pending
        if pending:
            pending += data
            if len(pending) < self._needed:
                return []
            data = bytes(pending)
            pending.clear()
        found: list[str | Garbled] = []
        position = 0
        end = len(data)
        while position < end:
            head = _HEAD.match(data, position)
            if head is None:
                if _HEAD_BEGUN.fullmatch(data, position) is not None:
                    self._await(data, position, 0)
                    break
                position = self._skip(data, position, found, _fault_of_head(data, position))
                continue
            stop = head.end() - 3 + int(head[1])
            size = stop + 7 - position
            if size > self.max_message_bytes:
                found.append(self._refuse(size))
                break
            if stop + 7 > end:
                self._await(data, position, size)
                break
            stated = _TRAILER_VALUES.get(data[stop - 1 : stop + 7])
            # What leads to no trailer is not worth summing up.
            if stated is not None and stated == checksum(piece := data[position:stop]):
                found.append(piece.decode("latin-1"))
                position = stop + 7
                self._skipping = False
                self._garbled_in_a_row = 0
            else:
                position = self._skip(data, position, found, _fault_of_trailer(data, position, stop))
        return found

    def _refuse(self, size: int) -> Garbled:
        self._closed = True
        limit = self.max_message_bytes
        return Garbled(f"BodyLength(9) makes a message of {size} bytes; the limit is {limit}", fatal=True)

    def _await(self, data: bytes, position: int, needed: int) -> None:
        self._pending += data[position:]
        self._needed = needed

    def _skip(self, data: bytes, position: int, found: list[str | Garbled], reason: str) -> int:
        """Where the next message may begin. What lies before is reported once, when it is first seen to be garbled."""
        if not self._skipping or data.startswith(b"8=FIX", position):
            found.append(Garbled(reason))
            self._garbled_in_a_row += 1
            if self._garbled_in_a_row > self.garbled_max:
                self._closed = True
                text = f"{self._garbled_in_a_row} garbled messages came in a row; {self.garbled_max} are passed over"
                found.append(Garbled(text, fatal=True))
                return len(data)
        self._skipping = True
        following = data.find(b"8=FIX", position + 1)
        if following >= 0:
            return following
        for kept in (4, 3, 2, 1):
            if len(data) - kept > position and data.endswith(b"8=FI"[:kept]):
                self._await(data, len(data) - kept, 0)
                break
        return len(data)


_HEAD_PARTS: Final = (
    rb"8",
    rb"=",
    rb"F",
    rb"I",
    rb"X",
    rb"[^\x01]{1,12}",
    rb"\x01",
    rb"9",
    rb"=",
    rb"[0-9]{1,9}",
    rb"\x01",
    rb"3",
    rb"5",
    rb"=",
)
_HEAD: Final = re.compile(rb"8=FIX[^\x01]{1,12}\x019=([0-9]{1,9})\x0135=")
_HEAD_BEGUN: Final = re.compile(b"(?:" + b"(?:".join(_HEAD_PARTS) + b")?" * len(_HEAD_PARTS))
_TRAILER_VALUES: Final = {b"\x01" + trailer: value for value, trailer in enumerate(TRAILERS)}


def _fault_of_head(data: bytes, position: int) -> str:
    begun = _HEAD_BEGUN.match(data, position)
    good = begun.group() if begun else b""
    if not good.startswith(b"8=FIX"):
        return "no BeginString(8) where a message should begin"
    if b"\x019=" not in good:
        return "BodyLength(9) is not the second field"
    if good.count(b"\x01") < 2:
        return "BodyLength(9) is not a number of at most 9 digits"
    return "MsgType(35) is not the third field"


def _fault_of_trailer(data: bytes, position: int, stop: int) -> str:
    stated = _TRAILER_VALUES.get(data[stop - 1 : stop + 7])
    if stated is None:
        return "BodyLength(9) does not lead to a CheckSum(10) of three digits"
    return f"CheckSum(10) is {stated:03d}; the bytes sum up to {checksum(data[position:stop]):03d}"
