"""Limits of the moment: price bands, notional, distance from the market, odd lots, ticks by price."""

from __future__ import annotations

import msgspec
import pytest

from exchange.commands import Command, ListInstrument
from exchange.reference.instruments import BandAction, Instrument, PriceBands, TickStep
from tests.exchange.market import ACME, Market, buy, replace, sell
from tests.exchange.wishes import if_touched, market_to_limit, pegged, shown, stop


def acme(**changes: object) -> Instrument:
    return msgspec.structs.replace(ACME, **changes)


# Price bands


@pytest.fixture
def banded() -> Market:
    """The band is 9 to 11: 10 % from the reference price."""
    return Market(acme(bands=PriceBands(static_basis_points=1_000)))


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (buy("B1", 10, "11.01"), "11.01 is outside the band 9 to 11"),
        (buy("B1", 10, "8.99"), "8.99 is outside the band 9 to 11"),
        (sell("B1", 10, "8.99"), "8.99 is outside the band 9 to 11"),
        (stop(buy("B1", 10, "11.50"), "11.20"), "11.5 is outside the band 9 to 11"),
    ],
)
def test_a_limit_outside_the_band_is_refused(banded: Market, order: Command, why: str) -> None:
    assert banded.do(order) == [f"rejected B1 PRICE_OUTSIDE_BAND: price {why}"]


@pytest.mark.parametrize(
    "order",
    [buy("B1", 10, "11.00"), sell("B1", 10, "9.00"), pegged(buy("B1", 10, "12.00")), market_to_limit(buy("B1", 10))],
)
def test_the_band_s_own_prices_are_taken_and_orders_without_a_limit(banded: Market, order: Command) -> None:
    assert banded.do(order)[0].startswith("accepted B1")


def test_a_replace_cannot_leave_the_band(banded: Market) -> None:
    banded.do(buy("B1", 10, "10.00"))
    assert banded.do(replace("B2", "B1", 10, "11.01")) == [
        "refused replace B2 of B1 (NEW) PRICE_OUTSIDE_BAND: price 11.01 is outside the band 9 to 11"
    ]


def test_a_market_order_trades_up_to_the_band_and_no_further(banded: Market) -> None:
    banded.do(sell("S1", 10, "10.50"), sell("S2", 10, "11.00"))
    banded.apply(ListInstrument(acme(bands=PriceBands(static_basis_points=700))))
    assert banded.do(buy("B1", 30))[-3:] == [
        "filled S1 10, 10 done, 0 left",
        "canceled B1: 20 open, 10 done, protection reached",
        "ask 10.5: gone",
    ]


def test_bands_of_another_action_take_limits_beyond_them() -> None:
    market = Market(acme(bands=PriceBands(static_basis_points=1_000, action=BandAction.AUCTION)))
    assert market.do(buy("B1", 10, "12.00"))[0] == "accepted B1 10@12"


# Notional


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (buy("B1", 1001, "10.00"), "1001 at 10 is 10010, more than the most, 10000"),
        (sell("B1", 100, "100.00"), ""),
        (sell("B1", 101, "99.01"), "101 at 99.01 is 10000.01, more than the most, 10000"),
        (buy("B1", 1000), ""),
        (buy("B1", 1001), "1001 at 10 is 10010, more than the most, 10000"),
        (stop(buy("B1", 1001), "9.00"), "1001 at 10 is 10010, more than the most, 10000"),
        (stop(buy("B1", 1001, "9.90"), "9.00"), ""),
        (pegged(buy("B1", 1001)), "1001 at 10 is 10010, more than the most, 10000"),
    ],
)
def test_quantity_times_price_has_a_limit(order: Command, why: str) -> None:
    """Orders without a limit are measured by the reference price 10, there is no last price."""
    market = Market(acme(max_notional=1_000_000))
    first = market.do(order)[0]
    assert first == f"rejected B1 NOTIONAL_TOO_LARGE: quantity {why}" if why else first.startswith("accepted B1")


def test_an_order_without_a_limit_is_measured_by_the_last_price() -> None:
    market = Market(acme(max_notional=1_000_000))
    market.do(sell("S1", 1, "20.00"), buy("B1", 1, "20.00"))
    assert market.do(buy("B2", 501)) == [
        "rejected B2 NOTIONAL_TOO_LARGE: quantity 501 at 20 is 10020, more than the most, 10000"
    ]
    market.do(buy("B3", 900, "10.00"))
    assert market.do(replace("B4", "B3", 1100, "10.00")) == [
        "refused replace B4 of B3 (NEW) NOTIONAL_TOO_LARGE: quantity 1100 at 10 is 11000, more than the most, 10000"
    ]


