"""The event log's files: segments named by the number of their first event, a header, an opening, then frames.

    segment   00000000000000000001.events: header, opening, one frame for each batch of events
    header    8s magic | u32 format version | u32 crc32 of the rest of the header | u64 number of the first event
    frame     u32 length of events | u32 crc32 of all that follows | u64 number | u32 count | msgpack array of events
    opening   a frame of the public state when the segment was begun; its number is that of the latest event it includes

All integers are little-endian. In every other frame the number is that of the frame's first event.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from struct import Struct
from zlib import crc32

import msgspec

from exchange.events import Event

MAGIC = b"fixpitE\n"
FORMAT_VERSION = 1
HEADER_BYTES = 24

FRAME_BYTES_MAX = 256 << 20
"""Longest frame. A batch of one commit is some megabytes at most, an opening too; a length beyond this is damage."""

_HEADER = Struct("<8sIIQ")
_LENGTH_AND_CHECKSUM = Struct("<II")
_NUMBER_AND_COUNT = Struct("<QI")
_FRAME_HEAD = Struct("<IIQI")
_NAME = re.compile(r"(\d{20})\.events")
_encode = msgspec.msgpack.Encoder().encode


class Segment(msgspec.Struct, frozen=True):
    """One file of the event log."""

    first: int
    """Number of its first event, from its name."""
    path: Path


class Frame(msgspec.Struct, frozen=True, gc=False):
    """A good frame in a chunk of a segment."""

    number: int
    count: int
    payload: bytes
    size: int
    """Bytes of the whole frame."""


class DamagedFrame(Exception):
    """A frame is there in full but is not what was written."""


def segment_path(folder: Path, first: int) -> Path:
    """Where the segment is that begins with this event."""
    return folder / f"{first:020d}.events"


def list_segments(folder: Path) -> list[Segment]:
    """The segments of a folder in order. Files of other names are not the log's and are left alone."""
    names = ((path, _NAME.fullmatch(path.name)) for path in folder.iterdir())
    return sorted((Segment(int(name[1]), path) for path, name in names if name), key=lambda segment: segment.first)


def segment_header(first: int) -> bytes:
    """The bytes that a segment begins with."""
    checksum = crc32(MAGIC + FORMAT_VERSION.to_bytes(4, "little") + first.to_bytes(8, "little"))
    return _HEADER.pack(MAGIC, FORMAT_VERSION, checksum, first)


def event_frame(events: Sequence[Event], number: int) -> bytes:
    """The frame of a batch of events, or of an opening."""
    payload = _encode(events)
    body = _NUMBER_AND_COUNT.pack(number, len(events)) + payload
    return _LENGTH_AND_CHECKSUM.pack(len(payload), crc32(body)) + body


def frame_length(chunk: bytes, offset: int) -> int:
    """Bytes that the frame at this place has, or would need at least when not even its head is there."""
    if offset + _FRAME_HEAD.size > len(chunk):
        return _FRAME_HEAD.size
    length: int = _LENGTH_AND_CHECKSUM.unpack_from(chunk, offset)[0]
    if length > FRAME_BYTES_MAX:
        raise DamagedFrame(f"a frame of {length:,} bytes, more than the {FRAME_BYTES_MAX:,} that one may have")
    return _FRAME_HEAD.size + length


def frame_at(chunk: bytes, offset: int) -> Frame | None:
    """The frame at this place; None when the chunk does not hold all of it. Raises `DamagedFrame`."""
    size = frame_length(chunk, offset)
    if offset + size > len(chunk):
        return None
    _, checksum, number, count = _FRAME_HEAD.unpack_from(chunk, offset)
    found = crc32(chunk[offset + _LENGTH_AND_CHECKSUM.size : offset + size])
    if found != checksum:
        raise DamagedFrame(f"a frame whose checksum is {found:08x} instead of {checksum:08x}")
    return Frame(number, count, chunk[offset + _FRAME_HEAD.size : offset + size], size)
