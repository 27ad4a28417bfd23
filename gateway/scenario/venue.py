"""The venue that a scenario is played against: one of its own, started for the run, or one that is running already.

The own venue is a child process with an empty temporary data folder on free ports; instruments, accounts and sessions
are those of the scenario. It dies with this process, however that one ends. Called by `runner`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from gateway import parent_death
from gateway.scenario.fix_client import CannotConnect
from gateway.scenario.loading import Scenario
from gateway.scenario.script import Account, Agents, Instrument, Market
from gateway.settings import load_settings

START_TIMEOUT_SECONDS = 30.0
"""A venue is up in a second or two; a machine under load may need more."""

STOP_TIMEOUT_SECONDS = 10.0
"""An orderly stop waits for the answers to Logouts; after this the child is killed."""

POLL_SECONDS = 0.02
DEFAULT_TARGET = "FIXPIT"
LAST_LINES_SHOWN = 15
"""Lines of the venue's own log that are shown when it does not start."""


@dataclass(frozen=True)
class VenueAddress:
    """Where a venue listens."""

    fix: tuple[str, int]
    http: tuple[str, int]
    operator_token: str = ""
    """Empty: the venue's day and clock cannot be moved."""

    @property
    def http_url(self) -> str:
        """Base of its URLs."""
        host = f"[{self.http[0]}]" if ":" in self.http[0] else self.http[0]
        return f"http://{host}:{self.http[1]}"


def venue_configuration(scenario: Scenario) -> dict[str, object]:
    """The settings of a venue that a scenario describes, as its configuration file has them."""
    participants = scenario.participants.values()
    accounts = {one.id: one for one in scenario.accounts}
    for participant in participants:
        for name in participant.all_accounts:
            accounts.setdefault(name, Account(id=name))
    agents, market = scenario.agents, scenario.market
    for one in agents:
        accounts.setdefault(one.account, Account(id=one.account))
    return {
        "clock": _clock(scenario),
        "venue": {"comp_id": target_of(scenario), "seed": scenario.seed},
        "fix": {
            "host": "127.0.0.1",
            "port": 0,
            "sessions": [
                {
                    "comp_id": participant.comp_id,
                    "version": participant.version,
                    "accounts": participant.all_accounts,
                    **({"username": participant.username} if participant.username else {}),
                    **({"password": participant.password} if participant.password else {}),
                }
                for participant in participants
            ],
        },
        "http": {"host": "127.0.0.1", "port": 0},
        "mqtt": {"enabled": False},
        "store": {"enabled": False},
        "flow": {"enabled": False} if not agents else _flow(agents[0]),
        "accounts": [_given({"name": one.id} | one.model_dump(exclude_none=True)) for one in accounts.values()],
        "limits": [_given(dict(one)) for one in scenario.limits],
        "clearing": _given(dict(scenario.clearing)),
        "markets": [_given(market.model_dump(exclude_none=True))] if market is not None else [],
        "instruments": [_listing(one, market) for one in scenario.instruments],
    }


def target_of(scenario: Scenario) -> str:
    """CompID of the venue: what the first participant that says so expects it to be."""
    return next((one.target for one in scenario.participants.values() if one.target), DEFAULT_TARGET)


def check_configuration(scenario: Scenario) -> None:
    """Raises `YamlMistakes` when no venue can be as the scenario describes it, before one is started."""
    with tempfile.TemporaryDirectory(prefix="fixpit-scenario-") as folder:
        load_settings(str(_written(scenario, Path(folder))), {}, {})


@asynccontextmanager
async def own_venue(scenario: Scenario) -> AsyncIterator[VenueAddress]:
    """A venue for one run. Raises `CannotConnect` when it does not come up, with what it said."""
    with tempfile.TemporaryDirectory(prefix="fixpit-scenario-") as name:
        folder = Path(name)
        ready_file, log = folder / "ready.json", folder / "venue.log"
        arguments = ["--config", str(_written(scenario, folder)), "--data", str(folder / "data")]
        arguments += ["--fix-port", "0", "--http-port", "0", "--ready-file", str(ready_file)]
        # -P: a folder of the caller's that happens to be called gateway is not taken for ours.
        serve = [sys.executable, "-P", "-m", "gateway.cli", "serve", *arguments]
        with log.open("wb") as output:
            child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", parent_death.__file__, str(os.getpid()), *serve),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={key: value for key, value in os.environ.items() if not key.startswith("FIXPIT_")},
            )
        try:
            address = await _ready(child, ready_file, log)
            token = (folder / "data" / "operator.token").read_text(encoding="ascii")
            yield replace(address, operator_token=token)
        finally:
            await _stop(child)


def _written(scenario: Scenario, folder: Path) -> Path:
    path = folder / "venue.yaml"
    path.write_text(yaml.safe_dump(venue_configuration(scenario), sort_keys=False), encoding="utf-8")
    return path


def _clock(scenario: Scenario) -> dict[str, object]:
    clock = scenario.clock
    if clock.mode == "real":
        return {}
    return {"mode": clock.mode, "start": clock.start, **({"speed": clock.speed} if clock.speed else {})}


def _flow(agents: Agents) -> dict[str, object]:
    return {
        "enabled": True,
        "agents": agents.count,
        "orders_per_second": agents.rate,
        "account": agents.account,
        "symbols": agents.symbols,
    }


def _listing(one: Instrument, market: Market | None) -> dict[str, object]:
    follows = {"market": market.name} if market is not None else {}
    return _given(follows | one.model_dump(exclude_none=True))


def _given(words: dict[str, object]) -> dict[str, object]:
    """Words of a scenario as settings have them: text that is a whole number, or yes or no, is one."""
    return {key: _value(value) for key, value in words.items()}


def _value(value: object) -> object:
    """Anything else stays as it is, for the settings to take or to refuse."""
    if isinstance(value, dict):
        return _given(value)
    if isinstance(value, list):
        return [_value(one) for one in value]
    if isinstance(value, str) and value in ("Y", "N"):
        return value == "Y"
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value


async def _ready(child: asyncio.subprocess.Process, ready_file: Path, log: Path) -> VenueAddress:
    loop = asyncio.get_running_loop()
    end = loop.time() + START_TIMEOUT_SECONDS
    while not await asyncio.to_thread(ready_file.exists):
        if child.returncode is not None:
            raise CannotConnect(f"the scenario's venue ended with exit code {child.returncode}:\n{_last_lines(log)}")
        if loop.time() > end:
            text = f"the scenario's venue was not ready within {START_TIMEOUT_SECONDS:g} s"
            raise CannotConnect(f"{text}:\n{_last_lines(log)}")
        await asyncio.sleep(POLL_SECONDS)
    ready = json.loads(await asyncio.to_thread(ready_file.read_text, encoding="utf-8"))
    return VenueAddress(fix=_address(ready["fix"]), http=_address(ready["http"]))


async def _stop(child: asyncio.subprocess.Process) -> None:
    if child.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
    try:
        async with asyncio.timeout(STOP_TIMEOUT_SECONDS):
            await child.wait()
    except TimeoutError:
        child.kill()
        await child.wait()


def _address(pair: list[object]) -> tuple[str, int]:
    host, port = pair
    return str(host), int(str(port))


def _last_lines(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines[-LAST_LINES_SHOWN:])
