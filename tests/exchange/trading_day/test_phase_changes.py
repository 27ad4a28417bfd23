"""What operators, halts and the timetable do to one another, and what a change of phase does to waiting orders."""

from __future__ import annotations

import msgspec
import pytest

from exchange.commands import ChangePhase, EnterOrder, ListInstrument
from exchange.orders import OrderConditions, OrderType, Peg, TimeInForce
from exchange.phases import Phase
from exchange.reference.instruments import AuctionRules, Instrument, PriceBands
from exchange.reference.rule_profile import MarketRemainder, RuleProfile
from tests.exchange.market import ACME, GTC, IOC, buy, cancel, sell
from tests.exchange.trading_day.floor import HOURS, Floor, open_day, to

X = msgspec.structs.replace(ACME, market="X")
Y = msgspec.structs.replace(X, symbol="Y")
ON_OPEN, ON_CLOSE = TimeInForce.AT_OPENING, TimeInForce.AT_CLOSE
WITHOUT_OPENING_AUCTION = (("04:00", Phase.PRE_OPEN), *HOURS[2:])


@pytest.fixture
def floor() -> Floor:
    return Floor(ACME)


def with_rules(rules: RuleProfile) -> Instrument:
    return msgspec.structs.replace(X, rules=rules)


def as_stop(order: EnterOrder, stop_price: int) -> EnterOrder:
    return msgspec.structs.replace(order, order_type=OrderType.STOP, conditions=OrderConditions(stop_price=stop_price))


def as_peg(order: EnterOrder) -> EnterOrder:
    conditions = OrderConditions(peg=Peg.PRIMARY)
    return msgspec.structs.replace(order, order_type=OrderType.PEGGED, conditions=conditions)


# Operators


def test_a_halt_and_the_way_back_through_an_auction(floor: Floor) -> None:
    floor.do("10:00", buy("B1", 10, "10.00"))
    assert floor.says("10:01", to(Phase.HALTED, reason="news"), buy("B2", 1, "9.00"), cancel("C1", "B1")) == [
        "ACME halted: news",
        "rejected B2 PHASE_FORBIDS: symbol ACME is halted: no order is taken",
        "canceled B1 by C1: 10 open, 0 done, requested",
    ]
    assert floor.says("10:30", to(Phase.REOPENING_AUCTION, reason="known by all"), buy("B3", 5, "10.05")) == [
        "ACME reopening auction until 10:32:00: known by all",
        "accepted B3 5@10.05",
    ]
    assert floor.says("11:00", sell("S1", 5, "9.95")) == [
        "ACME reopening auction held: nothing",
        "ACME continuous",
        "accepted S1 5@9.95",
        "ACME traded 5@10.05",
        "filled S1 5@10.05",
        "filled B3 5@10.05",
    ]


def test_a_halt_can_end_without_an_auction(floor: Floor) -> None:
    floor.do("10:00", to(Phase.HALTED))
    assert floor.says("10:10", to(Phase.CONTINUOUS)) == ["ACME continuous"]


def test_a_book_that_overlaps_is_uncrossed_when_a_halt_ends_without_an_auction(floor: Floor) -> None:
    floor.do("10:00", to(Phase.INTRADAY_AUCTION), buy("B1", 10, "10.05"), sell("S1", 10, "10.00"), to(Phase.HALTED))
    assert floor.says("10:10", to(Phase.CONTINUOUS), about="ACME") == [
        "ACME traded 10@10",
        "ACME reopening auction held: 10@10",
        "ACME continuous",
    ]


@pytest.mark.parametrize(
    ("phase", "held"),
    [
        (Phase.CLOSING_PRICE_CROSS, "reopening auction"),
        (Phase.POST_CLOSE, "reopening auction"),
        (Phase.CLOSED, "opening auction"),
        (Phase.PRE_OPEN, "opening auction"),
        (Phase.INTRADAY_AUCTION, "intraday auction"),
    ],
)
def test_trading_never_begins_with_a_book_that_overlaps(floor: Floor, phase: Phase, held: str) -> None:
    floor.do("10:00", to(Phase.CLOSING_PRICE_CROSS), buy("B1", 5, "9.90", GTC), sell("S1", 5, "9.80", GTC), to(phase))
    assert floor.says("10:01", to(Phase.CONTINUOUS), about="ACME") == [
        "ACME traded 5@9.9",
        f"ACME {held} held: 5@9.9",
        "ACME continuous",
    ]


