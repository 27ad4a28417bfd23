"""Steps about money, shares and risk: what an operator does to accounts, and how an account must stand.

Models only, as in `steps`; `account_actions` plays them over the venue's HTTP port.
"""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import Field, model_validator

from gateway.scenario.values import Block, Text

RATIO = re.compile(r"[1-9][0-9]{0,6}:[1-9][0-9]{0,6}", re.ASCII)

SCOPES = ("firm", "user", "account", "instrument")


class Deposit(Block):
    """Money or shares come to an account from the house."""

    account: Text
    asset: Text
    """A currency, or the symbol of an instrument."""
    amount: Text
    reference: Text | None = None
    """A transfer is posted once for its reference; one is made when it is not given."""
    cost: Text | None = None
    """Of shares: what they are taken to have cost, altogether."""
    reason: Text = ""


class Withdraw(Block):
    """Money or shares leave an account; what leaves must be free and settled."""

    account: Text
    asset: Text
    amount: Text
    reference: Text | None = None
    reason: Text = ""


class HeldShares(Block):
    """How many shares an account shall have, and what each is taken to have cost."""

    quantity: Text
    price: Text = "0"


class CorrectHoldings(Block):
    """An operator gives an account the positions that it shall have; those not named stay."""

    account: Text
    shares: dict[Text, HeldShares] = Field(min_length=1)
    """By symbol: `{ACME: {quantity: 500, price: 10.00}}`."""
    reference: Text | None = None
    reason: Text = ""


class SetLimits(Block):
    """An operator changes limits; what is not given stays, and 0 is no such limit."""

    firm: Text | None = None
    user: Text | None = None
    account: Text | None = None
    instrument: Text | None = None
    symbol: Text | None = None
    """Only for orders in this instrument, besides those for all."""
    funded: Text | None = None
    """true: orders of the account need money and shares."""
    credit_limit: Text | None = None
    max_order_quantity: Text | None = None
    max_order_value: Text | None = None
    price_tolerance_basis_points: Text | None = None
    orders_per_second: Text | None = None
    position_limit: Text | None = None
    position_share_basis_points: Text | None = None
    loss_limit: Text | None = None
    shorting: Text | None = None
    """`forbidden`, `located` or `allowed`."""
    long_sell_may_short: Text | None = None
    short_margin_basis_points: Text | None = None
    remove: bool = False
    """true: no limits of this firm, user, account or instrument any more."""

    @model_validator(mode="after")
    def _is_about_one(self) -> Self:
        if sum(getattr(self, scope) is not None for scope in SCOPES) != 1:
            raise ValueError("limits are of one firm, user, account or instrument: account: ALICE")
        return self


class SetStopLoss(Block):
    """The protective stop that the venue keeps for a position."""

    account: Text
    symbol: Text
    price: Text | None = None
    """Where it stands."""
    distance_basis_points: Text | None = None
    """Instead: how far from the last price it stands when it is set."""
    trailing: bool = False
    """Whether it follows the last price at that distance, one way only."""
    remove: bool = False

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        given = [self.price is not None, self.distance_basis_points is not None, self.remove]
        if sum(given) != 1:
            raise ValueError("a stop has a price or a distance_basis_points, or goes: remove: true")
        return self


class CorporateAction(Block):
    """A company does something to its shares, on a business day or at once."""

    kind: Literal["split", "cash dividend", "symbol change"]
    symbol: Text
    ex_date: Text
    """Such as 2026-03-06; done at once when that business day has begun."""
    ratio: Text | None = None
    """Of a split: `2:1` are two new shares for an old one."""
    amount: Text | None = None
    """Of a dividend, for each share; who is short pays it."""
    new_symbol: Text | None = None
    """Of a symbol change."""
    id: Text | None = None

    @model_validator(mode="after")
    def _has_its_words(self) -> Self:
        needed = {"split": "ratio", "cash dividend": "amount", "symbol change": "new_symbol"}[self.kind]
        given = [name for name in ("ratio", "amount", "new_symbol") if getattr(self, name) is not None]
        if given != [needed]:
            raise ValueError(f"a {self.kind} has {needed}, and neither of the others of ratio, amount and new_symbol")
        if self.ratio is not None and "${" not in self.ratio and not RATIO.fullmatch(self.ratio):
            raise ValueError(f'ratio "{self.ratio}" is not new shares for old ones, such as 2:1 or 1:10')
        return self


class SetClearingRules(Block):
    """An operator changes the clearing house's rules; what is not given stays."""

    partial_settlement: Text | None = None
    buy_in_after_days: Text | None = None


class AccountState(Block):
    """How an account stands. What is not given is not looked at; what it never had is 0."""

    id: Text
    available: dict[Text, Text] = Field(default_factory=dict)
    """By currency or symbol: `{USD: 1000, ACME: 50}`. Free to trade with."""
    reserved: dict[Text, Text] = Field(default_factory=dict)
    """Promised to open orders."""
    unsettled: dict[Text, Text] = Field(default_factory=dict)
    """Traded and not settled: still to come less than 0, still to be given more."""
    short: dict[Text, Text] = Field(default_factory=dict)
    """Shares sold that it does not have, less than 0."""
    collateral: dict[Text, Text] = Field(default_factory=dict)
    """Money kept for shares sold short."""
    fees: dict[Text, Text] = Field(default_factory=dict)
    """Money paid in fees."""
    traded: dict[Text, Text] = Field(default_factory=dict)
    """What it has by its trades, settled or not."""
    settled: dict[Text, Text] = Field(default_factory=dict)
    """What it has by what was delivered and paid."""
    position: dict[Text, Text] = Field(default_factory=dict)
    """Shares by symbol, those sold short less than 0."""
    cost: dict[Text, Text] = Field(default_factory=dict)
    """What a position has cost, altogether."""
    realised: dict[Text, Text] = Field(default_factory=dict)
    """Profit in a symbol, without fees."""
