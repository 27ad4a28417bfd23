"""News(B): what the venue's operator says to the people at a session (FIX 4.4 vol. 3, "News").

It is an application message like any other: whoever is away gets it by resend at the next logon. The body is the same
in every version that is spoken. Called by the operator's desk.
"""

from __future__ import annotations

from gateway.fix.message import SOH
from gateway.fix.session import Session
from gateway.fix.tags import MsgTypes

URGENCIES = {"normal": "0", "flash": "1", "background": "2"}
"""Words for Urgency(61)."""


def send_news(session: Session, text: str, urgency: str) -> None:
    """Sends a text whose first line is the headline; lines that are empty are left out, for FIX has no empty values.

    At least one line must not be empty.
    """
    headline, *rest = [line.strip() for line in text.splitlines() if line.strip()]
    lines = rest or [headline]
    told = "".join(f"58={line}{SOH}" for line in lines)
    session.send(
        MsgTypes.News,
        f"61={URGENCIES[urgency]}{SOH}148={headline}{SOH}33={len(lines)}{SOH}{told}",
    )
