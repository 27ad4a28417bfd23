"""NextExpectedMsgSeqNum(789): each Logon says which number its side expects, and the other sends all from there.

FIX 4.4 vol. 2, Logon Message NextExpectedMsgSeqNum Processing: equal to the next number, nothing is missing; lower, all
from there on is sent again and a gap fill goes over the Logon's own number; higher, the session is ended. Nobody asks
for what 789 covers.
"""

from __future__ import annotations

from gateway.fix import tags
from gateway.fix.message import Message, sequence_number


def stated_number(logon: Message) -> int:
    """The number that a Logon says to expect; 0 when it says nothing, -1 when it is no number."""
    text = logon.fields.get(tags.NextExpectedMsgSeqNum, "")
    return sequence_number(text) if text else 0


def refused_number(logon: Message, next_out: int) -> str:
    """Why the number that a Logon expects cannot be: `next_out` is the next to be sent. Empty when it can."""
    text = logon.fields.get(tags.NextExpectedMsgSeqNum, "")
    if not text or 1 <= sequence_number(text) <= next_out:
        return ""
    if sequence_number(text) < 1:
        return f"NextExpectedMsgSeqNum(789) {text} is not a positive number; the next number sent is {next_out}"
    return f"NextExpectedMsgSeqNum(789) too high, expecting at most {next_out} but received {text}"


def too_low(expected: int, received: int) -> str:
    """Why a message's own number cannot be: it was used already. Empty when it was not."""
    # Clients read both numbers out of this text: its form is kept as the common engines have it.
    return f"MsgSeqNum too low, expecting {expected} but received {received}" if received < expected else ""
