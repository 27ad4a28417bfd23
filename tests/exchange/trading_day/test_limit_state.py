"""Limit up, limit down: the reference that follows the mean of five minutes, the limit state, and the pause."""

from __future__ import annotations

from fractions import Fraction

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.commands import ListInstrument, SetReferencePrice
from exchange.orders import OrderConditions, OrderType
from exchange.phases import Phase
from exchange.reference.instruments import SECOND, BandAction, PriceBands
from tests.exchange.market import ACME, buy, cancel, sell
from tests.exchange.trading_day.floor import Floor, moment, open_day, to

LULD = PriceBands(dynamic_basis_points=500, action=BandAction.LIMIT_STATE)
X = msgspec.structs.replace(ACME, market="X", bands=LULD)


@pytest.fixture
def floor() -> Floor:
    floor = Floor(X)
    floor.do("09:30", open_day())
    return floor


def trade(floor: Floor, at: str, price: str, quantity: int = 1) -> list[str]:
    """Two orders that meet; answers what is said of bands."""
    name = f"{price}-{floor.venue.last_order_id}"
    return floor.says(at, buy(f"B{name}", quantity, price), sell(f"S{name}", quantity, price), about="band")


# Limit state


def test_a_bid_that_waits_at_the_upper_band_for_15_seconds_pauses_trading(floor: Floor) -> None:
    floor.do("10:00", sell("S2", 5, "10.60"))
    assert floor.says("10:01", buy("B2", 10, "10.70")) == [
        "accepted B2 10@10.7",
        "ACME band 9.5 to 10.5 around 10, buy side at its limit",
    ]
    assert floor.do("10:10") == [
        "10:01:15 ACME paused until 10:06:15: trading stood at the highest price 10.5 for 15 s",
        "10:01:15 ACME band 9.5 to 10.5 around 10",
        "10:06:15 ACME reopening auction until 10:08:15",
        "10:06:15 bid 10.5: gone",
        "10:06:15 bid 10.7: 10 in 1",
        "10:06:15 ACME indicative 5@10.7, 5 buy left",
        "10:08:15 ACME traded 5@10.7",
        "10:08:15 filled B2 5@10.7",
        "10:08:15 filled S2 5@10.7",
        "10:08:15 ACME reopening auction held: 5@10.7, 5 buy left",
        "10:08:15 ACME continuous until 15:50:00",
        "10:08:15 ACME band 10.17 to 11.23 around 10.7",
        "10:08:15 bid 10.7: 5 in 1",
        "10:08:15 ask 10.6: gone",
    ]


def test_a_bid_at_the_band_is_enough_and_an_offer_at_the_lower_one_too(floor: Floor) -> None:
    assert floor.says("10:00", buy("B1", 1, "10.49"), about="band") == []
    assert floor.says("10:00", buy("B2", 1, "10.50"), about="band") == [
        "ACME band 9.5 to 10.5 around 10, buy side at its limit"
    ]
    assert floor.says("10:00", cancel("C1", "B2"), about="band") == ["ACME band 9.5 to 10.5 around 10"]
    assert floor.says("10:01", about="paused") == []
    floor.do("10:01", cancel("C2", "B1"))
    assert floor.says("10:02", sell("S1", 1, "9.50"), about="band") == [
        "ACME band 9.5 to 10.5 around 10, sell side at its limit"
    ]
    assert floor.says("10:02:14.9", buy("B3", 1, "9.60"), about="band") == ["ACME band 9.5 to 10.5 around 10"]
    assert floor.says("10:03", about="paused") == []


def test_a_limit_state_that_was_left_begins_anew(floor: Floor) -> None:
    floor.do("10:00", buy("B1", 1, "10.50"))
    floor.do("10:00:10", cancel("C1", "B1"), buy("B2", 1, "10.50"))
    assert floor.do("10:00:24") == []
    assert floor.says("10:00:25")[0].startswith("ACME paused until 10:05:25")


def test_an_operator_ends_a_limit_state(floor: Floor) -> None:
    floor.do("10:00", buy("B1", 1, "10.50"))
    assert floor.says("10:00:05", to(Phase.HALTED)) == ["ACME halted", "ACME band 9.5 to 10.5 around 10"]
    assert floor.says("10:01") == []
    assert floor.says("10:02", to(Phase.CONTINUOUS)) == [
        "ACME continuous until 15:50:00",
        "ACME band 9.5 to 10.5 around 10, buy side at its limit",
    ]


