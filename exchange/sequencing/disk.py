"""The few calls by which journal and event log change files, so that tests can put a failing disk in their place.

`LocalDisk` is the operating system. Reading is not here: readers may be other processes and go to the files themselves.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

ZEROS = bytes(1 << 20)
"""Written piece by piece where the system cannot reserve space by itself."""


class Disk(Protocol):
    """What is asked of a disk. Every method raises `OSError` when the disk refuses; files are descriptors."""

    def create(self, path: Path) -> int:
        """Creates a file that is not there yet, open to read and write."""
        ...

    def open(self, path: Path) -> int:
        """Opens a file that is there, to read and write."""
        ...

    def allocate(self, file: int, size: int) -> None:
        """Makes the file at least `size` bytes long and reserves the space; what is new reads as zeros."""
        ...

    def write(self, file: int, data: bytes, position: int) -> int:
        """Writes at a position and returns how many bytes were taken: fewer than given when the disk is full."""
        ...

    def truncate(self, file: int, size: int) -> None:
        """Ends the file at `size` bytes."""
        ...

    def sync(self, file: int) -> None:
        """Returns when all that was written to the file, and its length, survive power loss."""
        ...

    def sync_folder(self, folder: Path) -> None:
        """Returns when the names created in and removed from the folder survive power loss."""
        ...


class LocalDisk:
    """The operating system's own calls."""

    def create(self, path: Path) -> int:
        """See `Disk.create`."""
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)

    def open(self, path: Path) -> int:
        """See `Disk.open`."""
        return os.open(path, os.O_RDWR)

    def allocate(self, file: int, size: int) -> None:
        """See `Disk.allocate`."""
        _reserve(file, 0, size)

    def write(self, file: int, data: bytes, position: int) -> int:
        """See `Disk.write`."""
        return os.pwrite(file, data, position)

    def truncate(self, file: int, size: int) -> None:
        """See `Disk.truncate`."""
        os.ftruncate(file, size)

    def sync(self, file: int) -> None:
        """See `Disk.sync`."""
        _sync_data(file)

    def sync_folder(self, folder: Path) -> None:
        """See `Disk.sync_folder`."""
        file = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)


def reserve_by_writing(file: int, offset: int, length: int) -> None:
    """What `os.posix_fallocate` does, for systems that have no such call: zeros behind the file's present end."""
    position = max(os.fstat(file).st_size, offset)
    while position < offset + length:
        position += os.pwrite(file, ZEROS[: offset + length - position], position)


_reserve = getattr(os, "posix_fallocate", reserve_by_writing)
_sync_data = getattr(os, "fdatasync", os.fsync)
