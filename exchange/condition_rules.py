"""Rules for what makes an order more than plain: its type, its conditions, the phase of the day, limits of the moment.

Called by `order_rules` where one of these is at stake; a plain order in continuous trading never comes here. Each
refusal names the field, its value and the limit.
"""

from __future__ import annotations

from collections.abc import Callable

from exchange.commands import EnterOrder, ReplaceOrder
from exchange.matching.market import Market
from exchange.matching.order_groups import GROUP_ORDERS_MAX
from exchange.matching.triggers import HELD_TYPES, is_through
from exchange.orders import PLAIN, UNPRICED, Contingency, OrderConditions, OrderType, Side, TimeInForce
from exchange.phases import Matching, Phase
from exchange.reference.instruments import BandAction
from exchange.reference.rule_profile import MarketRemainder, MinimumQuantity, PostOnlyCrossing, StopThroughMarket
from exchange.refusals import Refusal, word
from exchange.rejections import RejectReason

LIMIT_TYPES = frozenset({OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.LIMIT_IF_TOUCHED})
"""Order types that need a price."""

_IMMEDIATE = frozenset({TimeInForce.IMMEDIATE_OR_CANCEL, TimeInForce.FILL_OR_KILL})
_ONE_AUCTION = frozenset({TimeInForce.AT_OPENING, TimeInForce.AT_CLOSE})
_COLLECTED = frozenset({OrderType.LIMIT, OrderType.MARKET, OrderType.MARKET_TO_LIMIT})
"""Order types that a call phase puts in the book; the others are held or wait for continuous trading."""

BASIS_POINTS = 10_000


def phase_refusal(command: EnterOrder | ReplaceOrder, market: Market) -> Refusal | None:
    """Why the instrument's phase does not take an order or a replace; None when it does."""
    rules, phase = market.phase_rules, market.phase.value
    if isinstance(command, ReplaceOrder):
        if not rules.takes_replaces:
            text = f"{market.symbol} is {phase}: no order may be replaced"
            return Refusal(RejectReason.PHASE_FORBIDS, "symbol", text)
    elif not rules.takes_orders:
        return Refusal(RejectReason.PHASE_FORBIDS, "symbol", f"{market.symbol} is {phase}: no order is taken")
    time_in_force = command.time_in_force
    takes_immediate = market.instrument.rules.auction_takes_immediate and time_in_force is not TimeInForce.FILL_OR_KILL
    collects = rules.matching is Matching.CALL and not takes_immediate
    if time_in_force in _IMMEDIATE and (collects or rules.matching is Matching.AT_CLOSE):
        text = f"{word(time_in_force)} is for continuous trading; {market.symbol} is in {phase}"
        return Refusal(RejectReason.PHASE_FORBIDS, "time_in_force", text)
    is_on_entry = market.instrument.rules.minimum_quantity is MinimumQuantity.ON_ENTRY
    is_new_in_call = rules.matching is Matching.CALL and isinstance(command, EnterOrder)
    least = (command.conditions or PLAIN).min_quantity
    if least and is_on_entry and is_new_in_call and command.order_type in _COLLECTED:
        text = f"{least} at once is for continuous trading; {market.symbol} is in {phase}"
        return Refusal(RejectReason.PHASE_FORBIDS, "min_quantity", text)
    is_late = (time_in_force is TimeInForce.AT_OPENING and not rules.takes_opening) or (
        time_in_force is TimeInForce.AT_CLOSE and not rules.takes_closing
    )
    if is_late:
        text = f"{word(time_in_force)} is too late: {market.symbol} is in {phase}"
        return Refusal(RejectReason.PHASE_FORBIDS, "time_in_force", text)
    return None


def condition_refusal(
    command: EnterOrder | ReplaceOrder, conditions: OrderConditions | None, market: Market, now: int
) -> Refusal | None:
    """The first rule that an order's type, time in force or conditions break."""
    stated = conditions or PLAIN
    for check in _CHECKS:
        refusal = check(command, stated, market)
        if refusal is not None:
            return refusal
    if command.time_in_force is TimeInForce.GOOD_TILL_DATE and stated.expires_at <= now:
        text = "is missing; good till date needs one" if not stated.expires_at else "is not in the future"
        return Refusal(RejectReason.INVALID_EXPIRY, "expires_at", text)
    return None


