"""Limits that an order, a replace or a quote has to keep before it goes in, besides what its account must have for it.

Asked after the market's own rules and before `claims`. Each refusal says what the order comes to, what is allowed, and
whose limit it is. All limits in force must hold. A replace is measured by what it adds: one that makes an order smaller
breaks no limit of sizes. An account without limits costs one look-up; a plain order that is within the bounds of all
limits together is not held against each of them.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from exchange.clearing.claim import Claim
from exchange.clearing.clearing import Clearing
from exchange.clearing.limit_book import Bounds, LimitBook, LimitInForce
from exchange.clearing.order_rates import OrderRates
from exchange.clearing.risk_credit import CreditLimits
from exchange.clearing.risk_positions import PositionLimits
from exchange.clearing.short_sales import BASIS_POINTS, ShortSales
from exchange.commands import EnterOrder, ReplaceOrder
from exchange.matching.engine import Engine
from exchange.matching.market import Market
from exchange.matching.order import Order
from exchange.orders import PLAIN, UNLIMITED_TYPES, OrderConditions, OrderTerms, OrderType, Side
from exchange.reference.money import amount_of, money_text
from exchange.refusals import Refusal
from exchange.rejections import RejectReason


class Asked(Struct, frozen=True, gc=False):
    """What an order or a replace asks for, as limits look at it."""

    account: str
    side: Side
    order_type: OrderType
    quantity: int
    """The total."""
    price: int
    """The limit; 0: none."""
    conditions: OrderConditions | None
    more: int
    """Shares that would work then and do not now."""
    previous_quantity: int = 0
    """Of a replace what the order has now; 0: it is new."""
    previous_price: int = 0


class Risk:
    """Looks at orders. `short_sales` and `rates` remember what they have to know of the past."""

    def __init__(self, engine: Engine, clearing: Clearing, limits: LimitBook) -> None:
        self.short_sales = ShortSales(engine)
        self.rates = OrderRates(engine.tape, limits)
        self._limits = limits
        self._markets = engine.markets
        self._positions = PositionLimits(clearing, limits)
        self._credit = CreditLimits(clearing, limits)

    def refusal(
        self, command: EnterOrder, planned: Claim | Refusal | None, replaced: Iterable[Order] = ()
    ) -> Refusal | None:
        """Why a new order, or one side of a quote, cannot go in.

        `planned`: its claim, or what the account has not enough of; `replaced`: open orders that will end before it
        goes in.
        """
        conditions, market = command.conditions, self._markets[command.symbol]
        if conditions is not None and conditions.short_sale is not None:
            refusal = self.short_sales.refusal(command.order_type, _limit(command), conditions, market)
            if refusal is not None:
                return refusal
        bounds = self._limits.bounds(command.account, command.symbol)
        if bounds is None or (
            conditions is None and not replaced and self._is_within(bounds, command, planned, market)
        ):
            return None
        replaced = [order for order in replaced if order.terms.side is command.side]
        more = command.quantity - sum(order.leaves for order in replaced)
        asked = Asked(
            command.account, command.side, command.order_type, command.quantity, _limit(command), conditions, more
        )
        is_counted = conditions is None or not conditions.quote_id
        return self._broken(asked, market, bounds.in_force, is_counted=is_counted) or self._credit.refusal(
            command, planned, replaced, market, bounds.credits
        )

    def replace_refusal(
        self, order: Order, command: ReplaceOrder, conditions: OrderConditions | None
    ) -> Refusal | None:
        """Why an order cannot have new terms. `conditions`: those that it would have."""
        terms, market = order.terms, self._markets[order.terms.symbol]
        refusal = self.short_sales.refusal(terms.order_type, command.price, conditions, market)
        if refusal is not None and command.price != terms.price:
            return refusal
        bounds = self._limits.bounds(terms.account, terms.symbol)
        if bounds is None:
            return None
        leaves = max(0, command.quantity - order.cumulative)
        asked = Asked(
            terms.account, terms.side, terms.order_type, command.quantity, command.price, conditions,
            leaves - order.leaves, terms.quantity, terms.price,
        )  # fmt: skip
        return self._broken(asked, market, bounds.in_force, is_counted=True) or self._credit.replace_refusal(
            _as_new(terms, leaves, command.price), order, market, bounds.credits
        )

    def accepted(self, account: str, symbol: str) -> None:
        """An order or a replace was let in: it counts for the rates."""
        self.rates.count(account, symbol)

    def state(self) -> list[object]:
        """All of it as values, for the venue's hash."""
        return [self.short_sales.state(), self.rates.state()]

    def _is_within(self, bounds: Bounds, command: EnterOrder, planned: Claim | Refusal | None, market: Market) -> bool:
        """Whether a plain order clearly breaks no limit; what may break one is held against each, for its words."""
        side, quantity, price = command.side, command.quantity, _limit(command)
        worth = price or worth_price(side, 0, None, market)
        if quantity > bounds.quantity or amount_of(quantity * worth, market.instrument.price_digits) > bounds.value:
            return False
        start = market.book.last_price or market.reference_price
        if price and abs(price - start) * BASIS_POINTS > start * bounds.tolerance:
            return False
        for limit in bounds.rates:
            if self.rates.refusal(market.symbol, limit) is not None:
                return False
        for limit in bounds.positions:
            if self._positions.refusal(command.account, side, quantity, worth, market, limit) is not None:
                return False
        return not bounds.credits or self._credit.refusal(command, planned, (), market, bounds.credits) is None

    def _broken(
        self, asked: Asked, market: Market, in_force: tuple[LimitInForce, ...], *, is_counted: bool
    ) -> Refusal | None:
        for limit in in_force:
            limits, refusal = limit.limits, None
            if limits.max_order_quantity:
                refusal = _quantity_refusal(asked, limit)
            if limits.max_order_value and refusal is None:
                refusal = _value_refusal(asked, market, limit)
            if limits.price_tolerance_basis_points and refusal is None:
                refusal = _tolerance_refusal(asked, market, limit)
            if limits.orders_per_second and is_counted and refusal is None:
                refusal = self.rates.refusal(market.symbol, limit)
            if (limits.position_limit or limits.position_share_basis_points) and asked.more > 0 and refusal is None:
                price = worth_price(asked.side, asked.price, asked.conditions, market)
                refusal = self._positions.refusal(asked.account, asked.side, asked.more, price, market, limit)
            if refusal is not None:
                return refusal
        return None


