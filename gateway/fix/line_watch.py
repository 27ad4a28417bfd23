"""Sees all that goes over the FIX lines: counts it, has it taken down in the frame log, and keeps why lines ended.

The acceptor tells it, once per read and once per write; it changes nothing of what it sees.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.fix.clock import GatewayClock
from gateway.fix.frame_log import NOTED, RECEIVED, SENT, FrameLog
from gateway.fix.framing import Garbled
from gateway.fix.session import Session
from gateway.fix.session_history import Ending
from gateway.fix.traffic import Traffic

GARBLED_SHOWN_MAX = 1_024
"""Bytes of a read with garbled input that are taken down: enough to see what somebody speaks instead of FIX."""


class LineWatch:
    """What the acceptor's lines carry. `frames` is None where the frame log is switched off."""

    def __init__(self, sessions: Mapping[str, Session], clock: GatewayClock) -> None:
        self.frames: FrameLog | None = None
        self.before_logon = Traffic()
        """What came and went on lines that had no session yet."""
        self.connections_refused = 0
        self._sessions = sessions
        self._clock = clock

    def total(self) -> Traffic:
        """The counts of all lines together."""
        total = Traffic()
        for traffic in (self.before_logon, *(session.traffic for session in self._sessions.values())):
            total.received += traffic.received
            total.sent += traffic.sent
            total.garbled += traffic.garbled
            total.rejects += traffic.rejects
            total.logons_refused += traffic.logons_refused
        return total

    def received(self, session: Session | None, peer: str, found: Sequence[str | Garbled], data: bytes) -> None:
        """One read: the messages and garbled stretches that it completed; `data` is what was read."""
        texts = [one for one in found if isinstance(one, str)]
        traffic = session.traffic if session is not None else self.before_logon
        traffic.received += len(texts)
        traffic.garbled += len(found) - len(texts)
        frames, name = self.frames, session.profile.comp_id if session is not None else ""
        if frames is None or not found:
            return
        if len(texts) == len(found):
            frames.record(RECEIVED, name, peer, texts)
            return
        shown = [_shown(data)]
        for one in found:
            if isinstance(one, str):
                frames.record(RECEIVED, name, peer, [one])
            else:
                frames.record(NOTED, name, peer, shown, f"garbled input: {one.reason}")
                shown = []

    def sent(self, session: Session | None, peer: str, wire: Sequence[bytes]) -> None:
        """One write, message by message."""
        (session.traffic if session is not None else self.before_logon).sent += len(wire)
        if self.frames is not None:
            self.frames.record(SENT, session.profile.comp_id if session is not None else "", peer, wire)

    def connected(self, peer: str, refusal: str) -> None:
        """A connection came; `refusal` says why it has to go at once."""
        self.connections_refused += bool(refusal)
        self._note("", peer, f"connection refused: {refusal}" if refusal else "connected")

    def logon_refused(self, comp_id: str, peer: str, reason: str) -> None:
        """A logon was refused; `comp_id` is whom it claimed to be."""
        self.before_logon.logons_refused += 1
        session = self._sessions.get(comp_id)
        if session is not None:
            session.history.refusals.append(Ending(self._clock.now, peer, reason))
        self._note(comp_id if session is not None else "", peer, f"logon refused: {reason}")

    def ended(self, session: Session | None, peer: str, reason: str) -> None:
        """A line is gone."""
        if session is not None:
            session.traffic.line_is_down()
            session.history.disconnects.append(Ending(self._clock.now, peer, reason))
        self._note(session.profile.comp_id if session is not None else "", peer, f"disconnected: {reason}")

    def _note(self, name: str, peer: str, text: str) -> None:
        if self.frames is not None:
            self.frames.record(NOTED, name, peer, (), text)


def _shown(data: bytes) -> str:
    """The beginning of a read, without the rest of a field that began in the one before: it could be of a secret."""
    start = 0 if data.startswith(b"8=FIX") else data.find(b"\x01") + 1
    if not start and b"=" in data and not data.startswith(b"8=FIX"):
        return ""
    return data[start : start + GARBLED_SHOWN_MAX].decode("latin-1")
