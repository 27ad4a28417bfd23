"""Buy-ins: what an account has failed to deliver for too long is bought in the market for it."""

from __future__ import annotations

from exchange.clearing_events import ObligationSettled
from exchange.commands import AnnounceCorporateAction, ChangePhase, SetClearingRules
from exchange.events import Event, OrderAccepted, OrderCanceled, OrderFilled
from exchange.phases import Phase
from exchange.reference.clearing_rules import ActionKind, ClearingRules, CorporateAction
from tests.exchange.clearing.accounts import Books
from tests.exchange.market import ACME, buy, sell

WEEK = (20240101, 20240102, 20240103, 20240104, 20240105, 20240108, 20240109)
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, *_ = WEEK


def day(books: Books, date: int) -> list[Event]:
    return books.open_day(date, *(later for later in WEEK if later > date))


def bought(events: list[Event]) -> list[str]:
    """What the clearing house's own orders did."""
    lines = []
    for event in events:
        if isinstance(event, OrderAccepted) and event.terms.session == "~BUY-IN":
            lines.append(f"{event.terms.account} buys {event.terms.quantity}")
        elif isinstance(event, OrderFilled) and event.terms.session == "~BUY-IN":
            lines.append(f"{event.last_quantity} at {event.last_price}")
        elif isinstance(event, OrderCanceled) and event.terms.session == "~BUY-IN":
            lines.append(f"{event.canceled} not found")
    return lines


def failing(after: int = 1) -> Books:
    """ALICE owes BOB 10 shares that it has never had, and nothing is lent."""
    books = Books()
    books.apply(SetClearingRules(ClearingRules(buy_in_after=after, lends_shares=False)))
    for name in ("ALICE", "BOB"):
        books.transfer(name, "USD", "1000")
    books.transfer("CAROL", "ACME", "100")
    books.fund("ALICE", long_sell_may_short=True)
    day(books, MONDAY)
    books.enter(sell("S1", 10, "5.00", account="ALICE"), buy("B1", 10, "5.00", account="BOB"))
    return books


def test_after_so_many_days_the_shares_are_bought_and_net_with_what_is_owed() -> None:
    books = failing(after=2)
    books.enter(sell("S2", 30, "6.00", account="CAROL"))
    assert bought(day(books, TUESDAY)) == []
    assert bought(day(books, WEDNESDAY)) == ["ALICE buys 10", "10 at 600"]
    # Bought on Wednesday, it comes on Thursday; the old debt and the purchase are one net then.
    settled = [event for event in day(books, THURSDAY) if isinstance(event, ObligationSettled)]
    assert [(one.account, one.shares) for one in settled] == [("ALICE", 0), ("CAROL", -10), ("BOB", 10)]
    assert books.position("ALICE") == "0 for 0, realised -10"


def test_what_the_market_does_not_have_is_bought_after_the_next_day_that_fails() -> None:
    books = failing()
    books.enter(sell("S2", 4, "6.00", account="CAROL"))
    assert bought(day(books, TUESDAY)) == ["ALICE buys 10", "4 at 600", "6 not found"]
    books.enter(sell("S3", 30, "7.00", account="CAROL"))
    assert bought(day(books, WEDNESDAY)) == ["ALICE buys 6", "6 at 700"]
    day(books, THURSDAY)
    assert books.due("ALICE") == []


def test_a_buy_in_waits_until_the_instrument_trades() -> None:
    books = failing()
    books.enter(sell("S2", 30, "6.00", account="CAROL"))
    books.apply(ChangePhase(Phase.HALTED, symbol="ACME"))
    assert bought(day(books, TUESDAY)) == []
    assert bought(books.apply(ChangePhase(Phase.CONTINUOUS, symbol="ACME"))) == ["ALICE buys 10", "10 at 600"]


def test_what_the_account_has_bought_itself_is_not_bought_again() -> None:
    books = failing()
    books.apply(ChangePhase(Phase.HALTED, symbol="ACME"))
    day(books, TUESDAY)
    books.apply(ChangePhase(Phase.REOPENING_AUCTION, symbol="ACME"))
    books.enter(sell("S2", 30, "6.00", account="CAROL"), buy("B2", 7, "6.00", account="ALICE"))
    # The auction comes first, and its shares will be there tomorrow.
    assert bought(books.apply(ChangePhase(Phase.CONTINUOUS, symbol="ACME"))) == ["ALICE buys 3", "3 at 600"]


def test_a_buy_in_that_waits_follows_a_new_symbol() -> None:
    books = failing()
    books.apply(ChangePhase(Phase.HALTED, symbol="ACME"))
    day(books, TUESDAY)
    action = CorporateAction("R", ActionKind.SYMBOL_CHANGE, "ACME", TUESDAY, new_symbol="ACMX")
    events = books.apply(AnnounceCorporateAction(action))
    assert bought(events) == ["ALICE buys 10", "10 not found"]


def test_large_debts_are_bought_by_several_orders_of_whole_lots() -> None:
    books = Books(type(ACME)("ACME", 2, 1, 5, "USD", 1000, 1, 10_000, 10))
    books.apply(SetClearingRules(ClearingRules(buy_in_after=1, lends_shares=False)))
    books.transfer("ALICE", "USD", "10000")
    books.fund("ALICE", long_sell_may_short=True)
    day(books, MONDAY)
    for number in range(2):
        books.enter(sell(f"S{number}", 10, "5.00", account="ALICE"), buy(f"B{number}", 10, "5.00", account="BOB"))
    books.transfer("ALICE", "ACME", "2")
    assert [line for line in bought(day(books, TUESDAY)) if "buys" in line] == ["ALICE buys 10", "ALICE buys 10"]
