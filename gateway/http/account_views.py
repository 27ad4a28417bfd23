"""What operators do to accounts over HTTP: the bodies of their requests, and what `gateway.account_desk` answers.

Accounts go by the ids that FIX orders name, whether they are somebody's portfolio or not. Each operation is one command
of the venue. Amounts and prices are text, exact to the last digit.
"""

from __future__ import annotations

from typing import Annotated, Literal, Protocol

from msgspec import Meta, Struct

from exchange.reference.limits import LimitScope
from gateway.http.operation_views import Name, PriceText, Reason

HOLDINGS_MAX = 100
"""Positions of one correction: a body that is read has no room for more."""

Reference = Annotated[str, Meta(max_length=100, pattern=r"\A[\x21-\x7e \-]*\Z")]
"""What makes a transfer the same when it is sent again; one is made where it is empty."""

DateText = Annotated[str, Meta(pattern=r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]
Count = Annotated[int, Meta(ge=0, le=1_000_000_000_000)]
BasisPoints = Annotated[int, Meta(ge=0, le=1_000_000)]
Ratio = Annotated[int, Meta(ge=1, le=1_000_000)]


class Deposit(Struct, forbid_unknown_fields=True, frozen=True):
    """Money or shares come to an account."""

    account: Name
    asset: Name
    """A currency, or the symbol of an instrument."""
    amount: PriceText
    reference: Reference = ""
    cost: PriceText = "0"
    """Of shares: what they are taken to have cost, altogether."""
    reason: Reason = ""


class Withdraw(Struct, forbid_unknown_fields=True, frozen=True):
    """Money or shares leave an account; what leaves must be free and settled."""

    account: Name
    asset: Name
    amount: PriceText
    reference: Reference = ""
    reason: Reason = ""


class HeldShares(Struct, forbid_unknown_fields=True, frozen=True):
    """How many shares an account shall have, and what each is taken to have cost."""

    symbol: Name
    quantity: Count
    price: PriceText = "0"


class CorrectHoldings(Struct, forbid_unknown_fields=True, frozen=True):
    """Give an account the positions that it shall have; those not named stay."""

    account: Name
    holdings: Annotated[list[HeldShares], Meta(min_length=1, max_length=HOLDINGS_MAX)]
    reference: Reference = ""
    reason: Reason = ""


class SetLimits(Struct, forbid_unknown_fields=True, frozen=True):
    """Change limits of a firm, user, account or instrument; what is left out stays as it is, 0 is no such limit."""

    scope: LimitScope
    name: Name
    symbol: Name = ""
    """Only for orders in this instrument; empty: for all."""
    funded: bool | None = None
    credit_limit: PriceText | None = None
    max_order_quantity: Count | None = None
    max_order_value: PriceText | None = None
    price_tolerance_basis_points: BasisPoints | None = None
    orders_per_second: Count | None = None
    position_limit: Count | None = None
    position_share_basis_points: BasisPoints | None = None
    loss_limit: PriceText | None = None
    shorting: Literal["forbidden", "located", "allowed"] | None = None
    long_sell_may_short: bool | None = None
    short_margin_basis_points: BasisPoints | None = None
    remove: bool = False
    """true: no limits of this scope any more."""


class SetStop(Struct, forbid_unknown_fields=True, frozen=True):
    """Set or remove the protective stop of a position: at a price, or at a distance from the last one."""

    account: Name
    symbol: Name
    price: PriceText | None = None
    distance_basis_points: BasisPoints = 0
    trailing: bool = False
    remove: bool = False


class AnnounceAction(Struct, forbid_unknown_fields=True, frozen=True):
    """Announce what a company does to its shares: a split, a cash dividend or a change of its symbol."""

    kind: Literal["split", "cash dividend", "symbol change"]
    symbol: Name
    ex_date: DateText
    """The business day on which it is done; at once where it has begun."""
    action_id: Reference = ""
    """Unique for ever; one is made where it is empty."""
    numerator: Ratio | None = None
    """Of a split: so many new shares for `denominator` old ones."""
    denominator: Ratio | None = None
    amount: PriceText | None = None
    """Of a dividend, for each share."""
    new_symbol: Name = ""


class SetClearing(Struct, forbid_unknown_fields=True, frozen=True):
    """Change the clearing house's rules; what is left out stays as it is."""

    partial_settlement: bool | None = None
    buy_in_after_days: Annotated[int, Meta(ge=0, le=1_000)] | None = None


AccountOperation = Deposit | Withdraw | CorrectHoldings | SetLimits | SetStop | AnnounceAction | SetClearing

ACCOUNT_OPERATIONS: dict[str, type[AccountOperation]] = {
    "deposit": Deposit,
    "withdraw": Withdraw,
    "holdings": CorrectHoldings,
    "limits": SetLimits,
    "stop-loss": SetStop,
    "corporate-action": AnnounceAction,
    "clearing-rules": SetClearing,
}
"""`POST /admin/clearing/{name}` to what its body is."""


class AccountOutcome(Struct, frozen=True):
    """What an operation brought about."""

    as_of: int
    """Number of its last event; 0: nothing was to be changed."""
    reference: str
    """Of a transfer its reference, of a company's action its id; else empty."""
    events: dict[str, int]
    """How many of each kind: `{"posted": 1}`."""


class BalanceView(Struct, frozen=True):
    """Where an account's money or shares stand."""

    asset: str
    available: str
    reserved: str
    unsettled: str
    short: str
    collateral: str
    fees: str
    traded: str
    settled: str


class PositionView(Struct, frozen=True):
    """An account's shares of an instrument; those sold short less than 0."""

    symbol: str
    quantity: int
    cost: str
    realised: str


class DueView(Struct, frozen=True):
    """What an account has not settled in an instrument; less than 0 is due from it."""

    account: str
    symbol: str
    date: int
    """When it is due, as year, month and day; 0: with the next settlement."""
    shares: int
    cash: str
    attempts: int
    """Settlement days on which it failed."""


class LimitsView(Struct, frozen=True):
    """Limits in force. 0 is no such limit."""

    scope: str
    name: str
    symbol: str
    funded: bool
    credit_limit: str
    max_order_quantity: int
    max_order_value: str
    price_tolerance_basis_points: int
    orders_per_second: int
    position_limit: int
    position_share_basis_points: int
    loss_limit: str
    shorting: str
    long_sell_may_short: bool
    short_margin_basis_points: int


class AccountView(Struct, frozen=True):
    """One account as it stands this moment."""

    account: str
    name: str
    firm: str
    user: str
    is_cleared: bool
    as_of: int
    balances: list[BalanceView]
    positions: list[PositionView]
    due: list[DueView]
    limits: list[LimitsView]
    """Those of the account, its firm and its user."""


class SettlementView(Struct, frozen=True):
    """Where settlement stands."""

    partial_settlement: bool
    buy_in_after_days: int
    days: dict[str, int]
    """By market: the business day; the empty market is of instruments without one."""
    due: list[DueView]
    """All that is not settled, oldest first; at most `DUE_SHOWN_MAX`."""
    due_count: int


DUE_SHOWN_MAX = 1_000
"""Obligations of one answer."""


class AccountDesk(Protocol):
    """What operators see of accounts, and do to them."""

    async def carry_out(self, name: str, operation: AccountOperation, who: str) -> AccountOutcome:
        """Does it and records who did. Raises `Problem`: the reason's name, and field and rule in words."""

    def account(self, name: str) -> AccountView:
        """One account. Raises `Problem` for one that is not there."""

    def limits(self) -> list[LimitsView]:
        """All limits in force."""

    def settlement(self) -> SettlementView:
        """What is still to settle."""
