"""One exchange in one folder, and a sentence for everyone else."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from exchange.sequencing.data_folder import DataFolder, DataFolderError, DataPaths

HOLDER = """
import sys
from exchange.sequencing.data_folder import DataFolder
folder = DataFolder(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


@contextmanager
def held_by_another_process(path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_folder_is_made_with_a_place_for_everything(tmp_path: Path) -> None:
    with DataFolder(tmp_path / "new" / "data") as data:
        assert data.path == tmp_path / "new" / "data"
        assert {path for path in data.path.iterdir() if path.is_dir()} == {
            data.journal,
            data.events,
            data.fix,
            data.broker,
        }
        assert stat.S_IMODE(data.path.stat().st_mode) == 0o700
        assert data.lock.read_text() == f"{os.getpid()}\n"
    assert [data.store.name, data.run.name, data.operator_token.name] == ["store.sqlite", "run.json", "operator.token"]


def test_a_folder_that_is_there_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "journal").mkdir()
    (tmp_path / "journal" / "kept").write_text("kept")
    for _ in range(2):
        with DataFolder(str(tmp_path)) as data:
            assert (data.journal / "kept").read_text() == "kept"


def test_a_relative_path_stays_what_it_was_when_the_process_moves(tmp_path: Path) -> None:
    before = Path.cwd()
    try:
        os.chdir(tmp_path)
        paths = DataPaths("data")
        os.chdir(before)
    finally:
        os.chdir(before)
    assert paths.journal == tmp_path / "data" / "journal"


def test_two_processes_never_hold_one_folder(tmp_path: Path) -> None:
    with held_by_another_process(tmp_path) as other:
        assert DataPaths(tmp_path).owner() == other.pid
        with pytest.raises(DataFolderError) as refusal:
            DataFolder(tmp_path)
        assert str(refusal.value) == (
            f"the data folder {tmp_path} is in use by process {other.pid}: stop that exchange, "
            "or name another folder with --data"
        )
    assert DataPaths(tmp_path).owner() is None
    DataFolder(tmp_path).close()


def test_a_folder_is_free_when_it_is_given_back(tmp_path: Path) -> None:
    first = DataFolder(tmp_path)
    with pytest.raises(DataFolderError, match=f"in use by process {os.getpid()}"):
        DataFolder(tmp_path)
    first.close()
    first.close()
    DataFolder(tmp_path).close()


def test_a_lock_without_a_process_number_is_no_riddle(tmp_path: Path) -> None:
    with DataFolder(tmp_path) as data:
        data.lock.write_text("")
        assert data.owner() is None
        with pytest.raises(DataFolderError, match="in use by process unknown"):
            DataFolder(tmp_path)


def test_nobody_owns_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert DataPaths(tmp_path / "none").owner() is None


@pytest.mark.parametrize("place", ["file", "file/below", "file/far/below"])
def test_a_path_that_is_no_folder_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataFolderError) as refusal:
        DataFolder(tmp_path / place)
    assert str(refusal.value) == (
        f"the data folder {tmp_path / place} cannot be used: it, or a part of its path, is not a folder; "
        "name a folder with --data"
    )


def test_a_sub_folder_that_is_a_file_is_refused_and_the_lock_given_back(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("")
    for _ in range(2):
        with pytest.raises(DataFolderError, match="is not a folder"):
            DataFolder(tmp_path)


@contextmanager
def without_rights() -> Iterator[int]:
    """For root, another user; everyone else has none on a read-only folder anyway."""
    user = os.geteuid()
    if user != 0:
        yield user
        return
    os.seteuid(65534)
    try:
        yield 65534
    finally:
        os.seteuid(user)


def test_a_folder_that_may_not_be_written_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with without_rights() as user, pytest.raises(DataFolderError) as refusal:
        DataFolder(tmp_path / "data")
    tmp_path.chmod(0o700)
    assert f"is read-only for user {user}; give that user the right to write there" in str(refusal.value)


def test_a_parent_that_may_not_be_read_is_no_hindrance() -> None:
    with TemporaryDirectory() as folder:
        parent, data = Path(folder), Path(folder) / "data"
        data.mkdir()
        data.chmod(0o777)
        parent.chmod(0o311)
        with without_rights():
            DataFolder(data).close()
        parent.chmod(0o700)


def test_a_folder_on_a_full_file_system_is_refused(tiny_file_system: Path) -> None:
    while os.statvfs(tiny_file_system).f_favail:
        (tiny_file_system / f"file {os.statvfs(tiny_file_system).f_favail}").touch()
    with pytest.raises(DataFolderError, match="cannot be used: its file system is full; free some space"):
        DataFolder(tiny_file_system / "data")


def test_any_other_refusal_of_the_system_is_passed_on(tmp_path: Path) -> None:
    with pytest.raises(DataFolderError, match="cannot be used: file name too long; name another folder with --data"):
        DataFolder(tmp_path / ("x" * 300))
