"""Messages that came before their turn: kept until the gap in front of them is filled, so that none is handled twice.

A session asks once for a gap and keeps what follows it, bounded; what does not fit is asked for again afterwards.
"""

from __future__ import annotations

from gateway.fix.message import Message

CHARACTERS_MAX = 4 << 20
"""Text of all messages kept: read messages take some four times as much memory, and every session may have a gap."""


class EarlyMessages:
    """The messages beyond a gap, by number."""

    __slots__ = ("_characters", "_most", "_waiting", "highest")

    def __init__(self, most: int) -> None:
        """`most`: messages that are kept."""
        self._most = most
        self._waiting: dict[int, Message | None] = {}
        self._characters = 0
        self.highest = 0
        """The highest number that came; 0 when there is no gap."""

    def __len__(self) -> int:
        return len(self._waiting)

    def keep(self, number: int, message: Message | None) -> None:
        """Keeps a message for its turn; None for one that has been answered already and must only be counted."""
        self.highest = max(self.highest, number)
        size = _size(message)
        if number in self._waiting or len(self._waiting) >= self._most or self._characters + size > CHARACTERS_MAX:
            return
        self._waiting[number] = message
        self._characters += size

    def has(self, number: int) -> bool:
        """Whether the message of that number is here."""
        return number in self._waiting

    def take(self, number: int) -> Message | None:
        """Gives out the message whose turn it is."""
        message = self._waiting.pop(number)
        self._characters -= _size(message)
        return message

    def skip_to(self, number: int) -> None:
        """Numbers below are done with."""
        for early in [kept for kept in self._waiting if kept < number]:
            self.take(early)

    def clear(self) -> None:
        """Forgets all."""
        self._waiting.clear()
        self._characters = self.highest = 0


def _size(message: Message | None) -> int:
    return 0 if message is None else len(message.text)
