"""Open orders at a corporate action: they go along, keep their turn and never trade by it; or they end as they were."""

from __future__ import annotations

import msgspec

from exchange.commands import AnnounceCorporateAction
from exchange.events import Event, OrderCanceled, OrderRestated
from exchange.phases import Phase
from exchange.reference.clearing_rules import ActionKind, CorporateAction
from tests.exchange.clearing.accounts import Books, money
from tests.exchange.event_lines import price_text, text_of
from tests.exchange.market import ACME, GTC, buy, sell, units
from tests.exchange.wishes import pegged, shown, stop, trailing

MONDAY, TUESDAY = 20240101, 20240102


def monday() -> Books:
    """Monday morning: three accounts with 1,000 USD and 100 shares."""
    books = Books()
    books.open_day(MONDAY, TUESDAY)
    for account in ("ALICE", "BOB", "CAROL"):
        books.transfer(account, "USD", "1000")
        books.transfer(account, "ACME", "100", cost="1000")
    return books


def split(books: Books, new: int, old: int) -> list[str]:
    """So many new shares for old ones: what owners of orders are told."""
    action = CorporateAction("A1", ActionKind.SPLIT, "ACME", MONDAY, new, old)
    return order_lines(books.apply(AnnounceCorporateAction(action)))


def pay(books: Books, amount: str) -> list[str]:
    """A dividend for each share: what owners of orders are told."""
    action = CorporateAction("A1", ActionKind.CASH_DIVIDEND, "ACME", MONDAY, amount=money(amount))
    return order_lines(books.apply(AnnounceCorporateAction(action)))


def order_lines(events: list[Event]) -> list[str]:
    return [
        text_of(event).replace(", corporate action", "")
        for event in events
        if isinstance(event, OrderRestated | OrderCanceled)
    ]


def held(books: Books, *cl_ord_ids: str) -> list[str]:
    """Where orders wait for the last price."""
    triggers = books.venue.markets["ACME"].triggers
    return [price_text(triggers.stop_price(books.order(cl_ord_id))) for cl_ord_id in cl_ord_ids]


def test_buys_are_rounded_down_and_sales_up_and_all_keep_their_turn() -> None:
    books = monday()
    books.enter(
        buy("B1", 7, "9.99"), buy("B2", 3, "9.99", GTC), sell("S1", 11, "10.01", account="BOB"),
        shown(sell("S2", 100, "10.01", account="BOB"), 10),
    )  # fmt: skip
    assert split(books, 3, 2) == [
        "restated B1 10@6.66: 10 left",
        "restated B2 4@6.66 GOOD_TILL_CANCEL: 4 left",
        "restated S1 16@6.68: 16 left",
        "restated S2 150@6.68: 150 left",
    ]
    assert books.book() == {"bid 6.66": ["B1 10", "B2 4"], "ask 6.68": ["S1 16", "S2 150"]}
    conditions = books.order("S2").terms.conditions
    assert conditions is not None
    assert conditions.display_quantity == 15


def test_prices_go_to_the_tick_away_from_the_other_side() -> None:
    books = Books(msgspec.structs.replace(ACME, tick=5))
    books.open_day(MONDAY, TUESDAY)
    books.enter(buy("B1", 10, "10.00"), sell("S1", 10, "10.10", account="BOB"))
    assert split(books, 3, 2) == ["restated B1 15@6.65: 15 left", "restated S1 15@6.75: 15 left"]


def test_what_has_traded_stays_and_what_is_left_is_split() -> None:
    books = monday()
    books.enter(buy("B1", 10, "9.00"), sell("S1", 4, "9.00", account="BOB"))
    assert split(books, 2, 1) == ["restated B1 16@4.5: 12 left"]


