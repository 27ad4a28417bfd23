"""What the session asks of every message's header before it looks at its number.

A header that breaks a rule is refused with Reject(3) and, where the specification doubts the whole line, the session
ends (FIX 4.4 vol. 2: CompID problem, SendingTime accuracy problem; test cases 2f, 2g, 2k, 2o).
"""

from __future__ import annotations

from msgspec import Struct

from gateway.fix import tags
from gateway.fix.message import Message, SessionRejectReason
from gateway.fix.sending_time import NANOSECONDS, TimestampReader

COMPID_PROBLEM = 9
SENDING_TIME_ACCURACY_PROBLEM = 10
"""Values of SessionRejectReason(373) that only a session gives."""


class HeaderProblem(Struct, frozen=True, gc=False):
    """Why a header is refused."""

    reason: int
    """SessionRejectReason(373)."""
    ref_tag: str
    text: str
    ends_session: bool


class HeaderRules:
    """The header rules of one session."""

    __slots__ = ("_accuracy", "_theirs", "_timestamps", "_venue")

    def __init__(self, venue_comp_id: str, comp_id: str, sending_time_accuracy: int) -> None:
        """`sending_time_accuracy`: nanoseconds that SendingTime(52) may be from now; 0: not looked at."""
        self._venue = venue_comp_id
        self._theirs = comp_id
        self._accuracy = sending_time_accuracy // NANOSECONDS
        self._timestamps = TimestampReader()

    def check(self, message: Message, now: int) -> HeaderProblem | None:
        """The first problem; a field that is missing or no timestamp is the dictionary's matter, not one of these."""
        fields = message.fields
        sender, target = fields.get(tags.SenderCompID, ""), fields.get(tags.TargetCompID, "")
        if sender and sender != self._theirs:
            return self._comp_id_problem("SenderCompID(49)", sender, self._theirs)
        if target and target != self._venue:
            return self._comp_id_problem("TargetCompID(56)", target, self._venue)
        return self.check_time(fields, now) or self._check_duplicate(fields)

    def check_time(self, fields: dict[str, str], now: int) -> HeaderProblem | None:
        """Whether SendingTime(52) is near enough to now."""
        text = fields.get(tags.SendingTime, "")
        seconds = self._timestamps.seconds(text) if self._accuracy else None
        if seconds is None:
            return None
        off = seconds - now // NANOSECONDS
        if -self._accuracy <= off <= self._accuracy:
            return None
        words = f"SendingTime(52) {text} is {abs(off)} s {'after' if off > 0 else 'before'} the venue's clock"
        return HeaderProblem(
            SENDING_TIME_ACCURACY_PROBLEM, tags.SendingTime, f"{words}; at most {self._accuracy} s are allowed", True
        )

    def time_problem(self, fields: dict[str, str], now: int) -> str:
        """What is wrong with SendingTime(52), in words; empty when nothing is."""
        problem = self.check_time(fields, now)
        return problem.text if problem is not None else ""

    def _check_duplicate(self, fields: dict[str, str]) -> HeaderProblem | None:
        if fields.get(tags.PossDupFlag) != "Y" or fields.get(tags.MsgType) == "4":
            return None
        original = fields.get(tags.OrigSendingTime, "")
        if not original:
            return HeaderProblem(
                SessionRejectReason.REQUIRED_TAG_MISSING,
                tags.OrigSendingTime,
                "OrigSendingTime(122) is required with PossDupFlag(43)=Y",
                False,
            )
        first, again = self._timestamps.seconds(original), self._timestamps.seconds(fields.get(tags.SendingTime, ""))
        if first is None or again is None or first <= again:
            return None
        return HeaderProblem(
            SENDING_TIME_ACCURACY_PROBLEM,
            tags.OrigSendingTime,
            f"OrigSendingTime(122) {original} is after SendingTime(52) {fields[tags.SendingTime]}",
            True,
        )

    @staticmethod
    def _comp_id_problem(field: str, value: str, expected: str) -> HeaderProblem:
        return HeaderProblem(COMPID_PROBLEM, "", f"{field} {value} is not {expected}", True)
