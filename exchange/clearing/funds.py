"""Whether an account has what an order needs: the money of a buy, the shares of a sale, the margin of a short sale.

A buy without a limit needs what it costs at the upper price band, or at the instrument's highest price where there is
none. Where the money does not reach so far the order is capped at the price that it reaches, unless that is below the
best offer. Nothing here changes anything; `claims` reserves what is planned.
"""

from __future__ import annotations

from msgspec import Struct

from exchange.clearing.claim import Claim
from exchange.clearing.ledger import Ledger
from exchange.clearing.positions import Positions
from exchange.commands import EnterOrder
from exchange.matching.market import Market
from exchange.orders import OrderConditions, OrderType, ShortSale, Side
from exchange.postings import Bucket
from exchange.reference.limits import RiskLimits, Shorting
from exchange.reference.money import AMOUNT_MAX, BALANCE_MAX, amount_of, money_text, price_reached
from exchange.refusals import Refusal
from exchange.rejections import RejectReason

_BUY = Side.BUY

_CAPPED = frozenset({OrderType.MARKET, OrderType.MARKET_TO_LIMIT, OrderType.STOP, OrderType.MARKET_IF_TOUCHED})


class Wish(Struct, gc=False):
    """What an order asks its account for; `freed` is what it, or its pool, has already."""

    account: str
    side: Side
    order_type: OrderType
    leaves: int
    price: int
    conditions: OrderConditions | None
    freed_cash: int = 0
    freed_shares: int = 0
    covering: int = 0
    """Shares that other open buys will buy back."""


