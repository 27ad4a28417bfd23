"""The documents that follow from the code: commands, settings, reasons of refusal. Called by scripts/generate-docs.

They are committed, so that people read them where they read everything else; a test compares them with the code.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from exchange.rejections import RejectReason
from gateway.cli import main as fixpit
from gateway.fix.dictionary import load
from gateway.fix.versions import VERSIONS
from gateway.http.refusals import status_of
from gateway.settings import settings_reference
from scripts.fix_documents import fix_documents
from scripts.rules_document import rules_document

WIDTH = 100
"""Columns of the help texts: what a page on the web shows without scrolling."""


def commands() -> str:
    """The help of every command, in the order of `fixpit --help`."""
    return "# Commands\n\n" + "\n".join(_command(fixpit, "fixpit", None))


def reject_reasons() -> str:
    """Why the venue refuses, and the codes that FIX clients get."""
    head = (
        "# Reasons of refusal\n\n"
        "The name is the same everywhere: in the journal, in the store and in HTTP problems. FIX clients get the code\n"
        "beside it, and a Text(58) that names field, value and rule. OrdRejReason(103) answers a new order,\n"
        "CxlRejReason(102) a cancel or replace; what a version has no code for is said in the text alone. HTTP\n"
        "clients get a problem body of the status in the last column.\n\n"
        "| reason | meaning | OrdRejReason(103) | CxlRejReason(102) | HTTP |\n|---|---|---|---|---|\n"
    )
    rows = []
    for reason in RejectReason:
        order = _codes("103", {name: version.ord_rej_reason(reason) for name, version in VERSIONS.items()})
        amendment = _codes("102", {name: version.cxl_rej_reason(reason) for name, version in VERSIONS.items()})
        rows.append(f"| `{reason}` | {reason.sentence} | {order} | {amendment} | {status_of(reason).value} |")
    return head + "\n".join(rows) + "\n"


DOCUMENTS: Mapping[str, Callable[[], str]] = {
    "docs/cli.md": commands,
    "docs/settings.md": settings_reference,
    "docs/reject-reasons.md": reject_reasons,
    "docs/trading-rules.md": rules_document,
}
"""File to what it must hold; `docs/fix/` is the matter of scripts/fix_documents.py."""


def outdated(root: Path) -> list[str]:
    """The documents under `root` that do not say what the code does."""
    return [name for name, text in {**DOCUMENTS, **fix_documents()}.items() if not _holds(root / name, text())]


def main(arguments: list[str]) -> int:
    """Writes the documents, or with --check names those that are out of date; then the exit code is 1."""
    root = Path(__file__).parents[1]
    if arguments == ["--check"]:
        found = outdated(root)
        for name in found:
            print(f"{name} is out of date; scripts/generate-docs writes it anew")
        return 1 if found else 0
    if arguments:
        print(f"{' '.join(arguments)} is not --check, the only option there is", file=sys.stderr)
        return 2
    for name, text in {**DOCUMENTS, **fix_documents()}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text(), encoding="utf-8")
    return 0


def _codes(tag: str, by_version: Mapping[str, int]) -> str:
    """The codes of a reason, each with its name and the versions that it is for."""
    versions: dict[str, list[str]] = {}
    for name, code in by_version.items():
        versions.setdefault(f"{code} {load(name).fields[tag].codes[str(code)]}", []).append(name.removeprefix("FIX."))
    if len(versions) == 1:
        return next(iter(versions))
    return "; ".join(f"{code} ({', '.join(names)})" for code, names in versions.items())


def _command(command: click.Command, name: str, parent: click.Context | None) -> Iterator[str]:
    settings: dict[str, Any] = {**command.context_settings, "terminal_width": WIDTH, "max_content_width": WIDTH}
    context = click.Context(command, info_name=name, parent=parent, **settings)
    yield f"## {context.command_path}\n\n```text\n{command.get_help(context)}\n```\n"
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            assert found is not None, inner
            yield from _command(found, inner, context)


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
