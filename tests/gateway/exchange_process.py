"""A real exchange for tests: `python -m gateway.cli serve` in a folder of its own, on free ports."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

START_SECONDS_MAX = 30.0
STOP_SECONDS_MAX = 15.0
LAST_LINE = "Ctrl-C to stop"

SETTINGS = """\
demo: true
fix:
  port: 0
  sessions:
    - { comp_id: ALICE, username: alice, password: alice, accounts: [ALICE] }
    - { comp_id: CLI, username: cli, password: cli, accounts: [CLI] }
http: { port: 0 }
mqtt: { enabled: false }
accounts: [{ id: ALICE }, { id: CLI }]
instruments:
  - { symbol: ACME, reference_price: "10.00" }
  - { symbol: BRK/A, reference_price: "1000", tick: "0.5", lot: 10 }
"""


@dataclass(frozen=True)
class RunningExchange:
    process: subprocess.Popen[bytes]
    folder: Path
    fix: tuple[str, int]
    http: tuple[str, int]

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def url(self) -> str:
        return f"http://{self.http[0]}:{self.http[1]}"

    @property
    def stdout(self) -> str:
        return (self.folder / "stdout").read_text()

    @property
    def stderr(self) -> str:
        return (self.folder / "stderr").read_text()

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS_MAX)


@contextmanager
def running_exchange(folder: Path, *options: str, settings: str = SETTINGS) -> Iterator[RunningExchange]:
    (folder / "exchange.yaml").write_text(settings)
    ready = folder / "ready.json"
    given = [f"--config={folder}/exchange.yaml", f"--data={folder}/data", f"--ready-file={ready}", *options]
    with (folder / "stdout").open("wb") as stdout, (folder / "stderr").open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "gateway.cli", "serve", *given],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )
    try:
        deadline = time.monotonic() + START_SECONDS_MAX
        while not ready.exists() or LAST_LINE not in (folder / "stdout").read_text():
            assert process.poll() is None, (folder / "stderr").read_text()
            assert time.monotonic() < deadline, "the exchange was not ready in time"
            time.sleep(0.02)
        doors = json.loads(ready.read_text())
        yield RunningExchange(process, folder, tuple(doors["fix"]), tuple(doors["http"]))
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