class Funds:
    """Looks at what is free."""

    __slots__ = ("_ledger", "_positions")

    def __init__(self, ledger: Ledger, positions: Positions) -> None:
        self._ledger = ledger
        self._positions = positions

    def plan(self, wish: Wish, claim: Claim, market: Market) -> Refusal | None:
        """Prices a claim of a funded account, or says what is missing. `claim.price` and `.owned` are set."""
        assert claim.limits is not None, "only orders of funded accounts need funds"
        if wish.side is Side.BUY:
            return self._plan_buy(wish, claim, claim.limits, market)
        return self._plan_sale(wish, claim, claim.limits, market)

    def is_plainly_enough(self, command: EnterOrder, claim: Claim, market: Market) -> bool:
        """The quick answer for most orders: a plain limit, and what is free is enough by itself. Then it is priced.

        `claim` is new, and of a funded account.
        """
        if command.conditions is not None or command.order_type is not OrderType.LIMIT:
            return False
        account, quantity, instrument = command.account, command.quantity, market.instrument
        if command.side is Side.SELL:
            claim.owned = quantity
            return quantity <= self._ledger.available(account, instrument.symbol)
        claim.price = command.price
        needed, _ = claim.needs(_BUY, quantity, instrument.price_digits)
        return needed <= self._ledger.available(account, instrument.currency)

    def size_refusal(self, account: str, quantity: int, price: int, market: Market) -> Refusal | None:
        """Why an order, or what its account has, is too large for the ledger."""
        instrument = market.instrument
        amount = amount_of(quantity * (price or worst_price(market)), instrument.price_digits)
        if amount > AMOUNT_MAX:
            text = (
                f"{quantity} would cost up to {money_text(amount)}; the ledger takes orders of {money_text(AMOUNT_MAX)}"
            )
            return Refusal(RejectReason.NOTIONAL_TOO_LARGE, "quantity", text)
        free = self._ledger.available(account, instrument.currency)
        if abs(free) > BALANCE_MAX:
            text = (
                f"{account} has {money_text(free)} {instrument.currency}: beyond {money_text(BALANCE_MAX)} the ledger"
            )
            return Refusal(RejectReason.BALANCE_LIMIT, "account", f"{text} takes no further order")
        return None

    def spendable(self, account: str, currency: str, limits: RiskLimits) -> int:
        """Money that orders may claim: what is free, and the credit."""
        return self._ledger.available(account, currency) + limits.credit_limit

    def _plan_buy(self, wish: Wish, claim: Claim, limits: RiskLimits, market: Market) -> Refusal | None:
        instrument = market.instrument
        claim.price = wish.price or worst_price(market)
        needed, _ = claim.needs(Side.BUY, wish.leaves, instrument.price_digits)
        claim.uses_credit = needed > self._ledger.available(wish.account, instrument.currency)
        available = self.spendable(wish.account, instrument.currency, limits) + wish.freed_cash
        available += self._freed_by_cover(wish, market)
        if needed <= available:
            return None
        if not wish.price and wish.order_type in _CAPPED:
            price = self._reach(claim, available, wish.leaves, market)
            best = market.book.asks.best_limit
            if price >= (best if best is not None else instrument.lowest_price):
                claim.price = price
                return None
            claim.price = best if best is not None else instrument.lowest_price
            needed, _ = claim.needs(Side.BUY, wish.leaves, instrument.price_digits)
        return self._too_little_money(wish, needed, available, claim.price, market, "with fees")

    def _plan_sale(self, wish: Wish, claim: Claim, limits: RiskLimits, market: Market) -> Refusal | None:
        instrument, ledger = market.instrument, self._ledger
        free = max(0, ledger.available(wish.account, instrument.symbol)) + wish.freed_shares
        short_sale = wish.conditions.short_sale if wish.conditions is not None else None
        claim.owned = min(wish.leaves, free) if short_sale is None else 0
        claim.uses_credit = False
        if claim.owned == wish.leaves:
            return None
        refusal = self._short_refusal(wish, free, limits, market, short_sale)
        if refusal is not None:
            return refusal
        claim.price = max(wish.price, market.book.last_price or market.reference_price)
        needed = claim.margin(wish.leaves, instrument.price_digits)
        claim.uses_credit = needed > ledger.available(wish.account, instrument.currency)
        available = self.spendable(wish.account, instrument.currency, limits) + wish.freed_cash
        if needed <= available:
            return None
        return self._too_little_money(wish, needed, available, claim.price, market, "as margin")

    def _short_refusal(
        self, wish: Wish, free: int, limits: RiskLimits, market: Market, short_sale: ShortSale | None
    ) -> Refusal | None:
        symbol = market.symbol
        if short_sale is None and not limits.long_sell_may_short:
            reserved = self._ledger.balance(wish.account, symbol, Bucket.RESERVED) - wish.freed_shares
            text = f"{wish.leaves} is more than the {free} {symbol} that {wish.account} has free"
            text += f"; {reserved} are in open orders" if reserved > 0 else ""
            return Refusal(RejectReason.INSUFFICIENT_SHARES, "quantity", text)
        if limits.shorting is Shorting.FORBIDDEN:
            text = f"{wish.account} may not sell short; it has {free} {symbol} free of the {wish.leaves} to be sold"
            return Refusal(RejectReason.SHORT_SALE_FORBIDDEN, "account", text)
        has_locate = wish.conditions is not None and bool(wish.conditions.locate)
        if limits.shorting is Shorting.LOCATED and not has_locate:
            text = f"{wish.account} may sell short only what it says where to borrow, and the order names no place"
            return Refusal(RejectReason.SHORT_SALE_FORBIDDEN, "account", text)
        return None

    def _freed_by_cover(self, wish: Wish, market: Market) -> int:
        """The collateral that comes free when a buy buys shares back."""
        ledger, symbol = self._ledger, market.symbol
        short = -ledger.balance(wish.account, symbol, Bucket.SHORT)
        covered = min(wish.leaves, short - wish.covering)
        if covered <= 0:
            return 0
        return self._positions.at(wish.account, symbol).collateral * covered // short

    def _reach(self, claim: Claim, available: int, quantity: int, market: Market) -> int:
        """The highest price, on the tick, at which the money is enough; less than nothing where it is not at any."""
        instrument = market.instrument
        most = max(0, available)
        left = available - claim.highest_fee(most, quantity)
        price = min(price_reached(left, quantity, instrument.price_digits), worst_price(market))
        tick = instrument.tick_at(price)
        return price // tick * tick

    def _too_little_money(
        self, wish: Wish, needed: int, available: int, price: int, market: Market, what: str
    ) -> Refusal:
        instrument = market.instrument
        text = (
            f"{wish.leaves} at {instrument.scale.text(price)} needs {money_text(needed)} {instrument.currency} {what}, "
            f"and {wish.account} has {money_text(available)} free"
        )
        return Refusal(RejectReason.INSUFFICIENT_FUNDS, "quantity", text)


def worst_price(market: Market) -> int:
    """The most that a buy without a limit may have to pay."""
    highest = market.instrument.highest_price
    return min(highest, market.book.highest_tradable) if market.instrument.bands is not None else highest
