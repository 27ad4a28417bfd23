"""The one way into the venue: the order of release, what a commit costs, and no answer before it is durable."""

from __future__ import annotations

import asyncio
import errno
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest

from exchange import commands
from exchange.commands import Command, ListInstrument, MassCancel, OpenAccount
from exchange.events import Event
from exchange.reasons import BlockScope
from exchange.reference.accounts import Account
from exchange.sequencing.disk import Disk
from exchange.sequencing.journal import Journal, JournalError, JournalFailed
from exchange.sequencing.sequencer import BATCH_COMMANDS_MAX, UNSYNCED_COMMANDS_MAX, Durability, Sequencer
from exchange.venue import Venue
from tests.exchange.event_lines import text_of
from tests.exchange.market import ACME, ALICE, buy, cancel
from tests.exchange.sequencing.faulty_disk import FaultyDisk

OPENING: list[Command] = [ListInstrument(ACME), OpenAccount(ALICE)]
SEGMENT_BYTES = 32 << 10


class HeldDisk(FaultyDisk):
    """Its syncs take as long as `hold` says: until `let_go`."""

    def __init__(self) -> None:
        super().__init__()
        self._go = threading.Event()
        self._go.set()
        self.syncs = 0
        self.is_syncing = False

    def hold(self) -> None:
        self._go.clear()

    def let_go(self) -> None:
        self._go.set()

    def sync(self, file: int) -> None:
        self.is_syncing = True
        assert self._go.wait(30), "nobody let the disk go"
        self.syncs += 1
        super().sync(file)
        self.is_syncing = False


class Stage:
    """A sequencer with everything that it calls, written down in `told` in the order of the calls."""

    def __init__(self, folder: Path, durability: Durability = Durability.OS, disk: Disk | None = None) -> None:
        self.journal = Journal(folder, segment_bytes=SEGMENT_BYTES, reserve_bytes=1024, disk=disk)
        self.journal.open()
        self.now = 1000
        self.told: list[str] = []
        self.failures: list[Exception] = []
        self.refused: list[tuple[list[str], str]] = []
        journal = None if durability is Durability.NONE else self.journal
        self.venue = Venue()
        self.sequencer = Sequencer(
            self.venue, journal, lambda: self.now, durability=durability, on_failure=self.failures.append
        )
        for _ in self.sequencer.replay():
            pass
        self.sequencer.on_events(self._tell)
        self.sequencer.on_refusal(self._refuse)

    def submit(self, *commands: Command) -> None:
        for command in commands:
            self.sequencer.submit(command)

    def open_market(self) -> None:
        self.submit(*OPENING)
        self.sequencer.commit()
        self.told.clear()

    def note(self, text: str) -> Callable[[], None]:
        return lambda: self.told.append(text)

    def prepare(self, number: int) -> Callable[[], None]:
        self.told.append(f"prepared {number}")
        return self.note(f"accepted {number}")

    def _tell(self, events: Sequence[Event]) -> None:
        self.told += map(text_of, events)

    def _refuse(self, commands: Sequence[Command], why: str) -> None:
        self.refused.append(([getattr(command, "cl_ord_id", "") for command in commands], why))


@pytest.fixture
def disk() -> HeldDisk:
    return HeldDisk()


@pytest.fixture
def stage(tmp_path: Path, disk: HeldDisk) -> Iterator[Stage]:
    """Answers leave when the operating system has the command."""
    stage = Stage(tmp_path, disk=disk)
    yield stage
    stage.journal.close()


@pytest.fixture
async def durable(tmp_path: Path, disk: HeldDisk) -> AsyncIterator[Stage]:
    """Answers wait for the disk; the market is open."""
    stage = Stage(tmp_path, Durability.FSYNC, disk)
    stage.submit(*OPENING)
    await until(lambda: len(stage.told) == 2)
    stage.told.clear()
    yield stage
    disk.let_go()
    await stage.sequencer.close()
    stage.journal.close()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0)


async def a_few_turns() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def journaled(stage: Stage) -> int:
    return sum(1 for _ in stage.journal.read())


