"""`fixpit store`: make the SQL store anew from the journal, or compare it with what the journal says.

Both replay the journal through a new venue. Rebuilding needs the data folder for itself: no exchange may run on it.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click

from exchange.events import Event
from exchange.sequencing.data_folder import DataFolder, DataFolderError, DataPaths
from exchange.store.database import Database
from exchange.store.errors import StoreError
from exchange.store.rebuild import rebuild, verify
from exchange.venue import Venue
from gateway.cli.journal import replayed_commands
from gateway.cli.terminal import Decorated, Exit, echo_json, end, json_option
from gateway.settings import Settings, load_settings
from gateway.yaml_documents.mistakes import YamlMistakes


def _folder_options(function: Decorated) -> Decorated:
    data = click.option("--data", metavar="DIR", help="Data folder of the exchange. [that of the settings]")
    text = "Settings that name the store: a YAML file, or a configuration that ships. [exchange]"
    return click.option("--config", metavar="NAME_OR_PATH", help=text)(data(function))


@click.group(short_help="Check and rebuild the SQL store of a data folder.")
def store() -> None:
    """Check and rebuild the SQL store. Users and FIX sessions in it are never touched."""


@store.command("rebuild", epilog="Example: fixpit store rebuild --data /var/lib/fixpit")
@_folder_options
@json_option
def rebuild_store(config: str | None, data: str | None, as_json: bool) -> None:
    """Empty the tables that follow from the journal and fill them anew. Exit code 1: an exchange is running."""
    settings = _settings(config, data)
    _existing(settings)
    try:
        with DataFolder(settings.data):
            last = asyncio.run(_rebuilt(settings))
    except (DataFolderError, StoreError) as error:
        end(Exit.NO, str(error))
    if as_json:
        echo_json({"last_event": last})
    else:
        click.echo(f"the store has all events up to {last}")


@store.command("verify", epilog="Example: fixpit store verify --data /var/lib/fixpit")
@_folder_options
@json_option
def verify_store(config: str | None, data: str | None, as_json: bool) -> None:
    """Compare the store with one made from the journal. Exit code 1: they differ, or an exchange is running."""
    settings = _settings(config, data)
    _existing(settings)
    try:
        with DataFolder(settings.data):
            differences = asyncio.run(_differences(settings))
    except (DataFolderError, StoreError) as error:
        end(Exit.NO, str(error))
    if as_json:
        echo_json({"differences": differences})
    else:
        click.echo("\n".join(differences) or "the store is what the journal says")
    if differences:
        raise SystemExit(int(Exit.NO))


async def _rebuilt(settings: Settings) -> int:
    database = Database(settings.store_url)
    try:
        await database.open()
        return await rebuild(database, _events(settings.data))
    finally:
        await database.close()


async def _differences(settings: Settings) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="fixpit-store-") as folder:
        live, fresh = Database(settings.store_url), Database(f"sqlite:///{folder}/store.sqlite")
        try:
            await live.open()
            await fresh.open()
            await rebuild(fresh, _events(settings.data))
            return await verify(live, fresh)
        finally:
            await live.close()
            await fresh.close()


def _events(data: Path) -> Iterator[Event]:
    venue = Venue()
    for _, at, command in replayed_commands(data):
        yield from venue.apply(command, at)


def _settings(config: str | None, data: str | None) -> Settings:
    try:
        return load_settings(config, {"data": data}, os.environ)
    except YamlMistakes as mistakes:
        end(Exit.USAGE, str(mistakes))


def _existing(settings: Settings) -> None:
    """Ends the command where there is no data folder: taking hold of one would make it."""
    paths = DataPaths(settings.data)
    if not paths.journal.is_dir():
        end(Exit.USAGE, f"{paths.path} is no data folder: it has no journal; name one with --data")
