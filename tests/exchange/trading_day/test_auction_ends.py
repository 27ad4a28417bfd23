"""How auctions end: at a random moment, later at the collar or for market orders; and the indicative price."""

from __future__ import annotations

import msgspec
import pytest

from exchange.commands import Command, SetReferencePrice
from exchange.events import IndicativeChanged, PhaseChanged
from exchange.orders import OrderConditions
from exchange.phases import Phase
from exchange.reference.instruments import SECOND, AuctionRules, Instrument
from exchange.trading_day.indicative import DEEP_LEVELS
from tests.exchange.market import ACME, buy, cancel, sell
from tests.exchange.trading_day.floor import Floor, line_of, moment, open_day, to

X = msgspec.structs.replace(ACME, market="X")


def with_auction(**rules: int | bool) -> Instrument:
    return msgspec.structs.replace(X, auction=AuctionRules(**rules))  # type: ignore[arg-type]


# Random end


def ends(seed: int, symbols: tuple[str, ...] = ("ACME",), longest: int = 30 * SECOND) -> dict[str, int]:
    """How long after 9:30 the opening auction of each instrument ends."""
    instrument = with_auction(random_end=longest)
    floor = Floor(*(msgspec.structs.replace(instrument, symbol=symbol) for symbol in symbols))
    floor.do("09:29", open_day(seed=seed))
    floor.do("09:31")
    changes = [event for event in floor.events if isinstance(event, PhaseChanged)]
    return {event.symbol: event.at - moment("09:30") for event in changes if event.previous is Phase.OPENING_AUCTION}


def test_an_auction_ends_at_a_random_moment_of_the_seed() -> None:
    lengths = {seed: ends(seed)["ACME"] for seed in range(40)}
    assert all(0 <= length <= 30 * SECOND for length in lengths.values())
    assert len(set(lengths.values())) == 40
    assert min(lengths.values()) < 3 * SECOND
    assert max(lengths.values()) > 27 * SECOND
    assert ends(7) == ends(7)


def test_each_instrument_has_its_own_random_moment() -> None:
    lengths = ends(1, ("ACME", "B", "C"))
    assert len(set(lengths.values())) == 3
    assert lengths == ends(1, ("C", "ACME", "B")), "whatever the order of the listings"


def test_an_auction_whose_random_end_is_still_to_come_is_over_when_the_market_closes() -> None:
    floor = Floor(with_auction(random_end=1000 * SECOND))
    hours = (("10:00", Phase.CLOSING_AUCTION), ("10:01", Phase.POST_CLOSE), ("10:01:01", Phase.CLOSED))
    floor.do("10:00", open_day(hours), buy("B1", 10, "10.00"), sell("S1", 10, "10.00"))
    assert floor.says("10:02", about="ACME") == [
        "ACME traded 10@10",
        "ACME closing auction held: 10@10",
        "ACME closes at 10, 10 traded",
        "ACME closed",
    ]


# Extensions


def test_an_auction_outside_the_collar_is_extended_so_many_times() -> None:
    floor = Floor(with_auction(collar_basis_points=500, extension=60 * SECOND, extensions_max=2))
    floor.do("09:29", open_day(), buy("B1", 10, "10.51"), sell("S1", 10, "10.51"))
    why = "extended: 10.51 is more than 500 basis points away from the reference price 10"
    assert [line_of(event) for event in floor.apply("09:33", to(Phase.HALTED)) if isinstance(event, PhaseChanged)] == [
        f"09:30:00 ACME opening auction until 09:31:00: {why}",
        f"09:31:00 ACME opening auction until 09:32:00: {why}",
        "09:32:00 ACME continuous until 15:50:00",
        "09:33:00 ACME halted",
    ]


@pytest.mark.parametrize(("price", "is_extended"), [("10.50", False), ("10.51", True), ("9.50", False), ("9.49", True)])
def test_the_collar_is_a_share_of_the_reference_price(price: str, is_extended: bool) -> None:
    floor = Floor(with_auction(collar_basis_points=500))
    floor.do("09:29", open_day(), buy("B1", 10, price), sell("S1", 10, price))
    floor.do("09:30")
    assert (floor.phase() is Phase.OPENING_AUCTION) is is_extended


