"""Puts the trading API's parts together for the composition root: desks, readers, and the store's past."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from exchange.store.database import Database
from exchange.store.progress import StoreProgress
from exchange.store.timely import TimelyQueries
from exchange.venue import Venue
from gateway.audit import AuditEntry
from gateway.calendar.market_calendar import MarketCalendar
from gateway.command_desk import CommandDesk
from gateway.http.trading.history import History
from gateway.http.trading.order_reading import OrderReader
from gateway.http.trading.reach import Reach
from gateway.http.trading.view import Trading, TradingTerms
from gateway.money_desk import MoneyDesk
from gateway.platform.portfolios import Portfolios
from gateway.trading_desk import TradingDesk


def build_trading(
    venue: Venue,
    commands: CommandDesk,
    portfolios: Portfolios,
    database: Database,
    calendars: Mapping[str, MarketCalendar],
    now: Callable[[], int],
    record: Callable[[AuditEntry], Awaitable[None]],
    terms: TradingTerms,
) -> Trading:
    """The parts; `close` them before the database. `now` is the venue's clock, `record` writes the audit log."""
    zones = {market: calendar.time_zone for market, calendar in calendars.items()}
    return Trading(
        venue=venue,
        orders=TradingDesk(commands, venue),
        money=MoneyDesk(commands, record),
        portfolios=portfolios,
        reach=Reach(portfolios),
        reader=OrderReader(venue.instruments, zones),
        history=History(database, TimelyQueries(database), StoreProgress(database), terms.as_of_seconds),
        calendars=calendars,
        now=now,
        terms=terms,
    )
