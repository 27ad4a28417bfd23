"""What operators did and have to settle: a line each, appended to `audit.log` in the data folder and never changed.

Each line is a JSON object: at, who, action, session, asked, outcome, before, after. `gateway.session_desk` writes it.
"""

from __future__ import annotations

import asyncio
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One action of an operator, or a trade that its owner disputes."""

    who: str
    """The operator, and from which address; or the FIX session."""
    action: str
    session: str
    asked: dict[str, object]
    """What the action was asked to do; of a dispute, the trade and what is said of it."""
    outcome: str
    """`done`, or why it was refused."""
    before: dict[str, object]
    """How the session stood."""
    after: dict[str, object]


class AuditLog:
    """The file, open for appending. An entry counts when it is on the disk."""

    def __init__(self, path: Path) -> None:
        """Opens or makes it, for its owner alone. Raises `OSError`."""
        self._path = path
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)

    async def record(self, entry: AuditEntry) -> None:
        """Appends an entry and waits for the disk. Raises `OSError`."""
        at = datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        line = msgspec.json.encode({"at": at, **msgspec.structs.asdict(entry)}) + b"\n"
        written = os.write(self._file, line)
        if written < len(line):
            raise OSError(f"only {written} of {len(line)} bytes of an entry could be written to {self._path}")
        await asyncio.to_thread(os.fdatasync, self._file)

    def close(self) -> None:
        """Lets go of the file."""
        os.close(self._file)
