"""The names of topics: `fixpit/v1/{venue}/md/{symbol}/{kind}` and `fixpit/v1/{venue}/status`.

Kinds are trade, top, snapshot, phase, auction and statistics.

A venue's or instrument's name may hold characters that mean something in a topic (`/`, `+`, `#`) or that some brokers
refuse (blanks). They are escaped as in a URL (RFC 3986): every character but letters, digits and `- . _ ~` becomes `%`
and two hexadecimal digits for each byte of its UTF-8 form. `BRK/B` is `BRK%2FB`. `unescaped` gives the name back.
"""

from __future__ import annotations

from enum import StrEnum
from urllib.parse import quote, unquote

ROOT = "fixpit/v1"
"""Every topic begins with it; the number rises when a change would break subscribers."""


class Kind(StrEnum):
    """What a market data topic tells; the last word of the topic."""

    TRADE = "trade"
    """Every trade, and those that were busted or corrected."""
    TOP = "top"
    """The best bid and offer."""
    SNAPSHOT = "snapshot"
    """The book to a number of levels, and the last trade."""
    PHASE = "phase"
    """Where in its day the instrument is, and between which prices it may trade."""
    AUCTION = "auction"
    """What the auction under way would bring, and what it brought."""
    STATISTICS = "statistics"
    """The closing price and the day's volume."""


class Topics:
    """The topics of one venue."""

    def __init__(self, venue: str) -> None:
        self._root = f"{ROOT}/{escaped(venue)}"

    @property
    def status(self) -> str:
        """Whether the venue publishes: `online` or `offline`, retained."""
        return f"{self._root}/status"

    @property
    def everything(self) -> str:
        """The filter for all market data of the venue."""
        return f"{self._root}/md/#"

    def market_data(self, symbol: str, kind: Kind) -> str:
        """The topic of one symbol."""
        return f"{self._root}/md/{escaped(symbol)}/{kind.value}"


def escaped(name: str) -> str:
    """A name as one level of a topic."""
    return quote(name, safe="")


def unescaped(level: str) -> str:
    """The name that a level of a topic stands for."""
    return unquote(level)
