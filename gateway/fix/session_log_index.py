"""The index of a big session log: what the log says up to some byte, so that opening it need not read all before that.

It is a help and nothing more: a log without one, or whose bytes are not those that it was made of, is read from its
beginning. Each message that a resend brings is checked against its own checksum all the same. `SessionLog` uses it.
"""

from __future__ import annotations

import os
from array import array
from pathlib import Path
from struct import Struct
from zlib import crc32

import msgspec

from gateway.fix.session_log_file import SessionLogFile

INDEX_EVERY_BYTES = 32 << 20
"""Of a log, between one writing of its index and the next: what an opening has to read takes a tenth of a second."""

_MAGIC = b"FXPSIDX1"
_HEAD = Struct("<8sI7Q")


class LogState(msgspec.Struct, frozen=True):
    """What a log says as a whole."""

    next_in: int
    next_out: int
    last_event: int
    period: int


def write_index(path: Path, file: SessionLogFile, state: LogState) -> None:
    """Writes the index of a file as it is now, in one step. Raises `OSError`."""
    numbers, offsets = file.marks
    fields = (file.size, file.tail_checksum(file.size), *msgspec.structs.astuple(state), len(numbers))
    body = numbers.tobytes() + offsets.tobytes()
    checksum = crc32(body, crc32(repr(fields).encode()))
    beside = path.with_name(f"{path.name}.new")
    beside.write_bytes(_HEAD.pack(_MAGIC, checksum, *fields) + body)
    os.replace(beside, path)


def read_index(path: Path, file: SessionLogFile) -> tuple[LogState, int] | None:
    """The state of the file up to a byte, and that byte, with the file's marks set; None without a right index."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    if len(data) < _HEAD.size:
        return None
    magic, checksum, *fields = _HEAD.unpack_from(data)
    size, tail, *state, count = fields
    body = data[_HEAD.size :]
    is_whole = (
        magic == _MAGIC and len(body) == 16 * count and checksum == crc32(body, crc32(repr(tuple(fields)).encode()))
    )
    if not is_whole or size > file.size or tail != file.tail_checksum(size):
        return None
    numbers, offsets = array("Q"), array("Q")
    numbers.frombytes(body[: 8 * count])
    offsets.frombytes(body[8 * count :])
    file.marks = numbers, offsets
    return LogState(*state), size
