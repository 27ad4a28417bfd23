"""The rules on which venues differ, each a choice with a name: an instrument trades by one profile of them.

The profiles are bundles of conventions as real venues have them; they are not those venues. A choice changes what the
matching does and nothing else, and stands in the journal with its instrument.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct


class MarketRemainder(StrEnum):
    """What becomes of the part of a market order that finds nothing to trade with."""

    CANCELED = "canceled"
    """It is canceled (most venues)."""
    RESTS_UNPRICED = "rests unpriced"
    """It stays in the book without a price, before all limits (Euronext)."""
    RESTS_AT_PROTECTION = "rests at protection"
    """It trades up to the best opposite price plus the instrument's protection, and rests there (CME)."""


class StopThroughMarket(StrEnum):
    """A stop that the last price is already through when it comes."""

    ELECTED = "elected"
    """It goes in at once."""
    REJECTED = "rejected"
    """It is refused."""


class StopElection(StrEnum):
    """Which of several stops that one order elects comes first."""

    OLDEST_FIRST = "oldest first"
    """The one that was entered first (most venues)."""
    FURTHEST_FIRST = "furthest first"
    """The one whose stop price was the first to be reached (JSE)."""


class IcebergRefresh(StrEnum):
    """Where the next shown part of an iceberg stands in the queue."""

    TO_BACK = "to back"
    """Behind all that are there: it takes a new time (most venues)."""
    KEEPS_PLACE = "keeps place"
    """Where the part before it stood."""


class MinimumQuantity(StrEnum):
    """What `min_quantity` of an order means."""

    ON_ENTRY = "on entry"
    """So much must trade at once, over any number of orders, else the order is canceled; the rest rests (CME)."""
    PER_EXECUTION = "per execution"
    """Each single execution must have so much, else the other order is passed over (LSE, JSE)."""


class ReplacePriority(StrEnum):
    """Whether a replace that only lowers the quantity keeps its place in the queue."""

    DOWN_KEEPS = "down keeps"
    """It keeps it (most venues)."""
    ALWAYS_LOST = "always lost"
    """Each replace is a new order in time (Nasdaq OUCH)."""


class ReplaceBelowFilled(StrEnum):
    """A replace whose new total is below what is filled."""

    REJECTED = "rejected"
    """The replace is refused, and the order stands."""
    ENDS_ORDER = "ends order"
    """Nothing is left of the order: it is done with what it has."""


class PostOnlyCrossing(StrEnum):
    """A post-only order that would trade on entry."""

    REJECTED = "rejected"
    """It is refused."""
    REPRICED = "repriced"
    """It rests one tick behind the best opposite price."""


class RuleProfile(Struct, frozen=True, gc=False, array_like=True):
    """One choice for each rule."""

    market_remainder: MarketRemainder = MarketRemainder.CANCELED
    stop_through_market: StopThroughMarket = StopThroughMarket.ELECTED
    stop_election: StopElection = StopElection.OLDEST_FIRST
    iceberg_refresh: IcebergRefresh = IcebergRefresh.TO_BACK
    minimum_quantity: MinimumQuantity = MinimumQuantity.ON_ENTRY
    fok_counts_reserve: bool = True
    """Whether fill or kill counts what icebergs and hidden orders do not show."""
    fok_excludes_own: bool = True
    """Whether fill or kill leaves out orders that self-trade prevention would not let it trade with."""
    replace_priority: ReplacePriority = ReplacePriority.DOWN_KEEPS
    replace_below_filled: ReplaceBelowFilled = ReplaceBelowFilled.REJECTED
    post_only: PostOnlyCrossing = PostOnlyCrossing.REJECTED
    auction_takes_immediate: bool = False
    """Whether immediate-or-cancel orders are taken in a call phase: they trade in the uncross only. Fill or kill never
    is: an uncross cannot promise the whole."""


DEFAULT = RuleProfile()

PROFILES = MappingProxyType(
    {
        "default": DEFAULT,
        "cme-like": RuleProfile(
            market_remainder=MarketRemainder.RESTS_AT_PROTECTION,
            stop_through_market=StopThroughMarket.REJECTED,
            replace_below_filled=ReplaceBelowFilled.ENDS_ORDER,
        ),
        "lse-like": RuleProfile(
            minimum_quantity=MinimumQuantity.PER_EXECUTION, stop_election=StopElection.FURTHEST_FIRST
        ),
        "nasdaq-like": RuleProfile(
            replace_priority=ReplacePriority.ALWAYS_LOST,
            replace_below_filled=ReplaceBelowFilled.ENDS_ORDER,
            post_only=PostOnlyCrossing.REPRICED,
        ),
        "euronext-like": RuleProfile(
            market_remainder=MarketRemainder.RESTS_UNPRICED, minimum_quantity=MinimumQuantity.ON_ENTRY
        ),
    }
)
"""By the names that settings use."""
