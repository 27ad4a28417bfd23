"""A disk that fails on demand: it runs full, reports errors, and forgets at power loss what was not synced."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from random import Random

from exchange.sequencing.disk import LocalDisk


class FaultyDisk(LocalDisk):
    """Works on real files. `space` is what may still be written or reserved; None is plenty."""

    def __init__(self, space: int | None = None) -> None:
        self.space = space
        self.errors: dict[str, int] = {}
        """Error number for each call, by name, that fails until it is taken out."""
        self.calls: list[str] = []

    def create(self, path: Path) -> int:
        self._call("create")
        return super().create(path)

    def allocate(self, file: int, size: int) -> None:
        self._call("allocate")
        self._take(max(size - os.fstat(file).st_size, 0))
        super().allocate(file, size)

    def write(self, file: int, data: bytes, position: int) -> int:
        self._call("write")
        beyond = max(position + len(data) - os.fstat(file).st_size, 0)
        if self.space is not None and beyond > self.space:
            data = data[: len(data) - beyond + self.space]
            beyond = self.space
            if not data:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._take(beyond)
        return super().write(file, data, position)

    def truncate(self, file: int, size: int) -> None:
        self._call("truncate")
        super().truncate(file, size)

    def sync(self, file: int) -> None:
        self._call("sync")
        super().sync(file)

    def sync_folder(self, folder: Path) -> None:
        self._call("sync_folder")
        super().sync_folder(folder)

    def _call(self, name: str) -> None:
        self.calls.append(name)
        number = self.errors.get(name)
        if number is not None:
            raise OSError(number, os.strerror(number))

    def _take(self, size: int) -> None:
        if self.space is None:
            return
        if size > self.space:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.space -= size


class ShortDisk(FaultyDisk):
    """Takes only the first bytes of a write when `shorten` says how many."""

    shorten: int | None = None

    def write(self, file: int, data: bytes, position: int) -> int:
        return super().write(file, data if self.shorten is None else data[: self.shorten], position)


class VolatileDisk(LocalDisk):
    """Keeps apart what is synced and what is not. Power loss leaves of each file what was synced and, of what came
    after, a random prefix; a file whose name was not synced may be gone."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._paths: dict[int, Path] = {}
        self._durable: dict[Path, bytes] = {}
        self._changes: dict[Path, list[tuple[int, bytes] | int]] = {}
        """Since the last sync: writes as (position, data), and new lengths."""
        self._durable_names: set[Path] = set()

    def create(self, path: Path) -> int:
        file = super().create(path)
        self._paths[file], self._durable[path], self._changes[path] = path, b"", []
        return file

    def open(self, path: Path) -> int:
        file = super().open(path)
        self._paths[file] = path
        self._durable.setdefault(path, path.read_bytes())
        self._changes.setdefault(path, [])
        self._durable_names.add(path)
        return file

    def allocate(self, file: int, size: int) -> None:
        super().allocate(file, size)
        self._changes[self._paths[file]].append(os.fstat(file).st_size)

    def write(self, file: int, data: bytes, position: int) -> int:
        self._changes[self._paths[file]].append((position, data))
        return super().write(file, data, position)

    def truncate(self, file: int, size: int) -> None:
        super().truncate(file, size)
        self._changes[self._paths[file]].append(size)

    def sync(self, file: int) -> None:
        path = self._paths[file]
        self._durable[path], self._changes[path] = path.read_bytes(), []

    def sync_folder(self, folder: Path) -> None:
        self._durable_names.update(path for path in self._durable if path.parent == folder)

    def lose_power(self) -> None:
        for path, content in self._durable.items():
            if path not in self._durable_names and self._random.random() < 0.5:
                path.unlink(missing_ok=True)
            elif path.exists():
                path.write_bytes(self._after_some(content, self._changes[path]))

    def _after_some(self, content: bytes, changes: list[tuple[int, bytes] | int]) -> bytes:
        image = bytearray(content)
        kept = self._random.randint(0, len(changes))
        for index, change in enumerate(changes[:kept]):
            if isinstance(change, int):
                image = image[:change] + bytes(max(change - len(image), 0))
                continue
            position, data = change
            if index == kept - 1:
                data = data[: self._random.randint(0, len(data))]
            image += bytes(max(position - len(image), 0))
            image[position : position + len(data)] = data
        return bytes(image)
