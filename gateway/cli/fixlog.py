"""`fixpit fixlog`: FIX messages with the names of their fields and the meanings of their codes.

`decode` reads any text that holds messages, `show` the log of every frame that an exchange keeps.
"""

from __future__ import annotations

from pathlib import Path
from typing import IO

import click
import msgspec

from gateway.cli.fixlog_decoding import as_line, as_object, as_table
from gateway.cli.fixlog_reading import logged_messages
from gateway.cli.fixlog_show import show
from gateway.cli.terminal import Exit, console, end, json_option
from gateway.fix.frame_names import dictionary_of

INPUT_BYTES_MAX = 256 << 20
"""The largest input: it is kept in memory, because a message may stand on several lines."""


@click.group(short_help="Read FIX messages as people do.")
def fixlog() -> None:
    """Read FIX messages as people do."""


fixlog.add_command(show)


@fixlog.command("decode", epilog="Example: fixpit fixlog decode session.log --oneline")
@click.argument("file", type=click.File("rb"), metavar="FILE|-")
@click.option("--oneline", is_flag=True, help="One line for each message instead of a table.")
@json_option
def decode(file: IO[bytes], oneline: bool, as_json: bool) -> None:
    """Show every FIX message in FILE (-: stdin), with names and meanings of its version.

    Fields are separated by SOH, | or ^A; what stands before a message on its line is left out. BodyLength(9) and
    CheckSum(10) are checked. Exit code 1: one is wrong, or there is no message. With --json each line is an object.
    """
    data = file.read(INPUT_BYTES_MAX + 1)
    if len(data) > INPUT_BYTES_MAX:
        end(Exit.USAGE, f"{file.name} has more than {INPUT_BYTES_MAX >> 20} MiB; split it first")
    out = console()
    found = faulty = 0
    for message in logged_messages(data.decode("latin-1"), dictionary_of("FIXT.1.1").data_tags):
        found += 1
        faulty += bool(message.faults)
        if as_json:
            click.echo(msgspec.json.encode(as_object(message)).decode())
        elif oneline:
            click.echo(as_line(message))
        else:
            out.print(as_table(message), "")
    if not found:
        end(Exit.NO, f"{Path(file.name).name} holds no FIX message: none begins with 8=FIX")
    if faulty:
        end(Exit.NO, f"{faulty} of {found} messages have a wrong BodyLength(9) or CheckSum(10)")
