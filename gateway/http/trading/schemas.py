"""What the OpenAPI document says of the answers: the seed's schemas by their names, with fields beside them.

Nothing is made of these models: answers are built as they are sent, because a model of each would cost more than the
rest of the request.
"""

from __future__ import annotations

from decimal import Decimal
from http import HTTPStatus
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, WithJsonSchema

from gateway.http.problem_answers import problem_answers
from gateway.http.trading.order_words import KindWord, SideWord, StatusWord, TimeInForceWord

S = HTTPStatus

WRITES = (S.NOT_FOUND, S.CONFLICT, S.INSUFFICIENT_STORAGE)
"""What a request that changes something may be refused with, besides what holds for all."""


def answers(model: Any, *problems: HTTPStatus, status: HTTPStatus = S.OK) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`: its answer, and refusals that its path and body do not tell already."""
    return {int(status): {"model": model}, **problem_answers(*problems)}


Exact = Annotated[Decimal, WithJsonSchema({"type": "number"})]
"""A number with all its digits."""


class Answer(BaseModel):
    """More fields may come in later versions."""

    model_config = ConfigDict(extra="allow")


class StockPosition(Answer):
    """Shares of one instrument in a portfolio."""

    symbol: str
    quantity: int
    """Less than 0: sold short."""
    price: Exact
    """What each has cost on average."""


class Portfolio(Answer):
    """A portfolio: an account of the venue that belongs to a user."""

    id: int
    username: str
    account: str
    """By this name FIX orders trade for it."""
    name: str
    stock_positions: list[StockPosition]


class PortfolioMade(Portfolio):
    """A portfolio that was opened."""

    as_of: int


class UserPortfolios(Answer):
    """Who asks, and the portfolios that he may see."""

    id: int
    username: str
    portfolios: list[Portfolio]
    next: int | None
    """`after` of the next page."""


class UpdatedPortfolio(Answer):
    """The positions of a portfolio as they are now."""

    id: int
    stock_positions: list[StockPosition]
    as_of: int


class Order(Answer):
    """An order as it stands."""

    id: int
    portfolio_id: int | None
    stock_symbol: str
    order_type: SideWord
    quantity: int
    price: Exact | None
    kind: KindWord
    time_in_force: TimeInForceWord
    status: StatusWord
    is_held: bool
    filled_quantity: int
    leaves_quantity: int
    average_price: Exact | None
    client_order_id: str
    session: str
    account: str
    reason: str | None
    entered_at: str | None


class OrderDone(Order):
    """An order as a request has left it."""

    as_of: int


class Orders(Answer):
    """A page of orders, newest first."""

    orders: list[Order]
    next: int | None
    """`before` of the next page."""


class RefusedOrder(Answer):
    """An order that never was in the market, and why."""

    event: int
    portfolio_id: int | None
    stock_symbol: str
    order_type: str
    quantity: int
    price: Exact | None
    kind: str
    client_order_id: str
    session: str
    account: str
    reason: str
    field: str
    text: str
    at: str


class RefusedOrders(Answer):
    """A page of refused orders, newest first."""

    refused_orders: list[RefusedOrder]
    next: int | None


class CanceledOrders(Answer):
    """The orders that a mass cancel has ended."""

    canceled: list[int]
    as_of: int


class Trade(Answer):
    """One side of a trade."""

    id: int
    portfolio_id: int | None
    trade_date: str
    settlement_amount: Exact
    settlement_date: str | None
    order_id: int
    stock_symbol: str
    order_type: str
    quantity: int
    price: Exact
    fee: Exact
    status: str
    at: str


class Position(Answer):
    """A position with what it is worth."""

    portfolio_id: int | None
    account: str
    symbol: str
    currency: str
    quantity: int
    settled_quantity: int
    price: Exact
    cost: Exact
    last_price: Exact
    market_value: Exact
    unrealised: Exact
    realised: Exact
    collateral: Exact


class Balance(Answer):
    """What a portfolio has of one currency, or of one instrument's shares."""

    portfolio_id: int | None
    account: str
    asset: str
    is_money: bool
    available: Exact
    reserved: Exact
    unsettled: Exact
    collateral: Exact
    short: Exact
    fees: Exact
    traded: Exact
    settled: Exact
    withdrawable: Exact
    buying_power: Exact | None


class Profit(Answer):
    """What a portfolio has made in one currency, and what it is worth."""

    portfolio_id: int | None
    account: str
    currency: str
    cash: Exact
    market_value: Exact
    realised: Exact
    unrealised: Exact
    fees: Exact
    equity: Exact


class MoneyMoved(Answer):
    """A transfer that was posted."""

    portfolio_id: int | None
    account: str
    reference: str
    asset: str
    amount: Exact
    available: Exact
    as_of: int


class Posting(Answer):
    """One line of the ledger."""

    event: int
    line: int
    date: str | None
    at: str
    account: str
    asset: str
    bucket: str
    amount: Exact
    cause: str
    reference: str
    text: str


class Postings(Answer):
    """A page of postings, newest first."""

    postings: list[Posting]
    next: str | None


class DayBalance(Answer):
    """What stood in a bucket before and after a business day."""

    asset: str
    bucket: str
    opening: Exact
    closing: Exact


class Statement(Answer):
    """One business day of a portfolio."""

    portfolio_id: int
    account: str
    date: str
    balances: list[DayBalance]
    postings: list[Posting]
    next: str | None


class FeesOfDay(Answer):
    """Fees of one business day in one currency."""

    date: str | None
    currency: str
    paid: Exact
    total: Exact


class FeesInAll(Answer):
    """Fees up to now in one currency."""

    currency: str
    paid: Exact


class Fees(Answer):
    """What a portfolio has paid."""

    portfolio_id: int
    account: str
    days: list[FeesOfDay]
    totals: list[FeesInAll]


class Pending(Answer):
    """What is to be settled."""

    portfolio_id: int | None
    account: str
    symbol: str
    due: str | None
    shares: int
    cash: Exact
    attempts: int


class Settlement(Answer):
    """What a settlement day did."""

    event: int
    portfolio_id: int | None
    account: str
    symbol: str
    due: str | None
    date: str | None
    shares: int
    cash: Exact
    left_shares: int
    left_cash: Exact
    status: str
    attempts: int
    text: str
    at: str


class Settlements(Answer):
    """What is to settle, and a page of what has settled or failed, newest first."""

    pending: list[Pending]
    settlements: list[Settlement]
    next: int | None


class ListedInstrument(Answer):
    """An instrument with its rules, and where it stands now."""

    symbol: str
    currency: str
    market: str
    price_digits: int
    tick: Exact
    lot: int
    reference_price: Exact
    lowest_price: Exact
    highest_price: Exact
    max_quantity: int
    takes_odd_lots: bool
    settlement_days: int
    phase: str
    last_price: Exact | None
    best_bid: Exact | None
    best_ask: Exact | None
    volume: int


class Candle(Answer):
    """Prices and shares of the trades of one span of time."""

    start: str
    open: Exact
    high: Exact
    low: Exact
    close: Exact
    quantity: int
    trades: int


class MarketTrade(Answer):
    """A trade as everybody sees it."""

    id: int
    price: Exact
    quantity: int
    aggressor: str | None
    is_auction: bool
    status: str
    at: str


class MarketTrades(Answer):
    """A page of trades, newest first."""

    symbol: str
    trades: list[MarketTrade]
    next: int | None


class Candles(Answer):
    """Candles, oldest first; a span without trades has none."""

    symbol: str
    interval: str
    candles: list[Candle]


class ClockNow(Answer):
    """The venue's time."""

    now: str
    event: int
    business_dates: dict[str, str | None]


class PlannedPhase(Answer):
    """A phase of a trading day."""

    at: str
    phase: str


class TradingDate(Answer):
    """A trading day of a market."""

    date: str
    phases: list[PlannedPhase]


class Calendar(Answer):
    """The trading days of a market."""

    market: str
    time_zone: str
    days: list[TradingDate]


class CorporateAction(Answer):
    """What a company does to its shares."""

    id: str
    kind: str
    symbol: str
    ex_date: str | None
    numerator: int
    denominator: int
    amount: Exact
    new_symbol: str
    status: str


class StopLoss(Answer):
    """The protective stop of a position."""

    portfolio_id: int | None
    account: str
    symbol: str
    price: Exact
    trailing: bool | None
    set_at: str | None


class StopSet(Answer):
    """A protective stop as it was set; one that is gone has no price."""

    portfolio_id: int
    account: str
    symbol: str
    price: Exact | None
    trailing: bool
    as_of: int
