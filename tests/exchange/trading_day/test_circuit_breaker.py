"""The market-wide breaker: what the market has fallen by, which levels halt it, and for how long."""

from __future__ import annotations

import msgspec
import pytest

from exchange.commands import BreakerRules, ListInstrument, SetReferencePrice
from exchange.phases import Phase
from exchange.reference.instruments import SECOND
from tests.exchange.market import ACME, buy, sell
from tests.exchange.trading_day.floor import Floor, open_day, to

X = msgspec.structs.replace(ACME, market="X")
Y = msgspec.structs.replace(X, symbol="Y")
OTHER = msgspec.structs.replace(ACME, symbol="OTHER", market="Z")
RULES = BreakerRules()


@pytest.fixture
def floor() -> Floor:
    floor = Floor(X, Y, OTHER)
    floor.do("09:30", open_day(breaker=RULES), open_day(market="Z"))
    return floor


def trade(floor: Floor, at: str, price: str, symbol: str = "ACME") -> list[str]:
    """Two orders that meet; answers what is said of phases."""
    name = f"{price}-{floor.venue.last_order_id}"
    orders = buy(f"B{name}", 1, price, symbol=symbol), sell(f"S{name}", 1, price, symbol=symbol)
    return floor.says(at, *orders, about="halted|reopening auction until|continuous")


def test_the_fall_is_the_mean_over_the_instruments_of_the_market(floor: Floor) -> None:
    assert trade(floor, "10:00", "8.60") == [
        "ACME halted until 10:15:00: the market has fallen by 7 %",
        "Y halted until 10:15:00: the market has fallen by 7 %",
    ]
    assert (floor.phase(), floor.phase("Y"), floor.phase("OTHER")) == (Phase.HALTED, Phase.HALTED, Phase.CONTINUOUS)


def test_one_basis_point_less_does_not_halt(floor: Floor) -> None:
    assert trade(floor, "10:00", "9.31") == []
    assert trade(floor, "10:00", "9.30", "Y") == []
    assert len(trade(floor, "10:00", "9.30")) == 2


def test_what_others_gain_counts_against_it(floor: Floor) -> None:
    assert trade(floor, "10:00", "11.00", "Y") == []
    assert trade(floor, "10:00", "7.61") == []
    assert len(trade(floor, "10:00", "7.60")) == 2
    assert trade(floor, "10:01", "1.00", "OTHER") == []


def test_a_halted_market_reopens_through_auctions(floor: Floor) -> None:
    trade(floor, "10:00", "8.60")
    assert floor.do("10:17") == [
        "10:15:00 ACME reopening auction until 10:17:00",
        "10:15:00 Y reopening auction until 10:17:00",
        "10:17:00 ACME reopening auction held: nothing",
        "10:17:00 ACME continuous until 15:50:00",
        "10:17:00 Y reopening auction held: nothing",
        "10:17:00 Y continuous until 15:50:00",
    ]


def test_each_level_halts_once_a_day_and_the_last_for_the_rest_of_it(floor: Floor) -> None:
    trade(floor, "10:00", "8.60")
    assert trade(floor, "10:30", "8.50") == [
        "ACME reopening auction until 10:17:00",
        "Y reopening auction until 10:17:00",
        "ACME continuous until 15:50:00",
        "Y continuous until 15:50:00",
    ]
    assert trade(floor, "11:00", "7.40")[0] == "ACME halted until 11:15:00: the market has fallen by 13 %"
    assert trade(floor, "12:00", "7.00")[2:] == ["ACME continuous until 15:50:00", "Y continuous until 15:50:00"]
    assert trade(floor, "12:00", "6.00") == [
        "ACME halted: the market has fallen by 20 %",
        "Y halted: the market has fallen by 20 %",
    ]
    assert floor.says("23:00", about="ACME") == [
        "ACME closes at 6, 5 traded",
        "ACME post-close until 20:00:00",
        "ACME closed",
    ]


