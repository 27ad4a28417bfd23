"""`fixpit fix`: what a FIX client needs to connect: QuickFIX dictionaries and a ready configuration file."""

from __future__ import annotations

import os
from pathlib import Path

import click

from exchange.sequencing.data_folder import DataPaths
from gateway.cli.fix_client_config import CLIENTS, ClientTerms, client_config
from gateway.cli.running_exchange import read_run_file
from gateway.cli.terminal import Exit, end, hint
from gateway.fix.dictionary import FIXT, VERSIONS
from gateway.fix.quickfix_xml import quickfix_xml
from gateway.fix.versions import VERSIONS as SPOKEN
from gateway.settings import FixSession, Settings, load_settings
from gateway.yaml_documents.mistakes import YamlMistakes

SESSIONS_NAMED_MAX = 20
"""Sessions that a hint names: a file may have thousands."""

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound
"""Addresses to listen on that nobody can connect to, and what stands for them on the same machine."""


@click.group(short_help="Write QuickFIX dictionaries and client configurations.")
def fix() -> None:
    """Write what a FIX client needs to connect to an exchange."""


@fix.command("dictionary", epilog="Example: fixpit fix dictionary --version FIX.5.0SP2 --output FIX50SP2.xml")
@click.option("--version", type=click.Choice([*VERSIONS, FIXT]), default="FIX.4.4", show_default=True, help="Version.")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="File to write. [stdout]"
)
def dictionary(version: str, output: Path | None) -> None:
    """Write a version as a QuickFIX data dictionary (XML): what the venue takes and sends, and nothing else.

    From FIX.5.0 on QuickFIX wants two: FIXT.1.1 for header, trailer and session messages (TransportDataDictionary),
    and the version itself for application messages (AppDataDictionary).
    """
    text = quickfix_xml(version)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        end(Exit.NO, f"{output} cannot be written: {error.strerror}")
    hint(f"{version} is in {output}")


@fix.command("client-config", epilog="Example: fixpit fix client-config --for quickfixj --session ALICE > ALICE.cfg")
@click.option("--for", "client", type=click.Choice(list(CLIENTS)), required=True, help="The client's FIX engine.")
@click.option("--session", metavar="COMP_ID", required=True, help="Whose session: SenderCompID(49).")
@click.option("--config", metavar="NAME_OR_PATH", help="A YAML file, or a configuration that ships. [exchange]")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Data folder: where an exchange runs on it, its port is taken. [as configured]",
)
def client_configuration(client: str, session: str, config: str | None, data: Path | None) -> None:
    """Print a configuration file with which a client can log on as one session. It holds no password."""
    try:
        settings = load_settings(config, {}, os.environ)
    except YamlMistakes as mistakes:
        end(Exit.USAGE, str(mistakes))
    listed = _session(settings, session)
    host, port = _address(settings, data or settings.data)
    terms = ClientTerms(
        comp_id=listed.comp_id,
        venue_comp_id=settings.venue.comp_id,
        host=_EVERYWHERE.get(host, host),
        port=port,
        version=SPOKEN[listed.version],
        username=listed.username or "",
        reset_on_logon=listed.reset_on_logon,
        is_tls=settings.fix.tls.is_on,
    )
    click.echo(client_config(client, terms), nl=False)


def _session(settings: Settings, comp_id: str) -> FixSession:
    sessions = {listed.comp_id: listed for listed in settings.fix_sessions}
    if comp_id not in sessions:
        named = " ".join(list(sessions)[:SESSIONS_NAMED_MAX]) + (" ..." if len(sessions) > SESSIONS_NAMED_MAX else "")
        end(Exit.USAGE, f"{comp_id} is no session of the settings; those are: {named or '(none)'}")
    return sessions[comp_id]


def _address(settings: Settings, data: Path) -> tuple[str, int]:
    """Where the exchange that runs on a data folder listens; without one, where the settings would have it listen."""
    if DataPaths(data).owner() is not None:
        running = read_run_file(data).fix
        if running is not None:
            return running
    if settings.fix.port == 0:
        end(Exit.USAGE, f"fix.port is 0, any free port, and no exchange runs on {data}: start it, or name its --data")
    return settings.fix.host, settings.fix.port
