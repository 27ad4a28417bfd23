"""A session's line breaks: which of its orders go, by what it has agreed and by what each order asks for."""

from __future__ import annotations

import msgspec
import pytest

from exchange.commands import CancelOnDisconnect, EnterQuotes, FinishForDay, ListInstrument, QuoteEntry
from exchange.orders import TimeInForce
from tests.exchange.market import ACME, GTC, Market, buy, sell
from tests.exchange.wishes import OCO, OTO, asking, grouped, pegged, shown, stop, until


@pytest.fixture
def market() -> Market:
    """One order of each kind; S1 and B4 ask for it themselves, and ~9 is a quote's side. B8 is another session's."""
    market = Market()
    market.do(buy("B1", 10, "9.00"), buy("B2", 10, "9.00", GTC), until(buy("B3", 10, "9.00"), 1_000))
    market.do(asking(buy("B4", 10, "9.00", GTC), cancels_on_disconnect=True), buy("B8", 10, "9.00", session="T"))
    market.do(stop(buy("B5", 10), "20.00"), stop(buy("B6", 10, time_in_force=GTC), "20.00"))
    market.do(buy("B7", 10, "9.00", TimeInForce.AT_CLOSE))
    market.do(EnterQuotes("S", "Q", "ALICE", (QuoteEntry("1", "ACME", 800, 10, 0, 0),)))
    market.do(asking(sell("S1", 10, "11.00"), cancels_on_disconnect=True))
    return market


@pytest.mark.parametrize(
    ("command", "canceled"),
    [
        (CancelOnDisconnect("S", is_everything=False), "B4 ~9 S1"),
        (CancelOnDisconnect("S", is_everything=True), "B1 B4 B5 B7 ~9 S1"),
        (CancelOnDisconnect("S", is_everything=True, keeps_good_till=False), "B1 B2 B3 B4 B5 B6 B7 ~9 S1"),
        (CancelOnDisconnect("S", is_everything=False, keeps_good_till=False), "B4 ~9 S1"),
        (CancelOnDisconnect("T", is_everything=True), "B8"),
        (CancelOnDisconnect("U", is_everything=True), ""),
    ],
)
def test_what_goes_with_the_line(market: Market, command: CancelOnDisconnect, canceled: str) -> None:
    lines = market.do(command)
    assert ("quotes canceled: 1, disconnected" in lines) is ("~9" in canceled)
    assert [line for line in lines if line.startswith("canceled")] == [
        f"canceled {name}: 10 open, 0 done, disconnected" for name in canceled.split()
    ]
    assert market.do(command) == []


def test_pegs_and_reserves_go_and_levels_are_shown_once(market: Market) -> None:
    market.do(CancelOnDisconnect("S", is_everything=True, keeps_good_till=False), shown(sell("S5", 30, "11.00"), 5))
    market.do(pegged(buy("B9", 10)))
    assert market.do(CancelOnDisconnect("S", is_everything=True)) == [
        "canceled S5: 30 open, 0 done, disconnected",
        "canceled B9: 10 open, 0 done, disconnected",
        "ask 11: gone",
        "bid 9: 10 in 1",
    ]


def test_a_good_till_order_that_is_done_for_the_day_stays_or_goes_like_any(market: Market) -> None:
    market.do(FinishForDay(2))
    assert "canceled B2: 10 open, 0 done, disconnected" not in market.do(CancelOnDisconnect("S", is_everything=True))
    everything = CancelOnDisconnect("S", is_everything=True, keeps_good_till=False)
    assert "canceled B2: 10 open, 0 done, disconnected" in market.do(everything)


def test_an_entry_that_goes_takes_the_children_along_that_would_stay() -> None:
    market = Market()
    market.apply(ListInstrument(msgspec.structs.replace(ACME, symbol="FINE")))
    market.do(grouped(buy("B1", 10, "9.00"), "G", OTO), grouped(sell("S1", 10, "12.00", GTC, symbol="FINE"), "G", OCO))
    assert market.do(CancelOnDisconnect("S", is_everything=True)) == [
        "canceled B1: 10 open, 0 done, disconnected",
        "canceled S1: 10 open, 0 done, group",
        "bid 9: gone",
    ]
