"""The journal: every command that was ever applied, in order, in files that tell an interrupted write from damage.

It takes payloads as bytes and numbers them from 1 without a gap. A batch is one write: either all of it is journaled or
nothing. Space is reserved before it is used, so a full disk is met before a record is accepted. The sequencer calls it:
`append` on the matching loop, `sync` from its own thread. Reading is `journal_reading`, the format `journal_format`.
"""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import structlog

from exchange.sequencing.disk import Disk, LocalDisk
from exchange.sequencing.journal_errors import (
    Damage,
    JournalCorrupt,
    JournalError,
    JournalFailed,
    JournalFull,
    TornTail,
)
from exchange.sequencing.journal_format import HEADER_BYTES, RECORD_BYTES_MAX, frames, segment_header, segment_path
from exchange.sequencing.journal_reading import JournalReport, JournalWalk, read, verify

__all__ = [
    "Damage",
    "Journal",
    "JournalCorrupt",
    "JournalError",
    "JournalFailed",
    "JournalFull",
    "JournalReport",
    "TornTail",
    "read",
    "verify",
]

SEGMENT_BYTES = 64 << 20
"""Size of a segment file, reserved when it is begun: about half a million orders."""

RESERVE_BYTES = 1 << 20
"""Room at the end of a segment that only `append(…, into_reserve=True)` may use when no new segment can be begun: some
ten thousand cancels on a full disk."""

log = structlog.get_logger(__name__)


