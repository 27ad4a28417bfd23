"""How trades settle: the clearing house's rules, and its business days."""

from __future__ import annotations

from pydantic import Field

from exchange.reference.clearing_rules import ClearingRules
from gateway.settings.markets import DATES_MAX, DateText, TimeOfDay
from gateway.settings.section import Section
from gateway.settings.session_habits import DAYS, Day, TimeZone


class ClearingSettings(Section):
    """What is due settles on business days: of a market those on which it trades, of instruments without one these."""

    partial_settlement: bool = Field(
        False, description="Whether a part is taken where the whole is not there; else all that is due together fails."
    )
    buy_in_after_days: int = Field(
        0,
        ge=0,
        le=1_000,
        description="After so many failed days shares not delivered are bought in the market for the one who owes "
        "them; 0: never.",
    )
    lends_shares: bool = Field(
        True,
        description="Whether the clearing house lends what is sold short without a place to borrow it; else such sales "
        "fail to deliver.",
    )
    settlement_time: TimeOfDay = Field(
        "00:00",
        description="When a business day begins and what is due settles, by the market's wall clock; not after its "
        "first phase.",
    )
    time_zone: TimeZone = Field("UTC", description="IANA name of the wall clock of instruments without a market.")
    calendar: str | None = Field(
        None,
        max_length=32,
        description="The exchange whose holidays instruments without a market keep, as in `markets`. Without it: none.",
    )
    days: tuple[Day, ...] = Field(
        ("MON", "TUE", "WED", "THU", "FRI"),
        min_length=1,
        max_length=7,
        description="`MON` to `SUN`: the business days of instruments without a market.",
    )
    closed: tuple[DateText, ...] = Field(
        (), max_length=DATES_MAX, description="Dates that are no business days of theirs besides."
    )

    @property
    def weekdays(self) -> frozenset[int]:
        """`days` with Monday as 0."""
        return frozenset(DAYS.index(day) for day in self.days)

    def rules(self) -> ClearingRules:
        """As the core takes them."""
        return ClearingRules(self.partial_settlement, self.buy_in_after_days, self.lends_shares)
