"""`fixpit serve`: settings, logs and the loop for `gateway.main.serve`, and what its end means as an exit code.

0: stopped in order; 1: it could not start, or its journal could not be written; 2: the settings are wrong.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import click

from gateway.cli.terminal import Exit, end
from gateway.settings import Settings, load_settings
from gateway.yaml_documents.mistakes import YamlMistakes

PORT = click.IntRange(0, 65_535)


@click.command(
    short_help="Run the exchange.", epilog="Example: fixpit serve --config my-exchange.yaml --data /var/lib/fixpit"
)
@click.option("--config", metavar="NAME_OR_PATH", help="A YAML file, or a configuration that ships. [exchange]")
@click.option("--data", metavar="DIR", help="Data folder. [./fixpit-data]")
@click.option("--fix-port", type=PORT, help="FIX port; 0 takes a free one. [9876]")
@click.option("--http-port", type=PORT, help="HTTP port; 0 takes a free one. [8000]")
@click.option("--mqtt-port", type=PORT, help="Port of the embedded MQTT broker; 0 takes a free one. [1883]")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="All that is random follows from it. [1]")
@click.option("--clock", type=click.Choice(["real", "scaled", "virtual"]), help="Which time it lives in. [real]")
@click.option("--speed", type=click.FloatRange(0, min_open=True), help="A clock that goes so many times as fast.")
@click.option("--start", metavar="TIME", help="What a scaled or virtual clock shows first: ISO 8601. [now]")
@click.option("--no-flow", is_flag=True, default=None, help="No background orders.")
@click.option("--ready-file", type=click.Path(dir_okay=False, path_type=Path), help="Written when all is up: JSON.")
@click.option("--log-format", type=click.Choice(["console", "json"]), help="How stderr is written. [console]")
@click.option("--verbose", is_flag=True, default=None, help="Log everything.")
def serve(config: str | None, ready_file: Path | None, **flags: object) -> None:
    """Run the exchange until Ctrl-C or SIGTERM.

    Without options: the demo on FIX 9876, HTTP 8000 and MQTT 1883 of this machine, with its data in ./fixpit-data.
    """
    try:
        settings = load_settings(config, _overrides(flags), os.environ)
    except YamlMistakes as mistakes:
        end(Exit.USAGE, str(mistakes))
    raise SystemExit(run(settings, ready_file))


def _overrides(flags: Mapping[str, object]) -> dict[str, object]:
    """The flags given, by the settings that they stand for."""
    return {
        "data": flags["data"],
        "fix.port": flags["fix_port"],
        "http.port": flags["http_port"],
        "mqtt.port": flags["mqtt_port"],
        "venue.seed": flags["seed"],
        "clock.mode": clock_mode(flags),
        "clock.speed": flags["speed"],
        "clock.start": flags["start"],
        "flow.enabled": False if flags["no_flow"] else None,
        "log.format": flags["log_format"],
        "log.level": "debug" if flags["verbose"] else None,
    }


def clock_mode(flags: Mapping[str, object]) -> object:
    """A speed means a scaled clock, and a start alone a virtual one, where nothing else is said."""
    if flags["clock"] is not None:
        return flags["clock"]
    if flags["speed"] is not None:
        return "scaled"
    return "virtual" if flags["start"] is not None else None


def run(settings: Settings, ready_file: Path | None) -> int:
    """Runs the exchange of these settings; answers the exit code."""
    from gateway.cli.logs import configure_logs

    configure_logs(settings.log.level, settings.log.format)
    from exchange.sequencing.data_folder import DataFolderError
    from exchange.sequencing.journal import JournalError
    from exchange.store.errors import StoreError
    from gateway import main
    from gateway.cli.banner import banner
    from gateway.listening import PortTaken
    from gateway.mqtt.broker import BrokerStartError
    from gateway.tls import TlsFault

    def announce(started: main.Started) -> None:
        click.echo(banner(settings, started))

    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(main.serve(settings, ready_file=ready_file, announce=announce))
    except (DataFolderError, JournalError, StoreError, BrokerStartError, PortTaken, TlsFault) as error:
        end(Exit.NO, f"fixpit cannot start: {error}")


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The loop of uvloop, which halves the cost of a socket; it has none for Windows."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
