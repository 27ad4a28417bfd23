"""Rows of money and shares: what a run of clearing events leaves in the ledger's tables, as plain tuples.

Pure: no database, no clock. Each event carries its postings, so nobody has to keep accounts to write one. Called by
`rows` with the events one after the other.
"""

from __future__ import annotations

from typing import TypeAlias, assert_never

from msgspec import Struct

from exchange.clearing_events import (
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
    StopLossSet,
    StopLossTriggered,
)
from exchange.orders import Side
from exchange.postings import CLEARING_HOUSE, HOUSE, Bucket, PostingCause
from exchange.reference.limits import RiskLimits, StopLoss
from exchange.store.order_rows import SIDES, Row
from exchange.store.texts import kept, what_differs

LedgerEvent: TypeAlias = (
    FillCleared
    | FillRecleared
    | Posted
    | Reserved
    | PositionChanged
    | ObligationSettled
    | SettlementFailed
    | SettlementDayOpened
    | CorporateActionAnnounced
    | CorporateActionDone
    | RiskLimitsSet
    | StopLossSet
    | StopLossTriggered
)
PostingEvent: TypeAlias = FillCleared | FillRecleared | Posted | Reserved | ObligationSettled
PositionEvent: TypeAlias = FillCleared | FillRecleared | PositionChanged
ActionEvent: TypeAlias = CorporateActionAnnounced | CorporateActionDone
StopEvent: TypeAlias = StopLossSet | StopLossTriggered
Balance: TypeAlias = tuple[str, str, str]
"""Account, asset, bucket."""

BUCKETS = {bucket: bucket.name for bucket in Bucket}
OWN_ACCOUNTS = frozenset({HOUSE, CLEARING_HOUSE})
UNLIMITED = RiskLimits()
NO_STOP = StopLoss()


class LedgerRows(Struct):
    """What a run of events leaves; rows whose table has one per key replace the one that is there."""

    fills: list[Row] = []
    changed_fills: list[Row] = []
    """Fills that were busted or corrected; each is in the table already, or among `fills`."""
    stock_positions: list[Row] = []
    postings: list[Row] = []
    movements: list[Row] = []
    """Account, asset, bucket and what is added to its balance."""
    daily_movements: list[Row] = []
    """Account, asset, bucket, date and what is added to that day's balance."""
    settlements: list[Row] = []
    corporate_actions: list[Row] = []
    risk_limits: list[Row] = []
    stop_losses: list[Row] = []
    settlement_days: list[Row] = []


class LedgerEntries:
    """Collects clearing events; of what each later one replaces, only the last becomes a row."""

    __slots__ = (
        "_actions", "_balances", "_changed_fills", "_daily_balances", "_days", "_fills", "_limits", "_positions",
        "_postings", "_settlements", "_stops",
    )  # fmt: skip

    def __init__(self) -> None:
        self._fills: list[Row] = []
        self._changed_fills: dict[int, FillRecleared] = {}
        self._positions: dict[tuple[str, str], PositionEvent] = {}
        self._postings: list[Row] = []
        self._balances: dict[Balance, int] = {}
        self._daily_balances: dict[tuple[Balance, int], int] = {}
        self._settlements: list[Row] = []
        self._actions: dict[str, ActionEvent] = {}
        self._limits: dict[tuple[str, str, str], RiskLimitsSet] = {}
        self._stops: dict[tuple[str, str], StopEvent] = {}
        self._days: dict[tuple[str, int], SettlementDayOpened] = {}

    def add(self, event: LedgerEvent) -> None:
        """Takes the next event."""
        match event:
            case FillCleared():
                self._fills.append(_fill(event, event.at, "DONE"))
                self._positions[event.account, event.symbol] = event
                self._post(event, PostingCause.TRADE, str(event.trade_id))
            case Reserved():
                self._post(event, PostingCause.RESERVATION, str(event.order_id))
            case Posted():
                self._post(event, event.cause, event.reference, event.text)
            case FillRecleared():
                self._changed_fills[_fill_id(event)] = event
                self._positions[event.account, event.symbol] = event
                self._post(event, event.cause, str(event.trade_id))
            case PositionChanged():
                self._positions[event.account, event.symbol] = event
            case ObligationSettled():
                self._settlements.append(_settled(event))
                self._post(event, PostingCause.SETTLEMENT, event.symbol)
            case SettlementFailed():
                self._settlements.append(_failed(event))
            case SettlementDayOpened():
                self._days[event.market, event.date] = event
            case CorporateActionAnnounced() | CorporateActionDone():
                self._actions[event.action.action_id] = event
            case RiskLimitsSet():
                self._limits[event.scope, event.name, event.symbol] = event
            case StopLossSet() | StopLossTriggered():
                self._stops[event.account, event.symbol] = event
            case _:
                assert_never(event)

    def rows(self) -> LedgerRows:
        """All that was taken, as rows."""
        return LedgerRows(
            self._fills,
            [_changed_fill(event) for event in self._changed_fills.values()],
            [_position(event) for event in self._positions.values()],
            self._postings,
            [(*balance, amount) for balance, amount in self._balances.items()],
            [(*balance, date, amount) for (balance, date), amount in self._daily_balances.items()],
            self._settlements,
            [_action(event) for event in self._actions.values()],
            [_limits(event) for event in self._limits.values()],
            [_stop(event) for event in self._stops.values()],
            [(kept(event.market), event.date, event.number, event.at) for event in self._days.values()],
        )

    def _post(self, event: PostingEvent, cause: PostingCause, reference: str, text: str = "") -> None:
        number, at, date = event.number, event.at, event.date
        reference, text = kept(reference), kept(text)
        balances, daily_balances = self._balances, self._daily_balances
        for line, posting in enumerate(event.postings):
            amount = posting.amount
            balance = (kept(posting.account), kept(posting.asset), BUCKETS[posting.bucket])
            self._postings.append((number, line, *balance, amount, cause.value, reference, text, date, at))
            if posting.account not in OWN_ACCOUNTS:
                balances[balance] = balances.get(balance, 0) + amount
                day = (balance, date)
                daily_balances[day] = daily_balances.get(day, 0) + amount


