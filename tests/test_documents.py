"""Commands that documents show are commands that fixpit has, with the options shown."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from gateway.cli import main

ROOT = Path(__file__).parents[1]
SHOWN = [
    (document.name, line)
    for document in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"))
    for line in re.findall(r"(?:^[ $>]*|`|&& )((?:fixpit|scripts/serve) [^`\n#]*)", document.read_text(), re.MULTILINE)
]


@pytest.mark.parametrize(("document", "line"), SHOWN)
def test_a_command_that_a_document_shows_exists(document: str, line: str) -> None:
    words = shlex.split(line.replace("scripts/serve", "fixpit serve"))[1:]
    command, offered = _find(words)

    needs_more = isinstance(command, click.Group) and not command.invoke_without_command
    assert not needs_more or words[0].startswith("-"), f"{document}: {line}"
    assert {word.split("=")[0] for word in words if word.startswith("--")} <= offered, f"{document}: {line}"


def _find(words: list[str]) -> tuple[click.Command, set[str]]:
    command: click.Command = main
    context = click.Context(command)
    for word in words:
        if not isinstance(command, click.Group) or command.get_command(context, word) is None:
            break
        command = command.get_command(context, word) or command
        context = click.Context(command, parent=context)
    options = {
        name for parameter in command.get_params(context) for name in (*parameter.opts, *parameter.secondary_opts)
    }
    return command, options
