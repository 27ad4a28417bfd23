"""Protective stops of positions over HTTP: set, moved, taken away and listed at `/stop-losses`.

The venue keeps them: when the last price comes to one, the position is closed at the market, whoever is logged on.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Annotated, Any, Self

import msgspec
from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.responses import Response

from exchange.clearing_events import StopLossSet
from exchange.commands import SetStopLoss
from exchange.reference.limits import StopLoss
from exchange.reference.units import parse_decimal
from exchange.rejections import RejectReason
from exchange.store.portfolios import Portfolio
from exchange.store.stop_queries import StopRecord, stops_of
from gateway.http.answers import json_response, time_text
from gateway.http.callers import Caller, TheCaller
from gateway.http.exact_json import api_router
from gateway.http.trading import schemas
from gateway.http.trading.numbers import (
    NUMBER_MAX,
    AsOf,
    DecimalText,
    Number,
    PortfolioNumber,
    Symbol,
    price_number,
)
from gateway.http.trading.refusals import trading_problem
from gateway.http.trading.view import Trading

PERCENT_DIGITS = 2
"""Distances come down to a basis point."""

SET = "SET"

NAMES = MappingProxyType({"account": "portfolio_id", "symbol": "stock_symbol"})
"""What bodies here call fields of the venue's commands."""


class StopGiven(BaseModel):
    """Where the stop of a position shall stand: at a price, or at a distance from the last price."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"portfolio_id": 1, "stock_symbol": "AAPL", "price": 140}}
    )

    portfolio_id: Number
    stock_symbol: Symbol
    price: DecimalText | None = None
    distance_percent: DecimalText | None = Field(None, description="From the last price: 5 is 5 %.")
    trailing: bool = Field(False, strict=True, description="Whether it follows the last price at that distance.")

    @model_validator(mode="after")
    def _is_one_place(self) -> Self:
        if (self.price is None) is (self.distance_percent is None):
            raise ValueError("either price or distance_percent says where the stop stands")
        if self.trailing and self.distance_percent is None:
            raise ValueError("trailing needs distance_percent, at which the stop follows")
        return self


class StopLosses:
    """The routes of protective stops."""

    def __init__(self, trading: Trading) -> None:
        self._trading = trading

    def router(self) -> APIRouter:
        """What the application serves."""
        router = api_router("risk")
        path, one = "/stop-losses", schemas.answers(schemas.StopSet, *schemas.WRITES)
        listed = schemas.answers(list[schemas.StopLoss], schemas.S.NOT_FOUND)
        router.add_api_route(path, self._list, summary="Protective stops of positions", responses=listed)
        router.add_api_route(path, self._set, methods=["PUT"], summary="Protect a position by a stop", responses=one)
        router.add_api_route(path, self._remove, methods=["DELETE"], summary="Take a stop away", responses=one)
        return router

    async def _list(self, caller: TheCaller, portfolio_id: PortfolioNumber = None, as_of: AsOf = None) -> Response:
        """The stops that stand at this moment; what the store does not have yet of one is null."""
        history, venue = self._trading.history, self._trading.venue
        chosen = {one.account_id: one.portfolio_id for one in self._trading.reach.chosen(caller, portfolio_id)}
        stored = await history.read(stops_of(history.database, list(chosen)), as_of)
        known = {(one.account, one.symbol): one for one in stored if one.state == SET}
        stops = venue.risk_control.stops
        return json_response(
            [
                self._shown(account, symbol, price, known.get((account, symbol))) | {"portfolio_id": number}
                for account, number in chosen.items()
                for symbol in venue.clearing.positions.of(account)
                if (price := stops.price_of(account, symbol))
            ]
        )

    async def _set(self, caller: TheCaller, body: StopGiven) -> Response:
        """Sets or moves the stop of a position."""
        portfolio = self._trading.reach.to_change(caller, body.portfolio_id)
        return await self._carry_out(caller, portfolio, body.stock_symbol, self._stop(body))

    async def _remove(
        self,
        caller: TheCaller,
        portfolio_id: Annotated[int, Query(ge=1, le=NUMBER_MAX)],
        stock_symbol: Annotated[str, Query(min_length=1, max_length=64)],
    ) -> Response:
        """Takes the stop of a position away."""
        portfolio = self._trading.reach.to_change(caller, portfolio_id)
        return await self._carry_out(caller, portfolio, stock_symbol, None)

    async def _carry_out(self, caller: Caller, portfolio: Portfolio, symbol: str, stop: StopLoss | None) -> Response:
        instrument = self._trading.reader.instrument(symbol)
        command = SetStopLoss(portfolio.account_id, symbol, stop)
        events = await self._trading.money.carry_out("stop-loss", command, caller.who, NAMES)
        price = next((event.price for event in events if isinstance(event, StopLossSet)), 0)
        return json_response(
            {
                "portfolio_id": portfolio.portfolio_id,
                "account": portfolio.account_id,
                "symbol": symbol,
                "price": price_number(price, instrument.price_digits) if price else None,
                "trailing": stop is not None and stop.is_trailing,
                "as_of": events[-1].number if events else self._trading.venue.last_event,
            }
        )

    def _stop(self, body: StopGiven) -> StopLoss:
        instrument = self._trading.reader.instrument(body.stock_symbol)
        if body.price is not None:
            price = instrument.scale.parse(body.price)
            if price is None or price <= 0:
                rule = (
                    f"{body.price} is not a price above 0 of at most {instrument.price_digits} digits behind the point"
                )
                raise trading_problem(RejectReason.INVALID_LIMITS, "price", rule, body.price)
            return StopLoss(price=price)
        text = body.distance_percent or ""
        points = parse_decimal(text, PERCENT_DIGITS)
        if points is None or not 0 < points < 100 * 10**PERCENT_DIGITS:
            rule = f"{text} is not a percentage above 0 and below 100, in steps of 0.01"
            raise trading_problem(RejectReason.INVALID_LIMITS, "distance_percent", rule, text)
        return StopLoss(distance_basis_points=points, is_trailing=body.trailing)

    def _shown(self, account: str, symbol: str, price: int, stored: StopRecord | None) -> dict[str, Any]:
        asked: dict[str, Any] | None = msgspec.json.decode(stored.stop) if stored is not None else None
        return {
            "account": account,
            "symbol": symbol,
            "price": price_number(price, self._trading.venue.instruments[symbol].price_digits),
            "trailing": None if asked is None else bool(asked.get("is_trailing")),
            "set_at": None if stored is None else time_text(stored.changed_at),
        }
