"""What is listed and who trades it: instruments and accounts as people write them, and as the core takes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

from pydantic import Field, model_validator

from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument
from exchange.reference.units import INTEGER_DIGITS_MAX, MAX_SCALE, decimal_text, parse_decimal
from gateway.settings.names import AccountId, Currency, DecimalText, NameRange, Symbol, expand_range
from gateway.settings.section import Section

BAND_FACTOR = 100
"""Without bands of its own an instrument takes prices from a hundredth of its reference price to a hundredfold: wide
enough for every test, and it still catches a price in cents."""


class InstrumentEntry(Section):
    """One instrument, or many alike by a range. Prices are exact decimals; their digits are those of the tick."""

    symbol: Symbol | None = Field(None, description="Symbol(55): letters, digits and . _ / + # -, at most 32.")
    symbols: NameRange | None = Field(
        None, description="Instead of `symbol`: a range such as `SYM000..SYM099`, at most 10000."
    )
    tick: DecimalText = Field("0.01", description="The smallest step between prices, in the currency.")
    lot: int = Field(
        1,
        ge=1,
        le=1_000_000_000,
        description="Quantities are multiples of it; no larger than the largest quantity can be.",
    )
    currency: Currency = Field("USD", description="Currency of its prices, ISO 4217.")
    reference_price: DecimalText = Field(description="Where the day starts from; a multiple of the tick.")
    lowest_price: DecimalText | None = Field(
        None, description="Orders priced below are refused. Without it: a hundredth of `reference_price`."
    )
    highest_price: DecimalText | None = Field(
        None, description="Orders priced above are refused. Without it: a hundred times `reference_price`."
    )
    max_quantity: int = Field(
        1_000_000,
        ge=1,
        le=1_000_000_000,
        description="The largest OrderQty(38) taken; a typing slip stops here. At the highest price it fits 63 bits.",
    )

    @model_validator(mode="after")
    def _has_one_name(self) -> Self:
        if (self.symbol is None) == (self.symbols is None):
            raise ValueError("an instrument needs either symbol or symbols (a range such as SYM000..SYM099)")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Every symbol that this entry is for."""
        return expand_range(self.symbols) if self.symbols is not None else (self.symbol or "",)

    @property
    def price_digits(self) -> int:
        """Digits behind the point of every price: those of the tick, without zeros that say nothing."""
        return len(self.tick.partition(".")[2].rstrip("0"))

    def inconsistencies(self) -> Iterator[tuple[str, str]]:
        """Which of its values do not go together: key and sentence."""
        if self.price_digits > MAX_SCALE:
            yield "tick", f"{self.tick} has more than {MAX_SCALE} digits behind the point"
            return
        for key in ("tick", "reference_price", "lowest_price", "highest_price"):
            text = getattr(self, key)
            if text is None:
                continue
            value, tick = self._units(text), self._units(self.tick)
            if value is None and len(text.partition(".")[0]) + self.price_digits > INTEGER_DIGITS_MAX:
                yield key, f"{text} has more than {INTEGER_DIGITS_MAX} digits at the scale of tick {self.tick}"
            elif value is None or (tick and value % tick):
                yield key, f"{text} is not a multiple of tick {self.tick}"
        if self.max_quantity < self.lot:
            yield "max_quantity", f"{self.max_quantity} is less than one lot of {self.lot}"

    def band_inconsistencies(self) -> Iterator[tuple[str, str]]:
        """Whether the band holds the reference price; asked when `inconsistencies` found nothing."""
        lowest, reference, highest = self._band()
        if lowest > reference:
            yield "lowest_price", f"{self.lowest_price} is above reference_price {self.reference_price}"
        if highest < reference:
            yield "highest_price", f"{self.highest_price} is below reference_price {self.reference_price}"
        if highest * self.max_quantity >= 10**INTEGER_DIGITS_MAX:
            shown = decimal_text(highest, self.price_digits)
            text = f"{self.max_quantity} at the highest price {shown} has more than {INTEGER_DIGITS_MAX} digits"
            yield "max_quantity", f"{text} at the scale of tick {self.tick}; lower it or highest_price"

    def instruments(self) -> tuple[Instrument, ...]:
        """The instruments of this entry in units of their price scale; only for a consistent one."""
        lowest, reference, highest = self._band()
        tick = self._units(self.tick)
        assert tick is not None, "a tick sets the scale that holds it"
        return tuple(
            Instrument(
                symbol=symbol,
                price_digits=self.price_digits,
                tick=tick,
                lot=self.lot,
                currency=self.currency,
                reference_price=reference,
                lowest_price=lowest,
                highest_price=highest,
                max_quantity=self.max_quantity,
            )
            for symbol in self.names
        )

    def _band(self) -> tuple[int, int, int]:
        """Lowest, reference and highest price in units of the scale; bands that are not given lie on ticks."""
        tick, reference = self._units(self.tick), self._units(self.reference_price)
        assert tick is not None and reference is not None, "inconsistencies() was not asked"
        lowest = self._units(self.lowest_price) if self.lowest_price else None
        highest = self._units(self.highest_price) if self.highest_price else None
        if lowest is None:
            lowest = max(tick, reference // BAND_FACTOR // tick * tick)
        return lowest, reference, reference * BAND_FACTOR if highest is None else highest

    def _units(self, text: str) -> int | None:
        return parse_decimal(text, self.price_digits)


class AccountEntry(Section):
    """One account that orders are for, or many alike by a range."""

    id: AccountId | None = Field(None, description="Account(1): letters, digits, dots, dashes and underscores.")
    ids: NameRange | None = Field(None, description="Instead of `id`: a range such as `ACC01..ACC99`, at most 10000.")
    name: str = Field("", max_length=200, description="Who owns it, for people. Without it: the id.")

    @model_validator(mode="after")
    def _has_one_name(self) -> Self:
        if (self.id is None) == (self.ids is None):
            raise ValueError("an account needs either id or ids (a range such as ACC01..ACC99)")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Every account id that this entry is for."""
        return expand_range(self.ids) if self.ids is not None else (self.id or "",)

    def accounts(self) -> tuple[Account, ...]:
        """The accounts of this entry."""
        return tuple(Account(account_id=name, name=self.name or name) for name in self.names)
