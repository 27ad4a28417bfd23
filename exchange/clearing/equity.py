"""What accounts are worth at the prices of now: for limits on position sizes and on losses.

Only reckons; who may have how much `risk` and `loss_limits` say.
"""

from __future__ import annotations

from collections.abc import Iterable

from exchange.clearing.clearing import Clearing
from exchange.matching.market import Market
from exchange.reference.money import amount_of


def mark_of(market: Market) -> int:
    """What a share is worth: the last price, or the reference price before the first trade."""
    return market.book.last_price or market.reference_price


def equity_of(clearing: Clearing, account: str, currencies: Iterable[str]) -> dict[str, int]:
    """By currency, what an account has by its trades, paid fees gone, and what its positions would bring now."""
    equity = {currency: clearing.ledger.traded(account, currency) for currency in currencies}
    for symbol, position in clearing.positions.of(account).items():
        market = clearing.markets[symbol]
        instrument = market.instrument
        if instrument.currency in equity and position.quantity:
            equity[instrument.currency] += amount_of(position.quantity * mark_of(market), instrument.price_digits)
    return equity
