"""Children are restarted with growing pauses, stopped in time, and die with the process that started them."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.children import LINES_PER_SECOND_MAX, ChildProcess, RestartPolicy, Supervisor

QUICK = RestartPolicy(first_delay_seconds=0.02, longest_delay_seconds=0.1, stop_grace_seconds=0.5)
SLEEPER = "import time; time.sleep(60)"
DEAF = "import signal, sys, time; signal.signal(15, signal.SIG_IGN); print('deaf', file=sys.stderr); time.sleep(60)"


def python(code: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", code, *arguments]


async def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the awaited condition did not come"
        await asyncio.sleep(0.01)


def is_alive(pid: int) -> bool:
    """Whether `pid` runs; a zombie has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def exists(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def test_a_child_runs_until_it_is_stopped() -> None:
    child = ChildProcess("sleeper", python(SLEEPER), policy=QUICK)
    await child.start()
    assert child.state.running
    pid = child.state.pid
    assert pid is not None
    assert is_alive(pid)

    await child.stop()

    state = child.state
    assert (state.running, state.pid, state.restarts, state.failure) == (False, None, 0, "")
    assert state.last_exit == -signal.SIGTERM
    assert not exists(pid), "the child is reaped, no zombie stays"


async def test_a_killed_child_is_started_again() -> None:
    child = ChildProcess("sleeper", python(SLEEPER), policy=QUICK)
    await child.start()
    first = child.state.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await until(lambda: child.state.restarts == 1 and child.state.running)
    assert child.state.pid != first
    assert child.state.last_exit == -signal.SIGKILL
    await child.stop()


async def test_the_pause_doubles_up_to_its_bound() -> None:
    child = ChildProcess("failing", python("raise SystemExit(3)"), policy=QUICK)
    with capture_logs() as logs:
        await child.start()
        await until(lambda: child.state.last_exit == 3)
        await until(lambda: child.state.restarts >= 4)
        await child.stop()
    delays = [entry["delay_seconds"] for entry in logs if entry["event"] == "child ended, restarting"]
    assert delays[:4] == [0.02, 0.04, 0.08, 0.1]


async def test_a_steady_run_resets_the_pause() -> None:
    policy = RestartPolicy(first_delay_seconds=0.02, longest_delay_seconds=10, steady_after_seconds=0.01)
    child = ChildProcess("slow to fail", python("import time; time.sleep(0.02); raise SystemExit(3)"), policy=policy)
    with capture_logs() as logs:
        await child.start()
        await until(lambda: child.state.restarts >= 3)
        await child.stop()
    delays = [entry["delay_seconds"] for entry in logs if entry["event"] == "child ended, restarting"]
    assert delays[:3] == [0.02, 0.02, 0.02]


async def test_a_final_exit_is_not_restarted_and_says_what_helps() -> None:
    policy = RestartPolicy(first_delay_seconds=0.01, final_exits={4: "run `fixpit store rebuild`"})
    child = ChildProcess("store", python("import sys; print('behind', file=sys.stderr); sys.exit(4)"), policy=policy)
    await child.start()
    await until(lambda: child.state.failure != "")
    state = child.state
    assert (state.running, state.restarts, state.last_exit) == (False, 0, 4)
    assert state.failure == "run `fixpit store rebuild`"
    assert state.last_lines == ("behind",)
    await child.stop()


async def test_a_child_deaf_to_sigterm_is_killed_after_the_grace() -> None:
    child = ChildProcess("deaf", python(DEAF), policy=QUICK)
    await child.start()
    await until(lambda: child.state.last_lines == ("deaf",))
    began = time.monotonic()
    await child.stop()
    assert 0.5 <= time.monotonic() - began < 20
    assert child.state.last_exit == -signal.SIGKILL


async def test_stop_ends_the_pause_before_a_restart() -> None:
    policy = RestartPolicy(first_delay_seconds=60, longest_delay_seconds=60)
    child = ChildProcess("failing", python("raise SystemExit(1)"), policy=policy)
    await child.start()
    await until(lambda: child.state.last_exit == 1)
    await asyncio.wait_for(child.stop(), 5)
    assert child.state.restarts == 0


async def test_a_command_that_does_not_exist_is_named() -> None:
    child = ChildProcess("nothing", ["/nowhere/program"], policy=QUICK)
    await child.start()
    await until(lambda: child.state.restarts >= 1)
    await child.stop()
    assert "cannot run /nowhere/program: No such file or directory" in child.state.last_lines


async def test_environment_is_added_to_ours() -> None:
    code = "import os, sys; print(os.environ['COLOR'], 'PATH' in os.environ, file=sys.stderr); sys.exit(9)"
    child = ChildProcess("env", python(code), policy=QUICK, environment={"COLOR": "green"})
    await child.start()
    await until(lambda: "green True" in child.state.last_lines)
    await child.stop()


@pytest.mark.parametrize(
    ("code", "lines_logged_max", "longest"),
    [
        pytest.param("print('x' * 100_000, file=sys.stderr)", 30, 8192, id="endless line"),
        pytest.param("print('x\\n' * 5_000, file=sys.stderr)", 3 * LINES_PER_SECOND_MAX, 1, id="flood of lines"),
        pytest.param("sys.stderr.buffer.write(b'\\xff\\xfe broken')", 1, 9, id="no UTF-8, no line end"),
    ],
)
async def test_stderr_is_logged_within_bounds(code: str, lines_logged_max: int, longest: int) -> None:
    child = ChildProcess("chatty", python(f"import sys; {code}"), policy=RestartPolicy(final_exits={0: "done"}))
    with capture_logs() as logs:
        await child.start()
        await until(lambda: child.state.failure == "done")
    lines = [entry["line"] for entry in logs if entry["event"] == "child says"]
    assert 1 <= len(lines) <= lines_logged_max
    assert max(map(len, lines)) <= longest
    left_out = sum(entry["lines_left_out"] for entry in logs if entry["event"] == "child says too much")
    assert left_out > 0 or len(lines) < LINES_PER_SECOND_MAX
    await child.stop()


async def test_the_supervisor_stops_in_reverse_order() -> None:
    with capture_logs() as logs:
        names = ("first", "second")
        code = "import sys, time; print('up', file=sys.stderr); time.sleep(60)"
        async with Supervisor([ChildProcess(name, python(code), policy=QUICK) for name in names]) as supervisor:
            await until(lambda: all(state.last_lines == ("up",) for state in supervisor.states))
            assert [(state.name, state.running) for state in supervisor.states] == [("first", True), ("second", True)]
        assert [state.running for state in supervisor.states] == [False, False]
    assert [entry["child"] for entry in logs if entry["event"] == "child stopped"] == ["second", "first"]


PARENT = """
import asyncio, sys
from gateway.children import ChildProcess
async def main():
    child = ChildProcess("sleeper", [sys.executable, "-c", sys.argv[1]])
    await child.start()
    while not child.state.last_lines:
        await asyncio.sleep(0.01)
    print("pid", child.state.pid, flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
async def test_a_child_dies_with_a_killed_parent_even_when_deaf() -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, DEAF, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert parent.stdout is not None
    line = b""
    while not line.startswith(b"pid "):
        line = await asyncio.wait_for(parent.stdout.readline(), 30)
    child_pid = int(line.split()[1])
    assert is_alive(child_pid)
    parent.kill()
    await parent.wait()
    await until(lambda: not is_alive(child_pid), seconds=5)


async def test_a_child_whose_parent_is_gone_already_does_not_start() -> None:
    script = Path("gateway/parent_death.py").resolve()
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(script), "1", sys.executable, "-c", "print('ran')", stderr=asyncio.subprocess.PIPE
    )
    _, stderr = await process.communicate()
    assert process.returncode == 1
    assert b"process 1 that started this one is gone" in stderr
