"""Events of clearing to project: a seeded crowd of fills, transfers, settlements and all else that moves the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from exchange.clearing_events import (
    ClearingRulesSet,
    CorporateActionAnnounced,
    CorporateActionDone,
    FillCleared,
    FillRecleared,
    ObligationSettled,
    PositionChanged,
    Posted,
    Reserved,
    RiskLimitsSet,
    SettlementDayOpened,
    SettlementFailed,
    ShortSaleRestricted,
    StopLossSet,
    StopLossTriggered,
)
from exchange.events import Event, Traded
from exchange.orders import Side
from exchange.postings import CLEARING_HOUSE, HOUSE, Bucket, Posting, PostingCause
from exchange.reference.clearing_rules import ActionKind, ClearingRules, CorporateAction
from exchange.reference.limits import LimitScope, RiskLimits, StopLoss

ACCOUNTS = ("A1", "B2", "C3")
SYMBOLS = ("ACME", "MSFT")
DATES = (0, 20240620, 20240621, 20240624)


def with_clearing(events: list[Event], seed: int, length: int) -> list[Event]:
    """`events`, and then `length` more: their trades are cleared and changed, money moves and settles."""
    made = _History(Random(seed), [event for event in events if isinstance(event, Traded)])
    first, at = events[-1].number + 1, events[-1].at
    return events + [made.next(number, at + number * 1_000) for number in range(first, first + length)]


class _History:
    def __init__(self, random: Random, trades: list[Traded]) -> None:
        self._random = random
        self._sides = _sides(trades)
        self._fills: list[FillCleared] = []
        self._makers: tuple[Callable[[int, int], Event], ...] = (
            self._fill, self._fill, self._fill, self._changed_fill, self._posted, self._reserved, self._position,
            self._settled, self._failed, self._day, self._action, self._limits, self._stop, self._other,
        )  # fmt: skip

    def next(self, number: int, at: int) -> Event:
        return self._random.choice(self._makers)(number, at)

    def _date(self) -> int:
        return self._random.choice(DATES)

    def _account(self) -> str:
        return self._random.choice(ACCOUNTS)

    def _symbol(self) -> str:
        return self._random.choice(SYMBOLS)

    def _amount(self) -> int:
        return self._random.randint(-1_000_000, 1_000_000)

    def _postings(self, account: str, other: str = CLEARING_HOUSE) -> tuple[Posting, ...]:
        amount, asset = self._amount(), self._random.choice(("USD", *SYMBOLS))
        one, two = self._random.sample(list(Bucket), 2)
        return (
            Posting(account, asset, one, amount),
            Posting(other if self._random.random() < 0.5 else account, asset, two, -amount),
        )

    def _fill(self, number: int, at: int) -> Event:
        found = next(self._sides, None)
        if found is None:
            return self._posted(number, at)
        trade, side = found
        is_buy = side is Side.BUY
        account = trade.buy_account if is_buy else trade.sell_account
        fill = FillCleared(
            number, at, self._date(), trade.trade_id, trade.buy_order_id if is_buy else trade.sell_order_id, account,
            trade.symbol, side, trade.quantity, trade.price, trade.quantity * trade.price * 10_000,
            self._random.randint(-10, 100), 20240625, self._amount(), self._amount(), self._amount(),
            self._postings(account) + self._postings(account),
        )  # fmt: skip
        self._fills.append(fill)
        return fill

    def _changed_fill(self, number: int, at: int) -> Event:
        if not self._fills:
            return self._posted(number, at)
        fill, is_bust = self._random.choice(self._fills), self._random.random() < 0.5
        quantity = 0 if is_bust else fill.quantity
        return FillRecleared(
            number, at, self._date(), fill.trade_id, fill.order_id, fill.account, fill.symbol, fill.side, quantity,
            fill.price, quantity * fill.price * 10_000, 0 if is_bust else 7, 20240626, self._amount(), self._amount(),
            self._amount(), PostingCause.BUST if is_bust else PostingCause.TRADE_CORRECTION,
            self._postings(fill.account),
        )  # fmt: skip

    def _posted(self, number: int, at: int) -> Event:
        cause = self._random.choice((PostingCause.DEPOSIT, PostingCause.CORRECTION, PostingCause.DIVIDEND))
        return Posted(
            number, at, self._date(), cause, f"r{number}", self._postings(self._account(), HOUSE), "as agreed"
        )

    def _reserved(self, number: int, at: int) -> Event:
        asset, order_id = self._random.choice(("USD", *SYMBOLS)), self._random.randint(1, 1_000)
        return Reserved(number, at, self._date(), self._account(), asset, self._amount(), order_id)

    def _position(self, number: int, at: int) -> Event:
        sums = (self._amount(), self._amount(), self._amount())
        return PositionChanged(number, at, self._account(), self._symbol(), *sums, PostingCause.SPLIT)

    def _settled(self, number: int, at: int) -> Event:
        account, left = self._account(), self._random.choice(((0, 0), (10, -100)))
        moved = (self._amount(), self._amount(), *left)
        return ObligationSettled(
            number, at, self._date(), account, self._symbol(), 20240621, *moved, self._postings(account)
        )

    def _failed(self, number: int, at: int) -> Event:
        due = (20240621, self._amount(), self._amount(), self._random.randint(1, 5))
        return SettlementFailed(number, at, self._date(), self._account(), self._symbol(), *due, "10 needed, 5 there")

    def _day(self, number: int, at: int) -> Event:
        return SettlementDayOpened(number, at, self._random.choice(("", "US")), self._random.choice(DATES[1:]))

    def _action(self, number: int, at: int) -> Event:
        action = CorporateAction(f"a{self._random.randint(1, 9)}", ActionKind.SPLIT, self._symbol(), 20240624, 2, 1)
        return self._random.choice((CorporateActionAnnounced, CorporateActionDone))(number, at, action)

    def _limits(self, number: int, at: int) -> Event:
        limits = self._random.choice((None, RiskLimits(), RiskLimits(is_funded=True, max_order_quantity=100)))
        return RiskLimitsSet(number, at, self._random.choice(list(LimitScope)), self._account(), limits, "")

    def _stop(self, number: int, at: int) -> Event:
        place = (self._account(), self._symbol())
        if self._random.random() < 0.3:
            return StopLossTriggered(number, at, *place, 990, 985, 10)
        stop = self._random.choice((None, StopLoss(990), StopLoss(0, 500, is_trailing=True)))
        return StopLossSet(number, at, *place, stop, 0 if stop is None else 990)

    def _other(self, number: int, at: int) -> Event:
        if self._random.random() < 0.5:
            return ShortSaleRestricted(number, at, self._symbol(), is_restricted=True)
        return ClearingRulesSet(number, at, ClearingRules(settles_partially=True))


def _sides(trades: list[Traded]) -> Iterator[tuple[Traded, Side]]:
    for trade in trades:
        yield trade, Side.BUY
        yield trade, Side.SELL
