"""The journal on a disk that fails: what was taken stays, what was refused is not there, and nothing is half there."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.sequencing.journal import Journal, JournalFailed, JournalFull, read, verify
from exchange.sequencing.journal_format import FRAME_HEAD_BYTES, HEADER_BYTES, frames
from exchange.sequencing.journal_reading import JournalWalk
from tests.exchange.sequencing.faulty_disk import FaultyDisk, ShortDisk, VolatileDisk

SEGMENT_BYTES = 1024


def opened(folder: Path, disk: FaultyDisk | VolatileDisk | None = None, reserve_bytes: int = 0) -> Journal:
    journal = Journal(folder, segment_bytes=SEGMENT_BYTES, reserve_bytes=reserve_bytes, disk=disk)
    journal.open()
    return journal


def records(folder: Path) -> list[bytes]:
    return [payload for _, payload in read(folder)]


def fill(journal: Journal, size: int) -> tuple[int, JournalFull]:
    """Appends records of a size until the disk is full."""
    taken = 0
    while True:
        try:
            taken = journal.append([b"x" * size])
        except JournalFull as refusal:
            return taken, refusal


@pytest.mark.parametrize("shorten", [0, 1, 15, 16, 17, 24, 25, 26, 40, 49])
def test_a_short_write_leaves_nothing_of_its_batch(tmp_path: Path, shorten: int) -> None:
    disk = ShortDisk()
    journal = opened(tmp_path, disk)
    journal.append([b"kept"])
    disk.shorten = shorten
    with pytest.raises(JournalFull, match=f"50 bytes to .*journal: only {shorten} bytes were taken; .* are free there"):
        journal.append([b"refused 1", b"refused 2"])
    assert records(tmp_path) == [b"kept"]
    assert verify(tmp_path).torn is None
    disk.shorten = None
    assert journal.append([b"later"]) == 2
    journal.close()
    assert records(tmp_path) == [b"kept", b"later"]
    assert opened(tmp_path).last == 2


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG])
@pytest.mark.parametrize(
    ("call", "kept"),
    [("write", 0), ("write", 1), ("write", 30), ("allocate", 0), ("allocate", 30), ("create", 0), ("create", 30)],
)
def test_a_refused_batch_may_be_tried_again(tmp_path: Path, call: str, number: int, kept: int) -> None:
    """With 0 records kept the first segment, and with 30 the second, is what the disk refuses."""
    disk = FaultyDisk()
    journal = opened(tmp_path, disk)
    expected = [b"kept %02d, in twenty-seven" % index for index in range(kept)]
    for record in expected:
        journal.append([record])
    disk.errors = {call: number}
    batch = [b"x" * 900]
    for _ in range(2):
        with pytest.raises(JournalFull, match=os.strerror(number)) as refusal:
            journal.append(batch)
        assert refusal.value.needed_bytes >= 900
        assert refusal.value.free_bytes > 0
    assert records(tmp_path) == expected
    disk.errors = {}
    assert journal.append(batch) == kept + 1
    journal.close()
    assert records(tmp_path) == [*expected, *batch]


def test_a_full_disk_is_met_before_a_record_is_accepted(tmp_path: Path) -> None:
    disk = FaultyDisk(space=SEGMENT_BYTES)
    journal = opened(tmp_path, disk)
    taken, refusal = fill(journal, 9)
    assert "No space left on device" in str(refusal)
    assert disk.space == 0
    assert taken == (SEGMENT_BYTES - HEADER_BYTES) // (FRAME_HEAD_BYTES + 9)
    assert len(records(tmp_path)) == taken
    disk.space = None
    assert journal.append([b"after"]) == taken + 1
    journal.close()


def test_the_reserve_takes_what_must_get_through_on_a_full_disk(tmp_path: Path) -> None:
    disk = FaultyDisk(space=SEGMENT_BYTES)
    journal = opened(tmp_path, disk, reserve_bytes=200)
    journal.append([b"x" * 780])
    for _ in range(2):
        with pytest.raises(JournalFull):
            journal.append([b"order" * 20])
        journal.append([b"cancel"], into_reserve=True)
    with pytest.raises(JournalFull):
        journal.append([b"x" * 150], into_reserve=True)
    disk.space = None
    journal.append([b"order" * 20])
    journal.close()
    assert [payload[:6] for payload in records(tmp_path)] == [b"xxxxxx", b"cancel", b"cancel", b"ordero"]
    assert verify(tmp_path).segments == 2


def test_the_reserve_is_there_after_a_restart_on_a_full_disk(tmp_path: Path) -> None:
    journal = opened(tmp_path, reserve_bytes=200)
    journal.append([b"x" * 780])
    journal.close()
    journal = opened(tmp_path, FaultyDisk(space=0), reserve_bytes=200)
    with pytest.raises(JournalFull):
        journal.append([b"order" * 20])
    assert journal.append([b"cancel"], into_reserve=True) == 2
    journal.close()


@pytest.mark.parametrize("call", ["sync", "sync_folder"])
def test_a_disk_that_cannot_keep_a_new_segment_ends_the_journal(tmp_path: Path, call: str) -> None:
    disk = FaultyDisk()
    journal = opened(tmp_path, disk)
    disk.errors = {call: errno.EIO}
    with pytest.raises(JournalFailed, match=r"could not keep a new segment: Input/output error"):
        journal.append([b"x"])
    disk.errors = {}
    with pytest.raises(JournalFailed):
        journal.append([b"x"])
    journal.close()


def test_a_failed_sync_is_never_tried_again(tmp_path: Path) -> None:
    disk = FaultyDisk()
    journal = opened(tmp_path, disk)
    journal.append([b"kept"])
    disk.errors = {"sync": errno.EIO}
    with pytest.raises(JournalFailed, match=r"could not keep what was written: Input/output error"):
        journal.sync()
    disk.errors = {}
    disk.calls.clear()
    calls: list[Callable[[], object]] = [journal.sync, lambda: journal.append([b"x"]), journal.sync]
    for call in calls:
        with pytest.raises(JournalFailed, match="takes no more records: its disk could not keep"):
            call()
    assert disk.calls == []
    journal.close()


def test_a_segment_is_synced_before_the_next_is_begun(tmp_path: Path) -> None:
    disk = FaultyDisk()
    journal = opened(tmp_path, disk)
    journal.append([b"x" * 900])
    disk.calls.clear()
    journal.append([b"x" * 900])
    assert disk.calls == ["sync", "create", "allocate", "write", "sync", "sync_folder", "write"]
    disk.errors = {"sync": errno.EIO}
    with pytest.raises(JournalFailed, match="could not keep what was written"):
        journal.append([b"x" * 900])
    journal.close()


@pytest.mark.parametrize("call", ["truncate", "sync"])
def test_a_refused_batch_that_cannot_be_taken_back_ends_the_journal(tmp_path: Path, call: str) -> None:
    disk = FaultyDisk()
    journal = opened(tmp_path, disk)
    journal.append([b"kept"])
    disk.errors = {"write": errno.EIO, call: errno.EIO}
    with pytest.raises(JournalFailed, match="what an unfinished write left could not be cut"):
        journal.append([b"refused"])
    journal.close()
    assert records(tmp_path) == [b"kept"]


def test_a_segment_that_can_neither_be_begun_nor_removed_ends_the_journal(tmp_path: Path) -> None:
    class DiskOfAnotherOwner(FaultyDisk):
        def allocate(self, file: int, size: int) -> None:
            next(tmp_path.iterdir()).unlink()
            super().allocate(file, size)

    disk = DiskOfAnotherOwner(space=0)
    journal = opened(tmp_path, disk)
    with pytest.raises(JournalFailed, match="could not be removed: No such file"):
        journal.append([b"x"])
    journal.close()


def test_records_are_synced_when_they_are_read_at_the_start(tmp_path: Path) -> None:
    """The process before may have died before its sync: what the replay answers must be on the disk."""
    journal = opened(tmp_path)
    journal.append([b"not synced"])
    journal.close()
    disk = FaultyDisk()
    journal = opened(tmp_path, disk)
    assert disk.calls == ["sync"]
    journal.close()


@pytest.mark.parametrize("seed", range(150))
def test_power_loss_takes_nothing_that_was_synced(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    model: list[bytes] = []
    for _ in range(4):
        disk = VolatileDisk(random)
        journal = opened(tmp_path, disk)
        synced = len(model)
        for _ in range(random.randint(0, 30)):
            batch = [random.randbytes(random.randint(1, 60)) for _ in range(random.randint(1, 8))]
            journal.append(batch)
            model += batch
            if random.random() < 0.3:
                journal.sync()
                synced = len(model)
        journal.close()
        disk.lose_power()
        journal = opened(tmp_path)
        found = records(tmp_path)
        assert len(found) >= synced, seed
        assert found == model[: len(found)], seed
        journal.close()
        model = found


Step = tuple[str, int, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["append", "append", "full", "short", "crash", "reopen"]),
        st.integers(1, 12),
        st.integers(0, 400),
    ),
    max_size=40,
)


@given(STEPS)
@settings(max_examples=150, deadline=None)
def test_the_journal_is_a_list_that_only_grows(steps: list[Step]) -> None:
    with TemporaryDirectory() as folder:
        play(steps, Path(folder))


def play(steps: list[Step], folder: Path) -> None:
    """Takes the steps and compares with a list after each."""
    model: list[bytes] = []
    disk = ShortDisk()
    journal = opened(folder, disk, reserve_bytes=100)
    for kind, count, size in steps:
        batch = [b"%d:" % len(model) + bytes([size % 256]) * (size // count + index) for index in range(count)]
        disk.space, disk.shorten = (0, None) if kind == "full" else (None, size) if kind == "short" else (None, None)
        if kind in {"crash", "reopen"}:
            journal.close()
            if kind == "crash":  # a write was under way, and only a part of it is in the file
                tear(folder, size)
            journal = opened(folder, disk, reserve_bytes=100)
            assert journal.last == len(model)
            continue
        try:
            last = journal.append(batch)
        except JournalFull:
            assert kind != "append"
        else:
            model += batch
            assert last == len(model)
        assert records(folder) == model
    journal.close()
    assert records(folder) == model


def tear(folder: Path, size: int) -> None:
    """Writes the first bytes of a record behind the last one."""
    walk = JournalWalk(folder)
    for _ in walk.batches():
        pass
    if walk.segment is not None:
        frame = frames([b"torn" * 100], walk.expected)
        with walk.segment.path.open("r+b") as file:
            file.seek(walk.position)
            file.write(frame[: size % len(frame)])


def test_a_really_full_file_system_refuses_and_goes_on_when_there_is_space(tiny_file_system: Path) -> None:
    ballast = tiny_file_system / "ballast"
    ballast.write_bytes(bytes(600_000))
    journal = Journal(tiny_file_system / "journal", segment_bytes=200_000, reserve_bytes=10_000)
    journal.open()
    taken, refusal = fill(journal, 1000)
    assert "No space left on device" in str(refusal)
    assert 0 < refusal.free_bytes < refusal.needed_bytes == 200_000
    with pytest.raises(JournalFull):
        journal.append([b"x" * 1000])
    assert journal.append([b"cancel"], into_reserve=True) == taken + 1
    assert len(records(journal.folder)) == taken + 1
    ballast.unlink()
    assert journal.append([b"x" * 1000]) == taken + 2
    journal.close()
    journal.open()
    assert journal.last == taken + 2
    journal.close()


def test_a_write_that_a_full_file_system_cuts_short_is_taken_back(tiny_file_system: Path) -> None:
    """Space that was reserved can be lost to a cut; the next write then meets the full disk itself."""
    journal = Journal(tiny_file_system / "journal", segment_bytes=100_000, reserve_bytes=0)
    journal.open()
    journal.append([b"kept"])
    os.truncate(next(journal.folder.iterdir()), 50)
    (tiny_file_system / "ballast").write_bytes(bytes(900_000))
    with (tiny_file_system / "more").open("wb", buffering=0) as more:
        while os.statvfs(tiny_file_system).f_bavail:
            more.write(bytes(4096))
    with pytest.raises(JournalFull, match="only 4,052 bytes were taken"):
        journal.append([b"x" * 90_000])
    assert records(journal.folder) == [b"kept"]
    journal.close()
