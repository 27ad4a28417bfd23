"""Money as integers: how much a quantity at a price is worth, and its text.

All money, of every currency, is an integer of one scale: 1 is 0.000001 of the currency. So amounts of instruments with
different price scales add up in one account, and no trade of up to six digits behind the point is ever rounded. What
has more digits is rounded towards zero, for both sides of a trade alike.
"""

from __future__ import annotations

from exchange.reference.units import MAX_SCALE, decimal_text, parse_decimal

MONEY_DIGITS = 6
"""Digits behind the point of every amount."""

MONEY_UNIT = 10**MONEY_DIGITS
"""How many units make 1.00 of the currency."""

AMOUNT_MAX = 10**17
"""The largest amount of one order or transfer: 100 billion. Ninety of them in one account still fit 63 bits."""

BALANCE_MAX = 10**18
"""Beyond a trillion, either way, an account gets no further order: balances and what is under way fit 63 bits."""

_POWERS = tuple(int(10**digits) for digits in range(MAX_SCALE + 1))


def amount_of(notional: int, price_digits: int) -> int:
    """The amount of quantity times price in units of a price scale, rounded towards zero where digits are too many."""
    if price_digits <= MONEY_DIGITS:
        return notional * _POWERS[MONEY_DIGITS - price_digits]
    amount = abs(notional) // _POWERS[price_digits - MONEY_DIGITS]
    return amount if notional >= 0 else -amount


def amount_needed(notional: int, price_digits: int) -> int:
    """What must be there to pay `notional`, in parts too: rounded up."""
    if price_digits <= MONEY_DIGITS:
        return notional * _POWERS[MONEY_DIGITS - price_digits]
    return -(-notional // _POWERS[price_digits - MONEY_DIGITS])


def price_reached(amount: int, quantity: int, price_digits: int) -> int:
    """The highest price at which so many shares cost no more than an amount."""
    if price_digits <= MONEY_DIGITS:
        return amount // (quantity * _POWERS[MONEY_DIGITS - price_digits])
    return amount * _POWERS[price_digits - MONEY_DIGITS] // quantity


def money_text(amount: int) -> str:
    """The shortest decimal text: 1_500_000 is `1.5`."""
    return decimal_text(amount, MONEY_DIGITS)


def parse_money(text: str) -> int | None:
    """The amount for a decimal text; None when it is no number, is too long or has more than six digits."""
    return parse_decimal(text, MONEY_DIGITS)
