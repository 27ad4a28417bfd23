"""Transfers and holdings: posted once against the house, refused with the figures."""

from __future__ import annotations

import pytest

from exchange.commands import OpenAccount, Transfer
from exchange.events import Event
from exchange.postings import HOUSE, TransferKind
from exchange.reference.accounts import Account
from tests.exchange.clearing.accounts import Books, money, refusal_in
from tests.exchange.market import buy, sell

OPENING, WITHDRAWAL, CORRECTION = TransferKind.OPENING, TransferKind.WITHDRAWAL, TransferKind.CORRECTION

MOST = "an amount may be 100000000000 and a balance 1000000000000"


def names(events: list[Event]) -> list[str]:
    return [type(event).__name__ for event in events]


def test_money_comes_from_the_house_and_goes_back() -> None:
    books = Books()
    assert names(books.transfer("ALICE", "USD", "1000", OPENING)) == ["Posted"]
    books.transfer("ALICE", "USD", "50.5")
    books.transfer("ALICE", "USD", "0.000001", CORRECTION)
    books.transfer("ALICE", "USD", "-20", CORRECTION)
    books.transfer("ALICE", "USD", "30.25", WITHDRAWAL)
    assert books.of("ALICE") == "available 1000.250001"
    assert books.of(HOUSE) == "available -1000.250001"


def test_shares_come_with_what_they_cost_and_take_it_along() -> None:
    books = Books()
    assert names(books.transfer("ALICE", "ACME", "10", OPENING, cost="100")) == ["Posted", "PositionChanged"]
    assert books.position("ALICE") == "10 for 100, realised 0"
    books.transfer("ALICE", "ACME", "4", WITHDRAWAL)
    assert books.position("ALICE") == "6 for 60, realised 0"
    assert (books.of("ALICE", "ACME"), books.of(HOUSE, "ACME")) == ("available 6", "available -6")


def test_shares_that_come_make_up_for_those_sold_short() -> None:
    books = Books()
    books.enter(buy("B1", 10, "10.00", account="BOB"), sell("S1", 10, "10.00", account="ALICE"))
    assert books.of("ALICE", "ACME") == "unsettled 10 short -10"
    books.transfer("ALICE", "ACME", "4", cost="40")
    assert books.of("ALICE", "ACME") == "unsettled 10 short -6"
    books.transfer("ALICE", "ACME", "10", cost="100")
    assert books.of("ALICE", "ACME") == "available 4 unsettled 10"
    assert books.position("ALICE") == "4 for 40, realised 0"


def test_only_what_is_free_and_settled_may_leave() -> None:
    books = Books()
    books.transfer("ALICE", "ACME", "10")
    books.transfer("BOB", "USD", "1000")
    books.enter(sell("S1", 10, "10.00", account="ALICE"), buy("B1", 10, "10.00", account="BOB"))
    assert refusal_in(books.transfer("ALICE", "USD", "1", WITHDRAWAL)) == (
        "INSUFFICIENT_FUNDS: amount 1 USD is more than may leave ALICE: 100 are free and 0 settled"
    )
    assert refusal_in(books.transfer("BOB", "ACME", "1", WITHDRAWAL)) == (
        "INSUFFICIENT_SHARES: amount 1 ACME is more than may leave BOB: 10 are free and 0 settled"
    )
    assert refusal_in(books.transfer("BOB", "USD", "-901", CORRECTION)) == (
        "INSUFFICIENT_FUNDS: amount 901 USD is more than may leave BOB: 900 are free and 1000 settled"
    )
    assert names(books.transfer("BOB", "USD", "900", WITHDRAWAL)) == ["Posted"]


def test_a_transfer_is_posted_once_for_its_reference() -> None:
    books = Books()
    books.transfer("ALICE", "USD", "1000", reference="wire 7")
    assert refusal_in(books.transfer("BOB", "USD", "1", reference="wire 7")) == (
        "DUPLICATE_REFERENCE: reference wire 7 was posted before"
    )
    assert refusal_in(books.hold("ALICE", ("ACME", 1, "10.00"), reference="wire 7")) == (
        "DUPLICATE_REFERENCE: reference wire 7 was posted before"
    )
    refused = books.transfer("ALICE", "USD", "5000", WITHDRAWAL, reference="wire 8")
    assert refusal_in(refused).startswith("INSUFFICIENT_FUNDS"), "a refused one has used nothing"
    assert names(books.transfer("ALICE", "USD", "1", WITHDRAWAL, reference="wire 8")) == ["Posted"]


