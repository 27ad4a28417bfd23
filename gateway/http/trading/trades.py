"""Trades of portfolios over HTTP: `GET /trades`, the seed's list, with what each has settled and cost.

It is an array, so the way to the next page stands in the `Link` header.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from exchange.store.order_queries import FillFilter, fills_page
from exchange.store.records import FillRecord
from gateway.http.answers import json_response, time_text
from gateway.http.callers import TheCaller
from gateway.http.exact_json import api_router
from gateway.http.trading import schemas
from gateway.http.trading.numbers import (
    PAGE_DEFAULT,
    AsOf,
    Before,
    OneSymbol,
    PageSize,
    PortfolioNumber,
    Since,
    Until,
    average_number,
    date_text,
    moment,
    money_number,
)
from gateway.http.trading.view import Trading


class Trades:
    """The route of trades."""

    def __init__(self, trading: Trading) -> None:
        self._trading = trading

    def router(self) -> APIRouter:
        """What the application serves."""
        router = api_router("trades")
        answers = schemas.answers(list[schemas.Trade], HTTPStatus.NOT_FOUND)
        answers[200]["headers"] = LINK
        router.add_api_route(
            "/trades",
            self._list,
            summary="Retrieve a list of trades for a portfolio",
            responses=answers,
        )
        return router

    async def _list(
        self,
        caller: TheCaller,
        portfolio_id: PortfolioNumber = None,
        stock_symbol: OneSymbol = None,
        since: Since = None,
        until: Until = None,
        before: Before = None,
        limit: PageSize = PAGE_DEFAULT,
        as_of: AsOf = None,
    ) -> Response:
        """Newest first: one entry for each trade and side; of a portfolio, or of all that the caller sees."""
        chosen = {one.account_id: one.portfolio_id for one in self._trading.reach.chosen(caller, portfolio_id)}
        asked = FillFilter(tuple(chosen), stock_symbol or "", moment("since", since) or 0, moment("until", until))
        history = self._trading.history
        fills = await history.read(fills_page(history.database, asked, before, limit), as_of)
        headers = None
        if len(fills) == limit:
            named = {
                "portfolio_id": portfolio_id, "stock_symbol": stock_symbol, "since": since, "until": until,
                "limit": limit, "before": fills[-1].fill_id,
            }  # fmt: skip
            query = urlencode({name: value for name, value in named.items() if value is not None})
            headers = {"Link": f'</trades?{query}>; rel="next"'}
        return json_response([shown_fill(fill, chosen[fill.account]) for fill in fills], headers=headers)


LINK: dict[str, Any] = {
    "Link": {"description": 'Where the next page is: `<...>; rel="next"`.', "schema": {"type": "string"}}
}


def shown_fill(fill: FillRecord, portfolio_id: int | None) -> dict[str, Any]:
    """One side of a trade as the API shows it. Before the venue's first business day the date is that of UTC."""
    return {
        "id": fill.trade_id,
        "portfolio_id": portfolio_id,
        "trade_date": date_text(fill.date) or time_text(fill.at)[:10],
        "settlement_amount": money_number(fill.amount),
        "settlement_date": date_text(fill.settles_on),
        "order_id": fill.order_id,
        "stock_symbol": fill.symbol,
        "order_type": fill.side.lower(),
        "quantity": fill.quantity,
        "price": average_number(fill.amount, fill.quantity),
        "fee": money_number(fill.fee),
        "status": fill.state.lower(),
        "at": time_text(fill.at),
    }
