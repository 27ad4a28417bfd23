"""Orders that hang together: one cancels the others, makes them smaller, or brings them about, in all instruments."""

from __future__ import annotations

import msgspec
import pytest

from exchange.commands import Command, FinishForDay, ListInstrument, MassCancel
from exchange.events import LevelChanged
from exchange.matching.order_groups import GROUP_ORDERS_MAX
from exchange.orders import OrderStatus, Side, TimeInForce
from exchange.phases import Phase
from exchange.reference.rule_profile import ReplaceBelowFilled
from tests.exchange.market import ACME, GTC, Market, buy, cancel, replace, rules, sell
from tests.exchange.trading_day.floor import Floor, to
from tests.exchange.wishes import OCO, OTO, OUO, asking, grouped, pegged, shown, stop

FINE = msgspec.structs.replace(ACME, symbol="FINE")
GROUP = "INVALID_ORDER_GROUP"


@pytest.fixture
def market() -> Market:
    market = Market()
    market.do(ListInstrument(FINE))
    return market


def test_a_fill_of_one_cancels_the_other(market: Market) -> None:
    market.do(grouped(sell("S1", 100, "10.10"), "G", OCO), grouped(stop(sell("S2", 100), "9.90"), "G", OCO))
    assert market.do(buy("B1", 10, "10.10")) == [
        "accepted B1 10@10.1",
        "traded 10@10.1",
        "filled B1 10, 10 done, 0 left",
        "filled S1 10, 10 done, 90 left",
        "canceled S2: 100 open, 0 done, group",
        "ask 10.1: 90 in 1",
    ]


def test_an_end_without_a_fill_leaves_the_other(market: Market) -> None:
    market.do(grouped(sell("S1", 100, "10.10"), "G", OCO), grouped(stop(sell("S2", 100), "9.90"), "G", OCO))
    assert market.do(cancel("C1", "S1")) == ["canceled S1 by C1: 100 open, 0 done, requested", "ask 10.1: gone"]
    assert market.order("S2").is_open


def test_an_elected_stop_cancels_the_other_when_it_trades_and_not_before(market: Market) -> None:
    market.do(buy("B1", 10, "9.90"), buy("B2", 100, "9.80"), grouped(sell("S1", 50, "10.10"), "G", OCO))
    market.do(grouped(stop(sell("S2", 50, "9.80"), "9.90"), "G", OCO))
    assert market.do(sell("S3", 10, "9.90")) == [
        "accepted S3 10@9.9",
        "traded 10@9.9",
        "filled S3 10, 10 done, 0 left",
        "filled B1 10, 10 done, 0 left",
        "triggered S2 at 9.9",
        "traded 50@9.8",
        "filled S2 50, 50 done, 0 left",
        "filled B2 50, 50 done, 50 left",
        "canceled S1: 50 open, 0 done, group",
        "bid 9.9: gone",
        "bid 9.8: 50 in 1",
        "ask 10.1: gone",
    ]


def test_a_stop_that_was_elected_together_with_the_fill_of_the_other_does_not_go_in(market: Market) -> None:
    """One order trades at both prices: the limit is filled at 10.10, and 10.05 elects the stop."""
    market.do(buy("B1", 10, "10.05"), grouped(buy("B2", 10, "10.00"), "G", OCO))
    market.do(grouped(stop(sell("S1", 10), "10.05"), "G", OCO))
    assert market.do(sell("S2", 20, "10.00"))[-4:] == [
        "filled B2 10, 10 done, 0 left",
        "canceled S1: 10 open, 0 done, group",
        "bid 10.05: gone",
        "bid 10: gone",
    ]


