"""fixpit as people install it: a wheel, in an environment and a folder that know nothing of this checkout."""

from __future__ import annotations

import json
import os
import shutil
import site
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[1]
BUILT_FROM = ("exchange", "gateway", "config", "pyproject.toml", "README.md", "LICENSE")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    for name in BUILT_FROM:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / "source" / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / "source" / name)
    _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, folder / "source")
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment that has the wheel, and its dependencies from this one."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    _pip("--python", folder / "bin/python", "install", "--no-deps", "--no-index", wheel)
    library = next(folder.glob("lib/python*/site-packages"))
    # A folder named in a .pth file is searched, but its own .pth files, such as that of this checkout, are not read.
    (library / "dependencies.pth").write_text("\n".join(site.getsitepackages()))
    return folder / "bin"


def test_the_wheel_holds_every_module_and_data_file_and_nothing_else(wheel: Path) -> None:
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    source = wheel.parent / "source"
    wanted = {path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file()}
    wanted = {name.replace("config/", "gateway/profiles/") for name in wanted if "/" in name}
    wanted = {name for name in wanted if not name.startswith(("build/", "fixpit.egg-info/"))}

    assert held == wanted


def test_the_wheel_carries_its_licence(wheel: Path) -> None:
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in zipfile.ZipFile(wheel).namelist())


def test_the_shipped_configurations_are_found(installed: Path, tmp_path: Path) -> None:
    program = (
        "from importlib.resources import files; print(*sorted(f.name for f in files('gateway.profiles').iterdir()))"
    )
    found = _run(installed / "python", "-c", program, cwd=tmp_path).split()

    assert [name for name in found if name.endswith(".yaml")] == sorted(
        path.name for path in ROOT.glob("config/*.yaml")
    )


def test_the_program_runs_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    place = _run(installed / "python", "-c", "import gateway; print(gateway.__file__)", cwd=tmp_path)

    assert place.startswith(str(installed.parent))
    assert _run(installed / "fixpit", "--version", cwd=tmp_path).startswith("fixpit 0.")


def test_the_exchange_runs_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    ports = [f"--{door}-port=0" for door in ("fix", "http", "mqtt")]
    command = [str(installed / "fixpit"), "serve", "--no-flow", *ports, "--ready-file", str(ready)]
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen(command, cwd=tmp_path, env=_own(), stderr=log) as serving,
    ):
        try:
            while not ready.exists():
                assert serving.poll() is None, (tmp_path / "log").read_text()
                time.sleep(0.05)
            host, port = json.loads(ready.read_bytes())["http"]
            answer = httpx.get(f"http://{host}:{port}/readyz")
        finally:
            serving.terminate()

    assert answer.status_code == 200, answer.text
    assert serving.returncode == 0, (tmp_path / "log").read_text()
    assert (tmp_path / "fixpit-data").is_dir()


def test_a_scenario_runs_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    shutil.copy(ROOT / "fixtures/scenarios/first-order.yaml", tmp_path)

    assert "passed" in _run(installed / "fixpit", "scenario", "run", "first-order.yaml", cwd=tmp_path)


def _run(*command: str | Path, cwd: Path) -> str:
    ran = subprocess.run(command, cwd=cwd, env=_own(), capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout


def _own() -> dict[str, str]:
    """Surroundings that lead back neither to this checkout nor to the measuring of its coverage."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTHON"))}


def _pip(*arguments: str | Path) -> None:
    subprocess.run([sys.executable, "-m", "pip", "-qq", *arguments], check=True)