def worth_price(side: Side, price: int, conditions: OrderConditions | None, market: Market) -> int:
    """What a share of an order is worth: its limit; without one where it is elected, or the last price.

    A buy without a limit may go up to the price band, where there is one. Without bands a market order could cost the
    instrument's highest price, by which no sensible limit can be set.
    """
    if price:
        return price
    instrument, book = market.instrument, market.book
    worth = (conditions or PLAIN).stop_price or book.last_price or market.reference_price
    if side is Side.BUY and instrument.bands is not None and book.highest_tradable <= instrument.highest_price:
        worth = max(worth, book.highest_tradable)
    return worth


def _quantity_refusal(asked: Asked, limit: LimitInForce) -> Refusal | None:
    most = limit.limits.max_order_quantity
    if asked.quantity <= most or asked.quantity <= asked.previous_quantity:
        return None
    text = f"{asked.quantity} is more than {most}, {limit.whose} for one order"
    return Refusal(RejectReason.ORDER_QUANTITY_LIMIT, "quantity", text)


def _value_refusal(asked: Asked, market: Market, limit: LimitInForce) -> Refusal | None:
    most, instrument = limit.limits.max_order_value, market.instrument
    price = worth_price(asked.side, asked.price, asked.conditions, market)
    value = amount_of(asked.quantity * price, instrument.price_digits)
    if value <= most:
        return None
    before = worth_price(asked.side, asked.previous_price, asked.conditions, market)
    if value <= amount_of(asked.previous_quantity * before, instrument.price_digits):
        return None
    what = f"{asked.quantity} at {instrument.scale.text(price)} is {money_text(value)} {instrument.currency}"
    text = f"{what}, more than {money_text(most)}, {limit.whose} for one order"
    return Refusal(RejectReason.ORDER_VALUE_LIMIT, "quantity", text)


def _tolerance_refusal(asked: Asked, market: Market, limit: LimitInForce) -> Refusal | None:
    """A held order's limit is measured from where it is elected."""
    tolerance, price = limit.limits.price_tolerance_basis_points, asked.price
    if not price or price == asked.previous_price:
        return None
    start = worth_price(Side.SELL, 0, asked.conditions, market)
    if abs(price - start) * BASIS_POINTS <= start * tolerance:
        return None
    text = market.instrument.scale.text
    lowest, highest = -(-start * (BASIS_POINTS - tolerance) // BASIS_POINTS), start * (BASIS_POINTS + tolerance)
    limits = f"{text(max(0, lowest))} and {text(highest // BASIS_POINTS)}"
    what = f"{tolerance} basis points from {text(start)}: {limit.whose}"
    return Refusal(RejectReason.PRICE_TOLERANCE, "price", f"{text(price)} is not between {limits}, {what}")


def _limit(command: EnterOrder) -> int:
    return 0 if command.order_type in UNLIMITED_TYPES else command.price


def _as_new(terms: OrderTerms, leaves: int, price: int) -> EnterOrder:
    """What is left of a replaced order, as if it came now."""
    return EnterOrder(
        terms.session, terms.cl_ord_id, terms.account, terms.symbol, terms.side, terms.order_type,
        terms.time_in_force, leaves, price,
    )  # fmt: skip