def test_durations_are_the_instruments() -> None:
    bands = msgspec.structs.replace(LULD, limit_state_duration=3 * SECOND, pause_duration=20 * SECOND)
    floor = Floor(msgspec.structs.replace(X, bands=bands))
    floor.do("10:00", open_day(), buy("B1", 1, "10.50"))
    assert floor.do("10:00:23") == [
        "10:00:03 ACME paused until 10:00:23: trading stood at the highest price 10.5 for 3 s",
        "10:00:03 ACME band 9.5 to 10.5 around 10",
        "10:00:23 ACME reopening auction until 10:02:23",
    ]


def test_new_rules_end_a_limit_state(floor: Floor) -> None:
    refused = msgspec.structs.replace(X, bands=PriceBands(dynamic_basis_points=500))
    floor.do("10:00", buy("B1", 1, "10.50"))
    assert floor.says("10:00:01", ListInstrument(refused))[1:] == ["ACME band 9.5 to 10.5 around 10"]
    assert floor.says("10:01") == []
    floor.do("10:01", ListInstrument(X), cancel("C1", "B1"), buy("B2", 1, "10.50"))
    assert floor.says("10:01:01", ListInstrument(msgspec.structs.replace(X, bands=None)))[1:] == [
        "ACME band any to any around 0"
    ]
    assert floor.says("10:02") == []


# Reference


def test_the_reference_follows_the_mean_when_that_is_one_percent_away(floor: Floor) -> None:
    assert trade(floor, "10:00", "10.09") == []
    assert trade(floor, "10:00:01", "10.10") == []
    assert trade(floor, "10:00:02", "10.11") == ["ACME band 9.6 to 10.6 around 10.1"]


def test_trades_count_alike_whatever_their_quantity_and_odd_lots_not_at_all() -> None:
    floor = Floor(msgspec.structs.replace(X, lot=10, takes_odd_lots=True))
    floor.do("09:30", open_day())
    assert trade(floor, "10:00", "10.40", 9) == []
    assert trade(floor, "10:00:01", "10.00", 1000) == []
    assert trade(floor, "10:00:02", "10.20", 10) == ["ACME band 9.6 to 10.6 around 10.1"]
    floor.do("10:01", sell("S1", 9, "10.10"), sell("S2", 10, "10.43"))
    assert floor.says("10:01", buy("B1", 19, "10.43"), about="band") == ["ACME band 9.7 to 10.72 around 10.21"]


def test_stops_that_wait_for_trading_are_no_trades(floor: Floor) -> None:
    assert trade(floor, "10:00", "10.05") == []
    stop = msgspec.structs.replace(buy("B1", 1), order_type=OrderType.STOP, conditions=OrderConditions(stop_price=1100))
    floor.do("10:00", stop, to(Phase.HALTED))
    assert floor.says("10:01", to(Phase.CONTINUOUS)) == ["ACME continuous until 15:50:00"]


def test_trades_of_one_second_count_each(floor: Floor) -> None:
    floor.do("10:00", *(sell(f"S{number}", 1, price) for number, price in enumerate(("10.05", "10.06", "10.30"))))
    assert floor.says("10:00:00.3", buy("B1", 2, "10.06"), about="band") == []
    assert floor.says("10:00:00.9", buy("B2", 1, "10.30"), about="band") == ["ACME band 9.64 to 10.64 around 10.14"]


def test_it_stays_for_thirty_seconds_at_least(floor: Floor) -> None:
    assert trade(floor, "10:00", "10.20") == ["ACME band 9.69 to 10.71 around 10.2"]
    assert trade(floor, "10:00:10", "10.60") == []
    assert floor.do("10:01") == ["10:00:30 ACME band 9.88 to 10.92 around 10.4"]


def test_it_moves_when_trades_grow_older_than_five_minutes(floor: Floor) -> None:
    assert trade(floor, "10:00", "10.08") == []
    assert trade(floor, "10:02", "10.11") == []
    assert floor.do("10:20") == ["10:05:30 ACME band 9.61 to 10.61 around 10.11"]
    assert floor.venue.next_due == moment("15:50"), "nothing is looked at while there are no trades"


