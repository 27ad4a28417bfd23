"""How trades are charged and settled, and what companies do to their shares: rules and actions as data.

The venue is told them by commands; new fields go to the end with a default.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

PARTS = 1_000_000
"""Fee rates are so many parts of the amount: 100 parts are one basis point."""


class FeeSchedule(Struct, frozen=True, gc=False, array_like=True):
    """What an account pays for its fills. Rates may be negative: a rebate."""

    maker_parts: int = 0
    """Of the amount, in millionths, when the order was resting."""
    taker_parts: int = 0
    """When the order came to a resting one. Both sides of an uncross are makers."""
    maker_per_share: int = 0
    """Units of money for each share."""
    taker_per_share: int = 0
    minimum: int = 0
    """The least for an order that traded, charged with its first fill. Units of money; 0: none."""
    maximum: int = 0
    """The most for one order. Units of money; 0: none."""


class ClearingRules(Struct, frozen=True, gc=False, array_like=True):
    """What the clearing house does when somebody cannot deliver or pay. The same for the whole venue."""

    settles_partially: bool = False
    """Whether it takes a part where the whole is not there."""
    buy_in_after: int = 0
    """After so many failed settlement days shares not delivered are bought in the market for the one who owes them; 0:
    never."""
    lends_shares: bool = True
    """Whether it lends what is sold short without a place to borrow it; else such sales fail to deliver."""


class ActionKind(StrEnum):
    """What a company does to its shares."""

    SPLIT = "split"
    CASH_DIVIDEND = "cash dividend"
    SYMBOL_CHANGE = "symbol change"


class CorporateAction(Struct, frozen=True, gc=False, array_like=True):
    """One action, done when the settlement day of the instrument's market comes to `ex_date`, before anything else."""

    action_id: str
    """Unique for ever."""
    kind: ActionKind
    symbol: str
    ex_date: int
    """As year, month and day: 20240621."""
    numerator: int = 0
    """Of a split: so many new shares for `denominator` old ones. 2 for 1 doubles, 1 for 10 is a reverse split."""
    denominator: int = 0
    amount: int = 0
    """Of a dividend, for each share, in units of money; short positions pay it."""
    new_symbol: str = ""
    """Of a symbol change."""
