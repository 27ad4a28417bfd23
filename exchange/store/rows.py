"""From events to rows: what a run of events leaves in each table, as plain tuples in the order of the table's columns.

Pure: no database, no clock. Only the last state of each order, instrument and account within the run becomes a row,
because nobody could ever read the states between. Rows of orders are made in `order_rows`, those of money and shares in
`ledger_rows`. What holds only for the moment (phases, bands, restrictions) the venue itself is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, assert_never

from msgspec import Struct, field

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
from exchange.events import (
    AccountOpened,
    AmendmentRejected,
    AuctionHeld,
    BandsChanged,
    ClosingPriceSet,
    CommandRefused,
    DayOpened,
    Event,
    FillBusted,
    FillCorrected,
    IndicativeChanged,
    InstrumentListed,
    LevelChanged,
    MassCancelAccepted,
    MassCancelRejected,
    OrderAccepted,
    OrderCanceled,
    OrderDoneForDay,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderRestated,
    OrderTriggered,
    PhaseChanged,
    QuotesAnswered,
    QuotesCanceled,
    TradeBusted,
    TradeCorrected,
    Traded,
    TradingBlocked,
)
from exchange.reference.clearing_rules import FeeSchedule
from exchange.store.candle_rows import candle_rows
from exchange.store.ledger_rows import LedgerEntries, LedgerRows
from exchange.store.order_rows import SIDES, OrderChange, Row, order_row, refused_order_row
from exchange.store.texts import kept, what_differs

TradeChange: TypeAlias = TradeBusted | TradeCorrected

FREE = FeeSchedule()
"""What an account pays that pays nothing."""


class Rows(Struct):
    """What a run of events leaves."""

    instruments: list[Row] = []
    accounts: list[Row] = []
    orders: list[Row] = []
    refused_orders: list[Row] = []
    trades: list[Row] = []
    changed_trades: list[Row] = []
    """Trades that were busted or corrected; each is in the table already, or among `trades`."""
    candles: list[Row] = []
    """What `trades` add to the candles."""
    ledger: LedgerRows = field(default_factory=LedgerRows)


def rows_of(events: Sequence[Event]) -> Rows:
    """The rows that `events` leave. Rows of orders, instruments and accounts replace those of the same key."""
    instruments: dict[str, InstrumentListed] = {}
    accounts: dict[str, AccountOpened] = {}
    orders: dict[int, OrderChange] = {}
    entered: dict[int, int] = {}
    refused: list[Row] = []
    trades: list[Traded] = []
    changed: dict[int, TradeChange] = {}
    ledger = LedgerEntries()
    for event in events:
        match event:
            case LevelChanged() | IndicativeChanged():
                pass
            case OrderFilled() | OrderCanceled() | OrderReplaced() | OrderTriggered() | OrderRestated():
                orders[event.terms.order_id] = event
            case OrderDoneForDay() | FillBusted() | FillCorrected():
                orders[event.terms.order_id] = event
            case FillCleared() | Reserved() | Posted():
                ledger.add(event)
            case OrderAccepted():
                orders[event.terms.order_id] = event
                entered[event.terms.order_id] = event.at
            case Traded():
                trades.append(event)
            case TradeBusted() | TradeCorrected():
                changed[event.trade_id] = event
            case OrderRejected():
                refused.append(refused_order_row(event))
            case InstrumentListed():
                instruments[event.instrument.symbol] = event
            case AccountOpened():
                accounts[event.account.account_id] = event
            case FillRecleared() | PositionChanged() | ObligationSettled() | SettlementFailed():
                ledger.add(event)
            case SettlementDayOpened() | CorporateActionAnnounced() | CorporateActionDone():
                ledger.add(event)
            case RiskLimitsSet() | StopLossSet() | StopLossTriggered():
                ledger.add(event)
            case AmendmentRejected() | MassCancelAccepted() | MassCancelRejected() | CommandRefused():
                pass
            case QuotesAnswered() | QuotesCanceled() | TradingBlocked():
                pass
            case DayOpened() | PhaseChanged() | AuctionHeld() | BandsChanged() | ClosingPriceSet():
                pass
            case ShortSaleRestricted() | ClearingRulesSet():
                pass
            case _:
                assert_never(event)
    return Rows(
        [_instrument(event) for event in instruments.values()],
        [_account(event) for event in accounts.values()],
        [order_row(event, entered.get(order_id, event.at)) for order_id, event in orders.items()],
        refused,
        [_trade(event) for event in trades],
        [_changed_trade(event) for event in changed.values()],
        candle_rows(trades),
        ledger.rows(),
    )


def _instrument(event: InstrumentListed) -> Row:
    instrument = event.instrument
    return (
        kept(instrument.symbol),
        instrument.price_digits,
        instrument.tick,
        instrument.lot,
        kept(instrument.currency),
        instrument.reference_price,
        instrument.lowest_price,
        instrument.highest_price,
        instrument.max_quantity,
        kept(instrument.market),
        event.number,
        event.at,
        instrument.settlement_days,
        instrument.short_restriction_basis_points,
    )


def _account(event: AccountOpened) -> Row:
    account = event.account
    return (
        kept(account.account_id),
        kept(account.name),
        kept(account.firm),
        kept(account.trading_group),
        account.self_trade_prevention.name,
        event.number,
        event.at,
        kept(account.user),
        "" if account.fees is None else what_differs(account.fees, FREE),
        account.is_cleared,
    )


def _trade(event: Traded) -> Row:
    return (
        event.trade_id,
        event.number,
        kept(event.symbol),
        event.price,
        event.quantity,
        SIDES[event.aggressor],
        event.buy_order_id,
        event.sell_order_id,
        kept(event.buy_account),
        kept(event.sell_account),
        event.is_auction,
        "DONE",
        "",
        event.at,
        event.at,
    )


def _changed_trade(event: TradeChange) -> Row:
    """`aggressor`, `is_auction` and `at` are not told again: the row that is there keeps its own."""
    return (
        event.trade_id,
        event.number,
        kept(event.symbol),
        event.price,
        event.quantity,
        "",
        event.buy_order_id,
        event.sell_order_id,
        kept(event.buy_account),
        kept(event.sell_account),
        False,
        "BUSTED" if isinstance(event, TradeBusted) else "CORRECTED",
        kept(event.reason),
        event.at,
        event.at,
    )
