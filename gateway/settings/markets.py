"""Markets with a trading day: their dates, their hours, and the phases of the day. Without any, trading never stops."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from exchange.commands import BreakerRules
from exchange.phases import Phase
from gateway.clock.words import SECOND, parse_time_of_day
from gateway.settings.names import MarketName
from gateway.settings.section import Section
from gateway.settings.session_habits import DAYS, Day, TimeZone

PHASES_MAX = 50
"""Rows of one day's timetable: more than any exchange has, and all of them are in one command."""

DATES_MAX = 1_000
"""Dates of one's own: a holiday a month for eighty years."""

PhaseName = Literal[
    "closed",
    "pre-open",
    "opening auction",
    "continuous",
    "intraday auction",
    "halted",
    "closing auction",
    "closing price cross",
    "post-close",
]
"""Phases that a timetable may have; the others come by themselves."""


def _check_time_of_day(text: str) -> str:
    parse_time_of_day(text)
    return text


def _check_date(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f'"{text}" is not a date such as 2026-11-27') from error
    return text


TimeOfDay = Annotated[str, AfterValidator(_check_time_of_day)]
DateText = Annotated[str, AfterValidator(_check_date)]


class PhaseEntry(Section):
    """From a time of day on, a phase. An auction ends at the time of the next row, or later by its own rules."""

    at: TimeOfDay = Field(description="When it begins, by the market's wall clock, such as 09:30 or 15:59:30.")
    phase: PhaseName = Field(description="Which orders each phase takes, and what it does with them, is fixed.")


class EarlyCloseEntry(Section):
    """A date on which the market closes early."""

    date: DateText = Field(description="Such as 2026-11-27.")
    at: TimeOfDay = Field(description="When it closes; the closing phases come as much earlier.")


class BreakerEntry(Section):
    """When the whole market is halted, because its instruments fall together. 0 basis points: no such level."""

    enabled: bool = Field(False, description="true: falls of the whole market halt it.")
    first_basis_points: int = Field(
        700, ge=0, le=10_000, description="Mean fall from the day's reference prices that halts it; 100 are 1 %."
    )
    second_basis_points: int = Field(1_300, ge=0, le=10_000, description="The fall that halts it again.")
    final_basis_points: int = Field(2_000, ge=0, le=10_000, description="The fall that ends the day's trading.")
    halt_seconds: int = Field(900, ge=1, le=86_400, description="How long it is halted; an auction follows.")
    spared_before_close_seconds: int = Field(
        2_100, ge=0, le=86_400, description="In so long before the close only the final level halts."
    )

    def rules(self) -> BreakerRules | None:
        """As the core takes them; None where nothing halts the whole market."""
        if not self.enabled:
            return None
        return BreakerRules(
            self.first_basis_points,
            self.second_basis_points,
            self.final_basis_points,
            self.halt_seconds * SECOND,
            self.spared_before_close_seconds * SECOND,
        )


class MarketEntry(Section):
    """One market: instruments that name it follow its day."""

    name: MarketName = Field(description="What instruments call it: letters, digits, dots, dashes and underscores.")
    time_zone: TimeZone = Field("UTC", description="IANA name of its wall clock; hours follow its summer time.")
    calendar: str | None = Field(
        None,
        max_length=32,
        description="The exchange whose holidays it keeps, by its code: XNYS, XLON, XETR, XPAR, XTSE, XJPX and others "
        "that the package `holidays` knows. Without it: none.",
    )
    days: tuple[Day, ...] = Field(
        ("MON", "TUE", "WED", "THU", "FRI"),
        min_length=1,
        max_length=7,
        description="`MON` to `SUN`: days of the week on which it trades.",
    )
    closed: tuple[DateText, ...] = Field(
        (), max_length=DATES_MAX, description="Dates on which it is closed besides, such as 2026-11-27."
    )
    half_day_close: TimeOfDay | None = Field(
        None, description="When it closes on half days of `calendar`, as far as it knows any. Without it: as usual."
    )
    early_closes: tuple[EarlyCloseEntry, ...] = Field(
        (), max_length=DATES_MAX, description="Dates on which it closes early besides."
    )
    phases: tuple[PhaseEntry, ...] = Field(
        min_length=2,
        max_length=PHASES_MAX,
        description="The day, in order; a time that is not after the one before is on the following day. The last one "
        "is when the day is over.",
    )
    breaker: BreakerEntry = Field(default_factory=BreakerEntry)

    @property
    def weekdays(self) -> frozenset[int]:
        """`days` with Monday as 0."""
        return frozenset(DAYS.index(day) for day in self.days)

    def inconsistencies(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Which rows of the day do not go together: path within the entry, and sentence."""
        phases = [Phase(row.phase) for row in self.phases]
        if phases[-1] is not Phase.CLOSED:
            yield ("phases", len(phases) - 1, "phase"), f"the last phase is {phases[-1]}; a day ends with closed"
        for at, phase in enumerate(phases[:-1]):
            if phase is Phase.CLOSED:
                yield ("phases", at, "phase"), "closed is the end of the day; leave the rows behind it out"
        if self.length >= timedelta(days=1):
            yield ("phases",), f"the day lasts {self.length}; it must be over before the next begins, within 24 hours"

    @property
    def length(self) -> timedelta:
        """From the first phase to the last."""
        whole, before = timedelta(), _since_midnight(self.phases[0].at)
        for row in self.phases[1:]:
            since = _since_midnight(row.at)
            whole += since - before if since > before else since - before + timedelta(days=1)
            before = since
        return whole


def _since_midnight(text: str) -> timedelta:
    found: time = parse_time_of_day(text)
    return timedelta(hours=found.hour, minutes=found.minute, seconds=found.second, microseconds=found.microsecond)
