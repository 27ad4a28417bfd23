"""A stop when the journal has failed: nothing can be sent any more, and nobody is waited for."""

from __future__ import annotations

import asyncio
import errno
from pathlib import Path

import pytest

from exchange.commands import OpenAccount
from exchange.reference.accounts import Account
from exchange.sequencing.sequencer import Durability
from gateway.fix.session_log import SessionLog
from tests.exchange.sequencing.faulty_disk import FaultyDisk
from tests.gateway.fix.fix_side import FixSide
from tests.gateway.fix.line import Line, until

ORDER = "D|11=a|55=ACME|54=1|38=100|40=2|44=10.05"
LONG_SECONDS = 60.0
"""How long clients may take for their answer: far longer than a test."""


@pytest.mark.parametrize(
    ("durability", "calls"),
    [(Durability.FSYNC, ("sync",)), (Durability.OS, ("write", "truncate"))],
    ids=["not kept", "half written"],
)
async def test_a_stop_after_the_journal_failed_waits_for_nobody(
    tmp_path: Path, durability: Durability, calls: tuple[str, ...]
) -> None:
    disk = FaultyDisk()
    side = FixSide(tmp_path, durability=durability, disk=disk)
    await side.start()
    alice, bob = await Line.logged_on(side.address, "ALICE"), await Line.logged_on(side.address, "BOB")
    # The Logons may be answered by a commit before the one that counts them as received.
    await until(lambda: all(side.acceptor.sessions[name].log.next_in == 2 for name in ("ALICE", "BOB")))
    disk.errors = dict.fromkeys(calls, errno.EIO)
    alice.send(ORDER)
    await until(lambda: len(side.failures) == 1)

    async with asyncio.timeout(1):
        await side.acceptor.stop("the exchange stops", LONG_SECONDS)
        assert await bob.receive() == ""

    disk.errors.clear()
    await side.close()
    for line in (alice, bob):
        await line.close()
    # No number was used for a Logout that could not be sent.
    log = SessionLog(tmp_path / "fix", "BOB")
    assert (log.next_in, log.next_out) == (2, 2)
    log.close()


async def test_a_journal_that_fails_during_the_stop_ends_the_wait(tmp_path: Path) -> None:
    disk = FaultyDisk()
    side = FixSide(tmp_path, durability=Durability.FSYNC, disk=disk)
    await side.start()
    alice = await Line.logged_on(side.address, "ALICE")
    stopping = asyncio.create_task(side.acceptor.stop("the exchange stops", LONG_SECONDS))
    assert await alice.receive() == "5|34=2|58=the exchange stops"
    disk.errors["sync"] = errno.EIO
    # No answer to the Logout comes.
    side.sequencer.submit(OpenAccount(Account("LATE", "L")))
    async with asyncio.timeout(1):
        await stopping
    assert len(side.failures) == 1
    disk.errors.clear()
    await side.close()
    await alice.close()
