"""The gap in what a counterparty sends: what came beyond it waits here, and what is missing is asked for.

It decides and keeps; the session sends the ResendRequests(2) that it hands out, and handles the messages when their
turn has come. Numbers are MsgSeqNum(34), `next_in` the one that is expected next, times nanoseconds.
"""

from __future__ import annotations

from typing import TypeAlias

from gateway.fix.early_messages import EarlyMessages
from gateway.fix.gap_requests import GapRequests
from gateway.fix.message import Message

Range: TypeAlias = tuple[int, int]
"""BeginSeqNo(7) and EndSeqNo(16) of a ResendRequest to be sent now."""


class InboundGap:
    """One session's gap, if it has one."""

    __slots__ = ("_early", "_requests", "is_open")

    def __init__(self, chunk: int, early_messages_max: int) -> None:
        """`chunk`: messages that one request asks for, 0: all; `early_messages_max`: messages kept."""
        self._early = EarlyMessages(early_messages_max)
        self._requests = GapRequests(chunk)
        self.is_open = False
        """Whether something came before its turn."""

    def keep(self, message: Message) -> None:
        """Keeps what came too early for its turn."""
        self._early.keep(message.seq, message)
        self.is_open = True

    def count(self, number: int) -> None:
        """The message of that number has been answered already and is only to be counted in its turn."""
        self._early.keep(number, None)
        self.is_open = True

    def expect(self, next_in: int, now: int) -> None:
        """What is missing comes without a request, for a Logon said so; asked for when that does not happen."""
        self._requests.expect(next_in, self._early.highest, now)

    def has(self, number: int) -> bool:
        """Whether the message of that number is here."""
        return self._early.has(number)

    def take(self, number: int) -> Message | None:
        """Gives out the message whose turn it is; None for one that is only to be counted."""
        return self._early.take(number)

    def skip_to(self, number: int) -> None:
        """Numbers below are done with."""
        self._early.skip_to(number)

    def request(self, next_in: int, now: int) -> Range:
        """What is to be asked for now."""
        return self._requests.range(next_in, self._early.highest, now)

    def request_if_due(self, next_in: int, now: int, patience: int) -> Range | str | None:
        """What is to be asked for, for the first time or again; in words, why nothing is to be hoped of it any more."""
        if not self._requests.is_due(next_in, now, patience):
            return None
        return self._requests.exhausted(next_in) or self.request(next_in, now)

    def progressed(self, next_in: int, now: int) -> Range | None:
        """All that was here in its turn is done: forgets a gap that is closed, or says what to ask for of the rest."""
        if next_in > self._early.highest:
            self.clear()
        elif self._requests.is_chunk_done(next_in):
            return self.request(next_in, now)
        elif not self._early and not self._requests.is_under_way(next_in):
            # More was early than could be kept. Once is enough: the answer brings all of it.
            wanted = self.request(next_in, now)
            self._early.clear()
            self.is_open = False
            return wanted
        return None

    def clear(self) -> None:
        """The gap is closed, or its line is gone."""
        self._early.clear()
        self._requests.clear()
        self.is_open = False
