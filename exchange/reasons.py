"""The words of events and commands for why something happened that was not refused: cancels, restatements, blocks."""

from __future__ import annotations

from enum import StrEnum


class CancelReason(StrEnum):
    """Why what was left of an order was canceled."""

    REQUESTED = "requested"
    """The owner asked for it."""
    NO_LIQUIDITY = "no liquidity"
    """A market order found nothing (more) to trade with."""
    IMMEDIATE_REMAINDER = "immediate remainder"
    """An immediate-or-cancel order may not rest."""
    NOT_FILLABLE = "not fillable at once"
    """A fill-or-kill order could not be filled whole."""
    MASS_CANCEL = "mass cancel"
    """The owner asked for it, together with others."""
    DISCONNECTED = "disconnected"
    """The owner's line broke, and it had agreed to this."""
    SELF_TRADE = "self-trade"
    """It would have traded with its owner."""
    SELF_TRADE_DECREMENTED = "self-trade decremented"
    """Self-trade prevention left nothing of it."""
    MINIMUM_NOT_MET = "minimum not met"
    """Less than its minimum quantity could trade at once."""
    PROTECTION_REACHED = "protection reached"
    """A market order came to the price band."""
    WOULD_TAKE_LIQUIDITY = "would take liquidity"
    """A post-only order that came into the market after its entry could not rest without trading."""
    NO_PEG_REFERENCE = "no peg reference"
    """Nothing is left for its price to follow."""
    GROUP = "group"
    """Another order of its group was filled or ended."""
    REPLACED_BELOW_FILLED = "replaced below filled"
    """Its new total is below what is filled: it ends there."""
    QUOTE_REPLACED = "quote replaced"
    QUOTE_CANCELED = "quote canceled"
    QUOTE_PROTECTION = "quote protection"
    """Its owner's quotes were hit too fast."""
    OPERATOR = "operator"
    """The venue took it out."""
    BLOCKED = "blocked"
    """The kill switch of its session, account or firm."""
    PHASE = "phase"
    """The instrument's new trading phase does not keep it."""
    END_OF_DAY = "end of day"
    DATE_REACHED = "date reached"
    """Its good-till date."""
    AUCTION_OVER = "auction over"
    """It was for that auction only."""
    NOT_FUNDED = "not funded"
    """When it came into the market, what it needs was not there."""
    CORPORATE_ACTION = "corporate action"
    """Its instrument is no longer what it was."""
    STOP_LOSS = "stop-loss"
    """It stood in the way of the stop that protects the position."""

    @property
    def is_expiry(self) -> bool:
        """Whether the order's own time ran out: such an order is expired, not canceled."""
        return self in EXPIRIES


EXPIRIES = frozenset({CancelReason.END_OF_DAY, CancelReason.DATE_REACHED, CancelReason.AUCTION_OVER})
"""The reasons that are nobody's doing: the time ran out."""


class RestatementReason(StrEnum):
    """Why an order has other terms without its owner having asked."""

    NEW_DAY = "new day"
    """A good-till order goes on."""
    REPRICED = "repriced"
    """What is left of it has got a limit, or another one."""
    DECREMENTED = "decremented"
    """Self-trade prevention or its group made it smaller."""
    CORPORATE_ACTION = "corporate action"
    VENUE = "venue"
    """An operator's choice."""


class BlockScope(StrEnum):
    """Whom the kill switch stops."""

    SESSION = "session"
    ACCOUNT = "account"
    FIRM = "firm"
    USER = "user"
