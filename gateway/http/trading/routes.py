"""All routes of the trading API, group by group; `gateway.http.app` serves them."""

from __future__ import annotations

from fastapi import APIRouter

from gateway.http.trading.ledger import LedgerHistory
from gateway.http.trading.market import Market
from gateway.http.trading.orders import Orders
from gateway.http.trading.portfolios import Portfolios
from gateway.http.trading.stop_losses import StopLosses
from gateway.http.trading.trades import Trades
from gateway.http.trading.view import TradingView


def trading_routes(view: TradingView) -> list[APIRouter]:
    """The routers, in the order in which paths are looked for."""
    trading = view.trading
    return [
        Portfolios(trading).router(),
        Orders(trading).router(),
        Trades(trading).router(),
        LedgerHistory(trading).router(),
        StopLosses(trading).router(),
        Market(trading).router(),
    ]
