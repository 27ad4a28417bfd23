"""Time zones of schedules, on machines that have no time zone database of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[3]

SETTINGS = """\
accounts: [{ id: A }]
fix:
  sessions: [{ comp_id: ONE, accounts: [A], schedule: { days: [MON], time_zone: ZONE } }]
"""


def shown(folder: Path, time_zone: str) -> subprocess.CompletedProcess[str]:
    """`fixpit config show`, where Python finds no files of the system's about time zones."""
    path = folder / "exchange.yaml"
    path.write_text(SETTINGS.replace("ZONE", time_zone))
    command = [sys.executable, "-m", "gateway.cli", "config", "show", "--config", str(path)]
    bare = os.environ | {"PYTHONTZPATH": ""}
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=bare)


def test_time_zones_need_no_database_of_the_system(tmp_path: Path) -> None:
    found = shown(tmp_path, "America/New_York")

    assert (found.returncode, found.stderr) == (0, "")
    assert "America/New_York" in found.stdout


def test_a_time_zone_that_nobody_knows_is_still_refused(tmp_path: Path) -> None:
    refused = shown(tmp_path, "America/New_Amsterdam")

    assert refused.returncode != 0
    assert '"America/New_Amsterdam" is no time zone known here' in refused.stderr


def test_the_database_comes_with_fixpit_itself() -> None:
    dependencies = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]

    assert [name for name in dependencies if name.startswith("tzdata")] != []
