"""What everybody may know of the venue: instruments, trades and candles of the market, its clock and calendar.

Books and phases are `gateway.http.market_data`'s. Nothing here needs a login. Rules and prices of now come from the
venue, the market's past from the store.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from http import HTTPStatus
from itertools import islice
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from exchange.reference.instruments import Instrument
from exchange.rejections import RejectReason
from exchange.store.ledger_queries import corporate_actions_page
from exchange.store.market_queries import candles_page, trades_page
from exchange.store.records import ActionRecord, CandleRecord, TradeRecord
from gateway.calendar.market_calendar import MarketCalendar
from gateway.http.answers import NANOSECONDS, json_response, time_text
from gateway.http.exact_json import api_router
from gateway.http.trading import schemas
from gateway.http.trading.numbers import (
    PAGE_DEFAULT,
    AsOf,
    Before,
    OneSymbol,
    PageSize,
    Since,
    Until,
    date_text,
    moment,
    money_number,
    price_number,
)
from gateway.http.trading.refusals import not_found, trading_problem
from gateway.http.trading.view import Trading
from gateway.http.wrong_fields import wrong_field

INTERVALS = {"1m": 60, "5m": 300, "1h": 3_600, "1d": 86_400}
"""Candles that are kept, by their span in seconds."""

TURN_INSTRUMENTS = 50
"""Instruments shown at a stretch before matching has its turn."""

CALENDAR_DAYS_MAX = 100
CALENDAR_DAYS_DEFAULT = 10

Interval = Literal["1m", "5m", "1h", "1d"]


class Market:
    """The routes of what is public."""

    def __init__(self, trading: Trading) -> None:
        self._trading = trading
        self._venue = trading.venue

    def router(self) -> APIRouter:
        """What the application serves."""
        router = api_router("market data")
        for path, answer, schema, summary in (
            ("/instruments", self._instruments, list[schemas.ListedInstrument], "What is listed"),
            ("/instruments/{symbol:path}", self._instrument, schemas.ListedInstrument, "One instrument"),
            ("/market-data/trades/{symbol:path}", self._trades, schemas.MarketTrades, "Trades of an instrument"),
            ("/market-data/candles/{symbol:path}", self._candles, schemas.Candles, "Candles of an instrument"),
            ("/corporate-actions", self._actions, list[schemas.CorporateAction], "Splits, dividends, new symbols"),
            ("/clock", self._clock, schemas.ClockNow, "The venue's time and business dates"),
            ("/calendar", self._calendar, list[schemas.Calendar], "Trading days and their phases"),
        ):
            router.add_api_route(path, answer, summary=summary, responses=schemas.answers(schema, HTTPStatus.NOT_FOUND))
        return router

    async def _instruments(self) -> Response:
        """Every instrument with its rules and where it stands; each entry is of one moment, the list is not."""
        shown = []
        for at, instrument in enumerate(list(self._venue.instruments.values())):
            if at % TURN_INSTRUMENTS == TURN_INSTRUMENTS - 1:
                await asyncio.sleep(0)
            shown.append(self._shown(instrument))
        return json_response(shown)

    async def _instrument(self, symbol: str) -> Response:
        """An instrument with its rules and where it stands."""
        return json_response(self._shown(self._listed(symbol)))

    async def _trades(
        self, symbol: str, before: Before = None, limit: PageSize = PAGE_DEFAULT, as_of: AsOf = None
    ) -> Response:
        """The market's trades, newest first; those that were busted say so."""
        instrument, history = self._listed(symbol), self._trading.history
        found = await history.read(trades_page(history.database, symbol, before, limit), as_of)
        trades = [_trade(one, instrument.price_digits) for one in found]
        following = found[-1].trade_id if len(found) == limit else None
        return json_response({"symbol": symbol, "trades": trades, "next": following})

    async def _candles(
        self,
        symbol: str,
        interval: Interval = "1m",
        since: Since = None,
        until: Until = None,
        limit: PageSize = PAGE_DEFAULT,
        as_of: AsOf = None,
    ) -> Response:
        """The latest candles, oldest first. Days are those of UTC."""
        instrument, history = self._listed(symbol), self._trading.history
        begin, end = moment("since", since) or 0, moment("until", until)
        query = candles_page(history.database, symbol, INTERVALS[interval], begin, end, limit)
        candles = [_candle(one, instrument.price_digits) for one in await history.read(query, as_of)]
        return json_response({"symbol": symbol, "interval": interval, "candles": candles})

    async def _actions(
        self, stock_symbol: OneSymbol = None, limit: PageSize = PAGE_DEFAULT, as_of: AsOf = None
    ) -> Response:
        """What companies have announced and done, the latest ex date first."""
        history = self._trading.history
        query = corporate_actions_page(history.database, stock_symbol or "", None, limit)
        return json_response([_action(one) for one in await history.read(query, as_of)])

    async def _clock(self) -> Response:
        """What the venue's clock shows, and the business day of each market; the empty one is of all others."""
        days = self._venue.clearing.days
        markets = sorted({instrument.market for instrument in self._venue.instruments.values()} | {""})
        return json_response(
            {
                "now": time_text(self._trading.now()),
                "event": self._venue.last_event,
                "business_dates": {market: date_text(days.date_of(market)) for market in markets},
            }
        )

    async def _calendar(
        self,
        market: Annotated[str | None, Query(max_length=64, description="Only this market.")] = None,
        since: Annotated[str | None, Query(alias="date", max_length=10, description="The first date.")] = None,
        days: Annotated[int, Query(ge=1, le=CALENDAR_DAYS_MAX)] = CALENDAR_DAYS_DEFAULT,
    ) -> Response:
        """The trading days of each market from a date on, by default from today, with the times of their phases."""
        calendars = self._trading.calendars
        if market is not None and market not in calendars:
            raise not_found("market", market)
        chosen = [one for name, one in calendars.items() if market in (None, name)]
        today = datetime.fromtimestamp(self._trading.now() // NANOSECONDS, UTC).date()
        first = today if since is None else _date(since)
        return json_response([_days(one, first, days) for one in chosen])

    def _listed(self, symbol: str) -> Instrument:
        instrument = self._venue.instruments.get(symbol)
        if instrument is None:
            text = f"{symbol[:64]} is not listed here; GET /instruments tells what is"
            raise trading_problem(RejectReason.UNKNOWN_INSTRUMENT, "symbol", text, symbol[:64])
        return instrument

    def _shown(self, instrument: Instrument) -> dict[str, Any]:
        market = self._venue.markets[instrument.symbol]
        book, digits = market.book, instrument.price_digits
        bid, ask = book.bids.best_limit, book.asks.best_limit
        return {
            "symbol": instrument.symbol,
            "currency": instrument.currency,
            "market": instrument.market,
            "price_digits": digits,
            "tick": price_number(instrument.tick, digits),
            "ticks": [
                {"from_price": price_number(step.from_price, digits), "tick": price_number(step.tick, digits)}
                for step in instrument.ticks
            ],
            "lot": instrument.lot,
            "reference_price": price_number(market.reference_price, digits),
            "lowest_price": price_number(instrument.lowest_price, digits),
            "highest_price": price_number(instrument.highest_price, digits),
            "max_quantity": instrument.max_quantity,
            "max_notional": price_number(instrument.max_notional, digits) if instrument.max_notional else None,
            "takes_odd_lots": instrument.takes_odd_lots,
            "settlement_days": instrument.settlement_days,
            "phase": market.phase.value,
            "last_price": price_number(book.last_price, digits) if book.last_price else None,
            "best_bid": None if bid is None else price_number(bid, digits),
            "best_ask": None if ask is None else price_number(ask, digits),
            "volume": book.volume,
        }


def _trade(one: TradeRecord, digits: int) -> dict[str, Any]:
    return {
        "id": one.trade_id,
        "price": price_number(one.price, digits),
        "quantity": one.quantity,
        "aggressor": None if one.is_auction else one.aggressor.lower(),
        "is_auction": one.is_auction,
        "status": one.state.lower(),
        "at": time_text(one.at),
    }


def _candle(one: CandleRecord, digits: int) -> dict[str, Any]:
    prices = {name: price_number(getattr(one, name), digits) for name in ("open", "high", "low", "close")}
    return {"start": time_text(one.start), **prices, "quantity": one.quantity, "trades": one.trades}


def _action(one: ActionRecord) -> dict[str, Any]:
    return {
        "id": one.action_id,
        "kind": one.kind,
        "symbol": one.symbol,
        "ex_date": date_text(one.ex_date),
        "numerator": one.numerator,
        "denominator": one.denominator,
        "amount": money_number(one.amount),
        "new_symbol": one.new_symbol,
        "status": one.state.lower(),
    }


def _days(calendar: MarketCalendar, first: date, days: int) -> dict[str, Any]:
    shown = [
        {
            "date": day.isoformat(),
            "phases": [{"at": time_text(one.at), "phase": one.phase.value} for one in calendar.day(day).phases],
        }
        for day in islice(calendar.dates_from(first), days)
    ]
    return {"market": calendar.market, "time_zone": calendar.time_zone.key, "days": shown}


def _date(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = date.min
    if not 1970 <= found.year <= 2200:
        raise wrong_field("date", "must be a date from 1970 to 2200, such as 2026-03-02", text)
    return found
