"""Answers to messages that came through a third party go back the way they came (FIX 4.4 vol. 1, third-party routing).

Called by the session and by order entry for every message they answer.
"""

from __future__ import annotations

from gateway.fix import tags
from gateway.fix.message import SOH, Message

_REVERSED = (
    (tags.OnBehalfOfCompID, tags.DeliverToCompID),
    (tags.OnBehalfOfSubID, tags.DeliverToSubID),
    (tags.OnBehalfOfLocationID, tags.DeliverToLocationID),
    (tags.DeliverToCompID, tags.OnBehalfOfCompID),
    (tags.DeliverToSubID, tags.OnBehalfOfSubID),
    (tags.DeliverToLocationID, tags.OnBehalfOfLocationID),
)


def reversed_routing(message: Message) -> str:
    """The header fields that send an answer to `message` back; empty when it came directly."""
    fields = message.fields
    return "".join(f"{back}={fields[tag]}{SOH}" for tag, back in _REVERSED if fields.get(tag))
