"""The public book shows, after any events, what a dictionary of levels says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.events import (
    AccountOpened,
    AuctionHeld,
    BandsChanged,
    ClosingPriceSet,
    Event,
    IndicativeChanged,
    InstrumentListed,
    LevelChanged,
    PhaseChanged,
    TradeBusted,
    TradeCorrected,
    Traded,
)
from exchange.marketdata.depth import BookEvent, DayEvent, Level, PublicBook, PublicBooks
from exchange.orders import UNPRICED, Side
from exchange.phases import Phase
from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument

ACME = Instrument("ACME", 2, 1, 1, "USD", 1000, 1, 100_000, 1_000_000)
BUY, SELL = Side.BUY, Side.SELL


def listed(number: int = 1, instrument: Instrument = ACME) -> InstrumentListed:
    return InstrumentListed(number, number * 10, instrument)


def level(number: int, side: Side, price: int, quantity: int, orders: int = 1, symbol: str = "ACME") -> LevelChanged:
    return LevelChanged(number, number * 10, symbol, side, price, quantity, orders)


def traded(number: int, price: int, quantity: int) -> Traded:
    return Traded(number, number * 10, "ACME", number, price, quantity, BUY, 1, 2, "A", "B")


def book_after(*events: BookEvent | DayEvent) -> PublicBook:
    book = PublicBook(listed())
    for event in events:
        book.apply(event)
    return book


def test_a_listed_instrument_has_an_empty_book() -> None:
    book = book_after()
    assert (book.symbol, book.event, book.at, book.last_trade, book.trades) == ("ACME", 1, 10, None, 0)
    assert book.best(BUY) is None
    assert book.depth(SELL, 10) == []


def test_levels_are_shown_best_first() -> None:
    book = book_after(
        level(2, BUY, 999, 100),
        level(3, BUY, 1001, 200, 2),
        level(4, BUY, 1000, 300),
        level(5, SELL, 1005, 10),
        level(6, SELL, 1003, 20),
    )
    assert book.best(BUY) == Level(1001, 200, 2)
    assert book.best(SELL) == Level(1003, 20, 1)
    assert [shown.price for shown in book.depth(BUY, 10)] == [1001, 1000, 999]
    assert [shown.price for shown in book.depth(SELL, 1)] == [1003]
    assert (book.event, book.at) == (6, 60)


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        pytest.param([(1000, 100, 1), (1000, 250, 2)], [(1000, 250, 2)], id="a level is replaced"),
        pytest.param([(1000, 100, 1), (1000, 0, 0)], [], id="quantity 0 takes the level away"),
        pytest.param([(1000, 0, 0)], [], id="taking away what is not there does no harm"),
        pytest.param([(1000, 1, 1), (1000, 0, 0), (1000, 2, 1)], [(1000, 2, 1)], id="a level may come back"),
        pytest.param([(-5, 1, 1), (0, 2, 1)], [(0, 2, 1), (-5, 1, 1)], id="prices below zero are ordered too"),
    ],
)
def test_level_changes(changes: list[tuple[int, int, int]], shown: list[tuple[int, int, int]]) -> None:
    book = book_after(*(level(2 + place, BUY, *change) for place, change in enumerate(changes)))
    assert book.depth(BUY, 10) == [Level(*each) for each in shown]


def test_trades_are_counted_and_the_last_is_kept() -> None:
    last = traded(3, 1001, 50)
    book = book_after(traded(2, 1000, 100), last)
    assert (book.last_trade, book.trades, book.traded_quantity, book.event) == (last, 2, 150, 3)


def busted(number: int, trade: Traded) -> TradeBusted:
    return TradeBusted(number, number * 10, "ACME", trade.trade_id, trade.price, trade.quantity, 1, 2, "A", "B", "")


def corrected(number: int, trade: Traded, price: int, quantity: int) -> TradeCorrected:
    previous = (trade.price, trade.quantity)
    return TradeCorrected(
        number, number * 10, "ACME", trade.trade_id, price, quantity, *previous, 1, 2, "A", "B", "error"
    )


def test_a_busted_trade_never_was() -> None:
    first, second = traded(2, 1000, 100), traded(3, 1001, 50)
    book = book_after(first, second, busted(4, first))
    assert (book.last_trade, book.trades, book.traded_quantity) == (second, 1, 50)
    book.apply(busted(5, second))
    assert (book.last_trade, book.trades, book.traded_quantity, book.event) == (None, 0, 0, 5)


def test_a_corrected_trade_has_its_new_price_and_quantity() -> None:
    first, second = traded(2, 1000, 100), traded(3, 1001, 50)
    book = book_after(first, second, corrected(4, first, 999, 90), corrected(5, second, 1002, 40))
    last = book.last_trade
    assert last is not None
    assert (last.number, last.price, last.quantity, book.trades, book.traded_quantity) == (3, 1002, 40, 2, 130)
    assert book_after(corrected(4, first, 999, 90)).last_trade is None, "a trade before its first event is not known"


def test_market_orders_that_wait_come_before_all_limits() -> None:
    for side in (BUY, SELL):
        book = book_after(level(2, side, 1000, 100), level(3, side, UNPRICED, 70), level(4, side, 2000, 1))
        assert book.best(side) == Level(UNPRICED, 70, 1)
        assert len(book.depth(side, 10)) == 3
        book.apply(level(5, side, UNPRICED, 0))
        assert len(book.depth(side, 10)) == 2


def test_a_book_knows_where_in_its_day_it_is() -> None:
    opening, indicative = Phase.OPENING_AUCTION, IndicativeChanged(3, 30, "ACME", 1000, 500, 20, BUY)
    began = PhaseChanged(2, 20, "ACME", opening, Phase.PRE_OPEN, 99, "")
    bands, close = BandsChanged(4, 40, "ACME", 1000, 900, 1100), ClosingPriceSet(5, 50, "ACME", 1003, 700)
    book = book_after(began, indicative, bands, close)
    assert (book.phase, book.indicative, book.bands, book.close, book.auction) == (
        began,
        indicative,
        bands,
        close,
        None,
    )
    held = AuctionHeld(6, 60, "ACME", opening, 1000, 520, 0, None)
    book.apply(held)
    assert (book.auction, book.indicative, book.event) == (held, None, 6)
    book.apply(indicative)
    book.apply(PhaseChanged(7, 70, "ACME", Phase.HALTED, opening, 0, "news"))
    assert book.indicative is None, "a halt ends the auction without a price"


def test_new_rules_of_an_instrument_keep_its_book() -> None:
    stricter = Instrument("ACME", 2, 5, 10, "USD", 1000, 1, 100_000, 1_000)
    book = book_after(level(2, BUY, 1000, 100), listed(3, stricter))
    assert book.instrument is stricter
    assert book.best(BUY) == Level(1000, 100, 1)


def test_books_route_events_by_symbol_and_name_the_changed_one() -> None:
    other = Instrument("B/X", 4, 1, 1, "EUR", 1, 1, 9, 9)
    books = PublicBooks()
    events: list[tuple[Event, str | None]] = [
        (level(1, BUY, 1, 1), None),
        (listed(2), "ACME"),
        (listed(3, other), "B/X"),
        (AccountOpened(4, 40, Account("A", "Alice")), None),
        (level(5, SELL, 7, 1, symbol="B/X"), "B/X"),
        (traded(6, 1000, 1), "ACME"),
        (listed(7), "ACME"),
        (PhaseChanged(8, 80, "B/X", Phase.HALTED, Phase.CONTINUOUS, 0, ""), "B/X"),
        (ClosingPriceSet(9, 90, "NONE", 1, 1), None),
        (busted(10, traded(6, 1000, 1)), "ACME"),
    ]
    for event, symbol in events:
        changed = books.apply(event)
        assert (changed.symbol if changed else None) == symbol
    assert list(books) == ["ACME", "B/X"]
    assert len(books) == 2
    assert (books["ACME"].event, books["ACME"].trades) == (10, 0)
    assert books["ACME"].best(BUY) is None, "a level of an unlisted symbol is not kept for later"
    assert books["B/X"].best(SELL) == Level(7, 1, 1)


@given(st.lists(st.tuples(st.sampled_from([BUY, SELL]), st.integers(-9, 9), st.integers(0, 3), st.integers(1, 3))))
def test_the_book_is_what_a_dictionary_says(changes: list[tuple[Side, int, int, int]]) -> None:
    book = PublicBook(listed())
    model: dict[Side, dict[int, Level]] = {BUY: {}, SELL: {}}
    for number, (side, price, quantity, orders) in enumerate(changes, 2):
        book.apply(level(number, side, price, quantity, orders))
        model[side].pop(price, None)
        if quantity:
            model[side][price] = Level(price, quantity, orders)
        for each in (BUY, SELL):
            best_first = [model[each][key] for key in sorted(model[each], reverse=each is BUY)]
            assert book.depth(each, 100) == best_first
            assert book.depth(each, 2) == best_first[:2]
            assert book.best(each) == (best_first[0] if best_first else None)
