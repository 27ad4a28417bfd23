"""The session log: what was flushed is found again, wherever the process was killed, and nothing else is."""

from __future__ import annotations

import resource
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from gateway.fix.session_log import BACKLOG_BYTES_MAX, SessionLog
from gateway.fix.session_log_file import record


def state(log: SessionLog) -> tuple[int, int, int, list[tuple[int, bytes]]]:
    return log.next_in, log.next_out, log.last_event, list(log.sent(1, log.next_out))


def reopened(folder: Path, **more: int) -> SessionLog:
    return SessionLog(folder, "A", **more)


@contextmanager
def files_end_at(size: int) -> Iterator[None]:
    """As on a full disk: no file of this process grows beyond `size` meanwhile, nor the one that tests' logs go to."""
    assert signal.getsignal(signal.SIGXFSZ) is signal.SIG_IGN
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        with structlog.testing.capture_logs():
            yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_new_log_knows_nothing(tmp_path: Path) -> None:
    log = reopened(tmp_path)
    assert state(log) == (1, 1, 0, []) and log.is_new
    log.close()
    assert reopened(tmp_path).is_new, "nothing was recorded"


def test_what_was_flushed_is_found_again(tmp_path: Path) -> None:
    log = reopened(tmp_path)
    log.skip_to_event(7)
    log.record_administrative()
    log.record_application(b"one", 9)
    log.record_application(b"two", 0)
    log.next_in = 5
    assert log.flush()
    expected = (5, 4, 9, [(2, b"one"), (3, b"two")])
    assert state(log) == expected
    again = reopened(tmp_path)
    assert state(again) == expected and not again.is_new


def test_comp_ids_name_different_files(tmp_path: Path) -> None:
    names = ["A", "A.log", "A.older", "A.log.older", "A.new", "A.log.new", "a/b", "..", "a b"]
    for number, name in enumerate(names, 1):
        log = SessionLog(tmp_path, name)
        log.record_application(name.encode(), number)
        log.close()
    for number, name in enumerate(names, 1):
        assert state(SessionLog(tmp_path, name)) == (1, 2, number, [(1, name.encode())])


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "A.log").write_bytes(b"notes on something")
    with pytest.raises(ValueError, match=r"A\.log is not a session log of this release"):
        reopened(tmp_path)
    assert (tmp_path / "A.log").read_bytes() == b"notes on something"


