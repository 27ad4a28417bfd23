"""Every reason of the venue has a code, and every field a name, in each version that is spoken."""

from __future__ import annotations

import pytest

from exchange.rejections import RejectReason
from gateway.fix.dictionary import load
from gateway.fix.refusal_texts import FIELDS, RefusalTexts
from gateway.fix.versions import VERSIONS, Version
from gateway.http.refusals import status_of


@pytest.mark.parametrize("version", VERSIONS.values(), ids=lambda version: version.name)
def test_every_reason_has_a_code_of_its_version(version: Version) -> None:
    known = load(version.name)
    for reason in RejectReason:
        for tag, code in (("103", version.ord_rej_reason(reason)), ("102", version.cxl_rej_reason(reason))):
            field = known.fields[tag]
            assert field.allows(str(code)), f"{field} {code}"
    for field_name, tags in FIELDS.items():
        # FIX.4.2 has no mass cancels.
        is_had = any(tag in known.fields for tag in tags) or (version.name, field_name) == ("FIX.4.2", "scope")
        assert is_had or not tags, field_name


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("price", "Price(44) / Price(44) / Price(44)"),
        ("peg_offset", "PegDifference(211) / PegOffsetValue(211) / PegOffsetValue(211)"),
        ("display_quantity", "MaxFloor(111) / MaxFloor(111) / DisplayQty(1138)"),
        ("peg", "ExecInst(18) / ExecInst(18) / PegPriceType(1094)"),
        ("bid_price", "BidPx(132) / BidPx(132) / BidPx(132)"),
        ("ask_symbol", "Symbol(55) / Symbol(55) / Symbol(55)"),
        ("instruction", " /  / "),
        ("trade_id", "trade_id / trade_id / trade_id"),
    ],
)
def test_each_version_names_the_field_in_its_own_way(field: str, text: str) -> None:
    said = [RefusalTexts(version).text(field, "is") for version in ("FIX.4.2", "FIX.4.4", "FIX.5.0SP2")]
    assert said == [f"{name} is".lstrip() for name in text.split(" / ")]


