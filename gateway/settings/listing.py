"""What is listed: instruments as people write them, and as the core takes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

from pydantic import Field, model_validator

from exchange.reference.instruments import Instrument, TickStep
from exchange.reference.units import INTEGER_DIGITS_MAX, MAX_SCALE, decimal_text, parse_decimal
from gateway.settings.names import Currency, DecimalText, MarketName, NameRange, Symbol, expand_range
from gateway.settings.section import Section
from gateway.settings.trading_rules import BASIS_POINTS_MAX, AuctionEntry, BandsEntry, Rules, RulesEntry, TickEntry

BAND_FACTOR = 100
"""Without bands of its own an instrument takes prices from a hundredth of its reference price to a hundredfold: wide
enough for every test, and it still catches a price in cents."""

SETTLEMENT_DAYS_MAX = 20
"""No market settles later than three business days; a month leaves room for what is made up."""


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
    market: MarketName | None = Field(
        None, description="Whose trading day it follows, one of `markets`. Without it: continuous trading, always."
    )
    rules: Rules = Field(default_factory=RulesEntry)
    ticks: tuple[TickEntry, ...] = Field(
        (), max_length=100, description="Other ticks from certain prices on, lowest first, as MiFID II has them."
    )
    bands: BandsEntry = Field(default_factory=BandsEntry)
    auction: AuctionEntry = Field(default_factory=AuctionEntry)
    protection: DecimalText | None = Field(
        None, description="How far through the best opposite price a market order may go that rests at protection."
    )
    max_notional: DecimalText | None = Field(
        None, description="The largest quantity times price taken, in the currency. Without it: no limit."
    )
    price_tolerance_basis_points: int = Field(
        0,
        ge=0,
        le=BASIS_POINTS_MAX,
        description="How far through the last price a limit may be before it is taken for a slip; 0: any.",
    )
    takes_odd_lots: bool = Field(
        False, description="Whether quantities are taken that are no multiple of the lot. They elect no stops."
    )
    settlement_days: int = Field(
        1,
        ge=0,
        le=SETTLEMENT_DAYS_MAX,
        description="Trades settle so many business days after the trade date; the days to come are told so far ahead.",
    )
    short_restriction_basis_points: int = Field(
        0,
        ge=0,
        le=10_000,
        description="After a fall by so much from the day's reference price, short sales need a limit above the best "
        "bid for the rest of the day and the next one; 0: never. US: 1000.",
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
        """Digits behind the point of every price: those of the finest tick, without zeros that say nothing."""
        return max(len(tick.partition(".")[2].rstrip("0")) for tick in (self.tick, *(one.tick for one in self.ticks)))

    def inconsistencies(self) -> Iterator[tuple[str, str]]:
        """Which of its values do not go together: key and sentence."""
        if self.price_digits > MAX_SCALE:
            yield "tick", f"{self.tick} has more than {MAX_SCALE} digits behind the point"
            return
        for key in ("tick", "reference_price", "lowest_price", "highest_price", "protection", "max_notional"):
            text = getattr(self, key)
            if text is None:
                continue
            value, tick = self._units(text), self._tick_of(key, text)
            if value is None and len(text.partition(".")[0]) + self.price_digits > INTEGER_DIGITS_MAX:
                yield key, f"{text} has more than {INTEGER_DIGITS_MAX} digits at the scale of tick {self.tick}"
            elif value is None or (tick and value % tick):
                shown = self.tick if tick is None else decimal_text(tick, self.price_digits)
                yield key, f"{text} is not a multiple of tick {shown}"
        yield from self._tick_inconsistencies()
        if self.max_quantity < self.lot:
            yield "max_quantity", f"{self.max_quantity} is less than one lot of {self.lot}"

    def _tick_inconsistencies(self) -> Iterator[tuple[str, str]]:
        """Whether the steps of the tick table go up, and begin on prices that there are below."""
        below, before = self._units(self.tick), 0
        for step in self.ticks:
            price, tick = self._units(step.from_price), self._units(step.tick)
            if price is None or (below and price % below):
                yield "ticks", f"from_price {step.from_price} is not a multiple of the tick below it"
            elif price <= before:
                yield "ticks", f"from_price {step.from_price} is not above the one before; the lowest comes first"
            elif tick and price % tick:
                yield "ticks", f"from_price {step.from_price} is not a multiple of its own tick {step.tick}"
            below, before = tick, price or before

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
                rules=self.rules.rule_profile(),
                market=self.market or "",
                ticks=self._tick_steps(),
                bands=self.bands.price_bands(),
                auction=self.auction.auction_rules(),
                protection=self._units(self.protection or "0") or 0,
                max_notional=self._units(self.max_notional or "0") or 0,
                price_tolerance_basis_points=self.price_tolerance_basis_points,
                takes_odd_lots=self.takes_odd_lots,
                settlement_days=self.settlement_days,
                short_restriction_basis_points=self.short_restriction_basis_points,
            )
            for symbol in self.names
        )

    def _tick_steps(self) -> tuple[TickStep, ...]:
        return tuple(TickStep(self._units(step.from_price) or 0, self._units(step.tick) or 0) for step in self.ticks)

    def _tick_of(self, key: str, text: str) -> int | None:
        """The tick that a value must be a multiple of, as far as it is known; 0: any value on the scale is right."""
        if key == "max_notional":
            return 0
        tick, value = self._units(self.tick), self._units(text)
        for step in self.ticks if key.endswith("_price") else ():
            from_price = self._units(step.from_price)
            if value is not None and from_price is not None and value >= from_price:
                tick = self._units(step.tick)
        return tick

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
