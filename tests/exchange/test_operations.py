"""What an operator does: cancel, restate, finish orders for the day, bust and correct trades, set reference prices."""

from __future__ import annotations

import msgspec
import pytest

from exchange.commands import (
    BustTrade,
    CancelForOwner,
    Command,
    CorrectTrade,
    FinishForDay,
    ListInstrument,
    RestateOrder,
    SetReferencePrice,
)
from exchange.events import FillBusted, FillCorrected, OrderFilled, TradeBusted, TradeCorrected
from exchange.matching.trades import TRADES_KEPT
from exchange.orders import OrderStatus
from exchange.reasons import RestatementReason
from tests.exchange.market import ACME, GTC, Market, buy, cancel, replace, sell, units
from tests.exchange.wishes import all_or_none, pegged, shown, stop

VENUE = RestatementReason.VENUE


@pytest.fixture
def market() -> Market:
    return Market()


def restate(order_id: int, quantity: int, price: str = "0") -> RestateOrder:
    return RestateOrder(order_id, quantity, units(price), VENUE)


def correct(trade_id: int, quantity: int, price: str) -> CorrectTrade:
    return CorrectTrade(trade_id, units(price), quantity)


# Orders


def test_an_order_is_canceled_without_its_owner_having_asked(market: Market) -> None:
    market.do(buy("B1", 10, "10.00"), sell("S1", 4, "10.00"))
    assert market.do(CancelForOwner(1)) == ["canceled B1: 6 open, 4 done, operator", "bid 10: gone"]


def test_a_held_order_is_canceled_where_it_is(market: Market) -> None:
    market.do(stop(buy("B1", 10), "11.00"))
    assert market.do(CancelForOwner(1)) == ["canceled B1: 10 open, 0 done, operator"]


@pytest.mark.parametrize(
    ("command", "tag"),
    [
        (CancelForOwner(9), "cancel-for-owner"),
        (restate(9, 10, "10.00"), "restate"),
        (FinishForDay(9), "finish-for-day"),
    ],
)
def test_an_order_that_is_not_kept_or_no_longer_open_is_not_touched(market: Market, command: Command, tag: str) -> None:
    assert market.do(command) == [f"refused {tag} UNKNOWN_ORDER: order_id 9 is no order that is kept"]
    market.do(buy("B1", 10, "10.00"), cancel("C1", "B1"))
    assert market.do(msgspec.structs.replace(command, order_id=1)) == [
        f"refused {tag} ORDER_CLOSED: order_id 1 is no longer open"
    ]


@pytest.mark.parametrize(
    ("order_id", "quantity", "price", "does", "book"),
    [
        (1, 60, "10.00", ["restated B1 60@10: 60 left, venue", "bid 10: 160 in 2"], ["B1 60", "B2 100"]),
        (1, 150, "10.00", ["restated B1 150@10: 150 left, venue", "bid 10: 250 in 2"], ["B1 150", "B2 100"]),
        (1, 100, "10.00", ["restated B1 100@10: 100 left, venue"], ["B1 100", "B2 100"]),
    ],
)
def test_a_restated_quantity_keeps_the_place(
    market: Market, order_id: int, quantity: int, price: str, does: list[str], book: list[str]
) -> None:
    market.do(buy("B1", 100, "10.00"), buy("B2", 100, "10.00"))
    assert market.do(restate(order_id, quantity, price)) == does
    assert market.book() == {"bid 10": book}


def test_a_restated_price_loses_the_place_and_may_trade(market: Market) -> None:
    market.do(buy("B1", 100, "10.00"), buy("B2", 10, "10.01"), sell("S1", 30, "10.02"))
    assert market.do(restate(1, 100, "10.01"))[:1] == ["restated B1 100@10.01: 100 left, venue"]
    assert market.book()["bid 10.01"] == ["B2 10", "B1 100"]
    assert market.do(restate(1, 50, "10.02")) == [
        "restated B1 50@10.02: 50 left, venue",
        "traded 30@10.02",
        "filled B1 30, 30 done, 20 left",
        "filled S1 30, 30 done, 0 left",
        "bid 10.01: 10 in 1",
        "ask 10.02: gone",
        "bid 10.02: 20 in 1",
    ]


