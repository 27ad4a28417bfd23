"""`fixpit serve` in a process of its own: started, killed, stopped and started again on one data folder.

Nothing here reaches into the exchange: what a test knows of it comes over its sockets, from its files and from `/proc`.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import msgspec

from exchange.sequencing.data_folder import DataPaths

ROOT = Path(__file__).parents[2]
START_SECONDS_MAX = 30.0
POLL_SECONDS = 0.005


class Doors(msgspec.Struct, frozen=True):
    """What the ready file says."""

    pid: int
    fix: tuple[str, int]
    http: tuple[str, int] | None
    mqtt: tuple[str, int] | None


class ExchangeProcess:
    """One exchange, possibly several processes one after another."""

    def __init__(
        self,
        scratch: Path,
        *,
        data: Path | None = None,
        config: Path | str = "exchange",
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """`scratch` takes the log, the ready file and, unless it is elsewhere, the data folder.

        `settings` are overrides by their paths: `{"journal.durability": "fsync"}`.
        """
        self.paths = DataPaths(data or scratch / "data")
        self.log_file = scratch / "exchange.log"
        self.launched_by: Sequence[str] = ()
        """A command that runs the exchange's own, given behind it."""
        self.start_processor_seconds = 0.0
        """What the latest start took of a processor: what can be compared with a limit whatever else is running."""
        self.start_seconds = 0.0
        """From the start of the latest process to its ready file."""
        self.config = config if isinstance(config, Path) else ROOT / "config" / f"{config}.yaml"
        self._settings = dict(settings or {})
        self._ready_file = scratch / "ready.json"
        self._process: subprocess.Popen[bytes] | None = None
        self._doors: Doors | None = None

    @property
    def doors(self) -> Doors:
        assert self._doors is not None, "the exchange is not up"
        return self._doors

    @property
    def fix_port(self) -> int:
        return self.doors.fix[1]

    @property
    def http_port(self) -> int:
        if fixed := self._settings.get("http.port"):
            return int(fixed)
        assert self.doors.http is not None
        return self.doors.http[1]

    @property
    def mqtt_port(self) -> int:
        assert self.doors.mqtt is not None
        return self.doors.mqtt[1]

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    async def start(self) -> None:
        """Until the ready file is there."""
        began = time.monotonic()
        self.launch()
        await self.ready()
        self.start_seconds = time.monotonic() - began
        self.start_processor_seconds = processor_seconds(self.pid)

    async def start_doors(self, fix_port: int, http_port: int) -> None:
        """Until FIX and, before it, HTTP are open at these ports, whatever the rest is doing."""
        self._settings |= {"fix.port": str(fix_port), "http.port": str(http_port)}
        began = time.monotonic()
        self.launch()
        async with asyncio.timeout(START_SECONDS_MAX):
            while not await _is_open(fix_port):
                assert self.is_alive, f"the exchange did not start:\n{self.log[-4000:]}"
                await asyncio.sleep(POLL_SECONDS)
        self.start_seconds = time.monotonic() - began
        self.start_processor_seconds = processor_seconds(self.pid)

    async def ready(self) -> None:
        """Until the process that was launched has written its ready file."""
        async with asyncio.timeout(START_SECONDS_MAX):
            while not self._ready_file.exists():
                assert self.is_alive, f"the exchange did not start:\n{self.log[-4000:]}"
                await asyncio.sleep(POLL_SECONDS)
        self._doors = msgspec.json.decode(self._ready_file.read_bytes(), type=Doors)

    def launch(self) -> None:
        """Starts the process and does not wait for it."""
        self._ready_file.unlink(missing_ok=True)
        environment = {**unmeasured(), **{_variable(name): value for name, value in self._settings.items()}}
        command = [
            *self.launched_by,
            sys.executable,
            "-m",
            "gateway.cli",
            "serve",
            "--config",
            str(self.config),
            "--no-flow",
        ]
        command += ["--data", str(self.paths.path), "--ready-file", str(self._ready_file), "--log-format", "json"]
        for port in ("fix", "http", "mqtt"):
            if f"{port}.port" not in self._settings:
                command += [f"--{port}-port", "0"]
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, cwd=ROOT
            )

    async def refuses_to_start(self) -> tuple[int, str]:
        """Exit code and last words of a process that must not come up."""
        self.launch()
        code = await self.ended()
        return code, self.log.strip().splitlines()[-1]

    def kill(self) -> None:
        """SIGKILL to the main process, and to it alone."""
        self._send(signal.SIGKILL)
        assert self._process is not None
        assert self._process.wait(10) == -signal.SIGKILL

    async def stop(self) -> int:
        """SIGTERM; the exit code."""
        self._send(signal.SIGTERM)
        return await self.ended()

    async def ended(self) -> int:
        """The exit code of the process, once it has one."""
        assert self._process is not None
        async with asyncio.timeout(20):
            while (code := self._process.poll()) is None:
                await asyncio.sleep(POLL_SECONDS)
        return code

    async def get(self, path: str) -> Any:
        """The JSON that HTTP answers."""
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"http://127.0.0.1:{self.http_port}{path}")
        return answer.json()

    async def book(self, symbol: str, levels: int = 1000) -> dict[str, Any]:
        """Both sides of a book as HTTP shows it."""
        shown = await self.get(f"/market-data/books/{symbol}?levels={levels}")
        return {"bids": shown["bids"], "asks": shown["asks"]}

    async def caught_up(self) -> None:
        """Until every part is up and no follower is behind."""
        async with asyncio.timeout(30):
            while True:
                ready = await self.get("/readyz")
                if ready["status"] == "ready" and not any(part.get("lag_events") for part in ready["parts"].values()):
                    return
                await asyncio.sleep(0.02)

    def child(self, words: str) -> int:
        """The process below the exchange whose command line has these words."""
        found = self.children_running(words)
        assert len(found) == 1, f"{len(found)} processes run {words}"
        return found[0]

    def children_running(self, words: str) -> list[int]:
        """The processes below the exchange whose command lines have these words."""
        return [pid for pid in children(self.pid) if words in command_line(pid)]

    def fixpit(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One command of the program `fixpit`."""
        return subprocess.run(
            [sys.executable, "-m", "gateway.cli", *arguments],
            capture_output=True, text=True, check=False, cwd=ROOT, timeout=60, env=unmeasured(),
        )  # fmt: skip

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.is_alive:
            code = await self.stop()
            assert code == 0 or kind is not None, f"exit code {code}:\n{self.log[-4000:]}"

    def _send(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)


def unmeasured() -> dict[str, str]:
    """This run's environment for processes whose coverage is not taken.

    It would double the processor time that they need, and most of them are killed before they could write it.
    """
    return {name: value for name, value in os.environ.items() if not name.startswith("COV")}


async def until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Until something is so; fails when it is not in time."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on and that no outgoing connection will take by chance."""
    found: list[int] = []
    # Test processes that run side by side have numbers side by side: each begins a hundred ports from its neighbours.
    for port in range(20_000 + os.getpid() % 100 * 100, 32_000):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise AssertionError(f"no {count} ports are free")


def children(pid: int) -> list[int]:
    """Processes that a process started and that are there."""
    running = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal())
    return [one for one in running if _parent(one) == pid]


def is_running(pid: int) -> bool:
    """Whether there is such a process; one that ended and was not waited for is none."""
    return _parent(pid) != 0


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def processor_seconds(pid: int) -> float:
    """Time that a process has spent on a processor, itself and in the kernel: a busy machine hardly changes it."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def memory_bytes(pid: int) -> int:
    """Resident memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


async def _is_open(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


def _parent(pid: int) -> int:
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except OSError:
        return 0
    return 0 if state == "Z" else int(parent)


def _variable(name: str) -> str:
    return "FIXPIT_" + name.upper().replace(".", "__")
