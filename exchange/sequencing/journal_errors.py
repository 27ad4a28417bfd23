"""What can be wrong with the journal, as exceptions and as the findings of a check.

JournalError
├── JournalCorrupt    its files cannot be trusted: the venue does not start
├── JournalFull       there is no room for a batch now: nothing of it is journaled, later ones may be
└── JournalFailed     what was written may not be on the disk: the process must end
"""

from __future__ import annotations

from pathlib import Path

import msgspec


class Damage(msgspec.Struct, frozen=True):
    """A place where the journal cannot be trusted: good records follow it, or something else than a record is there."""

    file: str
    offset: int
    """Byte in the file at which the first thing that cannot be trusted begins."""
    expected: int
    """Sequence number of the record that should be there."""
    found: str
    """What is there instead, in words."""

    def __str__(self) -> str:
        """The place and what is wrong there, in a sentence."""
        return f"{self.file} is damaged at byte {self.offset}: expected record {self.expected}, found {self.found}"


class TornTail(msgspec.Struct, frozen=True):
    """The remains of a write that did not finish, behind the last good record: no answer was given for it."""

    file: str
    offset: int
    dropped_bytes: int
    expected: int
    """Sequence number that its first record would have had."""
    found: str


class JournalError(Exception):
    """Any of the journal's own errors."""


class JournalCorrupt(JournalError):
    """The journal's files hold something that cannot have come from an interrupted write. Nothing was changed."""

    def __init__(self, damage: Damage) -> None:
        self.damage = damage
        super().__init__(
            f"the journal cannot be trusted: {damage}. Nothing was changed; bring the journal folder back from a copy, "
            "or start with an empty data folder."
        )


class JournalFull(JournalError):
    """The journal cannot take a batch now; nothing of the batch is in it, and appending may be tried again."""

    def __init__(self, path: Path, needed_bytes: int, free_bytes: int, cause: str) -> None:
        self.path = path
        self.needed_bytes = needed_bytes
        """What the batch, or the new segment for it, needs."""
        self.free_bytes = free_bytes
        """What the file system has left."""
        super().__init__(
            f"the journal cannot write {needed_bytes:,} bytes to {path}: {cause}; {free_bytes:,} bytes are free there. "
            "Nothing was recorded; it goes on by itself when there is space."
        )


class JournalFailed(JournalError):
    """Whether what was written is on the disk is unknown, or the journal is closed: no call will work any more."""
