"""What fills are charged: rates by amount and by share, for makers and takers, with a least and a most per order.

An order's fee grows with its fills, so what a fill is charged is what the order's fee grew by. Rounded towards zero to
the unit of money; a rebate is less than 0.
"""

from __future__ import annotations

from exchange.reference.clearing_rules import PARTS, FeeSchedule


def rate(schedule: FeeSchedule, amount: int, quantity: int, *, is_maker: bool) -> int:
    """The fee of a fill by the rates alone."""
    parts = schedule.maker_parts if is_maker else schedule.taker_parts
    per_share = schedule.maker_per_share if is_maker else schedule.taker_per_share
    by_amount = abs(parts) * amount // PARTS
    return (by_amount if parts >= 0 else -by_amount) + per_share * quantity


def order_fee(schedule: FeeSchedule, rated: int) -> int:
    """The fee of an order that has traded, whose fills came to `rated` by the rates."""
    fee = max(rated, schedule.minimum) if schedule.minimum else rated
    return min(fee, schedule.maximum) if schedule.maximum else fee


def highest_fee(schedule: FeeSchedule, rated: int, charged: int, amount: int, quantity: int) -> int:
    """The most that an order will still be charged, if it trades so much more; rebates are not counted on."""
    if not quantity:
        return 0
    by_amount = max(0, schedule.maker_parts, schedule.taker_parts) * amount // PARTS
    by_shares = max(0, schedule.maker_per_share, schedule.taker_per_share) * quantity
    return max(0, order_fee(schedule, max(0, rated) + by_amount + by_shares) - charged)
