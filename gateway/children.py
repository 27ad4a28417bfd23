"""Child processes of the exchange: started, watched, restarted after a growing pause, and never left behind.

The store and market data followers and the embedded broker run as children so that they cannot take time from the
matching loop. A child that ends is started again; one that ends with an exit code that no restart can heal stays down
and says why. `gateway.main` builds the children, reads their `state` for readiness and metrics, and stops them.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog

from gateway import parent_death

log = structlog.get_logger(__name__)

LINE_BYTES_MAX = 4096
"""Longest line of a child's stderr that is logged; longer ones are cut, for a log is read by people."""

LINES_PER_SECOND_MAX = 100
"""Lines of one child's stderr logged per second; a child in distress must not fill the disk. The rest is counted."""

STDERR_END_SECONDS = 1.0
"""Wait for the end of stderr after a child ended: its last words are what explains the end."""

LAST_LINES_KEPT = 20
"""Lines of stderr kept to tell why a child ended."""


@dataclass(frozen=True)
class RestartPolicy:
    """When a child that ended is started again, and how long one that is stopped may take."""

    first_delay_seconds: float = 0.1
    """Pause before the first restart; each further one doubles it."""
    longest_delay_seconds: float = 5.0
    """The pause does not grow beyond: what was missing (a database, a disk) may be back any time."""
    steady_after_seconds: float = 10.0
    """A run this long proves the child healthy: the next pause is the first one again."""
    stop_grace_seconds: float = 5.0
    """Time between SIGTERM and SIGKILL."""
    final_exits: Mapping[int, str] = field(default_factory=dict)
    """Exit codes after which a restart cannot help, each with the sentence that says what does."""


@dataclass(frozen=True)
class ChildState:
    """What is known of a child at one moment."""

    name: str
    running: bool
    pid: int | None
    """Process id while it runs."""
    restarts: int
    """How often it was started again since `start`."""
    last_exit: int | None
    """Exit code of the last run, negative for the signal that ended it; None while none has ended."""
    failure: str
    """Why it stays down; empty while it runs or will be restarted."""
    last_lines: tuple[str, ...]
    """The end of what it wrote to stderr."""