def test_killed_at_any_byte_it_has_all_whole_records(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    log = reopened(source)
    states, sizes = [state(log)], [8]
    for step in range(6):
        if step == 3:
            log.next_in = 17
        elif step % 2:
            log.record_administrative()
        else:
            log.record_application(b"message %d" % step, step + 1)
        log.flush()
        states.append(state(log))
        sizes.append((source / "A.log").stat().st_size)
    data = (source / "A.log").read_bytes()
    for length in range(len(data) + 1):
        folder = tmp_path / "killed"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        (folder / "A.log").write_bytes(data[:length])
        whole = max((at for at, size in enumerate(sizes) if size <= length), default=0)
        found = reopened(folder)
        assert state(found) == states[whole], f"cut at {length}"
        found.record_application(b"next", 99)
        found.close()
        assert state(reopened(folder))[3][-1] == (states[whole][1], b"next"), f"cut at {length}"


def test_a_damaged_record_ends_what_is_believed(tmp_path: Path) -> None:
    log = reopened(tmp_path)
    for number in range(3):
        log.record_application(b"message", number)
    log.close()
    path = tmp_path / "A.log"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    assert state(reopened(tmp_path)) == (1, 3, 1, [(1, b"message"), (2, b"message")])


def test_it_is_divided_at_half_its_limit_and_forgets_the_oldest(tmp_path: Path) -> None:
    log = reopened(tmp_path, limit_bytes=10_000)
    for number in range(1, 1_001):
        log.record_application(b"%050d" % number, number)
        log.next_in = number * 2
        assert log.flush()
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ["A.log", "A.log.older"]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 10_500
    for found in (log, reopened(tmp_path, limit_bytes=10_000)):
        next_in, next_out, last_event, sent = state(found)
        assert (next_in, next_out, last_event) == (2_000, 1_001, 1_000)
        first = sent[0][0]
        assert sent == [(number, b"%050d" % number) for number in range(first, 1_001)]
        assert 40 < 1_001 - first < 120


def test_numbers_survive_when_only_received_numbers_fill_the_log(tmp_path: Path) -> None:
    log = reopened(tmp_path, limit_bytes=1_000)
    log.record_application(b"one", 3)
    for number in range(2, 200):
        log.next_in = number
        assert log.flush()
    assert state(reopened(tmp_path)) == (199, 2, 3, [])


def test_killed_while_it_is_divided_it_has_its_numbers(tmp_path: Path) -> None:
    log = reopened(tmp_path)
    log.record_application(b"one", 3)
    log.next_in = 4
    log.close()
    (tmp_path / "A.log").rename(tmp_path / "A.log.older")
    (tmp_path / "A.log.new").write_bytes(b"FXPS")
    found = reopened(tmp_path)
    assert state(found) == (4, 2, 3, [(1, b"one")]) and not found.is_new


@pytest.mark.parametrize("limit", [1 << 20, 400])
def test_a_reset_begins_at_1_and_keeps_what_was_reported(tmp_path: Path, limit: int) -> None:
    log = reopened(tmp_path, limit_bytes=limit)
    for number in range(1, 10):
        log.record_application(b"old" * 10, number)
        log.flush()
    log.next_in = 7
    log.record_application(b"not yet flushed", 10)
    log.reset()
    assert state(log) == (1, 1, 10, [])
    # Killed now, there was no reset.
    assert reopened(tmp_path).next_out == 10
    log.record_application(b"new", 11)
    assert log.flush() and log.resets == 1
    assert state(log) == state(reopened(tmp_path)) == (1, 2, 11, [(1, b"new")])
    assert [path.name for path in tmp_path.iterdir()] == ["A.log"]


def test_a_reset_alone_is_recorded(tmp_path: Path) -> None:
    log = reopened(tmp_path)
    log.record_application(b"old", 1)
    log.close()
    log = reopened(tmp_path)
    log.reset()
    log.close()
    assert state(reopened(tmp_path)) == (1, 1, 1, [])


def test_on_a_full_disk_everything_waits(tmp_path: Path) -> None:
    log = reopened(tmp_path)
    log.record_application(b"before", 1)
    assert log.flush()
    size = (tmp_path / "A.log").stat().st_size
    for room in (0, 1, 40):
        with files_end_at(size + room):
            for number in range(3):
                log.record_application(b"x" * 100, 2 + number)
                log.next_in += 1
                assert not log.flush()
            assert state(reopened(tmp_path))[:2] == (log.next_in - 3, log.next_out - 3), "nothing of it stays"
        assert log.flush()
        assert state(reopened(tmp_path)) == state(log)
        size = (tmp_path / "A.log").stat().st_size
    assert len(state(log)[3]) == 10


def test_on_a_full_disk_nothing_is_divided_or_reset_and_nothing_lost(tmp_path: Path) -> None:
    log = reopened(tmp_path, limit_bytes=2_000)
    log.record_application(b"x" * 960, 1)
    assert log.flush()
    log.record_application(b"y" * 10, 2)
    with files_end_at(0):
        assert not log.flush()
    log.flush()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["A.log", "A.log.older"]
    log.record_application(b"z", 3)
    log.reset()
    log.record_application(b"new", 4)
    with files_end_at(20):
        assert not log.flush() and not log.flush()
        assert state(reopened(tmp_path)) == (1, 3, 2, [(1, b"x" * 960), (2, b"y" * 10)])
    assert log.flush()
    assert state(reopened(tmp_path)) == (1, 2, 4, [(1, b"new")])


def test_a_log_that_cannot_be_divided_goes_on(tmp_path: Path) -> None:
    log = reopened(tmp_path, limit_bytes=200)
    (tmp_path / "A.log.new").mkdir()
    for number in range(1, 10):
        log.record_application(b"x" * 50, number)
        assert log.flush()
    (tmp_path / "A.log.new").rmdir()
    assert len(state(reopened(tmp_path))[3]) == 9
    log.record_application(b"y", 10)
    assert log.flush()
    assert (tmp_path / "A.log.older").exists()


def test_what_waits_for_the_disk_has_a_limit(tmp_path: Path) -> None:
    log = reopened(tmp_path)
    log.record_application(b"x" * BACKLOG_BYTES_MAX, 1)
    assert log.is_overfull
    log.flush()
    assert not log.is_overfull


def test_a_closed_log_takes_nothing_and_says_so(tmp_path: Path) -> None:
    log = reopened(tmp_path)
    log.record_application(b"one", 1)
    log.close()
    assert log.flush()
    log.record_application(b"two", 2)
    assert not log.flush()
    log.close()
    assert state(reopened(tmp_path)) == (1, 2, 1, [(1, b"one")])
    assert list(log.sent(1, 9)) == []


def test_ranges_are_found_by_index_wherever_they_begin(tmp_path: Path) -> None:
    log = reopened(tmp_path)
    for number in range(1, 1_000):
        if number % 3:
            log.record_application(b"%d" % number, 0)
        else:
            log.record_administrative()
        if number % 50 == 0:
            log.flush()
    log.flush()
    for found in (log, reopened(tmp_path)):
        for begin, end in [
            (1, 1),
            (3, 3),
            (1, 999),
            (63, 66),
            (64, 64),
            (128, 500),
            (997, 999),
            (999, 2_000),
            (1_500, 2_000),
        ]:
            numbers = [number for number in range(begin, min(end, 999) + 1) if number % 3]
            assert list(found.sent(begin, end)) == [(number, b"%d" % number) for number in numbers]


def test_long_messages_cross_the_pieces_in_which_a_log_is_read(tmp_path: Path) -> None:
    log = reopened(tmp_path)
    sizes = [1 << 20, 10, (1 << 20) - 70, 3 << 20, 1]
    for size in sizes:
        log.record_application(b"x" * size, 1)
    log.flush()
    assert [len(wire) for _, wire in reopened(tmp_path).sent(1, 9)] == sizes


def test_records_are_bytes_of_their_length() -> None:
    assert len(record(1, 2, 3, b"abc")) == 28


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("application"), st.binary(max_size=40)),
        st.tuples(st.sampled_from(["administrative", "flush", "received", "reset", "kill", "restart", "full"])),
    ),
    max_size=60,
)


