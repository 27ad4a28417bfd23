"""The loss of a business day that sets the kill switch: for an account, or for all of a user or firm together.

The loss is what the equity has fallen since the day began, or since the limit was first set: realised and not, fees
included; money and shares that were brought or taken away are left out. Looked at when an account has traded, and when
the last price of what it holds has moved. An operator who lifts the block sees it again with the next such look, unless
the limit is a higher one by then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct

from exchange.blocks import Blocks
from exchange.clearing.clearing import Clearing
from exchange.clearing.equity import mark_of
from exchange.clearing.limit_book import LimitBook
from exchange.clearing_events import FillCleared, FillRecleared, PositionChanged, Posted
from exchange.commands import BlockTrading
from exchange.events import AccountOpened, Event, InstrumentListed, Traded
from exchange.matching.engine import Engine
from exchange.postings import PostingCause
from exchange.reasons import BlockScope
from exchange.reference.limits import LimitScope, RiskLimits
from exchange.reference.money import money_text

Watch = tuple[LimitScope, str]
"""Scope and name of a loss limit."""

_BROUGHT = frozenset({PostingCause.OPENING, PostingCause.DEPOSIT, PostingCause.WITHDRAWAL, PostingCause.CORRECTION})
"""What is neither profit nor loss."""

_NOTED = frozenset({Traded, FillCleared, FillRecleared, PositionChanged, Posted, AccountOpened, InstrumentListed})
"""The events that may mean something here; most mean nothing."""

_BLOCKS = {scope: BlockScope(scope.value) for scope in (LimitScope.ACCOUNT, LimitScope.USER, LimitScope.FIRM)}


class _Day(Struct, gc=False):
    """An account's business day, by currency."""

    start: dict[str, int]
    latest: dict[str, int]


class _Watched(Struct, frozen=True, gc=False):
    """A loss limit, and whose days count for it."""

    scope: BlockScope
    name: str
    limit: int
    days: list[_Day]


class _Found(Struct, gc=False):
    """What the events of a command mean for the accounts that are watched."""

    touched: dict[str, None]
    brought: set[str]
    """Of these: whose equity has moved by what is neither profit nor loss."""
    moved: dict[str, None]
    """Symbols that traded."""


