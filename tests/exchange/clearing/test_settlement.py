"""Settlement: what is due is delivered and paid, net by account and instrument; what cannot be fails and says why."""

from __future__ import annotations

import msgspec
import pytest

from exchange.clearing_events import ClearingRulesSet, ObligationSettled, SettlementDayOpened, SettlementFailed
from exchange.commands import BustTrade, ChangePhase, OpenAccount, SetClearingRules
from exchange.events import Event
from exchange.orders import OrderConditions, ShortSale
from exchange.phases import Phase
from exchange.postings import CLEARING_HOUSE, OUTSIDE
from exchange.reference.accounts import Account
from exchange.reference.clearing_rules import ClearingRules
from exchange.reference.money import money_text
from tests.exchange.clearing.accounts import Books, money, refusal_in
from tests.exchange.market import ACME, buy, sell

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = 20240101, 20240102, 20240103, 20240104, 20240105
WEEK = (MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, 20240108, 20240109)


def told(events: list[Event]) -> list[str]:
    """What a settlement day did, a line each."""
    lines = []
    for event in events:
        if isinstance(event, ObligationSettled):
            left = f", left {event.left_shares} {money_text(event.left_cash)}" if event.left_shares else ""
            lines.append(f"{event.account} {event.shares} {money_text(event.cash)}{left}")
        elif isinstance(event, SettlementFailed):
            lines.append(
                f"{event.account} fails {event.shares} {money_text(event.cash)} ({event.attempts}): {event.text}"
            )
    return lines


def day(books: Books, date: int) -> list[str]:
    """Opens a business day."""
    following = tuple(later for later in WEEK if later > date)
    return told(books.open_day(date, *following))


def trade(books: Books, seller: str, buyer: str, quantity: int, price: str) -> None:
    """One trade of ACME."""
    books.references += 1
    books.enter(
        sell(f"S{books.references}", quantity, price, account=seller),
        buy(f"B{books.references}", quantity, price, account=buyer),
    )


def rich() -> Books:
    """All three have 1,000 USD and 100 shares, on Monday."""
    books = Books()
    for name in ("ALICE", "BOB", "CAROL"):
        books.transfer(name, "USD", "1000")
        books.transfer(name, "ACME", "100")
    day(books, MONDAY)
    return books


def test_a_trade_settles_on_the_next_business_day() -> None:
    books = rich()
    trade(books, "ALICE", "BOB", 10, "5.00")
    assert books.due("ALICE") == ["20240102 ACME -10 50"]
    assert books.of("ALICE", "ACME") == "available 90 unsettled 10"
    assert books.venue.clearing.ledger.settled("BOB", "ACME") == 100
    assert day(books, TUESDAY) == ["ALICE -10 50", "BOB 10 -50"]
    assert (books.of("ALICE"), books.of("ALICE", "ACME")) == ("available 1050", "available 90")
    assert (books.of("BOB"), books.of("BOB", "ACME")) == ("available 950", "available 110")
    assert (books.of(CLEARING_HOUSE), books.of(CLEARING_HOUSE, "ACME"), books.due("ALICE")) == ("", "", [])


def test_before_the_first_business_day_trades_settle_with_the_first() -> None:
    books = Books()
    trade(books, "ALICE", "BOB", 10, "5.00")
    assert books.due("BOB") == ["0 ACME 10 -50"]
    assert day(books, MONDAY) == ["ALICE -10 50", "BOB 10 -50"]


def test_trades_of_one_account_and_instrument_are_netted() -> None:
    books = rich()
    trade(books, "ALICE", "BOB", 10, "5.00")
    trade(books, "BOB", "ALICE", 4, "6.00")
    trade(books, "BOB", "CAROL", 6, "7.00")
    # BOB has bought and sold alike: only money is left of it.
    assert day(books, TUESDAY) == ["ALICE -6 26", "BOB 0 16", "CAROL 6 -42"]


def test_a_bust_takes_back_what_is_due_or_settles_like_a_trade_of_today() -> None:
    books = Books(msgspec.structs.replace(ACME, settlement_days=2))
    day(books, MONDAY)
    trade(books, "ALICE", "BOB", 10, "5.00")
    trade(books, "ALICE", "BOB", 4, "5.00")
    day(books, TUESDAY)
    books.apply(BustTrade(1))
    assert books.due("BOB") == ["20240103 ACME 4 -20"]
    assert day(books, WEDNESDAY) == ["ALICE -4 20", "BOB 4 -20"]
    books.apply(BustTrade(2))
    assert books.due("BOB") == ["20240105 ACME -4 20"]
    assert day(books, FRIDAY) == ["BOB -4 20", "ALICE 4 -20"]


