"""Protective stops: what can be one, how it follows, what happens at it, and when it is gone."""

from __future__ import annotations

import msgspec
import pytest

from exchange.clearing_events import StopLossTriggered
from exchange.commands import BustTrade, ChangePhase, Command, ListInstrument, OpenAccount, SetStopLoss
from exchange.events import OrderAccepted, OrderCanceled
from exchange.orders import OrderType, Side
from exchange.phases import Phase
from exchange.reasons import CancelReason
from exchange.reference.accounts import Account
from exchange.reference.instruments import TickStep
from exchange.reference.limits import LimitScope, RiskLimits, StopLoss
from tests.exchange.clearing.risk_floor import Floor, limit, protect
from tests.exchange.market import ACME, GTC, buy, sell
from tests.exchange.wishes import if_touched, stop

GONE = "stop of ALICE ACME gone"

NOTHING_THERE = "canceled 7: 100 open, 0 done, no liquidity"


@pytest.fixture
def floor() -> Floor:
    """ALICE has 100 shares, ALAN is short of 50, and the last price is 10.00."""
    floor = Floor()
    floor.give("ALICE", 100)
    floor.trade("10.00", 50, buyer="BOB", seller="ALAN")
    return floor


@pytest.mark.parametrize(
    ("command", "stands_at"),
    [
        (protect("ALICE", "9.99"), "9.99"),
        (protect("ALICE", basis_points=500), "9.5"),
        (protect("ALICE", basis_points=1), "9.99"),
        (protect("ALICE", basis_points=555), "9.44"),
        (protect("ALAN", "10.01"), "10.01"),
        (protect("ALAN", basis_points=500), "10.5"),
        (protect("ALAN", basis_points=555), "10.56"),
        (protect("ALICE", basis_points=9_999), "0.01"),
    ],
)
def test_a_stop_stands_at_its_price_or_distance_on_the_tick(floor: Floor, command: SetStopLoss, stands_at: str) -> None:
    assert floor.do(command) == [f"stop of {command.account} ACME at {stands_at}"]
    assert floor.venue.risk_control.stops.price_of(command.account, "ACME") == round(float(stands_at) * 100)


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (protect("NOBODY", "9.00"), "UNKNOWN_ACCOUNT: account NOBODY is not open"),
        (SetStopLoss("", "ACME", None), "UNKNOWN_ACCOUNT: account (none) is not open"),
        (
            protect("DAVE", "9.00"),
            "UNKNOWN_ACCOUNT: account DAVE is cleared elsewhere: the venue knows no position of it",
        ),
        (SetStopLoss("ALICE", "NONE", StopLoss(900)), "UNKNOWN_INSTRUMENT: symbol NONE is not listed"),
        (SetStopLoss("ALICE", "", None), "UNKNOWN_INSTRUMENT: symbol (none) is not listed"),
        (
            protect("CAROL", "9.00"),
            "INVALID_LIMITS: symbol ACME is an instrument in which CAROL has no position to protect",
        ),
        (protect("ALICE"), "INVALID_LIMITS: stop states neither a price nor a distance; a stop has one of them"),
        (
            protect("ALICE", "9.00", basis_points=5),
            "INVALID_LIMITS: stop price and distance are both stated; a stop has one of them",
        ),
        (
            protect("ALICE", basis_points=10_000),
            "INVALID_LIMITS: distance_basis_points 10000 is not between 1 and 9999 basis points",
        ),
        (
            protect("ALICE", basis_points=-1),
            "INVALID_LIMITS: distance_basis_points -1 is not between 1 and 9999 basis points",
        ),
        (
            protect("ALICE", "10.00"),
            "INVALID_STOP_PRICE: price 10 is not below the last price 10, as the stop of a long position has to be",
        ),
        (
            protect("ALAN", "10.00"),
            "INVALID_STOP_PRICE: price 10 is not above the last price 10, as the stop of a short position has to be",
        ),
        (protect("ALICE", "-1.00"), "INVALID_STOP_PRICE: price -1 is not between 0.01 and 100"),
    ],
)
def test_what_can_be_no_stop_is_refused(floor: Floor, command: SetStopLoss, why: str) -> None:
    floor.do(OpenAccount(Account("DAVE", "Dave")))
    assert floor.do(command) == [f"refused stop-loss {why}"]
    assert not floor.venue.risk_control.stops.state()


