"""How long a whole trading day takes in virtual time: an exchange as users run it, a crowd of agents, eight hours.

The day is gone through over HTTP, as `fixpit clock advance` does it; journal, event log and SQL store are on. Called by
scripts/benchmark, or by itself: `python -m scripts.day_benchmark --agents 5 --instruments 10`.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx

HOURS = 8
INSTRUMENTS = 10
AGENTS_PER_INSTRUMENT = 5
ORDERS_PER_SECOND = 10.0
"""Of all agents together, in the venue's time: 288,000 in the day."""

READY_SECONDS = 30
DAY_SECONDS_MAX = 600
POLL_SECONDS = 0.05

SETTINGS = """\
clock: {{ mode: virtual, start: 2026-03-02T08:00:00-05:00 }}
mqtt: {{ enabled: false }}
flow: {{ enabled: true, agents: {agents}, orders_per_second: {rate} }}
accounts: [{{ id: FLOW }}]
markets:
  - name: DAY
    time_zone: America/New_York
    phases:
      - {{ at: "08:00", phase: pre-open }}
      - {{ at: "08:10", phase: opening auction }}
      - {{ at: "08:15", phase: continuous }}
      - {{ at: "15:50", phase: closing auction }}
      - {{ at: "15:55", phase: post-close }}
      - {{ at: "16:00", phase: closed }}
instruments: [{{ symbols: SYM000..SYM{last:03}, reference_price: "100.00", market: DAY }}]
"""


class DayFailed(Exception):
    """The exchange did not go through the day."""


def seconds_of_day(instruments: int = INSTRUMENTS, agents: int = AGENTS_PER_INSTRUMENT, hours: int = HOURS) -> float:
    """Seconds that so many hours of the venue's time take."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = SETTINGS.format(agents=agents, rate=ORDERS_PER_SECOND, last=instruments - 1)
        (folder / "day.yaml").write_text(settings, encoding="utf-8")
        command = [sys.executable, "-m", "gateway.cli", "serve", "--config", f"{folder}/day.yaml"]
        command += ["--data", f"{folder}/data", "--fix-port", "0", "--http-port", "0"]
        command += ["--ready-file", f"{folder}/ready.json"]
        with (folder / "log").open("wb") as log:
            exchange = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            return _gone_through(folder, exchange, hours)
        finally:
            exchange.send_signal(signal.SIGTERM)
            exchange.wait(READY_SECONDS)


def day_text(instruments: int = INSTRUMENTS, agents: int = AGENTS_PER_INSTRUMENT, hours: int = HOURS) -> str:
    """What is measured, in words."""
    return f"{hours} hours, {instruments * agents} agents, {instruments} instruments"


def _gone_through(folder: Path, exchange: subprocess.Popen[bytes], hours: int) -> float:
    ready = folder / "ready.json"
    _until(ready.exists, exchange, READY_SECONDS)
    host, port = json.loads(ready.read_text(encoding="utf-8"))["http"]
    token = (folder / "data" / "operator.token").read_text(encoding="ascii")
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=f"http://{host}:{port}", headers=headers, trust_env=False) as client:
        begin = time.perf_counter()
        client.post("/admin/clock", json={"by": f"{hours}h"}).raise_for_status()
        _until(lambda: not client.get("/admin/clock").json()["is_moving"], exchange, DAY_SECONDS_MAX)
        seconds = time.perf_counter() - begin
        if problem := client.get("/admin/clock").json()["problem"]:
            raise DayFailed(problem)
        return seconds


def _until(is_so: Callable[[], object], exchange: subprocess.Popen[bytes], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline or exchange.poll() is not None:
            raise DayFailed("the exchange did not start, or did not come to the end of the day")
        time.sleep(POLL_SECONDS)


def main() -> int:
    """Prints one figure."""
    parser = argparse.ArgumentParser("python -m scripts.day_benchmark")
    parser.add_argument("--instruments", type=int, default=INSTRUMENTS, help="(%(default)s)")
    parser.add_argument("--agents", type=int, default=AGENTS_PER_INSTRUMENT, help="in each instrument (%(default)s)")
    parser.add_argument("--hours", type=int, default=HOURS, help="of the venue's time (%(default)s)")
    given = parser.parse_args()
    seconds = seconds_of_day(given.instruments, given.agents, given.hours)
    print(f"{day_text(given.instruments, given.agents, given.hours)}: {seconds:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
