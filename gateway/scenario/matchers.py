"""What a field of an expected message must be: a value, `any`, `present`, `absent`, `/regex/`, a range, a choice.

A matcher is read once when the scenario is loaded; `bind` fills in `${name}` when its step is played. Decimals
compare as decimals (10.0 is 10.00), names of enum values stand for their codes (`Trade` for `F`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, TypeAlias, assert_never

from pydantic import PlainValidator
from pydantic.json_schema import WithJsonSchema

from gateway.scenario.values import as_text
from gateway.scenario.vocabulary import FieldMeaning
from gateway.yaml_documents.document import did_you_mean

LIMITS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "gt": lambda value, limit: value > limit,
    "ge": lambda value, limit: value >= limit,
    "lt": lambda value, limit: value < limit,
    "le": lambda value, limit: value <= limit,
}
LIMIT_SIGNS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
MATCHER_KEYS = (*LIMITS, "near", "tol", "one_of")


@dataclass(frozen=True)
class Equal:
    """The very value: as decimals where the field is a number, by code or name where it has fixed values."""

    text: str


@dataclass(frozen=True)
class Presence:
    """`any`, `present` or `absent`: says nothing of the value."""

    word: str


@dataclass(frozen=True)
class Pattern:
    """`/regex/`: found anywhere in the value; `^` and `$` tie it to the ends."""

    source: str


@dataclass(frozen=True)
class Range:
    """Limits that all hold, such as `{gt: 0, le: 100}`."""

    limits: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Near:
    """`{near: 10.01, tol: 0.001}`: not further away than the tolerance."""

    centre: str
    tolerance: str


@dataclass(frozen=True)
class OneOf:
    """`{one_of: [New, Trade]}`: any of these values."""

    choices: tuple[Equal, ...]


AnyMatcher: TypeAlias = Equal | Presence | Pattern | Range | Near | OneOf


def accepts(matcher: AnyMatcher, received: str | None, meaning: FieldMeaning) -> bool:
    """Whether a field is as expected; `received` is None when the message does not have it."""
    if isinstance(matcher, Presence):
        return matcher.word == "any" or (received is not None) == (matcher.word == "present")
    if received is None:
        return False
    match matcher:
        case Equal(text):
            return _is_equal(text, received, meaning)
        case Pattern(source):
            return re.search(source, received) is not None
        case Range(limits):
            value = as_decimal(received)
            bounds = [(word, as_decimal(limit)) for word, limit in limits]
            return value is not None and all(bound is not None and LIMITS[word](value, bound) for word, bound in bounds)
        case Near():
            value, centre, tolerance = (as_decimal(text) for text in (received, matcher.centre, matcher.tolerance))
            if value is None or centre is None or tolerance is None:
                return False
            return abs(value - centre) <= tolerance
        case OneOf(choices):
            return any(_is_equal(choice.text, received, meaning) for choice in choices)
        case _:
            assert_never(matcher)


def describe(matcher: AnyMatcher, meaning: FieldMeaning) -> str:
    """What is expected, for a failure's table."""
    match matcher:
        case Equal(text):
            return meaning.label(meaning.code(text))
        case Presence(word):
            return word
        case Pattern(source):
            return f"/{source}/"
        case Range(limits):
            return " and ".join(f"{LIMIT_SIGNS[word]} {limit}" for word, limit in limits)
        case Near(centre, tolerance):
            return f"{centre} ± {tolerance}"
        case OneOf(choices):
            return "one of " + ", ".join(describe(choice, meaning) for choice in choices)
        case _:
            assert_never(matcher)


def bind(matcher: AnyMatcher, resolve: Callable[[str], str]) -> AnyMatcher:
    """The same matcher with every `${name}` in it replaced."""
    match matcher:
        case Equal(text):
            return Equal(resolve(text))
        case Presence():
            return matcher
        case Pattern(source):
            return Pattern(resolve(source))
        case Range(limits):
            return Range(tuple((word, resolve(limit)) for word, limit in limits))
        case Near(centre, tolerance):
            return Near(resolve(centre), resolve(tolerance))
        case OneOf(choices):
            return OneOf(tuple(Equal(resolve(choice.text)) for choice in choices))
        case _:
            assert_never(matcher)


def read_matcher(value: object) -> AnyMatcher:
    """The matcher that a YAML value stands for; a mistake names what would be right."""
    if isinstance(value, dict):
        return _read_mapping(value)
    text = as_text(value)
    if text in ("any", "present", "absent"):
        return Presence(text)
    if len(text) > 1 and text.startswith("/") and text.endswith("/"):
        return _read_pattern(text[1:-1])
    return Equal(text)


def as_decimal(text: str | None) -> Decimal | None:
    """The number that a text is, or None."""
    try:
        value = Decimal(text) if text is not None else None
    except InvalidOperation:
        return None
    return value if value is not None and value.is_finite() else None


def _is_equal(text: str, received: str, meaning: FieldMeaning) -> bool:
    expected = meaning.code(text)
    if received == expected or (meaning.type == "BOOLEAN" and received == text.upper()):
        return True
    if meaning.is_numeric or not meaning.type:
        number = as_decimal(received)
        return number is not None and number == as_decimal(expected)
    return False


def _read_pattern(source: str) -> Pattern:
    try:
        re.compile(source)
    except re.error as error:
        raise ValueError(f"/{source}/ is not a regular expression: {error}") from None
    return Pattern(source)


def _read_mapping(value: dict[object, object]) -> AnyMatcher:
    for key in value:
        if key not in MATCHER_KEYS:
            raise ValueError(f'unknown key "{key}" of a matcher{did_you_mean(str(key), MATCHER_KEYS)}')
    if "one_of" in value:
        choices = value["one_of"]
        if len(value) > 1 or not isinstance(choices, list) or not choices:
            raise ValueError("one_of stands alone and has a list of values")
        return OneOf(tuple(Equal(as_text(choice)) for choice in choices))
    texts = {str(key): as_text(limit) for key, limit in value.items()}
    for key, text in texts.items():
        if "${" not in text and as_decimal(text) is None:
            raise ValueError(f"{key} {text} is not a number")
    if ("near" in texts) != ("tol" in texts) or ("near" in texts and len(texts) > 2):
        raise ValueError("near and tol stand together and alone: {near: 10.01, tol: 0.001}")
    if "near" in texts:
        return Near(texts["near"], texts["tol"])
    if not texts:
        raise ValueError(f"an empty matcher, it has {', '.join(MATCHER_KEYS)}")
    return Range(tuple(texts.items()))


_NUMBER: dict[str, Any] = {"anyOf": [{"type": "number"}, {"type": "string"}]}
_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "string", "description": "A value, an enum name, any, present, absent, /regex/ or ${name}"},
        {"type": "number"},
        {"type": "boolean"},
        {
            "type": "object",
            "additionalProperties": False,
            "properties": dict.fromkeys((*LIMITS, "near", "tol"), _NUMBER)
            | {"one_of": {"type": "array", "minItems": 1}},
        },
    ]
}

Matcher: TypeAlias = Annotated[AnyMatcher, PlainValidator(read_matcher), WithJsonSchema(_SCHEMA)]
"""The type of a field of an expectation in the models."""
