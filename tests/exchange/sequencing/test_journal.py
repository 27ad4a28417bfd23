"""The journal while the disk does what it is asked."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from exchange.sequencing.disk import reserve_by_writing
from exchange.sequencing.journal import Journal, JournalFailed, read, verify
from exchange.sequencing.journal_format import RECORD_BYTES_MAX
from tests.exchange.sequencing.faulty_disk import FaultyDisk

SMALL = 512


def opened(folder: Path, segment_bytes: int = SMALL, reserve_bytes: int = 0) -> Journal:
    journal = Journal(folder, segment_bytes=segment_bytes, reserve_bytes=reserve_bytes)
    journal.open()
    return journal


def payloads(count: int, start: int = 1) -> list[bytes]:
    return [f"record {number}".encode() + bytes(number % 3) for number in range(start, start + count)]


def segment_names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_an_empty_journal_opens_at_zero_and_makes_no_file(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    assert journal.open() == 0
    assert list(journal.read()) == []
    assert list((tmp_path / "journal").iterdir()) == []


def test_records_are_numbered_from_one_without_a_gap_over_reopening(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    assert journal.append(payloads(3)) == 3
    assert journal.append([]) == 3
    journal.close()
    journal = opened(tmp_path)
    assert journal.last == 3
    assert journal.append(payloads(2, 4)) == 5
    assert list(journal.read()) == list(enumerate(payloads(5), 1))
    journal.close()


def test_a_batch_is_one_write(tmp_path: Path) -> None:
    disk = FaultyDisk()
    journal = Journal(tmp_path, disk=disk)
    journal.open()
    journal.append(payloads(2))
    disk.calls.clear()
    journal.append(payloads(1000))
    assert disk.calls == ["write"]
    journal.close()


def test_a_batch_that_does_not_fit_begins_a_segment_and_none_is_split(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    for start in range(1, 41, 10):
        journal.append(payloads(10, start))
    journal.close()
    assert segment_names(tmp_path) == [f"{first:020d}.journal" for first in (1, 11, 21, 31)]
    assert {path.stat().st_size for path in tmp_path.iterdir()} == {SMALL}
    assert list(read(tmp_path)) == list(enumerate(payloads(40), 1))


def test_a_batch_larger_than_a_segment_gets_a_segment_of_its_size(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    journal.append([b"a" * 5000, b"b" * 5000])
    journal.append(payloads(1, 3))
    journal.close()
    assert segment_names(tmp_path) == [f"{first:020d}.journal" for first in (1, 3)]
    assert [len(payload) for _, payload in read(tmp_path)] == [5000, 5000, 8]
    assert opened(tmp_path).last == 3


@pytest.mark.parametrize("after", range(12))
def test_reading_begins_behind_any_record(tmp_path: Path, after: int) -> None:
    journal = opened(tmp_path, segment_bytes=120)
    for record in payloads(10):
        journal.append([record])
    assert len(segment_names(tmp_path)) > 2
    assert list(journal.read(after)) == list(enumerate(payloads(10), 1))[after:]
    journal.close()


@pytest.mark.parametrize(
    ("length", "is_taken"), [(0, False), (1, True), (RECORD_BYTES_MAX, True), (RECORD_BYTES_MAX + 1, False)]
)
def test_a_record_has_a_length_that_recovery_can_tell_from_damage(tmp_path: Path, length: int, is_taken: bool) -> None:
    journal = opened(tmp_path)
    batch = [b"before", b"x" * length]
    if is_taken:
        journal.append(batch)
    else:
        with pytest.raises(ValueError, match=f"1 to {RECORD_BYTES_MAX} bytes, not {length}"):
            journal.append(batch)
    journal.close()
    assert [len(payload) for _, payload in read(tmp_path)] == ([6, length] if is_taken else [])


def test_a_segment_must_hold_its_reserve(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"segment_bytes 1000 is too small.* so 2024 is the least"):
        Journal(tmp_path, segment_bytes=1000, reserve_bytes=1000)


def test_a_journal_that_is_not_open_takes_nothing(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    with pytest.raises(JournalFailed, match="it is not open"):
        journal.append([b"x"])
    journal.open()
    journal.sync()
    journal.append([b"x"])
    journal.close()
    for call in (lambda: journal.append([b"x"]), journal.sync):
        with pytest.raises(JournalFailed, match="it is closed"):
            call()


def test_verify_counts_and_changes_nothing(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    for start in range(1, 41, 10):
        journal.append(payloads(10, start))
    journal.close()
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    report = verify(tmp_path)
    used = 4 * 24 + sum(16 + len(record) for record in payloads(40))
    assert (report.segments, report.records, report.first, report.last, report.bytes) == (4, 40, 1, 40, used)
    assert (report.torn, report.unfinished, report.damage) == (None, "", None)
    assert before == {path: path.read_bytes() for path in tmp_path.iterdir()}


def test_verify_of_an_empty_journal(tmp_path: Path) -> None:
    report = verify(tmp_path)
    assert (report.segments, report.records, report.first, report.last, report.bytes) == (0, 0, 0, 0, 0)


def test_files_of_other_names_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "1.journal").write_text("not a segment's name")
    journal = opened(tmp_path)
    journal.append(payloads(1))
    journal.close()
    assert [number for number, _ in read(tmp_path)] == [1]
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_syncing_in_a_thread_while_segments_are_begun(tmp_path: Path) -> None:
    journal = opened(tmp_path, segment_bytes=2048)
    is_over = threading.Event()
    faults: list[BaseException] = []

    def sync_on() -> None:
        try:
            while not is_over.is_set():
                journal.sync()
        except BaseException as fault:  # noqa: BLE001 - whatever it is, the test reports it
            faults.append(fault)

    thread = threading.Thread(target=sync_on)
    thread.start()
    for start in range(1, 2001, 20):
        journal.append(payloads(20, start))
    is_over.set()
    thread.join()
    journal.close()
    assert faults == []
    assert list(read(tmp_path)) == list(enumerate(payloads(2000), 1))


WRITER = """
import sys
from pathlib import Path
from exchange.sequencing.journal import Journal
journal = Journal(Path(sys.argv[1]), segment_bytes=8192, reserve_bytes=0)
journal.open()
print("ready", flush=True)
for start in range(1, 60_001, 30):
    journal.append([b"%d" % number for number in range(start, start + 30)])
journal.close()
"""


def test_reading_and_verifying_beside_a_writing_process_never_sees_damage(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        seen, looks = 0, 0
        while writer.poll() is None:
            for number, payload in read(tmp_path, seen):
                assert number == seen + 1 == int(payload)
                seen = number
            assert verify(tmp_path).damage is None
            looks += 1
    assert [number for number, _ in read(tmp_path, seen)] == list(range(seen + 1, 60_001))
    assert looks > 2


def test_space_can_be_reserved_without_the_system_call(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w+b", buffering=0) as file:
        file.write(b"begun")
        reserve_by_writing(file.fileno(), 0, 3_000_000)
        reserve_by_writing(file.fileno(), 0, 10)
    content = (tmp_path / "file").read_bytes()
    assert content == b"begun" + bytes(3_000_000 - 5)
