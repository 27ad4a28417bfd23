"""What an account may risk: limits by firm, user, account and instrument, and the protective stop of a position.

Every limit in force must hold; the narrower one is no exception to the wider one. Numbers of 0 mean that there is no
such limit, unless a docstring says otherwise.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum

from msgspec import Struct


class LimitScope(StrEnum):
    """Whom limits are for."""

    FIRM = "firm"
    """All accounts of a firm; positions, credit and losses are those of all together."""
    USER = "user"
    """All accounts of a user, in the same way."""
    ACCOUNT = "account"
    """One account: a portfolio."""
    INSTRUMENT = "instrument"
    """Each order of any account in an instrument."""


class Shorting(IntEnum):
    """What an account may sell without having it."""

    FORBIDDEN = 0
    LOCATED = 1
    """A short sale that names where the shares will be borrowed (FIX LocateReqd(114)=N or LocateBroker(5700))."""
    ALLOWED = 2
    """Any sale marked as short."""


class RiskLimits(Struct, frozen=True, gc=False, array_like=True):
    """The limits of one scope."""

    is_funded: bool = False
    """Orders need money and shares: both are reserved on entry. Of an account only."""
    credit_limit: int = 0
    """How far below 0 the available money of an account may go, in each currency; of a firm or user: the sum of what
    its accounts have gone below 0. Units of money. Looked at where orders are funded."""
    max_order_quantity: int = 0
    """Shares."""
    max_order_value: int = 0
    """Quantity times limit, or times what a market order may cost at most. Units of money."""
    price_tolerance_basis_points: int = 0
    """How far a limit may be from the last price, or the reference price before the first trade, either way."""
    orders_per_second: int = 0
    """New orders and replaces within any second."""
    position_limit: int = 0
    """The largest position, long or short, that working orders may lead to; shares of each instrument."""
    position_share_basis_points: int = 0
    """Position sizing: no buy may lead to a position above this share of the account's equity."""
    loss_limit: int = 0
    """The loss of one business day, realised and not, fees included, that blocks trading and cancels what is open.
    Units of money, in the instruments' currency."""
    shorting: Shorting = Shorting.ALLOWED
    """Looked at where orders are funded."""
    long_sell_may_short: bool = False
    """Whether a sale beyond the position that is not marked as short counts as a short one; else it is refused."""
    short_margin_basis_points: int = 5_000
    """What a short position needs besides its proceeds. 50 % is what Regulation T asks for."""


class StopLoss(Struct, frozen=True, gc=False, array_like=True):
    """A protective stop that the venue keeps for a position: at the stop it is sold, or bought back, at the market."""

    price: int = 0
    """Where it stands, in units of the price scale; 0: from `distance_basis_points`."""
    distance_basis_points: int = 0
    """How far from the last price it stands when it is set."""
    is_trailing: bool = False
    """Whether it follows the last price at that distance, one way only."""