def test_two_stops_of_a_group_that_are_elected_together(market: Market) -> None:
    """The first trades, so the second, elected already, is canceled before it goes in."""
    market.do(buy("B1", 10, "9.90"), buy("B2", 100, "9.80"))
    market.do(grouped(stop(sell("S1", 10), "9.90"), "G", OCO), grouped(stop(sell("S2", 10), "9.90"), "G", OCO))
    lines = market.do(sell("S3", 10, "9.90"))
    assert lines[4:] == [
        "triggered S1 at 9.9",
        "triggered S2 at 9.9",
        "traded 10@9.8",
        "filled S1 10, 10 done, 0 left",
        "filled B2 10, 10 done, 90 left",
        "canceled S2: 10 open, 0 done, group",
        "bid 9.9: gone",
        "bid 9.8: 90 in 1",
    ]


def test_a_fill_of_one_makes_the_others_smaller(market: Market) -> None:
    market.do(grouped(sell("S1", 100, "10.10"), "G", OUO), grouped(sell("S2", 100, "10.20"), "G", OUO))
    market.do(grouped(stop(sell("S3", 30), "9.90"), "G", OUO))
    assert market.do(buy("B1", 30, "10.10")) == [
        "accepted B1 30@10.1",
        "traded 30@10.1",
        "filled B1 30, 30 done, 0 left",
        "filled S1 30, 30 done, 70 left",
        "restated S2 70@10.2: 70 left, decremented",
        "canceled S3: 30 open, 0 done, group",
        "ask 10.1: 70 in 1",
        "ask 10.2: 70 in 1",
    ]
    assert market.do(buy("B2", 70, "10.10"))[-3:] == [
        "canceled S2: 70 open, 0 done, group",
        "ask 10.1: gone",
        "ask 10.2: gone",
    ]


def test_a_held_order_and_an_iceberg_are_made_smaller_where_they_are(market: Market) -> None:
    market.do(grouped(sell("S1", 100, "10.10"), "G", OUO), sell("S4", 5, "10.20"))
    market.do(grouped(shown(sell("S2", 100, "10.20"), 10), "G", OUO), grouped(stop(sell("S3", 100), "9.90"), "G", OUO))
    assert market.do(buy("B1", 40, "10.10"))[-3:] == [
        "restated S2 60@10.2: 60 left, decremented",
        "restated S3 60@market STOP: 60 left, decremented",
        "ask 10.1: 60 in 1",
    ]
    assert market.book()["ask 10.2"] == ["S4 5", "S2 60"]


@pytest.fixture
def bracket(market: Market) -> Market:
    """An entry to buy, and what protects it: a take-profit and a stop, of which one cancels the other."""
    market.do(sell("S0", 60, "10.00"))
    market.do(grouped(buy("B1", 100, "9.95"), "G", OTO))
    market.do(grouped(sell("S1", 100, "10.20"), "G", OCO), grouped(stop(sell("S2", 100), "9.80"), "G", OCO))
    assert market.book() == {"bid 9.95": ["B1 100"], "ask 10": ["S0 60"]}
    return market


def test_a_bracket_s_children_go_in_when_the_entry_is_filled(bracket: Market) -> None:
    assert bracket.do(sell("S9", 60, "9.95"))[-1] == "bid 9.95: 40 in 1", "a part is not enough"
    assert bracket.do(sell("S8", 40, "9.95"))[-2:] == ["bid 9.95: gone", "ask 10.2: 100 in 1"]
    assert bracket.do(buy("B2", 160, "10.20"))[-3:] == [
        "canceled S2: 100 open, 0 done, group",
        "ask 10: gone",
        "ask 10.2: gone",
    ]


def test_a_bracket_s_children_are_as_big_as_what_the_entry_has_traded(bracket: Market) -> None:
    bracket.do(sell("S9", 30, "9.95"))
    assert bracket.do(cancel("C1", "B1")) == [
        "canceled B1 by C1: 70 open, 30 done, requested",
        "restated S1 30@10.2: 30 left, decremented",
        "restated S2 30@market STOP: 30 left, decremented",
        "bid 9.95: gone",
        "ask 10.2: 30 in 1",
    ]