@pytest.mark.parametrize(
    ("account", "asset", "amount", "kind", "cost", "text"),
    [
        ("NOBODY", "USD", "1", OPENING, "0", "UNKNOWN_ACCOUNT: account NOBODY is not open"),
        ("", "USD", "1", OPENING, "0", "UNKNOWN_ACCOUNT: account (none) is not open"),
        ("PLAIN", "USD", "1", OPENING, "0",
         "UNKNOWN_ACCOUNT: account PLAIN is cleared elsewhere: the venue keeps no ledger for it"),
        ("ALICE", "EUR", "1", OPENING, "0",
         "UNKNOWN_ASSET: asset EUR is neither a listed instrument nor the currency of one"),
        ("ALICE", "", "1", OPENING, "0",
         "UNKNOWN_ASSET: asset (none) is neither a listed instrument nor the currency of one"),
        ("ALICE", "USD", "0", OPENING, "0", "INVALID_AMOUNT: amount is 0"),
        ("ALICE", "USD", "-1", WITHDRAWAL, "0",
         "INVALID_AMOUNT: amount is less than 0, which only a correction may be; a withdrawal is not"),
        ("ALICE", "USD", "1", OPENING, "1",
         "INVALID_AMOUNT: cost 1 is not the cost of shares, 0 to 100000000000"),
        ("ALICE", "ACME", "1", OPENING, "-1",
         "INVALID_AMOUNT: cost -1 is not the cost of shares, 0 to 100000000000"),
        ("ALICE", "USD", "100000000000.000001", OPENING, "0",
         "BALANCE_LIMIT: amount 100000000000.000001 is too large: {most}"),
    ],
)  # fmt: skip
def test_what_cannot_be_posted_is_refused(
    account: str, asset: str, amount: str, kind: TransferKind, cost: str, text: str
) -> None:
    books = Books()
    books.apply(OpenAccount(Account("PLAIN", "Cleared elsewhere")))
    value = int(amount) if asset == "ACME" else money(amount)
    assert refusal_in(books.apply(Transfer(account, kind, asset, value, "T1", money(cost)))) == text.format(most=MOST)


def test_a_balance_has_a_most() -> None:
    books = Books()
    for _ in range(10):
        books.transfer("ALICE", "USD", "100000000000")
    assert refusal_in(books.transfer("ALICE", "USD", "0.000001")).startswith("BALANCE_LIMIT: amount 0.000001 is too")


def test_a_transfer_needs_a_reference() -> None:
    refused = Books().apply(Transfer("ALICE", OPENING, "USD", 1, ""))
    assert refusal_in(refused) == "DUPLICATE_REFERENCE: reference (none) does not tell this from any other"


def test_holdings_correct_positions_to_what_they_shall_be() -> None:
    books = Books()
    books.transfer("ALICE", "ACME", "10", cost="100")
    assert names(books.hold("ALICE", ("ACME", 25, "12.00"))) == ["Posted", "PositionChanged"]
    assert books.position("ALICE") == "25 for 300, realised 0"
    assert names(books.hold("ALICE", ("ACME", 25, "13.00"), reference="H2")) == ["PositionChanged"], "the cost alone"
    assert names(books.hold("ALICE", ("ACME", 25, "13.00"), reference="H3")) == [], "it is so already"
    books.hold("ALICE", ("ACME", 0, "0"), reference="H4")
    assert books.position("ALICE") == "0 for 0, realised 0"
    assert books.of("ALICE", "ACME") == ""


def test_a_position_sold_short_is_corrected_to_what_is_there() -> None:
    books = Books()
    books.enter(buy("B1", 10, "10.00", account="BOB"), sell("S1", 10, "10.00", account="ALICE"))
    books.hold("ALICE", ("ACME", 5, "11.00"))
    assert books.position("ALICE") == "5 for 55, realised 0"
    assert books.of("ALICE", "ACME") == "available 5 unsettled 10"


@pytest.mark.parametrize(
    ("held", "text"),
    [
        ([("ACME", 1, "1.00"), ("ACME", 2, "1.00")], "CONFLICTING_INSTRUCTIONS: symbol ACME is named twice"),
        ([("NONE", 1, "1.00")], "UNKNOWN_INSTRUMENT: symbol NONE is not listed"),
        ([("", 1, "1.00")], "UNKNOWN_INSTRUMENT: symbol (none) is not listed"),
        ([("ACME", -1, "1.00")],
         "INVALID_QUANTITY: quantity -1 of ACME is less than 0; a position is sold short by orders alone"),
        ([("ACME", 10**10, "10.01")],
         "INVALID_PRICE: price 10.01 of ACME is not a price of 0 or more at which 10000000000 cost up to 100000000000"),
        ([("ACME", 4, "1.00")],
         "INSUFFICIENT_SHARES: amount 6 ACME is more than may leave ALICE: 5 are free and 10 settled"),
    ],
)  # fmt: skip
def test_holdings_that_cannot_be_are_refused_together(held: list[tuple[str, int, str]], text: str) -> None:
    books = Books()
    books.transfer("ALICE", "ACME", "10", cost="100")
    books.fund("ALICE")
    books.enter(sell("S1", 5, "20.00", account="ALICE"))
    assert refusal_in(books.hold("ALICE", *held)) == text
    assert books.position("ALICE") == "10 for 100, realised 0"


def test_one_holding_that_cannot_be_stops_the_others() -> None:
    books = Books()
    refused = books.hold("ALICE", ("ACME", 5, "1.00"), ("NONE", 1, "1.00"))
    assert refusal_in(refused) == "UNKNOWN_INSTRUMENT: symbol NONE is not listed"
    assert books.position("ALICE") == "0 for 0, realised 0"
