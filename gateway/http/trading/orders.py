"""Orders over HTTP: `/orders` to enter, list and cancel, `/orders/{id}` to see, change and cancel one.

An order belongs to its portfolio, whoever entered it: orders by FIX for the same account are seen here, too. What is
open is shown as it is at this moment; what the venue has let go of comes from the store.
"""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from exchange.commands import ReplaceOrder
from exchange.matching.order import Order
from exchange.rejections import RejectReason
from exchange.store.order_queries import OrderFilter, order_with_fills, refused_orders_page
from exchange.store.portfolios import Portfolio
from gateway.http.answers import json_response
from gateway.http.callers import Caller, TheCaller
from gateway.http.exact_json import api_router
from gateway.http.trading import schemas
from gateway.http.trading.numbers import (
    NUMBER_MAX,
    PAGE_DEFAULT,
    PAGE_MAX,
    AsOf,
    Before,
    Number,
    OneSymbol,
    PageSize,
    PortfolioNumber,
    moment,
)
from gateway.http.trading.order_bodies import ChangedOrder, NewOrder
from gateway.http.trading.order_views import OrderState, live_state, shown_order, shown_refusal
from gateway.http.trading.order_words import SIDES, STATUSES
from gateway.http.trading.reach import sees_everything
from gateway.http.trading.refusals import trading_problem
from gateway.http.trading.trades import shown_fill
from gateway.http.trading.view import Trading
from gateway.http.wrong_fields import wrong_field
from gateway.trading_desk import OrderOutcome, new_identifier, session_of

OrderNumber = Annotated[int, Path(ge=1, le=NUMBER_MAX)]
EitherSide = Annotated[Literal["buy", "sell"] | None, Query(alias="order_type", description="Only this side.")]
Since = Annotated[str | None, Field(max_length=40, description="Entered from this time on: ISO 8601 with its zone.")]
Until = Annotated[str | None, Field(max_length=40, description="Entered before this time.")]
OneStatus = Literal["open", "new", "partially_filled", "filled", "canceled", "expired", "done_for_day"]


class OrdersAsked(BaseModel):
    """Which orders are to be listed: all conditions hold together."""

    portfolio_id: int | None = Field(None, ge=1, le=NUMBER_MAX, description="Only this portfolio.")
    stock_symbol: str | None = Field(None, max_length=64, description="Only this instrument.")
    order_type: Literal["buy", "sell"] | None = Field(None, description="Only this side.")
    status: OneStatus | None = Field(None, description="`open`: those that can still trade, as of this moment.")
    client_order_id: str | None = Field(None, max_length=64, description="The caller's own order of this identifier.")
    since: Since = None
    until: Until = None
    before: int | None = Field(None, ge=1, le=NUMBER_MAX, description="`next` of the page before this one.")
    limit: int = Field(PAGE_DEFAULT, ge=1, le=PAGE_MAX)
    as_of: int | None = Field(None, ge=0, le=NUMBER_MAX, description="The number of an event, as writes answer it.")

    def stored(self, accounts: Iterable[str]) -> OrderFilter:
        """The same as the store asks for it. Raises `Problem` for a time that is none."""
        return OrderFilter(
            tuple(accounts),
            self.stock_symbol or "",
            "" if self.order_type is None else SIDES[self.order_type][0].name,
            () if self.status in (None, "open") else (STATUSES[self.status].name,),
            moment("since", self.since) or 0,
            moment("until", self.until),
        )

    def is_met(self, state: OrderState) -> bool:
        """Whether an order is of that instrument and side; the store has seen to the rest."""
        terms = state.terms
        return (self.stock_symbol is None or terms.symbol == self.stock_symbol) and (
            self.order_type is None or terms.side is SIDES[self.order_type][0]
        )


