"""The rules of continuous trading, as tables: a command, and the whole list of what it does."""

from __future__ import annotations

import msgspec
import pytest

from exchange.commands import Command, ListInstrument, OpenAccount
from exchange.events import (
    InstrumentListed,
    LevelChanged,
    OrderAccepted,
    OrderFilled,
    OrderReplaced,
    PhaseChanged,
    Traded,
)
from exchange.orders import OrderConditions, OrderStatus, Side
from exchange.phases import Phase
from exchange.reference.accounts import Account
from exchange.venue import Venue
from tests.exchange.market import ACME, FOK, GTC, IOC, Market, buy, cancel, replace, sell


@pytest.fixture
def market() -> Market:
    return Market()


def test_better_prices_trade_first_then_earlier_orders(market: Market) -> None:
    market.do(sell("S1", 10, "10.02"), sell("S2", 20, "10.01"), sell("S3", 30, "10.01"), sell("S4", 40, "10.03"))
    assert market.do(buy("B1", 55, "10.02")) == [
        "accepted B1 55@10.02",
        "traded 20@10.01",
        "filled B1 20, 20 done, 35 left",
        "filled S2 20, 20 done, 0 left",
        "traded 30@10.01",
        "filled B1 30, 50 done, 5 left",
        "filled S3 30, 30 done, 0 left",
        "traded 5@10.02",
        "filled B1 5, 55 done, 0 left",
        "filled S1 5, 5 done, 5 left",
        "ask 10.01: gone",
        "ask 10.02: 5 in 1",
    ]
    assert market.book() == {"ask 10.02": ["S1 5"], "ask 10.03": ["S4 40"]}


def test_bids_trade_by_the_same_rule(market: Market) -> None:
    market.do(buy("B1", 10, "9.98"), buy("B2", 20, "9.99"), buy("B3", 30, "9.99"))
    assert market.do(sell("S1", 55, "9.98")) == [
        "accepted S1 55@9.98",
        "traded 20@9.99",
        "filled S1 20, 20 done, 35 left",
        "filled B2 20, 20 done, 0 left",
        "traded 30@9.99",
        "filled S1 30, 50 done, 5 left",
        "filled B3 30, 30 done, 0 left",
        "traded 5@9.98",
        "filled S1 5, 55 done, 0 left",
        "filled B1 5, 5 done, 5 left",
        "bid 9.99: gone",
        "bid 9.98: 5 in 1",
    ]


def test_a_limit_stops_at_its_price_and_the_rest_waits(market: Market) -> None:
    market.do(sell("S1", 10, "10.01"), sell("S2", 10, "10.02"))
    assert market.do(buy("B1", 30, "10.01")) == [
        "accepted B1 30@10.01",
        "traded 10@10.01",
        "filled B1 10, 10 done, 20 left",
        "filled S1 10, 10 done, 0 left",
        "ask 10.01: gone",
        "bid 10.01: 20 in 1",
    ]
    assert market.book() == {"bid 10.01": ["B1 20"], "ask 10.02": ["S2 10"]}


def test_a_trade_is_at_the_price_of_the_resting_order(market: Market) -> None:
    market.do(sell("S1", 10, "10.00"))
    assert "traded 10@10" in market.do(buy("B1", 10, "12.00"))
    market.do(buy("B2", 10, "9.00"))
    assert "traded 10@9" in market.do(sell("S2", 10, "8.00"))


def test_a_partial_fill_keeps_its_place(market: Market) -> None:
    market.do(sell("S1", 100, "10.00"), sell("S2", 100, "10.00"), buy("B1", 40, "10.00"))
    assert market.book() == {"ask 10": ["S1 60", "S2 100"]}
    assert market.do(buy("B2", 70, "10.00")) == [
        "accepted B2 70@10",
        "traded 60@10",
        "filled B2 60, 60 done, 10 left",
        "filled S1 60, 100 done, 0 left",
        "traded 10@10",
        "filled B2 10, 70 done, 0 left",
        "filled S2 10, 10 done, 90 left",
        "ask 10: 90 in 1",
    ]


