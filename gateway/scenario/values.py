"""The plain values of the scenario language: text, durations, names of field, and words that a later release brings.

Every value of a message is text from here on, as it is on the wire: `100`, `10.05` and `true` become `100`, `10.05` and
`Y`. The models of `script` and `steps` are made of these types; nothing here knows FIX beyond that.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints
from pydantic.json_schema import SkipJsonSchema, WithJsonSchema

from gateway.clock.words import parse_moment, parse_span, parse_time_of_day

LONGEST_DURATION_MS = 3_600_000
"""One hour. Waiting longer in real time holds up whoever runs the scenario; in virtual time `advance` goes further."""

LONGEST_TEXT = 4_096
"""Characters of one value. A FIX field that is longer belongs into a test of the framing, not into a scenario."""

UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}
DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")


class Block(BaseModel):
    """One mapping of a scenario: a key that is not a field is a mistake, and nothing changes after reading."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        arbitrary_types_allowed=True,
        use_attribute_docstrings=True,  # the sentence under a field is what an editor shows for it
    )


def as_text(value: object) -> str:
    """The text of a plain YAML value as FIX writes it."""
    if isinstance(value, bool):
        return "Y" if value else "N"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, str | int):
        text = str(value)
        if len(text) > LONGEST_TEXT:
            raise ValueError(f"has {len(text)} characters, at most {LONGEST_TEXT} are read")
        return text
    kind = "a list" if isinstance(value, list) else "a mapping" if isinstance(value, dict) else "empty"
    raise ValueError(f"is {kind}, a plain value such as 100, 10.05 or ACME is needed")


def parse_duration(value: object) -> int:
    """Milliseconds of `250ms`, `2s`, `1.5s`, `1m` or `1h`."""
    found = DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"{value} is not a duration such as 250ms, 2s or 1m")
    milliseconds = int(Decimal(found[1]) * UNITS_MS[found[2]])
    if milliseconds > LONGEST_DURATION_MS:
        raise ValueError(f"{value} is longer than 1h; longer stretches of virtual time are gone by advance")
    return milliseconds


def check_span(value: object) -> str:
    """A span such as `90s`, `1h30m` or `2d`, as it is written."""
    text = as_text(value)
    parse_span(text)
    return text


def check_time(value: object) -> str:
    """`+5s` since the start of the run, a time of day such as `09:30`, or a moment in ISO 8601."""
    text = as_text(value)
    if text.startswith("+"):
        parse_span(text[1:])
    elif "T" in text:
        parse_moment(text)
    else:
        parse_time_of_day(text)
    return text


def check_moment(value: object) -> str:
    """A moment with its offset from UTC, as it is written."""
    text = as_text(value)
    parse_moment(text)
    return text


def _refuse(_value: object) -> None:
    raise ValueError("is not supported by this release")


_PLAIN = {"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "boolean"}]}

Text: TypeAlias = Annotated[str, BeforeValidator(as_text), WithJsonSchema(_PLAIN)]
"""A plain value; `${name}` in it is replaced when the step is played."""

Name: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]*$", max_length=64)]
"""What a scenario calls something: a participant, a variable, a template."""

Duration: TypeAlias = Annotated[
    int, BeforeValidator(parse_duration), WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)?(ms|s|m|h)$"})
]
"""Milliseconds, written `250ms`, `2s`, `1m`."""

Span: TypeAlias = Annotated[
    str, BeforeValidator(check_span), WithJsonSchema({"type": "string", "pattern": r"^(\d+(\.\d+)?(ms|s|m|h|d))+$"})
]
"""A stretch of the venue's time, written `250ms`, `1h30m`, `2d`."""

Time: TypeAlias = Annotated[str, BeforeValidator(check_time), WithJsonSchema({"type": "string"})]
"""`+5s` since the start of the run, a time of day of the market, or a moment such as `2026-03-02T16:00:00-05:00`."""

Moment: TypeAlias = Annotated[str, BeforeValidator(check_moment), WithJsonSchema({"type": "string"})]
"""Such as `2026-03-02T09:30:00-05:00`."""

Later: TypeAlias = Annotated[SkipJsonSchema[None], BeforeValidator(_refuse)]
"""A word of the language that this release does not play: giving it is a mistake, never passed over in silence."""
