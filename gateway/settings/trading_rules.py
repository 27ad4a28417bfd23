"""The rules that an instrument trades by, as people write them: conventions, price bands, auctions, ticks.

Everything here has a default that leaves it out; `gateway.settings.listing` makes it the core's.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec.structs import replace
from pydantic import BeforeValidator, Field

from exchange.reference.instruments import SECOND, AuctionRules, BandAction, PriceBands
from exchange.reference.rule_profile import (
    PROFILES,
    IcebergRefresh,
    MarketRemainder,
    MinimumQuantity,
    PostOnlyCrossing,
    ReplaceBelowFilled,
    ReplacePriority,
    RuleProfile,
    StopElection,
    StopThroughMarket,
)
from gateway.settings.names import DecimalText
from gateway.settings.section import Section

BASIS_POINTS_MAX = 1_000_000
"""A hundredfold: wider is no band."""

SECONDS_MAX = 86_400
"""No part of a trading day is longer than a day."""


class RulesEntry(Section):
    """A profile of conventions, and choices that differ from it; `rules: cme-like` is short for the profile alone."""

    profile: Literal["default", "cme-like", "lse-like", "nasdaq-like", "euronext-like"] = Field(
        "default", description="A bundle of conventions as venues of that kind have them."
    )
    market_remainder: MarketRemainder | None = Field(
        None, description="What becomes of the part of a market order that finds nothing to trade with."
    )
    stop_through_market: StopThroughMarket | None = Field(
        None, description="A stop that the last price is already through when it comes."
    )
    stop_election: StopElection | None = Field(
        None, description="Which of several stops that one order elects comes first."
    )
    iceberg_refresh: IcebergRefresh | None = Field(
        None, description="Where the next shown part of an iceberg stands in the queue."
    )
    minimum_quantity: MinimumQuantity | None = Field(
        None, description="Whether MinQty(110) must trade at once, or in each single execution."
    )
    fok_counts_reserve: bool | None = Field(
        None, description="Whether fill or kill counts what icebergs and hidden orders do not show."
    )
    fok_excludes_own: bool | None = Field(
        None, description="Whether fill or kill leaves out orders that it may not trade with."
    )
    replace_priority: ReplacePriority | None = Field(
        None, description="Whether a replace that only lowers the quantity keeps its place in the queue."
    )
    replace_below_filled: ReplaceBelowFilled | None = Field(
        None, description="A replace whose new total is below what is filled."
    )
    post_only: PostOnlyCrossing | None = Field(None, description="A post-only order that would trade on entry.")
    auction_takes_immediate: bool | None = Field(
        None, description="Whether immediate-or-cancel and fill-or-kill orders are taken in a call phase."
    )

    def rule_profile(self) -> RuleProfile:
        """The conventions, as the core takes them."""
        chosen = {
            name: getattr(self, name) for name in RuleProfile.__struct_fields__ if getattr(self, name) is not None
        }
        return replace(PROFILES[self.profile], **chosen)


def _by_profile(value: Any) -> Any:
    return {"profile": value} if isinstance(value, str) else value


Rules = Annotated[RulesEntry, BeforeValidator(_by_profile)]


class BandsEntry(Section):
    """How far from a reference an instrument may trade, and what happens at the band."""

    static_basis_points: int = Field(
        0,
        ge=0,
        le=BASIS_POINTS_MAX,
        description="From the reference price of the day, or the last auction price; 100 are 1 %, 0 is no band.",
    )
    dynamic_basis_points: int = Field(
        0,
        ge=0,
        le=BASIS_POINTS_MAX,
        description="From the last trade; with a limit state from the mean of the trades of the last five minutes.",
    )
    action: BandAction = Field(
        BandAction.REFUSED,
        description="refused: orders beyond; auction: matching stops for one; limit state: trades go on at the band, "
        "and when that lasts too long trading is paused.",
    )
    auction_seconds: int = Field(120, ge=1, le=SECONDS_MAX, description="How long a volatility auction takes.")
    limit_state_seconds: int = Field(15, ge=1, le=SECONDS_MAX, description="How long the band may hold.")
    pause_seconds: int = Field(300, ge=1, le=SECONDS_MAX, description="How long trading is paused then.")
    doubled_before_close_seconds: int = Field(
        0,
        ge=0,
        le=SECONDS_MAX,
        description="The dynamic band is twice as wide for so long after the opening and before the close.",
    )

    def price_bands(self) -> PriceBands | None:
        """The bands, as the core takes them; None where there is none."""
        if not self.static_basis_points and not self.dynamic_basis_points:
            return None
        return PriceBands(
            static_basis_points=self.static_basis_points,
            dynamic_basis_points=self.dynamic_basis_points,
            action=self.action,
            auction_duration=self.auction_seconds * SECOND,
            limit_state_duration=self.limit_state_seconds * SECOND,
            pause_duration=self.pause_seconds * SECOND,
            doubled_before_close=self.doubled_before_close_seconds * SECOND,
        )


class AuctionEntry(Section):
    """How an instrument's auctions end."""

    random_end_seconds: int = Field(
        0, ge=0, le=SECONDS_MAX, description="They end at a random moment, of `venue.seed`, so long after their time."
    )
    collar_basis_points: int = Field(
        0,
        ge=0,
        le=BASIS_POINTS_MAX,
        description="A price further from the reference price extends the auction; 100 are 1 %, 0 is never.",
    )
    extension_seconds: int = Field(60, ge=1, le=SECONDS_MAX, description="How long an extension takes.")
    extensions_max: int = Field(
        2, ge=0, le=100, description="Then the price is taken as it is: an auction must come to its end."
    )
    extends_for_market_orders: bool = Field(
        False, description="Whether market orders that would stay unfilled extend an auction, too."
    )
    reopening_seconds: int = Field(
        120, ge=1, le=SECONDS_MAX, description="How long the auction after a halt or a pause takes."
    )

    def auction_rules(self) -> AuctionRules:
        """The rules, as the core takes them."""
        return AuctionRules(
            random_end=self.random_end_seconds * SECOND,
            collar_basis_points=self.collar_basis_points,
            extension=self.extension_seconds * SECOND,
            extensions_max=self.extensions_max,
            extends_for_market_orders=self.extends_for_market_orders,
            reopening_duration=self.reopening_seconds * SECOND,
        )


class TickEntry(Section):
    """From a price on, another tick."""

    from_price: DecimalText = Field(description="A multiple of `tick`.")
    tick: DecimalText = Field(description="The smallest step between prices from there on.")
