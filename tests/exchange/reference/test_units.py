"""Decimal text and integers, with Python's Decimal as the judge."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.reference.instruments import scale_of
from exchange.reference.units import (
    AVERAGE_PRICE_EXTRA_DIGITS,
    INTEGER_DIGITS_MAX,
    MAX_SCALE,
    PRICE_TEXT_KEPT_LENGTH,
    PRICE_TEXTS_KEPT,
    PriceScale,
    decimal_text,
    parse_decimal,
)

EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)
scales = st.integers(0, MAX_SCALE)
values = st.integers(-(10**INTEGER_DIGITS_MAX) + 1, 10**INTEGER_DIGITS_MAX - 1)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10.05", 1005),
        ("10.5", 1050),
        ("10", 1000),
        ("0", 0),
        ("-0", 0),
        ("5.", 500),
        (".5", 50),
        ("-5", -500),
        ("-.05", -5),
        ("007.50", 750),
        ("10.0500000000000000000000", 1005),
        ("0" * 10_000 + "1.5" + "0" * 10_000, 150),
        ("9999999999999999.99", 10**18 - 1),
        ("-9999999999999999.99", 1 - 10**18),
    ],
)
def test_fix_writes_decimals_in_many_ways(text: str, value: int) -> None:
    assert parse_decimal(text, 2) == value


@pytest.mark.parametrize(
    "text",
    [
        "", ".", "-", "-.", "+5", "--5", "5-", "1,000", "1 0", " 1", "1\n", "1e3", "1E3", "0x10", "1_0", "1.2.3", "NaN",
        "Infinity", "-Inf", "٣", "²", "½", "10.051", "0.001", "10000000000000000", "12345678901234567890",
        "-12345678901234567890", "1" * 10_000, "0." + "1" * 10_000,
    ],
)  # fmt: skip
def test_what_is_no_plain_decimal_or_too_long_is_not_read(text: str) -> None:
    assert parse_decimal(text, 2) is None


@given(values, scales)
def test_every_integer_comes_back_from_its_shortest_text(value: int, digits: int) -> None:
    text = decimal_text(value, digits)
    assert parse_decimal(text, digits) == value
    assert Decimal(text) == Decimal(value).scaleb(-digits, EXACT)
    assert text == f"{Decimal(text).normalize(EXACT):f}"


@given(st.from_regex(r"-?[0-9]{0,20}(\.[0-9]{0,20})?", fullmatch=True), scales)
def test_what_is_read_is_what_decimal_reads(text: str, digits: int) -> None:
    if not any(character.isdigit() for character in text):
        assert parse_decimal(text, digits) is None
        return
    exact = Decimal(text).scaleb(digits, EXACT)
    fits = exact == exact.to_integral_value() and abs(exact) < 10**INTEGER_DIGITS_MAX
    assert parse_decimal(text, digits) == (int(exact) if fits else None)


@given(st.text(max_size=12), scales)
def test_any_text_is_read_or_not_and_never_an_error(text: str, digits: int) -> None:
    value = PriceScale(digits).parse(text)
    assert value is None or Decimal(text) == Decimal(value).scaleb(-digits, EXACT)


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**9), scales)
def test_an_average_is_exact_or_rounded_half_even(notional: int, quantity: int, digits: int) -> None:
    exact = EXACT.divide(Decimal(notional).scaleb(-digits, EXACT), Decimal(quantity))
    last_digit = Decimal(1).scaleb(-digits - AVERAGE_PRICE_EXTRA_DIGITS)
    text = PriceScale(digits).average(notional, quantity)
    assert Decimal(text) == exact.quantize(last_digit, ROUND_HALF_EVEN, EXACT)
    assert text.rstrip("0") == text or "." not in text


@pytest.mark.parametrize(
    ("notional", "quantity", "text"),
    [
        (0, 0, "0"),
        (300_300, 300, "10.01"),
        (100, 3, "0.3333333333"),
        (200, 3, "0.6666666667"),
        (-100, 3, "-0.3333333333"),
        (1, 200_000_000, "0"),
        (3, 200_000_000, "0.0000000002"),
        (5, 200_000_000, "0.0000000002"),
        (7, 200_000_000, "0.0000000004"),
    ],
)
def test_average_prices_are_written_short(notional: int, quantity: int, text: str) -> None:
    assert scale_of(2).average(notional, quantity) == text


def test_a_scale_remembers_so_many_texts_of_a_price_s_length_and_reads_the_rest_anew() -> None:
    scale = PriceScale(2)
    long = "0" * PRICE_TEXT_KEPT_LENGTH + "1"
    assert [scale.parse(long), scale.parse(long)] == [100, 100]
    assert long not in scale._parsed
    for value in range(PRICE_TEXTS_KEPT + 10):
        assert scale.parse(scale.text(value)) == value
    assert scale.text(PRICE_TEXTS_KEPT + 5) == decimal_text(PRICE_TEXTS_KEPT + 5, 2)
    assert scale.parse("x") is None
    assert (len(scale._parsed), len(scale._written)) == (PRICE_TEXTS_KEPT, PRICE_TEXTS_KEPT)
    assert [scale.parse("1.05"), scale.text(105)] == [105, "1.05"]


@pytest.mark.parametrize("digits", [-1, MAX_SCALE + 1])
def test_a_scale_has_its_limits(digits: int) -> None:
    with pytest.raises(AssertionError, match=f"price scale {digits} is not between 0 and 9"):
        PriceScale(digits)


def test_instruments_of_a_scale_share_it() -> None:
    assert scale_of(4) is scale_of(4)
    assert scale_of(4).unit == 10_000
