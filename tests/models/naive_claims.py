"""What open orders should have reserved and what each fill should have cost, reckoned anew from terms and fills.

An order's worst price is its limit. Of one without a limit, and of a short sale, it depends on the market at its entry:
there the price and the shares that the claim states are taken, and only what they amount to is reckoned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from exchange.clearing_events import FillRecleared
from exchange.events import Event, OrderAccepted, OrderFilled
from exchange.matching.order import Order
from exchange.orders import Contingency, Side
from exchange.postings import OUTSIDE
from exchange.reference.accounts import Account
from exchange.reference.clearing_rules import FeeSchedule
from exchange.venue import Venue
from tests.models.naive_ledger import money_of


class Charged(NamedTuple):
    """The fees of an order so far: by the rates of its fills, and what was charged."""

    rated: int
    charged: int


class NaiveClaims:
    """Fees of all orders, and reservations by account and asset."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._fees: dict[int, FeeSchedule | None] = {}
        self._charged: dict[int, Charged] = {}
        self._of_fills: dict[tuple[int, int], int] = {}

    def take(self, events: Sequence[Event], accounts: dict[str, Account]) -> None:
        """What a command did. `accounts`: as they were before it."""
        for event in events:
            match event:
                case OrderAccepted(terms=terms):
                    self._fees[terms.order_id] = accounts[terms.account].fees
                case OrderFilled():
                    self._charge(event)
                case FillRecleared() if event.account != OUTSIDE:
                    less = self._of_fills[event.trade_id, event.order_id] - event.fee
                    rated, charged = self._charged[event.order_id]
                    self._charged[event.order_id] = Charged(rated - less, charged - less)
                    self._of_fills[event.trade_id, event.order_id] = event.fee

    def _charge(self, event: OrderFilled) -> None:
        order_id = event.terms.order_id
        schedule = self._fees[order_id]
        before = self._charged.get(order_id, Charged(0, 0))
        fee = 0
        if schedule is not None:
            instrument = self._venue.instruments[event.terms.symbol]
            amount = money_of(event.last_quantity * event.last_price, instrument.price_digits)
            parts = schedule.taker_parts if event.is_aggressor else schedule.maker_parts
            per_share = schedule.taker_per_share if event.is_aggressor else schedule.maker_per_share
            rated = before.rated + int(Fraction(parts * amount, 10**6)) + per_share * event.last_quantity
            fee = _fee_of_order(schedule, rated) - before.charged
            self._charged[order_id] = Charged(rated, before.charged + fee)
        else:
            self._charged[order_id] = before
        assert event.fee == fee, f"{event} should be charged {fee}"
        self._of_fills[event.trade_id, order_id] = fee

    def reserved(self) -> Counter[tuple[str, str]]:
        """What should be reserved now, by account and asset."""
        pools: dict[tuple[str, str, str, str], list[tuple[int, int]]] = {}
        for order in self._venue.register:
            terms, claim = order.terms, order.claim
            is_funded = self._venue.accounts[terms.account].is_cleared and self._venue.limits.funded(terms.account)
            if claim is None or claim.limits is None:
                assert not is_funded, f"{terms} claims nothing"
                continue
            assert is_funded, f"{terms} claims of an account that trades freely"
            conditions = terms.conditions
            group = conditions.group if conditions is not None and _takes_place(conditions.contingency) else ""
            name = group or f"order {terms.order_id}"
            pools.setdefault((terms.session, name, terms.account, terms.symbol), []).append(self._needs(order))
        reserved: Counter[tuple[str, str]] = Counter()
        for (_, _, account, symbol), needs in pools.items():
            reserved[account, self._venue.instruments[symbol].currency] += max(cash for cash, _ in needs)
            reserved[account, symbol] += max(shares for _, shares in needs)
        return reserved

    def _needs(self, order: Order) -> tuple[int, int]:
        terms, claim, leaves = order.terms, order.claim, order.leaves
        assert claim is not None and claim.limits is not None
        assert claim.is_waiting <= self._venue.engine.groups.holds(order), f"{terms} waits for nobody"
        if claim.is_waiting:
            return 0, 0
        digits = self._venue.instruments[terms.symbol].price_digits
        if terms.side is Side.SELL:
            is_short = terms.conditions is not None and terms.conditions.short_sale is not None
            assert 0 <= claim.owned <= leaves, f"{terms}: {claim.owned} of {leaves}"
            assert not is_short or not claim.owned, f"{terms} sells short what the account has"
            margin = Fraction(claim.limits.short_margin_basis_points, 10_000)
            return ceil(margin * _most_money((leaves - claim.owned) * claim.price, digits)), claim.owned
        amount = _most_money((terms.price or claim.price) * leaves, digits)
        return amount + self._highest_fee(terms.order_id, amount, leaves), 0

    def _highest_fee(self, order_id: int, amount: int, leaves: int) -> int:
        schedule = self._fees[order_id]
        if schedule is None:
            return 0
        rated, charged = self._charged.get(order_id, Charged(0, 0))
        by_amount = int(Fraction(max(0, schedule.maker_parts, schedule.taker_parts) * amount, 10**6))
        by_shares = max(0, schedule.maker_per_share, schedule.taker_per_share) * leaves
        return max(0, _fee_of_order(schedule, max(0, rated) + by_amount + by_shares) - charged)


def without_zeros(counter: Iterable[tuple[tuple[str, str], int]]) -> dict[tuple[str, str], int]:
    """What there is something of."""
    return {key: amount for key, amount in counter if amount}


def _fee_of_order(schedule: FeeSchedule, rated: int) -> int:
    at_least = rated if not schedule.minimum else max(schedule.minimum, rated)
    return at_least if not schedule.maximum else min(schedule.maximum, at_least)


def _most_money(notional: int, digits: int) -> int:
    return ceil(Fraction(notional * 10**6, 10**digits))


def _takes_place(contingency: Contingency | None) -> bool:
    return contingency in (Contingency.ONE_CANCELS_OTHER, Contingency.ONE_UPDATES_OTHER)
