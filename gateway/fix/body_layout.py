"""Writes a body from values by tag: what the version has of them, in the order of its dictionary.

For messages of which each version has another part, in groups too, where FIX demands the order. Not for what is hot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from gateway.fix.dictionary import Dictionary, Members
from gateway.fix.message import SOH

Values: TypeAlias = "Mapping[str, str | Sequence[Values]]"
"""Value by tag; of a group's count tag its entries."""


def written(dictionary: Dictionary, msg_type: str, values: Values) -> str:
    """The body of a message that the dictionary has."""
    message = dictionary.messages[msg_type]
    assert message.body is not None, f"{message} has no body"
    return _fields(message.body.members, values)


def _fields(members: Members, values: Values) -> str:
    fields = ""
    for tag, group in members.items():
        value = values.get(tag)
        if not value:
            continue
        if group is None:
            assert isinstance(value, str), f"{tag} is no group"
            fields += f"{tag}={value}{SOH}"
        else:
            assert not isinstance(value, str), f"{tag} counts a group"
            fields += f"{tag}={len(value)}{SOH}" + "".join(_fields(group.members, entry) for entry in value)
    return fields
