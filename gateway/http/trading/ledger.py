"""The ledger over HTTP: postings, statements of business days, fees and settlements of a portfolio.

What was posted comes from the store; what is still to be settled, from the venue at this moment.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from exchange.postings import Bucket
from exchange.store.ledger_queries import PostingPlace, fees, postings_page, settlements_page, statement
from exchange.store.records import PostingRecord, SettlementRecord
from gateway.http.answers import json_response, time_text
from gateway.http.callers import TheCaller
from gateway.http.exact_json import api_router
from gateway.http.trading import schemas
from gateway.http.trading.numbers import (
    NUMBER_MAX,
    PAGE_DEFAULT,
    AsOf,
    Before,
    BusinessDate,
    PageSize,
    PortfolioNumber,
    date_number,
    date_text,
    money_number,
)
from gateway.http.trading.view import Trading
from gateway.http.wrong_fields import wrong_field

FIRST_DATE, LAST_DATE = 19700101, 22001231

OnePortfolio = Annotated[int, Query(ge=1, le=NUMBER_MAX)]
Place = Annotated[
    str | None, Query(pattern="^[0-9]{1,18}\\.[0-9]{1,9}$", description="`next` of the page before this one.")
]


class LedgerHistory:
    """The routes of what was posted."""

    def __init__(self, trading: Trading) -> None:
        self._trading = trading

    def router(self) -> APIRouter:
        """What the application serves."""
        router = api_router("ledger")
        for path, answer, schema, summary in (
            ("/ledger", self._postings, schemas.Postings, "Postings of a portfolio, newest first"),
            ("/statements", self._statement, schemas.Statement, "One business day of a portfolio"),
            ("/fees", self._fees, schemas.Fees, "Fees of a portfolio, by business day"),
            ("/settlements", self._settlements, schemas.Settlements, "What is to settle, has settled and has failed"),
        ):
            router.add_api_route(path, answer, summary=summary, responses=schemas.answers(schema, HTTPStatus.NOT_FOUND))
        return router

    async def _postings(
        self,
        caller: TheCaller,
        portfolio_id: OnePortfolio,
        date: BusinessDate | None = None,
        before: Place = None,
        limit: PageSize = PAGE_DEFAULT,
        as_of: AsOf = None,
    ) -> Response:
        """Every movement of money and shares. The lines of one event add up to 0 for each asset, over all accounts."""
        history = self._trading.history
        account = self._trading.reach.one(caller, portfolio_id).account_id
        place = None if before is None else PostingPlace(*map(int, before.split(".")))
        day = None if date is None else date_number(date)
        lines = await history.read(postings_page(history.database, account, day, place, limit), as_of)
        following = f"{lines[-1].event}.{lines[-1].line}" if len(lines) == limit else None
        return json_response({"postings": [self._posting(line) for line in lines], "next": following})

    async def _statement(
        self,
        caller: TheCaller,
        portfolio_id: OnePortfolio,
        date: BusinessDate,
        limit: PageSize = PAGE_DEFAULT,
        as_of: AsOf = None,
    ) -> Response:
        """What stood before a business day, what moved on it, and what stood after it. `/ledger` has further lines."""
        history = self._trading.history
        account = self._trading.reach.one(caller, portfolio_id).account_id
        found = await history.read(statement(history.database, account, date_number(date), limit), as_of)
        balances = [
            {
                "asset": one.asset,
                "bucket": one.bucket.lower(),
                "opening": self._number(one.asset, one.opening),
                "closing": self._number(one.asset, one.closing),
            }
            for one in found.balances
        ]
        following = f"{found.lines[-1].event}.{found.lines[-1].line}" if len(found.lines) == limit else None
        return json_response(
            {
                "portfolio_id": portfolio_id,
                "account": account,
                "date": date,
                "balances": balances,
                "postings": [self._posting(line) for line in found.lines],
                "next": following,
            }
        )

    async def _fees(
        self,
        caller: TheCaller,
        portfolio_id: OnePortfolio,
        since: BusinessDate | None = None,
        until: BusinessDate | None = None,
        as_of: AsOf = None,
    ) -> Response:
        """What was paid in fees, day by day, and in all to this moment; less than 0 are rebates."""
        history, ledger = self._trading.history, self._trading.venue.clearing.ledger
        account = self._trading.reach.one(caller, portfolio_id).account_id
        first = FIRST_DATE if since is None else date_number(since)
        last = LAST_DATE if until is None else date_number(until)
        if first > last:
            raise wrong_field("until", f"is before since {since}", until)
        found = await history.read(fees(history.database, account, first, last), as_of)
        totals = {asset: ledger.balance(account, asset, Bucket.FEES) for asset in ledger.assets(account)}
        days = [
            {
                "date": date_text(one.date),
                "currency": one.currency,
                "paid": money_number(one.paid),
                "total": money_number(one.total),
            }
            for one in found
        ]
        in_all = [{"currency": asset, "paid": money_number(paid)} for asset, paid in totals.items() if paid]
        return json_response({"portfolio_id": portfolio_id, "account": account, "days": days, "totals": in_all})

    async def _settlements(
        self,
        caller: TheCaller,
        portfolio_id: PortfolioNumber = None,
        before: Before = None,
        limit: PageSize = PAGE_DEFAULT,
        as_of: AsOf = None,
    ) -> Response:
        """`pending`: what is due and when, of this moment. `settlements`: what settlement days did, newest first."""
        history, obligations = self._trading.history, self._trading.venue.clearing.obligations
        chosen = {one.account_id: one.portfolio_id for one in self._trading.reach.chosen(caller, portfolio_id)}
        pending = [
            {
                "portfolio_id": number,
                "account": account,
                "symbol": symbol,
                "due": date_text(due),
                "shares": one.shares,
                "cash": money_number(one.cash),
                "attempts": one.attempts,
            }
            for account, number in chosen.items()
            for due, symbol, one in obligations.of(account)
        ]
        found = await history.read(settlements_page(history.database, list(chosen), before, limit), as_of)
        return json_response(
            {
                "pending": pending,
                "settlements": [_settlement(one, chosen[one.account]) for one in found],
                "next": found[-1].event if len(found) == limit else None,
            }
        )

    def _posting(self, line: PostingRecord) -> dict[str, Any]:
        return {
            "event": line.event,
            "line": line.line,
            "date": date_text(line.date),
            "at": time_text(line.at),
            "account": line.account,
            "asset": line.asset,
            "bucket": line.bucket.lower(),
            "amount": self._number(line.asset, line.amount),
            "cause": line.cause,
            "reference": line.reference,
            "text": line.text,
        }

    def _number(self, asset: str, amount: int) -> Any:
        """Currencies are not listed; shares of an instrument that no longer is are in whole numbers, too."""
        return amount if self._trading.is_share(asset) else money_number(amount)


def _settlement(one: SettlementRecord, portfolio_id: int | None) -> dict[str, Any]:
    return {
        "event": one.event,
        "portfolio_id": portfolio_id,
        "account": one.account,
        "symbol": one.symbol,
        "due": date_text(one.due),
        "date": date_text(one.date),
        "shares": one.shares,
        "cash": money_number(one.cash),
        "left_shares": one.left_shares,
        "left_cash": money_number(one.left_cash),
        "status": one.state.lower(),
        "attempts": one.attempts,
        "text": one.text,
        "at": time_text(one.at),
    }
