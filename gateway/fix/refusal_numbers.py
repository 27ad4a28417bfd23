"""MsgSeqNum(34) of a Logout(5) that refuses a Logon(A) before its session begins.

Engines count such a Logout whatever number it has, and wait for a higher one in the next. Were it 1 each time, a client
with a history would find the venue's Logon too low after a wrong password. So the counterparty gets the session's next
number, and everybody else 1: a stranger must not learn which sessions there are. Who knows which number is expected of
a session counts as its counterparty. Asked by the logon gate.
"""

from __future__ import annotations

from typing import Final

from gateway.fix import tags
from gateway.fix.message import Message
from gateway.fix.session import Session
from gateway.fix.session_state import SessionState

REFUSED_IN_A_ROW_MAX: Final = 100
"""How far a Logon may be beyond the number expected, or beyond the refused one before it, and still be the
counterparty's: it counts up with each try, and with what it sent and the venue never got. More would make the number
easy to guess.
"""

OF_A_STRANGER: Final = 1


class RefusalNumbers:
    """Gives each refusal its number."""

    def __init__(self) -> None:
        self._refused: dict[str, tuple[int, int]] = {}
        """By CompID, the highest number of a refused Logon of the counterparty, and in which run of numbers it was."""

    def take(self, session: Session | None, logon: Message) -> int:
        """The number for refusing `logon`, recorded if it is the session's; 0 when the disk is full: answer nothing.

        `session` is the one that the Logon names, None if there is none.
        """
        if session is None or not self._is_of_counterparty(session, logon):
            return OF_A_STRANGER
        self._refused[session.profile.comp_id] = (session.log.resets, logon.seq)
        log = session.log
        if not log.flush():
            return 0
        number = log.next_out
        log.record_administrative()
        return number if log.flush() else 0

    def _is_of_counterparty(self, session: Session, logon: Message) -> bool:
        """Whether it has a number that only the counterparty knows, in a session whose numbers go on."""
        expected, profile = session.next_in, session.profile
        if session.state is not SessionState.IDLE or logon.begin_string != profile.begin_string:
            return False
        if profile.reset_on_logon or logon.fields.get(tags.ResetSeqNumFlag) == "Y":
            return False
        resets, refused = self._refused.get(profile.comp_id, (0, 0))
        highest = refused if resets == session.log.resets else 0
        return 1 < expected <= logon.seq <= max(expected, highest) + REFUSED_IN_A_ROW_MAX
