"""SequenceReset(4) as it is received: which number it leads to, or why it cannot.

FIX 4.4 vol. 2, Sequence Reset: a gap fill passes over the numbers from its own to NewSeqNo(36), a reset sets the number
whatever its own is; neither goes back. Called by the session.
"""

from __future__ import annotations

from gateway.fix import tags
from gateway.fix.message import Message, sequence_number


def is_gap_fill(message: Message) -> bool:
    """Whether it passes over messages in its turn; else it resets the number at once."""
    return message.fields.get(tags.GapFillFlag) == "Y"


def new_number(message: Message) -> int:
    """NewSeqNo(36) of one that breaks no rule of the dictionary."""
    return sequence_number(message.fields[tags.NewSeqNo])


def refused_reset(message: Message, next_in: int) -> str:
    """Why the number cannot be set, where `next_in` is expected; empty when it can."""
    new, least = new_number(message), next_in + is_gap_fill(message)
    return f"NewSeqNo(36) {new} is too low; it must be at least {least}" if new < least else ""
