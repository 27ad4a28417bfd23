"""Starts a command that cannot outlive the process that asked for it; also usable by a process on itself.

Run as a script by `gateway.children` (`python -I -S parent_death.py PARENT_PID COMMAND…`): it binds itself to the
parent and then becomes the command, under the same process id. It is a program of its own because the binding must
happen in the child, and Python code between fork and exec is not safe in a process that has threads. It imports nothing
but the standard library, so that it starts fast.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
"""`prctl` option of Linux: the signal this process gets when its parent dies. It survives exec."""

EXIT_NOT_RUNNABLE = 127
"""The shell's exit code for a command that cannot be run."""


def die_with_parent(parent_pid: int) -> None:
    """Have this process killed as soon as `parent_pid` is gone, however that one ends; exits at once if it is already.

    SIGKILL, because what must happen at an orderly end has no meaning when the parent crashed: a database rolls back, a
    broker publishes the last will. On systems without `prctl` only the second half holds: a long-lived program
    compares `os.getppid()` now and then.
    """
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0) != 0:
            error = ctypes.get_errno()
            raise OSError(error, f"prctl(PR_SET_PDEATHSIG) refused: {os.strerror(error)}")
    # The parent may have died before prctl took effect: then nobody sends the signal any more.
    if os.getppid() != parent_pid:
        raise SystemExit(f"process {parent_pid} that started this one is gone")


def main(arguments: list[str]) -> None:
    """Bind to the parent named by the first argument and become the command given by the others."""
    die_with_parent(int(arguments[0]))
    command = arguments[1:]
    try:
        os.execv(command[0], command)  # noqa: S606 - no shell is wanted
    except OSError as error:
        sys.stderr.write(f"cannot run {command[0]}: {error.strerror}\n")
        raise SystemExit(EXIT_NOT_RUNNABLE) from error


if __name__ == "__main__":
    main(sys.argv[1:])