@pytest.mark.parametrize(
    ("phase", "says"),
    [
        (Phase.PAUSED, ["ACME paused until 10:05:00", "ACME reopening auction until 10:07:00"]),
        (Phase.VOLATILITY_AUCTION, ["ACME volatility auction until 10:02:00", "ACME volatility auction held: nothing"]),
        (Phase.REOPENING_AUCTION, ["ACME reopening auction until 10:02:00", "ACME reopening auction held: nothing"]),
        (Phase.INTRADAY_AUCTION, ["ACME intraday auction"]),
        (Phase.POST_CLOSE, ["ACME closes at 10, 0 traded", "ACME post-close"]),
    ],
)
def test_phases_that_end_by_themselves_do_so(floor: Floor, phase: Phase, says: list[str]) -> None:
    assert (floor.says("10:00", to(phase)) + floor.says("10:06"))[: len(says)] == says


def test_durations_are_the_instruments() -> None:
    bands = PriceBands(auction_duration=30 * 10**9, pause_duration=60 * 10**9)
    floor = Floor(msgspec.structs.replace(ACME, bands=bands, auction=AuctionRules(reopening_duration=10 * 10**9)))
    assert floor.says("10:00", to(Phase.VOLATILITY_AUCTION)) == ["ACME volatility auction until 10:00:30"]
    assert floor.says("11:00", to(Phase.PAUSED))[-1] == "ACME paused until 11:01:00"
    assert floor.says("11:01") == ["ACME reopening auction until 11:01:10"]


@pytest.mark.parametrize(
    ("command", "text"),
    [
        (to(Phase.HALTED, "WHO"), "UNKNOWN_INSTRUMENT: symbol WHO is not listed"),
        (to(Phase.HALTED, market="WHERE"), "UNKNOWN_INSTRUMENT: market WHERE has no instrument"),
        (ChangePhase(Phase.HALTED), "UNKNOWN_INSTRUMENT: market (none) has no instrument"),
        (to(Phase.CLOSED), "PHASE_FORBIDS: phase ACME is closed already"),
        (to(Phase.CLOSED, market="X"), "PHASE_FORBIDS: phase market X is closed already"),
    ],
)
def test_what_operators_cannot_do(command: ChangePhase, text: str) -> None:
    assert Floor(X, Y).says("10:00", command) == [f"refused phase {text}"]


def test_a_whole_market_moves_and_what_is_there_already_stays() -> None:
    floor = Floor(X, Y, msgspec.structs.replace(ACME, symbol="Z"))
    floor.do("10:00", open_day(), to(Phase.HALTED, "Y"))
    assert floor.says("10:01", to(Phase.HALTED, market="X")) == ["ACME halted"]
    assert floor.says("10:02", to(Phase.REOPENING_AUCTION, market="X")) == [
        "ACME reopening auction until 10:04:00",
        "Y reopening auction until 10:04:00",
    ]
    assert floor.says("10:03", ChangePhase(Phase.HALTED)) == ["Z halted"], "the market without a name"


# Timetable against the rest


@pytest.mark.parametrize(
    ("begun", "meanwhile", "expected"),
    [
        ("15:49", Phase.HALTED, []),
        ("15:49", Phase.PAUSED, ["ACME closing auction until 16:00:00"]),
        ("15:49", Phase.REOPENING_AUCTION, ["ACME closing auction until 16:00:00"]),
        ("15:49", Phase.VOLATILITY_AUCTION, ["ACME closing auction until 16:00:00"]),
        ("15:49", Phase.CLOSING_AUCTION, []),
        ("09:29", Phase.HALTED, []),
        ("09:29", Phase.PAUSED, []),
        ("09:29", Phase.REOPENING_AUCTION, []),
        ("09:29", Phase.CONTINUOUS, []),
        ("16:04", Phase.HALTED, ["ACME post-close until 20:00:00"]),
        (
            "16:04",
            Phase.VOLATILITY_AUCTION,
            ["ACME volatility auction held: nothing", "ACME post-close until 20:00:00"],
        ),
    ],
)
def test_the_timetable_meets_a_phase_that_it_has_not_planned(begun: str, meanwhile: Phase, expected: list[str]) -> None:
    floor = Floor(X)
    floor.do(begun, open_day(), to(meanwhile))
    until = {"15:49": "15:50", "09:29": "09:30", "16:04": "16:05"}[begun]
    assert floor.says(until) == expected