async def test_what_comes_in_one_turn_is_one_write(stage: Stage, disk: HeldDisk) -> None:
    stage.open_market()
    disk.calls.clear()
    for number in range(100):
        stage.submit(buy(f"B{number}", 1, "10.00"))
    assert stage.told == disk.calls == []
    await asyncio.sleep(0)
    assert disk.calls == ["write"]
    assert len(stage.told) == 200
    await a_few_turns()
    assert disk.calls == ["write"], "nothing came, so nothing is committed"


async def test_very_much_of_one_turn_is_written_in_pieces(stage: Stage, tmp_path: Path) -> None:
    stage.journal = Journal(tmp_path / "large", disk=(disk := HeldDisk()))
    stage.journal.open()
    sequencer = Sequencer(Venue(), stage.journal, lambda: 0, durability=Durability.OS, on_failure=stage.failures.append)
    told: list[int] = []
    sequencer.on_events(lambda events: told.append(len(events)))
    for number in range(2 * BATCH_COMMANDS_MAX + 1):
        sequencer.submit(OpenAccount(Account(f"A{number}", "")))
    sequencer.commit()
    assert disk.calls.count("write") == 1 + 3, "the segment's header, and three batches"
    assert told == [2 * BATCH_COMMANDS_MAX + 1]


async def test_everything_is_released_in_a_fixed_order(stage: Stage) -> None:
    stage.open_market()
    sequencer = stage.sequencer
    sequencer.on_events(lambda events: stage.told.append(f"{len(events)} for the second consumer"))
    for number in (1, 2):
        sequencer.on_commit(partial(stage.prepare, number))
    sequencer.after_commit(stage.note("asked first"))
    stage.submit(buy("B1", 1, "10.00"))
    sequencer.after_commit(stage.note("asked last"))
    await asyncio.sleep(0)
    assert stage.told == [
        "prepared 1",
        "prepared 2",
        "accepted 1",
        "accepted 2",
        "accepted B1 1@10",
        "bid 10: 1 in 1",
        "2 for the second consumer",
        "asked first",
        "asked last",
    ]


async def test_a_question_alone_is_answered_at_the_end_of_its_turn(stage: Stage, disk: HeldDisk) -> None:
    stage.sequencer.after_commit(stage.note("asked"))
    assert stage.told == []
    await asyncio.sleep(0)
    assert stage.told == ["asked"]
    assert "write" not in disk.calls


async def test_what_a_release_submits_is_committed_in_the_next_turn(stage: Stage) -> None:
    stage.open_market()
    stage.sequencer.after_commit(lambda: stage.submit(buy("B2", 1, "10.00")))
    stage.submit(buy("B1", 1, "10.00"))
    await asyncio.sleep(0)
    assert stage.told == ["accepted B1 1@10", "bid 10: 1 in 1"]
    await asyncio.sleep(0)
    assert stage.told[2:] == ["accepted B2 1@10", "bid 10: 2 in 2"]


async def test_time_never_goes_back(stage: Stage) -> None:
    times: list[int] = []
    stage.sequencer.on_events(lambda events: times.extend(event.at for event in events))
    for now in (1000, 990, 1000, 1001, 0):
        stage.now = now
        stage.submit(OpenAccount(ALICE))
        stage.sequencer.commit()
    assert times == [1000, 1000, 1000, 1001, 1001]


async def test_without_a_journal_nothing_is_kept(tmp_path: Path) -> None:
    stage = Stage(tmp_path, Durability.NONE)
    stage.open_market()
    stage.submit(buy("B1", 1, "10.00"))
    await stage.sequencer.close()
    assert stage.told == ["accepted B1 1@10", "bid 10: 1 in 1"]
    assert journaled(stage) == stage.sequencer.journal_bytes == 0
    assert list(Sequencer(Venue(), None, lambda: 0, durability=Durability.NONE, on_failure=print).replay()) == []


