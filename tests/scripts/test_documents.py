"""docs/ says what the code does; scripts/generate-docs writes it and finds what is out of date."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from scripts import documents

ROOT = Path(__file__).parents[2]


def test_the_documents_are_up_to_date() -> None:
    assert documents.outdated(ROOT) == [], "run scripts/generate-docs"


def test_a_document_that_is_missing_or_differs_is_named(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/cli.md").write_text(documents.commands())
    (tmp_path / "docs/settings.md").write_text("# Settings of old\n")

    found = documents.outdated(tmp_path)
    assert [name for name in found if "docs/fix/" not in name] == [
        "docs/settings.md",
        "docs/reject-reasons.md",
        "docs/trading-rules.md",
    ]
    assert "docs/fix/NewOrderSingle.md" in found


def test_the_check_changes_nothing_and_says_so_by_its_exit_code() -> None:
    checked = subprocess.run(
        [sys.executable, "scripts/documents.py", "--check"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_every_command_has_an_example_in_its_help() -> None:
    parts = documents.commands().split("\n## ")[1:]
    without = [part.partition("\n")[0] for part in parts if "Example: " not in part and "COMMAND" not in part]

    assert without == []


def test_an_unknown_option_is_refused() -> None:
    assert documents.main(["--force"]) == 2
