"""A file system small enough to be filled."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def tiny_file_system(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 1 MiB and 20 files. It is reached through a descriptor and gone when that is closed."""
    mounting = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m,nr_inodes=20", "tmpfs", str(tmp_path)],
        check=False,
        capture_output=True,
        text=True,
    )
    if mounting.returncode != 0:
        pytest.skip(f"only root can mount a tiny file system here: {mounting.stderr.strip()}")
    root = os.open(tmp_path, os.O_RDONLY)
    subprocess.run(["umount", "-l", str(tmp_path)], check=True)
    yield Path(f"/proc/self/fd/{root}")
    os.close(root)