def test_a_stop_off_the_tick_is_refused() -> None:
    floor = Floor(msgspec.structs.replace(ACME, tick=5, ticks=(TickStep(2_000, 10),)))
    floor.give("ALICE", 100)
    refused = "refused stop-loss INVALID_STOP_PRICE: price 9.99 is not a multiple of tick 0.05"
    assert floor.do(protect("ALICE", "9.99")) == [refused]
    assert floor.do(protect("ALICE", basis_points=111)) == ["stop of ALICE ACME at 9.85"]


def test_at_the_stop_the_position_is_sold_at_the_market(floor: Floor) -> None:
    """Sales that hold the shares go first, a quote among the owner's other orders and a buy stay."""
    floor.do(limit(LimitScope.ACCOUNT, "ALICE", is_funded=True), protect("ALICE", "9.50"))
    floor.do(
        sell("S1", 60, "12.00"), stop(sell("S2", 40, time_in_force=GTC), "8.00"), sell("S3", 5, "11.00", account="BOB")
    )
    floor.do(buy("B9", 70, "9.30", account="CAROL"), buy("B8", 30, "9.20", account="CAROL"))
    assert floor.trade("9.51") == []
    lines = floor.trade("9.50")
    assert lines == [
        "stop of ALICE ACME 9.5 at 9.5: 100",
        "canceled S1: 60 open, 0 done, stop-loss",
        "canceled S2: 40 open, 0 done, stop-loss",
        "accepted 12 100@market",
    ]
    assert floor.venue.clearing.positions.quantity("ALICE", "ACME") == 0
    assert floor.order("12", "~STOP").leaves == 0
    assert floor.order("S3").is_open
    assert floor.trade("9.00") == []


def test_at_the_stop_a_short_position_is_bought_back(floor: Floor) -> None:
    floor.do(protect("ALAN", "10.50"), sell("S9", 50, "10.70", account="BOB"), buy("B1", 5, "9.00", account="ALAN"))
    assert floor.trade("10.50") == [
        "stop of ALAN ACME 10.5 at 10.5: -50",
        "canceled B1: 5 open, 0 done, stop-loss",
        "accepted 7 50@market",
    ]
    assert floor.venue.clearing.positions.quantity("ALAN", "ACME") == 0


def test_the_events_say_who_closes_what(floor: Floor) -> None:
    floor.do(protect("ALICE", "9.50"), sell("S1", 1, "12.00"), sell("S9", 1, "9.50", account="CAROL"))
    events = floor.apply(buy("B9", 1, "9.50", account="BOB"))
    triggered = next(event for event in events if isinstance(event, StopLossTriggered))
    assert (triggered.price, triggered.last_price, triggered.quantity) == (950, 950, 100)
    canceled = next(event for event in events if isinstance(event, OrderCanceled))
    assert canceled.reason is CancelReason.STOP_LOSS
    terms = [event.terms for event in events if isinstance(event, OrderAccepted)][-1]
    wanted = ("~STOP", "ALICE", Side.SELL, OrderType.MARKET, 100)
    assert (terms.session, terms.account, terms.side, terms.order_type, terms.quantity) == wanted


@pytest.mark.parametrize(
    ("account", "command", "prices", "stands_at"),
    [
        ("ALICE", protect("ALICE", basis_points=1_000, is_trailing=True), "11.00 10.50 12.00 11.00", 1080),
        ("ALICE", protect("ALICE", "9.50", is_trailing=True), "11.00 10.60 12.00 11.80", 1150),
        ("ALICE", protect("ALICE", "9.50"), "11.00 12.00", 950),
        ("ALAN", protect("ALAN", basis_points=1_000, is_trailing=True), "9.00 9.50 8.00 8.50", 880),
        ("ALAN", protect("ALAN", "10.50", is_trailing=True), "9.00 9.40", 950),
    ],
)
def test_a_trailing_stop_follows_one_way(
    floor: Floor, account: str, command: SetStopLoss, prices: str, stands_at: int
) -> None:
    floor.do(command)
    for price in prices.split():
        assert floor.trade(price) == []
    assert floor.venue.risk_control.stops.price_of(account, "ACME") == stands_at


