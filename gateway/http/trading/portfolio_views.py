"""Portfolios as the API shows them: positions with what they are worth, balances, profit. All of this very moment.

Reckoned from the venue's own ledger, positions and last prices; nothing here asks the store.
"""

from __future__ import annotations

from typing import Any

from exchange.clearing.positions import Position
from exchange.matching.market import Market
from exchange.postings import Bucket
from exchange.reference.money import amount_of
from exchange.store.portfolios import Portfolio
from exchange.venue import Venue
from gateway.http.trading.numbers import average_number, money_number, price_number

_SHOWN_BUCKETS = (
    ("available", Bucket.AVAILABLE),
    ("reserved", Bucket.RESERVED),
    ("unsettled", Bucket.UNSETTLED),
    ("collateral", Bucket.COLLATERAL),
    ("short", Bucket.SHORT),
    ("fees", Bucket.FEES),
)


class PortfolioViews:
    """Looks into the venue for accounts."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    def portfolio(self, portfolio: Portfolio) -> dict[str, Any]:
        """The portfolio with its positions, as the seed has it, and more beside."""
        return {
            "id": portfolio.portfolio_id,
            "username": portfolio.username,
            "account": portfolio.account_id,
            "name": portfolio.name,
            "stock_positions": self.stock_positions(portfolio.account_id),
        }

    def stock_positions(self, account: str) -> list[dict[str, Any]]:
        """What an account has, those sold short less than 0; `price` is what each has cost on average."""
        return [
            {"symbol": symbol, "quantity": held.quantity, "price": average_number(held.cost, held.quantity)}
            for symbol, held in self._venue.clearing.positions.of(account).items()
            if held.quantity
        ]

    def positions(self, account: str, portfolio_id: int | None) -> list[dict[str, Any]]:
        """Positions with market value and profit; those that are closed only where they have made some."""
        found = []
        ledger = self._venue.clearing.ledger
        for symbol, held in self._venue.clearing.positions.of(account).items():
            if not held.quantity and not held.realised:
                continue
            market = self._venue.markets[symbol]
            value = _value(held, market)
            found.append(
                {
                    "portfolio_id": portfolio_id,
                    "account": account,
                    "symbol": symbol,
                    "currency": market.instrument.currency,
                    "quantity": held.quantity,
                    "settled_quantity": ledger.settled(account, symbol),
                    "price": average_number(held.cost, held.quantity),
                    "cost": money_number(held.cost),
                    "last_price": price_number(_last_price(market), market.instrument.price_digits),
                    "market_value": money_number(value),
                    "unrealised": money_number(value - held.cost),
                    "realised": money_number(held.realised),
                    "collateral": money_number(held.collateral),
                }
            )
        return found

    def balances(self, account: str, portfolio_id: int | None) -> list[dict[str, Any]]:
        """Every asset that the account ever had, money and shares, by the ledger's buckets."""
        ledger, instruments = self._venue.clearing.ledger, self._venue.instruments
        limits = self._venue.limits.funded(account)
        found = []
        for asset in ledger.assets(account):
            is_money = asset not in instruments
            number = money_number if is_money else int
            can_buy = None
            if is_money and limits is not None:
                can_buy = number(max(0, ledger.available(account, asset) + limits.credit_limit))
            found.append(
                {
                    "portfolio_id": portfolio_id,
                    "account": account,
                    "asset": asset,
                    "is_money": is_money,
                    **{name: number(ledger.balance(account, asset, bucket)) for name, bucket in _SHOWN_BUCKETS},
                    "traded": number(ledger.traded(account, asset)),
                    "settled": number(ledger.settled(account, asset)),
                    "withdrawable": number(ledger.withdrawable(account, asset)),
                    "buying_power": can_buy,
                }
            )
        return found

    def profit(self, account: str, portfolio_id: int | None) -> list[dict[str, Any]]:
        """By currency: what was made, and what the account is worth: its money and its shares at the last price."""
        ledger, instruments = self._venue.clearing.ledger, self._venue.instruments
        sums: dict[str, list[int]] = {asset: [0, 0, 0] for asset in ledger.assets(account) if asset not in instruments}
        for symbol, held in self._venue.clearing.positions.of(account).items():
            market = self._venue.markets[symbol]
            value = _value(held, market)
            total = sums.setdefault(market.instrument.currency, [0, 0, 0])
            for at, amount in enumerate((value, held.realised, value - held.cost)):
                total[at] += amount
        return [
            {
                "portfolio_id": portfolio_id,
                "account": account,
                "currency": currency,
                "cash": money_number(ledger.traded(account, currency)),
                "market_value": money_number(value),
                "realised": money_number(realised),
                "unrealised": money_number(unrealised),
                "fees": money_number(ledger.balance(account, currency, Bucket.FEES)),
                "equity": money_number(ledger.traded(account, currency) + value),
            }
            for currency, (value, realised, unrealised) in sums.items()
        ]

    def currency(self) -> str | None:
        """The venue's currency; None where its instruments have several, or there are none."""
        currencies = {instrument.currency for instrument in self._venue.instruments.values()}
        return currencies.pop() if len(currencies) == 1 else None


def _last_price(market: Market) -> int:
    return market.book.last_price or market.reference_price


def _value(held: Position, market: Market) -> int:
    return amount_of(held.quantity * _last_price(market), market.instrument.price_digits)
