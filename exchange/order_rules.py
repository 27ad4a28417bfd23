"""Answer rules: why an order, a cancel or a replace is refused before it touches a book.

Each refusal names the field, its value and the limit. Nothing here changes anything; the venue asks, in this order.
"""

from __future__ import annotations

from collections.abc import Mapping

from exchange.commands import CancelOrder, EnterOrder, MassCancel, ReplaceOrder
from exchange.condition_rules import LIMIT_TYPES, condition_refusal, limit_refusal, phase_refusal
from exchange.matching.market import Market
from exchange.matching.order import Order
from exchange.matching.replacing import merged
from exchange.orders import PLAIN, OrderConditions, OrderType, ShortSale, TimeInForce
from exchange.phases import Phase
from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument
from exchange.reference.rule_profile import ReplaceBelowFilled
from exchange.refusals import Refusal, word
from exchange.rejections import RejectReason

_LIMIT, _FILL_OR_KILL, _CONTINUOUS = OrderType.LIMIT, TimeInForce.FILL_OR_KILL, Phase.CONTINUOUS

_SALES = {None: "sell", ShortSale.SHORT: "sell short", ShortSale.EXEMPT: "sell short exempt"}


def check_order(
    command: EnterOrder, markets: Mapping[str, Market], accounts: Mapping[str, Account], now: int
) -> Refusal | None:
    """The first rule that a new order breaks."""
    market = markets.get(command.symbol)
    if market is None:
        return Refusal(RejectReason.UNKNOWN_INSTRUMENT, "symbol", f"{command.symbol or '(none)'} is not listed")
    if command.account not in accounts:
        return Refusal(RejectReason.UNKNOWN_ACCOUNT, "account", f"{command.account or '(none)'} is not open")
    if _is_plainly_right(command, market):
        return None
    return _check_size_and_price(command, market) or _check_more(command, command.conditions, market, now)


def check_amendment(
    command: CancelOrder | ReplaceOrder,
    order: Order | None,
    markets: Mapping[str, Market],
    now: int,
    *,
    was_used: bool,
) -> Refusal | None:
    """The first rule that a cancel or replace breaks.

    `order` is the one that the request means, also when it names a former identifier of it. `was_used`: the identifier
    was an order's or a request's once.
    """
    field, named = ("orig_cl_ord_id", command.orig_cl_ord_id) if command.orig_cl_ord_id else ("order_id", "")
    named = named or str(command.order_id)
    if order is None:
        why = "is no longer an order's identifier" if was_used else "is not an order of this session"
        return Refusal(RejectReason.UNKNOWN_ORDER, field, f"{named} {why}")
    terms = order.terms
    is_former = field == "orig_cl_ord_id" and named != terms.cl_ord_id
    if not order.is_open:
        which = f"belongs to {terms.cl_ord_id}, which is" if is_former else "is"
        return Refusal(RejectReason.ORDER_CLOSED, field, f"{named} {which} already {word(order.status)}")
    if is_former:
        text = f"{named} was replaced; the order's identifier is {terms.cl_ord_id} now"
        return Refusal(RejectReason.CLIENT_ORDER_ID_REPLACED, field, text)
    if command.symbol != terms.symbol:
        return Refusal(RejectReason.ORDER_MISMATCH, "symbol", f"{command.symbol} is not the order's {terms.symbol}")
    if command.side is not terms.side:
        return Refusal(
            RejectReason.ORDER_MISMATCH, "side", f"{word(command.side)} is not the order's {word(terms.side)}"
        )
    if command.short_sale is not None and command.short_sale is not (terms.conditions or PLAIN).short_sale:
        stated, own = _SALES[command.short_sale], _SALES[(terms.conditions or PLAIN).short_sale]
        return Refusal(RejectReason.ORDER_MISMATCH, "side", f"{stated} is not the order's {own}")
    if command.account and command.account != terms.account:
        text = f"{command.account} is not the order's {terms.account}"
        return Refusal(RejectReason.ORDER_MISMATCH, "account", text)
    return _check_replace(command, order, markets[terms.symbol], now) if isinstance(command, ReplaceOrder) else None


def check_mass_cancel(
    command: MassCancel, markets: Mapping[str, Market], accounts: Mapping[str, Account]
) -> Refusal | None:
    """The first rule that a mass cancel breaks: what narrows it must exist, for a slip must not look like success."""
    if command.symbol and command.symbol not in markets:
        return Refusal(RejectReason.UNKNOWN_INSTRUMENT, "symbol", f"{command.symbol} is not listed")
    if command.account and command.account not in accounts:
        return Refusal(RejectReason.UNKNOWN_ACCOUNT, "account", f"{command.account} is not open")
    if command.market is not None and all(command.market != market.instrument.market for market in markets.values()):
        return Refusal(RejectReason.UNKNOWN_INSTRUMENT, "market", f"{command.market or '(none)'} has no instrument")
    return None


