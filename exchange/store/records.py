"""What queries of the store answer: one value for each row, its fields in the order and by the names of the columns.

Sides, types and states are names (`BUY`, `FILLED`), prices integers of the instrument's scale, amounts units of
`reference.money`, dates year, month and day in one number, times nanoseconds since 1970 UTC. Rows are made by `rows`
and `ledger_rows`; the tables' files say what a field means that is not explained here.
"""

from __future__ import annotations

from msgspec import Struct


class OrderRecord(Struct, frozen=True):
    """An order that was in the market, as its last event left it."""

    order_id: int
    session: str
    cl_ord_id: str
    """That of the last accepted replace."""
    account: str
    symbol: str
    side: str
    order_type: str
    time_in_force: str
    quantity: int
    price: int
    conditions: str
    """A JSON object of what it asks for besides; empty if nothing."""
    cumulative: int
    leaves: int
    notional: int
    """Quantity times price of all fills: the average price is notional / cumulative."""
    status: str
    is_held: bool
    reason: str
    """Why it ended."""
    event: int
    entered_at: int
    changed_at: int


class RefusedOrderRecord(Struct, frozen=True):
    """An order that never was in the market."""

    event: int
    session: str
    cl_ord_id: str
    account: str
    symbol: str
    side: str
    order_type: str
    time_in_force: str
    quantity: int
    price: int
    conditions: str
    reason: str
    """Name of the `RejectReason`."""
    field: str
    text: str
    at: int


class FillRecord(Struct, frozen=True):
    """One side of a trade: what it means for an account."""

    fill_id: int
    trade_id: int
    order_id: int
    account: str
    symbol: str
    side: str
    quantity: int
    """0 of a busted one."""
    price: int
    amount: int
    """What settles: the buyer pays it, the seller gets it."""
    fee: int
    settles_on: int
    date: int
    """The business day of the trade."""
    state: str
    """`DONE`, `CORRECTED` or `BUSTED`."""
    event: int
    at: int
    changed_at: int


class TradeRecord(Struct, frozen=True):
    """A trade as the market sees it, and between whom it was."""

    trade_id: int
    event: int
    symbol: str
    price: int
    quantity: int
    aggressor: str
    buy_order_id: int
    sell_order_id: int
    buy_account: str
    sell_account: str
    is_auction: bool
    state: str
    reason: str
    at: int
    changed_at: int


class CandleRecord(Struct, frozen=True):
    """Prices and shares of the trades of one span of time; there is none for a span without trades."""

    start: int
    open: int
    high: int
    low: int
    close: int
    quantity: int
    trades: int
    """How many."""


class PostingRecord(Struct, frozen=True):
    """One line of the ledger."""

    event: int
    line: int
    """From 0 on within the event: both together are the line's place."""
    account: str
    asset: str
    bucket: str
    """Name of the `Bucket`."""
    amount: int
    cause: str
    """Value of the `PostingCause`."""
    reference: str
    """Of a trade its id, of a settlement the symbol, else as the event says."""
    text: str
    date: int
    at: int


class DayBalance(Struct, frozen=True):
    """What stood in a bucket of an asset before and after a business day."""

    asset: str
    bucket: str
    opening: int
    closing: int


class FeesOfDay(Struct, frozen=True):
    """What an account paid in one currency on one business day; less than 0: rebates."""

    date: int
    currency: str
    paid: int
    total: int
    """Up to and with this day."""


class SettlementRecord(Struct, frozen=True):
    """What a settlement day did with what was due of an account in an instrument."""

    event: int
    account: str
    symbol: str
    due: int
    date: int
    shares: int
    cash: int
    left_shares: int
    left_cash: int
    state: str
    """`SETTLED`, `PARTIAL` or `FAILED`."""
    attempts: int
    text: str
    at: int


class ActionRecord(Struct, frozen=True):
    """A corporate action that was announced or done."""

    action_id: str
    kind: str
    symbol: str
    ex_date: int
    numerator: int
    denominator: int
    amount: int
    new_symbol: str
    state: str
    """`ANNOUNCED` or `DONE`."""
    event: int
    changed_at: int
