"""Orders that only the price band keeps from trading on: none of them stands across the book afterwards."""

from __future__ import annotations

import msgspec
import pytest

from exchange.commands import SetReferencePrice
from exchange.phases import Phase
from exchange.reference.instruments import BandAction, PriceBands
from tests.exchange.market import ACME, buy, sell
from tests.exchange.trading_day.floor import Floor
from tests.exchange.wishes import all_or_none, market_to_limit


def floor_with_an_offer_beyond_its_band(action: BandAction) -> Floor:
    """An offer of 3 waits at 10.03; then an operator has moved the band to 9.96 to 10.00."""
    bands = PriceBands(dynamic_basis_points=30, action=action)
    floor = Floor(msgspec.structs.replace(ACME, bands=bands))
    floor.do("10:00", sell("FAR", 3, "10.03"), SetReferencePrice("ACME", 998))
    assert (floor.venue.books["ACME"].lowest_tradable, floor.venue.books["ACME"].highest_tradable) == (996, 1000)
    return floor


def test_what_takes_the_best_price_is_canceled_where_limits_beyond_the_band_are_refused() -> None:
    floor = floor_with_an_offer_beyond_its_band(BandAction.REFUSED)
    lines = floor.says("10:01", market_to_limit(buy("B2", 2)), about="B2")
    assert lines == ["accepted B2 2@market MARKET_TO_LIMIT", "canceled B2: 2 open, 0 done, protection reached"]
    assert not floor.venue.books["ACME"].bids.keys


@pytest.mark.parametrize("action", [BandAction.AUCTION, BandAction.LIMIT_STATE])
def test_an_order_that_passes_one_over_is_stopped_by_the_band_behind_it(action: BandAction) -> None:
    floor = floor_with_an_offer_beyond_its_band(action)
    floor.do("10:01", all_or_none(sell("ALL", 7, "10.00")), buy("B2", 2, "10.03"))
    if action is BandAction.AUCTION:
        assert floor.phase() is Phase.VOLATILITY_AUCTION
    else:
        assert (floor.phase(), floor.venue.books["ACME"].bids.best_limit) == (Phase.CONTINUOUS, 1000)
