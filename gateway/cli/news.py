"""`fixpit news`: says something to the people at the FIX sessions of a running exchange, by News(B)."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.running_exchange import command, data_option
from gateway.cli.terminal import echo_json, json_option


@click.command(
    short_help="Say something to the FIX clients of a running exchange.",
    epilog='Example: fixpit news "We close at 18:00 today" --urgency flash',
)
@click.argument("text", metavar="TEXT")
@click.option(
    "--session", "sessions", multiple=True, metavar="COMPID", help="To this session; may be given again. [all]"
)
@click.option(
    "--urgency", type=click.Choice(["normal", "flash", "background"]), default="normal", help="Urgency(61). [normal]"
)
@data_option
@json_option
def news(text: str, sessions: tuple[str, ...], urgency: str, data: Path, as_json: bool) -> None:
    """Send News(B) to FIX sessions. The first line of TEXT is the headline.

    A session that is away gets it by resend at its next logon. It is written to audit.log in the data folder.
    """
    answer = command(data, "/admin/news", {"text": text, "urgency": urgency, "sessions": list(sessions)})
    if as_json:
        echo_json(answer)
        return
    away = [comp_id for comp_id, state in answer["sessions"].items() if state != "active"]
    waits = f"; away, and gets it at the next logon: {' '.join(away)}" if away else ""
    click.echo(f"sent to {len(answer['sessions'])} sessions{waits}")
