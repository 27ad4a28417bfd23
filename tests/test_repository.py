"""The repository as a whole: what lies where, what is installed, what its documents claim."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROGRAMS = [
    "scripts/setup",
    "scripts/serve",
    "scripts/test",
    "scripts/check",
    "scripts/interop",
    "scripts/soak",
    "scripts/tidy.py",
    ".ci/run",
]
OF_THE_WHOLE = {Path("end_to_end"), Path("interop"), Path("models")}
"""Folders of tests that have no counterpart: they know the exchange, or its core, from outside alone."""
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_can_be_run(program: str) -> None:
    assert os.access(ROOT / program, os.X_OK)


@pytest.mark.parametrize("program", [name for name in PROGRAMS if not name.endswith(".py")])
def test_shell_programs_are_sound_and_short(program: str) -> None:
    text = (ROOT / program).read_text()

    assert text.startswith("#!/usr/bin/env bash\n# ")
    assert re.search(r"^set -e?uo pipefail$", text, re.MULTILINE)
    assert text.count("\n") <= (45 if program == "scripts/setup" else 20)
    subprocess.run(["bash", "-n", ROOT / program], check=True)


def test_the_top_level_is_the_agreed_one() -> None:
    agreed = {"exchange", "gateway", "config", "scripts", "tests", "fixtures", "docs"}
    agreed |= {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"}
    ours = {path.parts[0] for path in _kept_files()}

    assert {name for name in ours if not name.startswith(".")} <= agreed


def test_every_folder_of_code_is_installed() -> None:
    folders = {path.parent for path in _kept_files() if path.parts[0] in ("exchange", "gateway")}
    packages = {".".join(folder.parts) for folder in folders}

    assert set(PROJECT["tool"]["setuptools"]["packages"]) == packages | {"gateway.profiles"}


def test_tests_mirror_the_tree() -> None:
    folders = {path.parent.relative_to("tests") for path in _kept_files() if path.match("tests/**/test_*.py")}
    strays = [str(folder) for folder in folders - OF_THE_WHOLE if not (ROOT / folder).is_dir()]

    assert strays == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", document.read_text())

    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_scripts_that_documents_name_exist(document: Path) -> None:
    named = set(re.findall(r"(?<![\w/.])((?:scripts|\.ci)/[\w.-]*\w)", document.read_text()))

    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_the_changelog_begins_with_the_version_that_is_installed() -> None:
    headings = re.findall(r"^## (.*)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)

    assert headings[0] == PROJECT["project"]["version"]


def test_the_licence_is_the_one_named() -> None:
    licence = (ROOT / "LICENSE").read_text()

    assert PROJECT["project"]["license"] == "Apache-2.0"
    assert licence.split()[:6] == ["Apache", "License", "Version", "2.0,", "January", "2004"]
    assert "END OF TERMS AND CONDITIONS" in licence


def _kept_files() -> Iterator[Path]:
    """Files of the repository; where git is not there, all that git would not ignore by our own rules."""
    asked = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode == 0:
        yield from (Path(line) for line in asked.stdout.splitlines() if (ROOT / line).is_file())
        return
    for path in ROOT.rglob("*.py"):
        if path.relative_to(ROOT).parts[0] in ("exchange", "gateway", "config", "scripts", "tests"):
            yield path.relative_to(ROOT)
