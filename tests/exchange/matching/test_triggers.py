"""Held orders: stops, if-touched orders and trailing stops, from their entry to their election."""

from __future__ import annotations

import msgspec
import pytest

from exchange.commands import Command, EnterOrder, ReplaceOrder, RestateOrder
from exchange.orders import OrderType, Side
from exchange.phases import Phase
from exchange.reasons import RestatementReason
from exchange.reference.instruments import Instrument
from exchange.reference.rule_profile import MarketRemainder, StopElection, StopThroughMarket
from tests.exchange.market import ACME, IOC, Market, buy, cancel, replace, rules, sell, units
from tests.exchange.wishes import asking, if_touched, of_type, shown, stop, trailing


def last_at(price: str, instrument: Instrument = ACME) -> Market:
    """A market whose last price is this; nothing rests."""
    market = Market(instrument)
    trade_at(market, price)
    return market


def trade_at(market: Market, *prices: str) -> list[str]:
    """One share trades at each of these prices; answers what the last of it brought."""
    lines: list[str] = []
    for price in prices:
        name = market.at
        market.do(sell(f"S-{name}", 1, price, session="T"))
        lines = market.do(buy(f"B-{name}", 1, price, IOC, session="T"))
    return lines


def stop_of(market: Market, cl_ord_id: str) -> int:
    return market.venue.markets["ACME"].triggers.stop_price(market.order(cl_ord_id))


def test_a_stop_waits_outside_the_book_until_the_last_price_reaches_it() -> None:
    market = last_at("10.00")
    assert market.do(stop(buy("B1", 5), "10.05")) == ["accepted B1 5@market STOP"]
    assert market.do(stop(sell("S1", 5, "9.90"), "9.95")) == ["accepted S1 5@9.9 STOP_LIMIT"]
    assert market.book() == {}
    assert trade_at(market, "10.04")[-1] == "ask 10.04: gone"
    market.do(sell("S2", 3, "10.06"))
    market.do(sell("S3", 1, "10.05"))
    assert market.do(buy("B2", 1, "10.05")) == [
        "accepted B2 1@10.05",
        "traded 1@10.05",
        "filled B2 1, 1 done, 0 left",
        "filled S3 1, 1 done, 0 left",
        "triggered B1 at 10.05",
        "traded 3@10.06",
        "filled B1 3, 3 done, 2 left",
        "filled S2 3, 3 done, 0 left",
        "canceled B1: 2 open, 3 done, no liquidity",
        "ask 10.05: gone",
        "ask 10.06: gone",
    ]
    assert trade_at(market, "9.94")[-3:] == ["triggered S1 at 9.94", "ask 9.94: gone", "ask 9.9: 5 in 1"]


@pytest.mark.parametrize(
    ("order", "reached", "not_yet"),
    [
        (stop(buy("X", 1), "10.05"), "10.05", "10.04"),
        (stop(sell("X", 1), "9.95"), "9.95", "9.96"),
        (stop(buy("X", 1, "10.05"), "10.05"), "10.06", "9.00"),
        (stop(sell("X", 1, "9.95"), "9.95"), "9.94", "11.00"),
        (if_touched(buy("X", 1), "9.95"), "9.95", "9.96"),
        (if_touched(sell("X", 1), "10.05"), "10.05", "10.04"),
        (if_touched(buy("X", 1, "9.95"), "9.95"), "9.90", "11.00"),
        (if_touched(sell("X", 1, "10.05"), "10.05"), "10.10", "9.00"),
    ],
)
def test_which_price_elects_it(order: EnterOrder, reached: str, not_yet: str) -> None:
    market = last_at("10.00")
    market.do(order)
    assert not any("triggered" in line for line in trade_at(market, not_yet))
    assert f"triggered X at {units(reached) / 100:g}" in trade_at(market, reached)


def test_an_elected_order_is_what_it_was_held_for() -> None:
    market = last_at("10.00")
    market.do(stop(buy("B1", 5, "10.02"), "10.01"), shown(stop(buy("B2", 5, "10.02"), "10.01"), 2))
    trade_at(market, "10.01")
    first, second = market.order("B1").terms, market.order("B2").terms
    assert (first.order_type, first.conditions) == (OrderType.LIMIT, None)
    assert second.conditions is not None
    assert (second.conditions.stop_price, second.conditions.display_quantity) == (0, 2)
    assert market.book() == {"bid 10.02": ["B1 5", "B2 5"]}
    assert market.do(replace("R1", "B1", 3, "10.02")) == [
        "replaced B1 by R1 3@10.02: 3 left, keeps its place",
        "bid 10.02: 5 in 2",
    ]
    assert market.do(stop(replace("R2", "B2", 3, "10.02"), "10.01")) == [
        "refused replace R2 of B2 (NEW) ORDER_MISMATCH: order_type stop limit is not the order's limit"
    ]


