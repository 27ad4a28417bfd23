"""Corporate actions: splits, dividends and new symbols move positions, what is unsettled, open orders and prices."""

from __future__ import annotations

import msgspec
import pytest

from exchange.clearing_events import CorporateActionAnnounced, CorporateActionDone
from exchange.commands import AnnounceCorporateAction, BustTrade, EnterOrder
from exchange.events import Event, OrderCanceled, OrderRestated
from exchange.orders import OrderConditions, OrderType, Side, TimeInForce
from exchange.phases import Phase
from exchange.postings import HOUSE
from exchange.reasons import CancelReason, RestatementReason
from exchange.reference.clearing_rules import ActionKind, CorporateAction
from exchange.reference.instruments import Instrument
from tests.exchange.clearing.accounts import Books, money, refusal_in
from tests.exchange.market import GTC, buy, sell, units

MONDAY, TUESDAY, WEDNESDAY = 20240101, 20240102, 20240103
ACME = Instrument("ACME", 2, 1, 1, "USD", 1000, 10, 10_000, 1_000_000)


def started(*instruments: Instrument) -> Books:
    """ALICE and BOB with money, ALICE with shares, on Monday."""
    books = Books(*(instruments or (ACME,)))
    books.open_day(MONDAY, TUESDAY, WEDNESDAY)
    for name in ("ALICE", "BOB"):
        books.transfer(name, "USD", "10000")
    books.transfer("ALICE", "ACME", "101", cost="1010")
    return books


def split(new: int, old: int, date: int = MONDAY, name: str = "SPLIT") -> AnnounceCorporateAction:
    return AnnounceCorporateAction(CorporateAction(name, ActionKind.SPLIT, "ACME", date, new, old))


def dividend(amount: str, date: int = MONDAY) -> AnnounceCorporateAction:
    return AnnounceCorporateAction(
        CorporateAction("DIVIDEND", ActionKind.CASH_DIVIDEND, "ACME", date, amount=money(amount))
    )


def rename(new_symbol: str = "ACMX", date: int = MONDAY) -> AnnounceCorporateAction:
    return AnnounceCorporateAction(
        CorporateAction("RENAME", ActionKind.SYMBOL_CHANGE, "ACME", date, new_symbol=new_symbol)
    )


def stop(cl_ord_id: str, side: Side, quantity: int, price: str, **conditions: int) -> EnterOrder:
    return EnterOrder(
        "S", cl_ord_id, "ALICE", "ACME", side, OrderType.STOP, TimeInForce.GOOD_TILL_CANCEL, quantity, 0,
        msgspec.structs.replace(OrderConditions(stop_price=units(price)), **conditions),
    )  # fmt: skip


def orders_in(events: list[Event]) -> list[str]:
    """What became of open orders."""
    lines = []
    for event in events:
        if isinstance(event, OrderRestated):
            assert event.reason is RestatementReason.CORPORATE_ACTION
            stop_price = event.terms.conditions.stop_price if event.terms.conditions else 0
            lines.append(
                f"{event.terms.cl_ord_id} {event.leaves} of {event.terms.quantity}@{event.terms.price}/{stop_price}"
            )
        elif isinstance(event, OrderCanceled):
            assert event.reason is CancelReason.CORPORATE_ACTION
            lines.append(f"{event.terms.cl_ord_id} ends")
    return lines


# Splits


@pytest.mark.parametrize(
    ("new", "old", "shares", "position", "money_left"),
    [
        (2, 1, "available 202", "202 for 1010, realised 0", "available 10000"),
        # Half a new share is left, of 20 or of 6.67 USD: the house pays for it.
        (1, 2, "available 50", "50 for 1000, realised 0", "available 10010"),
        (3, 2, "available 151", "151 for 1006.666667, realised 0", "available 10003.333333"),
        # Nothing is left but 1.01 % of a share, which was worth 1010 USD when there were 101.
        (1, 10_000, "", "0 for 0, realised 0", "available 11010"),
    ],
)
def test_a_split_gives_whole_shares_and_money_for_the_fraction(
    new: int, old: int, shares: str, position: str, money_left: str
) -> None:
    books = started()
    books.enter(split(new, old))
    assert books.of("ALICE", "ACME") == shares
    assert books.position("ALICE") == position
    assert books.of("ALICE") == money_left


