"""Orders of every kind made of bytes, for one instrument whose rules are made of bytes too.

Ten bytes are one command, the first two of a stream the rules. Prices lie close together and quantities are small, so
that orders meet. Every condition by itself is well formed: what is malformed has tables of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import TypeVar

import msgspec

from exchange.commands import (
    CancelOrder,
    ChangePhase,
    Command,
    EnterOrder,
    ListInstrument,
    MassCancel,
    OpenAccount,
    ReplaceOrder,
)
from exchange.orders import Contingency, OrderConditions, OrderType, Peg, SelfTradePrevention, Side, TimeInForce
from exchange.phases import Phase
from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument
from exchange.reference.rule_profile import (
    IcebergRefresh,
    MarketRemainder,
    MinimumQuantity,
    PostOnlyCrossing,
    ReplaceBelowFilled,
    ReplacePriority,
    RuleProfile,
    StopElection,
    StopThroughMarket,
)

Choice = TypeVar("Choice", bound=StrEnum)

BYTES_PER_COMMAND = 10
BYTES_OF_RULES = 2

ACCOUNTS = [
    Account("A", "A"),
    Account("B", "B", self_trade_prevention=SelfTradePrevention.CANCEL_RESTING, trading_group="G"),
    Account("C", "C", self_trade_prevention=SelfTradePrevention.DECREMENT, trading_group="G"),
    Account("D", "D", self_trade_prevention=SelfTradePrevention.CANCEL_INCOMING),
]

PHASES = (
    *[Phase.CONTINUOUS] * 5,
    *[Phase.OPENING_AUCTION, Phase.INTRADAY_AUCTION] * 2,
    Phase.CLOSING_AUCTION,
    Phase.HALTED,
    Phase.CLOSED,
)
LOWEST, HIGHEST, MIDDLE = 980, 1020, 1000

_PLAIN = {OrderType.LIMIT: 9, OrderType.MARKET: 2}
_HELD = {
    OrderType.STOP: 3,
    OrderType.STOP_LIMIT: 3,
    OrderType.MARKET_IF_TOUCHED: 1,
    OrderType.LIMIT_IF_TOUCHED: 1,
}
_OTHERS = {OrderType.MARKET_TO_LIMIT: 2, OrderType.PEGGED: 4}
TYPES = tuple(kind for kind, times in (_PLAIN | _HELD | _OTHERS).items() for _ in range(times))
ELECTED = {
    OrderType.STOP: OrderType.MARKET,
    OrderType.MARKET_IF_TOUCHED: OrderType.MARKET,
    OrderType.STOP_LIMIT: OrderType.LIMIT,
    OrderType.LIMIT_IF_TOUCHED: OrderType.LIMIT,
}
"""What held orders are when they were elected."""
LASTING = (TimeInForce.DAY, TimeInForce.GOOD_TILL_CANCEL)
TIMES = (
    *[TimeInForce.DAY] * 8,
    TimeInForce.GOOD_TILL_CANCEL,
    TimeInForce.IMMEDIATE_OR_CANCEL,
    TimeInForce.FILL_OR_KILL,
)


def instrument_of(data: bytes) -> Instrument:
    """The instrument whose rules the bytes stand for."""
    first, second = (*data, 0, 0)[:2]
    rules = RuleProfile(
        market_remainder=_choice(MarketRemainder, first),
        minimum_quantity=_choice(MinimumQuantity, first >> 2),
        stop_through_market=_choice(StopThroughMarket, first >> 3),
        stop_election=_choice(StopElection, first >> 4),
        iceberg_refresh=_choice(IcebergRefresh, first >> 5),
        replace_priority=_choice(ReplacePriority, first >> 6),
        replace_below_filled=_choice(ReplaceBelowFilled, first >> 7),
        post_only=_choice(PostOnlyCrossing, second),
        fok_counts_reserve=not second & 2,
        fok_excludes_own=not second & 4,
        auction_takes_immediate=bool(second & 8),
    )
    return Instrument("ACME", 2, 1, 1, "USD", MIDDLE, LOWEST, HIGHEST, 50, rules, protection=2)


def opening(instrument: Instrument) -> list[Command]:
    """Lists the instrument and opens the accounts."""
    return [ListInstrument(instrument), *(OpenAccount(account) for account in ACCOUNTS)]


def commands_of(data: bytes, rules: RuleProfile, *, has_phases: bool = False) -> Iterator[Command]:
    """The commands that the bytes stand for; with phases an operator moves the instrument now and then."""
    entered: list[EnterOrder] = []
    named: list[tuple[str, EnterOrder]] = []
    for start in range(BYTES_OF_RULES, len(data) - BYTES_PER_COMMAND + 1, BYTES_PER_COMMAND):
        one = data[start : start + BYTES_PER_COMMAND]
        cl_ord_id = str(start // BYTES_PER_COMMAND + 1)
        kind, target = one[0] % 16, one[1]
        if has_phases and one[0] >= 224:
            yield ChangePhase(PHASES[target % len(PHASES)], "ACME")
            continue
        if kind < 11 or not named:
            order = order_of(cl_ord_id, one, rules, has_phases=has_phases)
            entered.append(order)
            named.append((cl_ord_id, order))
            yield order
            continue
        orig, order = named[-1 - target % min(len(named), 12)]
        if kind < 13:
            yield CancelOrder(order.session, cl_ord_id, orig, "ACME", order.side)
        elif kind == 15 and one[2] < 24:
            yield MassCancel(order.session, cl_ord_id, side=(None, Side.BUY, Side.SELL)[one[2] % 3])
        else:
            named.append((cl_ord_id, order))
            yield replace_of(cl_ord_id, orig, order, one)


def order_of(cl_ord_id: str, one: bytes, rules: RuleProfile, *, has_phases: bool = False) -> EnterOrder:
    """A new order."""
    _, _, who, price, quantity, kind, time, more, display, stop = one
    side = Side.SELL if who & 1 else Side.BUY
    order_type = TYPES[kind % len(TYPES)]
    size = quantity % 12 + 1
    time_in_force = TIMES[time % len(TIMES)]
    if has_phases and time >= 224 and order_type in _PLAIN:
        time_in_force = (TimeInForce.AT_OPENING, TimeInForce.AT_CLOSE)[time & 1]
    has_price = order_type in (OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.LIMIT_IF_TOUCHED) or (
        order_type is OrderType.PEGGED and price & 64
    )
    limit = _price(price, side) if has_price else 0
    conditions = _conditions(order_type, time_in_force, side, size, (more, display, stop))
    if conditions.min_quantity and rules.minimum_quantity is MinimumQuantity.PER_EXECUTION:
        # What must be had at once or not at all cannot be shown: the book would stand crossed.
        hidden = {"display_quantity": 0} if limit else {"min_quantity": 0}
        conditions = msgspec.structs.replace(conditions, **hidden)
    return EnterOrder(
        "ST"[who >> 1 & 1],
        cl_ord_id,
        ACCOUNTS[who >> 2 & 3].account_id,
        "ACME",
        side,
        order_type,
        time_in_force,
        size,
        limit,
        conditions if conditions != OrderConditions() else None,
    )


def replace_of(cl_ord_id: str, orig: str, order: EnterOrder, one: bytes) -> ReplaceOrder:
    """New quantity and, every second time, a new price; conditions stay, or are stated anew."""
    _, _, who, price, quantity, kind, time, more, display, _ = one
    size = quantity % 12 + 1
    limit = order.price if who & 1 or not order.price else _price(price, order.side)
    conditions = order.conditions
    if conditions is not None and more & 1 and conditions.display_quantity > 0:
        least = min(conditions.min_quantity, size)
        conditions = msgspec.structs.replace(conditions, display_quantity=display % size + 1, min_quantity=least)
    else:
        conditions = None
    order_type = order.order_type
    if kind & 1:
        order_type = ELECTED.get(order_type, order_type)
    if conditions is not None and order_type is not order.order_type:
        conditions = msgspec.structs.replace(conditions, stop_price=0, trail_by=0, trail_basis_points=0)
    time_in_force = LASTING[time & 1] if time else TimeInForce.FILL_OR_KILL
    return ReplaceOrder(
        order.session, cl_ord_id, orig, "ACME", order.side, order_type, time_in_force, size, limit, 0, conditions
    )


def _conditions(
    order_type: OrderType, time_in_force: TimeInForce, side: Side, size: int, more: tuple[int, int, int]
) -> OrderConditions:
    what, display, stop = more
    held = order_type in _HELD
    trails = order_type in (OrderType.STOP, OrderType.STOP_LIMIT) and stop & 192 == 192
    rises = held and (side is Side.BUY) is (order_type in (OrderType.STOP, OrderType.STOP_LIMIT))
    away = stop % 8 - 2
    lasts = time_in_force in LASTING
    is_passive = lasts and order_type is OrderType.LIMIT and what & 3 == 3
    has_limit = order_type in (OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.LIMIT_IF_TOUCHED, OrderType.PEGGED)
    shows_part = lasts and has_limit and what & 12 == 12
    waits_for_all = not shows_part and time_in_force is not TimeInForce.FILL_OR_KILL and what & 48 == 48
    has_minimum = not waits_for_all and what & 192 == 192
    is_pegged = order_type is OrderType.PEGGED
    contingency = tuple(Contingency)[stop % 3] if 64 <= display < 128 else None
    return OrderConditions(
        stop_price=(MIDDLE + away if rises else MIDDLE - away) if held and (not trails or stop & 32) else 0,
        trail_by=1 + stop % 3 if trails and stop & 16 else 0,
        trail_basis_points=10 + stop % 20 if trails and not stop & 16 else 0,
        display_quantity=display % (size + 1) if shows_part else -1,
        min_quantity=display % size + 1 if has_minimum else 0,
        is_all_or_none=waits_for_all,
        is_post_only=is_passive,
        peg=tuple(Peg)[stop % 3] if is_pegged else None,
        peg_offset=-side * (stop >> 4 & 1) if is_pegged else 0,
        self_trade_prevention=tuple(SelfTradePrevention)[display % 5] if display >= 192 else None,
        group=f"group {stop >> 3 & 1}" if contingency else "",
        contingency=contingency,
    )


def _price(byte: int, side: Side) -> int:
    """Around the middle; buys a little lower than sells."""
    return MIDDLE - 2 * side + byte % 8 * side if byte < 250 else MIDDLE + 50 * (byte - 253)


def _choice(options: type[Choice], bits: int) -> Choice:
    members = tuple(options)
    return members[bits % len(members)]