def limit_refusal(
    command: EnterOrder | ReplaceOrder, conditions: OrderConditions | None, market: Market
) -> Refusal | None:
    """Why an order is too big or too far from the market of this moment; a held one, from where it is elected."""
    instrument, book = market.instrument, market.book
    text, price = instrument.scale.text, command.price
    has_limit = command.order_type in LIMIT_TYPES
    last = book.last_price or market.reference_price
    worth = command.quantity * (price if has_limit else last)
    if instrument.max_notional and worth > instrument.max_notional:
        what = f"{command.quantity} at {text(price if has_limit else last)} is {text(worth)}"
        return Refusal(
            RejectReason.NOTIONAL_TOO_LARGE, "quantity", f"{what}, more than the most, {text(instrument.max_notional)}"
        )
    if not has_limit:
        return None
    refuses = instrument.bands is not None and instrument.bands.action is BandAction.REFUSED
    if refuses and not book.lowest_tradable <= price <= book.highest_tradable:
        limits = f"{text(book.lowest_tradable)} to {text(book.highest_tradable)}"
        return Refusal(RejectReason.PRICE_OUTSIDE_BAND, "price", f"{text(price)} is outside the band {limits}")
    start = (conditions or PLAIN).stop_price or last
    if instrument.price_tolerance_basis_points and start:
        reach = start * instrument.price_tolerance_basis_points // BASIS_POINTS
        worst = start + int(command.side) * reach
        if (price - worst) * command.side > 0:
            way = "above" if command.side is Side.BUY else "below"
            limit = f"{instrument.price_tolerance_basis_points} basis points from {text(start)}"
            return Refusal(
                RejectReason.PRICE_FAR_FROM_MARKET, "price", f"{text(price)} is {way} {text(worst)}, {limit}"
            )
    return None


def group_refusal(command: EnterOrder, others: int) -> Refusal | None:
    """Why an order cannot join the group that it names. `others`: how many orders have joined it already."""
    conditions = command.conditions or PLAIN
    reason = RejectReason.INVALID_ORDER_GROUP
    if bool(conditions.group) is not (conditions.contingency is not None):
        text = "names a group without saying how it hangs together" if conditions.group else "is stated without a group"
        return Refusal(reason, "contingency" if not conditions.group else "group", text)
    if others >= GROUP_ORDERS_MAX:
        return Refusal(reason, "group", f"{conditions.group} has {others} orders already, the most a group may have")
    if conditions.contingency is Contingency.ONE_TRIGGERS_OTHER and others:
        text = f"one triggers other is for the first order of a group, and {conditions.group} has {others} already"
        return Refusal(reason, "contingency", text)
    return None


def _check_stop(command: EnterOrder | ReplaceOrder, conditions: OrderConditions, market: Market) -> Refusal | None:
    instrument, stop, reason = market.instrument, conditions.stop_price, RejectReason.INVALID_STOP_PRICE
    text = instrument.scale.text
    trails = conditions.trail_by or conditions.trail_basis_points
    if command.order_type not in HELD_TYPES:
        if stop or trails:
            what = f"a {word(command.order_type)} order has none"
            return Refusal(RejectReason.CONFLICTING_INSTRUCTIONS, "stop_price", what)
        return None
    if conditions.trail_by < 0 or not 0 <= conditions.trail_basis_points < BASIS_POINTS:
        return Refusal(reason, "trail_by", "is not a distance that a stop can follow at")
    if conditions.trail_by and conditions.trail_basis_points:
        what = "is stated twice: as a distance and in basis points"
        return Refusal(RejectReason.CONFLICTING_INSTRUCTIONS, "trail_by", what)
    if trails:
        if command.order_type not in (OrderType.STOP, OrderType.STOP_LIMIT):
            return Refusal(RejectReason.CONFLICTING_INSTRUCTIONS, "trail_by", "is for stops; this is no stop")
        if not stop:
            return None
    if not stop:
        return Refusal(reason, "stop_price", f"is missing; a {word(command.order_type)} order needs one")
    tick = instrument.tick_at(stop)
    if stop % tick:
        return Refusal(reason, "stop_price", f"{text(stop)} is not a multiple of tick {text(tick)}")
    if not instrument.lowest_price <= stop <= instrument.highest_price:
        limits = f"{text(instrument.lowest_price)} and {text(instrument.highest_price)}"
        return Refusal(reason, "stop_price", f"{text(stop)} is not between {limits}")
    last = market.book.last_price
    is_refused = instrument.rules.stop_through_market is StopThroughMarket.REJECTED
    if last and is_refused and is_through(command.order_type, command.side, stop, last):
        return Refusal(
            RejectReason.STOP_ALREADY_THROUGH, "stop_price", f"{text(stop)} is reached: the last price is {text(last)}"
        )
    return None


