"""Reads the event log while another process writes it. Never blocks, never changes anything; used by the followers.

A frame that is not all there yet is the end for now. The reader follows the writer from segment to segment and over the
writer's restart; when the events it needs are no longer on file it says so instead of leaving any out.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self

import msgspec

from exchange.events import Event
from exchange.sequencing.event_log_format import (
    HEADER_BYTES,
    DamagedFrame,
    Frame,
    Segment,
    frame_at,
    frame_length,
    list_segments,
    segment_header,
    segment_path,
)

READ_BYTES = 1 << 20
"""Bytes of one read, unless a longer frame needs more."""


class EventsGone(Exception):
    """The next events are not on file (any more). Whoever needs them rebuilds from the journal."""

    def __init__(self, first_available: int, text: str) -> None:
        self.first_available = first_available
        """Number of the first event that is on file; 0 when the log is empty."""
        super().__init__(text)


class EventsAhead(EventsGone):
    """The reader has handled events that the log does not have: power loss took them, and new ones will differ."""


class EventLogReader:
    """The events after a number, in order; or, with `after=None`, the newest segment's opening and what follows it."""

    def __init__(self, folder: Path | str, after: int | None) -> None:
        self.folder = Path(folder)
        self.last = after or 0
        """Number of the latest event handed out, or of the latest that the opening includes."""
        self._wants_opening = self._follows_opening = after is None
        self._decode = msgspec.msgpack.Decoder(list[Event]).decode
        self._ready: list[Event] = []
        self._taken = after or 0
        """Number of the latest event that is not wanted (any more): what the log has up to here is passed over."""
        self._segment: _SegmentFile | None = None
        self._passed = 0
        """Number of the event before the present place in the log."""

    def read(self, limit: int) -> list[Event]:
        """The next events, at most `limit`; none when there are none now. An opening is given before what follows it.

        Raises `EventsGone` when the log does not have the next event, and then does so at every further call.
        """
        try:
            while len(self._ready) < limit and self._read_frame():
                pass
        except DamagedFrame as damage:
            raise self._gone(f"is damaged: {damage}") from damage
        given, self._ready = self._ready[:limit], self._ready[limit:]
        if given:
            self.last = given[-1].number
        return given

    def close(self) -> None:
        """Closes the file."""
        if self._segment is not None:
            self._segment.close()
            self._segment = None

    def __enter__(self) -> Self:
        """The reader itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Closes the file."""
        self.close()

    def _read_frame(self) -> bool:
        """Makes the next frame's events ready; false when there is none now."""
        if self._segment is None and not self._find_place():
            return False
        assert self._segment is not None, "the place is in a segment"
        frame = self._segment.next_frame()
        if frame is None:
            return self._go_on(self._segment)
        if frame.number != self._passed + 1:
            raise DamagedFrame(f"events from {frame.number} where those from {self._passed + 1} belong")
        self._passed = frame.number + frame.count - 1
        if self._passed > self._taken:
            self._ready += self._decode(frame.payload)[max(self._taken + 1 - frame.number, 0) :]
            self._taken = self._passed
        return True

    def _find_place(self) -> bool:
        """Opens the segment to begin with; false when there is none yet."""
        segments = list_segments(self.folder)
        if not segments:
            if self._taken:
                raise self._ahead(0)
            return False
        if self._wants_opening:
            return self._enter(segments[-1])
        holding = [segment for segment in segments if segment.first <= self._taken + 1]
        if not holding:
            raise self._gone(f"begins with event {segments[0].first}")
        return self._enter(holding[-1])

    def _enter(self, segment: Segment) -> bool:
        """Moves to the start of a segment; false when it has just been deleted."""
        self.close()
        try:
            self._segment = _SegmentFile(segment)
        except FileNotFoundError:
            return False
        self._passed = segment.first - 1
        opening = self._segment.opening()
        if self._wants_opening:
            self._wants_opening = False
            self._ready += self._decode(opening.payload)
            self._taken = self.last = opening.number
        return True

    def _go_on(self, segment: _SegmentFile) -> bool:
        """What there is to do at the end of a segment's frames; false when that is the end of the log for now."""
        following = segment_path(self.folder, self._passed + 1)
        if following != segment.path and following.exists():
            # The writer may have ended the segment after it was looked at: nothing more comes once the next is there.
            return segment.has_more() or self._enter(Segment(self._passed + 1, following))
        if segment.is_deleted():
            self.close()
            return self._find_place()
        if segment.is_cut() or (self._passed < self._taken and not self._follows_opening):
            raise self._ahead(self._passed)
        return False

    def _gone(self, text: str) -> EventsGone:
        first = next((segment.first for segment in list_segments(self.folder) if segment.first > self._passed), 0)
        return EventsGone(
            first,
            f"event {self._taken + 1} is not in the event log {self.folder}, which {text}; "
            "what is built from it must be rebuilt from the journal",
        )

    def _ahead(self, last: int) -> EventsAhead:
        return EventsAhead(
            last,
            f"event {self._taken} was read, but the event log {self.folder} ends with {last}: power was lost before "
            "the rest was on the disk; what is built from it must be rebuilt from the journal",
        )


class _SegmentFile:
    """A segment open for reading, and the place in it. It is read, not mapped: the writer may shorten it."""

    def __init__(self, segment: Segment) -> None:
        self.path = segment.path
        self._first = segment.first
        self._file = os.open(segment.path, os.O_RDONLY)
        self._position = HEADER_BYTES
        self._chunk = b""
        self._offset = 0

    def close(self) -> None:
        os.close(self._file)

    def opening(self) -> Frame:
        """The first frame. A segment gets its name when its opening is written: not to find it is damage."""
        if os.pread(self._file, HEADER_BYTES, 0) != segment_header(self._first):
            raise DamagedFrame(f"{self.path.name} does not begin with its header")
        frame = self.next_frame()
        if frame is None:
            raise DamagedFrame(f"{self.path.name} has no opening")
        return frame

    def next_frame(self) -> Frame | None:
        """The frame at the present place, which moves behind it; None when it is not (all) there now."""
        frame = frame_at(self._chunk, self._offset)
        if frame is None:
            self._chunk, self._offset = self._read_on(), 0
            frame = frame_at(self._chunk, 0)
        if frame is not None:
            self._offset += frame.size
            self._position += frame.size
        return frame

    def has_more(self) -> bool:
        """Whether there is a whole frame at the present place after all."""
        return frame_at(self._read_on(), 0) is not None

    def is_deleted(self) -> bool:
        return os.fstat(self._file).st_nlink == 0

    def is_cut(self) -> bool:
        """Whether the writer has taken back what was read here."""
        return os.fstat(self._file).st_size < self._position

    def _read_on(self) -> bytes:
        chunk = os.pread(self._file, READ_BYTES, self._position)
        length = frame_length(chunk, 0)
        if length > len(chunk) == READ_BYTES:
            chunk = os.pread(self._file, length, self._position)
        return chunk
