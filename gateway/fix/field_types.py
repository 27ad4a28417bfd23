"""The grammar of FIX field types (FIX 4.4 vol. 1, "Field Data Types"), as regular expressions.

They are the one place that says what a well-formed value is: `gateway.fix.validation` tries them one by one,
`gateway.fix.codec` joins them to one expression for a whole message. Each comes with an example for the text of a
refusal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple


class FieldType(NamedTuple):
    """A type of field."""

    pattern: str
    """What a value matches from end to end. It never matches SOH, except for data."""
    example: str
    unlimited: str = ""
    """What a value matches from end to end that is right but for its length."""
    limit: str = ""
    """The limit that such a value is beyond."""


# 18 digits fit 64 bits with sign; 20 on each side of the point are more than the 15 significant ones FIX asks for.
_FLOAT: Final = r"-?(?:[0-9]{1,20}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})"
_DECIMAL: Final = r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_TEXT: Final = r"[^\x01]+"
_SEVERAL: Final = r"[^ \x01]+(?: [^ \x01]+)*"
# The Gregorian calendar: days that every month has first, as most do.
_LEAP_YEAR: Final = r"(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)"
_DATE: Final = (
    r"(?:[0-9]{4}(?:(?:0[1-9]|1[0-2])(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])(?:29|30)|(?:0[13578]|1[02])31)"
    rf"|{_LEAP_YEAR}0229)"
)
# A minute's last second may be 60 (leap second); fractions are milli-, micro- or nanoseconds.
_TIME: Final = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]{3}(?:[0-9]{3}(?:[0-9]{3})?)?)?"
# Seconds may be left out, and so may the minutes of the offset.
_ZONED_TIME: Final = (
    r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::(?:[0-5][0-9]|60)(?:\.[0-9]{1,9})?)?"
    r"(?:Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)?"
)
_MONTH_YEAR: Final = rf"(?:{_DATE}|[0-9]{{4}}(?:0[1-9]|1[0-2])(?:w[1-5])?)"
_AMOUNT: Final = FieldType(_FLOAT, "100 or 12.50", _DECIMAL, "20 digits before and 20 after the point")

_COUNT: Final = FieldType(r"[0-9]{1,9}", "30", r"[0-9]+", "9 digits")

FIELD_TYPES: Final[dict[str, FieldType]] = {
    "int": FieldType(r"-?[0-9]{1,18}", "30", r"-?[0-9]+", "18 digits"),
    "Length": _COUNT,
    "NumInGroup": _COUNT._replace(example="2"),
    "SeqNum": FieldType(r"[0-9]{1,18}", "30", r"[0-9]+", "18 digits"),
    "TagNum": _COUNT._replace(example="38"),
    "float": _AMOUNT,
    "Qty": _AMOUNT,
    "Price": _AMOUNT,
    "PriceOffset": _AMOUNT,
    "Amt": _AMOUNT,
    "Percentage": _AMOUNT._replace(example="0.05"),
    "char": FieldType(r"[^\x01]", "A"),
    "Boolean": FieldType(r"[YN]", "Y or N"),
    "String": FieldType(_TEXT, "text"),
    "MultipleValueString": FieldType(_SEVERAL, "A B"),
    "MultipleStringValue": FieldType(_SEVERAL, "AV AN"),
    "MultipleCharValue": FieldType(r"[^ \x01](?: [^ \x01])*", "A B"),
    "Country": FieldType(r"[A-Z]{2}", "US"),
    "Currency": FieldType(r"[A-Z]{3}", "USD"),
    "Exchange": FieldType(_TEXT, "XNYS"),
    "MonthYear": FieldType(_MONTH_YEAR, "202406, 20240621 or 202406w3"),
    "UTCTimestamp": FieldType(rf"{_DATE}-{_TIME}", "20240621-13:30:00.000"),
    "UTCTimeOnly": FieldType(_TIME, "13:30:00.000"),
    "UTCDateOnly": FieldType(_DATE, "20240621"),
    "UTCDate": FieldType(_DATE, "20240621"),
    "LocalMktDate": FieldType(_DATE, "20240621"),
    "DayOfMonth": FieldType(r"0?[1-9]|[12][0-9]|3[01]", "21"),
    "TZTimestamp": FieldType(rf"{_DATE}-{_ZONED_TIME}", "20240621-13:30:00+02:00"),
    "TZTimeOnly": FieldType(_ZONED_TIME, "13:30+02:00"),
    "Language": FieldType(r"[A-Za-z]{2,3}", "en"),
    "data": FieldType(r"(?s:.+)", "bytes"),
    "XMLData": FieldType(r"(?s:.+)", "<a/>"),
}
"""Every type that a dictionary may give a field, by its name in the specification."""

DATA_TYPES: Final = frozenset({"data", "XMLData"})
"""Types whose values may contain SOH."""
MULTIPLE_VALUE_TYPES: Final = frozenset({"MultipleValueString", "MultipleStringValue", "MultipleCharValue"})
"""Types whose values are several codes with spaces between them."""


def pattern_of_codes(codes: Iterable[str], field_type: str) -> str:
    """What the values of a field with a list of codes match."""
    one = "(?:" + "|".join(re.escape(code) for code in codes) + ")"
    return f"{one}(?: {one})*" if field_type in MULTIPLE_VALUE_TYPES else one
