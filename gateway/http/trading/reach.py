"""Which portfolio a request means, and whether its caller may see or change it: what is not found is told here.

Who owns, sees and trades what `gateway.platform.portfolios` knows. A stranger's portfolio is not found, as one that
nobody has.
"""

from __future__ import annotations

from http import HTTPStatus

from exchange.store.identity import Role
from exchange.store.portfolios import Portfolio
from gateway.http.callers import Caller
from gateway.http.problems import Problem
from gateway.http.trading.refusals import not_found
from gateway.platform.portfolios import Portfolios


class Reach:
    """Finds portfolios for callers."""

    def __init__(self, portfolios: Portfolios) -> None:
        self._portfolios = portfolios

    def one(self, caller: Caller, portfolio_id: int) -> Portfolio:
        """The portfolio of this number. Raises `Problem` 404 where the caller may not see it."""
        portfolio = self._portfolios.find(caller, portfolio_id)
        if portfolio is None:
            raise not_found("portfolio", portfolio_id)
        return portfolio

    def to_change(self, caller: Caller, portfolio_id: int) -> Portfolio:
        """The same, for somebody who will change it. Raises `Problem` 403 for who only looks, too."""
        portfolio = self.one(caller, portfolio_id)
        if not self._portfolios.may_trade(caller, portfolio):
            detail = f"{caller.username} is {caller.role}, who changes nothing."
            raise Problem(HTTPStatus.FORBIDDEN, "FORBIDDEN", detail)
        return portfolio

    def chosen(self, caller: Caller, portfolio_id: int | None) -> list[Portfolio]:
        """The portfolio of this number, or without one all that the caller sees. Raises `Problem` 404."""
        return self._portfolios.seen_by(caller) if portfolio_id is None else [self.one(caller, portfolio_id)]

    def of_account(self, caller: Caller, account_id: str) -> Portfolio | None:
        """The portfolio of an account, if there is one that the caller may see."""
        portfolio = self._portfolios.of_account(account_id)
        return None if portfolio is None else self._portfolios.find(caller, portfolio.portfolio_id)


def sees_everything(caller: Caller) -> bool:
    """Whether the caller sees accounts that are nobody's portfolio, too."""
    return caller.role in (Role.OPERATOR, Role.AUDITOR)
