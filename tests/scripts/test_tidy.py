"""Each rule of scripts/tidy.py on a small tree that breaks it, and beside it the same thing done well."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scripts import tidy

LEFT_OVER = "TO" + "DO"
HIDDEN = "pragma: no " + "cover"


def function(lines: int) -> str:
    return "def f():\n" + "    pass\n" * (lines - 1)


@pytest.mark.parametrize(
    ("path", "text", "finding"),
    [
        ("gateway/fix/long.py", "a = 1\n" * 501, "gateway/fix/long.py:501: 501 lines, at most 500; split it by noun"),
        ("tests/test_long.py", "a = 1\n" * 501, "tests/test_long.py:501: 501 lines, at most 500; split it by noun"),
        ("gateway/f.py", function(71), "gateway/f.py:1: f has 71 lines, at most 70"),
        (
            "gateway/f.py",
            "class A:\n    async def f(self):\n" + "        ...\n" * 70,
            "gateway/f.py:2: f has 71 lines, at most 70",
        ),
        (
            "exchange/f.py",
            "def f(a, b, /, c, d, e, *, g, h, i, j): ...",
            "exchange/f.py:1: f has 9 parameters, at most 8; group them",
        ),
        (
            "gateway/utils.py",
            "",
            "gateway/utils.py:1: 'utils' in a name says nothing; name it by what it is in the trade",
        ),
        ("gateway/fix/session_manager.py", "", "gateway/fix/session_manager.py:1: 'manager' in a name says nothing; "),
        ("exchange/common/order.py", "", "exchange/common/order.py:1: 'common' in a name says nothing; "),
        (
            "gateway/a.py",
            f"a = 1  # {LEFT_OVER} later",
            f"gateway/a.py:1: {LEFT_OVER!r} is left over; finish it or leave",
        ),
        (
            "docs/guide.md",
            f"one\n{LEFT_OVER}: write",
            f"docs/guide.md:2: {LEFT_OVER!r} is left over; finish it or leave",
        ),
        ("scripts/serve", f"# {LEFT_OVER}", f"scripts/serve:1: {LEFT_OVER!r} is left over; finish it or leave it out"),
        (
            "gateway/a.py",
            f"if a:  # {HIDDEN}\n    pass",
            f"gateway/a.py:1: {HIDDEN!r} is left over; finish it or leave",
        ),
        (
            "exchange/orders.py",
            "price = 10.5",
            "exchange/orders.py:1: 10.5 is a float; prices, quantities and money are",
        ),
        ("exchange/matching/book.py", "a: float", "exchange/matching/book.py:1: float has no place here; prices, "),
        ("exchange/venue.py", "\nticks = float('1')", "exchange/venue.py:2: float has no place here; prices, "),
        ("exchange/reference/units.py", "a = b / c", "exchange/reference/units.py:1: '/' makes a float; divide "),
        ("exchange/events.py", "a /= 2", "exchange/events.py:1: '/' makes a float; divide integers with '//'"),
    ],
)
def test_each_mistake_is_found(tmp_path: Path, path: str, text: str, finding: str) -> None:
    write(tmp_path / path, text)

    found = list(tidy.findings(tmp_path))

    assert len(found) == 1
    assert found[0].startswith(finding)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("gateway/fix/long.py", "a = 1\n" * 500),
        ("gateway/f.py", function(70)),
        ("gateway/f.py", "class A:\n    def f(self, a, b, c, d, e, f, g, h): ..."),
        ("gateway/management.py", ""),
        ("gateway/a.py", "methods = 'ToDo list'"),
        ("gateway/settings.py", "seconds = 0.5 / 2"),
        ("exchange/sequencing/clock.py", "interval_seconds: float = 0.25"),
        ("exchange/matching/book.py", "a = b // c"),
        ("gateway/fix/dictionaries/FIX44.yaml", "a: 1\n" * 501),
        (".venv/lib/utils.py", f"# {LEFT_OVER}"),
    ],
)
def test_what_is_well_passes(tmp_path: Path, path: str, text: str) -> None:
    write(tmp_path / path, text)

    assert list(tidy.findings(tmp_path)) == []


def test_the_program_prints_findings_in_order_and_fails(tmp_path: Path) -> None:
    write(tmp_path / "gateway/utils.py", f"# {LEFT_OVER}")
    write(tmp_path / "exchange/base.py", "")

    ran = subprocess.run([sys.executable, tidy.__file__, tmp_path], capture_output=True, text=True, check=False)

    assert ran.returncode == 1
    assert [line.split(":")[0] for line in ran.stdout.splitlines()] == [
        "exchange/base.py",
        "gateway/utils.py",
        "gateway/utils.py",
    ]


def test_the_program_is_silent_when_all_is_well(tmp_path: Path) -> None:
    ran = subprocess.run([sys.executable, tidy.__file__, tmp_path], capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
