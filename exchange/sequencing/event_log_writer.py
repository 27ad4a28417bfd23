"""Writes the event log, on the matching loop: one write for each batch of events, and never an error to the loop.

While the disk refuses, frames wait in memory and go out in order as soon as it takes them again. When too many wait,
the log gives up and says so in `broken`; the next start brings it up to date from the journal. A segment that is full
is followed by a new one that opens with the public state, so that market data readers need only the newest.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
import structlog

from exchange.events import Event
from exchange.sequencing.disk import Disk, LocalDisk
from exchange.sequencing.event_log_format import (
    HEADER_BYTES,
    DamagedFrame,
    Frame,
    Segment,
    event_frame,
    frame_at,
    list_segments,
    segment_header,
    segment_path,
)

SEGMENT_BYTES = 32 << 20
"""Size at which a new segment is begun: about a hundred thousand events of an order's life."""

KEEP_SEGMENTS = 8
"""Segments kept although every reader has passed them, so that one that was away does not need a rebuild."""

MAX_SEGMENTS = 128
"""Segments kept for readers that are behind: 4 GiB. Beyond, the oldest goes and such a reader must rebuild."""

BACKLOG_BYTES_MAX = 16 << 20
"""Frames held in memory while the disk takes none: some seconds of full load, minutes of a usual one."""

WRITE_BYTES_MAX = 1 << 20
"""Bytes of one attempt to write the backlog: bounds what a full disk costs the loop."""

log = structlog.get_logger(__name__)