def test_a_fall_through_two_levels_at_once_is_the_lower_one(floor: Floor) -> None:
    assert trade(floor, "10:00", "7.40")[0] == "ACME halted until 10:15:00: the market has fallen by 13 %"
    assert len(trade(floor, "10:30", "8.60")) == 4, "the first level is spent too"


@pytest.mark.parametrize(("at", "price", "halts"), [("15:14", "8.60", 2), ("15:15", "8.60", 0), ("15:15", "6.00", 2)])
def test_shortly_before_the_close_only_the_last_level_halts(floor: Floor, at: str, price: str, halts: int) -> None:
    assert len(trade(floor, at, price)) == halts


def test_the_next_day_begins_anew(floor: Floor) -> None:
    trade(floor, "10:00", "8.60")
    floor.do("23:00")
    floor.do("09:30", open_day(day=1, breaker=RULES), day=1)
    assert floor.says("10:00", buy("B1", 1, "8.60"), sell("S1", 1, "8.60"), day=1, about="halted") == []
    assert len(floor.says("10:00", buy("B2", 1, "7.00"), sell("S2", 1, "7.00"), day=1, about="halted")) == 2
    floor.do("23:00", day=1)
    floor.do("09:30", open_day(day=2), day=2)
    assert floor.says("10:00", buy("B3", 1, "1.00"), sell("S3", 1, "1.00"), day=2, about="halted") == []


def test_levels_are_settings() -> None:
    floor = Floor(X)
    rules = BreakerRules(250, 0, 0, 60 * SECOND, 0)
    floor.do("09:30", open_day(breaker=rules))
    assert trade(floor, "15:49", "9.75") == ["ACME halted until 15:50:00: the market has fallen by 2.5 %"]
    floor = Floor(X)
    floor.do("09:30", open_day(breaker=BreakerRules(0, 0, 0)))
    assert trade(floor, "10:00", "0.01") == []


def test_what_is_halted_or_over_stays_as_it_is(floor: Floor) -> None:
    floor.do("10:00", to(Phase.HALTED, "Y", reason="news"))
    assert trade(floor, "10:01", "8.60") == ["ACME halted until 10:16:00: the market has fallen by 7 %"]
    assert floor.says("10:20", about="Y") == []


def test_a_fall_in_an_auction_halts_too(floor: Floor) -> None:
    floor.do("10:00", to(Phase.INTRADAY_AUCTION), buy("B1", 1, "8.00"), sell("S1", 1, "8.00"))
    assert floor.says("10:01", to(Phase.CONTINUOUS), about="halted") == [
        "ACME halted until 10:16:00: the market has fallen by 7 %",
        "Y halted until 10:16:00: the market has fallen by 7 %",
    ]


def test_new_instruments_count_and_those_without_a_reference_do_not() -> None:
    floor = Floor(X, msgspec.structs.replace(Y, reference_price=0))
    floor.do("09:30", open_day(breaker=RULES))
    assert trade(floor, "10:00", "1.00", "Y") == []
    floor.do("10:00", ListInstrument(msgspec.structs.replace(X, symbol="NEW")))
    assert trade(floor, "10:00", "10.00", "NEW") == []
    assert trade(floor, "10:00", "9.30") == []
    assert len(trade(floor, "10:00", "8.60")) == 3


def test_a_fall_is_measured_from_a_reference_price_that_an_operator_has_set_since(floor: Floor) -> None:
    trade(floor, "10:00", "9.00")
    assert floor.says("10:00", SetReferencePrice("ACME", 450)) == []
    assert trade(floor, "10:00", "4.50") == []
    assert trade(floor, "10:00", "3.88") == []
    assert len(trade(floor, "10:00", "3.87")) == 2


def test_a_level_that_is_spent_is_in_the_hash(floor: Floor) -> None:
    other = Floor(X, Y, OTHER)
    other.do("09:30", open_day(breaker=BreakerRules(0, 0, 0)), open_day(market="Z"))
    for one in (floor, other):
        trade(one, "10:00", "8.60")
        one.do("23:00")
    assert floor.venue.state_hash() != other.venue.state_hash()