def _check_quantities(
    command: EnterOrder | ReplaceOrder, conditions: OrderConditions, market: Market
) -> Refusal | None:
    display, lot = conditions.display_quantity, market.instrument.lot
    if display >= 0:
        if display % lot or display > command.quantity:
            text = f"{display} is not 0 or a multiple of lot {lot} up to the quantity {command.quantity}"
            return Refusal(RejectReason.INVALID_DISPLAY_QUANTITY, "display_quantity", text)
        if conditions.is_all_or_none:
            text = "excludes all or none, which is never shown"
            return Refusal(RejectReason.CONFLICTING_INSTRUCTIONS, "display_quantity", text)
    elif display != PLAIN.display_quantity:
        return Refusal(RejectReason.INVALID_DISPLAY_QUANTITY, "display_quantity", f"{display} is below 0")
    least = conditions.min_quantity
    if least < 0 or least > command.quantity:
        text = f"{least} is not between 0 and the quantity {command.quantity}"
        return Refusal(RejectReason.INVALID_MIN_QUANTITY, "min_quantity", text)
    is_each = market.instrument.rules.minimum_quantity is MinimumQuantity.PER_EXECUTION
    if is_each and least and display != 0 and _may_rest(command, market):
        # Shown, it would pass over small orders of the other side, and the public book would stand crossed.
        text = f"{least} in each execution is for hidden orders (display quantity 0) and immediate ones"
        return Refusal(RejectReason.CONFLICTING_INSTRUCTIONS, "min_quantity", text)
    if least and conditions.is_all_or_none:
        text = "excludes all or none, whose minimum is the whole"
        return Refusal(RejectReason.CONFLICTING_INSTRUCTIONS, "min_quantity", text)
    return None


def _may_rest(command: EnterOrder | ReplaceOrder, market: Market) -> bool:
    """Whether what is left of an order may stay in the book."""
    if command.time_in_force in _IMMEDIATE:
        return False
    is_unlimited = command.order_type in (OrderType.MARKET, OrderType.STOP, OrderType.MARKET_IF_TOUCHED)
    return not is_unlimited or market.instrument.rules.market_remainder is not MarketRemainder.CANCELED


def _check_peg(command: EnterOrder | ReplaceOrder, conditions: OrderConditions, market: Market) -> Refusal | None:
    is_pegged = command.order_type is OrderType.PEGGED
    if is_pegged and conditions.peg is None:
        return Refusal(RejectReason.INVALID_PEG, "peg", "is missing; a pegged order says what it follows")
    if not is_pegged and (conditions.peg is not None or conditions.peg_offset):
        return Refusal(RejectReason.CONFLICTING_INSTRUCTIONS, "peg", f"a {word(command.order_type)} order has none")
    tick = market.instrument.tick
    if conditions.peg_offset % tick:
        text = market.instrument.scale.text
        what = f"{text(conditions.peg_offset)} is not a multiple of tick {text(tick)}"
        return Refusal(RejectReason.INVALID_PEG, "peg_offset", what)
    return None


def _check_times(command: EnterOrder | ReplaceOrder, conditions: OrderConditions, market: Market) -> Refusal | None:
    time_in_force, kind = command.time_in_force, command.order_type
    conflict = RejectReason.CONFLICTING_INSTRUCTIONS
    if time_in_force in _ONE_AUCTION and kind not in (OrderType.MARKET, OrderType.LIMIT):
        return Refusal(conflict, "time_in_force", f"{word(time_in_force)} is for market and limit orders")
    if conditions.expires_at and time_in_force is not TimeInForce.GOOD_TILL_DATE:
        return Refusal(conflict, "expires_at", f"is for good till date; the order is {word(time_in_force)}")
    if conditions.is_all_or_none and time_in_force is TimeInForce.FILL_OR_KILL:
        return Refusal(conflict, "time_in_force", "fill or kill is all or none already")
    if not conditions.is_post_only:
        return None
    if time_in_force in _IMMEDIATE or kind not in (OrderType.LIMIT, OrderType.PEGGED):
        text = f"is for limit and pegged orders that rest; this is {word(kind)}, {word(time_in_force)}"
        return Refusal(conflict, "is_post_only", text)
    return _check_passive(command, market)


def _check_short_sale(command: EnterOrder | ReplaceOrder, conditions: OrderConditions, _: Market) -> Refusal | None:
    conflict = RejectReason.CONFLICTING_INSTRUCTIONS
    if conditions.short_sale is not None and command.side is Side.BUY:
        return Refusal(conflict, "short_sale", f"{word(conditions.short_sale)} is for sales; this is a buy")
    if conditions.locate and conditions.short_sale is None:
        text = f"{conditions.locate} is where a short sale borrows, and the order is not marked as one"
        return Refusal(conflict, "locate", text)
    return None


def _check_passive(command: EnterOrder | ReplaceOrder, market: Market) -> Refusal | None:
    if market.phase is not Phase.CONTINUOUS or command.order_type is not OrderType.LIMIT:
        return None
    passive = market.passive_limit(command.side, command.price)
    is_repriced = market.instrument.rules.post_only is PostOnlyCrossing.REPRICED
    if passive == command.price or (is_repriced and passive is not None):
        return None
    text, best = market.instrument.scale.text, market.book.opposite(command.side).best
    against = "market orders" if best is None or best.price == UNPRICED else text(best.price)
    return Refusal(
        RejectReason.WOULD_TAKE_LIQUIDITY, "price", f"{text(command.price)} would trade with {against} at once"
    )


_CHECKS: tuple[Callable[[EnterOrder | ReplaceOrder, OrderConditions, Market], Refusal | None], ...] = (
    _check_stop,
    _check_quantities,
    _check_peg,
    _check_times,
    _check_short_sale,
)