def test_a_stop_is_reached_by_any_price_of_a_command(floor: Floor) -> None:
    """A trade at 9.40 elects an order that buys at 9.90: the last price is above the stop again."""
    floor.do(protect("ALICE", "9.50"), sell("S8", 1, "9.90", account="CAROL"))
    floor.do(if_touched(buy("B6", 1, account="BOB"), "9.45"), buy("B7", 1, "9.40", account="BOB"))
    lines = floor.do(sell("S9", 1, "9.40", account="CAROL"))
    assert lines[1:] == [
        "triggered B6 at 9.4",
        "stop of ALICE ACME 9.5 at 9.4: 100",
        "accepted 7 100@market",
        NOTHING_THERE,
    ]


def test_stops_reach_one_another(floor: Floor) -> None:
    """What closes ALICE's position trades lower, and so reaches BOB's stop."""
    floor.do(protect("ALICE", "9.50"), protect("BOB", "9.20"))
    floor.do(buy("B7", 100, "9.10", account="CAROL"), buy("B8", 50, "9.00", account="CAROL"))
    assert [line for line in floor.trade("9.50", 1, buyer="CAROL") if "stop" in line] == [
        "stop of ALICE ACME 9.5 at 9.5: 100",
        "stop of BOB ACME 9.2 at 9.1: 50",
    ]


def test_a_position_that_another_stop_has_closed_has_none_any_more() -> None:
    """Both stops are reached by one command, at 9.40 and 10.60; ALICE's sale meets the order of ALAN, who is short."""
    floor = Floor()
    floor.give("ALICE", 50)
    floor.trade("10.00", 50, buyer="BOB", seller="ALAN")
    floor.do(protect("ALICE", "9.50"), protect("ALAN", "10.50"), sell("S8", 1, "10.60", account="CAROL"))
    floor.do(if_touched(buy("B6", 1, account="BOB"), "9.45"), buy("B7", 1, "9.40", account="BOB"))
    floor.do(buy("B8", 50, "9.30", account="ALAN"))
    assert floor.do(sell("S9", 1, "9.40", account="CAROL"))[1:] == [
        "triggered B6 at 9.4",
        "stop of ALICE ACME 9.5 at 9.4: 50",
        "accepted 8 50@market",
        "stop of ALAN ACME gone",
    ]


@pytest.mark.parametrize(
    "command",
    [
        sell("S1", 100, "9.80"),
        sell("S1", 150, "9.80"),
    ],
)
def test_a_stop_is_gone_with_the_position_and_when_it_turns(floor: Floor, command: Command) -> None:
    floor.do(protect("ALICE", "9.50"), buy("B9", 200, "9.80", account="CAROL"))
    assert floor.do(command)[1:] == [GONE]
    assert floor.trade("9.00") == []


def test_a_smaller_position_keeps_its_stop(floor: Floor) -> None:
    floor.do(protect("ALICE", "9.50"), buy("B9", 60, "9.80", account="CAROL"))
    assert floor.do(sell("S1", 60, "9.80"))[1:] == []
    assert floor.trade("9.50")[0] == "stop of ALICE ACME 9.5 at 9.5: 40"


def test_a_busted_trade_takes_the_stop_of_its_position_away(floor: Floor) -> None:
    floor.do(protect("BOB", "9.50"))
    assert floor.do(BustTrade(1))[-1] == "stop of BOB ACME gone"


