"""What a participant received, in order, and which of it an expectation has used up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from gateway.scenario.client_session import REJECT, SESSION_TYPES
from gateway.scenario.wire import WireMessage

Found = TypeVar("Found")

MOST_KEPT = 1_000_000
"""Messages of one participant: reaching it ends the run rather than the memory of the machine."""


@dataclass
class Received:
    """A message that came, and whether an expectation asked for it."""

    message: WireMessage
    at_seconds: float
    """Since the start of the run."""
    is_used: bool = False


class Inbox:
    """Messages in the order of the session, and a way to wait for more of them."""

    def __init__(self) -> None:
        self._all: list[Received] = []
        self._news = asyncio.Event()
        self.closed_because = ""
        """Why nothing more will come; empty while the line is open."""

    def put(self, message: WireMessage, at_seconds: float) -> None:
        """A message came."""
        assert len(self._all) < MOST_KEPT, f"a participant received more than {MOST_KEPT} messages in one run"
        self._all.append(Received(message, at_seconds))
        self._news.set()

    def opened(self) -> None:
        """The line is open (again)."""
        self.closed_because = ""

    def closed(self, reason: str) -> None:
        """Nothing more comes; whoever waits is told."""
        self.closed_because = self.closed_because or reason
        self._news.set()

    def stir(self) -> None:
        """Something else changed that somebody may wait for."""
        self._news.set()

    def unused(self) -> Iterator[Received]:
        """What no expectation has used, oldest first."""
        return (received for received in self._all if not received.is_used)

    def unasked(self) -> Iterator[Received]:
        """Of that, what an application cares for: no Heartbeats, Logons and the like, but Reject(3)."""
        quiet = SESSION_TYPES - {REJECT}
        return (received for received in self.unused() if received.message.msg_type not in quiet)

    async def wait_for(self, check: Callable[[], Found | None], seconds: float) -> Found | None:
        """The first result of `check` that is not None, asked again whenever something comes; None when time is over.

        It does not wait longer when the line is closed: nothing can come.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while True:
            self._news.clear()
            found = check()
            if found is not None or self.closed_because or loop.time() >= end:
                return found
            try:
                async with asyncio.timeout_at(end):
                    await self._news.wait()
            except TimeoutError:
                return check()
