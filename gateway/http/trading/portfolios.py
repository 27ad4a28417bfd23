"""Portfolios over HTTP: the seed's `/portfolios` and `/portfolio`, what is in them, and money paid in and out.

`GET /portfolios` answers the object of the seed's example: who asks, and his portfolios.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from secrets import token_hex
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from exchange.commands import Holding, SetHoldings, Transfer
from exchange.postings import TransferKind
from exchange.reference.money import parse_money
from exchange.rejections import RejectReason
from exchange.store.identity import Role
from exchange.store.portfolios import Portfolio
from gateway.http.answers import json_response
from gateway.http.callers import Caller, TheCaller
from gateway.http.exact_json import api_router
from gateway.http.problems import Problem
from gateway.http.trading import schemas
from gateway.http.trading.numbers import (
    NUMBER_MAX,
    PAGE_MAX,
    DecimalText,
    Identifier,
    Number,
    PageSize,
    PortfolioNumber,
    Reason,
    SharesOrNone,
    Symbol,
    money_number,
)
from gateway.http.trading.portfolio_views import PortfolioViews
from gateway.http.trading.refusals import trading_problem
from gateway.http.trading.view import Trading
from gateway.http.wrong_fields import wrong_field

POSITIONS_MAX = 1_000
"""Positions that one request corrects: one command, one journal record."""

REFERENCE_BYTES = 12

NAMES = MappingProxyType({"account": "portfolio_id"})
"""What bodies here call fields of the venue's commands."""

PortfolioPath = Annotated[int, Path(ge=1, le=NUMBER_MAX)]


class StockPositionGiven(BaseModel):
    """What a position shall be."""

    model_config = ConfigDict(extra="forbid", title="StockPositionGiven")

    symbol: Symbol
    quantity: SharesOrNone
    price: DecimalText = Field(description="What each is taken to have cost.")


class PortfolioGiven(BaseModel):
    """The positions that a portfolio shall have; those that are not named stay."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "id": 1,
                "stock_positions": [
                    {"symbol": "AAPL", "quantity": 110, "price": 160.00},
                    {"symbol": "MSFT", "quantity": 55, "price": 220.00},
                ],
            }
        },
    )

    id: Number
    stock_positions: list[StockPositionGiven] = Field(max_length=POSITIONS_MAX)
    reference: Identifier | None = Field(None, description="Posted once, however often it is sent.")
    reason: Reason = ""


class PortfolioOpened(BaseModel):
    """One more portfolio."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=64, pattern=r"^[\x20-\x7e]*$")] = ""


class MoneyGiven(BaseModel):
    """What is paid in or out."""

    model_config = ConfigDict(extra="forbid")

    amount: DecimalText = Field(examples=[1000])
    asset: Symbol | None = Field(
        None, description="A currency, or the symbol of an instrument; without it, the venue's currency."
    )
    price: DecimalText | None = Field(None, description="Of shares that come: what each is taken to have cost.")
    reference: Identifier | None = Field(None, description="Posted once, however often it is sent.")
    reason: Reason = ""


