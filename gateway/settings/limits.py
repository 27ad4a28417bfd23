"""What may be risked, as people write it: the limits of an account, and of firms, users, instruments and accounts.

All limits that are in force hold together. At each start those that stand in the settings are put in force again; what
operators set besides stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Self

from pydantic import Field, model_validator

from exchange.clearing.risk_settings import MARGIN_MAX, ORDERS_PER_SECOND_MAX
from exchange.reference.limits import LimitScope, RiskLimits, Shorting
from gateway.settings.amounts import MoneyText, money_of
from gateway.settings.names import AccountId, Symbol
from gateway.settings.section import Section
from gateway.settings.trading_rules import BASIS_POINTS_MAX

SHARES_MAX = 1_000_000_000_000
"""The largest number of shares a limit may have: a thousand orders of the largest quantity."""

ShortingWord = Literal["forbidden", "located", "allowed"]


class LimitsEntry(Section):
    """The limits of an account. 0: no such limit."""

    funded: bool = Field(
        False,
        description="true: orders of the account need money and shares, and both are reserved. Of an account alone.",
    )
    credit_limit: MoneyText = Field(
        "0",
        description="How far below 0 the available money of a funded account may go, in each currency; of a firm or "
        "user, what its accounts have gone below 0 together.",
    )
    max_order_quantity: int = Field(0, ge=0, le=SHARES_MAX, description="The largest quantity of one order, in shares.")
    max_order_value: MoneyText = Field(
        "0", description="The largest quantity times limit, or times what a market order may cost at most."
    )
    price_tolerance_basis_points: int = Field(
        0,
        ge=0,
        le=BASIS_POINTS_MAX,
        description="How far a limit may be from the last price, either way, in hundredths of a percent.",
    )
    orders_per_second: int = Field(
        0,
        ge=0,
        le=ORDERS_PER_SECOND_MAX,
        description="New orders and replaces within any second; each is remembered so long.",
    )
    position_limit: int = Field(
        0,
        ge=0,
        le=SHARES_MAX,
        description="The largest position, long or short, that working orders may lead to, in shares of an instrument.",
    )
    position_share_basis_points: int = Field(
        0,
        ge=0,
        le=10_000,
        description="No buy may lead to a position above this share of the account's equity; 2500 is a quarter.",
    )
    loss_limit: MoneyText = Field(
        "0", description="The loss of one business day that blocks trading and cancels what is open."
    )
    shorting: ShortingWord = Field(
        "allowed",
        description="What a funded account may sell without having it: nothing, what it has located, or anything that "
        "is marked as short.",
    )
    long_sell_may_short: bool = Field(
        False,
        description="Whether a sale beyond the position that is not marked as short counts as a short one; else it is "
        "refused.",
    )
    short_margin_basis_points: int = Field(
        5_000,
        ge=0,
        le=MARGIN_MAX,
        description="What a short position needs besides its proceeds; 5000 is half of them, as Regulation T asks.",
    )

    def risk_limits(self) -> RiskLimits:
        """As the core takes them."""
        return RiskLimits(
            is_funded=self.funded,
            credit_limit=money_of(self.credit_limit),
            max_order_quantity=self.max_order_quantity,
            max_order_value=money_of(self.max_order_value),
            price_tolerance_basis_points=self.price_tolerance_basis_points,
            orders_per_second=self.orders_per_second,
            position_limit=self.position_limit,
            position_share_basis_points=self.position_share_basis_points,
            loss_limit=money_of(self.loss_limit),
            shorting=Shorting[self.shorting.upper()],
            long_sell_may_short=self.long_sell_may_short,
            short_margin_basis_points=self.short_margin_basis_points,
        )


class ScopedLimitsEntry(LimitsEntry):
    """Limits of one firm, user or instrument, or of an account in one instrument. 0: no such limit."""

    firm: AccountId | None = Field(None, description="All accounts of this firm together.")
    user: AccountId | None = Field(None, description="All accounts of this user together.")
    instrument: Symbol | None = Field(None, description="Each order of any account in this instrument.")
    account: AccountId | None = Field(
        None, description="One account in the instrument `symbol`; its other limits stand with the account."
    )
    symbol: Symbol | None = Field(
        None, description="Only orders in this instrument. Of an account, a firm or a user; an account needs it."
    )

    @model_validator(mode="after")
    def _is_about_one(self) -> Self:
        named = [scope.value for scope in LimitScope if getattr(self, scope.value) is not None]
        if len(named) != 1:
            what = " and ".join(named) or "nobody"
            raise ValueError(f"limits are of one firm, user, instrument or account, not of {what}")
        if self.account is not None and self.symbol is None:
            raise ValueError("limits of an account alone stand in accounts[].limits; here they need a symbol, too")
        if self.instrument is not None and self.symbol is not None:
            raise ValueError("limits of an instrument have no symbol besides")
        return self

    @property
    def scope(self) -> LimitScope:
        """Whom they are for."""
        return next(scope for scope in LimitScope if getattr(self, scope.value) is not None)

    @property
    def of(self) -> str:
        """The name of the firm, user, instrument or account."""
        return str(getattr(self, self.scope.value))

    def inconsistencies(self) -> Iterator[tuple[str, str]]:
        """Which of its values do not go together: key and sentence."""
        if self.funded:
            yield "funded", f"only an account is funded, not {self.scope.value} {self.of}; set it in accounts[].limits"
        one_instrument = self.symbol if self.symbol is not None else self.instrument
        for key in ("credit_limit", "loss_limit"):
            if one_instrument is not None and money_of(getattr(self, key)):
                yield key, f"is of all instruments together, not of {one_instrument} alone"
