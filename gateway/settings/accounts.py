"""Whom orders are for: accounts as people write them, with what they begin with, pay and may risk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from exchange.commands import Transfer
from exchange.orders import SelfTradePrevention
from exchange.postings import TransferKind
from exchange.reference.accounts import Account, MarketMakerProtection
from exchange.reference.clearing_rules import FeeSchedule
from exchange.reference.instruments import SECOND, Instrument
from exchange.reference.limits import RiskLimits
from exchange.reference.money import AMOUNT_MAX, amount_of, money_text
from gateway.settings.amounts import (
    FeePerShareText,
    MoneyText,
    RateText,
    money_of,
    parts_of,
)
from gateway.settings.limits import SHARES_MAX, LimitsEntry
from gateway.settings.names import AccountId, Currency, NameRange, check_symbol, expand_range
from gateway.settings.section import Section

EVERY_INSTRUMENT = "*"
"""Instead of a symbol: each that is listed and not named beside it."""


def _check_holding(symbol: str) -> str:
    return symbol if symbol == EVERY_INSTRUMENT else check_symbol(symbol)


HeldSymbol = Annotated[str, AfterValidator(_check_holding)]
Shares = Annotated[int, Field(ge=0, le=SHARES_MAX)]


class FeesEntry(Section):
    """What the account pays for its fills. Less than 0 is a rebate."""

    maker_basis_points: RateText = Field(
        "0", description="Of the amount, in hundredths of a percent and steps of 0.01, when its order was resting."
    )
    taker_basis_points: RateText = Field("0", description="The same when its order came to a resting one.")
    maker_per_share: FeePerShareText = Field("0", description="For each share, in the instrument's currency.")
    taker_per_share: FeePerShareText = Field("0", description="The same when its order came to a resting one.")
    minimum: MoneyText = Field("0", description="The least for an order that traded; 0: none.")
    maximum: MoneyText = Field("0", description="The most for one order; 0: none.")

    def schedule(self) -> FeeSchedule | None:
        """As the core takes it; None where nothing is charged."""
        found = FeeSchedule(
            maker_parts=parts_of(self.maker_basis_points),
            taker_parts=parts_of(self.taker_basis_points),
            maker_per_share=money_of(self.maker_per_share),
            taker_per_share=money_of(self.taker_per_share),
            minimum=money_of(self.minimum),
            maximum=money_of(self.maximum),
        )
        return None if found == FeeSchedule() else found


class OpeningEntry(Section):
    """What the account begins with: posted once for each currency and symbol, when the account first has it here."""

    cash: dict[Currency, MoneyText] = Field(
        default_factory=dict, max_length=100, description="Money by currency, such as `{USD: 1000000}`."
    )
    shares: dict[HeldSymbol, Shares] = Field(
        default_factory=dict,
        max_length=10_000,
        description="Shares by symbol, such as `{ACME: 500}`, at the cost of their reference price; `*` is every "
        "instrument that is not named beside it.",
    )

    def held(self, instruments: Iterable[Instrument]) -> Iterator[tuple[Instrument, int]]:
        """The instruments it begins with, and how many shares of each."""
        of_others = self.shares.get(EVERY_INSTRUMENT, 0)
        for instrument in instruments:
            quantity = self.shares.get(instrument.symbol, of_others)
            if quantity:
                yield instrument, quantity

    def transfers(self, account: str, instruments: Iterable[Instrument]) -> Iterator[Transfer]:
        """What brings it there, for one account."""
        for currency, text in self.cash.items():
            if amount := money_of(text):
                yield _opening(account, currency, amount, 0)
        for instrument, quantity in self.held(instruments):
            yield _opening(account, instrument.symbol, quantity, opening_cost(instrument, quantity))

    def inconsistencies(self, instruments: Mapping[str, Instrument]) -> Iterator[tuple[tuple[str, ...], str]]:
        """What it has that cannot be had: path within the entry, and sentence."""
        currencies = {instrument.currency for instrument in instruments.values()}
        for currency in self.cash:
            if currency not in currencies:
                yield ("cash", currency), f"no instrument is traded in {currency}"
        for instrument, quantity in self.held(instruments.values()):
            cost = opening_cost(instrument, quantity)
            if cost > AMOUNT_MAX:
                named = instrument.symbol if instrument.symbol in self.shares else EVERY_INSTRUMENT
                text = f"{quantity} of {instrument.symbol} at its reference price are {money_text(cost)}"
                yield ("shares", named), f"{text}; at most {money_text(AMOUNT_MAX)} are taken"


def opening_cost(instrument: Instrument, quantity: int) -> int:
    """What shares that an account begins with are taken to have cost: their reference price."""
    return amount_of(instrument.reference_price * quantity, instrument.price_digits)


def _opening(account: str, asset: str, amount: int, cost: int) -> Transfer:
    return Transfer(account, TransferKind.OPENING, asset, amount, f"opening {account} {asset}", cost)


class QuoteProtectionEntry(Section):
    """When all quotes of an account in an instrument are withdrawn because they are hit too fast."""

    executions: int = Field(0, ge=0, le=1_000_000, description="So many executions within the window; 0: not counted.")
    quantity: int = Field(0, ge=0, le=1_000_000_000, description="So many shares within it; 0: not counted.")
    window_milliseconds: int = Field(1_000, ge=1, le=86_400_000, description="The window; at most a day.")

    def protection(self) -> MarketMakerProtection | None:
        """As the core takes it; None where nothing is counted."""
        if not self.executions and not self.quantity:
            return None
        return MarketMakerProtection(self.executions, self.quantity, self.window_milliseconds * SECOND // 1_000)


class AccountEntry(Section):
    """One account that orders are for, or many alike by a range."""

    id: AccountId | None = Field(None, description="Account(1): letters, digits, dots, dashes and underscores.")
    ids: NameRange | None = Field(None, description="Instead of `id`: a range such as `ACC01..ACC99`, at most 10000.")
    name: str = Field("", max_length=200, description="Who owns it, for people. Without it: the id.")
    firm: AccountId | None = Field(
        None, description="The member that it belongs to; `fixpit block firm NAME` stops all accounts of one."
    )
    self_trade_prevention: Literal["none", "cancel incoming", "cancel resting", "cancel both", "decrement"] = Field(
        "none", description="What its orders do when they meet their owner's, unless they say otherwise themselves."
    )
    trading_group: AccountId | None = Field(
        None, description="Accounts of one group are one owner to self-trade prevention. Without it: the account alone."
    )
    quote_protection: QuoteProtectionEntry = Field(default_factory=QuoteProtectionEntry)
    cleared: bool = Field(
        True, description="Whether the venue keeps its money and shares. Trades of the others are cleared elsewhere."
    )
    fees: FeesEntry = Field(default_factory=FeesEntry)
    opening: OpeningEntry = Field(default_factory=OpeningEntry)
    limits: LimitsEntry = Field(default_factory=LimitsEntry)

    @model_validator(mode="after")
    def _has_one_name(self) -> Self:
        if (self.id is None) == (self.ids is None):
            raise ValueError("an account needs either id or ids (a range such as ACC01..ACC99)")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Every account id that this entry is for."""
        return expand_range(self.ids) if self.ids is not None else (self.id or "",)

    def risk_limits(self) -> RiskLimits | None:
        """The limits of each account of this entry; None where none stand there."""
        return self.limits.risk_limits() if self.limits.model_fields_set else None

    def accounts(self, user_of: Mapping[str, str]) -> tuple[Account, ...]:
        """The accounts of this entry. `user_of` has whose portfolio an account is."""
        mode = SelfTradePrevention[self.self_trade_prevention.upper().replace(" ", "_")]
        return tuple(
            Account(
                account_id=name,
                name=self.name or name,
                firm=self.firm or "",
                self_trade_prevention=mode,
                trading_group=self.trading_group or "",
                quote_protection=self.quote_protection.protection(),
                user=user_of.get(name, ""),
                fees=self.fees.schedule(),
                is_cleared=self.cleared,
            )
            for name in self.names
        )

    def inconsistencies(self, instruments: Mapping[str, Instrument]) -> Iterator[tuple[tuple[str, ...], str]]:
        """Which of its values do not go together: path within the entry, and sentence."""
        if not self.cleared:
            for key in ("fees", "opening", "limits"):
                section = getattr(self, key)
                if section.model_fields_set:
                    yield (
                        (key,),
                        "needs the account's money and shares, which the venue does not keep: cleared is false",
                    )
            return
        for path, text in self.opening.inconsistencies(instruments):
            yield ("opening", *path), text
        least, most = money_of(self.fees.minimum), money_of(self.fees.maximum)
        if most and least > most:
            yield ("fees", "minimum"), f"{self.fees.minimum} is above fees.maximum {self.fees.maximum}"
