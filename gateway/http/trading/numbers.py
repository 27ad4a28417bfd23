"""Numbers of the API, exact both ways: what bodies state becomes decimal text or integers, and integers become numbers.

A JSON number comes here as an integer or a `Decimal` (`exact_json` reads it so); the same number as text is taken, too,
for clients whose numbers are binary. What a price or an amount means, the instrument's scale or the currency says.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Query
from pydantic import BeforeValidator, Field, WithJsonSchema

from exchange.reference.instruments import scale_of
from exchange.reference.money import MONEY_DIGITS, money_text
from gateway.http.wrong_fields import wrong_field

NUMBER_CHARACTERS_MAX = 40
"""Twice what the largest price or amount takes."""

SHARES_MAX = 10**15
"""More shares than any company has; the instrument's own limit is far below."""

NUMBER_MAX = 2**63 - 1

PAGE_MAX = 1_000
PAGE_DEFAULT = 100

_PLAIN = re.compile(r"-?[0-9]{1,38}(\.[0-9]{1,38})?")
_WHOLE = re.compile(r"[0-9]{1,18}")


def decimal_text(value: object) -> str:
    """A number as plain decimal text. Raises `ValueError` for what is none, or is endless."""
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < NUMBER_CHARACTERS_MAX:
        text = format(value, "f")
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**NUMBER_CHARACTERS_MAX:
        text = str(value)
    else:
        text = value if isinstance(value, str) else ""
    if len(text) > NUMBER_CHARACTERS_MAX or not _PLAIN.fullmatch(text):
        raise ValueError("must be a decimal number, such as 150.25, or the same as text")
    return text


def whole_number(value: object) -> int:
    """A number without a fraction. Raises `ValueError`."""
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < NUMBER_CHARACTERS_MAX:
        value = int(value) if value == int(value) else None
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError("must be a whole number, such as 100, or the same as text")
    return value


DecimalText = Annotated[
    str,
    BeforeValidator(decimal_text),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^-?[0-9]{1,38}(\.[0-9]{1,38})?$"}]}),
]
"""A price or an amount, as it was written."""

_WHOLE_SCHEMA: dict[str, Any] = {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": "^[0-9]{1,18}$"}]}

Shares = Annotated[int, Field(ge=1, le=SHARES_MAX), BeforeValidator(whole_number), WithJsonSchema(_WHOLE_SCHEMA)]
SharesOrNone = Annotated[int, Field(ge=0, le=SHARES_MAX), BeforeValidator(whole_number), WithJsonSchema(_WHOLE_SCHEMA)]
Number = Annotated[int, Field(ge=1, le=NUMBER_MAX), BeforeValidator(whole_number), WithJsonSchema(_WHOLE_SCHEMA)]
"""What the exchange has numbered: portfolios, orders, trades."""

Symbol = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$")]
Identifier = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$")]
Reason = Annotated[str, Field(max_length=200, pattern=r"^[\x20-\x7e]*$")]
BusinessDate = Annotated[
    str, Field(pattern=r"^(19[7-9][0-9]|20[0-9]{2}|2100)-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")
]

AsOf = Annotated[
    int | None,
    Query(
        ge=0,
        le=NUMBER_MAX,
        description="The number of an event, as writes answer it: the answer has everything up to it.",
    ),
]
PageSize = Annotated[int, Query(ge=1, le=PAGE_MAX)]
Before = Annotated[int | None, Query(ge=1, le=NUMBER_MAX, description="`next` of the page before this one.")]
PortfolioNumber = Annotated[int | None, Query(ge=1, le=NUMBER_MAX, description="Only this portfolio.")]

OneSymbol = Annotated[str | None, Query(max_length=64, description="Only this instrument.")]
Since = Annotated[str | None, Query(max_length=40, description="From this time on: ISO 8601 with its zone.")]
Until = Annotated[str | None, Query(max_length=40, description="Before this time: ISO 8601 with its zone.")]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(field: str, text: str | None) -> int | None:
    """A time such as `2026-03-02T16:00:00Z` in nanoseconds since 1970 UTC. Raises `Problem` for what is none."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not 1970 <= at.year <= 2200:
        raise wrong_field(field, "must be a time with its zone, such as 2026-03-02T16:00:00Z", text)
    return (at - _EPOCH) // timedelta(microseconds=1) * 1_000


def price_number(price: int, price_digits: int) -> Decimal:
    """A price in units of a scale as the number that it is."""
    return Decimal(scale_of(price_digits).text(price))


def money_number(amount: int) -> Decimal:
    """An amount of money as the number that it is."""
    return Decimal(money_text(amount))


def average_number(amount: int, quantity: int) -> Decimal:
    """What each of some shares cost, exact where eight more digits than money has can hold it."""
    return Decimal(scale_of(MONEY_DIGITS).average(abs(amount), abs(quantity)))


def date_text(date: int) -> str | None:
    """Year, month and day in one number as `2024-06-21`; None for 0, a day that is not known yet."""
    return f"{date // 10_000:04d}-{date // 100 % 100:02d}-{date % 100:02d}" if date else None


def date_number(text: str) -> int:
    """The other way round."""
    return int(text.replace("-", ""))
