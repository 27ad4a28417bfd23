from __future__ import annotations

import pytest
from msgspec import Struct

from exchange.orders import PLAIN, OrderConditions, Peg
from exchange.reference.clearing_rules import FeeSchedule
from exchange.reference.limits import RiskLimits, Shorting
from exchange.store.texts import kept, what_differs


@pytest.mark.parametrize(
    ("text", "row"),
    [("c1", "c1"), ("", ""), ("a\0b", "a␀b"), ("é" * 256, "é" * 256), ("x" * 257, "x" * 255 + "…")],
)
def test_texts_fit_every_database(text: str, row: str) -> None:
    assert kept(text) == row


@pytest.mark.parametrize(
    ("value", "plain", "text"),
    [
        (FeeSchedule(), FeeSchedule(), ""),
        (FeeSchedule(maker_parts=-100, minimum=5), FeeSchedule(), '{"maker_parts":-100,"minimum":5}'),
        (
            RiskLimits(is_funded=True, shorting=Shorting.LOCATED),
            RiskLimits(),
            '{"is_funded":true,"shorting":"LOCATED"}',
        ),
        (OrderConditions(peg=Peg.MIDPOINT, group="x" * 300), PLAIN, '{"peg":"MIDPOINT","group":"' + "x" * 255 + '…"}'),
    ],
)
def test_a_value_is_told_by_what_is_not_plain(value: Struct, plain: Struct, text: str) -> None:
    assert what_differs(value, plain) == text
