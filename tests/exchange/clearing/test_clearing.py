"""What fills, busts and corrections mean for money, shares, positions and settlement, to the unit."""

from __future__ import annotations

import pytest

from exchange.clearing_events import FillCleared, FillRecleared
from exchange.commands import BustTrade, CorrectTrade, OpenAccount
from exchange.events import OrderFilled
from exchange.orders import ShortSale
from exchange.postings import OUTSIDE, Bucket, Posting, PostingCause
from exchange.reference.accounts import Account
from exchange.reference.clearing_rules import FeeSchedule
from exchange.reference.instruments import Instrument
from tests.exchange.clearing.accounts import Books, money
from tests.exchange.market import ACME, buy, sell
from tests.exchange.wishes import asking

FRIDAY, MONDAY, TUESDAY = 20240621, 20240624, 20240625
COIN = Instrument("COIN", 8, 1, 1, "EUR", 1_000, 1, 10**10, 1_000_000, settlement_days=2)
FEES = FeeSchedule(maker_parts=1_000, taker_parts=2_000)


def traded(books: Books, number: int, quantity: int, price: str, *, seller: str = "ALICE", buyer: str = "BOB") -> None:
    books.enter(sell(f"S{number}", quantity, price, account=seller), buy(f"B{number}", quantity, price, account=buyer))


def test_each_side_of_a_fill_is_cleared_behind_both_reports() -> None:
    books = Books(fees=FEES)
    books.open_day(FRIDAY, MONDAY, TUESDAY)
    events = books.enter(sell("S1", 10, "10.00"), buy("B1", 10, "10.00", account="BOB"))
    told = [event for event in events if isinstance(event, OrderFilled | FillCleared)]
    assert [type(event).__name__ for event in told] == ["OrderFilled", "OrderFilled", "FillCleared", "FillCleared"]
    assert [event.fee for event in told] == [money("0.2"), money("0.1"), money("0.2"), money("0.1")]
    cleared = told[2]
    assert isinstance(cleared, FillCleared)
    assert (cleared.account, cleared.amount, cleared.date, cleared.settles_on) == ("BOB", money("100"), FRIDAY, MONDAY)
    assert (cleared.position, cleared.cost, cleared.realised) == (10, money("100"), 0)
    assert cleared.postings == (
        Posting("BOB", "ACME", Bucket.AVAILABLE, 10),
        Posting("BOB", "USD", Bucket.AVAILABLE, money("-100.2")),
        Posting("BOB", "ACME", Bucket.UNSETTLED, -10),
        Posting("BOB", "USD", Bucket.UNSETTLED, money("100")),
        Posting("BOB", "USD", Bucket.FEES, money("0.2")),
    )


def test_both_accounts_stand_as_they_traded_and_owe_the_settlement() -> None:
    books = Books(fees=FEES)
    books.open_day(FRIDAY, MONDAY, TUESDAY)
    books.transfer("ALICE", "ACME", "30", cost="270")
    traded(books, 1, 10, "10.00")
    traded(books, 2, 5, "12.00")
    assert books.of("ALICE") == "available 159.84 unsettled -160 fees 0.16"
    assert books.of("ALICE", "ACME") == "available 15 unsettled 15"
    assert books.position("ALICE") == "15 for 135, realised 25"
    assert books.of("BOB") == "available -160.32 unsettled 160 fees 0.32"
    assert books.of("BOB", "ACME") == "available 15 unsettled -15"
    assert (books.due("ALICE"), books.due("BOB")) == ([f"{MONDAY} ACME -15 160"], [f"{MONDAY} ACME 15 -160"])


def test_more_digits_than_money_has_are_cut_off_on_both_sides_alike() -> None:
    books = Books(ACME, COIN)
    books.enter(
        sell("S1", 7, account="ALICE", symbol="COIN", price="10.01"),
        buy("B1", 7, account="BOB", symbol="COIN", price="10.01"),
    )
    # 7 at 0.00001001 are 0.00007007.
    assert (books.of("ALICE", "EUR"), books.of("BOB", "EUR")) == (
        "available 0.00007 unsettled -0.00007",
        "available -0.00007 unsettled 0.00007",
    )


