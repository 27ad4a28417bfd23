"""Random days of everything at once, from deposit to settlement, and after every command the books are right.

Orders of all kinds and groups, auctions, fills, busts, corrections, transfers, limits set and lifted while orders are
open, settlement days, fails, companies' actions. What must hold, `SoundVenue` and `SoundClearing` say; seeds are in
every failure.
"""

from __future__ import annotations

from random import Random

import pytest

from exchange.commands import Command, OpenSettlementDay
from exchange.events import Event
from exchange.reference.instruments import SECOND
from exchange.venue import Venue
from tests.models.any_commands import AnyCommands
from tests.models.any_money import FIRST_DATE
from tests.models.sound_clearing import SoundClearing
from tests.models.sound_venue import SoundVenue

DAYS_OF_A_LIFE = 25
"""Then another venue begins, with other listings and accounts."""

COMMANDS_OF_A_DAY = (10, 60)
NIGHT = 8 * 3600 * SECOND


class Life:
    """One venue from its first listing on, with those who look at it."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._random = Random(-seed)
        self.venue = Venue()
        self.events: list[Event] = []
        """All that it has told."""
        self._stream = AnyCommands(Random(seed), self.venue)
        self._sound = SoundVenue(self.venue)
        self._clearing = SoundClearing(self.venue)
        self._done = 0

    def live(self, days: int) -> None:
        """Plays so many days."""
        for command in self._stream.opening():
            self._apply(command)
        for _ in range(days):
            self._stream.now += NIGHT
            for market in ("X", "Y", ""):
                date = max(self.venue.clearing.days.date_of(market), FIRST_DATE) + 1
                self._apply(OpenSettlementDay(market, date, (date + 1, date + 2, date + 3)))
            for _ in range(self._random.randint(*COMMANDS_OF_A_DAY)):
                self._apply(next(self._stream))
            self._sound.look_at_all()

    def _apply(self, command: Command) -> None:
        self._done += 1
        try:
            events = self.venue.apply(command, self._stream.now)
            self.events += events
            self._sound.look(events)
            self._clearing.look(command, events)
        except Exception as error:
            raise AssertionError(f"seed {self._seed}, command {self._done}, {command}: {error!r}") from error


@pytest.mark.parametrize("seed", range(16))
def test_the_books_are_right_after_every_command(seed: int) -> None:
    Life(seed).live(DAYS_OF_A_LIFE)


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("part", range(10))
def test_the_books_are_right_through_ten_thousand_days(part: int) -> None:
    for number in range(1_000 // DAYS_OF_A_LIFE):
        Life(1_000 * (part + 1) + number).live(DAYS_OF_A_LIFE)
