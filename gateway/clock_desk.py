"""The operator's hands on the clock: moves by a span, to a time, to a phase of the day; each audited.

It reads what people say into nanoseconds and has `ClockDriver` go there. Where a day has its open and its close, the
trading calendar knows; that the market is there, the core's phases say.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, tzinfo
from fractions import Fraction
from http import HTTPStatus

import msgspec
import structlog

from exchange.matching.market import Market
from exchange.phases import Phase
from exchange.venue import Venue
from gateway.audit import AuditEntry
from gateway.calendar.day_planner import DayPlanner
from gateway.calendar.market_calendar import MarketCalendar
from gateway.clock.driver import ClockDriver, ClockRefused
from gateway.clock.speed import Speed
from gateway.clock.words import SECOND, moment_text, next_moment, parse_span
from gateway.http.clock import ClockState, MoveClock
from gateway.http.problems import Problem

_log = structlog.get_logger(__name__)

ANSWER_SECONDS = 3.0
"""How long an answer waits for its move: less than clients wait for an answer."""

AFTER_CLOSE = 3_600 * SECOND
"""How long after the planned end of its day a market may come to a phase: extensions and random ends take minutes."""

JUMPS = {"open": frozenset({Phase.CONTINUOUS}), "close": frozenset({Phase.POST_CLOSE, Phase.CLOSED})}
"""What people say for the phases that they mean."""


class ClockDesk:
    """Shows and moves the clock. `record` writes the audit log."""

    def __init__(
        self,
        driver: ClockDriver,
        planner: DayPlanner,
        venue: Venue,
        record: Callable[[AuditEntry], Awaitable[None]],
    ) -> None:
        self._driver = driver
        self._planner = planner
        self._venue = venue
        self._record = record
        self._problem = ""

    def state(self) -> ClockState:
        """What the clock shows now."""
        driver, clock = self._driver, self._driver.clock
        due = driver.next_due()
        return ClockState(
            mode="driven" if clock.is_driven else "real",
            speed=clock.speed.text,
            now=moment_text(clock.now()),
            next_due=None if due is None else moment_text(due),
            is_moving=driver.is_moving,
            target=moment_text(driver.target) if driver.is_moving else None,
            problem=self._problem,
        )

    async def move(self, asked: MoveClock, who: str) -> ClockState:
        """Moves it as asked and records who did; the state when it is there, or after a while. Raises `Problem`."""
        before, problem, move = self.state().now, None, None
        try:
            move = self._begin(asked)
        except (ClockRefused, ValueError) as refused:
            name = refused.name if isinstance(refused, ClockRefused) else "INVALID_TIME"
            status = HTTPStatus.CONFLICT if isinstance(refused, ClockRefused) else HTTPStatus.UNPROCESSABLE_ENTITY
            problem = Problem(status, name, f"{refused}.")
        if move is not None:
            await asyncio.wait([move], timeout=ANSWER_SECONDS)
        await self._record(
            AuditEntry(
                who=who,
                action="clock",
                session="",
                asked=_said(asked),
                outcome=f"refused: {problem.detail}" if problem is not None else self._outcome(),
                before={"now": before},
                after={"now": self.state().now},
            )
        )
        if problem is not None:
            raise problem
        return self.state()

    def _outcome(self) -> str:
        return f"failed: {self._problem}" if self._problem else "under way" if self._driver.is_moving else "done"

    def _begin(self, asked: MoveClock) -> asyncio.Task[None] | None:
        """Begins what is asked for. Raises `ClockRefused`, and ValueError for what cannot be read."""
        driver, now = self._driver, self._driver.clock.now()
        given = [name for name in ("by", "to", "jump", "speed") if getattr(asked, name) not in ("", None)]
        if len(given) != 1:
            raise ValueError(f"one of by, to, jump and speed moves the clock, and not {' and '.join(given) or 'none'}")
        self._problem = ""
        if asked.speed is not None:
            speed = Fraction(str(asked.speed))
            driver.set_speed(Speed(speed.numerator, speed.denominator))
            return None
        if asked.jump:
            move = driver.begin_move(self._latest(asked, now), self._reaches(asked))
        else:
            to = now + parse_span(asked.by) if asked.by else next_moment(asked.to, now, self._zone(asked.market))
            move = driver.begin_move(to, _after_one() if asked.step else None)
        move.add_done_callback(self._moved)
        return move

    def _latest(self, asked: MoveClock, now: int) -> int:
        """Where a jump ends at the latest."""
        if asked.within:
            return now + parse_span(asked.within)
        named = self._venue.instruments.get(asked.symbol)
        calendar = self._calendar(asked.market or (named.market if named is not None else ""))
        day = calendar.next_after(now)
        if day is None:
            raise ClockRefused("NO_TRADING_DAY", f"market {calendar.market} has no day to come")
        return day.phases[-1].at + AFTER_CLOSE

    def _reaches(self, asked: MoveClock) -> Callable[[], bool]:
        """Whether what a jump is about is there: each of the instruments has come to the phase."""
        name = asked.jump
        wanted = JUMPS.get(name)
        if wanted is None:
            wanted = frozenset(phase for phase in Phase if phase.value == name)
        if not wanted:
            known = ", ".join((*JUMPS, *(phase.value for phase in Phase)))
            raise ValueError(f'"{name}" is neither open, close nor a phase: {known}')
        markets = self._markets(asked)
        has_left = False

        def reached() -> bool:
            # From one close the next is meant: the market must have been elsewhere in between.
            nonlocal has_left
            is_there = all(one.phase in wanted for one in markets)
            has_left = has_left or not is_there
            return has_left and is_there

        return reached

    def _markets(self, asked: MoveClock) -> list[Market]:
        if asked.symbol:
            found = [one for one in self._venue.markets.values() if one.symbol == asked.symbol]
            if not found:
                raise ClockRefused("UNKNOWN_INSTRUMENT", f"symbol {asked.symbol} is not listed")
            return found
        name = self._calendar(asked.market).market
        found = [one for one in self._venue.markets.values() if one.instrument.market == name]
        if not found:
            raise ClockRefused("NO_TRADING_DAY", f"market {name} has no instruments")
        return found

    def _calendar(self, market: str) -> MarketCalendar:
        calendars = self._planner.calendars
        if not market and len(calendars) == 1:
            return next(iter(calendars.values()))
        if market in calendars:
            return calendars[market]
        if not calendars:
            raise ClockRefused("NO_TRADING_DAY", "no market has a trading day: the settings have no `markets`")
        said = f'no market is called "{market}"' if market else "there are several markets; name one"
        raise ClockRefused("UNKNOWN_MARKET", f"{said}: {', '.join(calendars)}")

    def _zone(self, market: str) -> tzinfo:
        """Of a market, or of all where they agree; else UTC."""
        calendars = self._planner.calendars
        if market:
            return self._calendar(market).time_zone
        zones = {calendar.time_zone.key: calendar.time_zone for calendar in calendars.values()}
        return next(iter(zones.values())) if len(zones) == 1 else UTC

    def _moved(self, move: asyncio.Task[None]) -> None:
        failure = None if move.cancelled() else move.exception()
        if failure is not None:
            self._problem = f"{failure}."
            if not isinstance(failure, ClockRefused):
                _log.error("the clock's move failed", exc_info=failure)


def _said(asked: MoveClock) -> dict[str, object]:
    """What was asked for, without what was not said."""
    fields: dict[str, object] = msgspec.structs.asdict(asked)
    return {name: value for name, value in fields.items() if value is not None and value is not False and value != ""}


def _after_one() -> Callable[[], bool]:
    """Holds from the second time on that it is asked: the driver asks before each due moment."""
    asked = iter((False,))
    return lambda: next(asked, True)
