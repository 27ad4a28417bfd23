"""What happens rarely: nets that settle whole in a partial pass, fees above what a sale brings, many trades at once."""

from __future__ import annotations

from exchange.clearing.equity import MOVES_KEPT, mark_of
from exchange.clearing.obligations import Obligations
from exchange.clearing.positions import Positions
from exchange.clearing_events import ObligationSettled
from exchange.commands import ListInstrument, SetClearingRules
from exchange.matching.market import Market
from exchange.matching.order import Order
from exchange.matching.order_book import OrderBook
from exchange.matching.tape import Tape
from exchange.orders import OrderTerms, OrderType, Side, TimeInForce
from exchange.reference.clearing_rules import ClearingRules, FeeSchedule
from tests.exchange.clearing.accounts import Books, money
from tests.exchange.market import ACME, buy, sell
from tests.exchange.wishes import OCO, OTO, grouped


def test_a_partial_delivery_can_be_the_whole_of_one_who_waits_for_it() -> None:
    books = Books()
    books.apply(SetClearingRules(ClearingRules(settles_partially=True, lends_shares=False)))
    books.transfer("ALICE", "ACME", "4")
    books.transfer("ALICE", "USD", "1000")
    books.fund("ALICE", long_sell_may_short=True)
    books.open_day(20240101, 20240102, 20240103)
    for number, (buyer, quantity) in enumerate((("BOB", 4), ("CAROL", 6))):
        books.enter(sell(f"S{number}", quantity, "5.00"), buy(f"B{number}", quantity, "5.00", account=buyer))
    settled = [one for one in books.open_day(20240102, 20240103) if isinstance(one, ObligationSettled)]
    assert [(one.account, one.shares, one.left_shares) for one in settled] == [("ALICE", -4, -6), ("BOB", 4, 0)]


def test_a_short_sale_whose_fee_takes_all_that_it_brings_keeps_nothing() -> None:
    books = Books(fees=FeeSchedule(minimum=money("100")))
    books.transfer("ALICE", "USD", "1000")
    books.fund("ALICE", long_sell_may_short=True, short_margin_basis_points=0)
    books.enter(buy("B", 1, "5.00", account="BOB"), sell("S", 1, "5.00"))
    assert books.of("ALICE") == "available 905 unsettled -5 fees 100"


def test_an_order_of_a_group_that_came_in_while_trading_was_free_goes_in_when_it_is_funded() -> None:
    books = Books()
    books.transfer("ALICE", "USD", "1000")
    books.enter(grouped(buy("B1", 10, "9.00"), "G", OTO), grouped(buy("B2", 10, "8.00"), "G", OCO))
    books.fund("ALICE")
    books.enter(sell("S", 10, "9.00", account="BOB"))
    assert books.of("ALICE") == "available 830 reserved 80 unsettled 90"


def test_a_split_that_leaves_nothing_of_an_obligation_ends_it() -> None:
    obligations = Obligations()
    obligations.add(20240102, "ALICE", "ACME", 1, 0)
    obligations.add(20240102, "BOB", "ACME", 1, 5)
    obligations.split("ACME", 1, 2)
    assert [key for key, _ in obligations.due(20240102)] == [(20240102, "BOB", "ACME")]


def test_who_has_nothing_of_an_instrument_has_nothing_under_its_new_symbol() -> None:
    positions = Positions()
    positions.at("ALICE", "OTHER")
    positions.at("BOB", "ACME")
    positions.rename("ACME", "ACMX")
    assert [(account, symbol) for account, symbol, _ in positions] == [("ALICE", "OTHER"), ("BOB", "ACMX")]


def test_an_equity_that_was_counted_long_ago_is_counted_anew() -> None:
    books = Books()
    books.transfer("ALICE", "ACME", "10")
    equities = books.venue.clearing.equities
    assert equities.of("ALICE", ("USD",)) == {"USD": money("100")}
    books.enter(sell("S", 1, "20.00", account="BOB"), buy("B", 1, "20.00", account="CAROL"))
    for _ in range(2 * MOVES_KEPT):
        equities.moved("OTHER")
    assert equities.of("ALICE", ("USD",)) == {"USD": money("200")}


def test_a_market_and_a_book_work_by_themselves() -> None:
    market = Market(ListInstrument(ACME).instrument)
    market.measure_from(1100)
    assert mark_of(market) == 1100
    book, tape = OrderBook("ACME"), Tape()
    for number, side in enumerate((Side.SELL, Side.BUY)):
        terms = OrderTerms(number, "S", str(number), "A", "ACME", side, OrderType.LIMIT, TimeInForce.DAY, 5, 1000)
        order = Order(terms)
        book.match(order, 0, tape)
        if order.leaves:
            book.rest(order, tape)
    assert [type(event).__name__ for event in tape.events] == ["Traded", "OrderFilled", "OrderFilled"]
