"""What a rule says when it is broken, and the core's words for it."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from exchange.rejections import RejectReason


class Refusal(Struct, frozen=True, gc=False):
    """Why not: the reason, the field that broke the rule, and value and limit in words that follow the field's name."""

    reason: RejectReason
    field: str
    text: str


def word(value: Enum) -> str:
    """A value of the vocabulary as people say it: `good till cancel`."""
    return value.name.lower().replace("_", " ")
