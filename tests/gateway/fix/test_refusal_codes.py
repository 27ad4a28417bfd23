"""Every reason of the venue has a code, and every field a name, in each version that is spoken."""

from __future__ import annotations

import pytest

from exchange.rejections import RejectReason
from gateway.fix.dictionary import load
from gateway.fix.refusal_texts import FIELDS
from gateway.fix.versions import VERSIONS, Version


@pytest.mark.parametrize("version", VERSIONS.values(), ids=lambda version: version.name)
def test_every_reason_has_a_code_of_its_version(version: Version) -> None:
    known = load(version.name)
    for reason in RejectReason:
        for tag, code in (("103", version.ord_rej_reason(reason)), ("102", version.cxl_rej_reason(reason))):
            field = known.fields[tag]
            assert field.allows(str(code)), f"{field} {code}"
    for name in FIELDS.values():
        tag = name.partition("(")[2][:-1]
        # FIX.4.2 has no mass cancels.
        is_had = tag in known.fields or (version.name, tag) == ("FIX.4.2", "530")
        assert not name or (is_had and f"{known.fields.get(tag, name)}" == name)


@pytest.mark.parametrize(
    ("reason", "codes"),
    [
        (RejectReason.UNKNOWN_INSTRUMENT, "1/2 1/99 1/99 1/99 1/99"),
        (RejectReason.PHASE_FORBIDS, "2/2 2/99 2/99 2/99 2/99"),
        (RejectReason.NOTIONAL_TOO_LARGE, "3/2 3/99 3/99 3/99 27/99"),
        (RejectReason.TRADING_BLOCKED, "0/2 0/99 0/99 0/99 0/99"),
        (RejectReason.INVALID_DISPLAY_QUANTITY, "0/2 13/99 13/99 13/99 13/99"),
        (RejectReason.CONFLICTING_INSTRUCTIONS, "0/2 11/99 11/99 11/99 11/99"),
        (RejectReason.PRICE_OFF_TICK, "0/2 99/99 18/18 18/18 18/18"),
        (RejectReason.PRICE_OUTSIDE_BAND, "0/2 99/99 99/99 16/8 16/8"),
        (RejectReason.PRICE_FAR_FROM_MARKET, "0/2 99/99 99/99 16/7 16/7"),
        (RejectReason.WOULD_TAKE_LIQUIDITY, "0/2 99/99 99/99 99/99 99/99"),
        (RejectReason.ORDER_CLOSED, "0/0 99/0 99/0 99/0 99/0"),
    ],
)
def test_each_version_says_as_much_as_its_codes_can(reason: RejectReason, codes: str) -> None:
    """OrdRejReason(103)/CxlRejReason(102), oldest version first."""
    told = [f"{version.ord_rej_reason(reason)}/{version.cxl_rej_reason(reason)}" for version in VERSIONS.values()]
    assert " ".join(told) == codes
