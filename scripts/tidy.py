#!/usr/bin/env python3
"""Fails the build when the tree stops being a pleasure to read: sizes, names, leftovers, floats where money is counted.

What other linters say better stands in pyproject.toml. Called by scripts/check; `scripts/tidy.py FOLDER` looks at
another tree. There is no list of exceptions, on purpose: a file that is too long is split.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
PARAMETERS_MAX = 8

CODE_FOLDERS = ("exchange", "gateway", "scripts", "tests", ".ci")
PROSE_FOLDERS = ("config", "docs", "fixtures")
PROSE_ENDINGS = {".md", ".yaml", ".yml", ".toml", ".txt"}

NAMELESS_WORDS = {"utils", "util", "helpers", "helper", "common", "base", "misc", "manager", "handler", "processor"}
"""Words that say nothing about the trade. What has no noun of its own goes where it is used."""

MONEY_PATHS = {
    "commands",
    "events",
    "marketdata",
    "matching",
    "order_rules",
    "orders",
    "reference",
    "rejections",
    "venue",
}
"""Parts of `exchange` where prices, quantities and money are integers, so neither `float` nor `/` may occur."""

LEFTOVERS = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME)\b|pragma: no " + r"cover")
"""Unfinished work, and lines hidden from the coverage figure. Written in halves: this file is looked at as well."""


def findings(root: Path) -> Iterator[str]:
    """Yields one line `path:line: what is wrong and what would be right` for each mistake under `root`."""
    for path in _files(root):
        place = path.relative_to(root).as_posix()
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines, 1):
            if match := LEFTOVERS.search(line):
                yield f"{place}:{number}: {match[0]!r} is left over; finish it or leave it out"
        if path.relative_to(root).parts[0] in CODE_FOLDERS:
            yield from _code_findings(place, path, lines)


def _files(root: Path) -> Iterator[Path]:
    for folder in (*CODE_FOLDERS, *PROSE_FOLDERS):
        for path in (root / folder).rglob("*"):
            is_program = folder in ("scripts", ".ci") and not path.suffix
            if path.is_file() and (is_program or path.suffix in {".py", *PROSE_ENDINGS}):
                yield path
    for path in root.iterdir():
        if path.is_file() and path.suffix in PROSE_ENDINGS:
            yield path


def _code_findings(place: str, path: Path, lines: list[str]) -> Iterator[str]:
    if path.suffix in PROSE_ENDINGS:
        return
    if len(lines) > FILE_LINES_MAX:
        yield f"{place}:{FILE_LINES_MAX + 1}: {len(lines)} lines, at most {FILE_LINES_MAX}; split it by noun"
    for name in Path(place).with_suffix("").parts:
        if nameless := NAMELESS_WORDS.intersection(name.split("_")):
            yield f"{place}:1: {min(nameless)!r} in a name says nothing; name it by what it is in the trade"
    if path.suffix == ".py":
        tree = ast.parse("\n".join(lines), place)
        yield from _function_findings(place, tree)
        if place.startswith("exchange/") and Path(place).with_suffix("").parts[1] in MONEY_PATHS:
            yield from _float_findings(place, tree)


def _function_findings(place: str, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        length = (node.end_lineno or node.lineno) - node.lineno + 1
        if length > FUNCTION_LINES_MAX:
            yield f"{place}:{node.lineno}: {node.name} has {length} lines, at most {FUNCTION_LINES_MAX}"
        given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        count = len([argument for argument in given if argument.arg not in ("self", "cls")])
        if count > PARAMETERS_MAX:
            yield f"{place}:{node.lineno}: {node.name} has {count} parameters, at most {PARAMETERS_MAX}; group them"


def _float_findings(place: str, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=float() as value):
                yield f"{place}:{node.lineno}: {value!r} is a float; prices, quantities and money are integers"
            case ast.Name(id="float"):
                yield f"{place}:{node.lineno}: float has no place here; prices, quantities and money are integers"
            case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
                yield f"{place}:{node.lineno}: '/' makes a float; divide integers with '//'"


def main(arguments: list[str]) -> int:
    """Prints the findings; the exit code is 1 when there are any."""
    found = sorted(findings(Path(arguments[0] if arguments else ".").resolve()))
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
