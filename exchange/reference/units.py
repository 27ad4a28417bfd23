"""Decimal text to integers and back.

Prices are integers of an instrument's price scale (scale 2: 10.05 is 1005), quantities are whole shares. Text becomes
an integer at the edge of the exchange and an integer becomes text there again; no float stands in between.
"""

from __future__ import annotations

PRICE_TEXTS_KEPT = 65_536
"""Texts one scale remembers each way. Prices repeat; a client that sends ever new ones must not fill memory."""

PRICE_TEXT_KEPT_LENGTH = 32
"""Longest text that is remembered: a price has 20 characters; one of a thousand zeros is read anew each time."""

AVERAGE_PRICE_EXTRA_DIGITS = 8
"""Digits of an average price behind those of the price scale. 1/3 has no finite text: the rest is rounded half even."""

MAX_SCALE = 9
"""The finest price scale: 9 digits behind the point."""

INTEGER_DIGITS_MAX = 18
"""Digits a number may have, so that it fits 63 bits with its sign."""


class PriceScale:
    """Reads and writes the prices of instruments that have `digits` digits behind the point."""

    __slots__ = ("_parsed", "_written", "digits", "unit")

    def __init__(self, digits: int) -> None:
        assert 0 <= digits <= MAX_SCALE, f"price scale {digits} is not between 0 and {MAX_SCALE}"
        self.digits = digits
        self.unit = 10**digits
        """How many units of the scale make 1.00 of the currency."""
        self._parsed: dict[str, int | None] = {}
        self._written: dict[int, str] = {}

    def parse(self, text: str) -> int | None:
        """The integer for a decimal text such as `10.05`, `-3` or `10.`; None when the scale cannot hold it exactly."""
        if text in self._parsed:
            return self._parsed[text]
        value = parse_decimal(text, self.digits)
        if len(self._parsed) < PRICE_TEXTS_KEPT and len(text) <= PRICE_TEXT_KEPT_LENGTH:
            self._parsed[text] = value
        return value

    def text(self, value: int) -> str:
        """The shortest decimal text for an integer of this scale: 1005 is `10.05`, 1000 is `10`."""
        known = self._written.get(value)
        if known is not None:
            return known
        text = decimal_text(value, self.digits)
        if len(self._written) < PRICE_TEXTS_KEPT:
            self._written[value] = text
        return text

    def average(self, notional: int, quantity: int) -> str:
        """`notional / quantity` as text, exact where the kept digits can hold it, else rounded half even."""
        if quantity == 0:
            return "0"
        price, rest = divmod(notional, quantity)
        if rest == 0:
            return self.text(price)
        digits = self.digits + AVERAGE_PRICE_EXTRA_DIGITS
        price, rest = divmod(notional * 10**AVERAGE_PRICE_EXTRA_DIGITS, quantity)
        twice = 2 * rest
        if twice > quantity or (twice == quantity and price & 1):
            price += 1
        return decimal_text(price, digits)


def parse_decimal(text: str, digits: int) -> int | None:
    """`text` times 10**`digits` as an integer, or None when it is no plain decimal, is too long or has too many digits.

    A plain decimal is FIX's float without exponent: an optional `-`, digits, an optional point and digits.
    Zeros behind the last digit that the scale holds do no harm: `10.0500` is 1005 at 2 digits.
    """
    unsigned = text.removeprefix("-")
    whole, _, fraction = unsigned.partition(".")
    if not (whole + fraction).isascii() or not (whole + fraction).isdigit():
        return None
    # Python refuses to read thousands of digits; zeros on the outer ends are not among those that count.
    whole, fraction = whole.lstrip("0"), fraction.rstrip("0")
    if len(fraction) > digits or len(whole) + digits > INTEGER_DIGITS_MAX:
        return None
    value = int("0" + whole + fraction.ljust(digits, "0"))
    return -value if text.startswith("-") else value


def decimal_text(value: int, digits: int) -> str:
    """The shortest text for `value` / 10**`digits`."""
    if digits == 0:
        return str(value)
    sign = "-" if value < 0 else ""
    whole, fraction = divmod(abs(value), 10**digits)
    behind = f"{fraction:0{digits}d}".rstrip("0")
    return f"{sign}{whole}.{behind}" if behind else f"{sign}{whole}"