def test_the_restated_quantity_is_the_total_with_what_is_filled(market: Market) -> None:
    market.do(buy("B1", 100, "10.00"), sell("S1", 40, "10.00"))
    assert market.do(restate(1, 40, "10.00")) == [
        "refused restate QUANTITY_BELOW_FILLED: quantity 40 leaves nothing of an order of which 40 are filled"
    ]
    assert market.do(restate(1, 41, "10.00"))[0] == "restated B1 41@10: 1 left, venue"


def test_an_iceberg_shows_no_more_than_it_wants_after_it_grew(market: Market) -> None:
    market.do(shown(buy("B1", 30, "10.00"), 10), sell("S1", 24, "10.00"))
    assert market.do(restate(1, 60, "10.00")) == ["restated B1 60@10: 36 left, venue", "bid 10: 10 in 1"]
    assert market.do(restate(1, 28, "10.00")) == ["restated B1 28@10: 4 left, venue", "bid 10: 4 in 1"]


def test_hidden_held_and_finished_orders_are_restated_where_they_are(market: Market) -> None:
    market.do(shown(buy("B1", 30, "10.00"), 0), stop(buy("B2", 30, "11.00"), "11.00"), buy("B3", 30, "9.00", GTC))
    market.do(all_or_none(buy("B4", 30, "9.00")), FinishForDay(3))
    assert market.do(restate(1, 40, "10.00")) == ["restated B1 40@10: 40 left, venue"]
    assert market.do(restate(2, 40, "11.10")) == ["restated B2 40@11.1 STOP_LIMIT: 40 left, venue"]
    assert market.do(restate(3, 40, "10.10")) == ["restated B3 40@10.1 GOOD_TILL_CANCEL: 40 left, venue"]
    assert market.do(restate(4, 40, "9.00")) == ["restated B4 40@9: 40 left, venue"]
    assert market.book() == {"bid 10": ["B1 40"], "bid 9": ["B4 40"]}
    assert market.order("B3").status is OrderStatus.DONE_FOR_DAY
    assert [order.terms.cl_ord_id for order in market.venue.markets["ACME"].triggers] == ["B2"]


@pytest.mark.parametrize(
    ("order_id", "price", "why"),
    [
        (1, "10.03", "PRICE_OFF_TICK: price 10.03 is not a multiple of tick 0.05"),
        (1, "0", "PRICE_OUT_OF_RANGE: price 0 is not between 0.05 and 100"),
        (1, "-1.00", "PRICE_OUT_OF_RANGE: price -1 is not between 0.05 and 100"),
        (1, "101.00", "PRICE_OUT_OF_RANGE: price 101 is not between 0.05 and 100"),
        (2, "10.00", "CONFLICTING_INSTRUCTIONS: price 10 is for an order with a limit; this is stop"),
        (3, "10.00", "CONFLICTING_INSTRUCTIONS: price 10 is for an order with a limit; this is pegged"),
    ],
)
def test_a_price_that_the_order_could_not_have_is_refused(order_id: int, price: str, why: str) -> None:
    market = Market(msgspec.structs.replace(ACME, tick=5, lowest_price=5))
    market.do(buy("B1", 10, "10.00"), stop(buy("B2", 10), "11.00"), pegged(buy("B3", 10)))
    assert market.do(restate(order_id, 10, price)) == [f"refused restate {why}"]


