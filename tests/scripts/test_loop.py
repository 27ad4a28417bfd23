"""scripts/test as it narrows to what it is given, and .ci/run on machines with and without a second broker."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE, STDOUT

import pytest

ROOT = Path(__file__).parents[2]


def test_options_narrow_the_suite_and_paths_count_from_the_repository(tmp_path: Path) -> None:
    if not Path(sys.prefix, ".fixpit-test").is_file():
        pytest.skip("this environment was not made by scripts/setup, so scripts/test would not use it as it is")
    command = [str(ROOT / "scripts/test"), "tests/scripts/test_tidy.py", "-q", "-k", "silent_when_all_is_well"]
    ran = subprocess.run(
        command,
        cwd=tmp_path,
        env={**_surroundings(), "FIXPIT_VENV": sys.prefix},
        stdout=PIPE,
        stderr=STDOUT,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout
    assert "1 passed" in ran.stdout
    assert "Cover" not in ran.stdout


@pytest.mark.parametrize(
    ("programs", "said"),
    [
        ({"mosquitto": "exit 0", "apt-get": "echo asked >&2"}, "tested\n"),
        ({"id": "echo 0", "apt-get": "echo $1 >&2; read answer && echo $answer >&2; exit 0"}, "install\ntested\n"),
        (
            {"id": "echo 0", "apt-get": "echo $1 >&2; [ $1 = update ]"},
            "install\nupdate\ninstall\nno mosquitto\ntested\n",
        ),
        ({"id": "echo 0", "apt-get": "echo $1 >&2; exit 100"}, "install\nupdate\nno mosquitto\ntested\n"),
        ({"id": "echo 0"}, "tested\n"),
        ({"id": "echo 1000", "apt-get": "echo asked >&2"}, "tested\n"),
    ],
    ids=["there already", "installed", "not in the lists", "no network", "no apt", "not root"],
)
def test_a_build_machine_runs_the_tests_with_mosquitto_or_without(
    tmp_path: Path, programs: dict[str, str], said: str
) -> None:
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    found = tmp_path / "bin"
    found.mkdir()
    for name in ("bash", "env", "dirname", "readlink", "timeout"):
        (found / name).symlink_to(shutil.which(name) or name)
    _write_program(tmp_path / "scripts/test", "read -r line || echo tested")
    for name, text in programs.items():
        _write_program(found / name, text)

    ran = subprocess.run(
        [tmp_path / ".ci/run"],
        env={"PATH": str(found)},
        input="typed\n",
        stdout=PIPE,
        stderr=STDOUT,
        text=True,
        check=False,
    )

    assert ran.stdout.replace(f"{tmp_path}/.ci/run: ", "") == said
    assert ran.returncode == 0


def _write_program(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!{shutil.which('bash')}\n{text}\n")
    path.chmod(0o755)


def _surroundings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST"))}
