"""scripts/setup and scripts/serve in a small checkout of their own: real bash, real venv, real pip, and no network.

The checkout's project has no dependencies and brings its own build backend; the scripts are the real ones.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from subprocess import PIPE, STDOUT

import pytest

ROOT = Path(__file__).parents[2]

PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""

BACKEND = """
import zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    name, info = "fixpit-1.0-py3-none-any.whl", "fixpit-1.0.dist-info"
    files = {
        "program.py": "import os, sys, time\\ndef main(): print(sys.argv[1:], os.getcwd(), flush=True); time.sleep(30)",
        f"{info}/METADATA": "Metadata-Version: 2.1\\nName: fixpit\\nVersion: 1.0\\nProvides-Extra: test\\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        f"{info}/entry_points.txt": "[console_scripts]\\nfixpit = program:main\\n",
    }
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
        wheel.writestr(f"{info}/RECORD", "".join(f"{path},,\\n" for path in (*files, f"{info}/RECORD")))
    return name
"""


def make_checkout(folder: Path) -> Path:
    shutil.copytree(ROOT / "scripts", folder / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (folder / "backend.py").write_text(BACKEND)
    return folder


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_checkout(tmp_path_factory.mktemp("a folder with spaces") / "fix pit")


@pytest.fixture(scope="module")
def said_by_two_at_once(checkout: Path) -> list[str]:
    both = [
        subprocess.Popen(
            [checkout / "scripts/setup"], cwd="/", env=surroundings(), stdout=PIPE, stderr=STDOUT, text=True
        )
        for _ in range(2)
    ]
    return sorted(process.communicate()[0] for process in both)


@pytest.fixture
def installed(checkout: Path, said_by_two_at_once: list[str]) -> Path:
    assert (checkout / ".venv/.fixpit-serve").is_file(), said_by_two_at_once
    return checkout


def run(command: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [command, *arguments],
        cwd="/",
        env=surroundings(**environment),
        stdin=subprocess.DEVNULL,
        stdout=PIPE,
        stderr=STDOUT,
        text=True,
        check=False,
    )


def surroundings(**environment: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("FIXPIT_", "COV"))}
    return {**own, "FIXPIT_PYTHON": sys.executable, **environment}


def test_of_two_setups_at_once_one_waits_and_finds_all_done(checkout: Path, said_by_two_at_once: list[str]) -> None:
    silent, working = said_by_two_at_once

    assert silent == ""
    assert working.startswith(f"fixpit: setting up {checkout}/.venv with Python 3.")
    assert working.endswith(" (first time, about a minute)\n")
    assert working.count("\n") == 1


def test_setup_is_quick_and_quiet_when_nothing_changed(installed: Path) -> None:
    before = getrusage(RUSAGE_CHILDREN)
    again = run(installed / "scripts/setup")
    after = getrusage(RUSAGE_CHILDREN)

    assert (again.returncode, again.stdout) == (0, "")
    # 0.02 s of a processor; on the clock it is as long as the machine is busy.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.5


def test_what_tests_need_is_installed_when_asked_for_and_holds_what_serving_needs(installed: Path) -> None:
    first, second, serve = (run(installed / "scripts/setup", wanted) for wanted in ("test", "test", "serve"))

    assert "since pyproject.toml or what is wanted changed" in first.stdout
    assert [first.returncode, second.stdout, serve.stdout] == [0, "", ""]


def test_a_changed_project_is_installed_again(installed: Path) -> None:
    with (installed / "pyproject.toml").open("a") as pyproject:
        pyproject.write("# changed\n")

    assert "since pyproject.toml or what is wanted changed" in run(installed / "scripts/setup").stdout
    assert run(installed / "scripts/setup").stdout == ""


def test_an_environment_that_moved_is_made_anew_where_it_is_named(installed: Path, tmp_path: Path) -> None:
    moved = Path(shutil.copytree(installed / ".venv", tmp_path / "else where", symlinks=True))
    said = run(installed / "scripts/setup", FIXPIT_VENV=str(moved)).stdout

    assert f"setting up {moved} with Python" in said
    assert str(moved) in (moved / "bin/fixpit").read_text()


def test_serve_keeps_the_folder_passes_options_on_and_becomes_the_program(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "serve").symlink_to(installed / "scripts/serve")
    run(installed / "scripts/setup")

    with subprocess.Popen(
        [tmp_path / "serve", "--data", "a b"], cwd=tmp_path, env=surroundings(), stdout=PIPE, text=True
    ) as serving:
        assert serving.stdout is not None
        said = serving.stdout.readline()
        serving.send_signal(signal.SIGTERM)

    assert said == f"['serve', '--data', 'a b'] {tmp_path}\n"
    assert serving.returncode == -signal.SIGTERM


def test_a_folder_that_holds_something_else_is_left_alone(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("dear")
    refused = run(installed / "scripts/setup", FIXPIT_VENV=str(tmp_path))

    assert refused.returncode == 1
    assert refused.stdout == f"scripts/setup: {tmp_path} holds something that is not a virtual environment\n"
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("python", ["false", "/nowhere/python3"])
def test_a_python_that_is_too_old_or_missing_is_named(installed: Path, tmp_path: Path, python: str) -> None:
    refused = run(installed / "scripts/setup", FIXPIT_PYTHON=python, FIXPIT_VENV=str(tmp_path))

    assert refused.returncode == 1
    assert refused.stdout == (
        f"scripts/setup: Python 3.11 or newer is needed; tried {python} (FIXPIT_PYTHON names another)\n"
    )


def test_an_unknown_purpose_is_refused(installed: Path) -> None:
    refused = run(installed / "scripts/setup", "fast")

    assert (refused.returncode, refused.stdout) == (1, "scripts/setup: 'fast' is neither serve nor test\n")


def test_an_installation_that_failed_says_so_and_is_tried_again(installed: Path) -> None:
    broken = installed / "pyproject.toml"
    sound = broken.read_text()
    broken.write_text(sound.replace('"backend"', '"missing"'))
    failed, again = run(installed / "scripts/setup"), run(installed / "scripts/setup")
    broken.write_text(sound)

    assert [failed.returncode, again.returncode] == [1, 1]
    assert f"scripts/setup: pip could not install fixpit in {installed}/.venv; its lines above say why" in failed.stdout
    assert run(installed / "scripts/setup").returncode == 0