def test_a_day_order_that_is_done_for_the_day_has_ended(market: Market) -> None:
    market.do(buy("B1", 100, "10.00"), sell("S1", 40, "10.00"))
    assert market.do(FinishForDay(1, "as agreed by phone")) == [
        "done for day B1: 40 done, 0 left, as agreed by phone",
        "bid 10: gone",
    ]
    assert market.do(cancel("C1", "B1")) == [
        "refused cancel C1 of B1 (DONE_FOR_DAY) ORDER_CLOSED: orig_cl_ord_id B1 is already done for day"
    ]


def test_a_good_till_order_that_is_done_for_the_day_waits_for_the_next(market: Market) -> None:
    market.do(buy("B1", 100, "10.00", GTC), sell("S1", 40, "10.00"))
    assert market.do(FinishForDay(1)) == ["done for day B1: 40 done, 60 left", "bid 10: gone"]
    assert market.do(FinishForDay(1)) == ["refused finish-for-day ORDER_CLOSED: order_id 1 is done for the day already"]
    assert market.do(sell("S2", 10, "10.00")) == ["accepted S2 10@10", "ask 10: 10 in 1"]
    assert market.do(replace("R1", "B1", 90, "10.00", GTC)) == [
        "replaced B1 by R1 90@10 GOOD_TILL_CANCEL: 50 left, keeps its place"
    ]
    assert market.do(replace("B2", "", 200, "10.05", GTC, side=market.order("R1").terms.side, order_id=1)) == [
        "replaced R1 by B2 200@10.05 GOOD_TILL_CANCEL: 160 left, loses its place"
    ], "it does not come back by a replace"
    assert market.do(cancel("C1", "B2")) == ["canceled B2 by C1: 160 open, 40 done, requested"]


def test_a_held_order_that_is_done_for_the_day_is_not_elected(market: Market) -> None:
    market.do(stop(sell("S1", 10, time_in_force=GTC), "9.90"), FinishForDay(1))
    market.do(buy("B1", 10, "9.90"))
    assert market.do(sell("S2", 10, "9.90"))[-1] == "bid 9.9: gone"
    assert market.order("S1").status is OrderStatus.DONE_FOR_DAY


# Busts


@pytest.fixture
def traded(market: Market) -> Market:
    """Trade 1: B1 of 100 bought 30 at 10.00 from S1; trade 2: it bought 20 from S2."""
    market.do(buy("B1", 100, "10.00"), sell("S1", 30, "10.00"), sell("S2", 20, "10.00"))
    assert market.order("B1").cumulative == 50
    return market


def test_a_busted_trade_never_was(traded: Market) -> None:
    assert traded.do(BustTrade(1, "erroneous")) == [
        "busted trade 1: 30@10",
        "busted S1 30@10: 0 done, 0 left, CANCELED",
        "busted B1 30@10: 20 done, 50 left, PARTIALLY_FILLED",
    ]
    assert traded.book() == {"bid 10": ["B1 50"]}, "what it had filled is not open again"
    assert traded.order("B1").terms.quantity == 70
    assert traded.venue.books["ACME"].volume == 20


def test_an_order_whose_only_trade_was_busted_is_new(traded: Market) -> None:
    traded.do(BustTrade(1))
    assert traded.do(BustTrade(2))[2] == "busted B1 20@10: 0 done, 50 left, NEW"
    assert traded.do(sell("S3", 50, "10.00"))[2:4] == ["filled S3 50, 50 done, 0 left", "filled B1 50, 50 done, 0 left"]


def test_a_canceled_order_s_trade_is_busted_and_it_stays_canceled(traded: Market) -> None:
    traded.do(cancel("C1", "B1"))
    assert traded.do(BustTrade(1))[2] == "busted B1 30@10: 20 done, 0 left, CANCELED"
    assert traded.order("B1").terms.quantity == 100


def test_a_busted_order_s_later_fills_and_replaces_count_on(traded: Market) -> None:
    traded.do(BustTrade(1))
    assert traded.do(replace("B2", "B1", 60, "10.00")) == [
        "replaced B1 by B2 60@10: 40 left, keeps its place",
        "bid 10: 40 in 1",
    ]
    assert traded.do(sell("S3", 40, "10.00"))[3] == "filled B2 40, 60 done, 0 left"


