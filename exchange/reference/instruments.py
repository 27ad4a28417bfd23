"""What is traded: an instrument with its ticks, limits, price bands and auction rules.

All of it is data that the venue is told by `ListInstrument`; new fields go to the end with a default.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache

from msgspec import Struct

from exchange.reference.rule_profile import DEFAULT, RuleProfile
from exchange.reference.units import PriceScale

SECOND = 1_000_000_000
"""Nanoseconds."""


class TickStep(Struct, frozen=True, gc=False, array_like=True):
    """From a price on, the tick is another one (MiFID II, RTS 11 has such a table)."""

    from_price: int
    tick: int


class BandAction(StrEnum):
    """What happens to an order that would trade outside the price bands."""

    REFUSED = "refused"
    """A limit beyond a band is refused; a market order trades up to the band, and the rest is canceled."""
    AUCTION = "auction"
    """Matching stops, and a volatility auction finds the price (LSE, Xetra, Euronext)."""
    LIMIT_STATE = "limit state"
    """Trades go on at the band; when it holds for too long, trading is paused (limit up, limit down)."""


class PriceBands(Struct, frozen=True, gc=False, array_like=True):
    """How far from a reference an instrument may trade. 0 basis points: no such band."""

    static_basis_points: int = 0
    """From the reference price of the day, or the last auction price."""
    dynamic_basis_points: int = 0
    """From the last trade; in a limit state regime from the mean of the trades of the last five minutes."""
    action: BandAction = BandAction.REFUSED
    auction_duration: int = 120 * SECOND
    limit_state_duration: int = 15 * SECOND
    pause_duration: int = 300 * SECOND
    doubled_before_close: int = 0
    """The dynamic band is twice as wide for so long after the opening and before the close."""


class AuctionRules(Struct, frozen=True, gc=False, array_like=True):
    """How an auction of this instrument ends."""

    random_end: int = 0
    """It ends at a random moment (of the day's seed) within so many nanoseconds after its time."""
    collar_basis_points: int = 0
    """When the price would be further from the reference price, the auction is extended; 0: never."""
    extension: int = 60 * SECOND
    extensions_max: int = 2
    """Then the price is taken as it is."""
    extends_for_market_orders: bool = False
    """Whether market orders that would stay unfilled extend it, too."""
    reopening_duration: int = 120 * SECOND
    """How long the auction after a halt or a pause takes."""


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
    rules: RuleProfile = DEFAULT
    """The conventions that it trades by."""
    market: str = ""
    """Whose timetable it follows; instruments without a timetable trade continuously."""
    ticks: tuple[TickStep, ...] = ()
    """Other ticks from certain prices on, lowest price first; `tick` below the first."""
    bands: PriceBands | None = None
    auction: AuctionRules = AuctionRules()
    protection: int = 0
    """How far through the best opposite price a market order may go that rests at protection."""
    max_notional: int = 0
    """The largest quantity times price taken, in units of the price scale; 0: no limit."""
    price_tolerance_basis_points: int = 0
    """How far through the last price a limit may be before it is taken for a typing slip; 0: any."""
    takes_odd_lots: bool = False
    """Whether quantities that are no multiple of the lot are taken. Trades below one lot elect no stops."""
    settlement_days: int = 1
    """Trades settle so many business days after the trade date."""
    short_restriction_basis_points: int = 0
    """After a fall by so much from the day's reference price, short sales need a limit above the best bid for the rest
    of the day and the next one (SEC Rule 201: 1,000); 0: never."""

    def tick_at(self, price: int) -> int:
        """The tick that a price must be a multiple of."""
        tick = self.tick
        for step in self.ticks:
            if price < step.from_price:
                break
            tick = step.tick
        return tick

    @property
    def scale(self) -> PriceScale:
        """Reads and writes this instrument's prices."""
        return scale_of(self.price_digits)


@cache
def scale_of(digits: int) -> PriceScale:
    """The one `PriceScale` of so many digits: what it remembers is shared by all instruments that have them."""
    return PriceScale(digits)
