"""`fixpit config`: the settings in force and where each comes from, their JSON schema, their reference."""

from __future__ import annotations

import json
import os

import click

from gateway.cli.terminal import Exit, add_row, console, echo_json, end, json_option, table
from gateway.settings import load_settings, settings_reference, settings_schema
from gateway.yaml_documents.mistakes import YamlMistakes


@click.group(short_help="Show settings: those in force, their schema, their reference.")
def config() -> None:
    """Show the settings in force, and what can be set."""


@config.command("show", epilog="Example: fixpit config show --config my-exchange.yaml --origin")
@click.option(
    "--config", "source", metavar="NAME_OR_PATH", help="A YAML file, or a configuration that ships. [exchange]"
)
@click.option("--origin", is_flag=True, help="Also where each value comes from.")
@json_option
def show(source: str | None, origin: bool, as_json: bool) -> None:
    """Show every setting as it would be in force. Exit code 2: there are mistakes, which are named."""
    try:
        settings = load_settings(source, {}, os.environ)
    except YamlMistakes as mistakes:
        end(Exit.USAGE, str(mistakes))
    explained = list(settings.explained())
    if as_json:
        echo_json({path: {"value": value, "origin": place} if origin else value for path, value, place in explained})
        return
    listed = table("setting", "value", *(["origin"] if origin else []))
    for path, value, place in explained:
        for number, part in enumerate(value if isinstance(value, list) and value else [value]):
            text = part if isinstance(part, str) else json.dumps(part)
            add_row(listed, path if number == 0 else "", text, *([place if number == 0 else ""] if origin else []))
    console().print(listed)


@config.command("schema", epilog="Example: fixpit config schema > exchange.schema.json")
def schema() -> None:
    """Print the JSON schema of a configuration file, for editors."""
    echo_json(settings_schema())


@config.command("reference", epilog="Example: fixpit config reference | less")
@json_option
def reference(as_json: bool) -> None:
    """Print every setting with its default, limits and meaning, as Markdown."""
    if as_json:
        echo_json(settings_schema())
    else:
        click.echo(settings_reference(), nl=False)
