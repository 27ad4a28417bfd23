"""Plain values and durations as scenarios write them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.scenario.values import as_text, parse_duration


@pytest.mark.parametrize(
    ("value", "text"),
    [("ACME", "ACME"), (100, "100"), ("10.050", "10.050"), (Decimal("1E+2"), "100"), (True, "Y"), (False, "N")],
)
def test_a_plain_value_is_the_text_that_goes_on_the_wire(value: object, text: str) -> None:
    assert as_text(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([], "is a list, a plain value such as 100, 10.05 or ACME is needed"),
        ({}, "is a mapping, a plain value such as 100, 10.05 or ACME is needed"),
        (None, "is empty, a plain value such as 100, 10.05 or ACME is needed"),
        ("x" * 4097, "has 4097 characters, at most 4096 are read"),
    ],
)
def test_what_is_no_plain_value_is_refused(value: object, text: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # the whole text is compared
        as_text(value)
    assert str(raised.value) == text


@pytest.mark.parametrize(
    ("text", "milliseconds"), [("250ms", 250), ("2s", 2000), ("1.5s", 1500), ("1m", 60_000), ("1h", 3_600_000)]
)
def test_a_duration_is_milliseconds(text: str, milliseconds: int) -> None:
    assert parse_duration(text) == milliseconds


@pytest.mark.parametrize("value", ["2", 2, "2 s", "-2s", "s", "", None, "1d"])
def test_what_is_no_duration_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="is not a duration such as 250ms, 2s or 1m"):
        parse_duration(value)