def check_price(price: int, instrument: Instrument) -> Refusal | None:
    """Why no order can have a price: it is off the tick, or out of the instrument's range."""
    text = instrument.scale.text
    tick = instrument.tick_at(price) if instrument.ticks else instrument.tick
    if price % tick:
        return Refusal(RejectReason.PRICE_OFF_TICK, "price", f"{text(price)} is not a multiple of tick {text(tick)}")
    if not instrument.lowest_price <= price <= instrument.highest_price:
        return Refusal(
            RejectReason.PRICE_OUT_OF_RANGE,
            "price",
            f"{text(price)} is not between {text(instrument.lowest_price)} and {text(instrument.highest_price)}",
        )
    return None


def _is_plainly_right(command: EnterOrder, market: Market) -> bool:
    """Whether nothing at all can be wrong with an order, as with most; if not, the rules below say what is."""
    instrument = market.instrument
    return (
        command.order_type is _LIMIT
        and command.conditions is None
        and command.time_in_force <= _FILL_OR_KILL
        and market.phase is _CONTINUOUS
        and not market.has_limits
        and not instrument.ticks
        and 0 < command.quantity <= instrument.max_quantity
        and not command.quantity % instrument.lot
        and instrument.lowest_price <= command.price <= instrument.highest_price
        and not command.price % instrument.tick
    )


def _check_replace(command: ReplaceOrder, order: Order, market: Market, now: int) -> Refusal | None:
    terms = order.terms
    if command.order_type is not terms.order_type:
        return Refusal(
            RejectReason.ORDER_MISMATCH,
            "order_type",
            f"{word(command.order_type)} is not the order's {word(terms.order_type)}",
        )
    if command.time_in_force in (TimeInForce.IMMEDIATE_OR_CANCEL, TimeInForce.FILL_OR_KILL):
        return Refusal(
            RejectReason.UNSUPPORTED_TIME_IN_FORCE,
            "time_in_force",
            f"{word(command.time_in_force)} is not for an order that rests; day and good till cancel are",
        )
    refusal = _check_size_and_price(command, market)
    refusal = refusal or _check_more(command, merged(terms.conditions, command), market, now)
    is_below = command.quantity < order.cumulative
    if refusal is None and is_below and market.instrument.rules.replace_below_filled is ReplaceBelowFilled.REJECTED:
        return Refusal(
            RejectReason.QUANTITY_BELOW_FILLED,
            "quantity",
            f"{command.quantity} is less than the {order.cumulative} already filled",
        )
    return refusal


def _check_size_and_price(command: EnterOrder | ReplaceOrder, market: Market) -> Refusal | None:
    instrument = market.instrument
    refusal = _check_quantity(command.quantity, instrument)
    if refusal is None and (command.order_type is OrderType.LIMIT or _has_price(command)):
        return check_price(command.price, instrument)
    return refusal


def _has_price(command: EnterOrder | ReplaceOrder) -> bool:
    """Whether there is a limit to look at: pegs may have one, and market orders after the market gave them one."""
    if command.order_type in LIMIT_TYPES:
        return True
    may_have = command.order_type is OrderType.PEGGED or isinstance(command, ReplaceOrder)
    return may_have and command.price != 0


def _check_more(
    command: EnterOrder | ReplaceOrder, conditions: OrderConditions | None, market: Market, now: int
) -> Refusal | None:
    """What a plain order in continuous trading, of an instrument without limits, has nothing to do with."""
    refusal = None
    if market.phase is not Phase.CONTINUOUS or command.time_in_force > TimeInForce.GOOD_TILL_DATE:
        refusal = phase_refusal(command, market)
    if refusal is None and (
        conditions is not None
        or command.order_type > OrderType.LIMIT
        or command.time_in_force > TimeInForce.FILL_OR_KILL
    ):
        refusal = condition_refusal(command, conditions, market, now)
    if refusal is None and market.has_limits:
        refusal = limit_refusal(command, conditions, market)
    return refusal


def _check_quantity(quantity: int, instrument: Instrument) -> Refusal | None:
    if quantity <= 0 or (quantity % instrument.lot and not instrument.takes_odd_lots):
        what = "positive" if instrument.takes_odd_lots else f"a positive multiple of lot {instrument.lot}"
        return Refusal(RejectReason.INVALID_QUANTITY, "quantity", f"{quantity} is not {what}")
    if quantity > instrument.max_quantity:
        return Refusal(
            RejectReason.QUANTITY_TOO_LARGE, "quantity", f"{quantity} is more than the most, {instrument.max_quantity}"
        )
    return None
