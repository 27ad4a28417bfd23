"""Goes through a journal's records in order, and tells an interrupted last write from damage.

An interrupted write is the last thing in the last segment: behind it there is no good record. Everything else that is
not a record is damage, and is never skipped or cut. Nothing here changes a file, and another process may be writing:
its half written record is simply the end. Called by `Journal.open`, by the replay, and by `fixpit journal`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Self

import msgspec

from exchange.sequencing.journal_errors import Damage, JournalCorrupt, TornTail
from exchange.sequencing.journal_format import (
    HEADER_BYTES,
    RECORD_BYTES_MAX,
    Segment,
    frame_fault,
    good_frame_behind,
    header_fault,
    list_segments,
    segment_header,
    whole_frames,
)

READ_BYTES = 2 * RECORD_BYTES_MAX
"""Bytes of one read: more than the longest record, so that a read which holds no whole record is an end."""

_ZEROS = bytes(READ_BYTES)


class JournalReport(msgspec.Struct, frozen=True):
    """What a check of a whole journal found."""

    folder: str
    segments: int
    records: int
    """Good records before the end, or before the damage."""
    first: int
    """Sequence number of the first good record; 0 when there is none."""
    last: int
    bytes: int
    """Bytes of headers and good records; the space reserved behind them does not count."""
    torn: TornTail | None
    """An interrupted last write: the next start cuts it off."""
    unfinished: str
    """A segment whose creation was interrupted, without any record: the next start removes it. Empty when none is."""
    damage: Damage | None
    """Where the journal cannot be trusted: the venue will not start on it."""


def read(folder: Path, after: int = 0) -> Iterator[tuple[int, bytes]]:
    """Sequence number and payload of every record behind `after`, in order.

    Raises `JournalCorrupt` when it comes to a place that cannot be trusted, having given all before it.
    """
    walk = JournalWalk(folder, after)
    for first, payloads in walk.batches():
        yield from zip(count(first), payloads, strict=False)
    if walk.damage is not None:
        raise JournalCorrupt(walk.damage)


def verify(folder: Path) -> JournalReport:
    """Reads the whole journal and reports on it, changing nothing; damage is part of the report."""
    walk = JournalWalk(folder)
    for _ in walk.batches():
        pass
    return walk.report()


class JournalWalk:
    """One way through a journal. When `batches` has ended, the attributes tell where and why."""

    def __init__(self, folder: Path, after: int = 0) -> None:
        self.folder = folder
        self.expected = after + 1
        """Sequence number of the record after those that were given."""
        self.segment: Segment | None = None
        """The segment in which the walk is."""
        self.position = 0
        """Where in the segment the good records end."""
        self.torn: TornTail | None = None
        self.unfinished: Segment | None = None
        self.damage: Damage | None = None
        self._after = after
        self._next: Segment | None = None
        self._segments = 0
        self._used_bytes = 0

    def batches(self) -> Iterator[tuple[int, list[bytes]]]:
        """The records in order, many at a time, each time with the sequence number of the first."""
        segment = self._first_segment()
        while segment is not None:
            with _SegmentFile(segment) as file:
                if not self._enter(segment, file):
                    return
                yield from self._records(file)
            self._used_bytes += self.position
            segment = None if self.damage or self.torn else self._next

    def report(self) -> JournalReport:
        """What the walk, once over, has found."""
        first = self._after + 1
        records = self.expected - first
        return JournalReport(
            folder=str(self.folder),
            segments=self._segments,
            records=records,
            first=first if records else 0,
            last=self.expected - 1 if records else 0,
            bytes=self._used_bytes,
            torn=self.torn,
            unfinished=str(self.unfinished.path) if self.unfinished else "",
            damage=self.damage,
        )

    def _first_segment(self) -> Segment | None:
        """The segment that holds the first record wanted. Records begin with 1: nothing may be missing before."""
        segments = list_segments(self.folder)
        if not segments:
            return None
        holding = [segment for segment in segments if segment.first <= self.expected]
        if not holding:
            self._damaged(segments[0], 0, f"records from {segments[0].first} on: a segment before is missing")
            return None
        return holding[-1]

    def _behind(self, present: Segment) -> Segment | None:
        """The segment behind a segment; looked up anew, as another process may just have made it."""
        return next((segment for segment in list_segments(self.folder) if segment.first > present.first), None)

    def _enter(self, segment: Segment, file: _SegmentFile) -> bool:
        """Moves into a segment; false when that is the end of the walk."""
        header = file.read(0, HEADER_BYTES)
        fault = header_fault(header, segment.first)
        if not fault:
            self.segment, self.position = segment, HEADER_BYTES
            self._segments += 1
            self.expected = segment.first  # earlier than what is wanted when the walk begins inside a segment
            return True
        begun = header.rstrip(b"\0")
        was_begun = segment_header(segment.first).startswith(begun) and not file.remains(HEADER_BYTES)
        if was_begun and self._behind(segment) is None:
            self.unfinished = segment
        else:
            self._damaged(segment, 0, fault)
        return False

    def _records(self, file: _SegmentFile) -> Iterator[tuple[int, list[bytes]]]:
        """The segment's records. What ends them is looked at twice: a writer may have gone on between two looks."""
        is_looked_at = False
        while True:
            payloads, length = whole_frames(file.read(self.position, READ_BYTES), self.expected)
            if payloads:
                is_looked_at = False
                first, self.expected, self.position = (
                    self.expected,
                    self.expected + len(payloads),
                    self.position + length,
                )
                wanted = payloads[max(self._after + 1 - first, 0) :]
                if wanted:
                    yield self.expected - len(wanted), wanted
            elif is_looked_at:
                return
            else:
                self._look_at_end(file)
                is_looked_at = True

    def _look_at_end(self, file: _SegmentFile) -> None:
        """Why there is no good record at the present position."""
        segment = self.segment
        assert segment is not None, "there is no segment yet"
        self.damage = self.torn = None
        remains = file.remains(self.position)
        following = self._next = self._behind(segment)
        if not remains:
            if following is not None and following.first != self.expected:
                found = f"the end of the segment, and {following.path.name} begins with {following.first}"
                self._damaged(segment, self.position, found)
            return
        found = frame_fault(remains, self.expected)
        good = good_frame_behind(remains, self.expected)
        if good is not None:
            self._damaged(
                segment, self.position, f"{found}, with a good record behind it at byte {self.position + good}"
            )
        elif following is not None:
            self._damaged(segment, self.position, f"{found}, with segment {following.path.name} behind it")
        else:
            dropped = len(remains.rstrip(b"\0"))
            self.torn = TornTail(str(segment.path), self.position, dropped, self.expected, found)

    def _damaged(self, segment: Segment, offset: int, found: str) -> None:
        self.damage = Damage(str(segment.path), offset, self.expected, found)


class _SegmentFile:
    """A segment open for reading. It is read, not mapped: a writer may shorten it at any time."""

    def __init__(self, segment: Segment) -> None:
        self._file = os.open(segment.path, os.O_RDONLY)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def read(self, position: int, length: int) -> bytes:
        return os.pread(self._file, length, position)

    def remains(self, position: int) -> bytes:
        """What is in the file from here on, without most of the zeros at its end; empty when there are only zeros."""
        chunks: list[bytes] = []
        used = 0
        while chunk := self.read(position, READ_BYTES):
            is_zero = chunk == _ZEROS[: len(chunk)]
            chunks.append(_ZEROS if is_zero and len(chunk) == READ_BYTES else chunk)
            if not is_zero:
                used = len(chunks)
            position += len(chunk)
        # A good record may end with zeros: one read more than what is used holds the longest.
        return b"".join(chunks[: used + 1]) if used else b""