def test_the_owner_takes_a_stop_away_and_moves_it(floor: Floor) -> None:
    floor.do(protect("ALICE", "9.50"))
    assert floor.do(protect("ALICE", "9.60")) == ["stop of ALICE ACME at 9.6"]
    assert floor.do(SetStopLoss("ALICE", "ACME", None)) == [GONE]
    assert floor.do(SetStopLoss("ALICE", "ACME", None)) == [GONE]
    assert floor.trade("9.00") == []


def test_auctions_elect_when_continuous_trading_goes_on(floor: Floor) -> None:
    floor.do(protect("ALICE", "9.50"), ChangePhase(Phase.INTRADAY_AUCTION, "ACME"))
    floor.do(sell("S9", 10, "9.40", account="CAROL"), buy("B9", 10, "9.40", account="BOB"))
    lines = floor.do(ChangePhase(Phase.CONTINUOUS, "ACME"))
    assert lines[:2] == ["stop of ALICE ACME 9.5 at 9.4: 100", "accepted 5 100@market"]


def test_no_stop_is_elected_while_trading_is_not_continuous(floor: Floor) -> None:
    floor.do(protect("ALICE", "9.50"), ChangePhase(Phase.INTRADAY_AUCTION, "ACME"))
    floor.do(sell("S9", 10, "9.40", account="CAROL"), buy("B9", 10, "9.40", account="BOB"))
    assert floor.do(ChangePhase(Phase.HALTED, "ACME")) == []
    assert floor.do(ChangePhase(Phase.INTRADAY_AUCTION, "ACME")) == []
    assert floor.do(ChangePhase(Phase.CLOSING_PRICE_CROSS, "ACME")) == []
    assert floor.venue.books["ACME"].last_price == 940
    assert floor.do(ChangePhase(Phase.CONTINUOUS, "ACME"))[0] == "stop of ALICE ACME 9.5 at 9.4: 100"


def test_odd_lots_reach_no_stop() -> None:
    floor = Floor(msgspec.structs.replace(ACME, lot=10, takes_odd_lots=True))
    floor.give("ALICE", 100)
    floor.trade("10.00")
    floor.do(protect("ALICE", "9.50"))
    assert floor.trade("9.00", 9) == []
    assert floor.trade("9.00", 10)[0] == "stop of ALICE ACME 9.5 at 9: 100"


def test_stops_follow_splits_and_new_symbols(floor: Floor) -> None:
    floor.do(protect("ALICE", "9.55"), protect("ALAN", "10.51", is_trailing=True), protect("BOB", basis_points=500))
    stops = floor.venue.risk_control.stops
    stops.split("ACME", 2, 1)
    assert stops.price_of("BOB", "ACME") == 475
    assert (stops.price_of("ALICE", "ACME"), stops.price_of("ALAN", "ACME")) == (477, 526)
    stops.split("ACME", 1, 2)
    assert (stops.price_of("ALICE", "ACME"), stops.price_of("ALAN", "ACME")) == (954, 1052)
    floor.do(ListInstrument(msgspec.structs.replace(ACME, symbol="BETA")))
    floor.venue.risk_control.renamed("ACME", "BETA")
    assert (stops.price_of("ALICE", "ACME"), stops.price_of("ALICE", "BETA")) == (0, 954)
    floor.venue.risk_control.renamed("ACME", "GAMMA")
    floor.venue.risk_control.split("ACME", 2, 1)
    assert stops.price_of("ALICE", "GAMMA") == 0


def test_stops_are_part_of_the_state() -> None:
    floors = [Floor(), Floor()]
    for floor, price in zip(floors, ("9.50", "9.60"), strict=True):
        floor.give("ALICE", 100)
        floor.do(protect("ALICE", price))
    assert floors[0].venue.state_hash() != floors[1].venue.state_hash()


def test_limits_have_no_part_in_what_the_venue_closes(floor: Floor) -> None:
    """A blocked or limited account is protected all the same."""
    floor.do(limit(LimitScope.ACCOUNT, "ALICE", max_order_quantity=1), protect("ALICE", "9.50"))
    assert RiskLimits(max_order_quantity=1) == floor.venue.limits.get(LimitScope.ACCOUNT, "ALICE")
    assert floor.trade("9.50")[1].endswith("100@market")
