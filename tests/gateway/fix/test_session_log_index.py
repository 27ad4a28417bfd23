"""The index of a big session log: what it saves, and that nothing is believed that is not so any more."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.fix.session_log import SessionLog
from gateway.fix.session_log_file import SessionLogFile
from gateway.fix.session_log_index import INDEX_EVERY_BYTES, read_index

WIRE = b"x" * 65_536
COUNT = INDEX_EVERY_BYTES // len(WIRE) + 200
"""Messages that fill more than what one index covers."""

State = tuple[int, int, int, int, list[int]]


def state(log: SessionLog) -> State:
    sent = [number for number, _ in log.sent(1, 1 << 40)]
    return log.next_in, log.next_out, log.last_event, log.period, sent


def big_log(folder: Path, *, limit_bytes: int = 1 << 30) -> State:
    """A log with an index; its state."""
    log = SessionLog(folder, "A", limit_bytes=limit_bytes)
    log.begin_period(5)
    write(log, COUNT)
    log.close()
    return state(SessionLog(folder, "A", limit_bytes=limit_bytes))


def write(log: SessionLog, count: int) -> None:
    for number in range(count):
        log.record_application(WIRE, log.next_out * 10)
        log.next_in += 2
        if number % 4 == 3:
            log.flush()


def index_of(folder: Path, name: str = "A.log") -> tuple[bool, int]:
    """Whether a file's index is believed, and up to which byte."""
    found = read_index(folder / f"{name}.index", SessionLogFile(folder / name))
    return found is not None, found[1] if found is not None else 0


def test_a_log_with_an_index_says_the_same_as_without(tmp_path: Path) -> None:
    with_index = big_log(tmp_path)
    assert with_index == (1 + COUNT * 2, COUNT + 1, COUNT * 10, 5, list(range(1, COUNT + 1)))
    is_believed, covered = index_of(tmp_path)
    assert is_believed and covered >= INDEX_EVERY_BYTES
    (tmp_path / "A.log.index").unlink()
    assert state(SessionLog(tmp_path, "A")) == with_index


def test_both_halves_of_a_divided_log_have_theirs(tmp_path: Path) -> None:
    limit = 3 * INDEX_EVERY_BYTES
    log = SessionLog(tmp_path, "A", limit_bytes=limit)
    write(log, 4 * COUNT)
    log.close()
    assert index_of(tmp_path)[0] and index_of(tmp_path, "A.log.older")[0]
    with_index = state(SessionLog(tmp_path, "A", limit_bytes=limit))
    for name in ("A.log.index", "A.log.older.index"):
        (tmp_path / name).unlink()
    assert state(SessionLog(tmp_path, "A", limit_bytes=limit)) == with_index
    assert with_index[:3] == (1 + COUNT * 8, 4 * COUNT + 1, COUNT * 40)


def test_after_a_reset_the_old_index_is_not_believed(tmp_path: Path) -> None:
    big_log(tmp_path)
    log = SessionLog(tmp_path, "A")
    log.reset()
    log.flush()
    assert not index_of(tmp_path)[0]
    write(log, COUNT - 150)
    log.close()
    assert state(SessionLog(tmp_path, "A"))[:4] == (1 + (COUNT - 150) * 2, COUNT - 149, (COUNT - 150) * 10, 5)


def damaged(at: int) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        path = folder / "A.log.index"
        data = bytearray(path.read_bytes())
        data[at] ^= 1
        path.write_bytes(data)

    return damage


@pytest.mark.parametrize(
    "damage",
    [
        *(damaged(at) for at in (0, 9, 12, 20, 28, 60, 70, -1)),
        lambda folder: (folder / "A.log.index").write_bytes(b""),
        lambda folder: os.truncate(folder / "A.log.index", 100),
        lambda folder: os.truncate(folder / "A.log", INDEX_EVERY_BYTES // 2),
    ],
)
def test_a_damaged_index_or_a_shorter_log_is_read_from_the_beginning(
    tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    before = big_log(tmp_path)
    damage(tmp_path)
    assert not index_of(tmp_path)[0]
    found = state(SessionLog(tmp_path, "A"))
    whole = (tmp_path / "A.log").stat().st_size // (len(WIRE) + 25)
    assert found[1:3] == (min(before[1], whole + 1), min(before[2], whole * 10))


def test_a_torn_end_behind_the_index_is_cut_off(tmp_path: Path) -> None:
    before = big_log(tmp_path)
    path = tmp_path / "A.log"
    os.truncate(path, path.stat().st_size - 10)
    assert index_of(tmp_path)[0]
    found = SessionLog(tmp_path, "A")
    assert (found.next_out, found.last_event) == (before[1], before[2])
    os.truncate(path, path.stat().st_size - 30)
    found = SessionLog(tmp_path, "A")
    assert found.next_out == before[1] - 1


def test_an_index_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "A.log.index.new").mkdir()
    assert big_log(tmp_path)[1] == COUNT + 1
    assert not index_of(tmp_path)[0]