@given(steps=STEPS)
def test_it_is_the_same_as_two_lists(tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, bytes]]) -> None:
    """Against a model: what is in memory, and what of it a killed process has."""
    folder = tmp_path_factory.mktemp("log")
    log = reopened(folder, limit_bytes=1 << 20)
    event = 0
    memory: tuple[int, int, int, list[tuple[int, bytes]]] = (1, 1, 0, [])
    disk = memory
    for kind, *content in steps:
        next_in, next_out, last, sent = memory
        match kind:
            case "application":
                event += 1
                log.record_application(content[0], event)
                memory = (next_in, next_out + 1, event, [*sent, (next_out, content[0])])
            case "administrative":
                log.record_administrative()
                memory = (next_in, next_out + 1, last, sent)
            case "received":
                log.next_in += 1
                memory = (next_in + 1, next_out, last, sent)
            case "reset":
                log.reset()
                memory = (1, 1, last, [])
            case "flush":
                assert log.flush()
                disk = memory
            case "full":
                with files_end_at(0):
                    assert log.flush() == (log._buffer == [] and not log._is_reset and disk[0] == memory[0])
            case "restart":
                log.close()
                disk = memory
                log = reopened(folder, limit_bytes=1 << 20)
            case "kill":
                log = reopened(folder, limit_bytes=1 << 20)
                memory = disk
                event = disk[2]
        assert (log.next_in, log.next_out, log.last_event) == memory[:3]
    assert log.flush()
    assert state(log) == state(reopened(folder)) == memory
