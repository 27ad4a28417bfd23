"""`fixpit fixlog show`: what an exchange's clients sent and got, from the log in its data folder, running or not."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec
from rich.text import Text

from exchange.sequencing.data_folder import DataPaths
from gateway.cli.fixlog_decoding import as_line, as_object, as_table, name_of
from gateway.cli.fixlog_reading import LoggedMessage
from gateway.cli.fixlog_selection import RoundTrips, Selection
from gateway.cli.running_exchange import data_option
from gateway.cli.terminal import Exit, console, end, json_option
from gateway.fix.frame_chains import Chain
from gateway.fix.frame_log import RECEIVED, SENT
from gateway.fix.frame_log_reading import FrameReader, LoggedFrame
from gateway.fix.frame_names import frame_pairs
from gateway.fix.message import SOH
from gateway.fix.redaction import printable
from gateway.fix.sending_time import NANOSECONDS

FOLLOW_SECONDS = 0.2
"""How often `--follow` looks for more."""

UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
DIRECTIONS = {RECEIVED: "→", SENT: "←"}
"""Arrows as the client's CompID stands before them."""

_AGO = re.compile(r"([0-9]{1,9})([smhd])")


@click.command("show", epilog="Example: fixpit fixlog show --session ALICE --cl-ord-id A1")
@data_option
@click.option("--session", default="", metavar="COMPID", help="Only frames of this client.")
@click.option("--cl-ord-id", default="", metavar="ID", help="Only this order, with all that replaced or canceled it.")
@click.option("--order-id", default="", metavar="ID", help="The same, by the venue's OrderID(37).")
@click.option("--type", "types", default="", metavar="D,8", help="Only messages of these MsgTypes.")
@click.option("--since", default="", metavar="TIME", help="Only from then on: 10m, 2h, or 2026-01-02T10:00:00 (UTC).")
@click.option("--last", type=click.IntRange(1, 1_000_000), metavar="N", help="Only the last N of them.")
@click.option("--follow", is_flag=True, help="Go on as more comes, until Ctrl-C.")
@click.option("--oneline", "form", flag_value="oneline", default=True, help="One line for each message. The default.")
@click.option("--table", "form", flag_value="table", help="A table of fields for each message.")
@click.option("--raw", "form", flag_value="raw", help="The messages as they were, with | for SOH.")
@json_option
def show(data: Path, last: int | None, follow: bool, form: str, as_json: bool, **wanted: str) -> None:
    """Show every FIX frame that came to (→) or went from (←) an exchange, with names and meanings.

    The log is kept in the data folder while fix.frame_log.enabled is true; passwords are never in it. A time such as
    +0.21 ms is how long the first answer to a request took inside the exchange. Exit code 1: nothing was found.
    """
    folder = DataPaths(data).fix / "frames"
    if not folder.is_dir():
        end(Exit.NO, f"there is no frame log in {folder}: fix.frame_log.enabled is false, or nothing ran there yet")
    chosen = _selection(folder, **wanted)
    found = 0
    writer = _Writer("json" if as_json else form)
    try:
        for frame, took in _chosen(FrameReader(folder, chosen.since), chosen, last, follow=follow):
            found += 1
            writer.show(frame, took)
    except KeyboardInterrupt:
        return
    except OSError as error:
        end(Exit.NO, f"the frame log cannot be read: {error}")
    if not found:
        end(Exit.NO, f"no frame in {folder} is like that")


def _selection(folder: Path, session: str, cl_ord_id: str, order_id: str, types: str, since: str) -> Selection:
    chain = None
    begin = _time(since)
    if cl_ord_id or order_id:
        chain = Chain(session, {cl_ord_id} - {""}, order_id)
        chain.learn(lambda: FrameReader(folder).read())
    return Selection(session, frozenset(types.split(",")) - {""}, begin, chain)


class _Writer:
    """Shows frames in one form."""

    def __init__(self, form: str) -> None:
        self._form = form
        self._out = console()

    def show(self, frame: LoggedFrame, took: int | None) -> None:
        message = _message(frame)
        if self._form == "json":
            click.echo(msgspec.json.encode(_as_object(frame, message, took)).decode())
        elif self._form == "raw":
            if not frame.is_note:
                click.echo(_raw(frame))
        elif frame.is_note:
            self._out.print(Text(f"{_clock(frame)} {_who(frame)} ! {frame.note} {_raw(frame)}".rstrip(), style="dim"))
        elif self._form == "table":
            self._out.print(as_table(message, _head(frame, message, took)), "")
        else:
            click.echo(as_line(message, _head(frame, message, took)))


def _chosen(
    reader: FrameReader, chosen: Selection, last: int | None, *, follow: bool
) -> Iterator[tuple[LoggedFrame, int | None]]:
    trips = RoundTrips()
    kept: deque[tuple[LoggedFrame, int | None]] = deque(maxlen=last)
    for frame in reader.read():
        took = trips.nanoseconds(frame)
        if not chosen.takes(frame):
            continue
        if last is None:
            yield frame, took
        else:
            kept.append((frame, took))
    yield from kept
    while follow:
        time.sleep(FOLLOW_SECONDS)
        for frame in reader.read():
            took = trips.nanoseconds(frame)
            if chosen.takes(frame):
                yield frame, took


def _message(frame: LoggedFrame) -> LoggedMessage:
    return LoggedMessage(tuple(frame_pairs(frame.text)), ())


def _head(frame: LoggedFrame, message: LoggedMessage, took: int | None) -> str:
    late = f" +{took / 1_000_000:.2f} ms" if took is not None else ""
    return f"{_clock(frame)} {_who(frame)} {DIRECTIONS[frame.direction]} {message.get('34')} {name_of(message)}{late}"


def _as_object(frame: LoggedFrame, message: LoggedMessage, took: int | None) -> dict[str, object]:
    return {
        "at": _clock(frame),
        "direction": {RECEIVED: "in", SENT: "out"}.get(frame.direction, "note"),
        "session": frame.session or None,
        "peer": frame.peer or None,
        "note": frame.note or None,
        "round_trip_nanoseconds": took,
        "raw": _raw(frame),
        **(as_object(message) if not frame.is_note else {}),
    }


def _clock(frame: LoggedFrame) -> str:
    seconds, nanoseconds = divmod(frame.at, NANOSECONDS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{nanoseconds // 1000:06d}Z"


def _who(frame: LoggedFrame) -> str:
    return printable(frame.session or frame.peer or "?")


def _raw(frame: LoggedFrame) -> str:
    return printable(frame.text.replace(SOH, "|"))


def _time(text: str) -> int:
    """Nanoseconds since 1970 UTC of what `--since` says."""
    if not text:
        return 0
    ago = _AGO.fullmatch(text)
    if ago is not None:
        return time.time_ns() - int(ago[1]) * UNIT_SECONDS[ago[2]] * NANOSECONDS
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        end(Exit.USAGE, f"--since {text} is neither a time ago such as 10m nor one such as 2026-01-02T10:00:00")
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) * NANOSECONDS + moment.microsecond * 1000