def test_stops_need_no_last_price_to_be_taken_and_wait_for_the_first() -> None:
    market = Market()
    market.do(stop(buy("B1", 1, "9.00"), "9.00"))
    assert market.book() == {}
    assert "triggered B1 at 9.5" in trade_at(market, "9.50")


def test_a_stop_that_the_last_price_is_through_is_elected_on_entry() -> None:
    market = last_at("10.00")
    assert market.do(stop(buy("B1", 5, "9.99"), "10.00")) == [
        "accepted B1 5@9.99 STOP_LIMIT",
        "triggered B1 at 10",
        "bid 9.99: 5 in 1",
    ]
    assert market.do(if_touched(sell("S1", 2), "9.00")) == [
        "accepted S1 2@market MARKET_IF_TOUCHED",
        "triggered S1 at 10",
        "traded 2@9.99",
        "filled S1 2, 2 done, 0 left",
        "filled B1 2, 2 done, 3 left",
        "bid 9.99: 3 in 1",
    ]


def test_or_it_is_refused_where_the_rules_say_so() -> None:
    market = last_at("10.00", rules(stop_through_market=StopThroughMarket.REJECTED))
    why = "STOP_ALREADY_THROUGH: stop_price {} is reached: the last price is 10"
    assert market.do(stop(sell("S1", 5), "10.00")) == [f"rejected S1 {why.format(10)}"]
    assert market.do(if_touched(buy("B1", 5), "10.01")) == [f"rejected B1 {why.format('10.01')}"]
    assert market.do(stop(buy("B2", 5, "10.10"), "10.01")) == ["accepted B2 5@10.1 STOP_LIMIT"]
    assert market.do(stop(replace("R1", "B2", 5, "10.10"), "9.99")) == [
        f"refused replace R1 of B2 (NEW) {why.format('9.99')}"
    ]
    trade_at(market, "10.05")
    assert market.do(replace("R2", "B2", 6, "10.10"))[0] == "replaced B2 by R2 6@10.1: 6 left, loses its place"


def elections(market: Market, *commands: Command) -> list[str]:
    """Who was elected by the last of some commands, and who traded then, in that order."""
    words = [line.split() for line in market.do(*commands)]
    return [f"{line[0]} {line[1]}" for line in words if line[0] == "triggered"] + [
        line[1] for line in words if line[0] == "filled" and line[1].startswith("B")
    ]


@pytest.mark.parametrize(
    ("election", "order"),
    [
        (StopElection.OLDEST_FIRST, ["triggered B1", "triggered B2", "triggered B3", "B9", "B1", "B2", "B3"]),
        (StopElection.FURTHEST_FIRST, ["triggered B3", "triggered B1", "triggered B2", "B9", "B3", "B1", "B2"]),
    ],
)
def test_which_of_several_comes_first(election: StopElection, order: list[str]) -> None:
    market = last_at("10.00", rules(stop_election=election))
    market.do(*(stop(buy(name, 1), price) for name, price in (("B1", "10.03"), ("B2", "10.03"), ("B3", "10.02"))))
    market.do(sell("S1", 1, "10.05"), sell("S2", 10, "10.06"))
    assert elections(market, buy("B9", 1, "10.05")) == order


def test_elected_stops_go_in_after_the_order_that_elected_them_and_may_elect_more() -> None:
    market = last_at("10.00")
    market.do(stop(buy("B3", 1), "10.03"), stop(buy("B1", 1), "10.01"), stop(buy("B2", 1), "10.02"))
    market.do(*(sell(f"S{number}", 1, f"10.0{number}") for number in (1, 2, 3, 4)))
    lines = market.do(buy("B9", 2, "10.01"))
    assert [line for line in lines if line[:4] in ("trig", "trad")] == [
        "traded 1@10.01",
        "triggered B1 at 10.01",
        "traded 1@10.02",
        "triggered B2 at 10.02",
        "traded 1@10.03",
        "triggered B3 at 10.03",
        "traded 1@10.04",
    ]
    assert market.book() == {"bid 10.01": ["B9 1"]}


def test_stops_of_both_sides_elected_by_one_order_go_in_by_age() -> None:
    """The first trade is far below the last price, the second one far above."""
    market = last_at("10.00", rules(market_remainder=MarketRemainder.RESTS_UNPRICED))
    market.do(stop(sell("S1", 1, "9.00"), "9.60"), stop(buy("B1", 1, "9.00"), "10.30"))
    market.do(sell("S2", 1, "9.50"), sell("S3", 1, "10.50"))
    lines = market.do(buy("B9", 2))
    assert [line for line in lines if "triggered" in line] == ["triggered S1 at 10.5", "triggered B1 at 10.5"]