class Journal:
    """Appends to the journal in a folder. One process at a time: the data folder's lock sees to that."""

    def __init__(
        self,
        folder: Path,
        *,
        segment_bytes: int = SEGMENT_BYTES,
        reserve_bytes: int = RESERVE_BYTES,
        disk: Disk | None = None,
    ) -> None:
        if segment_bytes < HEADER_BYTES + 2 * reserve_bytes:
            raise ValueError(
                f"segment_bytes {segment_bytes} is too small: a segment holds its header and twice the "
                f"{reserve_bytes} bytes of reserve_bytes, so {HEADER_BYTES + 2 * reserve_bytes} is the least"
            )
        self.folder = folder
        self.torn: TornTail | None = None
        """The interrupted write that `open` cut off, if there was one."""
        self._segment_bytes = segment_bytes
        self._reserve_bytes = reserve_bytes
        self._disk: Disk = disk or LocalDisk()
        self._failure: str | None = "it is not open"
        self._last = 0
        self._path = folder
        self._file = -1
        self._position = 0
        self._reserved = 0
        self._was_full = False
        self._syncing = threading.Lock()
        """Held while the file is synced or changed for the next: neither happens during the other."""

    @property
    def last(self) -> int:
        """Sequence number of the last record; 0 when there is none."""
        return self._last

    def open(self) -> int:
        """Checks the whole journal, cuts off an interrupted last write, and returns the last sequence number.

        Raises `JournalCorrupt`, having changed nothing, when anything else than the end of the last segment is wrong.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        walk = JournalWalk(self.folder)
        for _ in walk.batches():
            pass
        if walk.damage is not None:
            raise JournalCorrupt(walk.damage)
        if walk.unfinished is not None:
            log.warning("removed a journal segment that was never finished", file=str(walk.unfinished.path))
            walk.unfinished.path.unlink()
            self._disk.sync_folder(self.folder)
        if walk.segment is not None:
            self._path = walk.segment.path
            self._file = self._disk.open(self._path)
            self._position = walk.position
        self._last = walk.expected - 1
        self._failure = None
        self._sync_file()  # what the process before wrote and did not sync is answered as durable from here on
        if walk.torn is not None:
            self._cut()
            self.torn = walk.torn
            log.warning(
                "cut an interrupted write off the journal: no answer was given for it",
                file=walk.torn.file,
                offset=walk.torn.offset,
                dropped_bytes=walk.torn.dropped_bytes,
                found=walk.torn.found,
                last=self._last,
            )
        return self._last

    def read(self, after: int = 0) -> Iterator[tuple[int, bytes]]:
        """Sequence number and payload of every record behind `after`; works without `open`, too. See `read`."""
        return read(self.folder, after)

    def append(self, payloads: Sequence[bytes], *, into_reserve: bool = False) -> int:
        """Writes a batch and returns the sequence number of its last record.

        Raises `JournalFull` when nothing of the batch could be kept, and `JournalFailed` when the journal is lost to
        this process. `into_reserve` lets the batch use the room kept for what must get through on a full disk.
        """
        self._raise_if_failed()
        if not payloads:
            return self._last
        shortest, longest = len(min(payloads, key=len)), len(max(payloads, key=len))
        if not shortest or longest > RECORD_BYTES_MAX:
            raise ValueError(f"a record has 1 to {RECORD_BYTES_MAX} bytes, not {longest if shortest else 0}")
        data = frames(payloads, self._last + 1)
        end = self._make_room(len(data), into_reserve=into_reserve)
        try:
            written = self._disk.write(self._file, data, self._position)
        except OSError as error:
            raise self._withdraw(len(data), _cause(error)) from error
        if written != len(data):
            raise self._withdraw(len(data), f"only {written:,} bytes were taken")
        self._position = end
        self._last += len(payloads)
        return self._last

    def sync(self) -> None:
        """Returns when every record appended before the call survives power loss. Any thread may call it.

        Raises `JournalFailed` when the disk reports an error: the system may have dropped what it could not write, so
        trying again would prove nothing, and no later call will work.
        """
        with self._syncing:
            self._raise_if_failed()
            self._sync_file()

    def close(self) -> None:
        """Closes the file. What was not synced is with the operating system."""
        with self._syncing:
            self._close_file()
            self._failure = self._failure or "it is closed"

    def _make_room(self, length: int, *, into_reserve: bool) -> int:
        """Sees to it that `length` bytes can be written at the present position; returns where they will end."""
        end = self._position + length
        if self._file < 0 or (end > self._segment_bytes - self._reserve_bytes and self._position > HEADER_BYTES):
            try:
                self._begin_segment(length)
            except JournalFull as full:
                if not into_reserve or self._file < 0 or end > max(self._segment_bytes, self._reserved):
                    raise
                log.debug("the journal uses its reserve", cause=str(full))
            end = self._position + length
        if end > self._reserved:
            size = max(end, self._segment_bytes)
            try:
                self._disk.allocate(self._file, size)
            except OSError as error:
                raise self._withdraw(size - self._position, _cause(error)) from error
            self._reserved = size
        return end

    def _begin_segment(self, length: int) -> None:
        """Creates the next segment, reserved and with its header on the disk, and moves to it.

        The present one is synced before: a segment's name on the disk proves that all before it is there, so that what
        is missing before it is damage and nothing else.
        """
        path = segment_path(self.folder, self._last + 1)
        size = max(self._segment_bytes, HEADER_BYTES + length)
        if self._was_full and self._free_bytes() < size:
            raise self._full(path, size, os.strerror(errno.ENOSPC))
        with self._syncing:
            self._sync_file()
            file = self._create(path, size)
            self._close_file()
            self._path, self._file, self._position, self._reserved = path, file, HEADER_BYTES, size
            self._was_full = False

    def _create(self, path: Path, size: int) -> int:
        header = segment_header(self._last + 1)
        file = -1
        try:
            file = self._disk.create(path)
            self._disk.allocate(file, size)
            if self._disk.write(file, header, 0) != len(header):
                raise OSError(errno.ENOSPC, "the header was not taken whole")
        except OSError as error:
            self._remove_begun(file, path)
            raise self._full(path, size, _cause(error)) from error
        try:
            self._disk.sync(file)
            self._disk.sync_folder(self.folder)
        except OSError as error:
            os.close(file)
            raise self._fail(f"its disk could not keep a new segment: {_cause(error)}") from error
        return file

    def _remove_begun(self, file: int, path: Path) -> None:
        """Takes back a segment that could not be begun."""
        if file < 0:
            return
        os.close(file)
        try:
            path.unlink()
        except OSError as error:
            raise self._fail(f"a segment that could not be begun could not be removed: {_cause(error)}") from error

    def _sync_file(self) -> None:
        if self._file < 0:
            return
        try:
            self._disk.sync(self._file)
        except OSError as error:
            raise self._fail(f"its disk could not keep what was written: {_cause(error)}") from error

    def _close_file(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _withdraw(self, needed_bytes: int, cause: str) -> JournalFull:
        """Takes back what a refused write may have left, durably since the refusal is final; returns the refusal."""
        full = self._full(self._path, needed_bytes, cause)
        self._cut()
        return full

    def _cut(self) -> None:
        """Ends the file behind its last good record, on the disk too."""
        self._reserved = self._position
        with self._syncing:
            try:
                self._disk.truncate(self._file, self._position)
                self._disk.sync(self._file)
            except OSError as error:
                raise self._fail(f"what an unfinished write left could not be cut: {_cause(error)}") from error

    def _full(self, path: Path, needed_bytes: int, cause: str) -> JournalFull:
        self._was_full = True
        return JournalFull(path, needed_bytes, self._free_bytes(), cause)

    def _free_bytes(self) -> int:
        system = os.statvfs(self.folder)
        return system.f_bavail * system.f_frsize

    def _fail(self, failure: str) -> JournalFailed:
        self._failure = failure
        log.error("the journal failed", folder=str(self.folder), failure=failure)
        return JournalFailed(f"the journal {self.folder} has failed: {failure}")

    def _raise_if_failed(self) -> None:
        if self._failure is not None:
            raise JournalFailed(f"the journal {self.folder} takes no more records: {self._failure}")


def _cause(error: OSError) -> str:
    return error.strerror or str(error)
