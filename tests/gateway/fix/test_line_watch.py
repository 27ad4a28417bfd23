"""What a venue's frame log holds of lines that go wrong: garbage, refused logons and connections, secrets in pieces."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.fix.frame_log_reading import FrameReader, LoggedFrame
from gateway.fix.line_watch import GARBLED_SHOWN_MAX, _shown
from tests.gateway.fix.fix_side import FixSide
from tests.gateway.fix.line import Line


@pytest.fixture
async def side(tmp_path: Path) -> AsyncIterator[FixSide]:
    side = FixSide(tmp_path)
    await side.start()
    yield side
    await side.stop()


def frames(side: FixSide, folder: Path) -> list[LoggedFrame]:
    assert side.acceptor.watch.frames is not None
    side.acceptor.watch.frames.write()
    return list(FrameReader(folder / "fix" / "frames").read())


async def test_a_line_that_never_was_one_is_told_from_its_connection_to_its_end(side: FixSide, tmp_path: Path) -> None:
    line = await Line.open(side.address, "ALICE")
    line.writer.write(b"GET / HTTP/1.1\r\n\r\n")
    line.send("A|98=0|108=30|553=alice|554=swordfish")
    assert (await line.receive()).startswith("5|34=1|58=logon refused")
    assert await line.receive() == ""
    await line.close()
    while side.acceptor.watch.before_logon.sent < 1 or len(frames(side, tmp_path)) < 6:
        await asyncio.sleep(0.005)

    notes = [one.note or one.text.partition("\x0135=")[2][:1] for one in frames(side, tmp_path)]
    assert notes == [
        "connected",
        "garbled input: no BeginString(8) where a message should begin",
        "A",
        "logon refused: wrong Username(553) or Password(554) for ALICE",
        "5",
        "disconnected: wrong Username(553) or Password(554) for ALICE",
    ]
    assert b"swordfish" not in b"".join(path.read_bytes() for path in (tmp_path / "fix" / "frames").iterdir())


async def test_a_connection_too_many_is_there_with_its_reason(side: FixSide, tmp_path: Path) -> None:
    lines = [await Line.open(side.address, "BOB") for _ in range(11)]
    assert await lines[-1].receive() == ""

    refused = [one.note for one in frames(side, tmp_path) if one.note.startswith("connection refused")]
    assert refused == ["connection refused: 10 connections from one address are open; more are not allowed"]
    assert side.acceptor.watch.connections_refused == 1
    for line in lines:
        await line.close()


@pytest.mark.parametrize(
    ("read", "shown"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\n\r\n"),
        (b"8=FIX.4.4\x019=5\x0135=0\x01", "8=FIX.4.4\x019=5\x0135=0\x01"),
        (b"ret\x01108=30\x0110=000\x01", "108=30\x0110=000\x01"),
        (b"4=secret", ""),
        (b"8=FIX" + b"x" * 5_000, "8=FIX" + "x" * (GARBLED_SHOWN_MAX - 5)),
    ],
    ids=["another protocol", "a message", "the rest of a value", "the rest of a tag", "too much"],
)
def test_the_rest_of_what_may_be_a_secret_is_not_shown(read: bytes, shown: str) -> None:
    assert _shown(read) == shown