def test_an_odd_lot_elects_nobody() -> None:
    market = Market(msgspec.structs.replace(ACME, lot=10, takes_odd_lots=True))
    market.do(stop(buy("B1", 10), "10.00"))
    assert not any("triggered" in line for line in trade_at(market, "10.50"))
    market.do(sell("S1", 10, "10.10"))
    assert "triggered B1 at 10.1" in market.do(buy("B2", 10, "10.10"))


def stop_limit(request: ReplaceOrder) -> ReplaceOrder:
    """New quantity and price for a stop limit; its conditions stay."""
    return of_type(request, OrderType.STOP_LIMIT)


def test_a_held_order_is_canceled_and_replaced_where_it_waits() -> None:
    market = last_at("10.00")
    market.do(*(stop(buy(name, 5, "10.20"), "10.10") for name in ("B1", "B2", "B3")))
    assert market.do(stop_limit(replace("R1", "B1", 3, "10.20"))) == [
        "replaced B1 by R1 3@10.2 STOP_LIMIT: 3 left, keeps its place"
    ]
    assert market.do(stop_limit(replace("R2", "B2", 6, "10.20"))) == [
        "replaced B2 by R2 6@10.2 STOP_LIMIT: 6 left, loses its place"
    ]
    assert market.do(cancel("C1", "R1", side=Side.BUY)) == ["canceled R1 by C1: 3 open, 0 done, requested"]
    market.do(sell("S1", 1, "10.10"))
    assert elections(market, buy("B9", 1, "10.10")) == ["triggered B3", "triggered R2", "B9"]


def test_a_new_stop_price_that_the_market_is_through_elects_it() -> None:
    market = last_at("10.00")
    market.do(stop(sell("S1", 5), "9.50"))
    assert market.do(stop(replace("R1", "S1", 5), "10.00")) == [
        "replaced S1 by R1 5@market STOP: 5 left, loses its place",
        "triggered R1 at 10",
        "canceled R1: 5 open, 0 done, no liquidity",
    ]


def test_a_stop_gets_no_limit_by_a_replace() -> None:
    market = last_at("10.00")
    market.do(stop(sell("S1", 5), "9.50"))
    assert market.do(of_type(replace("R1", "S1", 4, "9.00"), OrderType.STOP)) == [
        "replaced S1 by R1 4@market STOP: 4 left, keeps its place"
    ]


@pytest.mark.parametrize(
    ("order", "prices", "stands"),
    [
        (trailing(sell("X", 1), "0.05"), [], "9.95"),
        (trailing(sell("X", 1), "0.05"), ["10.10"], "10.05"),
        (trailing(sell("X", 1), "0.05"), ["10.10", "10.06"], "10.05"),
        (trailing(buy("X", 1), "0.05"), ["9.90", "9.94"], "9.95"),
        (trailing(sell("X", 1), "0.05", start="9.90"), [], "9.90"),
        (trailing(sell("X", 1), "0.05", start="9.90"), ["9.94"], "9.90"),
        (trailing(sell("X", 1), "0.05", start="9.90"), ["10.01"], "9.96"),
        (trailing(sell("X", 1), basis_points=100), [], "9.90"),
        (trailing(sell("X", 1), basis_points=100), ["12.00"], "11.88"),
        (trailing(sell("X", 1), basis_points=33), [], "9.96"),  # 0.033 away is 0.04: never closer than asked
        (trailing(buy("X", 1), basis_points=33), [], "10.04"),
        (trailing(sell("X", 1, "9.00"), "0.05"), ["10.10"], "10.05"),
    ],
)
def test_a_trailing_stop_follows_one_way_only(order: EnterOrder, prices: list[str], stands: str) -> None:
    market = last_at("10.00")
    market.do(order)
    trade_at(market, *prices)
    assert stop_of(market, "X") == units(stands)
    assert f"triggered X at {units(stands) / 100:g}" in trade_at(market, stands)


def test_without_a_last_price_it_starts_from_the_reference_price() -> None:
    market = Market()
    market.do(trailing(buy("B1", 1), "0.50"))
    assert stop_of(market, "B1") == units("10.50")


def test_it_follows_each_price_of_one_order() -> None:
    """The bids are above the last price: the stop rises to 10.05 before the price falls through it."""
    market = last_at("10.00")
    market.do(trailing(sell("S1", 1), "0.15"))
    market.do(buy("B1", 1, "10.20"), buy("B2", 1, "9.90"), buy("B3", 1, "9.80"))
    assert "triggered S1 at 9.9" in market.do(sell("S2", 2, "9.90"))