def test_a_bracket_s_children_end_with_an_entry_that_never_traded(bracket: Market) -> None:
    assert bracket.do(cancel("C1", "B1")) == [
        "canceled B1 by C1: 100 open, 0 done, requested",
        "canceled S1: 100 open, 0 done, group",
        "canceled S2: 100 open, 0 done, group",
        "bid 9.95: gone",
    ]


@pytest.mark.parametrize(
    "end",
    [replace("R1", "B1", 30, "9.95"), FinishForDay(2), replace("R1", "B1", 20, "9.95")],
    ids=["replaced by what is filled", "done for the day", "replaced by less than is filled"],
)
def test_whatever_ends_the_entry_brings_the_children_about(end: Command) -> None:
    market = Market(rules(replace_below_filled=ReplaceBelowFilled.ENDS_ORDER))
    market.do(buy("B0", 1, "9.00"), grouped(buy("B1", 100, "9.95"), "G", OTO))
    market.do(grouped(sell("S1", 100, "10.20"), "G", OCO), sell("S9", 30, "9.95"))
    assert market.do(end)[-3:] == [
        "restated S1 30@10.2: 30 left, decremented",
        "bid 9.95: gone",
        "ask 10.2: 30 in 1",
    ]


def test_a_child_that_trades_as_it_goes_in_cancels_its_siblings_that_wait_behind_it(bracket: Market) -> None:
    bracket.do(buy("B5", 500, "9.80"), cancel("C0", "S1"), grouped(sell("S3", 100, "9.80"), "G", OCO))
    bracket.do(grouped(stop(sell("S4", 100), "9.70"), "G", OCO))
    lines = bracket.do(sell("S9", 100, "9.95"))
    assert "filled S3 100, 100 done, 0 left" in lines
    assert [line for line in lines if "canceled" in line] == [
        "canceled S2: 100 open, 0 done, group",
        "canceled S4: 100 open, 0 done, group",
    ]
    assert not len(bracket.venue.markets["ACME"].triggers)


def test_a_child_may_be_replaced_and_canceled_while_it_waits(bracket: Market) -> None:
    assert bracket.do(replace("S5", "S1", 50, "10.10")) == ["replaced S1 by S5 50@10.1: 50 left, loses its place"]
    assert bracket.do(cancel("C1", "S2")) == ["canceled S2 by C1: 100 open, 0 done, requested"]
    assert bracket.do(sell("S9", 100, "9.95"))[-2:] == ["bid 9.95: gone", "ask 10.1: 50 in 1"]


def test_a_child_that_is_done_for_the_day_waits_on_with_its_entry(market: Market) -> None:
    market.do(grouped(buy("B1", 10, "9.95"), "G", OTO), grouped(sell("S1", 10, "10.20", GTC), "G", OCO))
    market.do(grouped(sell("S2", 10, "10.30", GTC), "G", OCO))
    assert market.do(FinishForDay(2)) == ["done for day S1: 0 done, 10 left"]
    market.do(
        grouped(buy("B2", 10, "9.95"), "H", OTO), grouped(sell("S3", 10, "10.20", GTC), "H", OCO), FinishForDay(5)
    )
    assert market.do(sell("S9", 10, "9.95"))[-2:] == ["bid 9.95: 10 in 1", "ask 10.3: 10 in 1"]
    assert market.order("S1").status is OrderStatus.DONE_FOR_DAY
    assert market.do(cancel("C1", "B2"))[1] == "canceled S3: 10 open, 0 done, group"


