"""Random days: whatever happens, the clock's steps do not matter, a replay is the same, and what must hold holds."""

from __future__ import annotations

from itertools import accumulate

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.commands import (
    AdvanceTime,
    BreakerRules,
    CancelOrder,
    ChangePhase,
    Command,
    EnterOrder,
    FinishForDay,
    ListInstrument,
    OpenAccount,
)
from exchange.events import BandsChanged, Event, OrderCanceled, OrderFilled, PhaseChanged, Traded
from exchange.orders import OrderConditions, OrderStatus, OrderType, Peg, Side, TimeInForce
from exchange.phases import Phase
from exchange.reference.instruments import SECOND, AuctionRules, BandAction, Instrument, PriceBands
from exchange.reference.rule_profile import PROFILES
from exchange.venue import Venue
from tests.exchange.market import ACME, ALICE
from tests.exchange.trading_day.floor import moment, open_day

HOURS = (
    ("09:00", Phase.PRE_OPEN),
    ("09:05", Phase.OPENING_AUCTION),
    ("09:10", Phase.CONTINUOUS),
    ("09:40", Phase.CLOSING_AUCTION),
    ("09:45", Phase.CLOSING_PRICE_CROSS),
    ("09:50", Phase.POST_CLOSE),
    ("09:55", Phase.CLOSED),
)
PRICES = st.integers(985, 1015)
SYMBOLS = ("ACME", "B")

Step = tuple[int, Command]


@st.composite
def instruments(draw: st.DrawFn) -> list[Instrument]:
    action = draw(st.sampled_from(BandAction))
    bands = PriceBands(
        static_basis_points=draw(st.sampled_from([0, 100])),
        dynamic_basis_points=draw(st.sampled_from([0, 30, 100])),
        action=action,
        limit_state_duration=15 * SECOND,
        pause_duration=60 * SECOND,
        doubled_before_close=draw(st.sampled_from([0, 300 * SECOND])),
    )
    auction = AuctionRules(
        random_end=draw(st.sampled_from([0, 30 * SECOND])),
        collar_basis_points=draw(st.sampled_from([0, 50])),
        extends_for_market_orders=draw(st.booleans()),
        reopening_duration=60 * SECOND,
    )
    rules = PROFILES[draw(st.sampled_from(sorted(PROFILES)))]
    first = msgspec.structs.replace(
        ACME, market="X", bands=draw(st.sampled_from([None, bands])), auction=auction, rules=rules, protection=5
    )
    return [first, msgspec.structs.replace(first, symbol="B", bands=None, rules=PROFILES["default"])]


@st.composite
def orders(draw: st.DrawFn, number: int, at: int) -> EnterOrder:
    kind = draw(st.sampled_from([OrderType.LIMIT] * 6 + [OrderType.MARKET, OrderType.STOP, OrderType.PEGGED]))
    kinds_of_time = [TimeInForce.DAY] * 4 + [time for time in TimeInForce if kind is OrderType.LIMIT]
    time_in_force = draw(st.sampled_from(kinds_of_time))
    conditions = None
    if kind is OrderType.STOP:
        conditions = OrderConditions(stop_price=draw(PRICES))
    elif kind is OrderType.PEGGED:
        conditions = OrderConditions(peg=draw(st.sampled_from(Peg)))
    elif time_in_force is TimeInForce.GOOD_TILL_DATE:
        conditions = OrderConditions(expires_at=at + draw(st.integers(1, 1200)) * SECOND)
    elif kind is OrderType.LIMIT and draw(st.integers(0, 5)) == 0:
        conditions = OrderConditions(display_quantity=draw(st.integers(0, 1)))
    price = draw(PRICES) if kind is OrderType.LIMIT else 0
    side, symbol, quantity = draw(st.sampled_from(Side)), draw(st.sampled_from(SYMBOLS)), draw(st.integers(1, 9))
    return EnterOrder("S", f"{number}", "ALICE", symbol, side, kind, time_in_force, quantity, price, conditions)


