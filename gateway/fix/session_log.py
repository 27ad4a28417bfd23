"""What a session must not forget: its numbers, and every application message it sent.

One append-only file per session holds, before anything is sent, each outbound number with the event it reports and the
message's bytes, and after each batch the inbound number expected next. A killed process finds both again, so no number
is ever used for other content, and a ResendRequest is answered with what was sent. Who calls it: `Session`, `Outbound`
and the acceptor.

The file is cut in two when it passes half its limit, and the older half is dropped when it passes again: what is gone
is answered by gap fill. Session messages are kept as bare numbers, for they are never sent again (FIX 4.4 vol. 2).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import structlog

from gateway.fix.session_log_file import (
    ADMINISTRATIVE,
    APPLICATION,
    INBOUND,
    INDEX_EVERY,
    OUTBOUND,
    PERIOD,
    REPORTED,
    Mark,
    SessionLogFile,
    record,
)
from gateway.fix.session_log_index import INDEX_EVERY_BYTES, LogState, read_index, write_index

LIMIT_BYTES = 1 << 30
"""Disk that one session may take: some four million reports."""

BACKLOG_BYTES_MAX = 4 << 20
"""What may wait in memory while the disk is full; beyond, the session has to be logged out."""

_log = structlog.get_logger(__name__)


class SessionLog:
    """Numbers and messages of one session. `flush` before anything recorded is sent."""

    def __init__(self, folder: Path, comp_id: str, *, limit_bytes: int = LIMIT_BYTES) -> None:
        """Opens or creates the session's files below `folder`; what a killed process left half-written is cut off.

        Raises `OSError`, and ValueError for a file of something else.
        """
        name = quote(comp_id, safe="")
        self._path = folder / f"{name}.log"
        self._older_path = folder / f"{name}.log.older"
        self._limit_bytes = limit_bytes
        self._log = _log.bind(session=comp_id)
        self.next_out = 1
        """MsgSeqNum of the next message sent."""
        self.next_in = 1
        """MsgSeqNum expected next."""
        self.last_event = 0
        """Number of the latest venue event reported to this session."""
        self.is_new = True
        """Whether nothing was ever recorded: nothing that happened before concerns this session."""
        self.period = 0
        """When the period of the schedule began that the numbers belong to; 0 while no schedule has said."""
        self.resets = 0
        """How often the numbers began anew since the log was opened."""
        self._buffer: list[bytes] = []
        self._buffered_bytes = 0
        self._marks: list[Mark] = []
        self._is_reset = False
        self._is_closed = False
        self._older = SessionLogFile(self._older_path) if self._older_path.exists() else None
        if self._older is not None:
            self._recover(self._older_path, self._older)
        self._newer = SessionLogFile(self._path)
        self._indexed = self._recover(self._path, self._newer)
        """Bytes of the newer file that its index covers."""
        self._recorded_in = self.next_in

    def record_application(self, wire: bytes, event: int) -> None:
        """Takes `next_out` for a message with these bytes; `event` is the venue event it reports, 0 for none."""
        if event:
            self.last_event = event
        self._record_message(APPLICATION, event, wire)

    def record_administrative(self) -> None:
        """Takes `next_out` for a session message."""
        self._record_message(ADMINISTRATIVE, 0, b"")

    def skip_to_event(self, event: int) -> None:
        """Nothing up to this venue event concerns the session any more."""
        self.last_event = event
        self._append(record(REPORTED, 0, event))

    def begin_period(self, start: int) -> None:
        """The numbers belong to the period of the schedule that began at `start`, nanoseconds since 1970 UTC."""
        self.period = start
        self._append(record(PERIOD, start))

    def flush(self) -> bool:
        """Hands all that was recorded to the operating system; False when the disk is full: send nothing then."""
        if self.next_in != self._recorded_in:
            self._append(record(INBOUND, self.next_in))
            self._recorded_in = self.next_in
        if not self._buffer and not self._is_reset:
            return True
        if self._is_closed:
            return False
        data = b"".join(self._buffer)
        problem = self._begin_anew(data) if self._is_reset else self._newer.write(data, self._marks)
        if problem is not None:
            self._log.error("session log not written, messages wait", path=str(self._path), problem=str(problem))
            self._buffer = [data]
            return False
        self._clear_buffer()
        if self._newer.size > self._limit_bytes // 2:
            self._roll()
        elif self._newer.size >= self._indexed + INDEX_EVERY_BYTES:
            self._write_index(self._path, self._newer)
        return True

    @property
    def is_overfull(self) -> bool:
        """Whether more waits for a full disk than may."""
        return self._buffered_bytes > BACKLOG_BYTES_MAX

    def sent(self, begin: int, end: int) -> Iterator[tuple[int, bytes]]:
        """The application messages numbered `begin` to `end`, as they were sent; the rest were session messages.

        `flush` first: what still waits for the disk is not among them.
        """
        for file in (self._older, self._newer):
            if file is not None:
                yield from file.between(begin, end)

    def reset(self) -> None:
        """Both numbers begin at 1 again and the old messages are forgotten; what was reported stays reported.

        The next `flush` makes it so on the disk, in one step with what is recorded by then.
        """
        self.next_out = self.next_in = self._recorded_in = 1
        self.resets += 1
        self._is_reset = True
        self._clear_buffer()
        for file in (self._older, self._newer):
            if file is not None:
                file.close()

    def set_numbers(self, next_in: int, next_out: int) -> None:
        """Goes on with other numbers. What was sent under numbers that are to be used again is forgotten."""
        if next_out < self.next_out:
            self.reset()
        else:
            # Numbers that a commit under way would set are void, as they are after a reset.
            self.resets += 1
        self.next_in, self.next_out = next_in, next_out
        self._recorded_in = 0
        self._append(record(OUTBOUND, next_out))

    def close(self) -> None:
        """Writes what is left. What is recorded later is lost, to be reported again after the next start."""
        self.flush()
        self._is_closed = True
        for file in (self._older, self._newer):
            if file is not None:
                file.close()

    def _record_message(self, kind: int, event: int, payload: bytes) -> None:
        number = self.next_out
        if number % INDEX_EVERY == 0:
            self._marks.append((number, self._buffered_bytes))
        self._append(record(kind, number, event, payload))
        self.next_out = number + 1

    def _append(self, data: bytes) -> None:
        self._buffer.append(data)
        self._buffered_bytes += len(data)

    def _clear_buffer(self) -> None:
        self._buffer.clear()
        self._marks.clear()
        self._buffered_bytes = 0

    def _begin_anew(self, data: bytes) -> OSError | None:
        """A file with `data` alone takes the place of all that was before a reset."""
        try:
            file = SessionLogFile.fresh(self._path, (self._kept(), ()), (data, self._marks))
            # While the older half is there, a killed process would take it for this one's beginning.
            if self._older is not None:
                self._older.remove()
                self._older = None
            for path in (self._older_path, self._path):
                _index_of(path).unlink(missing_ok=True)
            file.rename(self._path)
        except OSError as error:
            return error
        self._newer = file
        self._indexed = 0
        self._is_reset = False
        return None

    def _roll(self) -> None:
        """The full file becomes the older half. Killed in between, the process finds its numbers there."""
        state = self._kept() + record(INBOUND, self.next_in) + record(OUTBOUND, self.next_out)
        try:
            for path in (self._older_path, self._path):
                _index_of(path).unlink(missing_ok=True)
            file = SessionLogFile.fresh(self._path, (state, ()))
            self._newer.rename(self._older_path)
            file.rename(self._path)
        except OSError as error:
            # It only grows beyond its share meanwhile; the next flush tries again.
            self._log.error("session log not divided", path=str(self._path), problem=str(error))
            return
        if self._older is not None:
            self._older.close()
        self._older, self._newer = self._newer, file
        self._write_index(self._older_path, self._older)
        self._indexed = 0

    def _kept(self) -> bytes:
        """What a reset does not touch."""
        return record(REPORTED, 0, self.last_event) + record(PERIOD, self.period)

    def _write_index(self, path: Path, file: SessionLogFile) -> None:
        """Writes what a file says by now, if it is big enough to take time when it is opened."""
        if file.size < INDEX_EVERY_BYTES:
            return
        state = LogState(self._recorded_in, self.next_out, self.last_event, self.period)
        self._indexed = file.size
        try:
            write_index(_index_of(path), file, state)
        except OSError as error:
            self._log.warning("index of the session log not written", path=str(path), problem=str(error))

    def _recover(self, path: Path, file: SessionLogFile) -> int:
        """Takes over what a file says; answers up to which byte its index said it."""
        begin, found = 0, read_index(_index_of(path), file)
        if found is None:
            # It must not become right by chance when the file has grown.
            _index_of(path).unlink(missing_ok=True)
        else:
            self.is_new = False
            state, begin = found
            self.next_in, self.next_out = state.next_in, state.next_out
            self.last_event, self.period = state.last_event, state.period
        for kind, number, event in file.read(begin):
            self.is_new = False
            if kind == INBOUND:
                self.next_in = number
            elif kind == REPORTED:
                self.last_event = event
            elif kind == PERIOD:
                self.period = number
            elif kind == OUTBOUND:
                self.next_out = number
            else:
                self.next_out = number + 1
                self.last_event = event or self.last_event
        if file.cut:
            self._log.warning("session log cut at its last whole record", path=str(self._path), bytes=file.cut)
        return begin


def _index_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.index")
