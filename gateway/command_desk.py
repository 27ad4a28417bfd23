"""The way of HTTP's commands into the venue: submits them, and waits until all that they brought about is released.

What it answers is as durable as the setting says, and holds the events of these commands alone, with those that had
fallen due before them. It knows no rules and no names: trading and operations desks call it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from http import HTTPStatus

from exchange.commands import Command
from exchange.events import Event
from exchange.sequencing.sequencer import Sequencer
from gateway.http.problems import Problem


class CommandDesk:
    """Carries out commands one caller at a time, each in a commit of its own."""

    def __init__(self, sequencer: Sequencer) -> None:
        self._sequencer = sequencer
        self._venue = sequencer.venue
        self._awaited: list[_Awaited] = []
        sequencer.on_events(self._released)
        sequencer.on_refusal(self._not_taken)

    async def carry_out(self, *commands: Command) -> list[Event]:
        """All events of these commands, once they are released.

        Raises `Problem` NOT_RECORDED when the journal does not take them (nothing is done then), and STOPPING when it
        has failed: nobody can say then what a restart will find.
        """
        assert commands, "no command brings about nothing"
        sequencer = self._sequencer
        # What others have submitted goes first, so that all events of the next commit are these commands'.
        sequencer.commit()
        awaited = _Awaited(commands, self._venue.last_event)
        self._awaited.append(awaited)
        try:
            for command in commands:
                sequencer.submit(command)
            sequencer.after_commit(awaited.is_released.set)
            sequencer.commit()
            awaited.last = self._venue.last_event
            if sequencer.has_ended and not awaited.is_released.is_set():
                raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "STOPPING", "The exchange is stopping; ask again later.")
            await awaited.is_released.wait()
        finally:
            self._awaited.remove(awaited)
        if awaited.refusal:
            detail = f"Nothing is done: {awaited.refusal}."
            raise Problem(HTTPStatus.INSUFFICIENT_STORAGE, "NOT_RECORDED", detail)
        return awaited.events

    def _released(self, events: Sequence[Event]) -> None:
        for awaited in self._awaited:
            awaited.take(events)

    def _not_taken(self, refused: Sequence[Command], why: str) -> None:
        for awaited in self._awaited:
            if any(command is own for command in refused for own in awaited.commands):
                awaited.refusal = why


class _Awaited:
    """Commands on their way, and what they bring about."""

    def __init__(self, commands: Sequence[Command], after: int) -> None:
        self.commands = commands
        self.last: int | None = None
        """Number of their last event; None while they are being applied."""
        self.events: list[Event] = []
        self.refusal = ""
        """Why the journal did not take them."""
        self.is_released = asyncio.Event()
        self._after = after

    def take(self, events: Sequence[Event]) -> None:
        """Keeps those of a release that are their own."""
        if self.is_released.is_set():
            return
        last = self.last
        self.events += [
            event for event in events if event.number > self._after and (last is None or event.number <= last)
        ]
