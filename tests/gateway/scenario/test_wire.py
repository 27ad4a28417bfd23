"""Messages to bytes and back: every value survives, and what is not sound is refused."""

from __future__ import annotations

import pytest

from gateway.scenario.wire import UnreadableBytes, WireReader, as_message, utc_timestamp, written

HEARTBEAT = written("FIX.4.4", "0", [("49", "A"), ("56", "B"), ("34", "1"), ("52", "x")])


@pytest.mark.parametrize("value", ["ACME", "10.05", "café €", "caf\udce9", " two words ", "a=b", ""])
def test_a_value_comes_back_as_it_was(value: str) -> None:
    message = as_message(written("FIX.4.4", "D", [("49", "A"), ("34", "7"), ("58", value)]))
    assert (message.get("58"), message.msg_type, message.sequence, message.get("59")) == (value, "D", 7, None)


def test_messages_come_out_whole_however_the_bytes_are_cut() -> None:
    for cut in range(1, len(HEARTBEAT)):
        reader = WireReader()
        found = [reader.read_all(part) for part in (HEARTBEAT[:cut], HEARTBEAT[cut:] + HEARTBEAT)]
        assert [len(messages) for messages in found] == [0, 2]


@pytest.mark.parametrize(
    "data",
    [
        HEARTBEAT.replace(b"34=1", b"34=2"),
        HEARTBEAT.replace(b"\x019=", b"\x019=0"),
        HEARTBEAT.replace(b"35=0\x0149=A", b"49=A\x0135=0"),
        HEARTBEAT[:-2] + b"\x01",
        b"8=FIX.4.4\x01nine=5\x01",
    ],
    ids=["CheckSum", "BodyLength", "order of fields", "short CheckSum", "no tag"],
)
def test_a_message_that_is_not_sound_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableBytes):
        WireReader().read_all(data)


def test_a_timestamp_has_milliseconds() -> None:
    assert len(utc_timestamp()) == len("20260302-09:30:00.000")
