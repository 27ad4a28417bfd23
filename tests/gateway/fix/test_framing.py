"""Framing: every message whole, whatever surrounds it and however it arrives."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.fix.framing import TRAILERS, Framing, Garbled, checksum
from gateway.fix.message import encode

LIMIT = 4_096
HEARTBEAT = encode("FIX.4.4", "35=0\x0149=A\x0156=B\x01")
ORDER = encode("FIX.4.4", "35=D\x0149=A\x0156=B\x0111=1\x0158=8=FIX is no message\x01")


def text_of(message: bytes) -> str:
    """What framing makes of a message: all before CheckSum(10)."""
    return message[:-7].decode("latin-1")


def frame(*pieces: bytes, limit: int = LIMIT) -> list[str | Garbled]:
    framing = Framing(limit)
    return [one for piece in pieces for one in framing.receive(piece)]


def reasons(*pieces: bytes, limit: int = LIMIT) -> list[str]:
    """Messages by their text, garbled stretches by their reason."""
    return [one.reason if isinstance(one, Garbled) else one for one in frame(*pieces, limit=limit)]


def test_messages_come_out_whole_and_in_order() -> None:
    assert frame(HEARTBEAT + ORDER + HEARTBEAT) == [text_of(HEARTBEAT), text_of(ORDER), text_of(HEARTBEAT)]


def test_text_ends_with_soh_and_begins_with_begin_string() -> None:
    assert frame(HEARTBEAT) == ["8=FIX.4.4\x019=15\x0135=0\x0149=A\x0156=B\x01"]


def test_nothing_comes_of_nothing_and_of_a_part() -> None:
    assert frame(b"", HEARTBEAT[:-1]) == []
    assert frame(b"", HEARTBEAT[:-1], b"", b"\x01") == [text_of(HEARTBEAT)]


def test_other_versions_are_framed() -> None:
    for version in ("FIX.4.2", "FIXT.1.1", "FIX.9.9"):
        message = encode(version, "35=0\x01")
        assert frame(message) == [text_of(message)]


def test_data_may_hold_soh_trailers_and_whole_messages() -> None:
    raw = "a\x0110=000\x01" + HEARTBEAT.decode("latin-1")
    message = encode("FIX.4.4", f"35=A\x0195={len(raw)}\x0196={raw}\x01")
    for split in range(len(message)):
        assert frame(message[:split], message[split:] + HEARTBEAT) == [text_of(message), text_of(HEARTBEAT)]


def test_bytes_beyond_ascii_are_latin_1() -> None:
    message = encode("FIX.4.4", "35=0\x0158=\xe9\xff\x01")
    assert frame(message) == [text_of(message)]
    assert "58=\xe9\xff\x01" in text_of(message)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"junk", "no BeginString(8) where a message should begin"),
        (b"35=0\x018=FIX.4.4\x019=29\x01", "no BeginString(8) where a message should begin"),
        (b"8=FIX.4.4\x0135=0\x0134=1\x0110=000\x01", "BodyLength(9) is not the second field"),
        (b"8=FIX.4.4.this.is.too.long\x019=5\x0135=0\x0110=000\x01", "BodyLength(9) is not the second field"),
        (b"8=FIX.4.4\x019=\x0135=0\x0110=000\x01", "BodyLength(9) is not a number of at most 9 digits"),
        (b"8=FIX.4.4\x019=+5\x0135=0\x0110=000\x01", "BodyLength(9) is not a number of at most 9 digits"),
        (b"8=FIX.4.4\x019=1234567890\x0135=0\x01", "BodyLength(9) is not a number of at most 9 digits"),
        (b"8=FIX.4.4\x019=10\x0134=3\x0135=0\x0110=000\x01", "MsgType(35) is not the third field"),
        (b"8=FIX.4.4\x019=6\x0135=0\x0110=163\x01", "BodyLength(9) does not lead to a CheckSum(10) of three digits"),
        (b"8=FIX.4.4\x019=0\x0135=0\x0110=163\x01", "BodyLength(9) does not lead to a CheckSum(10) of three digits"),
        (b"8=FIX.4.4\x019=5\x0135=0\x0110=256\x01", "BodyLength(9) does not lead to a CheckSum(10) of three digits"),
        (b"8=FIX.4.4\x019=5\x0135=0\x0110=7\x01", "BodyLength(9) does not lead to a CheckSum(10) of three digits"),
        (b"8=FIX.4.4\x019=5\x0135=0\x0110=000\x01", "CheckSum(10) is 000; the bytes sum up to 163"),
    ],
)
def test_what_is_garbled_is_named_once_and_skipped(bad: bytes, reason: str) -> None:
    # Some are judged only when as many bytes have come as BodyLength tells; a message after them is never lost.
    assert reasons(HEARTBEAT + bad + HEARTBEAT + ORDER)[:2] == [text_of(HEARTBEAT), reason]
    assert reasons(HEARTBEAT + bad + HEARTBEAT + ORDER)[-2:] == [text_of(HEARTBEAT), text_of(ORDER)]


def test_garbage_after_a_message_is_reported_again() -> None:
    reason = "no BeginString(8) where a message should begin"
    found = [reason, text_of(HEARTBEAT), reason, text_of(ORDER), reason]
    assert reasons(b"junk" + HEARTBEAT + b"junk, junk" + ORDER + b"8=junk") == found


def test_too_short_a_body_length_does_not_swallow_the_next_message() -> None:
    bad = ORDER.replace(b"\x019=43\x01", b"\x019=30\x01")
    assert bad != ORDER
    assert [one for one in frame(bad + HEARTBEAT) if isinstance(one, str)] == [text_of(HEARTBEAT)]


def test_too_long_a_body_length_gives_back_what_it_swallowed() -> None:
    bad = HEARTBEAT.replace(b"\x019=15\x01", b"\x019=60\x01")
    assert frame(bad) == []
    assert reasons(bad, ORDER, HEARTBEAT) == [
        "BodyLength(9) does not lead to a CheckSum(10) of three digits",
        text_of(ORDER),
        text_of(HEARTBEAT),
    ]


def test_a_message_beyond_the_limit_is_refused_before_it_is_kept() -> None:
    framing = Framing(1_000)
    [refused] = framing.receive(b"8=FIX.4.4\x019=5000\x0135=D\x01")
    assert refused == Garbled("BodyLength(9) makes a message of 5024 bytes; the limit is 1000", fatal=True)
    assert framing.receive(HEARTBEAT) == []


def test_the_limit_is_the_same_however_the_message_arrives() -> None:
    message = encode("FIX.4.4", "35=0\x0158=" + "x" * 100 + "\x01")
    assert frame(message, limit=len(message)) == [text_of(message)]
    assert [type(one) for one in frame(message, limit=len(message) - 1)] == [Garbled]


def test_garbage_is_not_kept() -> None:
    framing = Framing(1_000)
    for _ in range(100):
        framing.receive(b"x" * 10_000 + b"8=FI")
    assert len(framing._pending) == 4
    assert framing.receive(HEARTBEAT) == [text_of(HEARTBEAT)]


PIECES = st.one_of(
    st.sampled_from([HEARTBEAT, ORDER, encode("FIX.4.2", "35=1\x01112=x\x01")]),
    st.sampled_from([b"8", b"8=", b"8=FIX", b"8=FIX.4.4\x019=", b"8=FIX.4.4\x019=70\x0135=", b"10=000\x01", b"\x01"]),
    st.binary(max_size=12),
)
STREAMS = st.lists(PIECES, max_size=12).map(b"".join)


@given(STREAMS, st.lists(st.integers(min_value=0, max_value=400), max_size=8))
def test_any_split_gives_what_one_piece_gives(stream: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    pieces = [stream[begin:end] for begin, end in pairwise(edges)]
    assert frame(*pieces) == frame(stream)
    assert frame(*(stream[at : at + 1] for at in range(len(stream)))) == frame(stream)


@given(st.lists(st.binary(max_size=60).filter(lambda junk: b"8=FIX" not in junk), min_size=1, max_size=6))
def test_garbage_that_announces_no_message_loses_none(garbage: list[bytes]) -> None:
    stream = b"".join(junk + ORDER for junk in garbage)
    assert [one for one in frame(stream) if isinstance(one, str)] == [text_of(ORDER)] * len(garbage)


@given(STREAMS)
def test_after_enough_bytes_no_garbage_holds_a_message_back(stream: bytes) -> None:
    # What a broken head announces is at most 77 bytes here: with that many more, the last messages are out.
    tail = HEARTBEAT * 5
    assert frame(stream + tail)[-1] == text_of(HEARTBEAT)


def test_a_thousand_damaged_streams_do_no_harm() -> None:
    for seed in range(1_000):
        rng = random.Random(seed)
        stream = bytearray((HEARTBEAT + ORDER) * 3)
        for _ in range(rng.randrange(1, 6)):
            at = rng.randrange(len(stream))
            stream[at : at + rng.randrange(3)] = rng.randbytes(rng.randrange(3))
        last = frame(bytes(stream) + HEARTBEAT * 40)[-1]
        assert last == text_of(HEARTBEAT) or (isinstance(last, Garbled) and last.fatal), f"seed {seed}"


def test_checksum_is_the_plain_sum() -> None:
    rng = random.Random(7)
    for size in (0, 1, 255, 256, 257, 512, 1_000, 70_000):
        data = rng.randbytes(size)
        assert checksum(data) == sum(data) % 256
    for size in (*range(250, 300), 100_000):
        assert checksum(b"\xff" * size) == 255 * size % 256
    assert TRAILERS[7] == b"10=007\x01" and len(TRAILERS) == 256
