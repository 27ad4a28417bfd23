"""The scenarios that ship once more: what each leaves in its exchange's journal replays to what was told while it ran.

The event log is what the exchange told; it holds every event from the first of an exchange that has no followers.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
import yaml

from exchange.sequencing.data_folder import DataPaths
from exchange.venue import Venue
from gateway.scenario.loading import load_scenario
from gateway.scenario.report import console_lines
from gateway.scenario.runner import run_scenario
from gateway.scenario.venue import VenueAddress, venue_configuration
from gateway.scenario.vocabulary import Vocabulary
from tests.end_to_end.records import logged, replay
from tests.gateway.exchange_process import running_exchange

FILES = sorted((Path(__file__).parents[3] / "fixtures" / "scenarios").glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_what_a_scenario_leaves_replays_to_the_same(file: Path, tmp_path: Path, vocabulary: Vocabulary) -> None:
    scenario = load_scenario(file, vocabulary)
    with running_exchange(tmp_path, settings=yaml.safe_dump(venue_configuration(scenario))) as exchange:
        token = (exchange.data / "operator.token").read_text()
        result = await run_scenario(scenario, vocabulary, VenueAddress(exchange.fix, exchange.http, token))
        assert result.has_passed, "\n".join(console_lines(result))
        assert exchange.stop() == 0
    paths, venue, encode = DataPaths(exchange.data), Venue(), msgspec.msgpack.encode
    replayed = [encode(event) for event in replay(paths, venue)]
    assert replayed == [encode(event) for event in logged(paths)]
    assert len(replayed) == venue.last_event
    assert state_elsewhere(exchange.data) == venue.state_hash()


def state_elsewhere(data: Path) -> str:
    """The state's hash after a replay by another process, whose sets and dicts of text hash otherwise."""
    command = [sys.executable, "-m", "gateway.cli", "journal", "replay", "--data", str(data), "--json"]
    ran = subprocess.run(
        command, env=os.environ | {"PYTHONHASHSEED": "4711"}, capture_output=True, text=True, check=True, timeout=50
    )
    return str(json.loads(ran.stdout)["state_hash"])
