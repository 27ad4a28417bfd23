"""UTCTimestamp: written in milliseconds, never in the future; read to the second; nonsense is none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.fix.clock import GatewayClock
from gateway.fix.header_rules import HeaderRules
from gateway.fix.sending_time import NANOSECONDS, TimestampReader, TimestampWriter

AT = 1_718_971_200


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "20240621-12:00:00.000"),
        (999_999, "20240621-12:00:00.000"),
        (1_000_000, "20240621-12:00:00.001"),
        (999_999_999, "20240621-12:00:00.999"),
        (NANOSECONDS, "20240621-12:00:01.000"),
    ],
)
def test_time_is_cut_to_milliseconds(nanoseconds: int, text: str) -> None:
    assert TimestampWriter().text(AT * NANOSECONDS + nanoseconds) == text


def test_what_is_written_is_read() -> None:
    reader, writer = TimestampReader(), TimestampWriter()
    for second in range(0, 4_000_000_000, 12_345_679):
        text = writer.text(second * NANOSECONDS)
        assert reader.seconds(text) == second
        assert datetime.strptime(text, "%Y%m%d-%H:%M:%S.%f").replace(tzinfo=UTC).timestamp() == second


def test_any_fraction_is_read_and_a_leap_second_is_the_next() -> None:
    reader = TimestampReader()
    for text in ("20240621-12:00:00", "20240621-12:00:00.1", "20240621-12:00:00.123456789"):
        assert reader.seconds(text) == AT
    assert reader.seconds("20161231-23:59:60") == reader.seconds("20170101-00:00:00")


@pytest.mark.parametrize(
    "text",
    ["", "now", "20240621 12:00:00", "20240621-12-00:00", "20240621-12:00-00", "20240621-12:00:0", "2024x621-12:00:00",
     "20241321-12:00:00", "20240600-12:00:00", "19691231-12:00:00", "2024062\xb2-12:00:00"],
)  # fmt: skip
def test_what_is_no_timestamp_is_none(text: str) -> None:
    assert TimestampReader().seconds(text) is None
    assert HeaderRules("VENUE", "CLIENT", NANOSECONDS).check_time({"52": text}, 0) is None


def test_the_clock_is_the_systems_until_it_is_set() -> None:
    clock = GatewayClock()
    assert abs(clock.now - datetime.now(UTC).timestamp() * NANOSECONDS) < 60 * NANOSECONDS
    clock.set(AT * NANOSECONDS)
    assert (clock.now, clock.text) == (AT * NANOSECONDS, "20240621-12:00:00.000")