def _fill_id(event: FillCleared | FillRecleared) -> int:
    return 2 * event.trade_id + (event.side is Side.SELL)


def _fill(event: FillCleared | FillRecleared, at: int, state: str) -> Row:
    return (
        _fill_id(event),
        event.trade_id,
        event.order_id,
        kept(event.account),
        kept(event.symbol),
        SIDES[event.side],
        event.quantity,
        event.price,
        event.amount,
        event.fee,
        event.settles_on,
        event.date,
        state,
        event.number,
        at,
        event.at,
    )


def _changed_fill(event: FillRecleared) -> Row:
    """`date` and `at` are those of the change: the row that is there keeps its own."""
    return _fill(event, event.at, "BUSTED" if event.cause is PostingCause.BUST else "CORRECTED")


def _position(event: PositionEvent) -> Row:
    return (
        kept(event.account),
        kept(event.symbol),
        event.position,
        event.cost,
        event.realised,
        event.number,
        event.at,
    )


def _settled(event: ObligationSettled) -> Row:
    return (
        event.number,
        kept(event.account),
        kept(event.symbol),
        event.due,
        event.date,
        event.shares,
        event.cash,
        event.left_shares,
        event.left_cash,
        "PARTIAL" if event.left_shares or event.left_cash else "SETTLED",
        0,
        "",
        event.at,
    )


def _failed(event: SettlementFailed) -> Row:
    return (
        event.number,
        kept(event.account),
        kept(event.symbol),
        event.due,
        event.date,
        event.shares,
        event.cash,
        event.shares,
        event.cash,
        "FAILED",
        event.attempts,
        kept(event.text),
        event.at,
    )


def _action(event: ActionEvent) -> Row:
    action = event.action
    return (
        kept(action.action_id),
        action.kind.value,
        kept(action.symbol),
        action.ex_date,
        action.numerator,
        action.denominator,
        action.amount,
        kept(action.new_symbol),
        "DONE" if isinstance(event, CorporateActionDone) else "ANNOUNCED",
        event.number,
        event.at,
    )


def _limits(event: RiskLimitsSet) -> Row:
    limits = "" if event.limits is None else what_differs(event.limits, UNLIMITED) or "{}"
    return (event.scope.value, kept(event.name), kept(event.symbol), limits, event.number, event.at)


def _stop(event: StopEvent) -> Row:
    stop, state = "", "TRIGGERED"
    if isinstance(event, StopLossSet):
        state = "GONE" if event.stop is None else "SET"
        stop = "" if event.stop is None else what_differs(event.stop, NO_STOP)
    return (kept(event.account), kept(event.symbol), event.price, stop, state, event.number, event.at)
