"""A small language for tests of the trading day: commands at times of a day, and one line for each event.

`floor.do("10:00", buy("B1", 100, "10.05"))` lets everything due by ten happen, then enters the order, and answers what
was new, each line with its time: `["09:30:00 ACME continuous", "10:00:00 accepted B1 100@10.05", ...]`.
"""

from __future__ import annotations

from collections.abc import Sequence

from exchange.commands import AdvanceTime, BreakerRules, ChangePhase, Command, ListInstrument, OpenAccount, OpenDay
from exchange.commands import PlannedPhase as Row
from exchange.events import (
    AuctionHeld,
    BandsChanged,
    ClosingPriceSet,
    CommandRefused,
    DayOpened,
    Event,
    IndicativeChanged,
    LevelChanged,
    OrderDoneForDay,
    OrderFilled,
    OrderRestated,
    OrderTriggered,
    PhaseChanged,
    Traded,
)
from exchange.orders import UNPRICED, Side
from exchange.phases import Phase
from exchange.reference.instruments import SECOND, Instrument
from exchange.reference.units import decimal_text
from exchange.venue import Venue
from tests.exchange.event_lines import DIGITS
from tests.exchange.event_lines import text_of as text_of_order
from tests.exchange.market import ACME, ALICE

DATE = 20240621
ONE_DAY = 86_400 * SECOND

HOURS = (
    ("04:00", Phase.PRE_OPEN),
    ("09:28", Phase.OPENING_AUCTION),
    ("09:30", Phase.CONTINUOUS),
    ("15:50", Phase.CLOSING_AUCTION),
    ("16:00", Phase.CLOSING_PRICE_CROSS),
    ("16:05", Phase.POST_CLOSE),
    ("20:00", Phase.CLOSED),
)


def moment(text: str, day: int = 0) -> int:
    """`09:30`, `09:30:15` or `09:30:15.5` of a day, in nanoseconds; the first day is 0."""
    whole, _, fraction = text.partition(".")
    hours, minutes, seconds = [*whole.split(":"), "0"][:3]
    since = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
    return (day + 1) * ONE_DAY + since * SECOND + int(fraction.ljust(9, "0") or 0)


def open_day(
    hours: Sequence[tuple[str, Phase]] = HOURS,
    day: int = 0,
    *,
    market: str = "X",
    seed: int = 0,
    breaker: BreakerRules | None = None,
) -> OpenDay:
    """The command that opens the day of a market; the first day is 0."""
    rows = tuple(Row(moment(at, day), phase) for at, phase in hours)
    return OpenDay(market, DATE + day, rows, seed, breaker)


def to(phase: Phase, symbol: str = "", market: str = "", reason: str = "") -> ChangePhase:
    """The operator's command; without a name it is about ACME."""
    return ChangePhase(phase, symbol or ("" if market else "ACME"), market, reason)


class Floor:
    """A venue with ACME, and other instruments of market X, for the account ALICE."""

    def __init__(self, *instruments: Instrument) -> None:
        self.venue = Venue()
        self.events: list[Event] = []
        """All that ever happened."""
        for instrument in instruments or (ACME,):
            self.apply("00:00", ListInstrument(instrument))
        self.apply("00:00", OpenAccount(ALICE))

    def apply(self, at: str | int, command: Command, day: int = 0) -> list[Event]:
        """The events of a command, and of all that fell due before it."""
        now = at if isinstance(at, int) else moment(at, day)
        number = self.venue.last_event
        events = self.venue.apply(command, now)
        assert [event.number for event in events] == list(range(number + 1, number + 1 + len(events)))
        times = [event.at for event in events]
        assert times == sorted(times), "time never goes back"
        assert all(time <= now for time in times)
        self.events += events
        return events

    def do(self, at: str | int, *commands: Command, day: int = 0) -> list[str]:
        """What some commands at one time brought, and what had fallen due before. Without one it is the time alone."""
        lines: list[str] = []
        for command in commands or (AdvanceTime(),):
            lines += [line_of(event) for event in self.apply(at, command, day)]
        return lines

    def says(self, at: str | int, *commands: Command, day: int = 0, about: str = "") -> list[str]:
        """As `do`, without the levels of the book and without times; only lines that have one of some words."""
        lines = [line.split(" ", 1)[1] for line in self.do(at, *commands, day=day)]
        wanted = about.split("|")
        return [line for line in lines if line[:4] not in ("bid ", "ask ") and any(word in line for word in wanted)]

    def phase(self, symbol: str = "ACME") -> Phase:
        """Where an instrument is."""
        return self.venue.markets[symbol].phase


def line_of(event: Event) -> str:
    """Time and words."""
    return f"{_clock(event.at)} {text_of(event)}"


def text_of(event: Event) -> str:
    """An event as a line."""
    match event:
        case PhaseChanged():
            why = f": {event.reason}" if event.reason else ""
            until = f" until {_clock(event.until)}" if event.until else ""
            return f"{event.symbol} {event.phase.value}{until}{why}"
        case DayOpened():
            return f"day {event.date} of {event.market}"
        case AuctionHeld():
            return f"{event.symbol} {event.phase.value} held: {_uncross(event)}"
        case IndicativeChanged():
            return f"{event.symbol} indicative {_uncross(event)}"
        case ClosingPriceSet():
            return f"{event.symbol} closes at {price_text(event.price)}, {event.volume} traded"
        case BandsChanged():
            band = " to ".join("any" if price is None else price_text(price) for price in (event.lowest, event.highest))
            state = "" if event.in_limit_state is None else f", {event.in_limit_state.name.lower()} side at its limit"
            return f"{event.symbol} band {band} around {price_text(event.reference)}{state}"
        case CommandRefused():
            return f"refused {event.command} {event.reason}: {event.field} {event.text}"
        case OrderRestated(terms=terms):
            price = f"@{price_text(terms.price)}" if terms.price else ""
            return f"restated {terms.cl_ord_id} {event.leaves}{price}: {event.reason}"
        case OrderTriggered(terms=terms):
            return f"triggered {terms.cl_ord_id} by {price_text(event.trigger_price)}"
        case OrderDoneForDay(terms=terms):
            return f"done for day {terms.cl_ord_id}, {event.leaves} left"
        case Traded():
            return f"{event.symbol} traded {event.quantity}@{price_text(event.price)}"
        case OrderFilled(terms=terms):
            return f"filled {terms.cl_ord_id} {event.last_quantity}@{price_text(event.last_price)}"
        case LevelChanged() if event.price == UNPRICED:
            return f"{'bid' if event.side is Side.BUY else 'ask'} market: {event.quantity or 'gone'}"
        case _:
            return str(text_of_order(event))


def price_text(price: int) -> str:
    """A price as people write it."""
    return decimal_text(price, DIGITS)


def _clock(at: int) -> str:
    since, rest = divmod(at % ONE_DAY, SECOND)
    minutes, seconds = divmod(since, 60)
    fraction = f".{rest:09}".rstrip("0") if rest else ""
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}{fraction}"


def _uncross(event: AuctionHeld | IndicativeChanged) -> str:
    if event.price is None:
        return "nothing"
    left = f", {event.imbalance} {event.imbalance_side.name.lower()} left" if event.imbalance_side else ""
    return f"{event.quantity}@{price_text(event.price)}{left}"