def test_a_missed_day_is_made_up_for_by_the_next() -> None:
    books = rich()
    trade(books, "ALICE", "BOB", 10, "5.00")
    assert day(books, THURSDAY) == ["ALICE -10 50", "BOB 10 -50"]


def naked() -> Books:
    """Nothing is lent: ALICE, who has no shares, may sell short; BOB has money."""
    books = Books()
    books.apply(SetClearingRules(ClearingRules(lends_shares=False)))
    for name in ("ALICE", "BOB", "CAROL"):
        books.transfer(name, "USD", "1000")
    books.transfer("CAROL", "ACME", "100")
    books.fund("ALICE", long_sell_may_short=True)
    day(books, MONDAY)
    return books


def test_shares_that_are_not_there_fail_for_both_sides_and_are_tried_again_each_day() -> None:
    books = naked()
    trade(books, "ALICE", "BOB", 10, "5.00")
    failed = "ALICE fails -10 50 ({0}): 10 ACME are to be delivered and 0 are there"
    awaited = "BOB fails 10 -50 ({0}): 10 ACME are to come and 0 have been delivered to the clearing house"
    assert day(books, TUESDAY) == [failed.format(1), awaited.format(1)]
    assert day(books, WEDNESDAY) == [failed.format(2), awaited.format(2)]
    assert books.due("ALICE") == ["20240102 ACME -10 50"]
    trade(books, "CAROL", "ALICE", 10, "6.00")
    # On Thursday what ALICE owes and what it has bought since make each other up: money is left of it.
    assert day(books, THURSDAY) == ["ALICE 0 -10", "CAROL -10 60", "BOB 10 -50"]
    assert (books.of(CLEARING_HOUSE), books.of(CLEARING_HOUSE, "ACME")) == ("", "")


def test_shares_that_come_meanwhile_are_delivered_on_the_next_day() -> None:
    books = naked()
    trade(books, "ALICE", "BOB", 10, "5.00")
    day(books, TUESDAY)
    books.transfer("ALICE", "ACME", "10")
    assert day(books, WEDNESDAY) == ["ALICE -10 50", "BOB 10 -50"]


def test_what_an_order_has_located_is_borrowed() -> None:
    books = naked()
    books.enter(buy("B", 10, "5.00", account="BOB"))
    short = msgspec.structs.replace(
        sell("S", 10, "5.00", account="ALICE"), conditions=OrderConditions(short_sale=ShortSale.SHORT, locate="LENDER")
    )
    books.enter(short)
    assert books.venue.clearing.positions.at("ALICE", "ACME").located == 10
    assert day(books, TUESDAY) == ["ALICE -10 50", "BOB 10 -50"]
    assert books.of("ALICE", "ACME") == "short -10"
    books.enter(sell("S2", 4, "5.00", account="CAROL"), buy("B2", 4, "5.00", account="ALICE"))
    assert books.venue.clearing.positions.at("ALICE", "ACME").located == 6


def test_the_rules_lend_short_sales_unless_they_say_otherwise() -> None:
    books = naked()
    trade(books, "ALICE", "BOB", 10, "5.00")
    books.apply(SetClearingRules(ClearingRules()))
    assert day(books, TUESDAY) == ["ALICE -10 50", "BOB 10 -50"]


def test_who_cannot_pay_fails_alone_and_the_seller_has_its_money() -> None:
    books = rich()
    trade(books, "ALICE", "BOB", 100, "50.00")
    books.fund("BOB", credit_limit=money("500"))
    assert day(books, TUESDAY) == [
        "ALICE -100 5000",
        "BOB fails 100 -5000 (1): 5000 USD are to be paid and 1500 are there",
    ]
    assert (books.of(CLEARING_HOUSE), books.of(CLEARING_HOUSE, "ACME")) == ("available -5000", "available 100")
    books.transfer("BOB", "USD", "3500")
    assert day(books, WEDNESDAY) == ["BOB 100 -5000"]
    assert (books.of(CLEARING_HOUSE), books.of(CLEARING_HOUSE, "ACME")) == ("", "")


def test_money_that_comes_in_on_the_same_day_pays_what_is_due() -> None:
    books = Books(ACME, msgspec.structs.replace(ACME, symbol="ZED"))
    books.transfer("ALICE", "ZED", "100")
    books.transfer("BOB", "ACME", "100")
    day(books, MONDAY)
    books.enter(buy("B1", 100, "5.00", account="ALICE"), sell("S1", 100, "5.00", account="BOB"))
    books.enter(buy("B2", 100, "5.00", account="CAROL", symbol="ZED"))
    books.enter(sell("S2", 100, "5.00", account="ALICE", symbol="ZED"))
    books.fund("ALICE")
    # ALICE pays for ACME with what its ZED bring, though ACME comes first.
    assert day(books, TUESDAY) == ["ALICE -100 500", "BOB -100 500", "CAROL 100 -500", "ALICE 100 -500"]


