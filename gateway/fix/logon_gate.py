"""Who may log on: decides about the first message of a connection before a session sees it.

Every doubt about identity or password gets the same answer, so that nobody can find out which part was right. The
password is checked by whoever keeps the users; the gate only asks. Sans-IO; called by the acceptor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.fix import tags
from gateway.fix.clock import GatewayClock
from gateway.fix.header_rules import HeaderRules
from gateway.fix.logon_terms import refused_terms
from gateway.fix.message import SOH, Message, encode
from gateway.fix.open_sessions import OpenSessions
from gateway.fix.profile import SessionProfile, SessionRules
from gateway.fix.refusal_numbers import RefusalNumbers
from gateway.fix.session import Session
from gateway.fix.session_state import SessionState
from gateway.fix.tags import MsgTypes

NOT_KNOWN = "logon refused: CompIDs, Username(553) and Password(554) are not those of a session that may log on"
"""The one answer to everything that is wrong about who somebody says to be."""


class LogonRefused(Exception):
    """Why a connection gets no session. The text goes to the log and, if there is an `answer`, into a Logout."""

    def __init__(self, text: str, *, answer: str = "") -> None:
        super().__init__(text)
        self.answer = answer


class LogonGate:
    """The rules for a first message."""

    def __init__(
        self,
        venue_comp_id: str,
        sessions: Mapping[str, Session],
        rules: SessionRules,
        clock: GatewayClock,
        open_sessions: OpenSessions | None = None,
    ) -> None:
        """`open_sessions` makes sessions for unknown CompIDs; None: they are refused."""
        self.open_sessions = open_sessions
        self._venue_comp_id = venue_comp_id
        self._sessions = sessions
        self._rules = rules
        self._clock = clock
        self._numbers = RefusalNumbers()
        # The loosest of all: a session looks at its own. A stricter one here would tell which sessions there are.
        profiles = [session.profile for session in sessions.values()]
        if open_sessions is not None:
            profiles.append(open_sessions.template)
        accuracies = [profile.time_accuracy(rules) for profile in profiles]
        self._accuracy = _loosest(accuracies or [rules.sending_time_accuracy])

    def expect(self, profile: SessionProfile) -> None:
        """A session of this profile has been added to the others."""
        self._accuracy = _loosest([self._accuracy, profile.time_accuracy(self._rules)])

    def identify(self, logon: Message) -> Session:
        """The session that a first message is for; its password is still to be checked. Raises `LogonRefused`."""
        fields = logon.fields
        if logon.msg_type != MsgTypes.Logon:
            raise LogonRefused(f"the first message is MsgType(35) {logon.msg_type or '(none)'}, not Logon(A)")
        if logon.violation is not None:
            raise LogonRefused(f"Logon(A) breaks a rule: {logon.violation.text}", answer=logon.violation.text)
        # What is said of the terms must not tell whether there is such a session.
        self._check_terms(logon)
        session = self._sessions.get(fields[tags.SenderCompID]) or self._open_session(logon)
        if session is None or fields[tags.TargetCompID] != self._venue_comp_id:
            raise LogonRefused(
                f"no session of {fields[tags.SenderCompID]} with {fields[tags.TargetCompID]}", answer=NOT_KNOWN
            )
        expected = session.profile.begin_string
        if logon.begin_string != expected:
            raise LogonRefused(f"BeginString(8) {logon.begin_string} is not {expected}", answer=NOT_KNOWN)
        stated, spoken = fields.get(tags.DefaultApplVerID, ""), session.profile.version.appl_ver_id
        if stated != spoken:
            raise LogonRefused(
                f"DefaultApplVerID(1137) {stated or '(none)'} is not {spoken or '(none)'}", answer=NOT_KNOWN
            )
        return session

    def check_free(self, session: Session) -> None:
        """One connection per session, and none while the operator forbids it. Raises `LogonRefused`."""
        if session.is_revoked:
            raise LogonRefused(f"session {session.profile.comp_id} is revoked", answer=NOT_KNOWN)
        if not session.is_enabled:
            text = f"session {session.profile.comp_id} is disabled; the operator can enable it"
            raise LogonRefused(text, answer=text)
        closed = session.closed_hours
        if closed:
            raise LogonRefused(closed, answer=closed)
        if session.state is not SessionState.IDLE:
            # Nothing is said: the numbers belong to the line that is there, and engines count a Logout whatever number
            # it has. Coming back over a line that broke unseen, they would never ask for what it lost.
            raise LogonRefused(f"session {session.profile.comp_id} is connected already; one connection is allowed")

    def logout(self, logon: Message, text: str) -> bytes:
        """A Logout for somebody who does not get on; empty when it can't be recorded that its number was used."""
        fields = logon.fields
        is_for_us = fields.get(tags.TargetCompID) == self._venue_comp_id
        session = self._sessions.get(fields.get(tags.SenderCompID, "")) if is_for_us else None
        number = self._numbers.take(session, logon)
        if not number:
            return b""
        return encode(
            logon.begin_string,
            f"{tags.MsgType}=5{SOH}{tags.SenderCompID}={fields.get(tags.TargetCompID) or self._venue_comp_id}{SOH}"
            f"{tags.TargetCompID}={fields.get(tags.SenderCompID) or 'UNKNOWN'}{SOH}{tags.MsgSeqNum}={number}{SOH}"
            f"{tags.SendingTime}={self._clock.text}{SOH}{tags.Text}={text}{SOH}",
        )

    def _open_session(self, logon: Message) -> Session | None:
        """A new session for who is not known, when open mode is on and all but the CompID is right."""
        fields, opened = logon.fields, self.open_sessions
        if opened is None or fields[tags.TargetCompID] != self._venue_comp_id:
            return None
        version = opened.template.version
        is_spoken = logon.begin_string == version.begin_string
        if not is_spoken or fields.get(tags.DefaultApplVerID, "") != version.appl_ver_id:
            raise LogonRefused(f"open sessions speak {version.name}", answer=f"open sessions speak {version.name}")
        session, problem = opened.session(fields[tags.SenderCompID])
        if session is None:
            raise LogonRefused(problem, answer=NOT_KNOWN)
        return session

    def _check_terms(self, logon: Message) -> None:
        fields = logon.fields
        rules = HeaderRules(self._venue_comp_id, fields[tags.SenderCompID], self._accuracy)
        problem = rules.check_time(fields, self._clock.now)
        if problem is not None:
            raise LogonRefused(problem.text, answer=problem.text)
        if logon.seq < 1:
            text = f"MsgSeqNum(34) {fields[tags.MsgSeqNum]} is not a positive number"
            raise LogonRefused(text, answer=text)
        text = refused_terms(logon, self._rules)
        if text:
            raise LogonRefused(text, answer=text)


def _loosest(accuracies: Sequence[int]) -> int:
    """The one that lets the most SendingTimes through; 0 looks at none."""
    return 0 if 0 in accuracies else max(accuracies)
