"""One file of a session's log: checksummed records one after another, and where in it a message is.

It does not know what the records mean for a session; `SessionLog` writes, joins and drops these files. A kill can leave
a record half-written at the end only: it is cut off when the file is read.
"""

from __future__ import annotations

import os
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path
from struct import Struct
from zlib import crc32

APPLICATION, ADMINISTRATIVE, INBOUND, REPORTED, OUTBOUND, PERIOD = 1, 2, 3, 4, 5, 6
"""Kinds of record: a message, the number of a session message, then the number expected next, the latest event
reported, the number to be sent next and the period that the numbers belong to.
"""

INDEX_EVERY = 64
"""One offset is remembered for so many messages: a quarter byte each, and at most so many to skip on a resend."""

_MAGIC = b"FXPSESS1"
_RECORD = Struct("<IIBQQ")
_READ_BYTES = 1 << 20
_TAIL_BYTES = 4096

Mark = tuple[int, int]
"""A message's number and where it begins in the data that holds it."""


def record(kind: int, number: int, event: int = 0, payload: bytes = b"") -> bytes:
    """The bytes of one record."""
    head = _RECORD.pack(len(payload), 0, kind, number, event)
    checksum = crc32(payload, crc32(head[8:]))
    return _RECORD.pack(len(payload), checksum, kind, number, event) + payload


class SessionLogFile:
    """A file of records that only grows."""

    def __init__(self, path: Path) -> None:
        """Opens or creates it. Raises `OSError`, and ValueError for a file of something else."""
        self._path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._numbers = array("Q")
        self._offsets = array("Q")
        self.size = os.fstat(self._file).st_size
        """Bytes of whole records; what is beyond was never written."""
        self.cut = 0
        """Bytes of a half-written record that reading found at the end, and cut off."""
        magic = os.pread(self._file, len(_MAGIC), 0)
        if not _MAGIC.startswith(magic):
            self.close()
            raise ValueError(f"{path} is not a session log of this release: it does not begin with {_MAGIC!r}")
        if len(magic) < len(_MAGIC):
            self.size = 0
            problem = self.write(_MAGIC)
            if problem is not None:
                self.close()
                raise problem

    @classmethod
    def fresh(cls, path: Path, *parts: tuple[bytes, Sequence[Mark]]) -> SessionLogFile:
        """A new file beside `path` with some records in it; `rename` brings it there. Raises `OSError`."""
        beside = path.with_name(f"{path.name}.new")
        beside.unlink(missing_ok=True)
        file = cls(beside)
        for data, marks in parts:
            problem = file.write(data, marks)
            if problem is not None:
                file.remove()
                raise problem
        return file

    def write(self, data: bytes, marks: Sequence[Mark] = ()) -> OSError | None:
        """Appends; when not all fits, nothing of it stays and the error is the answer."""
        try:
            written = os.pwrite(self._file, data, self.size)
            if written < len(data):
                os.ftruncate(self._file, self.size)
                return OSError(f"only {written} of {len(data)} bytes could be written")
        except OSError as error:
            return error
        for number, offset in marks:
            self._mark(number, self.size + offset)
        self.size += written
        return None

    @property
    def marks(self) -> tuple[array[int], array[int]]:
        """Numbers of messages and where their records begin, one for each `INDEX_EVERY`."""
        return self._numbers, self._offsets

    @marks.setter
    def marks(self, marks: tuple[array[int], array[int]]) -> None:
        self._numbers, self._offsets = marks

    def tail_checksum(self, size: int) -> int:
        """Of the last bytes before byte `size`: which file it is, and that it was not written anew."""
        length = min(size, _TAIL_BYTES)
        return crc32(os.pread(self._file, length, size - length))

    def read(self, begin: int = 0) -> Iterator[tuple[int, int, int]]:
        """All whole records as (kind, number, event), which also makes the index; cuts off what follows the last.

        `begin`: where to begin, when all before is known.
        """
        end = begin or len(_MAGIC)
        for offset, kind, number, event, payload in self._records(end):
            if kind <= ADMINISTRATIVE and number % INDEX_EVERY == 0:
                self._mark(number, offset)
            yield kind, number, event
            end = offset + _RECORD.size + len(payload)
        if end < self.size:
            self.cut = self.size - end
            os.ftruncate(self._file, end)
            self.size = end

    def between(self, begin: int, end: int) -> Iterator[tuple[int, bytes]]:
        """Application messages of a range of numbers, in order."""
        marked = bisect_right(self._numbers, begin)
        offset = self._offsets[marked - 1] if marked else len(_MAGIC)
        for _, kind, number, _, payload in self._records(offset):
            if kind > ADMINISTRATIVE:
                continue
            if number > end:
                return
            if kind == APPLICATION and number >= begin:
                yield number, payload

    def rename(self, path: Path) -> None:
        """Moves it, in the place of what is there. Raises `OSError`."""
        os.replace(self._path, path)
        self._path = path

    def remove(self) -> None:
        """Closes and deletes it."""
        self.close()
        self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Lets go of it: who still reads from it finds nothing more."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _mark(self, number: int, offset: int) -> None:
        self._numbers.append(number)
        self._offsets.append(offset)

    def _records(self, offset: int) -> Iterator[tuple[int, int, int, int, bytes]]:
        chunk, start = b"", 0
        head = _RECORD.size
        # A number of a closed file may be another file's by now.
        while self._file >= 0:
            rest = len(chunk) - start
            wanted = head if rest < head else head + _RECORD.unpack_from(chunk, start)[0]
            if rest < wanted:
                if offset + wanted > self.size:
                    return
                chunk, start = os.pread(self._file, max(_READ_BYTES, wanted), offset), 0
                continue
            length, crc, kind, number, event = _RECORD.unpack_from(chunk, start)
            payload = chunk[start + head : start + wanted]
            if crc32(payload, crc32(chunk[start + 8 : start + head])) != crc:
                return
            yield offset, kind, number, event, payload
            offset += head + length
            start += wanted
