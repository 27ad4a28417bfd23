"""The same commands give the same bytes and the same state, anywhere and again; anything else gives another hash."""

from __future__ import annotations

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from random import Random

import msgspec
import pytest

from exchange.commands import Command, ListInstrument, OpenAccount
from exchange.reference.accounts import Account
from exchange.sequencing.journal import Journal
from exchange.sequencing.sequencer import Durability, Sequencer
from exchange.venue import Venue
from tests.exchange.market import ACME, GTC, Market, buy, cancel, refuse_amendment, replace, sell
from tests.models.random_commands import BYTES_PER_COMMAND, commands_of, opening

ROOT = Path(__file__).parents[2]


def stream(seed: int, commands: int = 400) -> list[Command]:
    return [*opening(), *commands_of(Random(seed).randbytes(commands * BYTES_PER_COMMAND))]


def failed(failure: Exception) -> None:
    raise failure


def fingerprint(commands: list[Command]) -> tuple[str, str]:
    """Digest of all events' bytes, and the state's hash."""
    venue, digest = Venue(), sha256()
    for at, command in enumerate(commands):
        digest.update(msgspec.msgpack.encode(venue.apply(command, at)))
    return digest.hexdigest(), venue.state_hash()


@pytest.mark.parametrize("seed", range(5))
def test_the_same_commands_give_the_same_events_and_state(seed: int) -> None:
    assert fingerprint(stream(seed)) == fingerprint(stream(seed))
    assert fingerprint(stream(seed)) != fingerprint(stream(seed + 1))


def test_neither_the_process_nor_its_hash_seed_matters() -> None:
    program = (
        "from tests.exchange.test_determinism import fingerprint, stream\n"
        "for seed in range(3): print(*fingerprint(stream(seed)))"
    )
    expected = [" ".join(fingerprint(stream(seed))) for seed in range(3)]
    for hash_seed in ("0", "4711"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)}
        ran = subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        assert ran.stdout.split("\n")[:3] == expected


async def test_a_replayed_journal_gives_the_same_events_and_state(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.open()
    live = Venue()
    ticks = iter(range(10**6))
    sequencer = Sequencer(live, journal, lambda: next(ticks), durability=Durability.OS, on_failure=failed)
    told: list[bytes] = []
    sequencer.on_events(lambda events: told.extend(msgspec.msgpack.encode(event) for event in events))
    random = Random(7)
    for command in stream(7, 2000):
        sequencer.submit(command)
        if random.random() < 0.1:
            sequencer.commit()
    await sequencer.close()
    journal.close()

    again = Venue()
    reader = Sequencer(again, Journal(tmp_path), lambda: 0, durability=Durability.OS, on_failure=failed)
    replayed = [msgspec.msgpack.encode(event) for events in reader.replay() for event in events]
    assert replayed == told
    assert again.state_hash() == live.state_hash()
    assert (again.last_event, again.now) == (live.last_event, live.now)


BEGINNING: list[Command] = [
    buy("B1", 100, "9.99"),
    buy("B2", 100, "9.98"),
    sell("S1", 100, "10.01"),
    buy("B3", 10, "10.01"),
    cancel("C1", "B2"),
]

ENDINGS: list[Command] = [
    ListInstrument(ACME),
    ListInstrument(msgspec.structs.replace(ACME, lot=2)),
    ListInstrument(msgspec.structs.replace(ACME, symbol="OTHER")),
    OpenAccount(Account("BOB", "Bob")),
    OpenAccount(Account("ALICE", "Alice")),
    buy("B4", 1, "9.99"),
    buy("B4", 1, "9.99", session="T"),
    buy("B4", 1, "9.97"),
    buy("B4", 1, "9.99", GTC),
    buy("B5", 1, "9.99"),
    sell("B4", 1, "10.02"),
    buy("B4", 1),
    buy("B4", 0),
    buy("B5", 0),
    cancel("C4", "B1"),
    cancel("B4", "B1"),
    replace("R4", "B1", 100, "9.99"),
    replace("R4", "B1", 100, "9.99", GTC),
    replace("R4", "B1", 99, "9.99"),
    replace("R4", "B1", 101, "9.99"),
    refuse_amendment("R5", "B1"),
]
"""Commands that each leave another state behind `BEGINNING`."""


def test_any_difference_shows_in_the_hash() -> None:
    hashes = [state_after([])] + [state_after([ending]) for ending in ENDINGS]
    assert len(set(hashes)) == 1 + len(ENDINGS)


def test_the_hash_holds_the_time_and_what_late_requests_hear() -> None:
    early, late = Venue(), Venue()
    early.apply(ListInstrument(ACME), 1)
    late.apply(ListInstrument(ACME), 2)
    assert early.state_hash() != late.state_hash()
    known, forgotten = Market(), Market()
    known.do(buy("B1", 1))
    forgotten.do(buy("B1", 1))
    assert known.venue.state_hash() == forgotten.venue.state_hash()
    [closed] = forgotten.venue.register.closed_orders
    closed.notional += 1
    assert known.venue.state_hash() != forgotten.venue.state_hash()


def state_after(commands: list[Command]) -> str:
    market = Market()
    market.do(*BEGINNING, *commands)
    return market.venue.state_hash()
