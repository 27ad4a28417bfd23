"""What a session must not forget: its numbers, and every application message it sent.

One append-only file per session holds, before anything is sent, each outbound number with the event it reports and the
message's bytes, and after each batch the inbound number expected next. A killed process finds both again, so no number
is ever used for other content, and a ResendRequest is answered with what was sent. Who calls it: `Session` only.

The file is cut in two when it passes half its limit, and the older half is dropped when it passes again: what is gone
is answered by gap fill. Session messages are kept as bare numbers, for they are never sent again (FIX 4.4 vol. 2).
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterator
from pathlib import Path
from struct import Struct
from urllib.parse import quote
from zlib import crc32

import structlog

LIMIT_BYTES = 1 << 30
"""Disk that one session may take: some four million reports."""

BACKLOG_BYTES_MAX = 4 << 20
"""What may wait in memory while the disk is full; beyond, the session has to be logged out."""

INDEX_EVERY = 64
"""One offset is remembered for so many messages: an eighth of a byte each, and at most so many to skip on a resend."""

_MAGIC = b"FXPSESS1"
_RECORD = Struct("<IIBQQ")
_APPLICATION, _ADMINISTRATIVE, _INBOUND, _REPORTED = 1, 2, 3, 4
_READ_BYTES = 1 << 20

_log = structlog.get_logger(__name__)


class SessionLog:
    """Numbers and messages of one session. `flush` before anything recorded is sent."""

    def __init__(self, folder: Path, comp_id: str, *, limit_bytes: int = LIMIT_BYTES) -> None:
        """Opens or creates the session's files below `folder`; what a killed process left half-written is cut off."""
        name = quote(comp_id, safe="")
        self._path = folder / f"{name}.log"
        self._older_path = folder / f"{name}.older.log"
        self._limit_bytes = limit_bytes
        self._log = _log.bind(session=comp_id)
        self.next_out = 1
        """MsgSeqNum of the next message sent."""
        self.next_in = 1
        """MsgSeqNum expected next."""
        self.last_event = 0
        """Number of the latest venue event reported to this session."""
        self.is_new = not self._path.exists()
        """Whether there was no file: nothing that happened before concerns this session."""
        self._buffer: list[bytes] = []
        self._buffered_bytes = 0
        self._written_in = 1
        self._older = _Messages(self._older_path) if self._older_path.exists() else None
        if self._older is not None:
            self._recover(self._older)
        self._newer = _Messages(self._path)
        self._recover(self._newer)
        self._written_in = self.next_in

    def record_application(self, wire: bytes, event: int) -> None:
        """Takes `next_out` for a message with these bytes; `event` is the venue event it reports, 0 for none."""
        if event:
            self.last_event = event
        self._append(_APPLICATION, self.next_out, event, wire)
        self.next_out += 1

    def record_administrative(self) -> None:
        """Takes `next_out` for a session message."""
        self._append(_ADMINISTRATIVE, self.next_out, 0, b"")
        self.next_out += 1

    def skip_to_event(self, event: int) -> None:
        """Nothing up to this venue event concerns the session any more."""
        self.last_event = event
        self._append(_REPORTED, 0, event, b"")

    def flush(self) -> bool:
        """Hands all that was recorded to the operating system; False when the disk is full: send nothing then."""
        if self.next_in != self._written_in:
            self._append(_INBOUND, self.next_in, 0, b"")
        if not self._buffer:
            return True
        data = b"".join(self._buffer)
        problem = self._newer.write(data)
        if problem is not None:
            self._log.error("session log not written, messages wait", path=str(self._path), problem=str(problem))
            self._buffer, self._buffered_bytes = [data], len(data)
            return False
        self._written_in = self.next_in
        self._buffer.clear()
        self._buffered_bytes = 0
        if self._newer.size > self._limit_bytes // 2:
            self._roll()
        return True

    @property
    def is_overfull(self) -> bool:
        """Whether more waits for a full disk than may."""
        return self._buffered_bytes > BACKLOG_BYTES_MAX

    def sent(self, begin: int, end: int) -> Iterator[tuple[int, bytes]]:
        """The application messages numbered `begin` to `end`, as they were sent; the rest were session messages."""
        self.flush()
        for messages in (self._older, self._newer):
            if messages is not None:
                yield from messages.between(begin, end)

    def reset(self) -> None:
        """Both numbers begin at 1 again and the old messages are forgotten; what was reported stays reported."""
        self.next_out = self.next_in = self._written_in = 1
        self._buffer.clear()
        self._buffered_bytes = 0
        if self._older is not None:
            self._older.remove()
            self._older = None
        self._newer.close()
        self._newer = _Messages.fresh(self._path, _record(_REPORTED, 0, self.last_event, b""))

    def close(self) -> None:
        """Writes what is left."""
        self.flush()
        self._newer.close()
        if self._older is not None:
            self._older.close()

    def _append(self, kind: int, number: int, event: int, payload: bytes) -> None:
        record = _record(kind, number, event, payload)
        self._buffer.append(record)
        self._buffered_bytes += len(record)
        if kind <= _ADMINISTRATIVE:
            self._newer.note(number, self._newer.size + self._buffered_bytes - len(record))

    def _roll(self) -> None:
        if self._older is not None:
            self._older.close()
        self._newer.rename(self._older_path)
        self._older = self._newer
        state = _record(_REPORTED, 0, self.last_event, b"") + _record(_INBOUND, self.next_in, 0, b"")
        self._newer = _Messages.fresh(self._path, state)

    def _recover(self, messages: _Messages) -> None:
        for _, kind, number, event, _ in messages.records():
            if kind == _INBOUND:
                self.next_in = number
            elif kind == _REPORTED:
                self.last_event = event
            else:
                self.next_out = number + 1
                self.last_event = event or self.last_event
        if messages.cut:
            self._log.warning("session log cut at its last whole record", path=str(self._path), bytes=messages.cut)