def test_a_trade_settles_after_as_many_days_as_its_instrument_has() -> None:
    books = Books(ACME, COIN)
    books.open_day(FRIDAY, MONDAY, TUESDAY)
    traded(books, 1, 10, "10.00")
    books.enter(sell("S2", 7, "10.00", symbol="COIN"), buy("B2", 7, "10.00", account="BOB", symbol="COIN"))
    assert [line.split()[0] for line in books.due("BOB")] == [str(MONDAY), str(TUESDAY)]


def test_before_the_first_business_day_a_trade_settles_with_the_next() -> None:
    books = Books()
    traded(books, 1, 10, "10.00")
    assert books.due("BOB") == ["0 ACME 10 -100"]


def test_an_account_cleared_elsewhere_meets_the_others_through_one_for_all() -> None:
    books = Books()
    books.apply(OpenAccount(Account("AWAY", "Cleared elsewhere", fees=FEES)))
    books.open_day(FRIDAY, MONDAY)
    traded(books, 1, 10, "10.00", seller="AWAY")
    assert (books.of("AWAY"), books.of("AWAY", "ACME")) == ("", "")
    assert books.of(OUTSIDE) == "available 100 unsettled -100"
    assert books.due(OUTSIDE) == [f"{MONDAY} ACME -10 100"]
    books.apply(BustTrade(1))
    assert (books.of(OUTSIDE), books.of("BOB"), books.due("BOB")) == ("", "", [])


def test_a_trade_of_two_that_are_cleared_elsewhere_is_nobodys_here() -> None:
    books = Books()
    books.apply(OpenAccount(Account("AWAY", "Cleared elsewhere")))
    events = books.enter(sell("S1", 1, "10.00", account="AWAY"), buy("B1", 1, "10.00", account="AWAY"))
    assert not [event for event in events if isinstance(event, FillCleared)]
    events = books.apply(BustTrade(1))
    assert not [event for event in events if isinstance(event, FillRecleared)]
    assert list(books.venue.clearing.ledger) == []


def test_a_busted_trade_never_was() -> None:
    books = Books(fees=FEES)
    books.open_day(FRIDAY, MONDAY)
    books.transfer("ALICE", "ACME", "10", cost="90")
    before = [books.of(name, asset) for name in ("ALICE", "BOB") for asset in ("USD", "ACME")]
    traded(books, 1, 10, "10.00")
    events = [event for event in books.apply(BustTrade(1)) if isinstance(event, FillRecleared)]
    assert [(one.account, one.quantity, one.amount, one.fee, one.cause) for one in events] == [
        ("BOB", 0, 0, 0, PostingCause.BUST),
        ("ALICE", 0, 0, 0, PostingCause.BUST),
    ]
    assert [books.of(name, asset) for name in ("ALICE", "BOB") for asset in ("USD", "ACME")] == before
    assert books.position("ALICE") == "10 for 90, realised 0"
    assert (books.due("ALICE"), books.due("BOB")) == ([], [])


def test_positions_after_a_bust_are_those_of_the_other_trades() -> None:
    books = Books()
    traded(books, 1, 10, "10.00", seller="BOB", buyer="ALICE")
    traded(books, 2, 10, "20.00", seller="BOB", buyer="ALICE")
    traded(books, 3, 5, "30.00", seller="ALICE", buyer="BOB")
    assert books.position("ALICE") == "15 for 225, realised 75"
    books.apply(BustTrade(1))
    assert books.position("ALICE") == "5 for 100, realised 50"
    books.apply(BustTrade(2))
    assert books.position("ALICE") == "-5 for -150, realised 0"
    assert books.of("ALICE", "ACME") == "unsettled 5 short -5", "what it no longer has it has sold short"
    books.apply(BustTrade(3))
    assert (books.position("ALICE"), books.of("ALICE", "ACME"), books.of("ALICE")) == ("0 for 0, realised 0", "", "")