def test_a_split_splits_what_is_unsettled_and_what_is_short() -> None:
    books = started()
    books.enter(sell("S", 20, "10.00", account="BOB"), buy("B", 20, "10.00", account="ALICE"))
    books.enter(split(3, 1))
    assert books.of("BOB", "ACME") == "unsettled 60 short -60"
    assert books.due("BOB") == ["20240102 ACME -60 200"]
    assert books.due("ALICE") == ["20240102 ACME 60 -200"]
    books.open_day(TUESDAY, WEDNESDAY)
    assert books.of("ALICE", "ACME") == "available 363"


def test_a_split_is_undone_for_a_trade_of_before_that_is_busted() -> None:
    books = started()
    books.enter(sell("S", 20, "10.00", account="ALICE"), buy("B", 20, "10.00", account="BOB"))
    books.enter(split(2, 1), BustTrade(1))
    assert books.position("ALICE") == "202 for 1010, realised 0"
    assert books.position("BOB") == "0 for 0, realised 0"
    assert (books.of("ALICE", "ACME"), books.of("BOB", "ACME")) == ("available 202", "")


def test_open_orders_go_along_rounded_so_that_none_trades_and_the_first_stays_first() -> None:
    books = started()
    books.enter(
        buy("B1", 5, "9.99", GTC), buy("B2", 4, "9.99", GTC), buy("B3", 1, "9.00", GTC), sell("S1", 7, "10.01", GTC),
        stop("T1", Side.SELL, 9, "8.01"), stop("T2", Side.BUY, 3, "12.00", display_quantity=2, min_quantity=1),
    )  # fmt: skip
    assert orders_in(books.enter(split(3, 2))) == [
        "B1 7 of 7@666/0", "B2 6 of 6@666/0", "B3 1 of 1@600/0", "S1 10 of 10@668/0",
        "T1 13 of 13@0/534", "T2 4 of 4@0/800",
    ]  # fmt: skip
    market = books.venue.markets["ACME"]
    assert [order.terms.cl_ord_id for level in market.book.bids for order in level] == ["B1", "B2", "B3"]
    assert [order.terms.cl_ord_id for order in market.triggers] == ["T1", "T2"]
    books.enter(sell("S2", 10, "6.66", account="BOB"))
    [first, *_] = books.venue.markets["ACME"].book.bids
    assert [(order.terms.cl_ord_id, order.leaves) for order in first] == [("B2", 3)]


def test_orders_of_less_than_a_lot_end() -> None:
    books = started(msgspec.structs.replace(ACME, lot=2))
    books.enter(buy("B1", 2, "0.15", GTC), sell("S1", 6, "90.00", GTC), sell("S2", 6, "10.00", GTC))
    assert orders_in(books.enter(split(1, 3))) == ["B1 ends", "S2 2 of 2@3000/0", "S1 2 of 2@27000/0"]


def test_reserved_money_and_shares_follow_the_orders() -> None:
    books = started()
    books.fund("ALICE")
    books.enter(buy("B", 10, "9.00", GTC), sell("S", 11, "11.00", GTC))
    assert (books.of("ALICE"), books.of("ALICE", "ACME")) == ("available 9910 reserved 90", "available 90 reserved 11")
    books.enter(split(2, 1))
    assert (books.of("ALICE"), books.of("ALICE", "ACME")) == ("available 9910 reserved 90", "available 180 reserved 22")


def test_prices_that_days_are_measured_from_are_split() -> None:
    books = started()
    books.enter(sell("S", 20, "10.01"), buy("B", 20, "10.01", account="BOB"), split(2, 1))
    market = books.venue.markets["ACME"]
    assert (market.book.last_price, market.reference_price, market.instrument.reference_price) == (500, 500, 500)


# Dividends


def test_a_dividend_is_paid_by_the_house_to_who_has_shares_and_by_who_is_short() -> None:
    books = started()
    books.enter(sell("S", 20, "10.00", account="BOB"), buy("B", 20, "10.00", account="CAROL"))
    books.enter(dividend("0.25"))
    assert books.of("ALICE") == "available 10025.25"
    assert books.of("BOB") == "available 10195 unsettled -200"
    assert books.of("CAROL") == "available -195 unsettled 200"
    assert books.of(HOUSE) == "available -20025.25"


