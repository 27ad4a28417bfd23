"""Makes sessions, at the start and at run time: what all of them share besides their own profiles and logs."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from gateway.fix.clock import GatewayClock
from gateway.fix.profile import SessionProfile, SessionRules
from gateway.fix.session import Session
from gateway.fix.session_log import SessionLog


class SessionMaker(Struct, frozen=True):
    """What sessions share."""

    venue_comp_id: str
    rules: SessionRules
    clock: GatewayClock

    def make(self, profile: SessionProfile, folder: Path) -> Session:
        """A session with its log in a folder that exists. Raises `OSError`."""
        return Session(profile, self.venue_comp_id, SessionLog(folder, profile.comp_id), self.rules, self.clock)
