"""The phases of a trading day, and the table of what each one takes.

Who asks: the venue, before an order or a request touches a book. The words are those of the FIX trading session tables;
which TradingSessionSubID or SecurityTradingStatus a phase is, only the gateway knows.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct


class Phase(StrEnum):
    """Where in its day an instrument is."""

    CLOSED = "closed"
    """Between two days; day orders are gone."""
    PRE_OPEN = "pre-open"
    """Orders are collected; no indicative price yet."""
    OPENING_AUCTION = "opening auction"
    """One price for all who want to trade at the opening."""
    CONTINUOUS = "continuous"
    """Orders trade as they come."""
    INTRADAY_AUCTION = "intraday auction"
    """A planned auction in the middle of the day."""
    HALTED = "halted"
    """An operator or the market-wide breaker stopped trading."""
    PAUSED = "paused"
    """A price limit stopped trading; an auction follows."""
    VOLATILITY_AUCTION = "volatility auction"
    """A trade would have gone through a price band: the auction finds the price."""
    REOPENING_AUCTION = "reopening auction"
    """The way back from a halt or a pause."""
    CLOSING_AUCTION = "closing auction"
    """Finds the day's closing price."""
    CLOSING_PRICE_CROSS = "closing price cross"
    """Trades at the closing price only."""
    POST_CLOSE = "post-close"
    """Cancels only; statements are made."""


class Matching(StrEnum):
    """What a phase does with an order that could trade."""

    CONTINUOUS = "continuous"
    CALL = "call"
    """Collected for one uncross at the phase's end."""
    AT_CLOSE = "at the close"
    """Traded at the closing price only."""
    NONE = "none"


class PhaseRules(Struct, frozen=True, gc=False):
    """What a phase takes and does. Cancels are taken in every phase."""

    matching: Matching
    takes_orders: bool = True
    takes_replaces: bool = True
    takes_opening: bool = False
    """Orders for the opening auction only."""
    takes_closing: bool = False
    """Orders for the closing auction only."""
    takes_quotes: bool = True


_CALL = PhaseRules(Matching.CALL, takes_closing=True)
_STOPPED = PhaseRules(Matching.NONE, takes_orders=False, takes_replaces=False, takes_quotes=False)

PHASE_RULES = MappingProxyType(
    {
        Phase.CLOSED: _STOPPED,
        Phase.PRE_OPEN: PhaseRules(Matching.CALL, takes_opening=True, takes_closing=True),
        Phase.OPENING_AUCTION: PhaseRules(Matching.CALL, takes_opening=True, takes_closing=True),
        Phase.CONTINUOUS: PhaseRules(Matching.CONTINUOUS, takes_closing=True),
        Phase.INTRADAY_AUCTION: _CALL,
        Phase.HALTED: _STOPPED,
        Phase.PAUSED: _STOPPED,
        Phase.VOLATILITY_AUCTION: _CALL,
        Phase.REOPENING_AUCTION: _CALL,
        Phase.CLOSING_AUCTION: _CALL,
        Phase.CLOSING_PRICE_CROSS: PhaseRules(Matching.AT_CLOSE),
        Phase.POST_CLOSE: _STOPPED,
    }
)
"""The table: one row for each phase."""

AUCTIONS = frozenset(phase for phase, rules in PHASE_RULES.items() if rules.matching is Matching.CALL)
"""Phases that end with an uncross."""
