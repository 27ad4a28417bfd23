"""Signed logons: a Logon(A) that proves its sender knows a secret, without sending it.

The signature is the base64 text of HMAC-SHA256 with the session's secret over SendingTime(52), MsgType(35),
MsgSeqNum(34), SenderCompID(49) and TargetCompID(56) as they stand in the message, joined by SOH. It stands in
RawData(96), or in Password(554) where that is not taken by a password. A signature is good once, and only while
SendingTime is near the venue's clock. Sans-IO; asked by `gateway.fix.credentials`; docs/fix-logon.md tells clients.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode

from gateway.fix import tags
from gateway.fix.message import SOH, Message
from gateway.fix.sending_time import NANOSECONDS, TimestampReader

SIGNED_TAGS = (tags.SendingTime, tags.MsgType, tags.MsgSeqNum, tags.SenderCompID, tags.TargetCompID)

USED_MAX = 1_000
"""Signatures remembered for each session: right ones within the window, which only the session itself can make."""


def signature(secret: str, message: Message) -> str:
    """The signature that a message has to carry."""
    text = SOH.join(message.fields.get(tag, "") for tag in SIGNED_TAGS)
    return b64encode(hmac.new(secret.encode(), text.encode("latin-1"), hashlib.sha256).digest()).decode()


class Signatures:
    """Judges the signatures of all sessions."""

    def __init__(self, window: int, started: int) -> None:
        """`window`: nanoseconds that SendingTime(52) may be from now. `started`: since when uses are remembered."""
        self._window = window
        self._started = started
        self._used: dict[str, dict[str, int]] = {}
        self._timestamps = TimestampReader()

    def fault(self, comp_id: str, secret: str, message: Message, now: int, *, in_password: bool) -> str:
        """Why the message is not signed as it must be; empty when it is, and then its signature is used up."""
        fields = message.fields
        given = fields.get(tags.RawData, "") or (fields.get(tags.Password, "") if in_password else "")
        is_right = hmac.compare_digest(given.encode("latin-1"), signature(secret, message).encode())
        if not given:
            return "it is not signed, and the session's logons have to be"
        if not is_right:
            return "its signature is wrong"
        seconds = self._timestamps.seconds(fields.get(tags.SendingTime, ""))
        if seconds is None or abs(seconds * NANOSECONDS - now) > self._window + NANOSECONDS:
            return (
                f"it was signed at {fields.get(tags.SendingTime)}, more than {self._window // NANOSECONDS} s from now"
            )
        # What was used before the process started is forgotten: nothing from then is taken.
        if (seconds + 1) * NANOSECONDS <= self._started:
            return "it was signed before the exchange started; a new signature is needed"
        used = self._used.setdefault(comp_id, {})
        for old in [one for one, until in used.items() if until < now]:
            del used[old]
        if given in used:
            return "its signature was used before"
        if len(used) >= USED_MAX:
            return f"{USED_MAX} signatures were used in the last seconds; more are not taken"
        used[given] = now + 2 * self._window + 2 * NANOSECONDS
        return ""
