"""The journal's files: segments named by their first sequence number, a header, then one frame for each record.

    segment   00000000000000000001.journal: header, frames, zeros up to the reserved size
    header    8s magic | u32 format version | u32 crc32 of magic, version and first | u64 first sequence number
    frame     u32 length of payload | u32 crc32 of sequence number and payload | u64 sequence number | payload

All integers are little-endian. No payload is empty, so a length of 0 ends the records of a segment. Pure functions on
bytes and names; `journal` writes with them, `journal_reading` reads.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from struct import Struct
from zlib import crc32

import msgspec

MAGIC = b"fixpitJ\n"
FORMAT_VERSION = 1
HEADER_BYTES = 24
FRAME_HEAD_BYTES = 16

RECORD_BYTES_MAX = 1 << 20
"""Longest payload. Commands have some hundred bytes; a length beyond this can only be damage."""

_HEADER = Struct("<8sIIQ")
_FRAME_HEAD = Struct("<IIQ")
_LENGTH_AND_CHECKSUM = Struct("<II")
_SEQUENCE = Struct("<Q")
_NAME = re.compile(r"(\d{20})\.journal")


class Segment(msgspec.Struct, frozen=True):
    """One file of the journal."""

    first: int
    """Sequence number of its first record, from its name."""
    path: Path


def segment_path(folder: Path, first: int) -> Path:
    """Where the segment that begins with this sequence number is."""
    return folder / f"{first:020d}.journal"


def list_segments(folder: Path) -> list[Segment]:
    """The segments of a folder in order. Files of other names are not the journal's and are left alone."""
    names = ((path, _NAME.fullmatch(path.name)) for path in folder.iterdir())
    return sorted((Segment(int(name[1]), path) for path, name in names if name), key=lambda segment: segment.first)


def segment_header(first: int) -> bytes:
    """The bytes that a segment begins with."""
    checksum = crc32(MAGIC + FORMAT_VERSION.to_bytes(4, "little") + first.to_bytes(8, "little"))
    return _HEADER.pack(MAGIC, FORMAT_VERSION, checksum, first)


def header_fault(header: bytes, first: int) -> str:
    """What is wrong with a header, in words; empty when it is the one that belongs to the segment's name."""
    if header == segment_header(first):
        return ""
    if len(header) < HEADER_BYTES:
        return f"a header of {len(header)} bytes instead of {HEADER_BYTES}"
    magic, version, _, found = _HEADER.unpack(header)
    if magic != MAGIC:
        return f"{magic!r}, which does not begin a journal segment ({MAGIC!r})"
    if version != FORMAT_VERSION:
        return f"format version {version}, while this fixpit reads version {FORMAT_VERSION}"
    if found != first:
        return f"a header for sequence {found} under a name for {first}"
    return "a header whose checksum does not match"


def frames(payloads: Sequence[bytes], first: int) -> bytes:
    """The frames of records that follow one another, the first with this sequence number."""
    parts: list[bytes] = []
    add, pack_sequence, pack_head = parts.append, _SEQUENCE.pack, _LENGTH_AND_CHECKSUM.pack
    for sequence, payload in enumerate(payloads, first):
        body = pack_sequence(sequence) + payload
        add(pack_head(len(payload), crc32(body)))
        add(body)
    return b"".join(parts)


def whole_frames(chunk: bytes, expected: int) -> tuple[list[bytes], int]:
    """Payloads of the good frames that a chunk begins with, numbered from `expected`, and where in it they end."""
    payloads: list[bytes] = []
    add, unpack, checksum_of = payloads.append, _FRAME_HEAD.unpack_from, crc32
    position, end = 0, len(chunk)
    while position + FRAME_HEAD_BYTES <= end:
        length, checksum, sequence = unpack(chunk, position)
        stop = position + FRAME_HEAD_BYTES + length
        if sequence != expected or stop > end or not length or checksum_of(chunk[position + 8 : stop]) != checksum:
            break
        add(chunk[position + FRAME_HEAD_BYTES : stop])
        position = stop
        expected += 1
    return payloads, position


def frame_fault(remains: bytes, expected: int) -> str:
    """What is wrong with the frame that should begin `remains`, in words."""
    if len(remains) < FRAME_HEAD_BYTES:
        return f"the first {len(remains)} bytes of a frame"
    length, checksum, sequence = _FRAME_HEAD.unpack_from(remains)
    if not length or length > RECORD_BYTES_MAX:
        return f"a record of {length} bytes"
    if sequence != expected:
        return f"a record numbered {sequence}"
    if FRAME_HEAD_BYTES + length > len(remains):
        return f"{len(remains)} bytes of a record of {FRAME_HEAD_BYTES + length}"
    return f"a record whose checksum is {crc32(remains[8 : FRAME_HEAD_BYTES + length]):08x} instead of {checksum:08x}"


def good_frame_behind(remains: bytes, expected: int) -> int | None:
    """Where in `remains`, whose first byte begins a bad frame, the first good frame of a later record begins.

    Looks for the five high bytes that the next 16 million sequence numbers share, instead of trying every place.
    """
    end = len(remains.rstrip(b"\0")) + FRAME_HEAD_BYTES  # behind it no frame can have a length
    shared = {_SEQUENCE.pack(sequence)[3:] for sequence in (expected, expected + (1 << 24))}
    places = (_find_good_frame(remains, high_bytes, expected, end) for high_bytes in shared)
    return min((place for place in places if place is not None), default=None)


def _find_good_frame(remains: bytes, high_bytes: bytes, expected: int, end: int) -> int | None:
    found = remains.find(high_bytes, 12, end)
    while found >= 0:
        place = found - 11
        length, checksum, sequence = _FRAME_HEAD.unpack_from(remains, place)
        stop = place + FRAME_HEAD_BYTES + length
        is_whole = 0 < length <= RECORD_BYTES_MAX and stop <= len(remains)
        if is_whole and sequence >= expected and crc32(remains[place + 8 : stop]) == checksum:
            return place
        found = remains.find(high_bytes, found + 1, end)
    return None