@pytest.mark.parametrize(
    ("quantity", "price", "position", "bob", "fee"),
    [
        (10, 1100, "10 for 110, realised 0", "available -110.22 unsettled 110 fees 0.22", "0.22"),
        (4, 1000, "4 for 40, realised 0", "available -40.08 unsettled 40 fees 0.08", "0.08"),
    ],
)
def test_a_corrected_trade_was_always_so(quantity: int, price: int, position: str, bob: str, fee: str) -> None:
    books = Books(fees=FEES)
    traded(books, 1, 10, "10.00")
    events = [event for event in books.apply(CorrectTrade(1, price, quantity)) if isinstance(event, FillRecleared)]
    assert events[0].fee == money(fee), "in proportion to the amount"
    assert events[0].cause is PostingCause.TRADE_CORRECTION
    assert (books.position("BOB"), books.of("BOB")) == (position, bob)


def test_what_an_open_order_may_still_be_charged_follows_a_bust() -> None:
    books = Books(fees=FeeSchedule(minimum=1_000_000, taker_parts=10_000, maker_parts=10_000))
    books.fund("BOB")
    books.transfer("BOB", "USD", "1000")
    books.enter(sell("S1", 5, "10.00"), buy("B1", 10, "10.00", account="BOB"))
    assert books.of("BOB") == "available 899 reserved 50 unsettled 50 fees 1", "the least covers the rest, too"
    books.apply(BustTrade(1))
    assert books.of("BOB") == "available 949 reserved 51"


def test_a_trade_that_has_settled_is_undone_by_what_settles_like_one_of_today() -> None:
    books = Books()
    books.open_day(FRIDAY, MONDAY)
    books.transfer("ALICE", "ACME", "10")
    books.transfer("BOB", "USD", "100")
    traded(books, 1, 10, "10.00")
    books.open_day(MONDAY, TUESDAY)
    assert (books.of("ALICE"), books.of("BOB", "ACME"), books.due("BOB")) == ("available 100", "available 10", [])
    books.apply(BustTrade(1))
    assert (books.due("ALICE"), books.due("BOB")) == ([f"{TUESDAY} ACME 10 -100"], [f"{TUESDAY} ACME -10 100"])
    books.open_day(TUESDAY, TUESDAY + 1)
    assert (books.of("ALICE", "ACME"), books.of("BOB"), books.due("BOB")) == ("available 10", "available 100", [])


def test_a_bust_on_the_trade_date_leaves_nothing_to_settle() -> None:
    books = Books()
    books.open_day(FRIDAY, MONDAY)
    traded(books, 1, 10, "10.00")
    books.apply(BustTrade(1))
    assert len(books.venue.clearing.obligations) == 0


def test_a_bust_of_a_short_sale_frees_what_was_kept_for_it() -> None:
    books = Books()
    books.fund("ALICE", long_sell_may_short=True)
    books.transfer("ALICE", "USD", "50")
    traded(books, 1, 10, "10.00")
    assert books.of("ALICE") == "unsettled -100 collateral 150"
    books.apply(BustTrade(1))
    assert (books.of("ALICE"), books.of("ALICE", "ACME")) == ("available 50", "")


def test_a_sale_of_what_is_not_there_is_short_in_an_account_that_trades_freely() -> None:
    books = Books()
    books.transfer("ALICE", "ACME", "4")
    traded(books, 1, 10, "10.00")
    assert (books.of("ALICE", "ACME"), books.of("ALICE")) == ("unsettled 10 short -6", "available 100 unsettled -100")
    traded(books, 2, 10, "9.00", seller="BOB", buyer="ALICE")
    assert books.of("ALICE", "ACME") == "available 4"
    assert books.position("ALICE") == "4 for 36, realised 46"


def test_a_marked_short_sale_beside_free_shares_makes_them_up() -> None:
    books = Books()
    books.fund("ALICE")
    books.transfer("ALICE", "USD", "50")
    books.transfer("ALICE", "ACME", "4")
    books.enter(asking(sell("S1", 10, "10.00"), short_sale=ShortSale.SHORT), buy("B1", 10, "10.00", account="BOB"))
    assert books.of("ALICE", "ACME") == "unsettled 10 short -6"
    assert books.of("ALICE") == "available 60 unsettled -100 collateral 90"
