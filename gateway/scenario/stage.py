"""The participants of one run as clients, and the record of all that they say and hear."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from zoneinfo import ZoneInfo

from gateway.scenario.client_session import Identity
from gateway.scenario.fix_client import FixClient, Record
from gateway.scenario.loading import Scenario
from gateway.scenario.orders import OrderEntry
from gateway.scenario.results import TimelineEntry
from gateway.scenario.script import DEFAULT_HEARTBEAT_MS, Participant
from gateway.scenario.venue import VenueAddress, target_of
from gateway.scenario.venue_control import VenueControl, VenueRefused
from gateway.scenario.venue_time import VenueTime
from gateway.scenario.vocabulary import Vocabulary
from gateway.scenario.wire import WireMessage

SETTLE_SECONDS = 10.0
"""How long messages may take between venue and participants on one machine, however busy."""

SETTLE_POLL_SECONDS = 0.001
PAUSE_SECONDS = 0.02
"""Between two looks at a state that is waited for."""


@dataclass
class Player:
    """One participant with its client and its orders."""

    name: str
    participant: Participant
    client: FixClient
    entry: OrderEntry
    has_logged_on: bool = False
    """Whether it was logged on in this run: the first Logon resets the numbers unless it says otherwise."""

    @property
    def credentials(self) -> list[tuple[str, str]]:
        """Username(553) and Password(554) of its Logon."""
        given = (("553", self.participant.username), ("554", self.participant.password))
        return [(tag, value) for tag, value in given if value is not None]


@dataclass
class Stage:
    """Everything that the steps of one run work on."""

    scenario: Scenario
    venue: VenueAddress
    vocabulary: Vocabulary
    players: Mapping[str, Player] = field(init=False)
    timeline: list[TimelineEntry] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._began = asyncio.get_running_loop().time()
        market = self.scenario.market
        zone = ZoneInfo(market.time_zone if market is not None else "UTC")
        self.control = VenueControl(self.venue.http_url, self.venue.operator_token)
        self.time = VenueTime(self.scenario.clock, zone, self.control)
        self.players = {name: self._player(name, one) for name, one in self.scenario.participants.items()}

    @property
    def seconds(self) -> float:
        """Since the start of the run."""
        return asyncio.get_running_loop().time() - self._began

    async def close(self) -> None:
        """Log out and disconnect whoever is still there."""
        await asyncio.gather(*(player.client.close() for player in self.players.values()))
        await self.control.close()

    async def settle(self) -> None:
        """In virtual time: everything that was sent arrives, both ways. Raises `VenueRefused` when it does not."""
        if not self.time.is_virtual:
            return
        end = asyncio.get_running_loop().time() + SETTLE_SECONDS
        for player in self.players.values():
            session = player.client.session
            while player.client.is_connected and session.logged_on:
                seen = await self.control.session(player.participant.comp_id)
                if (seen["next_in"], seen["next_out"]) == (session.next_out, session.next_in):
                    break
                if asyncio.get_running_loop().time() > end:
                    raise VenueRefused(f"messages of {player.name} are still on their way after {SETTLE_SECONDS:g} s")
                await asyncio.sleep(SETTLE_POLL_SECONDS)

    async def pause(self) -> None:
        """A moment of real time, before a state is looked at again."""
        await asyncio.sleep(PAUSE_SECONDS)

    def _player(self, name: str, participant: Participant) -> Player:
        identity = Identity(participant.version, participant.comp_id, target_of(self.scenario))
        client = FixClient(
            identity,
            self.venue.fix,
            self._heartbeat_ms(participant) // 1000,
            self.vocabulary.header_tags,
            self._record_of(name),
            self.time.timestamp,
        )
        account = participant.account or next(iter(participant.accounts), None)
        return Player(name, participant, client, OrderEntry(name, account, self.vocabulary, self.time.timestamp))

    def _heartbeat_ms(self, participant: Participant) -> int:
        """In virtual time nobody keeps a line alive that nobody can lose, unless the scenario is about that."""
        if participant.heartbeat is not None:
            return participant.heartbeat
        return 0 if self.time.is_virtual else DEFAULT_HEARTBEAT_MS

    def _record_of(self, name: str) -> Record:
        def record(direction: Literal["in", "out"], message: WireMessage) -> float:
            at_seconds = self.time.seconds if self.time.is_virtual else self.seconds
            self.timeline.append(TimelineEntry(at_seconds, name, direction, message))
            return at_seconds

        return record
