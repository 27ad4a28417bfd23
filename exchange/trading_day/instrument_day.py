"""What the trading day remembers of a market and of each of its instruments. Plain state: others read and change it."""

from __future__ import annotations

from hashlib import blake2b

from exchange.commands import OpenDay, PlannedPhase
from exchange.matching.auction import NO_UNCROSS, Uncross
from exchange.matching.market import Market
from exchange.phases import AUCTIONS, Phase
from exchange.trading_day.timers import Timer

UNPLANNED = frozenset({Phase.PAUSED, Phase.VOLATILITY_AUCTION, Phase.REOPENING_AUCTION})
"""Phases that end by themselves, and then lead to what the timetable says at that time."""


class MarketDay:
    """The day of a market that is under way, or the last one."""

    __slots__ = ("command", "row")

    def __init__(self, command: OpenDay) -> None:
        self.command = command
        self.row = -1
        """The row of the timetable that has begun; -1 before the first."""

    @property
    def rows(self) -> tuple[PlannedPhase, ...]:
        """The timetable."""
        return self.command.phases

    @property
    def phase(self) -> Phase:
        """What the timetable says now."""
        return self.rows[self.row].phase if self.row >= 0 else Phase.CLOSED

    @property
    def next_at(self) -> int:
        """When the next phase is planned to begin; 0 when none is."""
        following = self.row + 1
        return self.rows[following].at if following < len(self.rows) else 0

    @property
    def opening(self) -> int:
        """When continuous trading is planned to begin; 0 when it is not."""
        return next((row.at for row in self.rows if row.phase is Phase.CONTINUOUS), 0)

    @property
    def close(self) -> int:
        """When continuous trading is planned to be over for the day; 0 when it is not planned at all."""
        last = max((place for place, row in enumerate(self.rows) if row.phase is Phase.CONTINUOUS), default=-1)
        return self.rows[last + 1].at if 0 <= last < len(self.rows) - 1 else 0


class InstrumentDay:
    """Where an instrument is in its day, besides its phase, which the market itself has."""

    __slots__ = (
        "auctions",
        "end",
        "extensions",
        "has_closing_price",
        "indicative",
        "indicative_at",
        "indicative_timer",
        "is_indicative_due",
        "market",
        "market_day",
        "measured_trades",
        "opening_reference",
        "opening_trades",
        "overlap",
        "static_reference",
        "until",
    )

    def __init__(self, market: Market, market_day: MarketDay | None) -> None:
        self.market = market
        self.market_day = market_day
        """None while its market has no timetable."""
        self.end: Timer | None = None
        """When the present phase ends by its own rules: an auction, a pause, a halt of the whole market."""
        self.until = 0
        """When the present phase is planned to end; 0: not known."""
        self.extensions = 0
        """How often the present auction has been extended."""
        self.auctions = 0
        """Auctions ever held that have found a price."""
        self.has_closing_price = False
        """Whether today's is set."""
        self.measured_trades = market.book.trades
        """Trades that had ever been made when the reference price was set. With more, the last one says more."""
        self.opening_reference = market.reference_price
        """The reference price with which the day began, or that an operator has set since."""
        self.opening_trades = self.measured_trades
        """Trades that had ever been made then."""
        self.static_reference = market.reference_price
        """The last auction's price, or the reference price that was set."""
        self.indicative: Uncross = NO_UNCROSS
        """What was told last about the present auction."""
        self.indicative_at = 0
        """When it was found."""
        self.is_indicative_due = False
        self.indicative_timer: Timer | None = None
        self.overlap: tuple[int | None, int | None, bool] = (None, None, False)
        """Best bid and offer, and whether market orders waited, when it was found."""

    @property
    def planned(self) -> Phase:
        """The phase that the timetable says; without a timetable trading is continuous."""
        return Phase.CONTINUOUS if self.market_day is None else self.market_day.phase

    @property
    def planned_until(self) -> int:
        """When the planned phase is to end; 0 when that is not known."""
        return 0 if self.market_day is None else self.market_day.next_at

    @property
    def is_in_auction(self) -> bool:
        """Whether it is in a call phase that has an indicative price and ends with an uncross."""
        return self.market.phase in AUCTIONS and self.market.phase is not Phase.PRE_OPEN

    def clear_end(self) -> None:
        """The present phase does not end by itself any more."""
        if self.end is not None:
            self.end.cancel()
            self.end = None

    def begin_from(self, price: int) -> None:
        """Takes the reference price of the day: everything is measured from there."""
        self.measure_from(price)
        self.opening_reference = self.static_reference = price
        self.opening_trades = self.measured_trades

    def measure_from(self, price: int) -> None:
        """Takes a new reference price: bands, collars and auctions are measured from there."""
        self.market.measure_from(price)
        self.measured_trades = self.market.book.trades

    @property
    def measure(self) -> int:
        """The last trade's price, or the reference price where that is newer."""
        book = self.market.book
        return book.last_price if book.trades > self.measured_trades else self.market.reference_price

    def random_delay(self, at: int, longest: int) -> int:
        """How much later than `at` something happens by chance: 0 to `longest`, always the same for the same seed."""
        if not longest:
            return 0
        day = self.market_day
        date, seed = (0, 0) if day is None else (day.command.date, day.command.seed)
        named = f"{seed}\x01{date}\x01{self.market.symbol}\x01{self.market.phase.value}\x01{at}"
        return int.from_bytes(blake2b(named.encode(), digest_size=8).digest(), "big") % (longest + 1)

    def state(self) -> list[object]:
        """All of it as values, for the venue's hash."""
        return [
            self.market.symbol, self.until, self.extensions, self.auctions, self.has_closing_price,
            self.opening_reference, self.opening_trades, self.static_reference, self.measured_trades,
            self.indicative, self.indicative_at, self.is_indicative_due, self.overlap,
        ]  # fmt: skip