# Distance from the market


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (buy("B1", 10, "10.50"), ""),
        (buy("B1", 10, "10.51"), "10.51 is above 10.5, 500 basis points from 10"),
        (buy("B1", 10, "1.00"), ""),
        (sell("B1", 10, "9.50"), ""),
        (sell("B1", 10, "9.49"), "9.49 is below 9.5, 500 basis points from 10"),
        (sell("B1", 10, "99.00"), ""),
        (buy("B1", 10), ""),
        (stop(buy("B1", 10, "12.60"), "12.00"), ""),
        (stop(buy("B1", 10, "12.61"), "12.00"), "12.61 is above 12.6, 500 basis points from 12"),
        (stop(sell("B1", 10, "7.59"), "8.00"), "7.59 is below 7.6, 500 basis points from 8"),
        (if_touched(buy("B1", 10, "9.46"), "9.00"), "9.46 is above 9.45, 500 basis points from 9"),
    ],
)
def test_a_limit_far_through_the_market_looks_like_a_slip(order: Command, why: str) -> None:
    """A held order is measured from where it is elected, every other from the last price."""
    market = Market(acme(price_tolerance_basis_points=500))
    first = market.do(order)[0]
    assert first == f"rejected B1 PRICE_FAR_FROM_MARKET: price {why}" if why else first.startswith("accepted B1")


def test_the_distance_is_from_the_last_price_once_there_is_one() -> None:
    market = Market(acme(price_tolerance_basis_points=500))
    market.do(sell("S1", 1, "20.00"), ListInstrument(ACME), buy("B1", 1, "20.00"))
    market.do(ListInstrument(acme(price_tolerance_basis_points=500)))
    assert market.do(buy("B2", 1, "21.00"))[0] == "accepted B2 1@21"
    market.do(buy("B3", 1, "20.00"))
    assert market.do(replace("B4", "B3", 1, "21.01")) == [
        "refused replace B4 of B3 (NEW) PRICE_FAR_FROM_MARKET: price 21.01 is above 21, 500 basis points from 20"
    ]


def test_without_any_price_nothing_is_far() -> None:
    market = Market(acme(price_tolerance_basis_points=500, reference_price=0, max_notional=100))
    assert market.do(buy("B1", 1, "1.00"))[0] == "accepted B1 1@1"
    assert market.do(buy("B2", 1_000))[0] == "accepted B2 1000@market"


# Odd lots


def test_odd_lots_are_taken_where_the_instrument_says_so() -> None:
    market = Market(acme(lot=100))
    assert market.do(buy("B1", 150, "10.00")) == [
        "rejected B1 INVALID_QUANTITY: quantity 150 is not a positive multiple of lot 100"
    ]
    market.do(ListInstrument(acme(lot=100, takes_odd_lots=True)))
    assert market.do(buy("B2", 150, "10.00"))[0] == "accepted B2 150@10"
    assert market.do(buy("B3", 0, "10.00")) == ["rejected B3 INVALID_QUANTITY: quantity 0 is not positive"]
    why = "display_quantity 50 is not 0 or a multiple of lot 100 up to the quantity 150"
    assert market.do(shown(buy("B4", 150, "10.00"), 50)) == [f"rejected B4 INVALID_DISPLAY_QUANTITY: {why}"]


def test_an_odd_lot_is_nobody_s_last_price() -> None:
    market = Market(acme(lot=100, takes_odd_lots=True))
    market.do(buy("B1", 99, "10.00"), buy("B2", 200, "9.90"), stop(sell("S1", 100), "10.00"))
    assert market.do(sell("S2", 99, "10.00"))[-1] == "bid 10: gone"
    assert market.venue.books["ACME"].last_price == 0
    market.do(buy("B3", 100, "10.00"))
    assert "triggered S1 at 10" in market.do(sell("S3", 100, "10.00"))


# Ticks by price

TABLE = acme(tick=1, ticks=(TickStep(1_000, 5), TickStep(5_000, 10)))
"""0.01 below 10, 0.05 from 10 on, 0.10 from 50 on."""


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (buy("B1", 10, "9.99"), ""),
        (buy("B1", 10, "10.00"), ""),
        (buy("B1", 10, "10.01"), "price 10.01 is not a multiple of tick 0.05"),
        (buy("B1", 10, "49.95"), ""),
        (buy("B1", 10, "50.05"), "price 50.05 is not a multiple of tick 0.1"),
        (buy("B1", 10, "50.10"), ""),
        (stop(buy("B1", 10), "50.05"), "stop_price 50.05 is not a multiple of tick 0.1"),
    ],
)
def test_a_price_is_on_the_tick_of_its_own_step(order: Command, why: str) -> None:
    first = Market(TABLE).do(order)[0]
    if not why:
        assert first.startswith("accepted B1")
    else:
        reason = "INVALID_STOP_PRICE" if why.startswith("stop") else "PRICE_OFF_TICK"
        assert first == f"rejected B1 {reason}: {why}"


def test_a_replaced_price_is_on_the_tick_of_its_step() -> None:
    market = Market(TABLE)
    market.do(buy("B1", 10, "9.99"))
    assert market.do(replace("B2", "B1", 10, "10.03")) == [
        "refused replace B2 of B1 (NEW) PRICE_OFF_TICK: price 10.03 is not a multiple of tick 0.05"
    ]
