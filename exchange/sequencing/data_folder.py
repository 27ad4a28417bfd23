"""The folder in which one exchange keeps everything: where each part's files are, and the lock that says whose it is.

`DataPaths` only names places, for readers and tools beside a running exchange. `DataFolder` is the folder held by this
process: made when it is not there, and locked until `close` or the end of the process, however that comes.
"""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path
from typing import Self


class DataFolderError(Exception):
    """The data folder cannot be used; the text names the path, the cause and the remedy."""


class DataPaths:
    """Where in a data folder everything is. Touches nothing."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path).absolute()

    @property
    def lock(self) -> Path:
        """Locked by the process that the folder belongs to, and holds its process number."""
        return self.path / "lock"

    @property
    def journal(self) -> Path:
        """Folder of the journal's segments."""
        return self.path / "journal"

    @property
    def events(self) -> Path:
        """Folder of the event log's segments and of the followers' status files."""
        return self.path / "events"

    @property
    def fix(self) -> Path:
        """Folder of the FIX sessions' logs."""
        return self.path / "fix"

    @property
    def broker(self) -> Path:
        """Folder of the embedded broker's configuration and streams."""
        return self.path / "broker"

    @property
    def store(self) -> Path:
        """The SQLite database, when no other is configured."""
        return self.path / "store.sqlite"

    @property
    def run(self) -> Path:
        """What a running exchange tells tools, written when it is ready: process number and ports."""
        return self.path / "run.json"

    @property
    def operator_token(self) -> Path:
        """The secret by which an operator is known; only the owner of the file can read it."""
        return self.path / "operator.token"

    @property
    def audit(self) -> Path:
        """What operators did, a line each; only added to."""
        return self.path / "audit.log"

    def owner(self) -> int | None:
        """Process number of the exchange that holds the folder now; None when none does."""
        try:
            file = os.open(self.lock, os.O_RDONLY)
        except OSError:
            return None
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _process_in(file)
        finally:
            os.close(file)
        return None


class DataFolder(DataPaths):
    """A data folder that belongs to this process. Raises `DataFolderError` when it cannot."""

    def __init__(self, path: Path | str) -> None:
        super().__init__(path)
        self._lock_file = -1
        try:
            if not self.path.is_dir():
                self.path.mkdir(mode=0o700, parents=True)
            self._take_lock()
            for folder in (self.journal, self.events, self.fix, self.broker):
                folder.mkdir(exist_ok=True)
            _sync_names(self.path)
            _sync_names(self.path.parent)
        except OSError as error:
            self.close()
            raise DataFolderError(_explain(self.path, error)) from error

    def close(self) -> None:
        """Gives the folder back. Closing twice does nothing."""
        if self._lock_file >= 0:
            os.close(self._lock_file)
            self._lock_file = -1

    def __enter__(self) -> Self:
        """The folder itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Gives the folder back."""
        self.close()

    def _take_lock(self) -> None:
        self._lock_file = os.open(self.lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            owner = _process_in(self._lock_file)
            self.close()
            raise DataFolderError(
                f"the data folder {self.path} is in use by process {owner or 'unknown'}: stop that exchange, "
                "or name another folder with --data"
            ) from error
        os.ftruncate(self._lock_file, 0)
        os.pwrite(self._lock_file, f"{os.getpid()}\n".encode(), 0)


def _process_in(file: int) -> int | None:
    text = os.pread(file, 32, 0).decode("ascii", "replace").strip()
    return int(text) if text.isdecimal() else None


def _sync_names(folder: Path) -> None:
    """The names in a folder survive power loss. A parent that may not be read is the owner's own choice: left out."""
    try:
        file = os.open(folder, os.O_RDONLY)
    except PermissionError:
        return
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _explain(path: Path, error: OSError) -> str:
    match error.errno:
        case errno.ENOTDIR | errno.EEXIST:
            cause, remedy = "it, or a part of its path, is not a folder", "name a folder with --data"
        case errno.EROFS | errno.EACCES | errno.EPERM:
            cause = f"{error.filename or path} is read-only for user {os.geteuid()}"
            remedy = "give that user the right to write there, or name another folder with --data"
        case errno.ENOSPC | errno.EDQUOT:
            cause, remedy = "its file system is full", "free some space, or name another folder with --data"
        case _:
            cause = (error.strerror or str(error)).lower()
            remedy = "name another folder with --data"
    return f"the data folder {path} cannot be used: {cause}; {remedy}"
