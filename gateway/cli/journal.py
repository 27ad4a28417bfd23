"""`fixpit journal`: check, show and replay the commands of a data folder. Read-only, also beside a running exchange."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import click
import msgspec

from exchange.commands import Command
from exchange.sequencing.data_folder import DataPaths
from exchange.sequencing.journal_errors import JournalCorrupt
from exchange.sequencing.journal_reading import JournalReport, read, verify
from exchange.venue import Venue
from gateway.cli.running_exchange import data_option
from gateway.cli.terminal import Exit, echo_json, end, hint, json_option

NANOSECONDS = 1_000_000_000
STAMP_BYTES = 8
"""A record begins with its time, nanoseconds since 1970 UTC, little-endian; the command follows in msgpack."""


@click.group(short_help="Check, show and replay the journal of a data folder.")
def journal() -> None:
    """Check, show and replay the journal: every command that the venue ever applied."""


@journal.command("verify", epilog="Example: fixpit journal verify --data /var/lib/fixpit")
@data_option
@json_option
def verify_journal(data: Path, as_json: bool) -> None:
    """Read the whole journal and say whether it can be trusted. Exit code 1: it is damaged."""
    report = verify(_folder(data))
    if as_json:
        echo_json(report)
    else:
        click.echo("\n".join(_report_lines(report)))
    if report.damage is not None:
        raise SystemExit(int(Exit.NO))


@journal.command("dump", epilog="Example: fixpit journal dump --from 1000 --to 1010")
@data_option
@click.option("--from", "first", type=click.IntRange(min=1), default=1, help="First sequence number. [1]")
@click.option("--to", "last", type=click.IntRange(min=1), help="Last sequence number. [the last there is]")
@json_option
def dump(data: Path, first: int, last: int | None, as_json: bool) -> None:
    """Show commands, one a line: sequence number, time, command, and fields that are not as usual.

    With --json each line is a JSON object with all fields.
    """
    encode = msgspec.json.Encoder().encode
    for sequence, at, command in _commands(data, first, last):
        shown = {
            "sequence": sequence,
            "at": time_text(at),
            "command": type(command).__name__,
            **_fields(command, is_whole=True),
        }
        if as_json:
            click.echo(encode(shown).decode())
        else:
            text = " ".join(f"{name}={_plain(value)}" for name, value in _fields(command, is_whole=False).items())
            click.echo(f"{sequence} {shown['at']} {shown['command']} {text}")


@journal.command("replay", epilog="Example: fixpit journal replay --data /var/lib/fixpit --json")
@data_option
@click.option("--to", "last", type=click.IntRange(min=1), help="Stop behind this sequence number. [the last there is]")
@json_option
def replay(data: Path, last: int | None, as_json: bool) -> None:
    """Apply the journal to a new venue and show where it ends: equal state hashes mean equal venues."""
    venue, commands = Venue(), 0
    for commands, at, command in _commands(data, 1, last):  # noqa: B007 - the last number is wanted behind the loop
        venue.apply(command, at)
    answer = {
        "commands": commands,
        "events": venue.last_event,
        "orders": venue.last_order_id,
        "trades": venue.last_trade_id,
        "open_orders": sum(1 for _ in venue.register),
        "at": time_text(venue.now) if commands else None,
        "state_hash": venue.state_hash(),
    }
    if as_json:
        echo_json(answer)
    else:
        click.echo("\n".join(f"{name.replace('_', ' '):<12} {value}" for name, value in answer.items()))


def replayed_commands(data: Path) -> Iterator[tuple[int, int, Command]]:
    """Sequence number, time and command of every record; ends the command with what is wrong with the journal."""
    return _commands(data, 1, None)


def time_text(at: int) -> str:
    """Nanoseconds since 1970 UTC as `2026-01-02T03:04:05.678901234Z`."""
    seconds, nanoseconds = divmod(at, NANOSECONDS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}Z"


def _commands(data: Path, first: int, last: int | None) -> Iterator[tuple[int, int, Command]]:
    decode = msgspec.msgpack.Decoder(Command).decode
    try:
        for sequence, payload in read(_folder(data), first - 1):
            if last is not None and sequence > last:
                return
            try:
                command = decode(payload[STAMP_BYTES:])
            except msgspec.MsgspecError as error:
                _unreadable(sequence, error)
            yield sequence, int.from_bytes(payload[:STAMP_BYTES], "little"), command
    except JournalCorrupt as corrupt:
        end(Exit.NO, str(corrupt))


def _unreadable(sequence: int, error: msgspec.MsgspecError) -> NoReturn:
    end(
        Exit.NO,
        f"record {sequence} holds no command that this release knows ({error}); a newer one may have written it",
    )


def _folder(data: Path) -> Path:
    paths = DataPaths(data)
    if not paths.journal.is_dir():
        end(Exit.USAGE, f"{paths.path} is no data folder: it has no journal; name one with --data")
    if paths.owner() is not None:
        hint("an exchange is writing this journal: what follows is how it stands now")
    return paths.journal


def _report_lines(report: JournalReport) -> Iterator[str]:
    numbers = f", {report.first} to {report.last}" if report.records else ""
    yield f"{report.folder}: {report.records} records{numbers} in {report.segments} segments, {report.bytes} bytes"
    if report.torn is not None:
        torn = report.torn
        yield f"{torn.file} ends with an interrupted write at byte {torn.offset}: {torn.found}"
        yield f"no answer was given for it; the next start cuts these {torn.dropped_bytes} bytes off"
    if report.unfinished:
        yield f"{report.unfinished} was never finished; the next start removes it"
    yield f"DAMAGED: {report.damage}" if report.damage is not None else "sound"


def _fields(command: Command, *, is_whole: bool) -> dict[str, Any]:
    """`is_whole`: also the fields that have their default."""
    fields: dict[str, Any] = _value(command, is_whole=is_whole)
    return fields


def _value(value: Any, *, is_whole: bool) -> Any:
    """Enumerations by name, values within values by their fields."""
    if isinstance(value, msgspec.Struct):
        said = [one for one in msgspec.structs.fields(value) if is_whole or getattr(value, one.name) != one.default]
        return {one.name: _value(getattr(value, one.name), is_whole=is_whole) for one in said}
    if isinstance(value, tuple):
        return [_value(one, is_whole=is_whole) for one in value]
    return getattr(value, "name", value)


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + " ".join(f"{name}={_plain(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + " ".join(map(_plain, value)) + "]"
    return str(value) if value != "" else '""'
