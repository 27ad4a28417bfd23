"""Texts as the store keeps them: cut to what every database can hold, and values as JSON objects.

Pure. Called wherever events become rows.
"""

from __future__ import annotations

from enum import IntEnum

import msgspec
from msgspec import Struct

from exchange.store.columns import TEXT_LENGTH_MAX


def kept(text: str) -> str:
    """`text` as every database can hold it: PostgreSQL takes no character 0, and everything has a length."""
    if len(text) > TEXT_LENGTH_MAX:
        text = text[: TEXT_LENGTH_MAX - 1] + "…"
    return text.replace("\0", "␀")


def what_differs(value: Struct, plain: Struct) -> str:
    """The fields in which `value` is not as `plain`, as a JSON object; empty when there is none."""
    different = {
        name: field.name if isinstance(field, IntEnum) else kept(field) if isinstance(field, str) else field
        for name in value.__struct_fields__
        if (field := getattr(value, name)) != getattr(plain, name)
    }
    return msgspec.json.encode(different).decode() if different else ""
