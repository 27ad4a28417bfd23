"""The event log on a disk that fails: events wait, nothing is left out, and the matching loop never hears of it."""

from __future__ import annotations

import errno
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.events import Event
from exchange.sequencing import event_log_writer
from exchange.sequencing.event_log import EventLogReader
from tests.exchange.sequencing.event_batches import batch
from tests.exchange.sequencing.faulty_disk import FaultyDisk, ShortDisk
from tests.exchange.sequencing.log_under_test import Log, drain, on_file


@pytest.mark.parametrize("shorten", [0, 1, 19, 20, 21, 100, 120])
def test_events_wait_for_a_disk_that_takes_only_a_part(tmp_path: Path, shorten: int) -> None:
    disk = ShortDisk()
    log = Log(tmp_path, disk=disk)
    log.append(5)
    with EventLogReader(tmp_path, 0) as reader:
        given = drain(reader)
        disk.shorten = shorten
        for _ in range(5):
            log.append(5)
            given += drain(reader)
        assert given == batch(1, len(given))
        assert log.writer.backlog_bytes > 0
        disk.shorten = None
        log.append(5)
        assert log.writer.backlog_bytes == 0
        given += drain(reader)
        assert given == batch(1, 35)
    log.writer.close()
    assert Log(tmp_path).number == 35


def test_no_segment_is_begun_while_events_wait(tmp_path: Path) -> None:
    disk = ShortDisk()
    log = Log(tmp_path, segment_bytes=1024, disk=disk)
    log.append(5)
    disk.shorten = 300
    for _ in range(5):
        log.append(20)
    assert log.segments()[0].stat().st_size > 2048
    assert len(log.segments()) == 1
    disk.shorten = None
    log.append(20)
    assert len(log.segments()) == 2
    log.writer.close()
    assert on_file(tmp_path) == batch(1, 125)


def test_events_wait_for_a_full_disk_and_the_last_go_out_at_the_end(tmp_path: Path) -> None:
    disk = FaultyDisk()
    log = Log(tmp_path, segment_bytes=2048, disk=disk)
    log.append(5)
    disk.errors = {"write": errno.ENOSPC}
    for _ in range(20):
        log.append(5)
    log.writer.start_segment()
    assert len(log.segments()) == 1
    assert on_file(tmp_path) == batch(1, 5)
    disk.errors = {}
    log.writer.close()
    assert on_file(tmp_path) == batch(1, 105)


def test_a_log_whose_backlog_is_full_gives_up_and_is_brought_up_to_date_later(tmp_path: Path) -> None:
    disk = FaultyDisk()
    log = Log(tmp_path, disk=disk)
    log.append(5)
    disk.errors = {"write": errno.ENOSPC}
    while not log.writer.broken:
        assert log.writer.backlog_bytes <= event_log_writer.BACKLOG_BYTES_MAX
        log.append(2_000)
    assert "No space left on device" in log.writer.broken
    assert log.writer.backlog_bytes == 0
    log.append(5)
    log.writer.start_segment()
    disk.errors = {}
    log.append(5)
    log.writer.close()
    again = Log(tmp_path)
    assert again.number == 5
    again.append(3)
    again.writer.close()
    assert on_file(tmp_path) == batch(1, 8)


@pytest.mark.parametrize("errors", [{"create": errno.ENOSPC}, {"write": errno.EIO}])
def test_a_log_that_cannot_be_begun_gives_up(tmp_path: Path, errors: dict[str, int]) -> None:
    disk = FaultyDisk()
    disk.errors = errors
    log = Log(tmp_path, disk=disk)
    log.append(5)
    assert log.writer.broken.startswith(f"no segment can be begun in {tmp_path}: ")
    assert log.segments() == []
    log.writer.close()


def test_a_segment_that_cannot_be_begun_leaves_the_present_one_in_use(tmp_path: Path) -> None:
    disk = FaultyDisk()
    log = Log(tmp_path, segment_bytes=1024, disk=disk)
    disk.errors = {}
    log.append(3)
    disk.errors = {"create": errno.ENOSPC}
    for _ in range(20):
        log.append(3)
    assert len(log.segments()) == 1
    assert not log.writer.broken
    disk.errors = {}
    for _ in range(20):
        log.append(3)
    assert len(log.segments()) > 3
    log.writer.close()
    assert on_file(tmp_path) == batch(1, 123)


def test_an_opening_that_is_not_taken_whole_is_no_segment(tmp_path: Path) -> None:
    disk = ShortDisk()
    log = Log(tmp_path, disk=disk)
    log.append(3)
    disk.shorten = 30
    log.writer.start_segment()
    disk.shorten = None
    log.append(3)
    log.writer.close()
    assert len(log.segments()) == 1
    assert on_file(tmp_path) == batch(1, 6)


STEPS = st.lists(
    st.tuples(st.sampled_from(["append", "append", "read", "restart", "segment", "full", "tear"]), st.integers(1, 30)),
    max_size=60,
)


@given(STEPS)
@settings(max_examples=100, deadline=None)
def test_a_reader_gets_every_event_once_and_in_order(steps: list[tuple[str, int]]) -> None:
    with TemporaryDirectory() as name:
        folder, disk = Path(name), FaultyDisk()
        log = Log(folder, disk=disk, segment_bytes=2048)
        given_events: list[Event] = []
        with EventLogReader(folder, 0) as reader:
            for kind, count in steps:
                disk.errors = {"write": errno.ENOSPC} if kind == "full" else {}
                if kind in {"append", "full"} and not log.writer.broken:
                    log.append(count)
                elif kind == "read":
                    given_events += reader.read(count)
                elif kind == "segment":
                    log.writer.start_segment()
                elif kind in {"restart", "tear"}:
                    total = log.number
                    log.writer.close()
                    if kind == "tear" and log.segments():
                        with log.segments()[-1].open("ab") as file:
                            file.write(bytes([count]) * count)
                    log = Log(folder, disk=disk, segment_bytes=2048)
                    if log.number < total:
                        log.append(total - log.number)
            disk.errors = {}
            if log.writer.broken:
                log = Log(folder, disk=disk, segment_bytes=2048)
            log.append(1)
            log.writer.close()
            given_events += drain(reader)
        assert given_events == batch(1, log.number)
