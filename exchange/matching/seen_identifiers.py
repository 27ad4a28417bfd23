"""Which client order identifiers were ever used, in eight bytes each.

A session's identifiers are refused when used twice, however long ago, and millions are used a day. Kept as text they
would be the venue's largest state; kept as 64-bit fingerprints (BLAKE2b) in open-addressed arrays they cost 8 bytes at
a load of at most three quarters. Two of a million different identifiers share a fingerprint with probability 3e-8.
"""

from __future__ import annotations

from array import array
from hashlib import blake2b

SHARDS = 256
"""Tables that grow one by one, so that no single growth holds the venue up for long."""

FIRST_SLOTS = 16
"""Slots of a new table; doubled when three quarters are taken."""


class SeenIdentifiers:
    """A set of (session, identifier) that only grows."""

    __slots__ = ("_shards", "count", "digest")

    def __init__(self) -> None:
        self._shards: list[_Shard | None] = [None] * SHARDS
        self.count = 0
        self.digest = 0
        """All fingerprints joined by exclusive or: equal sets have equal digests."""

    def add(self, session: str, identifier: str) -> bool:
        """Remembers an identifier; False when it was there already."""
        fingerprint = _fingerprint(session, identifier)
        shard = self._shards[fingerprint & (SHARDS - 1)]
        if shard is None:
            shard = self._shards[fingerprint & (SHARDS - 1)] = _Shard(FIRST_SLOTS)
        if not shard.add(fingerprint):
            return False
        self.count += 1
        self.digest ^= fingerprint
        return True

    def __contains__(self, key: tuple[str, str]) -> bool:
        fingerprint = _fingerprint(*key)
        shard = self._shards[fingerprint & (SHARDS - 1)]
        return shard is not None and shard.holds(fingerprint)


class _Shard:
    """Open addressing with linear probing; 0 is an empty slot."""

    __slots__ = ("mask", "slots", "taken")

    def __init__(self, slots: int) -> None:
        self.slots = array("Q", bytes(8 * slots))
        self.mask = slots - 1
        self.taken = 0

    def holds(self, fingerprint: int) -> bool:
        return self.slots[self._find(fingerprint)] == fingerprint

    def add(self, fingerprint: int) -> bool:
        place = self._find(fingerprint)
        if self.slots[place]:
            return False
        self.slots[place] = fingerprint
        self.taken += 1
        if 4 * self.taken > 3 * len(self.slots):
            self._grow()
        return True

    def _find(self, fingerprint: int) -> int:
        slots, mask = self.slots, self.mask
        place = (fingerprint >> 8) & mask
        while (found := slots[place]) and found != fingerprint:
            place = (place + 1) & mask
        return place

    def _grow(self) -> None:
        old = self.slots
        self.slots = array("Q", bytes(16 * len(old)))
        self.mask = len(self.slots) - 1
        for fingerprint in old:
            if fingerprint:
                self.slots[self._find(fingerprint)] = fingerprint


def _fingerprint(session: str, identifier: str) -> int:
    digest = blake2b(f"{session}\x01{identifier}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") or 1
