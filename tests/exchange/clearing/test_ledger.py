"""The ledger: balances by account, asset and bucket, changed by postings that balance and by nothing else."""

from __future__ import annotations

import pytest

from exchange.clearing.ledger import Ledger
from exchange.clearing_events import Reserved
from exchange.postings import HOUSE, Bucket, Posting

AVAILABLE, RESERVED, UNSETTLED = Bucket.AVAILABLE, Bucket.RESERVED, Bucket.UNSETTLED
SHORT, COLLATERAL, FEES = Bucket.SHORT, Bucket.COLLATERAL, Bucket.FEES


def given(amount: int, asset: str = "USD") -> list[Posting]:
    return [Posting("A", asset, AVAILABLE, amount), Posting(HOUSE, asset, AVAILABLE, -amount)]


def moved(giver: Bucket, taker: Bucket, amount: int) -> list[Posting]:
    return [Posting("A", "USD", giver, -amount), Posting("A", "USD", taker, amount)]


def test_what_was_never_posted_is_0() -> None:
    ledger = Ledger()
    assert ledger.balance("A", "USD", AVAILABLE) == ledger.traded("A", "USD") == ledger.settled("A", "USD") == 0
    assert ledger.available("A", "USD") == ledger.withdrawable("A", "USD") == 0
    assert (list(ledger), ledger.assets("A")) == ([], [])


def test_postings_add_up_in_their_buckets() -> None:
    ledger = Ledger()
    ledger.post(given(100))
    ledger.post(given(20))
    ledger.post(given(7, "ACME"))
    assert list(ledger) == [
        ("A", "USD", (120, 0, 0, 0, 0, 0)),
        (HOUSE, "USD", (-120, 0, 0, 0, 0, 0)),
        ("A", "ACME", (7, 0, 0, 0, 0, 0)),
        (HOUSE, "ACME", (-7, 0, 0, 0, 0, 0)),
    ]
    assert ledger.assets("A") == ["USD", "ACME"]


@pytest.mark.parametrize(
    "postings",
    [
        [Posting("A", "USD", AVAILABLE, 1)],
        [Posting("A", "USD", AVAILABLE, 1), Posting("A", "EUR", AVAILABLE, -1)],
        [*given(5), Posting("A", "USD", FEES, 1)],
    ],
)
def test_what_does_not_balance_in_each_asset_is_a_mistake(postings: list[Posting]) -> None:
    with pytest.raises(AssertionError, match="do not balance"):
        Ledger().post(postings)


def test_one_side_of_a_trade_is_posted_in_shares_and_money() -> None:
    ledger = Ledger()
    ledger.post_fill(
        "A",
        "ACME",
        "USD",
        [
            Posting("A", "ACME", AVAILABLE, 3),
            Posting("A", "ACME", UNSETTLED, -3),
            Posting("A", "USD", AVAILABLE, -31),
            Posting("A", "USD", UNSETTLED, 30),
            Posting("A", "USD", FEES, 1),
        ],
    )
    assert list(ledger) == [("A", "ACME", (3, 0, -3, 0, 0, 0)), ("A", "USD", (-31, 0, 30, 0, 0, 1))]


@pytest.mark.parametrize("asset", ["ACME", "USD"])
def test_one_side_of_a_trade_balances_too(asset: str) -> None:
    with pytest.raises(AssertionError, match="do not balance"):
        Ledger().post_fill("A", "ACME", "USD", [Posting("A", asset, AVAILABLE, 3)])


def test_traded_settled_and_withdrawable() -> None:
    ledger = Ledger()
    ledger.post(given(100))
    ledger.reserve("A", "USD", 30)
    ledger.post(moved(AVAILABLE, COLLATERAL, 10))
    ledger.post(moved(AVAILABLE, FEES, 5))
    ledger.post(moved(UNSETTLED, AVAILABLE, 40))
    assert ledger.balance("A", "USD", UNSETTLED) == -40
    assert ledger.available("A", "USD") == 95
    assert ledger.traded("A", "USD") == 95 + 30 + 10
    assert ledger.settled("A", "USD") == 95, "40 are still to come"
    assert ledger.withdrawable("A", "USD") == 95
    ledger.post(moved(UNSETTLED, AVAILABLE, 10))
    assert ledger.withdrawable("A", "USD") == 95, "of 105 that are free only 95 have settled"
    ledger.reserve("A", "USD", 200)
    assert ledger.withdrawable("A", "USD") == 0


def test_shares_sold_short_count_against_what_is_there() -> None:
    ledger = Ledger()
    ledger.post([Posting("A", "ACME", SHORT, -4), Posting("A", "ACME", UNSETTLED, 4)])
    assert ledger.traded("A", "ACME") == -4
    assert ledger.settled("A", "ACME") == 0


@pytest.mark.parametrize("amount", [30, -30])
def test_what_is_reserved_is_what_its_event_says_in_two_lines(amount: int) -> None:
    quick, posted = Ledger(), Ledger()
    quick.reserve("A", "USD", amount)
    event = Reserved(1, 0, 20240621, "A", "USD", amount, 7)
    posted.post(event.postings)
    assert list(quick) == list(posted) == [("A", "USD", (-amount, amount, 0, 0, 0, 0))]


def test_a_reference_is_used_once() -> None:
    ledger = Ledger()
    assert not ledger.has_reference("T1")
    assert ledger.use_reference("T1")
    assert ledger.has_reference("T1")
    assert not ledger.use_reference("T1")


def test_state_is_all_balances_and_references() -> None:
    one, other = Ledger(), Ledger()
    assert one.state() == other.state()
    one.use_reference("T1")
    assert one.state() != other.state()
    other.use_reference("T1")
    one.post(given(1))
    assert one.state() != other.state()
