"""Reads the frame log, while it is written or afterwards: frames one by one, in the order in which they came and went.

Used by `fixpit fixlog show` on files and by the HTTP door on what is in memory. A record that a killed process left
half-written ends its file; nothing here is ever changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO

from msgspec import Struct

from gateway.fix.frame_log import NOBODY, NOTED, RECEIVED, SENT, frame_files
from gateway.fix.framing import TRAILERS, checksum
from gateway.fix.message import SOH

HEAD_BYTES_MAX = 65_536
"""The longest line before frames: a longer one is no record."""


class LoggedFrame(Struct, frozen=True):
    """One frame, or a note about a line."""

    at: int
    """When it was read or written, nanoseconds since 1970 UTC; all of one read or write have the same."""
    direction: str
    """`<` received, `>` sent, `!` a note."""
    session: str
    """The client's CompID; empty where nobody knows."""
    peer: str
    """The client's address; empty where nobody knows."""
    text: str
    """The frame, latin-1, secrets replaced by `***`. What the venue received has its CheckSum(10) here as it had."""
    note: str
    """What is to be said about it: why a line ended, why input is garbled."""

    @property
    def is_note(self) -> bool:
        """Whether no FIX message came or went."""
        return self.direction == NOTED


class FrameReader:
    """Goes through a frame log; `read` again brings what was added since."""

    def __init__(self, folder: Path, since: int = 0) -> None:
        """`since`: files that were finished before, in nanoseconds since 1970 UTC, are passed over."""
        self._folder = folder
        self._since = since
        self._path: Path | None = None
        self._offset = 0

    def read(self) -> Iterator[LoggedFrame]:
        """All frames that are there by now and were not given out yet. Raises `OSError`."""
        while True:
            files = frame_files(self._folder)
            if self._path is None:
                files = [path for path in files if _changed(path) >= self._since]
                if not files:
                    return
                self._path, self._offset = files[0], 0
            yield from self._rest()
            later = [path for path in files if path.name > self._path.name]
            if not later:
                return
            self._path, self._offset = later[0], 0

    def _rest(self) -> Iterator[LoggedFrame]:
        assert self._path is not None
        try:
            file = self._path.open("rb")
        except FileNotFoundError:
            return  # it was the oldest, and its time had come
        with file:
            file.seek(self._offset)
            while (record := _record(file)) is not None:
                self._offset = file.tell()
                yield from record


def frames_in(data: bytes) -> Iterator[LoggedFrame]:
    """The frames of whole records."""
    offset = 0
    while (end := data.find(b"\n", offset)) >= 0:
        head = _head(data[offset:end])
        if head is None:
            return
        start = end + 1
        offset = start + sum(head[4]) + 1
        yield from _frames(head, data[start : offset - 1].decode("latin-1"))


_Head = tuple[int, str, str, str, list[int], str]


def _record(file: IO[bytes]) -> list[LoggedFrame] | None:
    """The next record; None where there is no whole one."""
    line = file.readline(HEAD_BYTES_MAX)
    head = _head(line[:-1]) if line.endswith(b"\n") else None
    if head is None:
        return None
    size = sum(head[4])
    body = file.read(size + 1)
    return list(_frames(head, body[:-1].decode("latin-1"))) if len(body) == size + 1 else None


def _head(line: bytes) -> _Head | None:
    parts = line.decode("latin-1").split("\t", 5)
    if len(parts) != 6 or not parts[0].isdecimal() or parts[1] not in (RECEIVED, SENT, NOTED):
        return None
    at, direction, session, peer, lengths, note = parts
    try:
        sizes = [int(length) for length in lengths.split(",")] if lengths else []
    except ValueError:
        return None
    return int(at), direction, _known(session), _known(peer), sizes, note


def _frames(head: _Head, text: str) -> Iterator[LoggedFrame]:
    at, direction, session, peer, sizes, note = head
    if direction == NOTED:
        yield LoggedFrame(at, direction, session, peer, text, note)
        return
    start = 0
    for size in sizes:
        frame = text[start : start + size]
        start += size
        if direction == RECEIVED:
            frame = _with_checksum(frame)
        yield LoggedFrame(at, direction, session or _claimed(frame, direction), peer, frame, note)


def _with_checksum(frame: str) -> str:
    """Framing has seen that it was right; what is hidden in it can't be summed up any more."""
    if "=***" in frame:
        return f"{frame}10=***{SOH}"
    return frame + TRAILERS[checksum(frame.encode("latin-1"))].decode()


def _claimed(frame: str, direction: str) -> str:
    """The client's CompID as the frame says it, for what came before a logon was through."""
    _, _, rest = frame.partition(f"{SOH}{'49' if direction == RECEIVED else '56'}=")
    return rest.partition(SOH)[0]


def _known(name: str) -> str:
    return "" if name == NOBODY else name


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0
