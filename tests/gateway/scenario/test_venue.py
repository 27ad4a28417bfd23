"""A scenario's own exchange: there for one run, gone with whoever started it, and quoted when it does not come up."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import yaml

from gateway.scenario.fix_client import CannotConnect
from gateway.scenario.loading import Scenario, load_scenario
from gateway.scenario.venue import own_venue, venue_configuration
from gateway.scenario.vocabulary import Vocabulary
from gateway.settings import load_settings

Read = Callable[..., Scenario]

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="asks /proc which processes there are")


def children(pid: int) -> list[int]:
    """Processes that a process has started."""
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()] if path.exists() else []


async def until(check: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not check():
            await asyncio.sleep(0.02)


@LINUX
async def test_it_is_up_inside_and_gone_afterwards(read: Read) -> None:
    before = set(children(os.getpid()))
    async with own_venue(read("  - after: 1ms\n")) as venue:
        started = set(children(os.getpid())) - before
        answer = await asyncio.to_thread(httpx.get, f"{venue.http_url}/readyz")
        assert answer.status_code == 200
        _, writer = await asyncio.open_connection(*venue.fix)
        writer.close()
        await writer.wait_closed()
    assert len(started) == 1
    assert not started & set(children(os.getpid()))


async def test_one_that_does_not_come_up_is_quoted(read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sitecustomize.py").write_text("import os; os.write(1, b'no exchange today'); os._exit(7)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(CannotConnect) as raised:
        async with own_venue(read("  - after: 1ms\n")):
            pass
    assert str(raised.value) == "the scenario's venue ended with exit code 7:\nno exchange today"


@LINUX
async def test_it_dies_with_a_runner_that_is_killed(read: Read) -> None:
    path = read("  - after: 60s\n").path
    runner = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway.cli", "scenario", "run", str(path)), stdout=asyncio.subprocess.DEVNULL
    )
    await until(lambda: children(runner.pid))
    (venue,) = children(runner.pid)
    runner.send_signal(signal.SIGKILL)
    await runner.wait()
    await until(lambda: not Path(f"/proc/{venue}").exists())


def test_its_configuration_is_what_the_scenario_names(tmp_path: Path, vocabulary: Vocabulary) -> None:
    path, configuration = tmp_path / "t.yaml", tmp_path / "venue.yaml"
    path.write_text(
        "scenario: t\nseed: 7\n"
        "instruments: [{symbol: ACME, tick: 0.05, lot: 10, reference_price: 10.00, max_quantity: 500}]\n"
        "accounts: [{id: A1, name: Alice's}]\n"
        "participants:\n"
        "  alice: {comp_id: ALICE, target: VENUE, username: a, password: b, account: A1, accounts: [A2]}\n"
        "  bob: {comp_id: BOB}\n"
    )
    configuration.write_text(yaml.safe_dump(venue_configuration(load_scenario(path, vocabulary))))
    settings = load_settings(str(configuration), {}, {})
    assert (settings.venue.comp_id, settings.venue.seed) == ("VENUE", 7)
    assert [(one.account_id, one.name) for one in settings.open_accounts] == [
        ("A1", "Alice's"),
        ("A2", "A2"),
        ("BOB", "BOB"),
    ]
    assert [(one.comp_id, one.username, one.accounts) for one in settings.fix_sessions] == [
        ("ALICE", "a", ("A1", "A2")),
        ("BOB", None, ("BOB",)),
    ]
    (acme,) = settings.listed_instruments
    assert (acme.symbol, acme.tick, acme.lot, acme.max_quantity) == ("ACME", 5, 10, 500)