def test_everything_that_is_told_of_a_bust(market: Market) -> None:
    market.do(sell("S1", 100, "10.00", session="T"))
    fills = [event for event in market.apply(buy("B1", 40, "10.05")) if isinstance(event, OrderFilled)]
    public, ours, theirs = market.apply(BustTrade(1, "erroneous"))
    number, at = market.venue.last_event, market.at
    seller = market.order("S1", "T").terms
    assert seller.quantity == 60
    assert public == TradeBusted(number - 2, at, "ACME", 1, 1000, 40, 2, 1, "ALICE", "ALICE", "erroneous")
    assert ours == FillBusted(
        number - 1, at, fills[0].terms, 1, fills[0].number, 40, 1000, 0, 0, 0, OrderStatus.CANCELED, "erroneous"
    )
    assert theirs == FillBusted(
        number, at, seller, 1, fills[1].number, 40, 1000, 0, 60, 0, OrderStatus.NEW, "erroneous"
    )


# Corrections


def test_a_corrected_price_changes_the_average_alone(traded: Market) -> None:
    assert traded.do(correct(1, 30, "9.90")) == [
        "corrected trade 1: 30@9.9, was 30@10",
        "corrected S1 30@9.9: 30 done, 0 left, FILLED",
        "corrected B1 30@9.9: 50 done, 50 left, PARTIALLY_FILLED",
    ]
    assert traded.order("B1").notional == 30 * 990 + 20 * 1000


def test_a_corrected_quantity_is_taken_back_as_in_a_bust(traded: Market) -> None:
    assert traded.do(correct(1, 10, "10.10")) == [
        "corrected trade 1: 10@10.1, was 30@10",
        "corrected S1 10@10.1: 10 done, 0 left, CANCELED",
        "corrected B1 10@10.1: 30 done, 50 left, PARTIALLY_FILLED",
    ]
    order = traded.order("B1")
    assert (order.terms.quantity, order.notional) == (80, 10 * 1010 + 20 * 1000)
    assert traded.venue.books["ACME"].volume == 30


def test_a_corrected_trade_may_be_corrected_and_busted_as_it_is_then(traded: Market) -> None:
    first = [event for event in traded.apply(correct(1, 20, "9.90")) if isinstance(event, FillCorrected)]
    second = [event for event in traded.apply(correct(1, 10, "9.90")) if isinstance(event, FillCorrected)]
    assert [event.fill_number for event in second] == [event.number for event in first]
    busted = [event for event in traded.apply(BustTrade(1)) if isinstance(event, FillBusted)]
    assert [event.fill_number for event in busted] == [event.number for event in second]
    assert [(event.last_quantity, event.last_price) for event in busted] == [(10, 990)] * 2
    order = traded.order("B1")
    assert (order.cumulative, order.notional, order.leaves, order.terms.quantity) == (20, 20_000, 50, 70)


