"""What is traded: an instrument and the rules that depend on nothing else."""

from __future__ import annotations

from functools import cache

from msgspec import Struct

from exchange.reference.units import PriceScale


class Instrument(Struct, frozen=True, gc=False, array_like=True):
    """A listed security. All prices are integers of `price_digits`, all quantities whole shares."""

    symbol: str
    price_digits: int
    """Digits behind the point of every price of this instrument."""
    tick: int
    """Smallest step between two prices, in units of the price scale."""
    lot: int
    """Every order quantity is a multiple of it."""
    currency: str
    reference_price: int
    """Where the day starts from, in units of the price scale; no trade is needed for it."""
    lowest_price: int
    """Orders priced below are refused. Units of the price scale."""
    highest_price: int
    """Orders priced above are refused. Units of the price scale."""
    max_quantity: int
    """The largest order quantity taken."""

    @property
    def scale(self) -> PriceScale:
        """Reads and writes this instrument's prices."""
        return scale_of(self.price_digits)


@cache
def scale_of(digits: int) -> PriceScale:
    """The one `PriceScale` of so many digits: what it remembers is shared by all instruments that have them."""
    return PriceScale(digits)