def test_less_than_a_lot_ends_with_the_terms_that_it_had_and_the_price_range_is_split() -> None:
    books = monday()
    books.enter(buy("B1", 9, "9.00"), buy("B2", 25, "9.00"), sell("S1", 100, "20.00", account="BOB"))
    events = books.apply(AnnounceCorporateAction(CorporateAction("A1", ActionKind.SPLIT, "ACME", MONDAY, 1, 10)))
    assert order_lines(events) == [
        "canceled B1: 9 open, 0 done",
        "restated B2 2@90: 2 left",
        "restated S1 10@200: 10 left",
    ]
    ended = [event.terms for event in events if isinstance(event, OrderCanceled)]
    assert [(terms.quantity, price_text(terms.price)) for terms in ended] == [(9, "9")]


def test_stops_trails_and_pegs_follow_a_split() -> None:
    books = monday()
    books.enter(
        buy("B1", 10, "9.00", account="CAROL"), sell("S1", 10, "11.00", account="BOB"),
        stop(sell("S2", 10, account="BOB"), "8.00"), trailing(sell("S3", 10, account="BOB"), "2.00"),
        pegged(buy("B2", 10, "9.50", account="CAROL"), offset="-1.00"),
    )  # fmt: skip
    split(books, 2, 1)
    assert held(books, "S2", "S3") == ["4", "4"]
    conditions = books.order("S3").terms.conditions
    assert conditions is not None
    assert conditions.trail_by == units("1.00")
    assert books.book() == {"bid 4.5": ["B1 20"], "bid 4": ["B2 20"], "ask 5.5": ["S1 20"]}


def test_reservations_are_those_of_the_new_terms() -> None:
    books = monday()
    books.fund("ALICE")
    books.fund("BOB")
    books.enter(buy("B1", 10, "9.99", account="ALICE"), sell("S1", 20, "11.00", account="BOB"))
    split(books, 3, 2)
    assert books.of("ALICE") == "available 900.1 reserved 99.9"
    assert books.of("BOB", "ACME") == "available 120 reserved 30"


def test_the_price_that_a_market_orders_money_reaches_is_split() -> None:
    books = monday()
    books.fund("ALICE")
    books.enter_phase(Phase.OPENING_AUCTION)
    books.enter(buy("B1", 20, account="ALICE"))
    assert (price_text(books.order("B1").cap), books.of("ALICE")) == ("50", "reserved 1000")
    split(books, 2, 1)
    assert (price_text(books.order("B1").cap), books.order("B1").leaves) == ("25", 40)
    assert books.of("ALICE") == "reserved 1000"


def test_an_order_that_ends_gives_back_what_it_reserved() -> None:
    books = monday()
    books.fund("ALICE")
    books.enter(buy("B1", 9, "9.00", account="ALICE"))
    assert split(books, 1, 10) == ["canceled B1: 9 open, 0 done"]
    assert books.of("ALICE") == "available 1000"


def test_a_dividend_lowers_good_till_buys_and_sell_stops_alone() -> None:
    books = monday()
    books.enter(
        buy("B1", 10, "9.00", GTC), buy("B2", 10, "9.00"), sell("S1", 10, "11.00", GTC, account="BOB"),
        stop(sell("S2", 10, "7.00", GTC, account="BOB"), "8.00"), stop(sell("S3", 10, account="BOB"), "8.00"),
        trailing(sell("S4", 10, "", GTC, account="BOB"), "1.00"),
        stop(buy("B3", 10, "", GTC), "12.00"), buy("B4", 10, "0.20", GTC),
    )  # fmt: skip
    assert pay(books, "0.255") == [
        "restated B1 10@8.75 GOOD_TILL_CANCEL: 10 left",
        "restated S2 10@7 STOP_LIMIT GOOD_TILL_CANCEL: 10 left",
        "restated S4 10@market STOP GOOD_TILL_CANCEL: 10 left",
        "canceled B4: 10 open, 0 done",
    ]
    assert held(books, "S2", "S3", "S4", "B3") == ["7.75", "8", "8.75", "12"]
    assert books.book() == {"bid 9": ["B2 10"], "bid 8.75": ["B1 10"], "ask 11": ["S1 10"]}