def test_a_journal_and_a_durability_go_together(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="a journal and a durability go together"):
        Sequencer(Venue(), None, lambda: 0, durability=Durability.OS, on_failure=print)
    with pytest.raises(AssertionError, match="a journal and a durability go together"):
        Sequencer(Venue(), Journal(tmp_path), lambda: 0, durability=Durability.NONE, on_failure=print)


async def test_a_restart_knows_everything_that_was_answered(stage: Stage, tmp_path: Path) -> None:
    stage.open_market()
    stage.submit(buy("B1", 5, "10.00"), buy("B2", 5, "10.00"), cancel("C1", "B1"))
    stage.now = 2000
    await stage.sequencer.close()
    stage.journal.close()
    again = Stage(tmp_path)
    assert again.venue.state_hash() == stage.venue.state_hash()
    again.now = 1500
    again.submit(buy("B3", 1, "10.00"))
    again.sequencer.commit()
    assert again.told == ["accepted B3 1@10", "bid 10: 6 in 2"]
    assert again.venue.now == 2000, "not before what was journaled"
    assert stage.sequencer.journal_bytes == sum(len(payload) for _, payload in list(again.journal.read())[:5])


def test_a_record_that_is_no_command_is_named(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.open()
    journal.append([bytes(8) + b"\x92\xa7unknown\x01"])
    sequencer = Sequencer(Venue(), journal, lambda: 0, durability=Durability.OS, on_failure=print)
    with pytest.raises(
        JournalError, match=r"record 1 of the journal holds no command that this release knows .*'unknown'"
    ):
        list(sequencer.replay())
    journal.close()


async def test_after_close_nothing_further_comes_in(stage: Stage) -> None:
    stage.open_market()
    stage.submit(buy("B1", 1, "10.00"))
    await stage.sequencer.close()
    stage.submit(buy("B2", 1, "10.00"))
    stage.sequencer.after_commit(stage.note("asked"))
    stage.sequencer.commit()
    await a_few_turns()
    assert stage.told == ["accepted B1 1@10", "bid 10: 1 in 1"]
    assert journaled(stage) == 3
    assert stage.failures == []


# Full disk


def filled(stage: Stage, disk: FaultyDisk) -> int:
    """Enters orders until the disk takes no more; how many were taken."""
    stage.open_market()
    disk.space = 0
    for number in range(1000):
        stage.submit(buy(f"B{number}", 1, "10.00"))
        stage.sequencer.commit()
        if stage.refused:
            return number
    raise AssertionError("the disk does not run full")


async def test_on_a_full_disk_orders_are_refused_and_cancels_get_through(
    stage: Stage, disk: HeldDisk, tmp_path: Path
) -> None:
    taken = filled(stage, disk)
    [(refused, why)] = stage.refused
    assert refused == [f"B{taken}"]
    assert "No space left on device" in why and "it goes on by itself when there is space" in why
    stage.told.clear()
    stage.refused.clear()
    stage.submit(buy("X1", 1, "10.00"), cancel("C1", "B0"), buy("X2", 1, "10.00"), cancel("C2", "B1"))
    stage.sequencer.commit()
    assert [refused for refused, _ in stage.refused] == [["X1", "X2"]]
    assert [line.split(":")[0] for line in stage.told] == ["canceled B0 by C1", "bid 10", "canceled B1 by C2", "bid 10"]
    stage.submit(
        commands.CancelForOwner(3),
        commands.BlockTrading(BlockScope.ACCOUNT, "NOBODY", True),
        commands.CancelOnDisconnect("NOBODY", True),
    )
    stage.sequencer.commit()
    assert [refused for refused, _ in stage.refused] == [["X1", "X2"]]
    stage.submit(MassCancel("S", "M"))
    stage.sequencer.commit()
    assert f"mass cancel M: {taken - 3} orders" in stage.told

    disk.space = None
    stage.submit(buy("X1", 1, "10.00"))
    stage.sequencer.commit()
    assert stage.told[-2] == "accepted X1 1@10", "a refused order's identifier was not used"
    assert stage.sequencer.journal_bytes == sum(len(payload) for _, payload in stage.journal.read())
    stage.journal.close()
    again = Stage(tmp_path)
    assert again.venue.state_hash() == stage.venue.state_hash()
    again.journal.close()
    assert stage.failures == []


async def test_when_the_reserve_is_used_up_cancels_are_refused_too(stage: Stage, disk: HeldDisk) -> None:
    taken = filled(stage, disk)
    stage.refused.clear()
    canceled = 0
    while not stage.refused:
        stage.submit(cancel(f"C{canceled}", f"B{canceled}"))
        stage.sequencer.commit()
        canceled += 1
    assert 3 < canceled < taken
    assert [refused for refused, _ in stage.refused] == [[f"C{canceled - 1}"]]
    stage.submit(cancel("C", "B0"), buy("X", 1, "10.00"))
    stage.sequencer.commit()
    assert [refused for refused, _ in stage.refused][1:] == [["C", "X"]]
    assert stage.failures == []


async def test_a_full_disk_holds_up_no_question(stage: Stage, disk: HeldDisk) -> None:
    filled(stage, disk)
    stage.told.clear()
    stage.submit(buy("X", 1, "10.00"))
    stage.sequencer.after_commit(stage.note("asked"))
    await asyncio.sleep(0)
    assert stage.told == ["asked"]


# A journal that fails


async def test_a_failed_journal_ends_it_and_nothing_is_released(stage: Stage, disk: HeldDisk) -> None:
    stage.open_market()
    stage.sequencer.on_commit(lambda: stage.note("taken in"))
    disk.errors = {"sync": errno.EIO}
    for number in range(1000):
        stage.told.clear()
        stage.submit(buy(f"B{number}", 1, "10.00"))
        stage.sequencer.after_commit(stage.note("asked"))
        stage.sequencer.commit()
        if stage.failures:
            break
    [failure] = stage.failures
    assert isinstance(failure, JournalFailed) and "Input/output error" in str(failure)
    assert stage.told == [], "neither its events nor that it was taken in"
    disk.errors = {}
    last = stage.venue.last_event
    stage.submit(cancel("C1", "B0"))
    stage.sequencer.after_commit(stage.note("asked"))
    await a_few_turns()
    await stage.sequencer.close()
    assert (stage.told, stage.venue.last_event, len(stage.failures)) == ([], last, 1)


# Durability fsync


async def test_no_answer_leaves_before_the_disk_has_its_command(durable: Stage, disk: HeldDisk) -> None:
    disk.hold()
    durable.sequencer.on_commit(lambda: durable.note("taken in"))
    durable.submit(buy("B1", 1, "10.00"))
    durable.sequencer.after_commit(durable.note("asked"))
    await a_few_turns()
    assert durable.venue.last_order_id == 1, "applied"
    assert durable.told == [], "and not yet told"
    disk.let_go()
    await until(lambda: bool(durable.told))
    assert durable.told == ["taken in", "accepted B1 1@10", "bid 10: 1 in 1", "asked"]


async def test_what_comes_during_a_sync_shares_the_next(durable: Stage, disk: HeldDisk) -> None:
    before = disk.syncs
    disk.hold()
    for number in range(10):
        durable.submit(buy(f"B{number}", 1, "10.00"))
        durable.sequencer.after_commit(durable.note(f"asked {number}"))
        await asyncio.sleep(0)
    disk.let_go()
    await until(lambda: "asked 9" in durable.told)
    assert [line for line in durable.told if line.startswith("accepted")] == [
        f"accepted B{number} 1@10" for number in range(10)
    ]
    assert [line for line in durable.told if line.startswith("asked")] == [f"asked {number}" for number in range(10)]
    assert disk.syncs == before + 2


async def test_a_question_waits_for_what_came_before_it(durable: Stage, disk: HeldDisk) -> None:
    durable.sequencer.after_commit(durable.note("nothing is open"))
    await asyncio.sleep(0)
    assert durable.told == ["nothing is open"], "nothing is on its way: no sync is needed"
    disk.hold()
    durable.submit(buy("B1", 1, "10.00"))
    await asyncio.sleep(0)
    durable.sequencer.after_commit(durable.note("asked"))
    await a_few_turns()
    assert durable.told == ["nothing is open"]
    disk.let_go()
    await until(lambda: "asked" in durable.told)
    assert durable.told[1:] == ["accepted B1 1@10", "bid 10: 1 in 1", "asked"]


async def test_close_waits_for_the_disk(durable: Stage, disk: HeldDisk) -> None:
    disk.hold()
    durable.submit(buy("B1", 1, "10.00"))
    await asyncio.sleep(0)
    durable.submit(buy("B2", 1, "10.00"))
    closing = asyncio.create_task(durable.sequencer.close())
    await a_few_turns()
    assert not closing.done()
    disk.let_go()
    await closing
    assert durable.told == ["accepted B1 1@10", "bid 10: 1 in 1", "accepted B2 1@10", "bid 10: 2 in 2"]


async def test_a_failed_sync_ends_it_and_nothing_is_released(durable: Stage, disk: HeldDisk) -> None:
    disk.hold()
    disk.errors = {"sync": errno.EIO}
    durable.sequencer.on_commit(lambda: durable.note("taken in"))
    durable.submit(buy("B1", 1, "10.00"))
    await asyncio.sleep(0)
    durable.submit(buy("B2", 1, "10.00"))
    await asyncio.sleep(0)
    disk.let_go()
    await until(lambda: bool(durable.failures))
    disk.errors = {}
    durable.submit(buy("B3", 1, "10.00"))
    durable.sequencer.after_commit(durable.note("asked"))
    await a_few_turns()
    await durable.sequencer.close()
    assert durable.told == []
    [failure] = durable.failures
    assert isinstance(failure, JournalFailed)


@pytest.mark.parametrize("errors", [{}, {"sync": errno.EIO}])
async def test_a_write_that_fails_during_a_sync_releases_neither(
    durable: Stage, disk: HeldDisk, errors: dict[str, int]
) -> None:
    disk.hold()
    disk.errors = errors
    durable.submit(buy("B1", 1, "10.00"))
    await until(lambda: disk.is_syncing)
    durable.journal._failure = "its disk is gone"
    durable.submit(buy("B2", 1, "10.00"))
    await asyncio.sleep(0)
    [failure] = durable.failures
    assert str(failure).endswith("takes no more records: its disk is gone")
    disk.let_go()
    await durable.sequencer.close()
    assert (durable.told, len(durable.failures)) == ([], 1)


async def test_a_disk_that_is_too_far_behind_is_given_no_more(tmp_path: Path) -> None:
    disk = HeldDisk()
    journal = Journal(tmp_path, disk=disk)
    journal.open()
    refused: list[tuple[int, str]] = []
    told: list[int] = []
    sequencer = Sequencer(Venue(), journal, lambda: 0, durability=Durability.FSYNC, on_failure=print)
    sequencer.on_events(lambda events: told.append(len(events)))
    sequencer.on_refusal(lambda commands, why: refused.append((len(commands), why)))
    sequencer.submit(OpenAccount(ALICE))
    sequencer.commit()
    disk.hold()
    for _ in range(UNSYNCED_COMMANDS_MAX + BATCH_COMMANDS_MAX):
        sequencer.submit(OpenAccount(ALICE))
    sequencer.commit()
    behind = UNSYNCED_COMMANDS_MAX + 1 - BATCH_COMMANDS_MAX
    why = f"the journal's disk is {behind} commands behind; try again later"
    assert refused == [(BATCH_COMMANDS_MAX, why), (BATCH_COMMANDS_MAX, why)]
    disk.let_go()
    await until(lambda: sum(told) == behind)
    for _ in range(BATCH_COMMANDS_MAX + 1):
        sequencer.submit(OpenAccount(ALICE))
    await sequencer.close()
    assert (told[-1], len(refused)) == (BATCH_COMMANDS_MAX + 1, 2)
    journal.close()
