"""Open mode: whoever comes with a CompID that nobody listed gets a session of its own, as many as are allowed.

A session once made stays, over restarts too: its numbers and its reports are kept like those of any other. What the
sessions are like is said by whoever makes them; this only decides who gets one. Called by the logon gate.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import structlog

from gateway.fix.profile import SessionProfile
from gateway.fix.session import Session

_log = structlog.get_logger(__name__)


class OpenSessions:
    """The sessions that were made because somebody came."""

    def __init__(
        self,
        template: SessionProfile,
        make: Callable[[str], Session],
        *,
        existing: Collection[str],
        reserved: Collection[str],
        most: int,
    ) -> None:
        """`template`: what they are all like; `existing`: CompIDs that have one, `reserved`: that may not get one.

        `make` makes a session of a CompID; it raises ValueError or `OSError` for one that cannot have any.
        """
        self.template = template
        self.on_made: Callable[[Session], None] = _nobody
        """Told of each new session before it logs on."""
        self._make = make
        self._names = set(existing)
        self._reserved = frozenset(reserved)
        self._most = most

    def session(self, comp_id: str) -> tuple[Session | None, str]:
        """A new session of that CompID, or None and why there is none."""
        if comp_id in self._reserved:
            return None, f"{comp_id} is a session of the venue's settings that is not enabled"
        if len(self._names) >= self._most:
            return None, f"{self._most} open sessions exist already; {comp_id} cannot have one"
        try:
            session = self._make(comp_id)
        except (OSError, ValueError) as error:
            return None, f"no session could be made for {comp_id}: {error}"
        self._names.add(comp_id)
        _log.info("open session made", session=comp_id, sessions=len(self._names))
        self.on_made(session)
        return session, ""


def _nobody(_: Session) -> None:
    """Nobody has to be told."""