def test_a_fill_in_one_instrument_cancels_in_another_whose_pegs_and_levels_follow(market: Market) -> None:
    market.do(grouped(buy("B1", 10, "10.00"), "G", OCO), grouped(buy("B2", 10, "9.00", symbol="FINE"), "G", OCO))
    market.do(buy("B3", 10, "8.00", symbol="FINE"), pegged(buy("B4", 10, symbol="FINE")))
    assert market.book("FINE") == {"bid 9": ["B2 10", "B4 10"], "bid 8": ["B3 10"]}
    events = market.apply(sell("S1", 10, "10.00"))
    levels = [(event.symbol, event.price, event.quantity) for event in events if isinstance(event, LevelChanged)]
    assert levels == [("ACME", 1000, 0), ("FINE", 900, 0), ("FINE", 800, 20)]
    assert market.book("FINE") == {"bid 8": ["B3 10", "B4 10"]}


def test_an_order_brought_about_in_another_instrument_elects_stops_there(market: Market) -> None:
    market.do(buy("B8", 10, "9.00", symbol="FINE"), buy("B9", 10, "8.00", symbol="FINE"))
    market.do(stop(sell("S8", 10, symbol="FINE"), "9.00"))
    market.do(grouped(buy("B1", 10, "10.00"), "G", OTO), grouped(sell("S1", 10, "9.00", symbol="FINE"), "G", OCO))
    events = market.apply(sell("S2", 10, "10.00"))
    levels = {
        (event.symbol, event.side, event.price): event.quantity for event in events if isinstance(event, LevelChanged)
    }
    assert levels == {("ACME", Side.BUY, 1000): 0, ("FINE", Side.BUY, 900): 0, ("FINE", Side.BUY, 800): 0}
    assert market.order("S8").status is OrderStatus.FILLED


def test_a_fill_in_an_auction_cancels_the_other_before_anything_else_ends_it() -> None:
    """S2 is for the opening only: without the fill of S1 it would expire."""
    floor = Floor()
    floor.do("09:00", to(Phase.OPENING_AUCTION), buy("B1", 10, "10.00"))
    floor.do("09:00", grouped(sell("S1", 10, "10.00"), "G", OCO))
    floor.do("09:00", grouped(sell("S2", 10, "10.10", TimeInForce.AT_OPENING), "G", OCO))
    lines = floor.do("09:30", to(Phase.CONTINUOUS))
    assert [line for line in lines if "S2" in line] == ["09:30:00 canceled S2: 10 open, 0 done, group"]


def test_a_mass_cancel_of_one_instrument_ends_the_children_in_the_other(market: Market) -> None:
    market.do(grouped(buy("B1", 10, "10.00"), "G", OTO), grouped(sell("S1", 10, "9.00", symbol="FINE"), "G", OCO))
    assert market.do(MassCancel("S", "M", "ACME")) == [
        "mass cancel M: 1 orders",
        "canceled B1 by M: 10 open, 0 done, mass cancel",
        "canceled S1: 10 open, 0 done, group",
        "bid 10: gone",
    ]


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (asking(buy("B9", 10, "9.00"), group="G"), "group names a group without saying how it hangs together"),
        (asking(buy("B9", 10, "9.00"), contingency=OCO), "contingency is stated without a group"),
        (
            grouped(buy("B9", 10, "9.00"), "FULL", OCO),
            f"group FULL has {GROUP_ORDERS_MAX} orders already, the most a group may have",
        ),
        (
            grouped(buy("B9", 10, "9.00"), "FULL", OTO),
            f"group FULL has {GROUP_ORDERS_MAX} orders already, the most a group may have",
        ),
        (
            grouped(buy("B9", 10, "9.00"), "PAIR", OTO),
            "contingency one triggers other is for the first order of a group, and PAIR has 1 already",
        ),
    ],
)
def test_an_order_that_does_not_fit_its_group_is_refused(market: Market, order: Command, why: str) -> None:
    market.do(*(grouped(buy(f"B0{number}", 1, "9.00"), "FULL", OCO) for number in range(GROUP_ORDERS_MAX)))
    market.do(grouped(buy("B1", 1, "9.00"), "PAIR", OCO))
    assert market.do(order) == [f"rejected B9 {GROUP}: {why}"]