@pytest.mark.parametrize(
    ("resting", "order", "does"),
    [
        ([], buy("B1", 10), ["accepted B1 10@market", "canceled B1: 10 open, 0 done, no liquidity"]),
        (
            [sell("S1", 4, "99.00")],
            buy("B1", 10),
            [
                "accepted B1 10@market",
                "traded 4@99",
                "filled B1 4, 4 done, 6 left",
                "filled S1 4, 4 done, 0 left",
                "canceled B1: 6 open, 4 done, no liquidity",
                "ask 99: gone",
            ],
        ),
        (
            [buy("B1", 4, "0.01")],
            sell("S1", 4, time_in_force=IOC),
            [
                "accepted S1 4@market IMMEDIATE_OR_CANCEL",
                "traded 4@0.01",
                "filled S1 4, 4 done, 0 left",
                "filled B1 4, 4 done, 0 left",
                "bid 0.01: gone",
            ],
        ),
        (
            [sell("S1", 4, "10.00")],
            buy("B1", 10, "10.00", IOC),
            [
                "accepted B1 10@10 IMMEDIATE_OR_CANCEL",
                "traded 4@10",
                "filled B1 4, 4 done, 6 left",
                "filled S1 4, 4 done, 0 left",
                "canceled B1: 6 open, 4 done, immediate remainder",
                "ask 10: gone",
            ],
        ),
        (
            [sell("S1", 4, "10.01")],
            buy("B1", 10, "10.00", IOC),
            ["accepted B1 10@10 IMMEDIATE_OR_CANCEL", "canceled B1: 10 open, 0 done, immediate remainder"],
        ),
        (
            [sell("S1", 4, "10.00"), sell("S2", 6, "10.01")],
            buy("B1", 10, "10.01", FOK),
            [
                "accepted B1 10@10.01 FILL_OR_KILL",
                "traded 4@10",
                "filled B1 4, 4 done, 6 left",
                "filled S1 4, 4 done, 0 left",
                "traded 6@10.01",
                "filled B1 6, 10 done, 0 left",
                "filled S2 6, 6 done, 0 left",
                "ask 10: gone",
                "ask 10.01: gone",
            ],
        ),
        (
            [sell("S1", 4, "10.00"), sell("S2", 6, "10.01")],
            buy("B1", 11, "10.01", FOK),
            ["accepted B1 11@10.01 FILL_OR_KILL", "canceled B1: 11 open, 0 done, not fillable at once"],
        ),
        (
            [sell("S1", 4, "10.00"), sell("S2", 6, "10.01")],
            buy("B1", 10, "10.00", FOK),
            ["accepted B1 10@10 FILL_OR_KILL", "canceled B1: 10 open, 0 done, not fillable at once"],
        ),
        (
            [buy("B1", 9, "10.00")],
            sell("S1", 10, time_in_force=FOK),
            ["accepted S1 10@market FILL_OR_KILL", "canceled S1: 10 open, 0 done, not fillable at once"],
        ),
        (
            [buy("B1", 11, "10.00")],
            sell("S1", 10, time_in_force=FOK),
            [
                "accepted S1 10@market FILL_OR_KILL",
                "traded 10@10",
                "filled S1 10, 10 done, 0 left",
                "filled B1 10, 10 done, 1 left",
                "bid 10: 1 in 1",
            ],
        ),
        ([], buy("B1", 10, "10.00", GTC), ["accepted B1 10@10 GOOD_TILL_CANCEL", "bid 10: 10 in 1"]),
    ],
)
def test_orders_that_do_not_wait(market: Market, resting: list[Command], order: Command, does: list[str]) -> None:
    market.do(*resting)
    assert market.do(order) == does


def test_a_cancel_takes_what_is_left_out_of_the_book(market: Market) -> None:
    market.do(sell("S1", 10, "10.00"), sell("S2", 10, "10.00"), sell("S3", 10, "10.00"), buy("B1", 4, "10.00"))
    assert market.do(cancel("C1", "S1")) == ["canceled S1 by C1: 6 open, 4 done, requested", "ask 10: 20 in 2"]
    assert market.do(cancel("C2", "S3")) == ["canceled S3 by C2: 10 open, 0 done, requested", "ask 10: 10 in 1"]
    assert market.do(cancel("C3", "S2")) == ["canceled S2 by C3: 10 open, 0 done, requested", "ask 10: gone"]
    assert market.book() == {}


def test_a_cancel_from_the_middle_leaves_the_others_in_order(market: Market) -> None:
    market.do(*(buy(f"B{number}", number, "10.00") for number in range(1, 6)), cancel("C1", "B3"))
    assert market.book() == {"bid 10": ["B1 1", "B2 2", "B4 4", "B5 5"]}


