"""Fees: by amount and by share, with a least and a most for each order, and rebates."""

from __future__ import annotations

import pytest

from exchange.clearing.claim import Claim
from exchange.clearing.fees import highest_fee, order_fee, rate
from exchange.reference.clearing_rules import FeeSchedule

RATES = FeeSchedule(maker_parts=100, taker_parts=300, maker_per_share=2, taker_per_share=5)
REBATE = FeeSchedule(maker_parts=-200, taker_parts=300, maker_per_share=-1)
BOUNDED = FeeSchedule(taker_parts=300, minimum=1_000, maximum=5_000)


@pytest.mark.parametrize(
    ("schedule", "amount", "quantity", "is_maker", "fee"),
    [
        (RATES, 1_000_000, 10, True, 120),
        (RATES, 1_000_000, 10, False, 350),
        (RATES, 9_999, 1, True, 2),
        (REBATE, 1_000_000, 10, True, -210),
        (REBATE, 4_999, 0, True, 0),
        (REBATE, 9_999, 0, True, -1),
        (FeeSchedule(), 10**17, 10**9, False, 0),
    ],
)
def test_rates_are_cut_off_towards_zero(
    schedule: FeeSchedule, amount: int, quantity: int, is_maker: bool, fee: int
) -> None:
    assert rate(schedule, amount, quantity, is_maker=is_maker) == fee


@pytest.mark.parametrize(
    ("schedule", "rated", "fee"),
    [
        (BOUNDED, 0, 1_000),
        (BOUNDED, 999, 1_000),
        (BOUNDED, 1_001, 1_001),
        (BOUNDED, 5_001, 5_000),
        (RATES, 10**12, 10**12),
        (REBATE, -210, -210),
        (FeeSchedule(minimum=1_000), -210, 1_000),
    ],
)
def test_an_order_pays_at_least_and_at_most(schedule: FeeSchedule, rated: int, fee: int) -> None:
    assert order_fee(schedule, rated) == fee


@pytest.mark.parametrize(
    ("schedule", "rated", "charged", "amount", "quantity", "fee"),
    [
        (RATES, 0, 0, 1_000_000, 10, 350),
        (RATES, 350, 350, 1_000_000, 10, 350),
        (RATES, 350, 350, 1_000_000, 0, 0),
        (REBATE, 0, 0, 1_000_000, 10, 300),
        (FeeSchedule(maker_parts=-200, taker_parts=-100), 0, 0, 1_000_000, 10, 0),
        (BOUNDED, 0, 0, 1_000_000, 1, 1_000),
        (BOUNDED, 300, 1_000, 1_000_000, 1, 0),
        (BOUNDED, 4_900, 4_900, 1_000_000, 1, 100),
    ],
)
def test_what_may_still_be_charged(
    schedule: FeeSchedule, rated: int, charged: int, amount: int, quantity: int, fee: int
) -> None:
    assert highest_fee(schedule, rated, charged, amount, quantity) == fee


def test_fills_of_an_order_are_charged_what_its_fee_grows_by() -> None:
    claim = Claim(None, BOUNDED)
    charged = [claim.charge(amount, 1, is_maker=False) for amount in (1_000_000, 1_000_000, 10_000_000, 10_000_000)]
    assert charged == [1_000, 0, 2_600, 1_400]
    claim.take_back(1_400)
    assert (claim.rated, claim.charged) == (6_600 - 1_400, 3_600)


def test_an_order_without_a_schedule_pays_nothing() -> None:
    claim = Claim(None, None)
    assert claim.charge(10**9, 1, is_maker=False) == 0
    assert claim.highest_fee(10**9, 1) == 0