def test_a_halt_lasts_until_the_day_is_over() -> None:
    floor = Floor(X)
    floor.do("15:00", open_day(), buy("B1", 10, "10.00"), to(Phase.HALTED))
    assert floor.says("23:00") == [
        "ACME closes at 10, 0 traded",
        "ACME post-close until 20:00:00",
        "ACME closed",
        "canceled B1: 10 open, 0 done, end of day",
    ]


def test_the_way_back_leads_to_what_the_timetable_says_by_then() -> None:
    floor = Floor(X)
    floor.do("15:40", open_day(), to(Phase.HALTED))
    assert floor.says("15:55", to(Phase.REOPENING_AUCTION)) == ["ACME reopening auction until 15:57:00"]
    assert floor.says("15:58") == ["ACME closing auction until 16:00:00"]
    floor = Floor(X)
    floor.do("15:48", open_day(), to(Phase.PAUSED))
    assert floor.says("15:55") == ["ACME closing auction until 16:00:00"]


@pytest.mark.parametrize(
    ("paused", "says"),
    [
        ("15:44:59", ["ACME reopening auction until 15:51:59", "ACME closing auction until 16:00:00"]),
        ("15:30", ["ACME reopening auction until 15:37:00", "ACME reopening auction held: nothing"]),
    ],
)
def test_a_pause_goes_over_into_an_auction(paused: str, says: list[str]) -> None:
    floor = Floor(X)
    floor.do("15:00", open_day())
    floor.do(paused, to(Phase.PAUSED))
    assert floor.says("15:50")[:2] == says


def test_a_pause_that_ends_where_nothing_is_traded_continuously() -> None:
    floor = Floor(X)
    floor.do("03:00", open_day((("03:00", Phase.CONTINUOUS), ("04:00", Phase.PRE_OPEN), ("05:00", Phase.CLOSED))))
    floor.do("03:59", to(Phase.PAUSED))
    assert floor.says("04:10") == ["ACME pre-open until 05:00:00"]
    floor.do("04:50", to(Phase.PAUSED))
    assert floor.says("04:56") == ["ACME pre-open until 05:00:00"]


def test_pre_open_that_leads_into_trading_is_the_opening_auction() -> None:
    floor = Floor(X)
    floor.do("04:00", open_day(WITHOUT_OPENING_AUCTION), buy("B1", 10, "10.00", ON_OPEN), sell("S1", 4, "10.00"))
    assert floor.says("09:30") == [
        "ACME traded 4@10",
        "filled S1 4@10",
        "filled B1 4@10",
        "ACME opening auction held: 4@10, 6 buy left",
        "canceled B1: 6 open, 4 done, auction over",
        "ACME continuous until 15:50:00",
    ]


# Orders for an auction


def test_orders_for_one_auction_trade_in_it_and_nowhere_else() -> None:
    floor = Floor(X)
    floor.do("09:00", open_day(), buy("B1", 5, "10.00", ON_OPEN), sell("S1", 5, "10.00", ON_CLOSE))
    assert floor.says("09:30", about="ACME|canceled") == [
        "ACME opening auction until 09:30:00",
        "ACME opening auction held: nothing",
        "canceled B1: 5 open, 0 done, auction over",
        "ACME continuous until 15:50:00",
    ]
    floor.do("10:00", buy("B2", 5, "10.00"), sell("S2", 5, "10.50", ON_CLOSE), buy("B3", 1, time_in_force=ON_CLOSE))
    assert floor.do("16:00")[1:] == [
        "15:50:00 ask 10: 5 in 1",
        "15:50:00 ask 10.5: 5 in 1",
        "15:50:00 bid market: 1",
        "15:50:00 ACME indicative 5@10, 1 buy left",
        "16:00:00 ACME traded 1@10",
        "16:00:00 filled B3 1@10",
        "16:00:00 filled S1 1@10",
        "16:00:00 ACME traded 4@10",
        "16:00:00 filled B2 4@10",
        "16:00:00 filled S1 4@10",
        "16:00:00 ACME closing auction held: 5@10, 1 buy left",
        "16:00:00 ACME closes at 10, 5 traded",
        "16:00:00 canceled S2: 5 open, 0 done, auction over",
        "16:00:00 ACME closing price cross until 16:05:00",
        "16:00:00 bid market: gone",
        "16:00:00 ask 10: gone",
        "16:00:00 bid 10: 1 in 1",
        "16:00:00 ask 10.5: gone",
    ]


