"""The participants of one run as clients, and the record of all that they say and hear."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from gateway.scenario.client_session import Identity
from gateway.scenario.fix_client import FixClient, Record
from gateway.scenario.loading import Scenario
from gateway.scenario.orders import OrderEntry
from gateway.scenario.results import TimelineEntry
from gateway.scenario.script import Participant
from gateway.scenario.venue import VenueAddress, target_of
from gateway.scenario.vocabulary import Vocabulary
from gateway.scenario.wire import WireMessage


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
        self.players = {name: self._player(name, one) for name, one in self.scenario.participants.items()}

    @property
    def seconds(self) -> float:
        """Since the start of the run."""
        return asyncio.get_running_loop().time() - self._began

    async def close(self) -> None:
        """Log out and disconnect whoever is still there."""
        await asyncio.gather(*(player.client.close() for player in self.players.values()))

    def _player(self, name: str, participant: Participant) -> Player:
        identity = Identity(participant.version, participant.comp_id, target_of(self.scenario))
        client = FixClient(
            identity,
            self.venue.fix,
            participant.heartbeat // 1000,
            self.vocabulary.header_tags,
            self._record_of(name),
        )
        account = participant.account or next(iter(participant.accounts), None)
        return Player(name, participant, client, OrderEntry(name, account, self.vocabulary))

    def _record_of(self, name: str) -> Record:
        def record(direction: Literal["in", "out"], message: WireMessage) -> float:
            at_seconds = self.seconds
            self.timeline.append(TimelineEntry(at_seconds, name, direction, message))
            return at_seconds

        return record
