"""Why the lines of a session ended and why its logons were refused, in words and with times: the latest of each.

Kept in memory for whoever asks; the frame log has the same for longer. Refusals have a place of their own, so that
somebody who tries passwords cannot push the reasons of real disconnects out.
"""

from __future__ import annotations

from collections import deque

from msgspec import Struct

HISTORY_MAX = 20
"""Entries of each kind that are kept: a day of a client that loses its line every hour."""


class Ending(Struct, frozen=True):
    """A line that ended, or a logon that did not become one."""

    at: int
    """Nanoseconds since 1970 UTC."""
    peer: str
    """Address of the client."""
    reason: str
    """In words; never empty."""


class SessionHistory:
    """The latest endings of one session, oldest first."""

    def __init__(self) -> None:
        self.disconnects: deque[Ending] = deque(maxlen=HISTORY_MAX)
        self.refusals: deque[Ending] = deque(maxlen=HISTORY_MAX)
        """Logons that named this session and were refused."""