@pytest.mark.parametrize(
    ("shares", "lines"),
    [
        ("0", ["ALICE fails -10 55 (1): 10 ACME are to be delivered and 0 are there",
               "BOB fails 10 -55 (1): 10 ACME are to come and 0 have been delivered to the clearing house"]),
        ("4", ["ALICE -4 22, left -6 33", "BOB 4 -22, left 6 -33",
               "ALICE fails -6 33 (1): 10 ACME are to be delivered and 4 are there",
               "BOB fails 6 -33 (1): 10 ACME are to come and 0 have been delivered to the clearing house"]),
    ],
)  # fmt: skip
def test_with_partial_settlement_what_is_there_settles_for_its_part_of_the_money(shares: str, lines: list[str]) -> None:
    books = naked()
    books.apply(SetClearingRules(ClearingRules(settles_partially=True, lends_shares=False)))
    trade(books, "ALICE", "BOB", 10, "5.50")
    if shares != "0":
        books.transfer("ALICE", "ACME", shares)
    assert day(books, TUESDAY) == lines


def test_with_partial_settlement_who_has_some_of_the_money_gets_so_many_shares() -> None:
    books = rich()
    books.apply(SetClearingRules(ClearingRules(settles_partially=True)))
    trade(books, "ALICE", "BOB", 100, "50.00")
    books.fund("BOB")
    assert day(books, TUESDAY) == [
        "ALICE -100 5000",
        "BOB 20 -1000, left 80 -4000",
        "BOB fails 80 -4000 (1): 5000 USD are to be paid and 1000 are there",
    ]


def test_accounts_cleared_elsewhere_deliver_and_pay_through_one_account() -> None:
    books = rich()
    books.apply(SetClearingRules(ClearingRules(lends_shares=False)))
    books.apply(OpenAccount(Account("ELSE", "Elsewhere")))
    trade(books, "ELSE", "BOB", 10, "5.00")
    assert day(books, TUESDAY) == ["~OUTSIDE -10 50", "BOB 10 -50"]
    assert books.of(OUTSIDE, "ACME") == "short -10"
    assert books.of("ELSE") == ""


def test_each_market_settles_on_its_own_days() -> None:
    books = Books(ACME, msgspec.structs.replace(ACME, symbol="ZED", market="US", settlement_days=2))
    books.open_day(MONDAY, TUESDAY, WEDNESDAY, THURSDAY, market="US")
    day(books, MONDAY)
    books.apply(ChangePhase(Phase.CONTINUOUS, symbol="ZED"))
    books.enter(sell("S", 5, "5.00", account="ALICE", symbol="ZED"), buy("B", 5, "5.00", account="BOB", symbol="ZED"))
    assert books.due("BOB") == ["20240103 ZED 5 -25"]
    assert day(books, WEDNESDAY) == []
    assert told(books.open_day(TUESDAY, WEDNESDAY, market="US")) == []
    assert told(books.open_day(WEDNESDAY, THURSDAY, market="US")) == ["ALICE -5 25", "BOB 5 -25"]


@pytest.mark.parametrize(
    ("date", "following", "refusal"),
    [
        (MONDAY, (TUESDAY,), "date 20240101 is not after 20240101, which market (none) is in"),
        (TUESDAY, (), "next_dates [] are not business days after 20240102, each after the one before"),
        (TUESDAY, (TUESDAY,), "next_dates [20240102] are not business days after 20240102, each after the one before"),
        (TUESDAY, (THURSDAY, WEDNESDAY),
         "next_dates [20240104, 20240103] are not business days after 20240102, each after the one before"),
    ],
)  # fmt: skip
def test_days_go_forward(date: int, following: tuple[int, ...], refusal: str) -> None:
    books = rich()
    assert refusal_in(books.open_day(date, *following)) == f"INVALID_LIMITS: {refusal}"


def test_rules_are_told_and_checked() -> None:
    books = Books()
    rules = ClearingRules(settles_partially=True, buy_in_after=3)
    [event] = books.apply(SetClearingRules(rules))
    assert isinstance(event, ClearingRulesSet) and event.rules == rules
    refused = refusal_in(books.apply(SetClearingRules(ClearingRules(buy_in_after=-1))))
    assert refused == "INVALID_LIMITS: buy_in_after -1 is below 0"
    assert books.venue.settlement.rules == rules


def test_the_day_itself_is_told_before_what_settles() -> None:
    books = rich()
    trade(books, "ALICE", "BOB", 1, "5.00")
    first, *_ = books.open_day(TUESDAY, WEDNESDAY)
    assert isinstance(first, SettlementDayOpened) and (first.market, first.date) == ("", TUESDAY)
