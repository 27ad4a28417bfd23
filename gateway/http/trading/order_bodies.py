"""The bodies of order requests: what a new order and a changed one may say, and what of it cannot be read at all.

Fields are the seed's, more beside them. Whether the venue takes what they say is its own to decide; here is only what
makes no sense anywhere.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from gateway.http.trading.numbers import DecimalText, Identifier, Number, Shares, SharesOrNone, Symbol
from gateway.http.trading.order_words import (
    ContingencyWord,
    KindWord,
    PegWord,
    SelfTradeWord,
    SideWord,
    TimeInForceWord,
)

GENERATED_PREFIX = "~"
"""Identifiers that the exchange makes begin so; clients' do not."""

EXPIRY_CHARACTERS_MAX = 40


def _own_identifier(text: str) -> str:
    if text.startswith(GENERATED_PREFIX):
        raise ValueError(f"must not begin with {GENERATED_PREFIX}: such identifiers the exchange makes itself")
    return text


def _moment(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None or not 1970 <= moment.year <= 2200:
            raise ValueError("must be a date such as 2026-12-31 or a time such as 2026-12-31T16:00:00Z") from None
    return text


ClientOrderId = Annotated[Identifier, AfterValidator(_own_identifier)]
Expiry = Annotated[str, Field(max_length=EXPIRY_CHARACTERS_MAX), AfterValidator(_moment)]


class OrderDetails(BaseModel):
    """What an order may ask for besides."""

    model_config = ConfigDict(extra="forbid")

    stop_price: DecimalText | None = Field(None, description="Where a stop or if-touched order comes into the market.")
    trail_by: DecimalText | None = Field(None, description="A stop that follows the last price at this distance.")
    trail_percent: DecimalText | None = Field(None, description="The same as a share of the last price: 2.5 is 2.5 %.")
    display_quantity: SharesOrNone | None = Field(
        None, description="Shares that the book shows at a time: an iceberg; 0 hides the order."
    )
    min_quantity: Shares | None = Field(None, description="Least shares to trade at once.")
    all_or_none: bool = Field(False, strict=True, description="Trades whole or not at all.")
    post_only: bool = Field(False, strict=True, description="May not take liquidity on entry.")
    peg: PegWord | None = Field(None, description="What the price of a pegged order follows.")
    peg_offset: DecimalText | None = Field(None, description="Added to what the peg follows.")
    self_trade_prevention: SelfTradeWord | None = Field(
        None, description="What happens when it meets an order of the same owner; without it, what the account says."
    )
    expires_at: Expiry | None = Field(
        None, description="Of `gtd`: a date of the market, whole, or a time with its zone.", examples=["2026-12-31"]
    )


class NewOrder(OrderDetails):
    """An order to enter."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "portfolio_id": 1,
                "stock_symbol": "AAPL",
                "order_type": "buy",
                "quantity": 10,
                "price": 150,
            }
        },
    )

    portfolio_id: Number
    stock_symbol: Symbol
    order_type: SideWord = Field(description="The side.")
    quantity: Shares
    price: DecimalText | None = Field(None, description="The limit; of kinds that have one.")
    kind: KindWord = "limit"
    time_in_force: TimeInForceWord = "day"
    client_order_id: ClientOrderId | None = Field(
        None,
        description="The order's identity, unique among the user's: the same request with it again has the same answer "
        "and enters nothing. Without it, one is made.",
    )
    group: Identifier | None = Field(None, description="Name of the group of orders that it hangs together with.")
    contingency: ContingencyWord | None = Field(
        None, description="How: one cancels the other, one updates the other, one triggers the other."
    )
    locate: Identifier | None = Field(None, description="Of a short sale: where the shares will be borrowed.")

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        needs_limit = self.kind in ("limit", "stop_limit", "limit_if_touched")
        if needs_limit and self.price is None:
            raise ValueError(f"price is missing; a {self.kind} order needs one")
        if not needs_limit and self.price is not None and self.kind != "pegged":
            raise ValueError(f"price is not for a {self.kind} order, which has no limit")
        if self.locate is not None and not self.order_type.startswith("sell_short"):
            raise ValueError("locate is for short sales")
        return self


class ChangedOrder(OrderDetails):
    """New terms of an open order; what is left out stays."""

    quantity: Shares | None = Field(None, description="The new total, what is filled included.")
    price: DecimalText | None = None
    time_in_force: TimeInForceWord | None = None
    client_order_id: ClientOrderId | None = Field(None, description="The identifier of the order from now on.")

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.model_fields_set - {"client_order_id"}:
            raise ValueError("nothing is changed; quantity, price or another field is")
        return self