class EventLogWriter:
    """The one writer of the event log in a folder."""

    def __init__(
        self,
        folder: Path,
        *,
        opening: Callable[[], Sequence[Event]],
        segment_bytes: int = SEGMENT_BYTES,
        keep_segments: int = KEEP_SEGMENTS,
        max_segments: int = MAX_SEGMENTS,
        disk: Disk | None = None,
    ) -> None:
        """`opening` gives the public state as events with the number of the latest event that the state includes."""
        if not 1 <= keep_segments <= max_segments:
            raise ValueError(f"keep_segments {keep_segments} is not between 1 and max_segments {max_segments}")
        self.folder = folder
        self.last = 0
        """Number of the latest event taken."""
        self.broken = ""
        """Why nothing is written any more; empty as long as the log works."""
        self._opening = opening
        self._segment_bytes = segment_bytes
        self._keep_segments = keep_segments
        self._max_segments = max_segments
        self._disk: Disk = disk or LocalDisk()
        self._segments: list[Segment] = []
        self._released = 0
        self._file = -1
        self._position = 0
        self._full_at = segment_bytes
        self._backlog = bytearray()
        self._refusal = "it took only a part"

    @property
    def backlog_bytes(self) -> int:
        """Bytes that wait for the disk."""
        return len(self._backlog)

    def open(self) -> int:
        """Checks the log and returns the number of its last event, 0 when it has none.

        From the first damaged place on it is cut off: the replay, which must follow, gives those events again.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._segments = list_segments(self.folder)
        self.last = self._segments[0].first - 1 if self._segments else 0
        for index, segment in enumerate(self._segments):
            end, fault = self._check(segment)
            if fault:
                log.warning("cut the event log off; the journal gives the rest again", at=fault, last=self.last)
                self._cut_behind(index, end)
                break
        if not self._segments:
            self.last = 0
        self._reopen()
        return self.last

    def append(self, events: Sequence[Event]) -> None:
        """Writes a batch, which follows the one before without a gap. Never raises for the disk's sake."""
        if self.broken or not events:
            return
        first, last = events[0].number, events[-1].number
        assert first == self.last + 1 and last - first + 1 == len(events), f"events {first} to {last} after {self.last}"
        if self._file < 0:
            self._begin_segment()
            if self._file < 0:
                return
        self.last = last
        self._write(event_frame(events, first))
        if self._position >= self._full_at and not self._backlog:
            self._begin_segment()

    def start_segment(self) -> None:
        """Begins a segment with the present public state, unless the present one has no events yet."""
        if self.broken or self._backlog or (self._segments and self._segments[-1].first == self.last + 1):
            return
        self._begin_segment()

    def drop_after(self, number: int) -> None:
        """Takes back all events above a number: those that the log has and the journal, after power loss, has not.

        Call after `open` and the replay and before `start_segment`.
        """
        if number >= self.last:
            return
        log.warning("the event log was ahead of the journal", dropped=self.last - number, last=number)
        while self._segments and self._segments[-1].first > number:
            self._segments.pop().path.unlink()
        self.last = number
        self._reopen()
        if self._segments:
            self._drop_in_segment(self._segments[-1])

    def release_below(self, number: int) -> None:
        """Every reader has handled all events below this number: their segments may go, beyond those that are kept."""
        self._released = max(self._released, number)
        self._delete_oldest()

    def close(self) -> None:
        """Tries the backlog once more and closes the file."""
        self._write_backlog()
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _write(self, frame: bytes) -> None:
        if not self._backlog:
            frame = frame[self._try_write(frame) :]
            if not frame:
                return
            log.error("the event log's disk takes no more; events wait in memory", folder=str(self.folder))
        self._backlog += frame
        self._write_backlog()
        if len(self._backlog) > BACKLOG_BYTES_MAX:
            self.broken = f"{len(self._backlog):,} bytes of events wait for the disk of {self.folder}: {self._refusal}"
            self._backlog.clear()
            log.error("the event log gave up; the next start brings it up to date", reason=self.broken, last=self.last)

    def _write_backlog(self) -> None:
        while self._backlog:
            piece = bytes(self._backlog[:WRITE_BYTES_MAX])
            written = self._try_write(piece)
            del self._backlog[:written]
            if written < len(piece):
                return

    def _try_write(self, data: bytes) -> int:
        """Writes what the disk takes, and returns how much: the rest follows later at the same place."""
        try:
            written = self._disk.write(self._file, data, self._position)
        except OSError as error:
            self._refusal = str(error)
            return 0
        self._position += written
        return written

    def _begin_segment(self) -> None:
        """Moves to a new segment, which gets its name only with its opening in it; else the present one goes on."""
        state = self._opening()
        first = self.last + 1
        includes = state[0].number if state else self.last
        begun = self.folder / "segment.begun"
        data = segment_header(first) + event_frame(state, includes)
        file = -1
        try:
            begun.unlink(missing_ok=True)
            file = self._disk.create(begun)
            if self._disk.write(file, data, 0) != len(data):
                raise OSError("the disk did not take the whole opening")
            begun.rename(segment_path(self.folder, first))
        except OSError as error:
            self._give_up_segment(file, begun, error)
            return
        self._take_file(file, len(data))
        self._segments.append(Segment(first, segment_path(self.folder, first)))
        self._delete_oldest()

    def _give_up_segment(self, file: int, begun: Path, error: OSError) -> None:
        log.error("the event log cannot begin a segment", folder=str(self.folder), cause=str(error))
        if file >= 0:
            os.close(file)
            begun.unlink(missing_ok=True)
        if self._file < 0:
            self.broken = f"no segment can be begun in {self.folder}: {error}"
        self._full_at = self._position + self._segment_bytes // 16

    def _take_file(self, file: int, position: int) -> None:
        if self._file >= 0:
            os.close(self._file)
        self._file, self._position = file, position
        self._full_at = max(self._segment_bytes, position + self._segment_bytes // 16)

    def _delete_oldest(self) -> None:
        segments = self._segments
        while len(segments) > self._max_segments or (
            len(segments) > self._keep_segments and segments[1].first <= self._released
        ):
            segments[0].path.unlink(missing_ok=True)
            del segments[0]

    def _check(self, segment: Segment) -> tuple[int, str]:
        """Where the good part of a segment ends and what is wrong there; counts the events that are good."""
        data = segment.path.read_bytes()
        if data[:HEADER_BYTES] != segment_header(segment.first) or segment.first != self.last + 1:
            return 0, f"{segment.path.name}: not the segment that begins with event {self.last + 1}"
        position = 0
        try:
            for start, frame in _frames(data):
                if start > HEADER_BYTES:
                    if frame.number != self.last + 1:
                        return start, f"{segment.path.name} byte {start}: events from {frame.number}"
                    self.last += frame.count
                position = start + frame.size
        except DamagedFrame as damage:
            return position, f"{segment.path.name} byte {position}: {damage}"
        return position, "" if position == len(data) else f"{segment.path.name} byte {position}: part of a frame"

    def _cut_behind(self, index: int, end: int) -> None:
        """Removes what follows a place, the newest first: what an interruption leaves is a shorter log, not a gap."""
        keep = index + 1 if end else index
        while len(self._segments) > keep:
            self._segments.pop().path.unlink()
        if end:
            os.truncate(self._segments[index].path, end)

    def _reopen(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        if self._segments:
            file = self._disk.open(self._segments[-1].path)
            self._take_file(file, os.fstat(file).st_size)

    def _drop_in_segment(self, segment: Segment) -> None:
        """Ends the open segment behind the last event taken, in the middle of a batch if need be."""
        decode = msgspec.msgpack.Decoder(list[Event]).decode
        for start, frame in _frames(segment.path.read_bytes()):
            if start > HEADER_BYTES and frame.number + frame.count - 1 > self.last:
                self._disk.truncate(self._file, start)
                self._position = start
                kept = decode(frame.payload)[: self.last + 1 - frame.number]
                if kept:
                    self._write(event_frame(kept, frame.number))
                return


def _frames(data: bytes) -> Iterator[tuple[int, Frame]]:
    """The good frames of a whole segment and where each begins, its opening first."""
    position = HEADER_BYTES
    while (frame := frame_at(data, position)) is not None:
        yield position, frame
        position += frame.size
