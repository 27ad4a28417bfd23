"""A client that was away for long: everything comes, once and in order, soon after its Logon, and memory stays flat."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.gateway.fix.fix_side import FixSide
from tests.gateway.fix.line import Line

REPORT = "37=O{0}\x0111=C{0}\x0117=E{0}\x01150=F\x0139=2\x0155=ACME\x0154=1\x0138=100\x0132=100\x0131=10.00\x01"
REPORT += "151=0\x0114=100\x016=10.00\x0160=20240621-12:00:00.000\x01"
SECONDS_MAX = 10.0
"""Of a processor, on which client and venue both run: time on the clock would be that of the machine's other work."""

GROWTH_BYTES_MAX = 16 << 20
"""Some read buffers and one piece of the answer; 40,000 reports would be ten times as much."""

_MESSAGE = re.compile(
    rb"\x0135=(?P<type>\w)\x01.*?\x0134=(?P<number>\d+)\x01(?:43=(?P<again>Y)\x01)?"
    rb".*?(?:\x0117=E(?P<report>\d+)\x01.*?)?(?:\x0136=(?P<new>\d+)\x01)?10=\d{3}\x01"
)


def resident_bytes() -> int:
    """Memory of this process, in which client and venue both run."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


@pytest.mark.parametrize("count", [5_000, 40_000, pytest.param(100_000, marks=pytest.mark.soak)])
@pytest.mark.parametrize("states_number", [True, False])
async def test_all_missed_reports_come_once_in_order_and_soon(
    tmp_path: Path, count: int, states_number: bool, record_property: Callable[[str, object], None]
) -> None:
    side = FixSide(tmp_path)
    await side.start()
    session = side.acceptor.sessions["BOB"]
    for number in range(1, count + 1):
        session.send("8", REPORT.format(number))
        if number % 500 == 0:
            side.sequencer.commit()
            await asyncio.sleep(0)
    before = resident_bytes()

    line = await Line.open(side.address, "BOB")
    started = time.process_time()
    line.log_on("|789=1" if states_number else "")
    if not states_number:
        line.send("2|7=1|16=0")
    seen, next_in, most, rest = 0, 1, 0, b""
    async with asyncio.timeout(60):
        while next_in <= count + 1:
            rest += await line.reader.read(1 << 18)
            end = 0
            for found in _MESSAGE.finditer(rest):
                end = found.end()
                msg_type, msg_seq_num, again, report, new = found.groups()
                if msg_type == b"8":
                    seen += 1
                    assert (int(msg_seq_num), again, int(report)) == (next_in, b"Y", seen)
                    next_in += 1
                elif msg_type == b"4":
                    assert int(msg_seq_num) == next_in
                    next_in = int(new)
            rest = rest[end:]
            most = max(most, resident_bytes())
    seconds = time.process_time() - started

    assert seen == count
    record_property("seconds", round(seconds, 2))
    assert seconds < SECONDS_MAX
    assert most - before < GROWTH_BYTES_MAX
    assert await line.is_alive()
    await line.close()
    await side.stop()
