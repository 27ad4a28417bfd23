"""What happened to money, shares and limits: the part of the venue's events that clearing and risk write.

Numbered with all others (`exchange.events`), at the same times. Each carries the postings that it made, so that the
ledger can be built from the events alone; amounts are units of `reference.money`, dates are year, month and day in one
number.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from exchange.orders import Side
from exchange.postings import Bucket, Posting, PostingCause
from exchange.reference.clearing_rules import ClearingRules, CorporateAction
from exchange.reference.limits import LimitScope, RiskLimits, StopLoss


class FillCleared(Struct, frozen=True, gc=False, array_like=True, tag="cleared"):
    """What one side of a trade means for its account; right behind the `OrderFilled` of both sides."""

    number: int
    at: int
    date: int
    """The business day, as year, month and day; 0 before the first."""
    trade_id: int
    order_id: int
    account: str
    symbol: str
    side: Side
    quantity: int
    price: int
    amount: int
    """Quantity times price in units of money: what the buyer pays and the seller gets, without fees."""
    fee: int
    settles_on: int
    """The settlement date, as year, month and day; 0 before the first business day: with the next."""
    position: int
    """Shares from now on, those sold short negative."""
    cost: int
    """What they have cost, in units of money; of a short position what was got for it, negative."""
    realised: int
    """The profit of this account in this instrument from now on, without fees, in units of money."""
    postings: tuple[Posting, ...]


class FillRecleared(Struct, frozen=True, gc=False, array_like=True, tag="recleared"):
    """What a bust or a correction of a trade means for one side: cash, shares and fee as the fill now is.

    Position, cost and profit are as if the trade had always been so. A bust fill has quantity and amount 0.
    """

    number: int
    at: int
    date: int
    trade_id: int
    order_id: int
    account: str
    symbol: str
    side: Side
    quantity: int
    price: int
    amount: int
    fee: int
    settles_on: int
    """When the difference settles."""
    position: int
    cost: int
    realised: int
    cause: PostingCause
    postings: tuple[Posting, ...]


class Posted(Struct, frozen=True, gc=False, array_like=True, tag="posted"):
    """The ledger moved otherwise than by a fill."""

    number: int
    at: int
    date: int
    cause: PostingCause
    reference: str
    """Of a transfer its reference, of an action its id, of what an order brought about the order's number."""
    postings: tuple[Posting, ...]
    text: str = ""


class Reserved(Struct, frozen=True, gc=False, array_like=True, tag="reserved"):
    """An order was entered, changed or ended: what it needs is reserved, what it needs no longer is returned.

    The most frequent of what clearing tells, so the two lines of the ledger follow from one amount.
    """

    number: int
    at: int
    date: int
    account: str
    asset: str
    amount: int
    """Out of AVAILABLE into RESERVED; less than 0: the other way."""
    order_id: int

    @property
    def postings(self) -> tuple[Posting, Posting]:
        """The lines, which add up to 0."""
        account, asset, amount = self.account, self.asset, self.amount
        return (
            Posting(account, asset, Bucket.AVAILABLE, -amount),
            Posting(account, asset, Bucket.RESERVED, amount),
        )


class PositionChanged(Struct, frozen=True, gc=False, array_like=True, tag="position"):
    """A position is another one otherwise than by a fill: transfer, correction, split, symbol change."""

    number: int
    at: int
    account: str
    symbol: str
    position: int
    cost: int
    realised: int
    cause: PostingCause


class RiskLimitsSet(Struct, frozen=True, gc=False, array_like=True, tag="limits-set"):
    """Limits are in force, or no longer."""

    number: int
    at: int
    scope: LimitScope
    name: str
    limits: RiskLimits | None
    symbol: str


class StopLossSet(Struct, frozen=True, gc=False, array_like=True, tag="stop-loss-set"):
    """A position's protective stop is set, or gone; a trailing one tells only where it began."""

    number: int
    at: int
    account: str
    symbol: str
    stop: StopLoss | None
    price: int
    """Where it stands, in units of the price scale; 0 when it is gone."""


class StopLossTriggered(Struct, frozen=True, gc=False, array_like=True, tag="stop-loss-triggered"):
    """The last price has come to a protective stop, which is gone: the order that closes the position follows."""

    number: int
    at: int
    account: str
    symbol: str
    price: int
    """The stop."""
    last_price: int
    quantity: int
    """Shares that will be sold, or bought back when less than 0; 0: there is no position any more."""


class ShortSaleRestricted(Struct, frozen=True, gc=False, array_like=True, tag="short-sale-restricted"):
    """After a fall short sales in an instrument need a limit above the best bid, or do no longer."""

    number: int
    at: int
    symbol: str
    is_restricted: bool


class ClearingRulesSet(Struct, frozen=True, gc=False, array_like=True, tag="clearing-rules-set"):
    """The clearing house goes by other rules."""

    number: int
    at: int
    rules: ClearingRules


class SettlementDayOpened(Struct, frozen=True, gc=False, array_like=True, tag="settlement-day-opened"):
    """A business day began for the instruments of a market; what settles, settles in the events behind it."""

    number: int
    at: int
    market: str
    date: int


class ObligationSettled(Struct, frozen=True, gc=False, array_like=True, tag="settled"):
    """An account delivered and paid, or was delivered and paid, in one instrument: all that was due, or a part."""

    number: int
    at: int
    date: int
    account: str
    symbol: str
    due: int
    """The oldest settlement date in it."""
    shares: int
    """What the account got; less than 0: what it gave."""
    cash: int
    """In the instrument's currency, units of money; less than 0: what it paid."""
    left_shares: int
    """What is due still, after a partial settlement."""
    left_cash: int
    postings: tuple[Posting, ...]


class SettlementFailed(Struct, frozen=True, gc=False, array_like=True, tag="settlement-failed"):
    """What was due could not be delivered, paid or received; it is tried again on the next business day."""

    number: int
    at: int
    date: int
    account: str
    symbol: str
    due: int
    shares: int
    """Due to the account; less than 0: due from it."""
    cash: int
    attempts: int
    """How many days it has failed."""
    text: str
    """What was needed, and what was there."""


class CorporateActionAnnounced(Struct, frozen=True, gc=False, array_like=True, tag="action-announced"):
    """A company's action will be done at its ex date."""

    number: int
    at: int
    action: CorporateAction


class CorporateActionDone(Struct, frozen=True, gc=False, array_like=True, tag="action-done"):
    """A company's action is being done: postings, positions, orders and the reference price follow."""

    number: int
    at: int
    action: CorporateAction


ClearingEvent: TypeAlias = (
    FillCleared
    | FillRecleared
    | Posted
    | Reserved
    | PositionChanged
    | RiskLimitsSet
    | StopLossSet
    | StopLossTriggered
    | ClearingRulesSet
    | SettlementDayOpened
    | ObligationSettled
    | SettlementFailed
)
"""Events of the ledger and of risk: they concern accounts, or the clearing house."""
