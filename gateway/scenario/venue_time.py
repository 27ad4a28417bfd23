"""The venue's time as a run goes through it: real, scaled, or virtual, where a step lets it go on and nobody waits.

Virtual time goes on by the steps alone; `Stage.settle` sees to it that everything sent has arrived before it does, so
that the same scenario is the same each time.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, tzinfo

from gateway.clock.words import SECOND, moment_text, next_moment, parse_moment, parse_span
from gateway.scenario.script import Clock
from gateway.scenario.venue_control import VenueControl, VenueRefused
from gateway.scenario.wire import utc_timestamp

POLL_SECONDS = 0.02
"""Between two looks at a clock that goes by itself."""

MILLISECOND = 1_000_000
"""Nanoseconds."""


class VenueTime:
    """What time it is on the venue, and how it goes on."""

    def __init__(self, clock: Clock, zone: tzinfo, control: VenueControl) -> None:
        """`zone` is that of times of day."""
        self.mode = clock.mode
        self._zone = zone
        self._control = control
        self._start = self._now = time.time_ns()

    async def begin(self) -> None:
        """The run begins. Raises `VenueRefused` where the venue's clock is not the scenario's."""
        if self.mode == "real":
            return
        state = await self._control.clock()
        if state["mode"] == "real":
            raise VenueRefused(f"the venue's clock is the machine's, and the scenario's is {self.mode}")
        self._start = self._now = parse_moment(state["now"])

    @property
    def is_virtual(self) -> bool:
        """Whether time stands unless a step lets it go on."""
        return self.mode == "virtual"

    @property
    def seconds(self) -> float:
        """Of virtual time since the start of the run."""
        return (self._now - self._start) / SECOND

    def timestamp(self) -> str:
        """SendingTime(52) and TransactTime(60) of what participants send now."""
        if not self.is_virtual:
            return utc_timestamp()
        return utc_timestamp(datetime.fromtimestamp(self._now // MILLISECOND / 1_000, UTC))

    async def pass_by(self, milliseconds: int) -> None:
        """A stretch of the venue's time passes."""
        if self.is_virtual:
            await self.move(by=f"{milliseconds}ms")
        else:
            await self._wait_until(await self.now() + milliseconds * MILLISECOND)

    async def pass_to(self, words: str) -> None:
        """Time passes up to a moment: `+5s` since the start of the run, a time of day, or a whole moment."""
        if words.startswith("+"):
            moment = self._start + parse_span(words[1:])
        else:
            moment = next_moment(words, await self.now(), self._zone)
        if self.is_virtual:
            await self.move(to=moment_text(moment))
        else:
            await self._wait_until(moment)

    async def move(self, **words: object) -> None:
        """Moves a driven clock, by the words of `POST /admin/clock`. Raises `VenueRefused`."""
        state = await self._control.move(**words)
        self._now = parse_moment(state["now"])

    async def now(self) -> int:
        """Nanoseconds since 1970 UTC."""
        if self.mode == "real":
            return time.time_ns()
        if self.mode == "scaled":
            self._now = parse_moment((await self._control.clock())["now"])
        return self._now

    async def _wait_until(self, moment: int) -> None:
        while (left := moment - await self.now()) > 0:  # noqa: ASYNC110 - the clock is another process's
            await asyncio.sleep(left / SECOND if self.mode == "real" else POLL_SECONDS)
