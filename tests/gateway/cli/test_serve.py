"""`fixpit serve`: how it starts, stops, and says why it does neither; each in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from exchange.sequencing.data_folder import DataFolder
from tests.gateway.exchange_process import SETTINGS, running_exchange

EXIT_SECONDS_MAX = 30


def serve(folder: Path, *options: str, settings: str = SETTINGS) -> subprocess.CompletedProcess[str]:
    (folder / "exchange.yaml").write_text(settings)
    given = ["--config", "exchange.yaml", "--data", "data", *options]
    return subprocess.run(
        [sys.executable, "-m", "gateway.cli", "serve", *given],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        timeout=EXIT_SECONDS_MAX,
        check=False,
    )


def test_a_stop_is_orderly_and_the_next_start_goes_on(tmp_path: Path) -> None:
    with running_exchange(tmp_path) as exchange:
        assert exchange.stop(signal.SIGINT) == 0
        assert not (exchange.data / "run.json").exists()
        assert not (tmp_path / "ready.json").exists()
    with running_exchange(tmp_path, "--log-format", "json") as exchange:
        assert exchange.stop(signal.SIGTERM) == 0
        said = [json.loads(line) for line in exchange.stderr.splitlines()]

    assert "journal replayed" in [line["event"] for line in said]
    assert all({"timestamp", "level", "logger"} <= line.keys() for line in said)
    assert "Traceback" not in exchange.stderr


def test_all_mistakes_of_the_settings_are_named_with_their_places(tmp_path: Path) -> None:
    ended = serve(tmp_path, settings="fix:\n  prot: 9876\n  garbled_limit: none\nhttp:\n  port: 70000\n")

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.splitlines()[0].startswith('exchange.yaml:2:3: fix.prot: unknown key, did you mean "port"?')
    assert [line.split(": ")[:2] for line in ended.stderr.splitlines()[1:]] == [
        ["exchange.yaml:3:18", "fix.garbled_limit"],
        ["exchange.yaml:5:9", "http.port"],
    ]
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (("--fix-port", "65536"), "65536 is not in the range 0<=x<=65535"),
        (("--seed", "-1"), "Invalid value for '--seed'"),
        (("--log-format", "xml"), "'xml' is not one of 'console', 'json'"),
        (("--nonsense",), "--nonsense"),
    ],
)
def test_a_wrong_option_is_wrong_usage(tmp_path: Path, options: tuple[str, ...], text: str) -> None:
    ended = serve(tmp_path, *options)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert text in ended.stderr


@pytest.mark.parametrize("door", ["fix", "http"])
def test_a_port_in_use_is_one_sentence(tmp_path: Path, door: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = serve(tmp_path, f"--{door}-port", str(port))

    last = ended.stderr.splitlines()[-1]
    assert (ended.returncode, ended.stdout) == (1, "")
    assert last.startswith(f"fixpit cannot start: {door.upper()} cannot listen on port {port} of 127.0.0.1: address")
    assert f"{door}.port (--{door}-port; 0 takes a free one)" in last
    assert "Traceback" not in ended.stderr


def test_a_folder_in_use_is_one_sentence(tmp_path: Path) -> None:
    with DataFolder(tmp_path / "data"):
        ended = serve(tmp_path)

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        f"fixpit cannot start: the data folder {tmp_path}/data is in use by process {os.getpid()}: "
        "stop that exchange, or name another folder with --data\n"
    )


def test_a_file_in_the_place_of_the_folder_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    ended = serve(tmp_path)

    assert ended.returncode == 1
    assert ended.stderr == (
        f"fixpit cannot start: the data folder {tmp_path}/data cannot be used: "
        "it, or a part of its path, is not a folder; name a folder with --data\n"
    )


def test_the_version_comes_at_once_and_tells_what_runs() -> None:
    ended = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "gateway.cli", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    imported = {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()}

    assert ended.stdout.startswith("fixpit 0.")
    assert "hot path " in ended.stdout
    assert not {"rich", "pydantic", "starlette", "httpx", "sqlalchemy", "asyncio"} & imported