CODES = """
UNKNOWN_INSTRUMENT           1/2  1/99  1/99  1/99  1/99  404
UNKNOWN_ACCOUNT              0/2 15/99 15/99 15/99 15/99  404
UNSUPPORTED_ORDER_TYPE       0/2 11/99 11/99 11/99 11/99  422
UNSUPPORTED_TIME_IN_FORCE    0/2 11/99 11/99 11/99 11/99  422
UNSUPPORTED_SIDE             0/2 11/99 11/99 11/99 11/99  422
UNSUPPORTED_INSTRUCTION      0/2 11/99 11/99 11/99 11/99  422
INVALID_QUANTITY             0/2 13/99 13/99 13/99 13/99  422
QUANTITY_TOO_LARGE           3/2  3/99  3/99  3/99  3/99  422
PRICE_MISSING                0/2 99/99 99/99 99/99 99/99  422
INVALID_PRICE                0/2 99/99 99/99 99/99 99/99  422
PRICE_OFF_TICK               0/2 99/99 18/18 18/18 18/18  422
PRICE_OUT_OF_RANGE           0/2 99/99 99/99 16/8  16/8   422
DUPLICATE_CLIENT_ORDER_ID    6/2  6/6   6/6   6/6   6/6   409
CLIENT_ORDER_ID_TOO_LONG     0/2 99/99 99/99 99/99 99/99  422
TOO_MANY_OPEN_ORDERS         3/2  3/99  3/99  3/99  3/99  429
UNKNOWN_ORDER                5/1  5/1   5/1   5/1   5/1   404
CLIENT_ORDER_ID_REPLACED     0/1 99/1  99/1  99/1  99/1   409
ORDER_CLOSED                 0/0 99/0  99/0  99/0  99/0   409
ORDER_MISMATCH               0/2 99/99 99/99 99/99 99/99  409
QUANTITY_BELOW_FILLED        0/2 99/99 99/99 99/99 99/99  409
INVALID_STOP_PRICE           0/2 99/99 99/99 99/99 99/99  422
STOP_ALREADY_THROUGH         0/2 99/99 99/99 99/99 99/99  409
INVALID_DISPLAY_QUANTITY     0/2 13/99 13/99 13/99 13/99  422
INVALID_MIN_QUANTITY         0/2 13/99 13/99 13/99 13/99  422
INVALID_PEG                  0/2 99/99 99/99 99/99 99/99  422
INVALID_EXPIRY               0/2 99/99 99/99 99/99 99/99  422
CONFLICTING_INSTRUCTIONS     0/2 11/99 11/99 11/99 11/99  422
INVALID_ORDER_GROUP          0/2 99/99 99/99 99/99 99/99  409
WOULD_TAKE_LIQUIDITY         0/2 99/99 99/99 99/99 99/99  409
PHASE_FORBIDS                2/2  2/99  2/99  2/99  2/99  409
PRICE_OUTSIDE_BAND           0/2 99/99 99/99 16/8  16/8   409
PRICE_FAR_FROM_MARKET        0/2 99/99 99/99 16/7  16/7   409
NOTIONAL_TOO_LARGE           3/2  3/99  3/99  3/99 27/99  422
TRADING_BLOCKED              0/2  0/99  0/99  0/99  0/99  403
UNKNOWN_TRADE                0/2 99/99 99/99 99/99 99/99  404
UNKNOWN_QUOTE                0/2 99/99 99/99 99/99 99/99  404
INSUFFICIENT_FUNDS           3/2  3/99  3/99  3/99 25/99  409
INSUFFICIENT_SHARES          3/2  3/99  3/99  3/99  3/99  409
SHORT_SALE_FORBIDDEN         0/2  0/99  0/99  0/99 22/99  409
SHORT_SALE_RESTRICTED        0/2  0/99  0/99  0/99 22/99  409
ORDER_VALUE_LIMIT            3/2  3/99  3/99  3/99 27/99  409
ORDER_QUANTITY_LIMIT         3/2  3/99  3/99  3/99 26/99  409
PRICE_TOLERANCE              0/2 99/99 99/99 16/7  16/7   409
ORDER_RATE_LIMIT             3/2  3/99  3/99  3/99  3/99  429
POSITION_LIMIT               3/2  3/99  3/99  3/99  3/99  409
POSITION_SHARE_LIMIT         3/2  3/99  3/99  3/99  3/99  409
CREDIT_LIMIT                 3/2  3/99  3/99  3/99 25/99  409
BALANCE_LIMIT                3/2  3/99  3/99  3/99  3/99  409
INVALID_AMOUNT               0/2 99/99 99/99 99/99 99/99  422
UNKNOWN_ASSET                0/2 99/99 99/99 99/99 99/99  404
DUPLICATE_REFERENCE          0/2 99/99 99/99 99/99 99/99  409
INVALID_LIMITS               0/2 99/99 99/99 99/99 99/99  422
INVALID_CORPORATE_ACTION     0/2 99/99 99/99 99/99 99/99  422
TOO_MANY_QUOTES              0/2 99/99 99/99 99/99 99/99  422
"""
"""Reason; OrdRejReason(103)/CxlRejReason(102), oldest version first; HTTP status."""


@pytest.mark.parametrize("row", CODES.strip().splitlines(), ids=lambda row: row.split()[0])
def test_each_version_says_as_much_as_its_codes_can(row: str) -> None:
    name, *codes, status = row.split()
    reason = RejectReason[name]
    told = [f"{version.ord_rej_reason(reason)}/{version.cxl_rej_reason(reason)}" for version in VERSIONS.values()]
    assert (told, str(status_of(reason).value)) == (codes, status)


def test_every_reason_is_in_the_table() -> None:
    assert [row.split()[0] for row in CODES.strip().splitlines()] == [reason.name for reason in RejectReason]