@pytest.mark.parametrize(
    ("request_", "does", "queue"),
    [
        (
            replace("R1", "B1", 60, "10.00"),
            ["replaced B1 by R1 60@10: 60 left, keeps its place", "bid 10: 160 in 2"],
            {"bid 10": ["R1 60", "B2 100"]},
        ),
        (
            replace("R1", "B1", 100, "10.00", GTC),
            ["replaced B1 by R1 100@10 GOOD_TILL_CANCEL: 100 left, keeps its place"],
            {"bid 10": ["R1 100", "B2 100"]},
        ),
        (
            replace("R1", "B1", 101, "10.00"),
            ["replaced B1 by R1 101@10: 101 left, loses its place", "bid 10: 201 in 2"],
            {"bid 10": ["B2 100", "R1 101"]},
        ),
        (
            replace("R1", "B1", 50, "9.99"),
            ["replaced B1 by R1 50@9.99: 50 left, loses its place", "bid 10: 100 in 1", "bid 9.99: 50 in 1"],
            {"bid 10": ["B2 100"], "bid 9.99": ["R1 50"]},
        ),
        (
            replace("R1", "B1", 100, "10.01"),
            ["replaced B1 by R1 100@10.01: 100 left, loses its place", "bid 10: 100 in 1", "bid 10.01: 100 in 1"],
            {"bid 10.01": ["R1 100"], "bid 10": ["B2 100"]},
        ),
    ],
)
def test_only_less_at_the_same_price_keeps_its_place(
    market: Market, request_: Command, does: list[str], queue: dict[str, list[str]]
) -> None:
    market.do(buy("B1", 100, "10.00"), buy("B2", 100, "10.00"))
    assert market.do(request_) == does
    assert market.book() == queue


def test_more_at_the_same_price_shows_its_level_once_also_when_it_is_alone(market: Market) -> None:
    market.do(sell("S1", 100, "10.00"))
    assert market.do(replace("R1", "S1", 150, "10.00")) == [
        "replaced S1 by R1 150@10: 150 left, loses its place",
        "ask 10: 150 in 1",
    ]


def test_a_replaced_order_that_crosses_trades(market: Market) -> None:
    market.do(sell("S1", 30, "10.01"), sell("S2", 30, "10.02"), buy("B1", 100, "10.00"))
    assert market.do(replace("R1", "B1", 50, "10.02")) == [
        "replaced B1 by R1 50@10.02: 50 left, loses its place",
        "traded 30@10.01",
        "filled R1 30, 30 done, 20 left",
        "filled S1 30, 30 done, 0 left",
        "traded 20@10.02",
        "filled R1 20, 50 done, 0 left",
        "filled S2 20, 20 done, 10 left",
        "bid 10: gone",
        "ask 10.01: gone",
        "ask 10.02: 10 in 1",
    ]


def test_the_new_quantity_is_the_total_with_what_is_filled(market: Market) -> None:
    market.do(buy("B1", 100, "10.00"), sell("S1", 40, "10.00"))
    assert market.do(replace("R1", "B1", 70, "10.00")) == [
        "replaced B1 by R1 70@10: 30 left, keeps its place",
        "bid 10: 30 in 1",
    ]
    assert market.do(replace("R2", "R1", 90, "9.00", side=Side.BUY)) == [
        "replaced R1 by R2 90@9: 50 left, loses its place",
        "bid 10: gone",
        "bid 9: 50 in 1",
    ]


@pytest.mark.parametrize(("price", "place"), [("10", "keeps"), ("9", "loses")])
def test_a_new_quantity_that_is_already_filled_closes_the_order(market: Market, price: str, place: str) -> None:
    market.do(buy("B1", 100, "10.00"), sell("S1", 40, "10.00"))
    assert market.do(replace("R1", "B1", 40, price)) == [
        f"replaced B1 by R1 40@{price}: 0 left, {place} its place",
        "bid 10: gone",
    ]
    assert market.do(cancel("C1", "R1", side=Side.BUY)) == [
        "refused cancel C1 of R1 (FILLED) ORDER_CLOSED: orig_cl_ord_id R1 is already filled"
    ]


def test_a_trade_tells_everything_that_its_readers_need(market: Market) -> None:
    [accepted, _] = market.apply(sell("S1", 100, "10.05", session="SELLER"))
    assert isinstance(accepted, OrderAccepted)
    ask = accepted.terms
    entered, *events = market.apply(buy("B1", 40, "10.10", session="BUYER"))
    assert isinstance(entered, OrderAccepted)
    bid, at = entered.terms, market.at
    assert (ask.order_id, bid.order_id) == (1, 2)
    assert events == [
        Traded(6, at, "ACME", 1, 1005, 40, Side.BUY, 2, 1, "ALICE", "ALICE"),
        OrderFilled(7, at, bid, 1, 40, 1005, 40, 0, 40_200, is_aggressor=True),
        OrderFilled(8, at, ask, 1, 40, 1005, 40, 60, 40_200, is_aggressor=False),
        LevelChanged(9, at, "ACME", Side.SELL, 1005, 60, 1),
    ]
    book = market.venue.books["ACME"]
    assert (book.last_price, book.last_quantity, book.trades, book.volume) == (1005, 40, 1, 40)
    [replaced, *_] = market.apply(msgspec.structs.replace(replace("R1", "S1", 90, "10.00"), session="SELLER"))
    assert isinstance(replaced, OrderReplaced)
    assert replaced.terms == msgspec.structs.replace(ask, cl_ord_id="R1", quantity=90, price=1000)
    assert (replaced.cumulative, replaced.leaves, replaced.notional) == (40, 50, 40_200)