class Orders:
    """The routes of orders."""

    def __init__(self, trading: Trading) -> None:
        self._trading = trading
        self._history = trading.history

    def router(self) -> APIRouter:
        """What the application serves."""
        router = api_router("orders")
        router.add_api_route(
            "/orders",
            self._enter,
            methods=["POST"],
            status_code=HTTPStatus.CREATED,
            summary="Create a new order",
            responses=schemas.answers(schemas.OrderDone, *schemas.WRITES, status=HTTPStatus.CREATED),
        )
        router.add_api_route(
            "/orders",
            self._list,
            summary="Orders, newest first",
            responses=schemas.answers(schemas.Orders, HTTPStatus.NOT_FOUND),
        )
        router.add_api_route(
            "/orders",
            self._cancel_all,
            methods=["DELETE"],
            summary="Cancel all open orders of a portfolio",
            responses=schemas.answers(schemas.CanceledOrders, *schemas.WRITES),
        )
        router.add_api_route(
            "/refused-orders",
            self._refused,
            summary="Orders that were refused, newest first",
            responses=schemas.answers(schemas.RefusedOrders, HTTPStatus.NOT_FOUND),
        )
        done = schemas.answers(schemas.OrderDone, *schemas.WRITES)
        one = "/orders/{order_id}"
        router.add_api_route(one, self._one, summary="One order", responses=schemas.answers(schemas.Order))
        router.add_api_route(
            f"{one}/trades",
            self._trades,
            summary="What an order has traded",
            responses=schemas.answers(list[schemas.Trade]),
        )
        router.add_api_route(one, self._cancel, methods=["DELETE"], summary="Cancel an order", responses=done)
        for method in ("PUT", "PATCH"):
            router.add_api_route(
                one,
                self._replace,
                methods=[method],
                summary="Change an open order; what is left out stays",
                operation_id=f"{method.lower()}_order",
                responses=done,
            )
        return router

    async def _enter(self, caller: TheCaller, body: NewOrder) -> Response:
        """Enters an order. With a `client_order_id` it happens once, however often the request is sent."""
        trading = self._trading
        portfolio = trading.reach.to_change(caller, body.portfolio_id)
        cl_ord_id = body.client_order_id or new_identifier()
        command = trading.reader.new_order(body, session_of(caller), cl_ord_id, portfolio.account_id)
        outcome = await trading.orders.enter(command)
        headers = {"Location": f"/orders/{outcome.state.terms.order_id}"}
        return json_response(self._done(outcome, portfolio), HTTPStatus.CREATED, headers)

    async def _list(self, caller: TheCaller, asked: Annotated[OrdersAsked, Query()]) -> Response:
        """Orders of a portfolio, or of all that the caller sees. `open` ones are those of this very moment."""
        chosen = {one.account_id: one for one in self._trading.reach.chosen(caller, asked.portfolio_id)}
        if asked.client_order_id is not None:
            states = await self._named(caller, asked.client_order_id, asked.as_of)
        elif asked.status == "open":
            if asked.since is not None or asked.until is not None:
                rule = "is not for open orders: of those the venue has not kept when they came"
                raise wrong_field("until" if asked.since is None else "since", rule)
            states = [live_state(order) for order in self._trading.orders.open_orders(list(chosen))]
            states = [state for state in states if asked.before is None or state.terms.order_id < asked.before]
        else:
            states = await self._history.orders(asked.stored(chosen), asked.before, asked.limit, asked.as_of)
        found = [state for state in states if state.terms.account in chosen and asked.is_met(state)][: asked.limit]
        shown = [self._shown(state, chosen[state.terms.account]) for state in found]
        following = found[-1].terms.order_id if len(found) == asked.limit else None
        return json_response({"orders": shown, "next": following})

    async def _named(self, caller: Caller, cl_ord_id: str, as_of: int | None) -> list[OrderState]:
        """The caller's own order that has this identifier, or had it before it was changed."""
        register, session = self._trading.venue.register, session_of(caller)
        order = register.find(session, cl_ord_id) or register.find_former(session, cl_ord_id)
        if order is not None:
            return [live_state(order)]
        return await self._history.named_orders(session, cl_ord_id, as_of)

    async def _one(self, caller: TheCaller, order_id: OrderNumber, as_of: AsOf = None) -> Response:
        """One order, as it stands now. Of an open one the venue answers, which has not kept when it came."""
        order = self._trading.venue.register.by_order_id(order_id)
        if order is not None and order.is_open:
            state: OrderState | None = live_state(order)
        else:
            state = await self._history.order(order_id, as_of)
            if order is not None and (state is None or state.status is not order.status):
                # The store is a moment behind.
                state = live_state(order)
        portfolio = None if state is None else self._portfolio(caller, state.terms.account)
        if state is None or (portfolio is None and not sees_everything(caller)):
            raise _unknown(order_id)
        return json_response(self._shown(state, portfolio))

    async def _trades(self, caller: TheCaller, order_id: OrderNumber, as_of: AsOf = None) -> Response:
        """The trades of an order, newest first, at most a thousand; `/trades` has all of its portfolio's."""
        found = await self._history.read(order_with_fills(self._history.database, order_id), as_of)
        portfolio = None if found is None else self._portfolio(caller, found.order.account)
        if found is None or (portfolio is None and not sees_everything(caller)):
            raise _unknown(order_id)
        number = None if portfolio is None else portfolio.portfolio_id
        return json_response([shown_fill(fill, number) for fill in found.fills])

    async def _refused(
        self,
        caller: TheCaller,
        portfolio_id: PortfolioNumber = None,
        before: Before = None,
        limit: PageSize = PAGE_DEFAULT,
        as_of: AsOf = None,
    ) -> Response:
        """Orders that the venue refused, newest first, and why; those with fields that are wrong never came so far."""
        chosen = {one.account_id: one.portfolio_id for one in self._trading.reach.chosen(caller, portfolio_id)}
        query = refused_orders_page(self._history.database, list(chosen), before, limit)
        refused = await self._history.read(query, as_of)
        shown = [
            shown_refusal(one, self._trading.venue.instruments.get(one.symbol), chosen[one.account]) for one in refused
        ]
        return json_response({"refused_orders": shown, "next": refused[-1].event if len(refused) == limit else None})

    async def _cancel(self, caller: TheCaller, order_id: OrderNumber) -> Response:
        """Takes what is left of an order out of the market."""
        order, portfolio = await self._to_amend(caller, order_id)
        outcome = await self._trading.orders.cancel(caller, order)
        return json_response(self._done(outcome, portfolio))

    async def _replace(self, caller: TheCaller, order_id: OrderNumber, body: ChangedOrder) -> Response:
        """Gives an open order new terms; what is left out stays. A larger quantity or another price queues anew."""
        trading = self._trading
        order, portfolio = await self._to_amend(caller, order_id)
        terms = order.terms
        command = ReplaceOrder(
            session=session_of(caller),
            cl_ord_id=body.client_order_id or new_identifier(),
            orig_cl_ord_id=terms.cl_ord_id,
            symbol=terms.symbol,
            side=terms.side,
            order_type=terms.order_type,
            **trading.reader.changes(body, terms),
        )
        return json_response(self._done(await trading.orders.replace(caller, order, command), portfolio))

    async def _cancel_all(
        self,
        caller: TheCaller,
        portfolio_id: Annotated[Number, Query()],
        stock_symbol: OneSymbol = None,
        side: EitherSide = None,
    ) -> Response:
        """Takes all open orders of a portfolio out of the market, those that came by FIX, too."""
        trading = self._trading
        portfolio = trading.reach.to_change(caller, portfolio_id)
        wanted = None if side is None else SIDES[side][0]
        outcome = await trading.orders.cancel_all(caller, portfolio.account_id, stock_symbol or "", wanted)
        return json_response({"canceled": outcome.order_ids, "as_of": outcome.as_of})

    async def _to_amend(self, caller: Caller, order_id: int) -> tuple[Order, Portfolio]:
        """An order that the caller may change, and its portfolio. Raises `Problem`."""
        order = self._trading.venue.register.by_order_id(order_id)
        if order is None:
            stored = await self._history.order(order_id)
            if stored is not None and self._portfolio(caller, stored.terms.account) is not None:
                text = f"{order_id} is already {stored.status.name.lower()}"
                raise trading_problem(RejectReason.ORDER_CLOSED, "order_id", text, order_id)
            raise _unknown(order_id)
        portfolio = self._portfolio(caller, order.terms.account)
        if portfolio is None:
            raise _unknown(order_id)
        self._trading.reach.to_change(caller, portfolio.portfolio_id)
        return order, portfolio

    def _portfolio(self, caller: Caller, account: str) -> Portfolio | None:
        return self._trading.reach.of_account(caller, account)

    def _done(self, outcome: OrderOutcome, portfolio: Portfolio) -> dict[str, Any]:
        return self._shown(outcome.state, portfolio) | {"as_of": outcome.as_of}

    def _shown(self, state: OrderState, portfolio: Portfolio | None) -> dict[str, Any]:
        instrument = self._trading.venue.instruments[state.terms.symbol]
        return shown_order(state, instrument, None if portfolio is None else portfolio.portfolio_id)


def _unknown(order_id: int) -> Exception:
    return trading_problem(
        RejectReason.UNKNOWN_ORDER, "order_id", f"{order_id} is not an order that you can see", order_id
    )