def test_everything_that_is_told_of_a_correction(market: Market) -> None:
    market.do(buy("B1", 40, "10.00"))
    fills = [event for event in market.apply(sell("S1", 40, "9.95")) if isinstance(event, OrderFilled)]
    public, ours, theirs = market.apply(CorrectTrade(1, 995, 40, "price"))
    number, at, status = market.venue.last_event, market.at, OrderStatus.FILLED
    assert public == TradeCorrected(number - 2, at, "ACME", 1, 995, 40, 1000, 40, 1, 2, "ALICE", "ALICE", "price")
    sums = (40, 995, 40, 0, 40 * 995, status, "price")
    assert ours == FillCorrected(number - 1, at, fills[0].terms, 1, fills[0].number, *sums)
    assert theirs == FillCorrected(number, at, fills[1].terms, 1, fills[1].number, *sums)


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (BustTrade(3), "bust UNKNOWN_TRADE: trade_id 3 is not among the latest trades that are kept"),
        (BustTrade(0), "bust UNKNOWN_TRADE: trade_id 0 is not among the latest trades that are kept"),
        (BustTrade(-1), "bust UNKNOWN_TRADE: trade_id -1 is not among the latest trades that are kept"),
        (BustTrade(2), "bust UNKNOWN_TRADE: trade_id 2 is busted already"),
        (correct(2, 10, "9.00"), "correct UNKNOWN_TRADE: trade_id 2 is busted already"),
        (correct(9, 10, "9.00"), "correct UNKNOWN_TRADE: trade_id 9 is not among the latest trades that are kept"),
        (correct(1, 0, "10.00"), "correct INVALID_QUANTITY: quantity 0 is not between 1 and the trade's 30"),
        (correct(1, 31, "10.00"), "correct INVALID_QUANTITY: quantity 31 is not between 1 and the trade's 30"),
        (correct(1, 30, "10.00"), "correct INVALID_PRICE: price and quantity are the trade's already"),
        (correct(1, 30, "0"), "correct PRICE_OUT_OF_RANGE: price 0 is not between 0.01 and 100"),
    ],
)
def test_what_cannot_be_undone_is_refused_and_nothing_changes(traded: Market, command: Command, why: str) -> None:
    traded.do(BustTrade(2))
    before = traded.order("B1").cumulative
    assert traded.do(command) == [f"refused {why}"]
    assert traded.order("B1").cumulative == before == 30


def test_a_correction_is_on_the_tick(traded: Market) -> None:
    traded.do(ListInstrument(msgspec.structs.replace(ACME, tick=5)))
    assert traded.do(correct(1, 30, "10.03")) == [
        "refused correct PRICE_OFF_TICK: price 10.03 is not a multiple of tick 0.05"
    ]


def test_a_trade_may_be_undone_as_long_as_it_is_kept(market: Market) -> None:
    market.do(buy("B1", TRADES_KEPT + 1, "10.00"))
    for number in range(TRADES_KEPT + 1):
        market.venue.apply(sell(f"S{number}", 1, "10.00"), market.at)
    assert market.do(BustTrade(1)) == [
        "refused bust UNKNOWN_TRADE: trade_id 1 is not among the latest trades that are kept"
    ]
    assert market.do(BustTrade(2))[0] == "busted trade 2: 1@10"


# Reference prices


def test_a_reference_price_is_set_for_a_listed_instrument(market: Market) -> None:
    assert market.do(SetReferencePrice("ACME", 1100)) == []
    assert market.venue.markets["ACME"].reference_price == 1100
    assert market.do(SetReferencePrice("NONE", 1100)) == [
        "refused reference-price UNKNOWN_INSTRUMENT: symbol NONE is not listed"
    ]
    assert market.do(SetReferencePrice("", 1100)) == [
        "refused reference-price UNKNOWN_INSTRUMENT: symbol (none) is not listed"
    ]


@pytest.mark.parametrize(
    ("price", "why"),
    [
        (0, "PRICE_OUT_OF_RANGE: price 0 is not between 0.05 and 100"),
        (-5, "PRICE_OUT_OF_RANGE: price -0.05 is not between 0.05 and 100"),
        (1101, "PRICE_OFF_TICK: price 11.01 is not a multiple of tick 0.05"),
        (10_005, "PRICE_OUT_OF_RANGE: price 100.05 is not between 0.05 and 100"),
    ],
)
def test_a_reference_price_is_one_that_an_order_could_have(price: int, why: str) -> None:
    market = Market(msgspec.structs.replace(ACME, tick=5, lowest_price=5, highest_price=10_000))
    assert market.do(SetReferencePrice("ACME", price)) == [f"refused reference-price {why}"]
    assert market.venue.markets["ACME"].reference_price == 1000