def test_it_stands_still_in_a_limit_state(floor: Floor) -> None:
    floor.do("10:00", sell("S1", 1, "10.50"), buy("B1", 1, "10.50"))
    assert floor.venue.markets["ACME"].book.highest_tradable == 1102
    floor.do("10:01", buy("B2", 5, "11.02"))
    assert trade(floor, "10:01:05", "11.02") == []
    assert floor.says("10:02")[0].startswith("ACME paused until 10:06:15: trading stood at the highest price 11.02")


def test_it_goes_on_when_a_limit_state_is_left(floor: Floor) -> None:
    trade(floor, "10:00", "10.20")
    trade(floor, "10:00:10", "10.60")
    floor.do("10:00:20", buy("B1", 1, "10.71"))
    assert floor.says("10:00:34", cancel("C1", "B1")) == [
        "canceled B1 by C1: 1 open, 0 done, requested",
        "ACME band 9.69 to 10.71 around 10.2",
    ]
    assert floor.do("10:01:30") == ["10:01:00 ACME band 9.88 to 10.92 around 10.4"]


def test_what_it_is_made_of_is_in_the_hash() -> None:
    once, twice = Floor(X), Floor(X)
    for floor in (once, twice):
        floor.do("09:30", open_day())
    trade(once, "10:00", "10.05")
    trade(twice, "10:00:01", "10.05")
    once.do("10:00:02")
    twice.do("10:00:02")
    assert once.venue.state_hash() != twice.venue.state_hash()


def test_an_auction_or_an_operator_sets_it_anew(floor: Floor) -> None:
    trade(floor, "10:00", "10.20")
    assert floor.says("10:01", SetReferencePrice("ACME", 2000)) == ["ACME band 19 to 21 around 20"]
    assert trade(floor, "10:01", "19.50") == []
    floor.do("10:02", to(Phase.INTRADAY_AUCTION), buy("B1", 1, "15.00"), sell("S1", 1, "15.00"))
    assert floor.says("10:03", to(Phase.CONTINUOUS), about="band") == ["ACME band 14.25 to 15.75 around 15"]
    assert trade(floor, "10:03:29", "15.20") == [], "trades before the auction count no more"
    assert trade(floor, "10:03:30", "15.20") == ["ACME band 14.44 to 15.96 around 15.2"]


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(1, 90), st.integers(980, 1020)), min_size=1, max_size=25))
def test_any_trades_move_it_as_their_plain_list_would(trades: list[tuple[int, int]]) -> None:
    floor = Floor(X)
    floor.do("09:30", open_day((("09:30", Phase.CONTINUOUS), ("20:00", Phase.CLOSED))))
    seconds, made, reference, moved_at = 0, list[tuple[int, int]](), 1000, 0
    for after, price in trades:
        for _ in range(after):
            seconds += 1
            if _is_looked_at(floor, seconds) and seconds >= moved_at + 30:
                moved = _moved(made, seconds, reference)
                reference, moved_at = (moved, seconds) if moved else (reference, moved_at)
        trade(floor, _clock(seconds), f"{price / 100:.2f}")
        made.append((seconds, price))
        if seconds >= moved_at + 30:
            moved = _moved(made, seconds, reference)
            reference, moved_at = (moved, seconds) if moved else (reference, moved_at)
        book = floor.venue.markets["ACME"].book
        reach = reference * 500 // 10_000
        assert (book.lowest_tradable, book.highest_tradable) == (reference - reach, reference + reach)


def _moved(made: list[tuple[int, int]], now: int, reference: int) -> int:
    """The mean of five minutes, when it is 1 % away from the reference; else 0."""
    prices = [price for second, price in made if second >= now - 300]
    if not prices or abs(Fraction(sum(prices), len(prices)) / reference - 1) < Fraction(1, 100):
        return 0
    return (2 * sum(prices) + len(prices)) // (2 * len(prices))


def _is_looked_at(floor: Floor, second: int) -> bool:
    """Whether the venue has something due at this second: then it looks at the mean without a trade."""
    at = moment("09:30") + second * SECOND
    due = floor.venue.next_due
    is_due = due == at
    if due is not None and due <= at:
        floor.apply(at, to(Phase.CONTINUOUS))
    return is_due


def _clock(seconds: int) -> str:
    minutes = 30 + seconds // 60
    return f"{9 + minutes // 60:02}:{minutes % 60:02}:{seconds % 60:02}"
