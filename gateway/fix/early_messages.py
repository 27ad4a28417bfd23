"""Messages that came before their turn: kept until the gap in front of them is filled, so that none is handled twice.

A session asks once for a gap and keeps what follows it, bounded; what does not fit is asked for again afterwards.
"""

from __future__ import annotations

from gateway.fix.message import Message


class EarlyMessages:
    """The messages beyond a gap, by number."""

    __slots__ = ("_most", "_waiting", "highest")

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting: dict[int, Message | None] = {}
        self.highest = 0
        """The highest number that came; 0 when there is no gap."""

    def __len__(self) -> int:
        return len(self._waiting)

    def keep(self, number: int, message: Message | None) -> None:
        """Keeps a message for its turn; None for one that has been answered already and must only be counted."""
        self.highest = max(self.highest, number)
        if len(self._waiting) < self._most:
            self._waiting.setdefault(number, message)

    def has(self, number: int) -> bool:
        """Whether the message of that number is here."""
        return number in self._waiting

    def take(self, number: int) -> Message | None:
        """Gives out the message whose turn it is."""
        return self._waiting.pop(number)

    def skip_to(self, number: int) -> None:
        """Numbers below are done with."""
        for early in [kept for kept in self._waiting if kept < number]:
            del self._waiting[early]

    def clear(self) -> None:
        """Forgets all."""
        self._waiting.clear()
        self.highest = 0
