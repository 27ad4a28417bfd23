from __future__ import annotations

from pathlib import Path

import pytest

SHIPPED = Path(__file__).parents[2] / "fixtures" / "matching_cases"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--cases", type=Path, default=SHIPPED, metavar="DIR", help="folder whose *.yaml are played as matching cases"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case_path" in metafunc.fixturenames:
        # Asked for another part of the suite, pytest finds this file too late for its option.
        folder = Path(metafunc.config.getoption("--cases", SHIPPED))
        paths = sorted(folder.glob("*.yaml"))
        if not paths:
            raise pytest.UsageError(f"--cases: {folder.resolve()} holds no *.yaml")
        metafunc.parametrize("case_path", paths, ids=[path.stem for path in paths])