class ChildProcess:
    """One child process, kept alive from `start` to `stop`.

    The child runs in a session of its own, so that Ctrl-C reaches only the exchange, which then stops its children in
    order. On Linux it is killed when the exchange dies, even by SIGKILL (see `gateway.parent_death`).
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        policy: RestartPolicy | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """`command` begins with an absolute path. `environment` is added to the exchange's own."""
        self.name = name
        self._command = tuple(command)
        self._policy = policy or RestartPolicy()
        self._environment = dict(environment or {})
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None
        self._started_once = asyncio.Event()
        self._stop_requested = asyncio.Event()
        self._stderr = _StderrLog(name)
        self._restarts = 0
        self._last_exit: int | None = None
        self._failure = ""

    @property
    def state(self) -> ChildState:
        """The child's present state."""
        process = self._process
        return ChildState(
            name=self.name,
            running=process is not None,
            pid=process.pid if process is not None else None,
            restarts=self._restarts,
            last_exit=self._last_exit,
            failure=self._failure,
            last_lines=tuple(self._stderr.last_lines),
        )

    async def start(self) -> None:
        """Start the child and keep it alive; returns when the first start was tried. May be called once."""
        assert self._task is None, f"child {self.name} was started before"
        self._task = asyncio.create_task(self._keep_alive(), name=f"child {self.name}")
        await self._started_once.wait()

    async def stop(self) -> None:
        """End the child: SIGTERM, then SIGKILL after the grace. Returns when it is gone, at once when it already is."""
        self._stop_requested.set()
        if self._task is not None:
            await self._task
            log.info("child stopped", child=self.name, exit=self._last_exit)

    async def _keep_alive(self) -> None:
        delay = self._policy.first_delay_seconds
        while not self._stop_requested.is_set():
            began = time.monotonic()
            await self._run_once()
            if self._stop_requested.is_set():
                break
            final = self._policy.final_exits.get(self._last_exit) if self._last_exit is not None else None
            if final is not None:
                self._failure = final
                log.error("child stays down", child=self.name, exit=self._last_exit, reason=self._failure)
                break
            if time.monotonic() - began >= self._policy.steady_after_seconds:
                delay = self._policy.first_delay_seconds
            log.warning("child ended, restarting", child=self.name, exit=self._last_exit, delay_seconds=delay)
            if await self._stopped_within(delay):
                break
            self._restarts += 1
            delay = min(delay * 2, self._policy.longest_delay_seconds)

    async def _run_once(self) -> None:
        try:
            process = await self._spawn()
        except OSError as error:
            # No memory or no process slots: the machine may recover, so this counts as a run that ended.
            self._last_exit = parent_death.EXIT_NOT_RUNNABLE
            log.error("child cannot be started", child=self.name, error=str(error))
            return
        finally:
            self._started_once.set()
        self._process = process
        reader = asyncio.create_task(self._stderr.follow(process.stderr))
        try:
            await self._wait_for_end(process)
        finally:
            if process.returncode is None:
                _kill_group(process.pid)
                await process.wait()
            self._process = None
            self._last_exit = process.returncode
            # Its stderr ends with it, unless something it started lives on and holds the pipe.
            await asyncio.wait({reader}, timeout=STDERR_END_SECONDS)
            reader.cancel()

    async def _spawn(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-S",
            str(Path(parent_death.__file__)),
            str(os.getpid()),
            *self._command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **self._environment},
            start_new_session=True,
        )

    async def _wait_for_end(self, process: asyncio.subprocess.Process) -> None:
        """Until the child ended by itself, or was asked to by `stop` and did within the grace."""
        ended = asyncio.create_task(process.wait())
        asked = asyncio.create_task(self._stop_requested.wait())
        try:
            await asyncio.wait({ended, asked}, return_when=asyncio.FIRST_COMPLETED)
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
                await asyncio.wait({ended}, timeout=self._policy.stop_grace_seconds)
                if not ended.done():
                    log.warning("child did not stop in time, killed", child=self.name, pid=process.pid)
        finally:
            ended.cancel()
            asked.cancel()

    async def _stopped_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._stop_requested.wait(), seconds)
        except TimeoutError:
            return False
        return True


class Supervisor:
    """Several children, started in order and stopped in reverse."""

    def __init__(self, children: Sequence[ChildProcess]) -> None:
        self._children = tuple(children)

    @property
    def states(self) -> tuple[ChildState, ...]:
        """The state of each child, in the order they are started."""
        return tuple(child.state for child in self._children)

    async def start(self) -> None:
        """Start every child."""
        for child in self._children:
            await child.start()

    async def stop(self) -> None:
        """Stop every child, the last started first: it may still need the others to end well."""
        for child in reversed(self._children):
            await child.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()


class _StderrLog:
    """Logs what a child writes to stderr, line by line, within bounds of length and rate."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._second = 0
        self._lines_this_second = 0
        self._suppressed = 0
        self.last_lines: deque[str] = deque(maxlen=LAST_LINES_KEPT)

    async def follow(self, stream: asyncio.StreamReader | None) -> None:
        """Read `stream` to its end."""
        assert stream is not None, "the child was started with a pipe for stderr"
        rest = b""
        while chunk := await stream.read(LINE_BYTES_MAX):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._take(line)
            if len(rest) > LINE_BYTES_MAX:
                self._take(rest)
                rest = b""
        if rest:
            self._take(rest)
        self._report_suppressed()

    def _take(self, line: bytes) -> None:
        text = line[:LINE_BYTES_MAX].decode("utf-8", "replace").rstrip()
        if not text:
            return
        self.last_lines.append(text)
        second = int(time.monotonic())
        if second != self._second:
            self._report_suppressed()
            self._second, self._lines_this_second = second, 0
        self._lines_this_second += 1
        if self._lines_this_second > LINES_PER_SECOND_MAX:
            self._suppressed += 1
            return
        log.info("child says", child=self._name, line=text)

    def _report_suppressed(self) -> None:
        if self._suppressed:
            log.warning("child says too much", child=self._name, lines_left_out=self._suppressed)
            self._suppressed = 0


def _kill_group(pid: int) -> None:
    """SIGKILL to the child and whatever it started: the child leads a process group of its own."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        log.info("child was gone before it was killed", pid=pid)