def test_good_till_buys_and_stops_of_sales_are_lowered_and_so_is_the_reference_price() -> None:
    books = started()
    books.enter(
        buy("B1", 5, "9.99", GTC), buy("DAY", 5, "9.98"), sell("S1", 7, "10.01", GTC),
        stop("T1", Side.SELL, 9, "8.01"), stop("T2", Side.BUY, 9, "12.00"),
    )  # fmt: skip
    assert orders_in(books.enter(dividend("0.255"))) == ["B1 5 of 5@974/0", "T1 9 of 9@0/776"]
    assert books.venue.markets["ACME"].reference_price == 975


def test_without_holders_nothing_is_paid() -> None:
    books = Books(ACME)
    books.open_day(MONDAY, TUESDAY)
    events = books.enter(dividend("1"))
    assert [type(event).__name__ for event in events][:2] == ["CorporateActionAnnounced", "CorporateActionDone"]
    assert books.of(HOUSE) == ""


# Other symbols


def test_under_another_symbol_everything_goes_on_but_the_orders() -> None:
    books = started()
    books.enter(sell("S", 20, "10.50"), buy("B", 20, "10.50", account="BOB"))
    books.enter(buy("B1", 5, "9.99", GTC), stop("T1", Side.SELL, 9, "8.01"))
    books.enter(split(2, 1, WEDNESDAY))
    assert orders_in(books.enter(rename())) == ["B1 ends", "T1 ends"]
    assert (books.of("ALICE", "ACME"), books.of("ALICE", "ACMX")) == ("", "available 81 unsettled 20")
    assert books.position("BOB", "ACMX") == "20 for 210, realised 0"
    assert books.due("BOB") == ["20240102 ACMX 20 -210"]
    assert books.venue.markets["ACME"].phase is Phase.CLOSED
    assert books.venue.markets["ACMX"].reference_price == 1050
    books.enter(BustTrade(1))
    assert (books.position("ALICE", "ACMX"), books.due("BOB")) == ("101 for 1010, realised 0", [])
    # What was announced for the old symbol is done for the new one.
    books.open_day(WEDNESDAY, 20240104)
    assert books.of("ALICE", "ACMX") == "available 202"


# When, and whether


def test_an_action_waits_for_its_date_and_is_done_once() -> None:
    books = started()
    [event] = books.enter(dividend("1", TUESDAY))
    assert isinstance(event, CorporateActionAnnounced)
    events = books.open_day(TUESDAY, WEDNESDAY)
    assert sum(isinstance(event, CorporateActionDone) for event in events) == 1
    assert books.of("ALICE") == "available 10101"
    books.open_day(WEDNESDAY, 20240104)
    assert books.of("ALICE") == "available 10101"


@pytest.mark.parametrize(
    ("action", "refusal"),
    [
        (CorporateAction("A", ActionKind.SPLIT, "NONE", MONDAY, 2, 1), "UNKNOWN_INSTRUMENT: symbol NONE is not listed"),
        (CorporateAction("", ActionKind.SPLIT, "ACME", MONDAY, 2, 1), "DUPLICATE_REFERENCE: action_id is missing"),
        (CorporateAction("A", ActionKind.SPLIT, "ACME", MONDAY, 2, 2),
         "INVALID_CORPORATE_ACTION: numerator 2 for 2 is no split: both are 1 to 10000, and not the same"),
        (CorporateAction("A", ActionKind.SPLIT, "ACME", MONDAY, 0, 1),
         "INVALID_CORPORATE_ACTION: numerator 0 for 1 is no split: both are 1 to 10000, and not the same"),
        (CorporateAction("A", ActionKind.CASH_DIVIDEND, "ACME", MONDAY),
         "INVALID_CORPORATE_ACTION: amount 0 is not more than 0 and at most 10000000"),
        (CorporateAction("A", ActionKind.SYMBOL_CHANGE, "ACME", MONDAY, new_symbol="ACME"),
         "INVALID_CORPORATE_ACTION: new_symbol ACME is listed already"),
        (CorporateAction("A", ActionKind.SYMBOL_CHANGE, "ACME", MONDAY),
         "INVALID_CORPORATE_ACTION: new_symbol is no symbol"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused(action: CorporateAction, refusal: str) -> None:
    books = started()
    assert refusal_in(books.apply(AnnounceCorporateAction(action))) == refusal


def test_an_action_is_announced_once() -> None:
    books = started()
    books.enter(split(2, 1))
    assert refusal_in(books.apply(split(3, 1))) == "DUPLICATE_REFERENCE: action_id SPLIT was used before"