def test_orders_for_an_auction_that_never_comes_end_with_the_day() -> None:
    floor = Floor(X)
    floor.do("10:00", open_day((("10:00", Phase.CONTINUOUS), ("11:00", Phase.CLOSED))), sell("S1", 5, "10", ON_CLOSE))
    assert floor.says("11:00") == [
        "ACME closes at 10, 0 traded",
        "ACME closed",
        "canceled S1: 5 open, 0 done, auction over",
    ]


def test_orders_that_a_halt_has_cut_off_from_their_auction_do_not_trade_continuously() -> None:
    floor = Floor(X)
    floor.do("09:29", open_day(), buy("B1", 5, "10.00", ON_OPEN), sell("S1", 5, "10.50"), to(Phase.HALTED))
    assert floor.says("09:40", to(Phase.CONTINUOUS)) == [
        "ACME continuous until 15:50:00",
        "canceled B1: 5 open, 0 done, auction over",
    ]
    floor.do("15:55", sell("S2", 5, "10.00", ON_CLOSE), to(Phase.HALTED), to(Phase.CONTINUOUS))
    assert floor.says("15:56", buy("B2", 1, "10.00")) == ["accepted B2 1@10"]
    assert floor.says("15:57", to(Phase.CLOSING_AUCTION)) == [
        "ACME closing auction until 16:00:00",
        "ACME indicative 1@10, 4 sell left",
    ]


def test_immediate_orders_that_an_auction_takes_end_with_it() -> None:
    floor = Floor(with_rules(RuleProfile(auction_takes_immediate=True)))
    floor.do("09:29", open_day(), buy("B1", 5, "10.00", IOC), sell("S1", 3, "10.00"))
    assert floor.says("09:30", about="held|canceled") == [
        "ACME opening auction held: 3@10, 2 buy left",
        "canceled B1: 2 open, 3 done, immediate remainder",
    ]


@pytest.mark.parametrize(
    ("remainder", "following", "expected"),
    [
        (MarketRemainder.CANCELED, Phase.CONTINUOUS, ["canceled B1: 4 open, 6 done, no liquidity"]),
        (MarketRemainder.CANCELED, Phase.POST_CLOSE, ["canceled B1: 4 open, 6 done, no liquidity"]),
        (MarketRemainder.RESTS_UNPRICED, Phase.CONTINUOUS, []),
        (MarketRemainder.RESTS_UNPRICED, Phase.POST_CLOSE, []),
        (MarketRemainder.RESTS_AT_PROTECTION, Phase.CONTINUOUS, ["canceled B1: 4 open, 6 done, no liquidity"]),
    ],
)
def test_what_an_auction_leaves_of_market_orders(
    remainder: MarketRemainder, following: Phase, expected: list[str]
) -> None:
    floor = Floor(with_rules(RuleProfile(market_remainder=remainder)))
    floor.do("10:00", to(Phase.INTRADAY_AUCTION), buy("B1", 10), sell("S1", 6, "10.00"))
    assert floor.says("10:01", to(following), about="canceled") == expected


def test_what_an_auction_leaves_may_trade_with_what_it_left_out() -> None:
    floor = Floor(ACME)
    floor.do("09:00", buy("B0", 1, "10.00"), sell("S0", 1, "10.00"), to(Phase.INTRADAY_AUCTION))
    all_or_none = msgspec.structs.replace(sell("S1", 5), conditions=OrderConditions(is_all_or_none=True))
    floor.do("10:00", all_or_none, buy("B1", 5))
    assert floor.says("10:01", to(Phase.CONTINUOUS)) == [
        "ACME intraday auction held: nothing",
        "ACME continuous",
        "ACME traded 5@10",
        "filled B1 5@10",
        "filled S1 5@10",
    ]


# Held orders and pegs


def test_stops_wait_for_continuous_trading() -> None:
    floor = Floor(ACME)
    floor.do("09:00", buy("B0", 1, "10.00"), sell("S0", 1, "10.00"), to(Phase.INTRADAY_AUCTION))
    stop = as_stop(buy("B1", 5), 1010)
    through = as_stop(buy("B2", 5), 990)
    floor.do("10:00", stop, through, buy("B3", 5, "10.20"), sell("S1", 5, "10.20"), sell("S2", 10, "10.30"))
    assert floor.says("10:01", to(Phase.CONTINUOUS)) == [
        "ACME traded 5@10.2",
        "filled S1 5@10.2",
        "filled B3 5@10.2",
        "ACME intraday auction held: 5@10.2",
        "ACME continuous",
        "triggered B1 by 10.2",
        "triggered B2 by 10.2",
        "ACME traded 5@10.3",
        "filled B1 5@10.3",
        "filled S2 5@10.3",
        "ACME traded 5@10.3",
        "filled B2 5@10.3",
        "filled S2 5@10.3",
    ]


