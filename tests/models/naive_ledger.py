"""The ledger reckoned a second time, from commands and events alone, without anything of `exchange.clearing`.

Balances are sums of the postings that events carry; what each fill, bust and transfer should have posted is worked out
from its own figures. `NaiveLedger.take` reads a command and its events, and raises `AssertionError` by what is wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TypeAlias

from exchange.clearing_events import (
    CorporateActionDone,
    FillCleared,
    FillRecleared,
    ObligationSettled,
    PositionChanged,
    Posted,
    Reserved,
    SettlementDayOpened,
)
from exchange.commands import AdvanceTime, Command, OpenSettlementDay, SetHoldings, Transfer
from exchange.events import Event, InstrumentListed, OrderFilled
from exchange.orders import Side
from exchange.postings import CLEARING_HOUSE, HOUSE, OUTSIDE, Bucket, Posting, PostingCause, TransferKind
from exchange.reference.clearing_rules import ActionKind, CorporateAction
from exchange.reference.instruments import Instrument
from tests.models.naive_positions import Fill, Moved, NaivePositions, Split, Sums

TRADED = (Bucket.AVAILABLE, Bucket.RESERVED, Bucket.SHORT, Bucket.COLLATERAL)

MOVING = (PostingCause.OPENING, PostingCause.DEPOSIT, PostingCause.WITHDRAWAL, PostingCause.CORRECTION)

Balances: TypeAlias = "Counter[tuple[str, str, Bucket]]"
Revised: TypeAlias = FillCleared | FillRecleared


class NaiveLedger:
    """Balances, positions and what is not settled."""

    def __init__(self) -> None:
        self.balances: Balances = Counter()
        self.positions = NaivePositions()
        self.money: Counter[tuple[str, str]] = Counter()
        """What an account should have of a currency by its transfers, trades and fees; account and currency."""
        self._instruments: dict[str, Instrument] = {}
        self._days: dict[str, OpenSettlementDay] = {}
        self._command: Command = AdvanceTime()
        self._events: Sequence[Event] = ()
        self._is_moved = False
        self._filled: dict[tuple[int, int], OrderFilled] = {}

    def take(self, command: Command, events: Sequence[Event]) -> None:
        """What a command did."""
        self._command, self._events = command, events
        self._is_moved = False
        self._filled = {(one.trade_id, one.terms.order_id): one for one in events if isinstance(one, OrderFilled)}
        for event in events:
            self._take(event)

    def _take(self, event: Event) -> None:
        match event:
            case InstrumentListed():
                self._instruments[event.instrument.symbol] = event.instrument
            case SettlementDayOpened() if isinstance(self._command, OpenSettlementDay):
                self._days[event.market] = self._command
            case FillCleared():
                self._post(event.postings)
                self._clear(event)
            case FillRecleared():
                self._post(event.postings)
                self._clear_again(event)
            case Reserved():
                self.balances[event.account, event.asset, Bucket.AVAILABLE] -= event.amount
                self.balances[event.account, event.asset, Bucket.RESERVED] += event.amount
            case Posted():
                self._move(event.cause)
                self._post(event.postings)
                self._check_posted(event)
            case ObligationSettled():
                self._post(event.postings)
                self._check_settled(event)
            case PositionChanged():
                self._move(event.cause)
                stated = Sums(event.position, event.cost, event.realised)
                assert stated == self.positions.sums(event.account, event.symbol), f"{event}"
            case CorporateActionDone(action=action) if action.kind is ActionKind.SPLIT:
                self._split(action)

    def _post(self, postings: Iterable[Posting]) -> None:
        sums: Counter[str] = Counter()
        for account, asset, bucket, amount in map(_row, postings):
            self.balances[account, asset, bucket] += amount
            sums[asset] += amount
        assert not any(sums.values()), f"debits equal credits: {sums}"

    # Fills

    def _clear(self, event: FillCleared) -> None:
        filled = self._filled.pop((event.trade_id, event.order_id), None)
        assert filled is not None, f"{event} follows no fill"
        terms = filled.terms
        fee = filled.fee if event.account == terms.account else 0
        assert event.account in (terms.account, OUTSIDE) and (event.symbol, event.side) == (terms.symbol, terms.side)
        assert (event.quantity, event.price, event.fee) == (filled.last_quantity, filled.last_price, fee)
        assert event.number > filled.number, "the owner is told first"
        assert event.settles_on == filled.settles_on, "and of the same settlement date"
        instrument = self._instruments[event.symbol]
        assert event.amount == money_of(event.quantity * event.price, instrument.price_digits)
        assert (event.date, event.settles_on) == self._dates(instrument)
        fill = _fill(event)
        self._check_postings(event, instrument, fill.quantity, fill.amount, event.fee)
        self._check_sums(event, self.positions.add(event.account, event.symbol, fill))
        self.money[event.account, instrument.currency] -= fill.amount + event.fee

    def _clear_again(self, event: FillRecleared) -> None:
        is_buy = event.side is Side.BUY
        instrument = self._instruments[event.symbol]
        old = self.positions.fill(event.account, event.symbol, event.trade_id, is_buy=is_buy)
        assert event.amount == money_of(event.quantity * event.price, instrument.price_digits)
        assert event.fee == (old.fee * event.amount // abs(old.amount) if old.amount else 0), "a fee in proportion"
        new = _fill(event)
        before = self.positions.sums(event.account, event.symbol)
        after = self.positions.revise(event.account, event.symbol, old, new)
        self._check_sums(event, after)
        shares, amount = after.quantity - before.quantity, new.amount - old.amount
        self._check_postings(event, instrument, shares, amount, new.fee - old.fee)
        self.money[event.account, instrument.currency] -= amount + new.fee - old.fee

    def _dates(self, instrument: Instrument) -> tuple[int, int]:
        day = self._days.get(instrument.market)
        if day is None:
            return 0, 0
        return day.date, (day.date, *day.next_dates)[instrument.settlement_days]

    def _check_postings(self, event: Revised, instrument: Instrument, shares: int, amount: int, fee: int) -> None:
        """Shares and money move on the trade date, and the same amounts wait for settlement the other way round."""
        moved = _moved(event.postings)
        expected = {
            (event.account, instrument.symbol, "traded"): shares,
            (event.account, instrument.symbol, "unsettled"): -shares,
            (event.account, instrument.currency, "traded"): -amount - fee,
            (event.account, instrument.currency, "unsettled"): amount,
            (event.account, instrument.currency, "fees"): fee,
        }
        assert moved == {key: value for key, value in expected.items() if value}, f"{event}"

    def _check_sums(self, event: Revised, sums: Sums) -> None:
        assert Sums(event.position, event.cost, event.realised) == sums, f"{event} is not {sums}"

    # All else

    def _move(self, cause: PostingCause) -> None:
        """What the command moves, where its first event stands: what fell due before it has happened by then."""
        command = self._command
        if self._is_moved or cause not in MOVING:
            return
        self._is_moved = True
        if isinstance(command, Transfer):
            self._transfer(command)
        elif isinstance(command, SetHoldings):
            self._hold(command)

    def _transfer(self, command: Transfer) -> None:
        sign = -1 if command.kind is TransferKind.WITHDRAWAL else 1
        if command.asset not in self._instruments:
            self.money[command.account, command.asset] += sign * command.amount
            return
        amount = sign * command.amount
        self.positions.add(command.account, command.asset, Moved(amount, command.cost if amount > 0 else -command.cost))

    def _hold(self, command: SetHoldings) -> None:
        for holding in command.holdings:
            cost = money_of(holding.quantity * holding.price, self._instruments[holding.symbol].price_digits)
            present = self.positions.sums(command.account, holding.symbol)
            if (present.quantity, present.cost) != (holding.quantity, cost):
                self.positions.add(command.account, holding.symbol, Moved(-present.quantity, 0))
                self.positions.add(command.account, holding.symbol, Moved(holding.quantity, cost))

    def _check_posted(self, event: Posted) -> None:
        moved = _moved(event.postings)
        if event.cause is PostingCause.RESERVATION:
            assert not moved, f"reserving moves nothing: {event}"
            return
        for (account, asset, _), amount in moved.items():
            if (
                event.cause in (PostingCause.DIVIDEND, PostingCause.SPLIT)
                and account != HOUSE
                and self._is_money(asset)
            ):
                self.money[account, asset] += amount

    def _split(self, action: CorporateAction) -> None:
        """What the house pays for fractions of a share comes off what the rest has cost."""
        for event in self._events:
            if isinstance(event, Posted) and (event.cause, event.reference) == (PostingCause.SPLIT, action.action_id):
                for account, asset, bucket, amount in map(_row, event.postings):
                    if account != HOUSE and self._is_money(asset) and bucket is Bucket.AVAILABLE:
                        self.positions.add(account, action.symbol, Moved(0, -amount))
        self.positions.split(action.symbol, Split(action.numerator, action.denominator))

    def _is_money(self, asset: str) -> bool:
        return asset not in self._instruments

    def _check_settled(self, event: ObligationSettled) -> None:
        """Settlement makes settled what was traded, and changes nothing that is traded."""
        currency = self._instruments[event.symbol].currency
        expected = {(event.account, event.symbol): event.shares, (event.account, currency): event.cash}
        for (account, asset, part), amount in _moved(event.postings).items():
            if account == CLEARING_HOUSE:
                continue
            assert part == "unsettled" and expected.pop((account, asset)) == amount, f"{event}"
        assert not any(expected.values()), f"{event}"

    def check_answered(self, cleared: set[str]) -> None:
        """Every fill of an account that is cleared here was cleared."""
        missed = [one for one in self._filled.values() if one.terms.account in cleared]
        assert not missed, f"not cleared: {missed}"


def money_of(notional: int, price_digits: int) -> int:
    """Quantity times price as an amount, in exact fractions cut off towards zero."""
    return int(Fraction(notional * 10**6, 10**price_digits))


def _fill(event: Revised) -> Fill:
    sign = 1 if event.side is Side.BUY else -1
    return Fill(event.trade_id, sign > 0, sign * event.quantity, sign * event.amount, event.fee)


def _row(posting: Posting) -> tuple[str, str, Bucket, int]:
    return posting.account, posting.asset, posting.bucket, posting.amount


def _moved(postings: Iterable[Posting]) -> dict[tuple[str, str, str], int]:
    """What changes by account and asset: traded, unsettled, fees. What only goes from one traded bucket to another is
    no change."""
    sums: Counter[tuple[str, str, str]] = Counter()
    for account, asset, bucket, amount in map(_row, postings):
        part = "traded" if bucket in TRADED else "fees" if bucket is Bucket.FEES else "unsettled"
        sums[account, asset, part] += amount
    return {key: amount for key, amount in sums.items() if amount}