def test_books_and_sessions_are_apart(market: Market) -> None:
    market.do(ListInstrument(msgspec.structs.replace(ACME, symbol="OTHER")), sell("S1", 10, "10.00", symbol="OTHER"))
    assert market.do(buy("B1", 10, "10.00")) == ["accepted B1 10@10", "bid 10: 10 in 1"]
    assert market.do(sell("S1", 1, "11.00", session="T")) == ["accepted S1 1@11", "ask 11: 1 in 1"]
    assert market.do(cancel("C1", "S1", session="T")) == [
        "canceled S1 by C1: 1 open, 0 done, requested",
        "ask 11: gone",
    ]
    assert market.book("OTHER") == {"ask 10": ["S1 10"]}


def test_new_rules_for_a_listed_instrument_leave_its_orders(market: Market) -> None:
    market.do(buy("B1", 15, "10.01"))
    coarse = msgspec.structs.replace(ACME, tick=5, lot=10)
    assert market.apply(ListInstrument(coarse)) == [InstrumentListed(5, market.at, coarse)]
    assert market.book() == {"bid 10.01": ["B1 15"]}
    assert market.do(buy("B2", 10, "10.01")) == [
        "rejected B2 PRICE_OFF_TICK: price 10.01 is not a multiple of tick 0.05"
    ]
    assert market.do(replace("R1", "B1", 10, "10.00")) == [
        "replaced B1 by R1 10@10: 10 left, loses its place",
        "bid 10.01: gone",
        "bid 10: 10 in 1",
    ]


def test_an_open_account_may_be_renamed(market: Market) -> None:
    assert market.do(OpenAccount(Account("ALICE", "Alice Ltd"))) == ["opened ALICE"]
    assert market.venue.accounts == {"ALICE": Account("ALICE", "Alice Ltd")}


def test_the_public_state_rebuilds_what_market_data_shows(market: Market) -> None:
    market.do(buy("B1", 1, "9.99"), buy("B2", 2, "9.98"), buy("B3", 3, "9.99"), sell("S1", 4, "10.00"))
    number, at = market.venue.last_event, market.at
    assert market.venue.public_state() == [
        InstrumentListed(number, at, ACME),
        LevelChanged(number, at, "ACME", Side.BUY, 999, 4, 2),
        LevelChanged(number, at, "ACME", Side.BUY, 998, 2, 1),
        LevelChanged(number, at, "ACME", Side.SELL, 1000, 4, 1),
        PhaseChanged(number, at, "ACME", Phase.CONTINUOUS, Phase.CONTINUOUS, 0, ""),
    ]
    assert Venue().public_state() == []


def test_the_public_state_knows_nothing_of_a_price_where_only_hidden_orders_rest(market: Market) -> None:
    market.do(msgspec.structs.replace(buy("B1", 1, "9.99"), conditions=OrderConditions(display_quantity=0)))
    assert len(market.venue.books["ACME"].bids) == 1
    assert not [event for event in market.venue.public_state() if isinstance(event, LevelChanged)]


def test_time_does_not_go_back(market: Market) -> None:
    market.venue.apply(buy("B1", 1, "1.00"), 100)
    with pytest.raises(AssertionError, match="time went back from 100 to 99"):
        market.venue.apply(buy("B2", 1, "1.00"), 99)
    market.venue.apply(buy("B2", 1, "1.00"), 100)


def test_the_register_knows_the_open_orders_of_each_session(market: Market) -> None:
    register = market.venue.register
    market.do(buy("B1", 1, "1.00"), buy("B2", 1, "1.00"), buy("B3", 1, "1.00"), buy("B1", 1, "1.00", session="T"))
    market.do(replace("R1", "B1", 1, "2.00"), cancel("C1", "B2"))
    assert [order.terms.cl_ord_id for order in register.open_orders("S")] == ["B3", "R1"]
    assert [order.terms.order_id for order in register] == [3, 1, 4]
    assert [order.terms.order_id for order in register.closed_orders] == [2]
    assert [register.open_count(session) for session in ("S", "T", "U")] == [2, 1, 0]
    assert register.open_orders("U") == []
    assert register.find("S", "B1") is None
    assert register.find("U", "B1") is None
    closed = register.find("S", "B2")
    assert closed is not None and closed.status is OrderStatus.CANCELED and not closed.is_open


def test_a_market_order_has_no_price_whatever_the_command_says(market: Market) -> None:
    accepted, *_ = market.apply(msgspec.structs.replace(buy("B1", 1), price=10**30))
    assert isinstance(accepted, OrderAccepted)
    assert accepted.terms.price == 0