def test_stops_end_with_the_day_wherever_they_are() -> None:
    floor = Floor(X)
    stop = as_stop(buy("B1", 5), 1010)
    kept = as_stop(buy("B2", 5, time_in_force=GTC), 1010)
    floor.do("10:00", open_day(), stop, kept)
    assert floor.says("23:00", about="canceled") == ["canceled B1: 5 open, 0 done, end of day"]
    assert floor.says("04:00", open_day(day=1), day=1, about="restated") == ["restated B2 5: new day"]


def test_pegs_wait_while_there_is_no_market_to_follow() -> None:
    floor = Floor(ACME)
    peg = as_peg(buy("B1", 5))
    lost = as_peg(sell("S1", 5))
    floor.do("10:00", buy("B0", 5, "10.00"), peg)
    assert floor.do("10:01", to(Phase.INTRADAY_AUCTION)) == [
        "10:01:00 ACME intraday auction",
        "10:01:00 bid 10: 5 in 1",
    ]
    floor.do("10:01", buy("B2", 5, "10.05"), lost)
    assert floor.do("10:02", to(Phase.CONTINUOUS)) == [
        "10:02:00 ACME intraday auction held: nothing",
        "10:02:00 ACME continuous",
        "10:02:00 canceled S1: 5 open, 0 done, no peg reference",
        "10:02:00 bid 10.05: 10 in 2",
    ]


# Closing price


def test_the_closing_price_is_the_auctions_or_the_last_trades_or_the_reference() -> None:
    without_auction = (("10:00", Phase.CONTINUOUS), ("16:00", Phase.POST_CLOSE), ("20:00", Phase.CLOSED))
    floor = Floor(X)
    floor.do("10:00", open_day(without_auction))
    assert floor.says("23:00", about="closes") == ["ACME closes at 10, 0 traded"]
    floor.do("10:00", open_day(without_auction, 1), buy("B1", 5, "10.10"), sell("S1", 5, "10.10"), day=1)
    assert floor.says("23:00", day=1, about="closes") == ["ACME closes at 10.1, 5 traded"]
    assert floor.says("10:00", open_day(without_auction, 2), day=2)[-1:] == ["ACME continuous until 16:00:00"]
    assert floor.says("23:00", day=2, about="closes") == ["ACME closes at 10.1, 0 traded"], "the one of the day before"


def test_no_price_at_all_is_no_closing_price() -> None:
    floor = Floor(msgspec.structs.replace(ACME, reference_price=0))
    assert floor.says("10:00", to(Phase.CLOSING_PRICE_CROSS)) == ["ACME closing price cross"]
    assert floor.says("10:00", buy("B1", 1, "10.00"), sell("S1", 1, "9.00")) == ["accepted B1 1@10", "accepted S1 1@9"]


def test_orders_that_want_all_or_nothing_are_not_in_the_closing_price_cross(floor: Floor) -> None:
    conditions = OrderConditions(is_all_or_none=True)
    floor.do("10:00", to(Phase.CLOSING_PRICE_CROSS), sell("S1", 1, "10.00"))
    all_or_none = msgspec.structs.replace(buy("B1", 1, "10.00"), conditions=conditions)
    assert floor.says("10:00", all_or_none) == ["accepted B1 1@10"]
    assert floor.says("10:00", buy("B2", 1, "10.00"), about="traded") == ["ACME traded 1@10"]


def test_each_closing_has_its_own_price(floor: Floor) -> None:
    assert floor.says("10:00", to(Phase.CLOSED), about="closes") == ["ACME closes at 10, 0 traded"]
    floor.do("11:00", to(Phase.CONTINUOUS), buy("B1", 5, "10.10"), sell("S1", 5, "10.10"))
    assert floor.says("12:00", to(Phase.CLOSED), about="closes") == ["ACME closes at 10.1, 5 traded"]


def test_a_listing_that_is_renewed_stays_in_its_phase(floor: Floor) -> None:
    floor.do("10:00", to(Phase.HALTED))
    assert floor.says("10:01", ListInstrument(ACME)) == ["listed ACME"]
    assert floor.phase() is Phase.HALTED
