"""What the trading API works with; the composition root builds one `Trading`, and the routes ask nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from msgspec import Struct

from exchange.venue import Venue
from gateway.calendar.market_calendar import MarketCalendar
from gateway.http.trading.history import History
from gateway.http.trading.order_reading import OrderReader
from gateway.http.trading.reach import Reach
from gateway.money_desk import MoneyDesk
from gateway.platform.portfolios import Portfolios
from gateway.trading_desk import TradingDesk


class TradingTerms(Struct, frozen=True):
    """What the settings allow users."""

    self_funding: bool = False
    """Whether users pay in and withdraw by themselves; operators may in any case."""
    self_correcting: bool = False
    """Whether users set the positions of their portfolios by `PUT /portfolio`."""
    as_of_seconds: float = 2
    """How long a read with `as_of` waits for the store."""


class Trading(Struct, frozen=True):
    """The parts of the trading API."""

    venue: Venue
    orders: TradingDesk
    money: MoneyDesk
    portfolios: Portfolios
    reach: Reach
    reader: OrderReader
    history: History
    calendars: Mapping[str, MarketCalendar]
    """By name of the market."""
    now: Callable[[], int]
    """What the venue's clock shows, nanoseconds since 1970 UTC."""
    terms: TradingTerms

    def is_share(self, asset: str) -> bool:
        """Whether an asset of the ledger is shares of an instrument, and not a currency."""
        return asset in self.venue.instruments

    async def close(self) -> None:
        """Waits for what is being read. Close the database after it."""
        await self.history.close()


class TradingView(Protocol):
    """The part of the exchange that these routes are about."""

    @property
    def trading(self) -> Trading:
        """The trading API's parts."""
