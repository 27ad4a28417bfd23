"""Every FIX frame that came or went, as it was, in a bounded folder: what people look at when two sides disagree.

Frames of one read or one write are one record: a line of text that says when, which way, whose and how long, then the
frames themselves. Records of some turns of the loop are written at once, long after the clients have theirs. Secrets
are taken out before anything is written. Nothing waits for this log and nothing is rebuilt from it: on a full disk
records are left out, and said so, while trading goes on. `LineWatch` writes it, `frame_log_reading` reads it.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeGuard

import structlog

from gateway.fix.clock import GatewayClock
from gateway.fix.redaction import printable, redact

RECEIVED, SENT, NOTED = "<", ">", "!"
"""Directions as the venue sees them; a note has no frame, or one that was none."""

FILES_MAX = 16
"""The log is that many files: the oldest goes when the limit is passed, so a sixteenth of it at a time."""

NOTE_CHARACTERS_MAX = 500

WRITE_SECONDS = 0.02
"""How long frames are gathered before one write: a write for each would cost more than all the rest of the log. A
killed process loses so much of it, and nothing that a session needs.
"""

MSG_TYPE_WITHIN = 40
"""MsgType(35) is the third field: it stands within so many bytes."""

RECENT_BYTES_MAX = 256 << 10
"""What is kept in memory for whoever looks on: some hundreds of frames, read in about two milliseconds."""

NOBODY = "-"
"""Stands for a session or peer that is not known."""

Schedule = Callable[[Callable[[], None]], object]
"""Has something done soon, and not before the present turn of the loop is over."""

_log = structlog.get_logger(__name__)


class FrameLog:
    """The log being written. Call it within the event loop; `close` writes what is left."""

    def __init__(
        self, folder: Path, clock: GatewayClock, *, limit_bytes: int, schedule: Schedule | None = None
    ) -> None:
        """Begins a new file in `folder`, which is made when it is not there. Raises `OSError`."""
        self._folder = folder
        self._clock = clock
        self._file_bytes_max = max(1, limit_bytes // FILES_MAX)
        self._schedule = schedule or _soon
        self._waiting: list[tuple[int, str, str, str, Sequence[str | bytes], str]] = []
        self._left_out = 0
        self._recent: deque[bytes] = deque()
        self._recent_bytes = 0
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = frame_files(folder)
        self._number = _number_of(kept[-1]) if kept else 0
        self._file = -1
        self._size = 0
        self._roll()

    def record(self, direction: str, session: str, peer: str, frames: Sequence[str | bytes], note: str = "") -> None:
        """Takes the frames of one read or write; the sequence must not change any more."""
        if not self._waiting:
            self._schedule(self.write)
        self._waiting.append((self._clock.real, direction, session, peer, frames, note))

    def write(self) -> None:
        """Writes what was taken."""
        waiting, self._waiting = self._waiting, []
        if not waiting or self._file < 0:
            return
        data = b"".join([_encoded(*record) for record in waiting])
        self._keep(data)
        problem = self._append(data)
        if problem:
            if not self._left_out:
                _log.error("frame log not written, frames are left out", folder=str(self._folder), problem=problem)
            self._left_out += len(waiting)
            return
        if self._left_out:
            _log.warning("frame log goes on", folder=str(self._folder), records_left_out=self._left_out)
            self._left_out = 0
        if self._size > self._file_bytes_max:
            try:
                self._roll()
            except OSError as error:
                _log.error("frame log not divided", folder=str(self._folder), problem=str(error))

    def recent(self) -> bytes:
        """The latest records, also those that a full disk did not take."""
        self.write()
        return b"".join(self._recent)

    def close(self) -> None:
        """Writes what is left; what comes later is not taken down."""
        self.write()
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _keep(self, data: bytes) -> None:
        self._recent.append(data)
        self._recent_bytes += len(data)
        while self._recent_bytes > RECENT_BYTES_MAX and len(self._recent) > 1:
            self._recent_bytes -= len(self._recent.popleft())

    def _append(self, data: bytes) -> str:
        """What went wrong, and then nothing of `data` is there."""
        try:
            written = os.pwrite(self._file, data, self._size)
            if written < len(data):
                os.ftruncate(self._file, self._size)
                return f"only {written} of {len(data)} bytes could be written"
        except OSError as error:
            return str(error)
        self._size += written
        return ""

    def _roll(self) -> None:
        path = self._folder / f"frames-{self._number + 1:08d}.log"
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        if self._file >= 0:
            os.close(self._file)
        self._file, self._size = file, 0
        self._number += 1
        for old in frame_files(self._folder)[:-FILES_MAX]:
            old.unlink(missing_ok=True)


def frame_files(folder: Path) -> list[Path]:
    """The files of a frame log, oldest first."""
    return sorted(folder.glob("frames-*.log"), key=_number_of)


def _number_of(path: Path) -> int:
    digits = path.stem.removeprefix("frames-")
    return int(digits) if digits.isdecimal() else 0


def _encoded(at: int, direction: str, session: str, peer: str, frames: Sequence[str | bytes], note: str) -> bytes:
    clean = [frame if _is_report(frame) else _clean(frame) for frame in frames]
    lengths = ",".join([str(len(frame)) for frame in clean])
    note = printable(redact(note))[:NOTE_CHARACTERS_MAX] if note else ""
    head = f"{at}\t{direction}\t{session or NOBODY}\t{peer or NOBODY}\t{lengths}\t{note}\n"
    return b"".join([head.encode("latin-1", "replace"), *clean, b"\n"])


def _is_report(frame: str | bytes) -> TypeGuard[bytes]:
    """What the venue says of orders is by far the most and holds nothing that a client said in secret."""
    return isinstance(frame, bytes) and b"\x0135=8\x01" in frame[:MSG_TYPE_WITHIN]


def _clean(frame: str | bytes) -> bytes:
    # Each by itself: what cannot be told apart in one frame must not hide the next.
    return redact(frame if isinstance(frame, str) else frame.decode("latin-1")).encode("latin-1", "replace")


def _soon(write: Callable[[], None]) -> object:
    return asyncio.get_running_loop().call_later(WRITE_SECONDS, write)
