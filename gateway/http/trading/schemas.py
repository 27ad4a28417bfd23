"""What the OpenAPI document says of the answers: the seed's schemas by their names, with fields beside them.

Nothing is made of these models: answers are built as they are sent, because a model of each would cost more than the
rest of the request.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, WithJsonSchema

from gateway.http.trading.order_words import KindWord, SideWord, StatusWord, TimeInForceWord

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
