"""What a Logon(A) asks for besides being let in, the same for the first and a later one, and what ours says to it.

Encryption, heartbeats and the kind of the session; numbers are the session's own matter. Called by gate and session.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from gateway.fix import tags
from gateway.fix.message import SOH, Message, sequence_number
from gateway.fix.next_expected import refused_number
from gateway.fix.profile import SessionProfile, SessionRules

PASSWORD_CHANGED: Final = "1"  # noqa: S105 - a code
PASSWORD_NON_COMPLIANT: Final = "3"  # noqa: S105 - a code
"""Values of SessionStatus(1409), FIXT 1.1, Logon."""


class NewPasswordAnswer(Struct, frozen=True):
    """What became of the NewPassword(925) of a Logon; the answer to the Logon says it, whatever else it says."""

    status: str = ""
    """SessionStatus(1409); empty: none was asked for."""
    text: str = ""
    """Why the password stays what it was."""


NO_NEW_PASSWORD: Final = NewPasswordAnswer()


def refused_terms(logon: Message, rules: SessionRules) -> str:
    """Why the venue does not take the terms of a Logon that breaks no rule of the dictionary; empty when it does."""
    fields = logon.fields
    if fields[tags.EncryptMethod] != "0":
        return f"EncryptMethod(98) {fields[tags.EncryptMethod]} is not taken; only 0 (none) is"
    heartbeat = fields[tags.HeartBtInt]
    least, most = rules.heartbeat_min_seconds, rules.heartbeat_max_seconds
    if heartbeat_seconds(logon) != 0 and not least <= heartbeat_seconds(logon) <= most:
        return f"HeartBtInt(108) {heartbeat} is neither 0 nor between {least} and {most} seconds"
    return ""


def refused_test(logon: Message, *, is_test: bool) -> str:
    """Why a Logon is for a session of the other kind, test or production; empty when it is for this one."""
    stated = logon.fields.get(tags.TestMessageIndicator, "N")
    if (stated == "Y") is is_test:
        return ""
    if is_test:
        return "this is a test session; its Logon(A) must have TestMessageIndicator(464)=Y"
    return "this is no test session; its Logon(A) must not have TestMessageIndicator(464)=Y"


def refused_second(logon: Message, rules: SessionRules, profile: SessionProfile) -> str:
    """Why a Logon within a session cannot be: it may only reset the numbers. Empty when it can."""
    if logon.violation is not None:
        return f"Logon(A) breaks a rule: {logon.violation.text}"
    if logon.fields.get(tags.ResetSeqNumFlag) != "Y" or logon.seq != 1:
        return "Logon(A) within a session must have ResetSeqNumFlag(141)=Y and MsgSeqNum(34)=1"
    if tags.NewPassword in logon.fields:
        return "NewPassword(925) is for the Logon(A) that begins a connection; within a session use UserRequest(BE)"
    stated, spoken = logon.fields.get(tags.DefaultApplVerID, ""), profile.version.appl_ver_id
    if stated != spoken:
        return f"DefaultApplVerID(1137) {stated or '(none)'} is not the session's {spoken or '(none)'}"
    return refused_terms(logon, rules) or refused_agreement(logon, is_test=profile.habits.is_test, next_out=1)


def refused_agreement(logon: Message, *, is_test: bool, next_out: int) -> str:
    """Why a Logon is not what was agreed with this counterparty; `next_out` is the next number sent to it."""
    return refused_test(logon, is_test=is_test) or refused_number(logon, next_out)


def heartbeat_seconds(logon: Message) -> int:
    """HeartBtInt(108); -1 when it is not a whole number from 0."""
    return sequence_number(logon.fields[tags.HeartBtInt])


def logon_body(
    profile: SessionProfile, heartbeat: int, password: NewPasswordAnswer, *, is_reset: bool, next_expected: int
) -> str:
    """Our Logon's body; `next_expected` is NextExpectedMsgSeqNum(789), 0 for none."""
    reset = f"{tags.ResetSeqNumFlag}=Y{SOH}" if is_reset else ""
    expected = f"{tags.NextExpectedMsgSeqNum}={next_expected}{SOH}" if next_expected else ""
    test = f"{tags.TestMessageIndicator}=Y{SOH}" if profile.habits.is_test else ""
    appl_ver_id = profile.version.appl_ver_id
    default = f"{tags.DefaultApplVerID}={appl_ver_id}{SOH}" if appl_ver_id else ""
    text = f"{tags.Text}={password.text}{SOH}" if password.text else ""
    told = f"{reset}{expected}{test}{session_status(password)}{default}{text}"
    return f"{tags.EncryptMethod}=0{SOH}{tags.HeartBtInt}={heartbeat}{SOH}{told}"


def session_status(password: NewPasswordAnswer) -> str:
    """SessionStatus(1409) as a field; empty when there is nothing to say."""
    return f"{tags.SessionStatus}={password.status}{SOH}" if password.status else ""
