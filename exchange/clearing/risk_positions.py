"""How large a position may become, in shares and as a share of what the account is worth.

Looked at with all that works already: buys and sales apart, since either side may trade without the other. The limits
of a firm or user are for its accounts together.
"""

from __future__ import annotations

from exchange.clearing.clearing import Clearing
from exchange.clearing.equity import mark_of
from exchange.clearing.limit_book import LimitBook, LimitInForce
from exchange.clearing.short_sales import BASIS_POINTS
from exchange.matching.market import Market
from exchange.orders import Side
from exchange.reference.limits import LimitScope
from exchange.reference.money import amount_of, money_text
from exchange.refusals import Refusal
from exchange.rejections import RejectReason

_SHARED = frozenset({LimitScope.FIRM, LimitScope.USER})
_BUY = Side.BUY
_VERBS = {Side.BUY: "buy", Side.SELL: "sell"}


class PositionLimits:
    """Looks at positions and at what works."""

    __slots__ = ("_claims", "_equities", "_limits", "_positions")

    def __init__(self, clearing: Clearing, limits: LimitBook) -> None:
        self._positions = clearing.positions
        self._claims = clearing.claims
        self._equities = clearing.equities
        self._limits = limits

    def refusal(
        self, account: str, side: Side, more: int, price: int, market: Market, limit: LimitInForce
    ) -> Refusal | None:
        """Why so many shares more cannot work. `price`: what each is worth to the order."""
        limits, (scope, name, _), symbol = limit.limits, limit.place, market.symbol
        positions, claims, place = self._positions, self._claims, 0 if side is _BUY else 1
        if scope in _SHARED:
            accounts = self._limits.members(scope, name)
            held = sum(positions.quantity(one, symbol) for one in accounts)
            working = sum(claims.working(one, symbol)[place] for one in accounts)
        else:
            # An instrument's limit is for each account.
            accounts = (account,)
            held, working = positions.quantity(account, symbol), claims.working(account, symbol)[place]
        coming = working + more
        reached = held + coming if side is _BUY else held - coming
        if limits.position_limit and reached * side > limits.position_limit:
            what = f"{more} more, with position {held} and {working} that open orders {_VERBS[side]},"
            text = f"{what} could make {reached} {symbol}, beyond {limits.position_limit}, {limit.whose}"
            return Refusal(RejectReason.POSITION_LIMIT, "quantity", text)
        if side is _BUY and limits.position_share_basis_points:
            return self._share_refusal(accounts, (held + working, more), price, market, limit)
        return None

    def _share_refusal(
        self, accounts: tuple[str, ...], shares: tuple[int, int], price: int, market: Market, limit: LimitInForce
    ) -> Refusal | None:
        instrument = market.instrument
        currency, (present, more) = instrument.currency, shares
        value = amount_of(present * mark_of(market) + more * price, instrument.price_digits)
        equity = 0
        for one in accounts:
            equity += self._equities.in_currency(one, currency)
        share = limit.limits.position_share_basis_points
        allowed = max(0, equity) * share // BASIS_POINTS
        if value <= allowed:
            return None
        what = f"could make a position of {money_text(value)} {currency} in {instrument.symbol}"
        of = f"{share} basis points of an equity of {money_text(equity)}: {limit.whose}"
        text = f"{more} more {what}, beyond {money_text(allowed)}, {of}"
        return Refusal(RejectReason.POSITION_SHARE_LIMIT, "quantity", text)
