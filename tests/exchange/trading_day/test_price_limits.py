"""Price bands: where they are, how they follow, and what happens to orders that would trade beyond them."""

from __future__ import annotations

from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.commands import ListInstrument, SetReferencePrice
from exchange.orders import TimeInForce
from exchange.phases import Phase
from exchange.reference.instruments import SECOND, BandAction, Instrument, PriceBands, TickStep
from tests.exchange.market import ACME, GTC, IOC, buy, sell
from tests.exchange.trading_day.floor import Floor, open_day, to


def with_bands(
    static: int = 0, dynamic: int = 0, action: BandAction = BandAction.REFUSED, doubled: int = 0
) -> Instrument:
    bands = PriceBands(static, dynamic, action, doubled_before_close=doubled)
    return msgspec.structs.replace(ACME, market="X", bands=bands)


# Where they are


@pytest.mark.parametrize(
    ("instrument", "expected"),
    [
        (with_bands(static=1000), "9 to 11 around 10"),
        (with_bands(dynamic=500), "9.5 to 10.5 around 10"),
        (with_bands(static=1000, dynamic=500), "9.5 to 10.5 around 10"),
        (with_bands(static=500, dynamic=1000), "9.5 to 10.5 around 10"),
        (with_bands(static=5), "9.99 to 10.01 around 10"),
        (msgspec.structs.replace(with_bands(static=333), tick=5), "9.7 to 10.3 around 10"),
        (msgspec.structs.replace(with_bands(static=1000), ticks=(TickStep(1000, 40),)), "9 to 10.8 around 10"),
    ],
)
def test_bands_are_ticks_within_a_share_of_the_reference(instrument: Instrument, expected: str) -> None:
    floor = Floor(instrument)
    assert floor.says("00:00", SetReferencePrice("ACME", 2000), SetReferencePrice("ACME", 1000))[-1] == (
        f"ACME band {expected}"
    )


@given(st.integers(1, 9_999), st.integers(1, 5_000), st.sampled_from([1, 5, 25]))
def test_bands_are_as_wide_as_they_say_or_a_tick(reference: int, share: int, tick: int) -> None:
    floor = Floor(msgspec.structs.replace(with_bands(static=share), tick=tick, reference_price=reference))
    book = floor.venue.markets["ACME"].book
    reach = max(Fraction(reference * share, 10_000), Fraction(tick))
    for limit in (book.lowest_tradable, book.highest_tradable):
        assert limit % tick == 0
        assert abs(limit - reference) <= reach
    assert book.highest_tradable - book.lowest_tradable > 2 * (reach - tick) - 2


def test_without_a_reference_there_is_no_band() -> None:
    floor = Floor(msgspec.structs.replace(with_bands(static=1000), reference_price=0))
    floor.do("10:00", open_day())
    assert floor.says("10:00", buy("B1", 1, "99.00")) == ["accepted B1 1@99"]


def test_the_static_band_follows_auctions_and_days_and_the_dynamic_one_each_trade() -> None:
    floor = Floor(with_bands(static=2000, dynamic=500))
    assert floor.says("09:28", open_day(), about="band") == []
    floor.do("09:29", buy("B1", 5, "10.50"), sell("S1", 5, "10.50"))
    assert floor.says("09:30", about="band") == ["ACME band 9.98 to 11.02 around 10.5"]
    for price, band in [
        ("11.00", "10.45 to 11.55 around 11"),
        ("11.50", "10.93 to 12.07 around 11.5"),
        ("12.00", "11.4 to 12.6 around 12"),
        ("12.60", "11.97 to 12.6 around 12.6"),
    ]:
        says = floor.says("10:00", buy(f"B{price}", 5, price), sell(f"S{price}", 5, price), about="band")
        assert says == [f"ACME band {band}"]
    floor.do("15:51", buy("B2", 5, "12.00"), sell("S2", 5, "12.00"))
    assert floor.says("16:00", about="band") == ["ACME band 11.4 to 12.6 around 12"]
    floor.do("23:00")
    assert floor.says("09:00", open_day(day=1), day=1, about="band") == []
    assert floor.says("09:00", SetReferencePrice("ACME", 2000), day=1, about="band") == ["ACME band 19 to 21 around 20"]
    assert floor.says("09:00", SetReferencePrice("WHO", 2000), day=1) == [
        "refused reference-price UNKNOWN_INSTRUMENT: symbol WHO is not listed"
    ]


def test_new_rules_change_bands_and_end_them() -> None:
    floor = Floor(with_bands(static=1000))
    assert floor.says("10:00", ListInstrument(with_bands(static=500)))[1:] == ["ACME band 9.5 to 10.5 around 10"]
    assert floor.says("10:01", ListInstrument(ACME))[1:] == ["ACME band any to any around 0"]
    assert floor.says("10:02", ListInstrument(ACME), SetReferencePrice("ACME", 500))[1:] == []
    assert floor.says("10:03", ListInstrument(with_bands(static=1000)))[1:] == ["ACME band 4.5 to 5.5 around 5"]


def test_a_static_band_that_no_longer_has_the_last_price_holds_alone() -> None:
    floor = Floor(with_bands(static=5000, dynamic=100))
    floor.do("10:00", open_day())
    for number, price in enumerate(range(1000, 1090, 10)):
        text = f"{price / 100:.2f}"
        floor.do("10:00", buy(f"B{number}", 1, text), sell(f"S{number}", 1, text))
    assert floor.says("10:01", ListInstrument(with_bands(static=100, dynamic=100)))[1:] == [
        "ACME band 9.9 to 10.1 around 10.8"
    ]


