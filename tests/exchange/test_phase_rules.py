"""What each phase of the day takes: new orders, replaces, cancels, quotes, orders for one pass or for one auction."""

from __future__ import annotations

import pytest

from exchange.commands import CancelQuotes, Command, EnterQuotes, MassCancel, QuoteEntry
from exchange.orders import TimeInForce
from exchange.phases import Phase
from tests.exchange.market import FOK, IOC, Market, buy, cancel, replace, rules, sell
from tests.exchange.wishes import post_only, stop

AT_OPENING, AT_CLOSE = TimeInForce.AT_OPENING, TimeInForce.AT_CLOSE

TAKEN = {
    Phase.CLOSED: "",
    Phase.PRE_OPEN: "order at-opening at-close replace quote",
    Phase.OPENING_AUCTION: "order at-opening at-close replace quote",
    Phase.CONTINUOUS: "order immediate at-close replace quote",
    Phase.INTRADAY_AUCTION: "order at-close replace quote",
    Phase.HALTED: "",
    Phase.PAUSED: "",
    Phase.VOLATILITY_AUCTION: "order at-close replace quote",
    Phase.REOPENING_AUCTION: "order at-close replace quote",
    Phase.CLOSING_AUCTION: "order at-close replace quote",
    Phase.CLOSING_PRICE_CROSS: "order replace quote",
    Phase.POST_CLOSE: "",
}
"""By phase what it takes, as the rules of exchanges have it. Cancels are taken in every phase."""

ASKED: dict[str, Command] = {
    "order": buy("B9", 10, "9.00"),
    "immediate": buy("B9", 10, "9.00", IOC),
    "at-opening": buy("B9", 10, "9.00", AT_OPENING),
    "at-close": buy("B9", 10, "9.00", AT_CLOSE),
    "replace": replace("B9", "B1", 5, "9.00"),
    "quote": EnterQuotes("S", "Q", "ALICE", (QuoteEntry("1", "ACME", 900, 10, 1000, 10),)),
}


def refusal(phase: Phase, asked: str) -> str:
    """What one hears who asks for something that the phase does not take."""
    place, is_closed = f"ACME is in {phase.value}", not TAKEN[phase]
    why = {
        "order": f"symbol ACME is {phase.value}: no order is taken",
        "immediate": f"time_in_force immediate or cancel is for continuous trading; {place}",
        "at-opening": f"time_in_force at opening is too late: {place}",
        "at-close": f"time_in_force at close is too late: {place}",
        "replace": f"symbol ACME is {phase.value}: no order may be replaced",
        "quote": f"symbol ACME is {phase.value}: no quote is taken",
    }[asked if asked in ("replace", "quote") or not is_closed else "order"]
    begin = {"replace": "refused replace B9 of B1 (NEW)", "quote": "quotes Q: 1"}.get(asked, "rejected B9")
    return f"{begin} PHASE_FORBIDS: {why}"


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("asked", ASKED)
def test_each_phase_takes_what_its_row_says(phase: Phase, asked: str) -> None:
    market = Market()
    market.do(buy("B1", 10, "9.00"))
    market.enter_phase(phase)
    lines = market.do(ASKED[asked])
    if asked in TAKEN[phase].split():
        assert not lines[0].startswith(("rejected", "refused")) and "PHASE_FORBIDS" not in lines[0]
    else:
        assert lines == [refusal(phase, asked)]


@pytest.mark.parametrize("phase", Phase)
def test_every_phase_takes_cancels(phase: Phase) -> None:
    market = Market()
    market.do(buy("B1", 10, "9.00"), buy("B2", 10, "9.00"), ASKED["quote"])
    market.enter_phase(phase)
    assert market.do(cancel("C1", "B1"))[0] == "canceled B1 by C1: 10 open, 0 done, requested"
    assert market.do(MassCancel("S", "M1"))[0] == "mass cancel M1: 1 orders"
    assert market.do(CancelQuotes("S", "C"))[0] == "quotes canceled by C: 1, quote canceled"
    assert market.book() == {}


def test_a_call_phase_takes_orders_for_one_pass_where_the_instrument_says_so() -> None:
    market = Market(rules(auction_takes_immediate=True))
    market.enter_phase(Phase.OPENING_AUCTION)
    assert market.do(buy("B1", 10, "9.00", IOC))[1:] == ["bid 9: 10 in 1"]
    assert market.do(buy("B2", 10, "9.00", FOK)) == [
        "rejected B2 PHASE_FORBIDS: time_in_force fill or kill is for continuous trading; ACME is in opening auction"
    ]
    market.enter_phase(Phase.CLOSING_PRICE_CROSS)
    assert market.do(ASKED["immediate"]) == [refusal(Phase.CLOSING_PRICE_CROSS, "immediate")]


def test_a_replace_cannot_make_an_order_one_for_an_auction_that_is_over() -> None:
    market = Market()
    market.do(buy("B1", 10, "9.00"))
    assert market.do(replace("B2", "B1", 10, "9.00", AT_OPENING)) == [
        "refused replace B2 of B1 (NEW) PHASE_FORBIDS: time_in_force at opening is too late: ACME is in continuous"
    ]
    assert market.do(replace("B3", "B1", 10, "9.00", AT_CLOSE)) == [
        "replaced B1 by B3 10@9 AT_CLOSE: 10 left, loses its place",
        "bid 9: gone",
    ]


def test_what_trades_at_once_only_in_continuous_trading_is_no_matter_in_a_call() -> None:
    """Post-only orders rest without being looked at, and stops are not elected on entry."""
    market = Market()
    market.do(buy("B1", 10, "10.00"))
    market.enter_phase(Phase.PRE_OPEN)
    assert market.do(post_only(sell("S1", 10, "9.00")))[1:] == ["ask 9: 10 in 1"]
    market.venue.books["ACME"].last_price = 1000
    assert market.do(stop(buy("B3", 10), "9.00")) == ["accepted B3 10@market STOP"]
