"""Post-only orders: refused, re-priced, or canceled where they come in after their entry."""

from __future__ import annotations

import msgspec
import pytest

from exchange.commands import Command, EnterOrder
from exchange.orders import Peg
from exchange.phases import Phase
from exchange.reference.instruments import Instrument, TickStep
from exchange.reference.rule_profile import MarketRemainder, PostOnlyCrossing
from tests.exchange.market import ACME, FOK, IOC, Market, buy, cancel, replace, rules, sell
from tests.exchange.wishes import OCO, OTO, grouped, pegged, post_only, shown, stop

REPRICING = rules(post_only=PostOnlyCrossing.REPRICED)
WAITING = rules(post_only=PostOnlyCrossing.REPRICED, market_remainder=MarketRemainder.RESTS_UNPRICED)


@pytest.mark.parametrize("instrument", [ACME, REPRICING])
def test_one_that_would_not_trade_rests(instrument: Instrument) -> None:
    market = Market(instrument)
    market.do(sell("S1", 5, "10.01"))
    assert market.do(post_only(buy("B1", 5, "10.00"))) == ["accepted B1 5@10", "bid 10: 5 in 1"]
    assert "traded 2@10" in market.do(sell("S2", 2, "10.00"))


@pytest.mark.parametrize(
    ("resting", "order", "price", "against"),
    [
        (sell("S1", 5, "10.01"), post_only(buy("X", 5, "10.01")), "10.01", "10.01"),
        (sell("S1", 5, "10.01"), post_only(buy("X", 5, "10.50")), "10.5", "10.01"),
        (shown(sell("S1", 5, "10.01"), 0), post_only(buy("X", 5, "10.01")), "10.01", "10.01"),
        (buy("B1", 5, "10.01"), post_only(sell("X", 5, "10.00")), "10", "10.01"),
    ],
)
def test_one_that_would_is_refused(resting: Command, order: EnterOrder, price: str, against: str) -> None:
    market = Market()
    market.do(resting)
    assert market.do(order) == [f"rejected X WOULD_TAKE_LIQUIDITY: price {price} would trade with {against} at once"]


@pytest.mark.parametrize(
    ("resting", "order", "rests"),
    [
        (sell("S1", 5, "10.01"), post_only(buy("X", 5, "10.01")), "10"),
        (sell("S1", 5, "10.01"), post_only(buy("X", 5, "10.50")), "10"),
        (buy("B1", 5, "10.01"), post_only(sell("X", 5, "9.00")), "10.02"),
    ],
)
def test_or_re_priced_to_the_tick_behind_the_best_price(resting: Command, order: EnterOrder, rests: str) -> None:
    market = Market(REPRICING)
    market.do(resting)
    side = "bid" if order.side > 0 else "ask"
    assert market.do(order)[1:] == [f"restated X 5@{rests}: 5 left, repriced", f"{side} {rests}: 5 in 1"]


def test_the_tick_behind_is_that_of_the_price_there() -> None:
    """Below 10.00 prices go by 0.01, from there on by 0.05."""
    market = Market(msgspec.structs.replace(REPRICING, ticks=(TickStep(1000, 5),)))
    market.do(sell("S1", 5, "10.00"))
    assert market.do(post_only(buy("B1", 5, "10.00")))[-1] == "bid 9.99: 5 in 1"
    assert market.do(post_only(sell("S2", 5, "9.99")))[-1] == "ask 10: 10 in 2"


@pytest.mark.parametrize(
    ("resting", "order"),
    [(sell("S1", 5, "0.01"), post_only(buy("X", 5, "1.00"))), (buy("B1", 5, "100"), post_only(sell("X", 5, "1.00")))],
)
def test_where_no_price_is_left_to_rest_at_it_is_refused(resting: Command, order: EnterOrder) -> None:
    market = Market(REPRICING)
    market.do(resting)
    assert market.do(order)[0].startswith("rejected X WOULD_TAKE_LIQUIDITY: price 1 would trade with")