# Refused


def test_limits_beyond_the_band_are_refused_and_market_orders_stop_there() -> None:
    floor = Floor(with_bands(static=1000))
    floor.do("10:00", open_day(), sell("S1", 5, "10.90"), sell("S2", 5, "11.00"))
    assert floor.says("10:00", buy("B1", 1, "11.01"), sell("S3", 5, "8.99")) == [
        "rejected B1 PRICE_OUTSIDE_BAND: price 11.01 is outside the band 9 to 11",
        "rejected S3 PRICE_OUTSIDE_BAND: price 8.99 is outside the band 9 to 11",
    ]
    floor.do("10:00", SetReferencePrice("ACME", 995))
    assert floor.says("10:00", buy("B2", 20)) == [
        "accepted B2 20@market",
        "ACME traded 5@10.9",
        "filled B2 5@10.9",
        "filled S1 5@10.9",
        "canceled B2: 15 open, 5 done, protection reached",
    ]


# Volatility auction


def test_an_order_that_would_trade_beyond_the_band_begins_an_auction() -> None:
    floor = Floor(with_bands(dynamic=500, action=BandAction.AUCTION))
    floor.do("10:00", open_day(), sell("S1", 5, "10.50"), sell("S2", 5, "10.51"))
    assert floor.do("10:00", buy("B1", 20, "10.60"))[:6] == [
        "10:00:00 accepted B1 20@10.6",
        "10:00:00 ACME traded 5@10.5",
        "10:00:00 filled B1 5@10.5",
        "10:00:00 filled S1 5@10.5",
        "10:00:00 ACME volatility auction until 10:02:00: an order would have traded beyond 10.5",
        "10:00:00 ACME band 9.98 to 11.02 around 10.5",
    ]
    assert floor.says("10:01", sell("S3", 5, "10.55"), about="indicative") == ["ACME indicative 10@10.6, 5 buy left"]
    assert floor.says("10:02", about="ACME") == [
        "ACME traded 5@10.6",
        "ACME traded 5@10.6",
        "ACME volatility auction held: 10@10.6, 5 buy left",
        "ACME continuous until 15:50:00",
        "ACME band 10.07 to 11.13 around 10.6",
    ]


@pytest.mark.parametrize(
    ("time_in_force", "price", "becomes"),
    [
        (TimeInForce.DAY, "12.00", []),
        (GTC, "12.00", []),
        (TimeInForce.DAY, "", []),
        (IOC, "12.00", ["canceled B1: 5 open, 0 done, immediate remainder"]),
    ],
)
def test_what_becomes_of_the_order_that_began_it(time_in_force: TimeInForce, price: str, becomes: list[str]) -> None:
    floor = Floor(with_bands(dynamic=500, action=BandAction.AUCTION))
    floor.do("10:00", open_day(), sell("S1", 5, "11.00"))
    assert floor.says("10:00", buy("B1", 5, price, time_in_force), about="canceled") == becomes
    assert floor.phase() is Phase.VOLATILITY_AUCTION
    assert floor.says("10:02", about="filled B1") == ([] if becomes else ["filled B1 5@11"])


def test_bands_begin_no_auction_where_trading_is_not_continuous() -> None:
    floor = Floor(with_bands(dynamic=500, action=BandAction.AUCTION))
    floor.do("09:29", open_day(), sell("S1", 5, "12.00"))
    assert floor.says("09:29", buy("B1", 5, "12.00")) == ["accepted B1 5@12", "ACME indicative 5@12"]


# Wider near opening and close


def test_the_dynamic_band_is_twice_as_wide_after_the_opening_and_before_the_close() -> None:
    floor = Floor(with_bands(dynamic=500, doubled=900 * SECOND))
    floor.do("09:00", open_day())
    assert floor.do("15:49", sell("S1", 1, "9.00"))[:-1] == [
        "09:28:00 ACME opening auction until 09:30:00",
        "09:30:00 ACME band 9 to 11 around 10",
        "09:30:00 ACME opening auction held: nothing",
        "09:30:00 ACME continuous until 15:50:00",
        "09:45:00 ACME band 9.5 to 10.5 around 10",
        "15:35:00 ACME band 9 to 11 around 10",
        "15:49:00 accepted S1 1@9",
    ]
    assert floor.says("15:51", about="band") == ["ACME band 9.5 to 10.5 around 10"]


def test_a_day_without_continuous_trading_has_no_wider_bands() -> None:
    floor = Floor(with_bands(dynamic=500, doubled=900 * SECOND))
    floor.do("09:00", open_day((("09:00", Phase.CLOSING_AUCTION), ("10:00", Phase.CLOSED))))
    assert floor.says("10:00", about="band") == []


def test_rules_that_are_renewed_within_the_day_keep_its_times() -> None:
    floor = Floor(with_bands(dynamic=500, doubled=900 * SECOND))
    floor.do("09:00", open_day(), ListInstrument(with_bands(dynamic=400, doubled=900 * SECOND)), to(Phase.CONTINUOUS))
    assert floor.says("12:00", about="band") == ["ACME band 9.2 to 10.8 around 10", "ACME band 9.6 to 10.4 around 10"]
