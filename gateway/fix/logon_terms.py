"""What a Logon(A) asks for besides being let in: encryption and heartbeats, the same for the first and a later one."""

from __future__ import annotations

from gateway.fix import tags
from gateway.fix.message import Message, sequence_number
from gateway.fix.profile import SessionRules


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


def heartbeat_seconds(logon: Message) -> int:
    """HeartBtInt(108); -1 when it is not a whole number from 0."""
    return sequence_number(logon.fields[tags.HeartBtInt])