@st.composite
def steps(draw: st.DrawFn) -> list[Step]:
    waits = draw(st.lists(st.integers(0, 150), min_size=5, max_size=45))
    taken: list[Step] = []
    for number, after in enumerate(accumulate(waits)):
        at = moment("08:59") + after * SECOND
        what = draw(st.integers(0, 19))
        command: Command
        if what < 14:
            command = draw(orders(number, at))
        elif what < 16:
            of = f"{draw(st.integers(0, max(0, number - 1)))}"
            command = CancelOrder("S", f"{number}", of, draw(st.sampled_from(SYMBOLS)), draw(st.sampled_from(Side)))
        elif what < 18:
            command = ChangePhase(draw(st.sampled_from(Phase)), draw(st.sampled_from((*SYMBOLS, ""))), "X")
        else:
            command = FinishForDay(draw(st.integers(1, 30)))
        taken.append((at, command))
    seed, breaker = draw(st.integers(0, 9)), draw(st.sampled_from([None, BreakerRules(50, 100, 200, 60 * SECOND, 0)]))
    for day in (0, 1):
        taken.append((moment("09:00", day), open_day(HOURS, day, seed=seed, breaker=breaker)))
        taken.append((moment("12:00", day), AdvanceTime()))
    return sorted(taken, key=lambda step: step[0])


def venue_of(listed: list[Instrument]) -> Venue:
    venue = Venue()
    for instrument in listed:
        venue.apply(ListInstrument(instrument), 0)
    venue.apply(OpenAccount(ALICE), 0)
    return venue


@settings(max_examples=40, deadline=None)
@given(instruments(), steps())
def test_the_steps_of_the_clock_do_not_matter_and_what_must_hold_holds(
    listed: list[Instrument], taken: list[Step]
) -> None:
    at_once, by_due = venue_of(listed), venue_of(listed)
    events: list[Event] = []
    for at, command in taken:
        expected: list[Event] = []
        while (due := by_due.next_due) is not None and due <= at:
            expected += by_due.apply(AdvanceTime(), due)
            assert by_due.next_due is None or by_due.next_due > due, "what is due has happened"
        expected += by_due.apply(command, at)
        got = at_once.apply(command, at)
        assert got == expected
        events += got
        check(at_once)
    assert at_once.state_hash() == by_due.state_hash()
    assert [event.number for event in events] == list(range(events[0].number, events[0].number + len(events)))
    for event in events:
        assert not isinstance(event, PhaseChanged) or event.until == 0 or event.until >= event.at
    assert_trades_stay_within_bands(events, listed[0].symbol)
    bought = sum(
        event.last_quantity for event in events if isinstance(event, OrderFilled) and event.terms.side is Side.BUY
    )
    assert bought == sum(event.quantity for event in events if isinstance(event, Traded))
    assert not [event for event in events if isinstance(event, OrderCanceled) and event.canceled <= 0]


def check(venue: Venue) -> None:
    """What holds after every command."""
    for order in venue.register:
        assert order.leaves > 0
        assert order.cumulative + order.leaves == order.terms.quantity
        assert order.status is not OrderStatus.FILLED
    for market in venue.markets.values():
        bid, offer = market.book.bids.best_limit, market.book.asks.best_limit
        if market.phase is Phase.CONTINUOUS and bid is not None and offer is not None:
            assert bid < offer
        if market.phase is Phase.CLOSED:
            assert all(
                order.terms.time_in_force in (TimeInForce.GOOD_TILL_CANCEL, TimeInForce.GOOD_TILL_DATE)
                for order in venue.register
                if order.terms.symbol == market.symbol
            )


def assert_trades_stay_within_bands(events: list[Event], symbol: str) -> None:
    """Nobody who comes trades beyond the band of the moment, but in an uncross or at the closing price."""
    lowest, highest = None, None
    for event in events:
        if isinstance(event, BandsChanged):
            lowest, highest = event.lowest, event.highest
        if isinstance(event, Traded) and event.symbol == symbol and not event.is_auction:
            if event.aggressor is Side.BUY:
                assert highest is None or event.price <= highest
            else:
                assert lowest is None or event.price >= lowest
