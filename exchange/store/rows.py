"""From events to rows: what a run of events leaves in each table, as plain tuples in the order of the table's columns.

Pure: no database, no clock. Only the last state of each order, instrument and account within the run becomes a row,
because nobody could ever read the states between.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, assert_never

from msgspec import Struct

from exchange.events import (
    AccountOpened,
    AmendmentRejected,
    Event,
    InstrumentListed,
    LevelChanged,
    MassCancelAccepted,
    MassCancelRejected,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    Traded,
)
from exchange.orders import OrderStatus, OrderTerms, OrderType, Side, TimeInForce
from exchange.store.schema import TEXT_LENGTH_MAX

Row: TypeAlias = tuple[int | str, ...]
OrderChange: TypeAlias = OrderAccepted | OrderFilled | OrderCanceled | OrderReplaced

SIDES = {side: side.name for side in Side}
ORDER_TYPES = {order_type: order_type.name for order_type in OrderType}
TIMES_IN_FORCE = {time_in_force: time_in_force.name for time_in_force in TimeInForce}


class Rows(Struct):
    """What a run of events leaves."""

    instruments: list[Row]
    accounts: list[Row]
    orders: list[Row]
    refused_orders: list[Row]
    trades: list[Row]


def rows_of(events: Sequence[Event]) -> Rows:
    """The rows that `events` leave. Rows of orders, instruments and accounts replace those of the same key."""
    instruments: dict[str, InstrumentListed] = {}
    accounts: dict[str, AccountOpened] = {}
    orders: dict[int, OrderChange] = {}
    entered: dict[int, int] = {}
    refused: list[Row] = []
    trades: list[Row] = []
    for event in events:
        match event:
            case LevelChanged() | AmendmentRejected() | MassCancelAccepted() | MassCancelRejected():
                pass
            case OrderFilled() | OrderCanceled() | OrderReplaced():
                orders[event.terms.order_id] = event
            case OrderAccepted():
                orders[event.terms.order_id] = event
                entered[event.terms.order_id] = event.at
            case Traded():
                trades.append(_trade(event))
            case OrderRejected():
                refused.append(_refused_order(event))
            case InstrumentListed():
                instruments[event.instrument.symbol] = event
            case AccountOpened():
                accounts[event.account.account_id] = event
            case _:
                assert_never(event)
    return Rows(
        [_instrument(event) for event in instruments.values()],
        [_account(event) for event in accounts.values()],
        [_order(event, entered.get(order_id, event.at)) for order_id, event in orders.items()],
        refused,
        trades,
    )


def kept(text: str) -> str:
    """`text` as every database can hold it: PostgreSQL takes no character 0, and everything has a length."""
    if len(text) > TEXT_LENGTH_MAX:
        text = text[: TEXT_LENGTH_MAX - 1] + "…"
    return text.replace("\0", "␀")


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
        event.number,
        event.at,
    )


def _account(event: AccountOpened) -> Row:
    return (kept(event.account.account_id), kept(event.account.name), event.number, event.at)


def _order(event: OrderChange, entered_at: int) -> Row:
    reason = ""
    match event:
        case OrderFilled() | OrderReplaced():
            cumulative, leaves, notional = event.cumulative, event.leaves, event.notional
            status = _status(cumulative, leaves)
        case OrderAccepted():
            cumulative, leaves, notional = 0, event.terms.quantity, 0
            status = OrderStatus.NEW.name
        case OrderCanceled():
            cumulative, leaves, notional = event.cumulative, 0, event.notional
            status, reason = OrderStatus.CANCELED.name, event.reason.value
        case _:
            assert_never(event)
    terms = event.terms
    return (
        terms.order_id,
        *_terms(terms),
        cumulative,
        leaves,
        notional,
        status,
        reason,
        event.number,
        entered_at,
        event.at,
    )


def _status(cumulative: int, leaves: int) -> str:
    if not leaves:
        return OrderStatus.FILLED.name
    return OrderStatus.PARTIALLY_FILLED.name if cumulative else OrderStatus.NEW.name


def _terms(terms: OrderTerms) -> Row:
    return (
        kept(terms.session),
        kept(terms.cl_ord_id),
        kept(terms.account),
        kept(terms.symbol),
        SIDES[terms.side],
        ORDER_TYPES[terms.order_type],
        TIMES_IN_FORCE[terms.time_in_force],
        terms.quantity,
        terms.price,
    )


def _refused_order(event: OrderRejected) -> Row:
    return (
        event.number,
        *_terms(event.terms),
        event.reason.value,
        kept(event.field),
        kept(event.text),
        event.at,
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
        event.at,
    )