def test_an_auction_that_comes_back_into_the_collar_ends() -> None:
    floor = Floor(with_auction(collar_basis_points=500))
    floor.do("09:29", open_day(), buy("B1", 10, "10.51"), sell("S1", 10, "10.51"))
    floor.do("09:30:30", sell("S2", 10, "10.20"))
    assert floor.says("09:31", about="held") == ["ACME opening auction held: 10@10.2"]
    assert floor.says("15:50", about="closing") == ["ACME closing auction until 16:00:00"], "extensions count anew"


def test_the_collar_is_measured_from_the_last_trade_or_a_newer_reference() -> None:
    floor = Floor(with_auction(collar_basis_points=500))
    floor.do("10:00", open_day(), buy("B1", 1, "12.00"), sell("S1", 1, "12.00"))
    floor.do("15:51", buy("B2", 10, "12.10"), sell("S2", 10, "12.10"))
    assert floor.says("16:00", about="held") == ["ACME closing auction held: 10@12.1"]
    floor = Floor(with_auction(collar_basis_points=500))
    floor.do("10:00", open_day(), buy("B1", 1, "12.00"), sell("S1", 1, "12.00"), SetReferencePrice("ACME", 1000))
    floor.do("15:51", buy("B2", 10, "12.10"), sell("S2", 10, "12.10"))
    why = "extended: 12.1 is more than 500 basis points away from the reference price 10"
    assert floor.says("16:00", about="extended") == [f"ACME closing auction until 16:01:00: {why}"]


@pytest.mark.parametrize(
    ("orders", "why"),
    [
        ([buy("B1", 10), sell("S1", 4, "10.00")], "6 shares of market orders would stay unfilled"),
        ([sell("S1", 10), sell("S2", 5), buy("B1", 4, "10.00")], "11 shares of market orders would stay unfilled"),
        ([buy("B1", 10)], "10 shares of market orders would stay unfilled"),
        ([buy("B1", 10), sell("S1", 10, "10.00")], ""),
        ([buy("B1", 20, "10.00"), sell("S1", 10, "10.00")], ""),
        ([], ""),
    ],
)
def test_market_orders_that_would_stay_unfilled_extend(orders: list[Command], why: str) -> None:
    floor = Floor(with_auction(extends_for_market_orders=True))
    floor.do("09:29", open_day(), *orders)
    expected = [f"ACME opening auction until 09:31:00: extended: {why}"] if why else []
    assert floor.says("09:30", about="extended") == expected


def test_an_auction_without_a_price_has_no_collar() -> None:
    floor = Floor(with_auction(collar_basis_points=1))
    floor.do("09:29", open_day(), buy("B1", 10, "10.00"))
    assert floor.says("09:30", about="held|extended") == ["ACME opening auction held: nothing"]


def test_an_auction_that_is_extended_beyond_the_next_phase_leads_to_what_is_planned_by_then() -> None:
    floor = Floor(with_auction(collar_basis_points=1, extension=360 * SECOND, extensions_max=1))
    floor.do("15:55", open_day(), buy("B1", 10, "20.00"), sell("S1", 10, "20.00"))
    assert floor.says("16:06", about="held|post|cross") == [
        "ACME closing auction held: 10@20",
        "ACME post-close until 20:00:00",
    ]


def test_an_operator_ends_an_auction_at_once() -> None:
    floor = Floor(with_auction(random_end=30 * SECOND, collar_basis_points=1))
    floor.do("09:29", open_day(), buy("B1", 10, "20.00"), sell("S1", 10, "20.00"))
    assert floor.says("09:29", to(Phase.CONTINUOUS), about="held") == ["ACME opening auction held: 10@20"]


def test_a_way_back_ends_at_a_random_moment_too() -> None:
    floor = Floor(with_auction(random_end=30 * SECOND))
    floor.do("12:00", open_day(), to(Phase.HALTED), to(Phase.REOPENING_AUCTION))
    due = floor.venue.next_due
    assert due is not None
    assert moment("12:02") <= due <= moment("12:02:30")


# Indicative price