class _Messages:
    """One file of records, with a sparse index from message number to offset."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._first = 0
        self._offsets = array("Q")
        self._noted = 0
        self.cut = 0
        """Bytes of a half-written tail that were cut off when the file was opened."""
        self.size = os.fstat(self._file).st_size
        if self.size < len(_MAGIC):
            os.ftruncate(self._file, 0)
            self.size = os.pwrite(self._file, _MAGIC, 0)
        elif os.pread(self._file, len(_MAGIC), 0) != _MAGIC:
            raise ValueError(f"{path} is not a session log of this release: it does not begin with {_MAGIC!r}")

    @classmethod
    def fresh(cls, path: Path, records: bytes) -> _Messages:
        """A new file with some records in the place of `path`, in one step."""
        beside = path.with_suffix(".new")
        beside.unlink(missing_ok=True)
        messages = cls(beside)
        problem = messages.write(records)
        if problem is not None:
            raise problem
        messages.rename(path)
        return messages

    def note(self, number: int, offset: int) -> None:
        """Remembers where every so manieth message begins."""
        if self._noted % INDEX_EVERY == 0:
            if not self._offsets:
                self._first = number
            self._offsets.append(offset)
        self._noted += 1

    def write(self, data: bytes) -> OSError | None:
        """Appends; when not all fits, nothing of it stays and the error is the answer."""
        try:
            written = os.pwrite(self._file, data, self.size)
            if written == len(data):
                self.size += written
                return None
            problem = OSError(f"only {written} of {len(data)} bytes could be written")
        except OSError as error:
            problem = error
        os.ftruncate(self._file, self.size)
        return problem

    def records(self) -> Iterator[tuple[int, int, int, int, bytes]]:
        """All whole records as (offset, kind, number, event, payload); cuts off what follows the last."""
        end = len(_MAGIC)
        for offset, kind, number, event, payload in self._read(end):
            if kind <= _ADMINISTRATIVE:
                self.note(number, offset)
            yield offset, kind, number, event, payload
            end = offset + _RECORD.size + len(payload)
        if end < self.size:
            self.cut = self.size - end
            os.ftruncate(self._file, end)
            self.size = end

    def between(self, begin: int, end: int) -> Iterator[tuple[int, bytes]]:
        """Application messages of a range of numbers, in order."""
        if not self._offsets or end < self._first:
            return
        place = max(0, begin - self._first) // INDEX_EVERY
        if place >= len(self._offsets):
            place = len(self._offsets) - 1
        for _, kind, number, _, payload in self._read(self._offsets[place]):
            if kind > _ADMINISTRATIVE:
                continue
            if number > end:
                return
            if kind == _APPLICATION and number >= begin:
                yield number, payload

    def rename(self, path: Path) -> None:
        """Moves the file."""
        os.replace(self._path, path)
        self._path = path

    def remove(self) -> None:
        """Closes and deletes the file."""
        self.close()
        self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Lets go of the file."""
        os.close(self._file)

    def _read(self, offset: int) -> Iterator[tuple[int, int, int, int, bytes]]:
        chunk, start = b"", 0
        head = _RECORD.size
        while True:
            if len(chunk) - start < head or len(chunk) - start < head + _RECORD.unpack_from(chunk, start)[0]:
                wanted = head if len(chunk) - start < head else head + _RECORD.unpack_from(chunk, start)[0]
                if offset + wanted > self.size:
                    return
                chunk, start = os.pread(self._file, max(_READ_BYTES, wanted), offset), 0
                if len(chunk) < wanted:
                    return
                continue
            length, crc, kind, number, event = _RECORD.unpack_from(chunk, start)
            payload = chunk[start + head : start + head + length]
            if crc32(payload, crc32(chunk[start + 8 : start + head])) != crc:
                return
            yield offset, kind, number, event, payload
            offset += head + length
            start += head + length


def _record(kind: int, number: int, event: int, payload: bytes) -> bytes:
    head = _RECORD.pack(len(payload), 0, kind, number, event)
    checksum = crc32(payload, crc32(head[8:]))
    return _RECORD.pack(len(payload), checksum, kind, number, event) + payload