class LossLimits:
    """Who is watched, and what they had when the day began. `block` sets the kill switch."""

    def __init__(
        self,
        engine: Engine,
        clearing: Clearing,
        limits: LimitBook,
        blocks: Blocks,
        block: Callable[[BlockTrading], None],
    ) -> None:
        self._engine = engine
        self._tape = engine.tape
        self._clearing = clearing
        self._limits = limits
        self._blocks = blocks
        self._block = block
        self._date = 0
        self._currencies: tuple[str, ...] = ()
        self._watches: dict[Watch, int] = {}
        """The limits by whose they are."""
        self._watched_of: dict[str, dict[Watch, _Watched]] = {}
        """By account, the limits that it counts for."""
        self._days: dict[str, _Day] = {}
        self._holders: dict[str, dict[str, None]] = {}
        """By symbol, the watched accounts that have, or had, a position."""
        self._marks: dict[str, int] = {}

    def limits_set(self, scope: LimitScope, name: str, limits: RiskLimits | None) -> None:
        """The limits of one scope, those for all instruments, are others now."""
        if limits is not None and limits.loss_limit:
            self._watches[scope, name] = limits.loss_limit
        else:
            self._watches.pop((scope, name), None)
        self._find_accounts()
        self._check(self._limits.members(scope, name))

    def day_opened(self, date: int) -> None:
        """A business day of a market begins; the first of its date begins everybody's. Call before what it brings."""
        if date <= self._date:
            return
        self._date = date
        for account in self._days:
            day = self._days[account]
            day.start = day.latest = self._equity(account)

    def look(self, number: int) -> None:
        """Looks at what the events behind event `number` have cost. Costs nothing if nobody has a limit."""
        tape = self._tape
        if not self._watches or number == tape.number:
            return
        noted = [event for event in tape.events[number - tape.number :] if type(event) in _NOTED]
        if not noted:
            return
        found, days = _Found({}, set(), {}), self._days
        for event in noted:
            if type(event) is Traded:
                found.moved[event.symbol] = None
            elif type(event) is not FillCleared:
                self._note(event, found)
            elif event.account in days:
                self._hold(event.account, event.symbol, found)
        for symbol in found.moved:
            mark = mark_of(self._engine.markets[symbol])
            if self._marks.get(symbol) != mark:
                self._marks[symbol] = mark
                found.touched.update(self._holders.get(symbol, {}))
        for account in found.touched:
            self._reckon(account, is_brought=account in found.brought)
        self._check(found.touched)

    def state(self) -> list[object]:
        """All of it as values, for the venue's hash."""
        return [
            self._date,
            [[*watch, limit] for watch, limit in self._watches.items()],
            [[account, day.start, day.latest] for account, day in self._days.items()],
            [[symbol, list(accounts)] for symbol, accounts in self._holders.items()],
            list(self._marks.items()),
        ]

    def _note(self, event: Event, found: _Found) -> None:
        match event:
            case FillRecleared() | PositionChanged() if event.account in self._days:
                self._hold(event.account, event.symbol, found)
                if isinstance(event, PositionChanged):
                    found.brought.add(event.account)
            case Posted():
                accounts = {posting.account: None for posting in event.postings if posting.account in self._days}
                found.touched.update(accounts)
                if event.cause in _BROUGHT:
                    found.brought.update(accounts)
            case AccountOpened() | InstrumentListed():
                self._find_accounts()
            case _:
                pass

    def _hold(self, account: str, symbol: str, found: _Found) -> None:
        found.touched[account] = None
        holders = self._holders.get(symbol)
        if holders is None:
            holders = self._holders[symbol] = {}
        holders[account] = None

    def _reckon(self, account: str, *, is_brought: bool) -> None:
        day, equity = self._days[account], self._equity(account)
        if is_brought:
            day.start = {currency: day.start[currency] + equity[currency] - day.latest[currency] for currency in equity}
        day.latest = equity

    def _check(self, accounts: Iterable[str]) -> None:
        """Blocks those of whom one of these accounts is, as far as they have lost too much."""
        watched: dict[Watch, _Watched] = {}
        for account in accounts:
            watched.update(self._watched_of.get(account, {}))
        for one in watched.values():
            limit, days = one.limit, one.days
            for currency in self._currencies:
                loss = 0
                for day in days:
                    loss += day.start[currency] - day.latest[currency]
                if loss > limit and (one.scope, one.name) not in self._blocks.reasons:
                    text = f"the day's loss of {money_text(loss)} {currency} is beyond the limit, {money_text(limit)}"
                    self._block(BlockTrading(one.scope, one.name, is_blocked=True, reason=text))
                    break

    def _find_accounts(self) -> None:
        """Who is watched may have changed: those who are new begin with what they have now."""
        self._currencies = tuple(dict.fromkeys(market.instrument.currency for market in self._engine.markets.values()))
        members = {watch: self._limits.members(*watch) for watch in self._watches}
        days, self._holders = self._days, {}
        self._days = {account: self._day(days.get(account), account) for of in members.values() for account in of}
        self._watched_of = {account: {} for account in self._days}
        for watch, limit in self._watches.items():
            of = members[watch]
            watched = _Watched(_BLOCKS[watch[0]], watch[1], limit, [self._days[account] for account in of])
            for account in of:
                self._watched_of[account][watch] = watched
        for account in self._days:
            for symbol in self._clearing.positions.of(account):
                self._holders.setdefault(symbol, {})[account] = None
        self._marks = {symbol: mark_of(self._engine.markets[symbol]) for symbol in self._holders}

    def _day(self, day: _Day | None, account: str) -> _Day:
        equity = self._equity(account)
        if day is None:
            return _Day(equity, equity)
        # A currency that is new here begins with what there is of it.
        return _Day(equity | day.start, equity | day.latest)

    def _equity(self, account: str) -> dict[str, int]:
        return self._clearing.equities.of(account, self._currencies)
