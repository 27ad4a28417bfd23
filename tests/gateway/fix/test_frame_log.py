"""The frame log: what is in it, what never is, how large it may become, and what a full disk does to it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from gateway.fix.clock import GatewayClock
from gateway.fix.frame_log import FILES_MAX, NOTED, RECEIVED, SENT, FrameLog, frame_files
from gateway.fix.message import encode

HEARTBEAT = encode("FIX.4.4", "35=0\x0134=2\x0149=A\x0156=B\x0152=20240621-12:00:00\x01")


class Log:
    """A frame log on a clock that stands still; `turn` is the end of a turn of the loop."""

    def __init__(self, folder: Path, limit_bytes: int = 1 << 20) -> None:
        self.folder = folder
        self.clock = GatewayClock()
        self.clock.set(1_700_000_000_000_000_001)
        self.soon: list[Callable[[], None]] = []
        self.frames = FrameLog(folder, self.clock, limit_bytes=limit_bytes, schedule=self.soon.append)

    def turn(self) -> None:
        soon, self.soon[:] = list(self.soon), []
        for write in soon:
            write()

    @property
    def text(self) -> str:
        return "".join(path.read_bytes().decode("latin-1") for path in frame_files(self.folder))


def test_a_read_and_a_write_are_a_record_each_with_the_lengths_of_their_frames(tmp_path: Path) -> None:
    log = Log(tmp_path)

    log.frames.record(RECEIVED, "ALICE", "10.0.0.1", ["8=a\x01", "8=bc\x01"])
    log.frames.record(SENT, "ALICE", "10.0.0.1", [HEARTBEAT])
    log.frames.record(NOTED, "", "", (), "connected")
    assert log.text == ""
    log.turn()

    at = "1700000000000000001"
    assert log.text == (
        f"{at}\t<\tALICE\t10.0.0.1\t4,5\t\n8=a\x018=bc\x01\n"
        f"{at}\t>\tALICE\t10.0.0.1\t{len(HEARTBEAT)}\t\n{HEARTBEAT.decode()}\n"
        f"{at}\t!\t-\t-\t\tconnected\n\n"
    )


def test_what_is_gathered_is_written_at_once(tmp_path: Path) -> None:
    log = Log(tmp_path)

    for _ in range(5):
        log.frames.record(RECEIVED, "ALICE", "", ["8=a\x01"])

    assert len(log.soon) == 1


def test_secrets_are_not_in_it_and_those_of_one_frame_hide_no_other(tmp_path: Path) -> None:
    log = Log(tmp_path)

    frames = ["8=F\x0135=A\x01554=swordfish\x01", "8=F\x0135=A\x0196=open\x01sesame\x01", "8=F\x0135=0\x01"]
    log.frames.record(RECEIVED, "", "10.0.0.1", frames, "said 554=swordfish")
    log.turn()

    assert "swordfish" not in log.text
    assert "sesame" not in log.text
    assert log.text.endswith("8=F\x0135=0\x01\n")


def test_a_note_is_one_line_whatever_it_says(tmp_path: Path) -> None:
    log = Log(tmp_path)

    log.frames.record(NOTED, "", "", (), "a\nb\tc\x1b")
    log.turn()

    assert log.text.endswith("\ta\\x0ab\\x09c\\x1b\n\n")


def test_the_oldest_file_goes_when_the_limit_is_passed(tmp_path: Path) -> None:
    log = Log(tmp_path, limit_bytes=FILES_MAX * 1_000)

    for number in range(200):
        log.frames.record(SENT, "ALICE", "", [b"%03d" % number * 100])
        log.turn()

    files = frame_files(tmp_path)
    assert len(files) == FILES_MAX
    assert sum(path.stat().st_size for path in files) <= FILES_MAX * 1_400
    assert "199" * 100 in log.text
    assert "000" * 100 not in log.text


def test_a_new_process_begins_a_new_file_and_keeps_the_others(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.frames.record(NOTED, "", "", (), "first")
    log.frames.close()

    again = Log(tmp_path)
    again.frames.record(NOTED, "", "", (), "second")
    again.frames.close()

    assert [path.name for path in frame_files(tmp_path)] == ["frames-00000001.log", "frames-00000002.log"]
    assert again.text.index("first") < again.text.index("second")


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    log = Log(tmp_path / "frames")

    assert log.folder.stat().st_mode & 0o777 == 0o700
    assert frame_files(log.folder)[0].stat().st_mode & 0o777 == 0o600


def test_what_a_full_disk_does_not_take_is_left_out_whole(tmp_path: Path) -> None:
    log = Log(tmp_path)
    log.frames.record(NOTED, "", "", (), "before")
    log.turn()

    kept = log.frames._file
    log.frames._file = os.open("/dev/full", os.O_WRONLY)
    log.frames.record(NOTED, "", "", (), "lost")
    log.turn()
    os.close(log.frames._file)
    log.frames._file = kept
    log.frames.record(NOTED, "", "", (), "after")
    log.turn()

    assert [line.split("\t")[-1] for line in log.text.splitlines() if line] == ["before", "after"]
