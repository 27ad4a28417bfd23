"""Amounts of money and rates as people write them: exact decimals, each with the one sentence that refuses it.

They stay text in the settings, so that nothing is rounded on the way; `money_of` and `parts_of` make them the core's.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from exchange.reference.clearing_rules import PARTS
from exchange.reference.money import AMOUNT_MAX, MONEY_DIGITS, MONEY_UNIT, money_text, parse_money
from exchange.reference.units import parse_decimal

BASIS_POINT_DIGITS = 2
"""Digits of a rate behind the point: 0.01 basis points are one millionth, the smallest rate the core reckons with."""

RATE_MAX = PARTS
"""A fee of the whole amount: more is a slip."""

FEE_PER_SHARE_MAX = 1_000 * MONEY_UNIT
"""A thousand for each share: with the largest quantity it still fits 63 bits."""


def check_money(text: str) -> str:
    """An amount of 0 or more."""
    amount = parse_money(text)
    if amount is None or not 0 <= amount <= AMOUNT_MAX:
        rule = f"is not an amount from 0 to {money_text(AMOUNT_MAX)} with up to {MONEY_DIGITS} digits behind the point"
        raise ValueError(f'"{text}" {rule}, such as 1000.50')
    return text


def check_fee_per_share(text: str) -> str:
    """An amount for one share, less than 0 for a rebate."""
    amount = parse_money(text)
    if amount is None or abs(amount) > FEE_PER_SHARE_MAX:
        rule = f"is not up to {money_text(FEE_PER_SHARE_MAX)} for a share, with up to {MONEY_DIGITS} digits behind the"
        raise ValueError(f'"{text}" {rule} point, such as 0.005')
    return text


def check_rate(text: str) -> str:
    """A rate in basis points, less than 0 for a rebate."""
    parts = parse_decimal(text, BASIS_POINT_DIGITS)
    if parts is None or abs(parts) > RATE_MAX:
        rule = f"is not a rate of up to {RATE_MAX // 100} basis points, in steps of 0.01"
        raise ValueError(f'"{text}" {rule}, such as 2.5 or -0.3')
    return text


def money_of(text: str) -> int:
    """A checked amount in units of money."""
    amount = parse_money(text)
    assert amount is not None, f"{text} was not checked"
    return amount


def parts_of(text: str) -> int:
    """A checked rate in millionths of the amount."""
    parts = parse_decimal(text, BASIS_POINT_DIGITS)
    assert parts is not None, f"{text} was not checked"
    return parts


MoneyText = Annotated[str, AfterValidator(check_money)]
FeePerShareText = Annotated[str, AfterValidator(check_fee_per_share)]
RateText = Annotated[str, AfterValidator(check_rate)]