def test_the_indicative_price_is_told_when_it_changes() -> None:
    floor = Floor(ACME)
    floor.do("10:00", to(Phase.INTRADAY_AUCTION))
    hidden = msgspec.structs.replace(buy("B3", 7, "10.05"), conditions=OrderConditions(display_quantity=0))
    steps: list[tuple[Command, str | None]] = [
        (buy("B1", 10, "10.00"), None),
        (sell("S1", 10, "10.10"), None),
        (sell("S2", 4, "10.00"), "4@10, 6 buy left"),
        (buy("B2", 10, "9.00"), None),
        (sell("S3", 10, "11.00"), None),
        (hidden, "4@10.05, 3 buy left"),
        (sell("S4", 3), "7@10.01"),
        (cancel("C1", "S4"), "4@10.05, 3 buy left"),
        (cancel("C2", "B1"), None),
        (cancel("C3", "B3"), "nothing"),
        (buy("B4", 4, "10.05"), "4@10"),
        (cancel("C4", "S2"), "nothing"),
        (buy("B5", 1), "1@10.1, 9 sell left"),
        (sell("S5", 1), "1@10.06"),
    ]
    for command, told in steps:
        says = floor.says("10:00", command, about="indicative")
        assert says == ([f"ACME indicative {told}"] if told else []), command


def test_pre_open_has_no_indicative_price() -> None:
    floor = Floor(ACME)
    floor.do("10:00", to(Phase.PRE_OPEN))
    assert floor.says("10:00", buy("B1", 1, "10.00"), sell("S1", 1, "10.00"), about="indicative") == []
    assert floor.says("10:01", to(Phase.OPENING_AUCTION), about="indicative") == ["ACME indicative 1@10"]


def test_where_very_much_overlaps_it_is_told_every_tenth_of_a_second() -> None:
    floor = Floor(ACME)
    floor.do("10:00", to(Phase.INTRADAY_AUCTION), sell("S1", 1, "0.01"))
    levels = range(1, DEEP_LEVELS)
    for price in levels:
        assert len(floor.says("10:00", buy(f"B{price}", 1, f"10.{price:02}"), about="indicative")) == 1
    assert floor.says("10:00", buy("A1", 5, "11.00"), buy("A2", 5, "12.00"), about="indicative") == []
    assert floor.venue.next_due == moment("10:00:00.1")
    assert floor.do("10:00:01")[-1] == "10:00:00.1 ACME indicative 1@12, 4 buy left"
    assert floor.says("10:00:01", buy("A3", 5, "13.00"), about="indicative") == ["ACME indicative 1@13, 4 buy left"]
    floor.do("10:00:01", buy("A4", 5, "14.00"))
    assert floor.says("10:00:02", to(Phase.CONTINUOUS), about="indicative|held") == [
        "ACME indicative 1@14, 4 buy left",
        "ACME intraday auction held: 1@14, 4 buy left",
    ]
    floor.do("10:00:03", to(Phase.INTRADAY_AUCTION), sell("S2", 1, "0.01"))
    floor.do("10:00:03", buy("A5", 5, "15.00"), to(Phase.CONTINUOUS))
    assert floor.says("10:00:04", about="indicative") == [], "an auction that is over has none"


def test_it_is_not_looked_for_where_nothing_changes_what_overlaps() -> None:
    floor = Floor(ACME)
    floor.do("10:00", to(Phase.INTRADAY_AUCTION), buy("B1", 5, "10.10"), sell("S1", 5, "10.00"))
    auction = floor.venue.day.phases.calls["ACME"]
    steps: list[tuple[Command, bool]] = [
        (buy("B2", 1, "9.99"), False),
        (sell("S2", 1, "10.11"), False),
        (cancel("C1", "B2"), False),
        (buy("B3", 1, "10.00"), True),
        (sell("S3", 1, "10.10"), True),
        (cancel("C2", "S3"), True),
        (sell("S4", 1), True),
        (buy("B4", 1, "9.00"), True),
        (cancel("C3", "S4"), True),
        (buy("B5", 1, "9.00"), False),
    ]
    for number, (command, is_looked_for) in enumerate(steps, 1):
        at = moment("10:00") + number * SECOND
        floor.do(at, command)
        assert (auction.indicative_at == at) is is_looked_for, command


def test_every_instrument_has_its_own() -> None:
    floor = Floor(X, msgspec.structs.replace(X, symbol="Y"))
    floor.do("09:28", open_day(), buy("B1", 5, "10.00"), sell("S1", 5, "10.00"))
    floor.do("09:28", buy("B2", 5, "10.00", symbol="Y"))
    told = floor.apply("09:29", sell("S2", 5, "9.00", symbol="Y"))
    assert [event.symbol for event in told if isinstance(event, IndicativeChanged)] == ["Y"]
