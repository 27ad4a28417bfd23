"""The way in: how fast connections are accepted, who is turned away at the door, and strangers who take their time."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import structlog

from gateway.fix.addresses import AddressList
from gateway.fix.doorway import Doorway
from gateway.listening import listening_socket
from tests.gateway.fix.fix_side import SETTINGS, FixSide
from tests.gateway.fix.line import Line, until


async def test_a_burst_of_connections_is_spread_and_all_come_in() -> None:
    made: list[float] = []

    class Guest(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            made.append(time.monotonic())

        def connection_lost(self, error: Exception | None) -> None:
            return

    doorway = Doorway(AddressList(), None, connections_per_second=20, handshakes_per_address=100)
    address = doorway.open(listening_socket("fix", "127.0.0.1", 0, backlog=100), Guest)
    begun = time.monotonic()
    writers = [(await asyncio.open_connection(*address))[1] for _ in range(30)]
    await until(lambda: len(made) == 30)
    assert made[19] - begun < 0.9, "a second's worth at once, where at the rate it would be a second"
    assert made[-1] - begun > 0.4, "the others at the rate"
    doorway.close()
    doorway.close()
    for writer in writers:
        writer.close()


async def test_who_is_not_on_the_list_is_closed_without_a_word(tmp_path: Path) -> None:
    side = FixSide(tmp_path, settings=SETTINGS.replace("fix:\n", "fix:\n  allowed_addresses: [10.0.0.0/8]\n", 1))
    await side.start()
    with structlog.testing.capture_logs() as logged:
        line = await Line.open(side.address, "BOB")
        assert await line.receive() == ""
        await line.close()
    assert [line["reason"] for line in logged] == ["127.0.0.1 is not in fix.allowed_addresses: 10.0.0.0/8"]
    await side.stop()


async def test_a_logon_that_comes_byte_by_byte_ends_at_the_deadline(tmp_path: Path) -> None:
    side = FixSide(tmp_path)
    await side.start()
    line = await Line.open(side.address, "BOB")
    begun = time.monotonic()
    logon = line.message("A|98=0|108=30")

    async def drip() -> None:
        for at in range(len(logon)):
            line.writer.write(logon[at : at + 1])
            await asyncio.sleep(0.2)

    dripping = asyncio.create_task(drip())
    assert await line.receive() == ""
    assert 0.9 < time.monotonic() - begun < 10, "all its bytes would take longer"
    dripping.cancel()
    await line.close()
    await side.stop()