class Portfolios:
    """The routes of portfolios."""

    def __init__(self, trading: Trading) -> None:
        self._trading = trading
        self._views = PortfolioViews(trading.venue)

    def router(self) -> APIRouter:
        """What the application serves."""
        router = api_router("portfolios")
        add = router.add_api_route
        add(
            "/portfolios",
            self._list,
            summary="Retrieve a list of user portfolios",
            responses=schemas.answers(schemas.UserPortfolios),
        )
        add(
            "/portfolios",
            self._open,
            methods=["POST"],
            status_code=HTTPStatus.CREATED,
            summary="Open another portfolio",
            responses=schemas.answers(schemas.PortfolioMade, *schemas.WRITES, status=HTTPStatus.CREATED),
        )
        add(
            "/portfolios/{portfolio_id}",
            self._one,
            responses=schemas.answers(schemas.Portfolio),
            summary="One of them",
        )
        add(
            "/portfolio",
            self._set_positions,
            methods=["PUT"],
            summary="Update a portfolio's stock positions",
            responses=schemas.answers(schemas.UpdatedPortfolio, *schemas.WRITES),
        )
        moved = schemas.answers(schemas.MoneyMoved, *schemas.WRITES, status=HTTPStatus.CREATED)
        for path, answer, summary in (
            ("/portfolios/{portfolio_id}/deposits", self._deposit, "Pay in"),
            ("/portfolios/{portfolio_id}/withdrawals", self._withdraw, "Pay out"),
        ):
            add(path, answer, methods=["POST"], status_code=HTTPStatus.CREATED, summary=summary, responses=moved)
        for path, listed, schema, summary in (
            ("/positions", self._positions, list[schemas.Position], "Positions and what they are worth"),
            ("/balances", self._balances, list[schemas.Balance], "Money and shares: free, reserved, unsettled"),
            ("/profit", self._profit, list[schemas.Profit], "Profit, fees and equity by currency"),
        ):
            add(path, listed, summary=summary, responses=schemas.answers(schema, HTTPStatus.NOT_FOUND))
        return router

    async def _list(
        self,
        caller: TheCaller,
        after: Annotated[int, Query(ge=0, le=NUMBER_MAX, description="`next` of the page before this one.")] = 0,
        limit: PageSize = PAGE_MAX,
    ) -> Response:
        """The portfolios that the caller may see, with their positions as they are now."""
        seen = [one for one in self._trading.portfolios.seen_by(caller) if one.portfolio_id > after]
        shown = seen[:limit]
        return json_response(
            {
                "id": caller.user_id,
                "username": caller.username,
                "portfolios": [self._views.portfolio(one) for one in shown],
                "next": shown[-1].portfolio_id if len(seen) > limit else None,
            }
        )

    async def _one(self, caller: TheCaller, portfolio_id: PortfolioPath) -> Response:
        """One portfolio with its positions."""
        return json_response(self._views.portfolio(self._trading.reach.one(caller, portfolio_id)))

    async def _open(self, caller: TheCaller, body: PortfolioOpened) -> Response:
        """Opens another portfolio of the caller's."""
        if caller.role is Role.AUDITOR or not caller.user_id:
            raise Problem(
                HTTPStatus.FORBIDDEN, "FORBIDDEN", f"{caller.username} is {caller.role}, who has no portfolios."
            )
        portfolio, event = await self._trading.portfolios.open(caller.user_id, caller.username, body.name)
        headers = {"Location": f"/portfolios/{portfolio.portfolio_id}"}
        return json_response(self._views.portfolio(portfolio) | {"as_of": event}, HTTPStatus.CREATED, headers)

    async def _set_positions(self, caller: TheCaller, body: PortfolioGiven) -> Response:
        """Corrects positions: the differences are posted against the house, all of them or none."""
        trading = self._trading
        portfolio = trading.reach.to_change(caller, body.id)
        if caller.role is not Role.OPERATOR and not trading.terms.self_correcting:
            raise _not_allowed(caller, "positions are corrected by operators")
        holdings = tuple(self._holding(at, given) for at, given in enumerate(body.stock_positions))
        account = portfolio.account_id
        as_of = trading.venue.last_event
        if holdings:
            reference = _reference(account, body.reference)
            command = SetHoldings(account, holdings, reference, body.reason)
            events = await trading.money.carry_out("holdings", command, caller.who, NAMES)
            as_of = events[-1].number if events else trading.venue.last_event
        positions = self._views.stock_positions(account)
        return json_response({"id": portfolio.portfolio_id, "stock_positions": positions, "as_of": as_of})

    async def _deposit(self, caller: TheCaller, portfolio_id: PortfolioPath, body: MoneyGiven) -> Response:
        """Money or shares come to a portfolio."""
        return await self._move(caller, portfolio_id, body, TransferKind.DEPOSIT)

    async def _withdraw(self, caller: TheCaller, portfolio_id: PortfolioPath, body: MoneyGiven) -> Response:
        """Money or shares that are free and settled leave a portfolio."""
        return await self._move(caller, portfolio_id, body, TransferKind.WITHDRAWAL)

    async def _move(self, caller: Caller, portfolio_id: int, body: MoneyGiven, kind: TransferKind) -> Response:
        trading = self._trading
        portfolio = trading.reach.to_change(caller, portfolio_id)
        if caller.role is not Role.OPERATOR and not trading.terms.self_funding:
            raise _not_allowed(caller, "operators pay in and out here (platform.self_funding)")
        command = read_transfer(self._views, trading, portfolio.account_id, body, kind)
        events = await trading.money.carry_out(kind.value, command, caller.who, NAMES)
        shown = moved(trading, command, portfolio.portfolio_id, events[-1].number)
        return json_response(shown, HTTPStatus.CREATED)

    async def _positions(self, caller: TheCaller, portfolio_id: PortfolioNumber = None) -> Response:
        """Positions of a portfolio, or of all that the caller sees."""
        return self._of_each(caller, portfolio_id, self._views.positions)

    async def _balances(self, caller: TheCaller, portfolio_id: PortfolioNumber = None) -> Response:
        """What a portfolio has, asset by asset."""
        return self._of_each(caller, portfolio_id, self._views.balances)

    async def _profit(self, caller: TheCaller, portfolio_id: PortfolioNumber = None) -> Response:
        """What a portfolio has made; shares are worth the last price."""
        return self._of_each(caller, portfolio_id, self._views.profit)

    def _of_each(
        self,
        caller: Caller,
        portfolio_id: int | None,
        view: Callable[[str, int | None], Iterable[dict[str, Any]]],
    ) -> Response:
        chosen: list[Portfolio] = self._trading.reach.chosen(caller, portfolio_id)
        if len(chosen) > PAGE_MAX:
            rule = f"is needed: you see {len(chosen)} portfolios, and one answer has {PAGE_MAX}"
            raise wrong_field("portfolio_id", rule)
        return json_response([row for one in chosen for row in view(one.account_id, one.portfolio_id)])

    def _holding(self, at: int, given: StockPositionGiven) -> Holding:
        field = f"stock_positions.{at}"
        instrument = self._trading.venue.instruments.get(given.symbol)
        if instrument is None:
            text = f"{given.symbol} is not listed here; GET /instruments tells what is"
            raise trading_problem(RejectReason.UNKNOWN_INSTRUMENT, f"{field}.symbol", text, given.symbol)
        price = instrument.scale.parse(given.price)
        if price is None or price < 0:
            text = (
                f"{given.price} is not a price from 0 on with at most {instrument.price_digits} digits behind the point"
            )
            raise trading_problem(RejectReason.INVALID_PRICE, f"{field}.price", text, given.price)
        return Holding(given.symbol, given.quantity, price)


