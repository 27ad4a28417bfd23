"""Whatever commands come, the venue answers, holds together, and a replay of its journal is the same again."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import get_args

import msgspec
import pytest

from exchange.commands import Command
from exchange.events import Event
from exchange.sequencing.journal import Journal
from exchange.sequencing.sequencer import Durability, Sequencer
from exchange.venue import Venue
from tests.models.any_commands import AnyCommands
from tests.models.sound_venue import SoundVenue

POINTS = 10
"""How often in a stream the states are compared; the last time at its end."""


class EventDigest:
    """Of all events' bytes."""

    def __init__(self) -> None:
        self._digest = sha256()

    def take(self, events: Sequence[Event]) -> None:
        for event in events:
            self._digest.update(msgspec.msgpack.encode(event))

    def text(self) -> str:
        return self._digest.hexdigest()


class Recording:
    """A venue behind a sequencer and a journal in a data folder, and what it has told."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.venue = Venue()
        self.stream = AnyCommands(Random(seed), self.venue)
        self.journal = Journal(folder, segment_bytes=1 << 20, reserve_bytes=0)
        self.journal.open()
        self.sequencer = Sequencer(
            self.venue, self.journal, lambda: self.stream.now, durability=Durability.OS, on_failure=_failed
        )
        self.sequencer.on_events(self._told)
        self.points: dict[int, tuple[str, str]] = {}
        """After so many commands: digest of all events' bytes, and the state's hash."""
        self._sound = SoundVenue(self.venue)
        self._digest = EventDigest()

    def play(self, seed: int, commands: int) -> None:
        """Has so many commands done, each a commit of its own or a few together, and looks at the venue after each."""
        waiting = self.stream.opening()
        random = Random(seed)
        done: Command | None = None
        try:
            for number in range(1, commands + 1):
                done = waiting.pop(0) if waiting else next(self.stream)
                self.sequencer.submit(done)
                if random.random() < 0.9 or number % (commands // POINTS) == 0:
                    self.sequencer.commit()
                if number % 50 == 0:
                    self._sound.look_at_all()
                if number % (commands // POINTS) == 0:
                    self.points[number] = (self._digest.text(), self.venue.state_hash())
        except Exception as error:
            raise AssertionError(
                f"seed {seed}, {self.journal.last} commands, the last one {done}: {error!r}"
            ) from error

    async def close(self) -> None:
        await self.sequencer.close()
        self.journal.close()

    def _told(self, events: Sequence[Event]) -> None:
        self._digest.take(events)
        self._sound.look(events)


async def check_a_stream(folder: Path, seed: int, commands: int) -> None:
    """Raises `AssertionError` where a venue does not hold together, or its replay differs."""
    recording = Recording(folder, seed)
    recording.play(seed, commands)
    await recording.close()
    venue, digest = Venue(), EventDigest()
    replay = Sequencer(venue, Journal(folder), _no_clock, durability=Durability.OS, on_failure=_failed).replay()
    number = 0
    for number, events in enumerate(replay, 1):
        digest.take(events)
        if number in recording.points:
            assert (digest.text(), venue.state_hash()) == recording.points[number], f"seed {seed}, {number}"
    assert number == commands == recording.journal.last
    assert len(recording.points) == POINTS


@pytest.mark.parametrize("seed", range(6))
async def test_any_commands_are_answered_and_their_journal_replays_to_the_same(tmp_path: Path, seed: int) -> None:
    await check_a_stream(tmp_path, seed, 5_000)


def test_the_streams_have_every_command_and_bring_every_event() -> None:
    commands, events = set[type](), set[type]()
    for seed in range(2):
        venue = Venue()
        stream = AnyCommands(Random(seed), venue)
        coming = stream.opening()
        for _ in range(5_000):
            command = coming.pop(0) if coming else next(stream)
            commands.add(type(command))
            events.update(type(event) for event in venue.apply(command, stream.now))
    assert commands == set(get_args(Command))
    assert events == set(get_args(Event))


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(100, 120))
async def test_a_million_commands_are_answered_and_their_journals_replay_to_the_same(tmp_path: Path, seed: int) -> None:
    await check_a_stream(tmp_path, seed, 50_000)


def _failed(failure: Exception) -> None:
    raise failure


def _no_clock() -> int:
    raise AssertionError("a replay has the times of its journal")