@pytest.mark.parametrize("limits", [[], ["10.10"]])
def test_market_orders_that_wait_trade_with_any_price(limits: list[str]) -> None:
    market = Market(WAITING)
    market.do(sell("S1", 5), *(sell(f"S-{limit}", 5, limit) for limit in limits))
    assert market.do(post_only(buy("B1", 5, "9.00"))) == [
        "rejected B1 WOULD_TAKE_LIQUIDITY: price 9 would trade with market orders at once"
    ]


@pytest.mark.parametrize(
    ("instrument", "does"),
    [
        (ACME, "refused replace R1 of B1 (NEW) WOULD_TAKE_LIQUIDITY: price 10.01 would trade with 10.01 at once"),
        (REPRICING, "bid 10: 5 in 1"),
    ],
)
def test_a_replace_is_looked_at_like_a_new_order(instrument: Instrument, does: str) -> None:
    market = Market(instrument)
    market.do(sell("S1", 5, "10.01"), post_only(buy("B1", 5, "9.00")))
    assert market.do(replace("R1", "B1", 5, "10.01"))[-1] == does


def test_in_a_call_phase_nothing_trades_at_once() -> None:
    market = Market()
    market.do(sell("S1", 5, "10.01"))
    market.enter_phase(Phase.INTRADAY_AUCTION)
    assert market.do(post_only(buy("B1", 5, "10.50"))) == ["accepted B1 5@10.5", "bid 10.5: 5 in 1"]


def test_one_that_comes_in_after_its_entry_is_re_priced() -> None:
    market = Market()
    market.do(grouped(buy("B1", 5, "9.00"), "G", OTO), post_only(grouped(buy("B2", 5, "9.50"), "G", OCO)))
    market.do(sell("S1", 5, "9.40"))
    assert market.do(sell("S2", 5, "9.00"))[-4:] == [
        "filled B1 5, 5 done, 0 left",
        "restated B2 5@9.39: 5 left, repriced",
        "bid 9: gone",
        "bid 9.39: 5 in 1",
    ]


def test_or_canceled_where_it_cannot_be() -> None:
    market = Market(WAITING)
    market.do(grouped(buy("B1", 5, "9.00"), "G", OTO), post_only(grouped(buy("B2", 5, "8.00"), "G", OCO)))
    assert market.do(sell("S1", 8))[-3:] == [
        "canceled B2: 5 open, 0 done, would take liquidity",
        "bid 9: gone",
        "ask market: 3 in 1",
    ]


def test_a_peg_that_may_not_trade_stays_behind_the_other_side_and_keeps_its_limit() -> None:
    market = Market()
    market.do(sell("S1", 5, "10.00"), post_only(pegged(buy("B1", 5, "10.20"), Peg.MARKET)))
    assert market.book() == {"bid 9.99": ["B1 5"], "ask 10": ["S1 5"]}
    market.do(sell("S2", 5, "10.50"))
    assert market.do(cancel("C1", "S1"))[-2:] == ["bid 9.99: gone", "bid 10.2: 5 in 1"]


def test_a_peg_that_cannot_help_trading_is_canceled() -> None:
    market = Market(WAITING)
    market.do(buy("B1", 5, "9.00"), post_only(pegged(buy("B2", 5))))
    assert market.do(sell("S1", 12))[-1] == "ask market: 2 in 1"


@pytest.mark.parametrize(
    ("order", "what"),
    [
        (post_only(buy("X", 5, "10.00", IOC)), "limit, immediate or cancel"),
        (post_only(buy("X", 5, "10.00", FOK)), "limit, fill or kill"),
        (post_only(buy("X", 5)), "market, day"),
        (post_only(stop(buy("X", 5, "10.00"), "10.00")), "stop limit, day"),
    ],
)
def test_orders_that_do_not_rest_cannot_be_post_only(order: EnterOrder, what: str) -> None:
    why = f"is_post_only is for limit and pegged orders that rest; this is {what}"
    assert Market().do(order) == [f"rejected X CONFLICTING_INSTRUCTIONS: {why}"]
