"""How fast a clock goes that can be driven."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

SPEED_MAX: Final = 100_000
"""A day in less than a second; a faster clock is one that is jumped."""


class Speed(Struct, frozen=True):
    """How fast a driven clock goes, as an exact fraction of the machine's seconds."""

    numerator: int
    denominator: int = 1

    @property
    def text(self) -> str:
        """As people write it: `100`, `0.5`."""
        return f"{self.numerator / self.denominator:g}"
