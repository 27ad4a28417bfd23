"""Judges the ResendRequests(2) of a counterparty: the range it is given, or why it gets none.

What it knows is for one connection. It sends nothing; asked by the session, which does what is said here.
"""

from __future__ import annotations

from msgspec import Struct

from gateway.fix import tags
from gateway.fix.message import Message, sequence_number
from gateway.fix.outbound import RESENDS_MAX, Outbound
from gateway.fix.resend_counts import ResendCounts


class Judged(Struct, frozen=True):
    """What becomes of a request."""

    begin: int
    end: int
    """The last number that is meant; what is not sent yet is not."""
    rejected: str = ""
    """Why the request is refused, and the session goes on."""
    ended: str = ""
    """Why the session has to end."""


class ResendRequests:
    """The requests of one session."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts = ResendCounts()

    def judge(self, message: Message, outbound: Outbound) -> Judged:
        """Counts a request that breaks no rule of the dictionary."""
        begin = sequence_number(message.fields[tags.BeginSeqNo])
        end = sequence_number(message.fields[tags.EndSeqNo])
        last = outbound.last_number
        if begin < 1 or begin > last or 0 < end < begin:
            text = f"BeginSeqNo(7) {begin} to EndSeqNo(16) {end} is no range of the 1 to {last} sent so far"
            return Judged(begin, end, rejected=text)
        if not outbound.has_room_for_resend:
            return Judged(begin, end, ended=f"{RESENDS_MAX} ResendRequests wait already; the requests are in a loop")
        if text := self._counts.refused(begin, end):
            return Judged(begin, end, ended=text)
        return Judged(begin, min(end, last) if end > 0 else last)

    def clear(self) -> None:
        """Another connection, or other messages under the same numbers."""
        self._counts.clear()
