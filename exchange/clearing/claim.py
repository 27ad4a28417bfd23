"""One order's claim on its account, and what it amounts to.

Pure reckoning: who may claim what `funds` says, and `claims` posts it.
"""

from __future__ import annotations

from msgspec import Struct

from exchange.clearing.fees import highest_fee, order_fee, rate
from exchange.orders import Side
from exchange.reference.clearing_rules import FeeSchedule
from exchange.reference.limits import RiskLimits
from exchange.reference.money import amount_needed

BASIS_POINTS = 10_000


class Claim(Struct, eq=False):
    """What an order has reserved, and what it has been charged."""

    limits: RiskLimits | None
    """Of the funded account; None where nothing is reserved."""
    fees: FeeSchedule | None
    price: int = 0
    """Of a buy the worst price, which is reserved; of a short sale the price that its margin is taken of."""
    owned: int = 0
    """Of a sale: how much of what is left sells shares that the account has; the rest is short."""
    cash: int = 0
    """Reserved money, or what it would be alone, in a pool."""
    shares: int = 0
    working: int = 0
    """What is left of the order, as far as it has been counted."""
    rated: int = 0
    """The fees of its fills by the rates."""
    charged: int = 0
    """The fees that it has been charged."""
    uses_credit: bool = False
    """When it was planned, the account had not enough without its credit."""
    is_waiting: bool = False
    """It reserves nothing before the order that brings it about has traded."""
    pool: ClaimPool | None = None

    def copy(self) -> Claim:
        """The same claim with nothing reserved, to reckon with."""
        return Claim(self.limits, self.fees, working=self.working, rated=self.rated, charged=self.charged)

    def charge(self, amount: int, quantity: int, *, is_maker: bool) -> int:
        """The fee of one more fill."""
        if self.fees is None:
            return 0
        self.rated += rate(self.fees, amount, quantity, is_maker=is_maker)
        due = order_fee(self.fees, self.rated)
        fee = due - self.charged
        self.charged = due
        return fee

    def take_back(self, fee: int) -> None:
        """A fill was busted or corrected: so much of its fee is not charged any more."""
        self.rated -= fee
        self.charged -= fee

    def needs(self, side: Side, leaves: int, price_digits: int) -> tuple[int, int]:
        """Money and shares for what is left of the order. A sale pays its fees from what it brings."""
        if self.limits is None or self.is_waiting or not leaves:
            return 0, 0
        if side is Side.SELL:
            return self.margin(leaves, price_digits), min(self.owned, leaves)
        amount = amount_needed(self.price * leaves, price_digits)
        return (amount if self.fees is None else amount + self.highest_fee(amount, leaves)), 0

    def margin(self, leaves: int, price_digits: int) -> int:
        """The margin of the short part of what is left of a sale."""
        short = leaves - self.owned
        if self.limits is None or short <= 0:
            return 0
        return -(
            -amount_needed(self.price * short, price_digits) * self.limits.short_margin_basis_points // BASIS_POINTS
        )

    def state(self) -> list[object]:
        """All of it as values, for the venue's hash."""
        return [
            self.limits, self.fees, self.price, self.owned, self.cash, self.shares, self.working, self.rated,
            self.charged, self.uses_credit, self.is_waiting,
        ]  # fmt: skip

    def highest_fee(self, amount: int, quantity: int) -> int:
        """The most that it will still be charged for trading so much more."""
        return 0 if self.fees is None else highest_fee(self.fees, self.rated, self.charged, amount, quantity)


class ClaimPool:
    """Orders of which one takes the place of the other: they claim together what the largest needs."""

    __slots__ = ("cash", "members", "shares")

    def __init__(self) -> None:
        self.members: dict[int, Claim] = {}
        """By order number."""
        self.cash = 0
        """Reserved for all together."""
        self.shares = 0

    def largest(self) -> tuple[int, int]:
        """What the members need now."""
        claims = self.members.values()
        return max((one.cash for one in claims), default=0), max((one.shares for one in claims), default=0)