def test_it_follows_the_prices_of_orders_elected_together_one_after_another() -> None:
    """B1 lifts the price to 10.20, which moves the stop of S1 to 10.05; then S2 lets it fall to 9.95."""
    market = last_at("10.00")
    market.do(trailing(sell("S1", 1), "0.15"), stop(buy("B1", 1), "10.01"), if_touched(sell("S2", 1), "10.01"))
    market.do(buy("B2", 1, "9.95"), buy("B3", 1, "9.80"), sell("S3", 1, "10.01"), sell("S4", 1, "10.20"))
    lines = market.do(buy("B4", 1, "10.01"))
    assert [line for line in lines if line[:4] in ("trig", "trad")] == [
        "traded 1@10.01",
        "triggered B1 at 10.01",
        "triggered S2 at 10.01",
        "traded 1@10.2",
        "traded 1@9.95",
        "triggered S1 at 9.95",
        "traded 1@9.8",
    ]


def test_a_replaced_trailing_stop_stands_where_it_had_come_to() -> None:
    market = last_at("10.00")
    market.do(trailing(sell("S1", 5, "9.00"), "0.10", start="9.80"))
    trade_at(market, "10.50", "10.45")
    assert market.do(stop_limit(replace("R1", "S1", 8, "9.10")))[0].endswith("loses its place")
    assert stop_of(market, "R1") == units("10.40")
    market.do(trailing(replace("R2", "R1", 8, "9.10", side=Side.SELL), "0.20"))
    assert stop_of(market, "R2") == units("10.25")


def test_an_operators_new_price_does_not_move_it_either() -> None:
    market = last_at("10.00")
    market.do(trailing(sell("S1", 5, "9.00"), "0.10"))
    trade_at(market, "10.50", "10.45")
    order_id = market.order("S1").terms.order_id
    assert market.do(RestateOrder(order_id, 4, units("9.50"), RestatementReason.VENUE)) == [
        "restated S1 4@9.5 STOP_LIMIT: 4 left, venue"
    ]
    assert market.do(RestateOrder(order_id, 3, units("9.50"), RestatementReason.VENUE)) == [
        "restated S1 3@9.5 STOP_LIMIT: 3 left, venue"
    ]
    assert stop_of(market, "S1") == units("10.40")


def test_in_a_call_phase_nobody_is_elected() -> None:
    market = last_at("10.00")
    market.enter_phase(Phase.INTRADAY_AUCTION)
    assert market.do(stop(buy("B1", 5, "10.00"), "9.00")) == ["accepted B1 5@10 STOP_LIMIT"]
    assert (market.book(), stop_of(market, "B1")) == ({}, units("9.00"))


def test_the_venues_state_knows_what_is_held_and_where() -> None:
    market, other = last_at("10.00"), last_at("10.00")
    hashes = []
    for one, distance in ((market, "0.10"), (other, "0.11")):
        one.do(trailing(sell("S1", 5), distance))
        hashes.append(one.venue.state_hash())
    assert hashes[0] != hashes[1]
    triggers = market.venue.markets["ACME"].triggers
    assert [order.terms.cl_ord_id for order in triggers] == ["S1"]


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (
            asking(buy("X", 1, "10.00"), stop_price=1000),
            "CONFLICTING_INSTRUCTIONS: stop_price a limit order has none",
        ),
        (of_type(buy("X", 1), OrderType.STOP), "INVALID_STOP_PRICE: stop_price is missing; a stop order needs one"),
        (stop(buy("X", 1), "10.01"), "INVALID_STOP_PRICE: stop_price 10.01 is not a multiple of tick 0.05"),
        (stop(buy("X", 1), "12.00"), "INVALID_STOP_PRICE: stop_price 12 is not between 9 and 11"),
        (
            trailing(buy("X", 1), "-0.05"),
            "INVALID_STOP_PRICE: trail_by is not a distance that a stop can follow at",
        ),
        (
            trailing(buy("X", 1), basis_points=10_000),
            "INVALID_STOP_PRICE: trail_by is not a distance that a stop can follow at",
        ),
        (
            asking(if_touched(buy("X", 1), "10.00"), trail_by=5),
            "CONFLICTING_INSTRUCTIONS: trail_by is for stops; this is no stop",
        ),
        (
            trailing(buy("X", 1), "0.05", basis_points=100),
            "CONFLICTING_INSTRUCTIONS: trail_by is stated twice: as a distance and in basis points",
        ),
    ],
)
def test_what_makes_no_stop_is_refused(order: EnterOrder, why: str) -> None:
    market = Market(msgspec.structs.replace(ACME, tick=5, lowest_price=900, highest_price=1100))
    assert market.do(order) == [f"rejected X {why}"]