def read_transfer(
    views: PortfolioViews, trading: Trading, account: str, body: MoneyGiven, kind: TransferKind
) -> Transfer:
    """The command of a transfer. Raises `Problem` for what cannot be read."""
    asset = body.asset or views.currency()
    if asset is None:
        raise wrong_field("asset", "is needed: the venue's instruments have several currencies")
    instrument = trading.venue.instruments.get(asset)
    cost = 0
    if instrument is None:
        amount = parse_money(body.amount)
        rule = "is not an amount above 0 of at most 6 digits behind the point"
    else:
        amount = int(body.amount) if body.amount.isdigit() else None
        rule = f"is not a whole number above 0 of {asset} shares"
    if amount is None or not 0 < amount <= NUMBER_MAX:
        raise trading_problem(RejectReason.INVALID_AMOUNT, "amount", f"{body.amount} {rule}", body.amount)
    if body.price is not None:
        each = parse_money(body.price) if instrument is not None else None
        if each is None or each < 0 or each * amount > NUMBER_MAX:
            text = f"{body.price} is not what each share has cost: from 0 on, at most 6 digits behind the point"
            raise trading_problem(RejectReason.INVALID_PRICE, "price", text, body.price)
        cost = each * amount
    return Transfer(account, kind, asset, amount, _reference(account, body.reference), cost, body.reason)


def moved(trading: Trading, command: Transfer, portfolio_id: int | None, event: int) -> dict[str, Any]:
    """A transfer that was posted, as the API shows it."""
    number = int if command.asset in trading.venue.instruments else money_number
    return {
        "portfolio_id": portfolio_id,
        "account": command.account,
        "reference": command.reference,
        "asset": command.asset,
        "amount": number(command.amount),
        "available": number(trading.venue.clearing.ledger.available(command.account, command.asset)),
        "as_of": event,
    }


def _reference(account: str, given: str | None) -> str:
    """References are the venue's; with the account in it, nobody takes another's."""
    return f"{account} {given}" if given is not None else f"{account} ~{token_hex(REFERENCE_BYTES)}"


def _not_allowed(caller: Caller, why: str) -> Problem:
    return Problem(HTTPStatus.FORBIDDEN, "FORBIDDEN", f"{caller.username} is {caller.role}; {why}.")
