"""The event log: what is appended is read, over rolls, restarts, damage and full disks, or said to be gone."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from exchange.events import Event
from exchange.sequencing import event_log_reader
from exchange.sequencing.event_log import EventLogReader, EventLogWriter, EventsAhead, EventsGone
from tests.exchange.sequencing.event_batches import batch, event, opening
from tests.exchange.sequencing.log_under_test import Log, drain, on_file


def test_every_kind_of_event_is_read_as_it_was_written(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.append(22)
    log.writer.close()
    assert on_file(tmp_path) == batch(1, 22)


def test_an_empty_log_has_no_events(tmp_path: Path) -> None:
    for after in (0, None):
        with EventLogReader(tmp_path, after) as reader:
            assert reader.read(10) == []
            assert reader.last == 0
    log = Log(tmp_path)
    log.writer.append([])
    assert log.segments() == []


def test_a_reader_follows_from_segment_to_segment(tmp_path: Path) -> None:
    log = Log(tmp_path)
    with EventLogReader(tmp_path, 0) as reader:
        for first in range(1, 400, 10):
            log.append(10)
            assert reader.read(1000) == batch(first, 10)
            assert reader.last == first + 9
            assert reader.read(1000) == []
    assert len(log.segments()) > 3
    log.writer.close()


@pytest.mark.parametrize("after", [1, 9, 10, 11, 137, 299, 300])
def test_a_reader_begins_behind_any_event(tmp_path: Path, after: int) -> None:
    log = Log(tmp_path)
    for _ in range(30):
        log.append(10)
    log.writer.close()
    with EventLogReader(tmp_path, after) as reader:
        assert reader.last == after
        assert drain(reader) == batch(after + 1, 300 - after)


@pytest.mark.parametrize("limit", [1, 3, 10, 11, 1000])
def test_no_more_events_are_given_than_asked_for(tmp_path: Path, limit: int) -> None:
    log = Log(tmp_path)
    for _ in range(12):
        log.append(10)
    log.writer.close()
    with EventLogReader(tmp_path, 0) as reader:
        assert drain(reader, limit) == batch(1, 120)


def test_a_market_data_reader_begins_with_the_newest_opening(tmp_path: Path) -> None:
    log = Log(tmp_path)
    for _ in range(30):
        log.append(10)
    log.writer.start_segment()
    log.append(5)
    with EventLogReader(tmp_path, None) as reader:
        assert reader.read(1) == opening(300)[:1]
        assert drain(reader) == [*opening(300)[1:], *batch(301, 5)]
        for first in range(306, 900, 9):
            log.append(9)
            assert drain(reader) == batch(first, 9)
    log.writer.close()


def test_events_that_an_opening_includes_are_not_given_again(tmp_path: Path) -> None:
    """The venue may be some events ahead of the log when a segment is begun."""
    log = Log(tmp_path)
    log.append(10)
    log.number = 13
    log.writer.start_segment()
    with EventLogReader(tmp_path, None) as reader:
        assert drain(reader) == opening(13)
        assert reader.last == 13
        log.writer.append(batch(11, 2))
        assert reader.read(10) == []
        log.writer.append(batch(13, 4))
        assert reader.read(10) == batch(14, 3)
    assert on_file(tmp_path) == batch(1, 16)
    log.writer.close()


def test_a_batch_may_be_longer_than_one_read(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.append(5)
    log.append(30_000)
    log.writer.close()
    assert log.segments()[0].stat().st_size > event_log_reader.READ_BYTES
    with EventLogReader(tmp_path, 0) as reader:
        assert drain(reader, 999) == batch(1, 30_005)


def test_a_segment_that_is_deleted_while_it_is_opened_is_looked_for_again(tmp_path: Path) -> None:
    name = tmp_path / f"{1:020d}.events"
    name.symlink_to(tmp_path / "gone")
    with EventLogReader(tmp_path, 0) as reader:
        assert reader.read(1) == []
        name.unlink()
        log = Log(tmp_path)
        log.append(3)
        assert reader.read(5) == batch(1, 3)
        log.writer.close()


def test_a_segment_without_events_is_not_begun_twice(tmp_path: Path) -> None:
    log = Log(tmp_path)
    for _ in range(2):
        log.writer.start_segment()
    log.append(3)
    for _ in range(2):
        log.writer.start_segment()
    assert [path.name for path in log.segments()] == [f"{first:020d}.events" for first in (1, 4)]
    log.writer.close()


def test_the_writer_goes_on_after_a_restart_under_the_same_reader(tmp_path: Path) -> None:
    reader = EventLogReader(tmp_path, 0)
    for start in range(5):
        log = Log(tmp_path)
        assert log.number == start * 25
        log.writer.start_segment()
        log.append(25)
        log.writer.close()
        assert drain(reader) == batch(start * 25 + 1, 25)
    reader.close()


def test_every_cut_leaves_the_whole_batches_and_is_only_an_end_to_readers(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.append(3)
    begin = log.segments()[0].stat().st_size
    log.append(2)
    log.writer.close()
    path = log.segments()[0]
    whole = path.read_bytes()
    for cut in range(begin, len(whole)):
        path.write_bytes(whole[:cut])
        with EventLogReader(tmp_path, 0) as reader:
            assert drain(reader) == batch(1, 3)
            again = Log(tmp_path)
            assert again.number == 3
            assert drain(reader) == []
            again.append(2)
            again.writer.close()
            assert drain(reader) == batch(4, 2)
        assert path.read_bytes() == whole


def test_every_bit_of_a_batch_is_noticed(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.append(2)
    begin = log.segments()[0].stat().st_size
    log.append(1)
    end = log.segments()[0].stat().st_size
    log.append(1)
    log.writer.close()
    path = log.segments()[0]
    whole = path.read_bytes()
    for bit in range(begin * 8, end * 8):
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(changed)
        with EventLogReader(tmp_path, 0) as reader:
            given: list[Event] = []
            try:
                given = drain(reader, 1)
                given += drain(reader, 1)
            except EventsGone:
                pass
            assert given in ([], batch(1, 2)), bit
        assert Log(tmp_path).number == 2, bit


@pytest.mark.parametrize("segment", range(4))
@pytest.mark.parametrize("offset", [3, 12, 30, 200, 600])
def test_what_is_damaged_is_cut_off_and_written_again(tmp_path: Path, segment: int, offset: int) -> None:
    log = Log(tmp_path, segment_bytes=1024)
    for _ in range(20):
        log.append(5)
    log.writer.close()
    assert len(log.segments()) > 5
    path = log.segments()[segment]
    path.write_bytes(path.read_bytes()[:offset] + b"\xa5\x5a" + path.read_bytes()[offset + 2 :])
    again = Log(tmp_path, segment_bytes=1024)
    assert again.number < 100
    assert on_file(tmp_path) == batch(1, again.number)
    again.append(100 - again.number)
    again.append(5)
    again.writer.close()
    assert on_file(tmp_path) == batch(1, 105)


def test_a_log_whose_oldest_segment_is_damaged_begins_anew(tmp_path: Path) -> None:
    log = Log(tmp_path, segment_bytes=1024, keep=2, most=2)
    for _ in range(20):
        log.append(5)
    log.writer.close()
    log.segments()[0].write_bytes(b"")
    assert Log(tmp_path).number == 0
    assert log.segments() == []


def test_damage_that_a_reader_meets_is_said(tmp_path: Path) -> None:
    log = Log(tmp_path, segment_bytes=1024)
    for _ in range(20):
        log.append(5)
    first, second = log.segments()[:2]
    path, content = first, bytearray(first.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with EventLogReader(tmp_path, 0) as reader:
        for _ in range(2):
            with pytest.raises(
                EventsGone, match=r"is damaged: a frame whose checksum is .* rebuilt from the journal"
            ) as gone:
                drain(reader)
            assert gone.value.first_available == int(second.stem)
    log.writer.close()


@pytest.mark.parametrize(("size", "text"), [(0, "does not begin with its header"), (24, "has no opening")])
def test_a_segment_without_its_beginning_is_damaged(tmp_path: Path, size: int, text: str) -> None:
    log = Log(tmp_path)
    log.append(5)
    log.writer.close()
    path = log.segments()[0]
    path.write_bytes(path.read_bytes()[:size])
    with EventLogReader(tmp_path, 0) as reader, pytest.raises(EventsGone, match=text):
        reader.read(1)


def test_frames_out_of_turn_are_damage(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.append(5)
    begin = log.segments()[0].stat().st_size
    log.append(5)
    log.writer.close()
    path = log.segments()[0]
    path.write_bytes(path.read_bytes() + path.read_bytes()[begin:])
    with (
        EventLogReader(tmp_path, 0) as reader,
        pytest.raises(EventsGone, match="events from 6 where those from 11 belong"),
    ):
        drain(reader)
    assert Log(tmp_path).number == 10


def test_old_segments_go_when_every_reader_has_passed_them(tmp_path: Path) -> None:
    log = Log(tmp_path, segment_bytes=1024, keep=3)
    for _ in range(40):
        log.append(5)
    many = len(log.segments())
    assert many > 10
    second = int(log.segments()[1].stem)
    log.writer.release_below(second - 1)
    assert len(log.segments()) == many
    log.writer.release_below(second)
    assert len(log.segments()) == many - 1
    log.writer.release_below(200)
    assert len(log.segments()) == 3
    log.writer.close()
    assert Log(tmp_path).number == 200


def test_a_reader_that_is_too_late_is_told_so(tmp_path: Path) -> None:
    log = Log(tmp_path, segment_bytes=1024, keep=2, most=4)
    log.append(5)
    late = EventLogReader(tmp_path, 0)
    assert late.read(3) == batch(1, 3)
    for _ in range(40):
        log.append(5)
    assert len(log.segments()) == 4
    first = int(log.segments()[0].stem)
    with (
        late,
        pytest.raises(
            EventsGone, match=f"which begins with event {first}; what is built from it must be rebuilt"
        ) as gone,
    ):
        drain(late)
    assert gone.value.first_available == first
    assert not isinstance(gone.value, EventsAhead)
    with EventLogReader(tmp_path, first - 2) as reader, pytest.raises(EventsGone):
        reader.read(1)
    assert on_file(tmp_path, first - 1) == batch(first, 206 - first)
    log.writer.close()


def test_a_reader_whose_segment_was_deleted_at_its_end_goes_on(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.append(5)
    with EventLogReader(tmp_path, 0) as reader:
        assert drain(reader) == batch(1, 5)
        log.writer.close()
        log.segments()[0].unlink()
        log.number = 0
        again = Log(tmp_path)
        again.append(3)
        again.append(2)
        assert drain(reader) == []
        again.append(4)
        assert drain(reader) == batch(6, 4)
        again.writer.close()


@pytest.mark.parametrize("number", [0, 1, 7, 10, 13, 59, 60, 99])
def test_events_that_the_journal_has_lost_are_taken_back(tmp_path: Path, number: int) -> None:
    log = Log(tmp_path, segment_bytes=1024)
    for _ in range(20):
        log.append(5)
    log.writer.close()
    again = Log(tmp_path, segment_bytes=1024)
    reader = EventLogReader(tmp_path, 0)
    drain(reader)
    again.writer.drop_after(number)
    assert again.writer.last == again.number - (100 - number)
    again.number = number
    assert on_file(tmp_path) == batch(1, number)
    for _ in range(2):
        with pytest.raises(EventsAhead, match=r"event 100 was read, but the event log .* power was lost"):
            reader.read(1)
    reader.close()
    with EventLogReader(tmp_path, 100) as late, pytest.raises(EventsAhead):
        late.read(1)
    again.writer.start_segment()
    again.append(30)
    again.writer.close()
    assert on_file(tmp_path) == batch(1, number + 30)
    assert Log(tmp_path).number == number + 30


def test_events_are_taken_back_to_the_end_of_a_segment(tmp_path: Path) -> None:
    log = Log(tmp_path, segment_bytes=1024)
    for _ in range(20):
        log.append(5)
    number = int(log.segments()[3].stem) - 1
    log.writer.drop_after(number)
    log.number = number
    assert len(log.segments()) == 3
    assert on_file(tmp_path) == batch(1, number)
    log.append(5)
    log.writer.close()
    assert on_file(tmp_path) == batch(1, number + 5)


def test_nothing_is_taken_back_that_the_journal_has(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.append(5)
    log.writer.drop_after(5)
    log.writer.drop_after(9)
    assert log.writer.last == 5
    log.writer.close()
    assert on_file(tmp_path) == batch(1, 5)


@pytest.mark.parametrize(("first", "count"), [(1, 2), (5, 2), (7, 2)])
def test_events_out_of_turn_are_a_bug(tmp_path: Path, first: int, count: int) -> None:
    log = Log(tmp_path)
    log.append(5)
    with pytest.raises(AssertionError, match=f"events {first} to {first + count - 1} after 5"):
        log.writer.append(batch(first, count))
    with pytest.raises(AssertionError):
        log.writer.append([event(6), event(8)])
    log.writer.close()


def test_at_least_one_segment_is_kept(tmp_path: Path) -> None:
    for keep, most in ((0, 5), (6, 5)):
        with pytest.raises(ValueError, match=f"keep_segments {keep} is not between 1 and max_segments 5"):
            EventLogWriter(tmp_path, opening=list, keep_segments=keep, max_segments=most)


WRITER = """
import sys
from pathlib import Path
from exchange.sequencing.event_log import EventLogWriter
from tests.exchange.sequencing.event_batches import batch, opening
number = 0
writer = EventLogWriter(Path(sys.argv[1]), opening=lambda: opening(number), segment_bytes=20_000)
writer.open()
print("ready", flush=True)
while number < 30_000:
    number += 20
    writer.append(batch(number - 19, 20))
writer.close()
"""


def test_readers_follow_another_process_over_many_segments(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer,
        EventLogReader(tmp_path, 0) as store,
        EventLogReader(tmp_path, None) as market_data,
    ):
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        stored, published = 0, 0
        end = time.monotonic() + 50
        while stored < 30_000 or published < 30_000:
            assert time.monotonic() < end, (stored, published)
            for given in store.read(500):
                assert given.number == stored + 1
                stored += 1
            for given in market_data.read(500):
                assert given.number in {published, published + 1} or published == 0
                published = given.number
    assert len(list(tmp_path.iterdir())) > 50
