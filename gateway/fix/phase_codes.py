"""What FIX calls the phases of a trading day: one row for each phase, one place for each field.

SecurityTradingStatus(326) is of an instrument, TradSesStatus(340) of a market; TradingSessionSubID(625), from FIX 4.4
on, says most. TradingSessionID(336) is the market's name, or DAY of instruments that have none.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from msgspec import Struct

from exchange.phases import Phase
from gateway.fix.dictionary import Dictionary

NO_MARKET: Final = "DAY"
"""TradingSessionID(336) of instruments without a market."""

UNKNOWN_SECURITY: Final = "20"
"""SecurityTradingStatus(326) of what is not listed."""


class PhaseCodes(Struct, frozen=True):
    """One phase."""

    security: tuple[str, ...]
    """SecurityTradingStatus(326): the first of these that a version has."""
    session: str
    """TradSesStatus(340): 1 halted, 2 open, 3 closed, 4 pre-open, 5 pre-close."""
    sub_session: str
    """TradingSessionSubID(625): 1 pre-trading, 2 opening auction, 3 continuous, 4 closing auction, 5 post-trading, 6
    intraday auction, 7 quiescent."""


PHASE_CODES: Final = MappingProxyType(
    {
        Phase.CLOSED: PhaseCodes(("18",), "3", "7"),
        Phase.PRE_OPEN: PhaseCodes(("21", "18"), "4", "1"),
        Phase.OPENING_AUCTION: PhaseCodes(("22", "5"), "4", "2"),
        Phase.CONTINUOUS: PhaseCodes(("17",), "2", "3"),
        Phase.INTRADAY_AUCTION: PhaseCodes(("5",), "2", "6"),
        Phase.HALTED: PhaseCodes(("2",), "1", "7"),
        Phase.PAUSED: PhaseCodes(("2",), "1", "7"),
        Phase.VOLATILITY_AUCTION: PhaseCodes(("5",), "2", "6"),
        Phase.REOPENING_AUCTION: PhaseCodes(("5",), "2", "6"),
        Phase.CLOSING_AUCTION: PhaseCodes(("5",), "5", "4"),
        Phase.CLOSING_PRICE_CROSS: PhaseCodes(("17",), "5", "5"),
        Phase.POST_CLOSE: PhaseCodes(("26", "18"), "3", "5"),
    }
)
"""Of 326: 2 trading halt, 5 price indication, 17 ready to trade, 18 not available for trading, 21 pre-open, 22 opening
rotation, 26 post-close."""


def security_trading_status(phase: Phase, dictionary: Dictionary) -> str:
    """SecurityTradingStatus(326) of a phase in one version."""
    codes = dictionary.fields["326"].codes
    return next(code for code in PHASE_CODES[phase].security if code in codes)
