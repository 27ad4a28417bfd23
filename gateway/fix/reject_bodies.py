"""The bodies of the two messages that refuse one: Reject(3) by the session, BusinessMessageReject(j) by the venue.

Text(58) says in words what the codes say; a version that lacks a code is told in words alone. Called by `Session`.
"""

from __future__ import annotations

from gateway.fix import tags
from gateway.fix.message import SOH, Message
from gateway.fix.versions import Version


def reject_body(message: Message, version: Version, reason: int, ref_tag: str, text: str) -> str:
    """Of a Reject(3); `ref_tag` is the field that is wrong, empty when none is, `reason` SessionRejectReason(373)."""
    ref_tag = f"{tags.RefTagID}={ref_tag}{SOH}" if ref_tag else ""
    ref_type = f"{tags.RefMsgType}={message.msg_type}{SOH}" if message.msg_type else ""
    is_coded = reason <= version.session_reject_reason_max
    code = f"{tags.SessionRejectReason}={int(reason)}{SOH}" if is_coded else ""
    return f"{tags.RefSeqNum}={message.seq}{SOH}{ref_tag}{ref_type}{code}{tags.Text}={text}{SOH}"


def business_reject_body(message: Message, ref_id: str, reason: int, text: str) -> str:
    """Of a BusinessMessageReject(j); `ref_id` is the message's own ID, empty when it has none."""
    ref = f"{tags.BusinessRejectRefID}={ref_id}{SOH}" if ref_id else ""
    head = f"{tags.RefSeqNum}={message.seq}{SOH}{tags.RefMsgType}={message.msg_type}{SOH}{ref}"
    return f"{head}{tags.BusinessRejectReason}={reason}{SOH}{tags.Text}={text}{SOH}"
