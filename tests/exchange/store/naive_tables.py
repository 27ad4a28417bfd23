"""What the tables must hold, worked out one event at a time in dictionaries, by column name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from sqlalchemy import select

from exchange.events import (
    AccountOpened,
    Event,
    FillBusted,
    FillCorrected,
    InstrumentListed,
    OrderAccepted,
    OrderCanceled,
    OrderDoneForDay,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderRestated,
    OrderTriggered,
    TradeBusted,
    TradeCorrected,
    Traded,
)
from exchange.orders import OrderTerms
from exchange.reference.clearing_rules import FeeSchedule
from exchange.store.database import Database
from exchange.store.order_rows import conditions_text
from exchange.store.schema import PROJECTED
from exchange.store.texts import what_differs
from tests.exchange.store.naive_ledger import enter, naive_balances, naive_candles

Rows: TypeAlias = dict[Any, dict[str, Any]]
Tables: TypeAlias = dict[str, Rows]
OrderEvent: TypeAlias = (
    OrderAccepted
    | OrderTriggered
    | OrderFilled
    | OrderCanceled
    | OrderReplaced
    | OrderRestated
    | OrderDoneForDay
    | FillBusted
    | FillCorrected
)

HELD = {"STOP", "STOP_LIMIT", "MARKET_IF_TOUCHED", "LIMIT_IF_TOUCHED"}
INSTRUMENT_COLUMNS = (
    "symbol", "price_digits", "tick", "lot", "currency", "reference_price", "lowest_price", "highest_price",
    "max_quantity", "market", "settlement_days", "short_restriction_basis_points",
)  # fmt: skip


async def tables(database: Database) -> Tables:
    """Every projected table as it is: rows by primary key."""
    found: Tables = {table.name: {} for table in PROJECTED}
    async with database.reading() as connection:
        for table in PROJECTED:
            names = [column.name for column in table.primary_key]
            for row in (await connection.execute(select(table))).mappings():
                key = tuple(row[name] for name in names)
                found[table.name][key if len(key) > 1 else key[0]] = dict(row)
    return found


def naive_tables(events: Sequence[Event]) -> Tables:
    """Every projected table as it must be after `events`."""
    found: Tables = {table.name: {} for table in PROJECTED}
    for event in events:
        match event:
            case InstrumentListed():
                listed = {name: getattr(event.instrument, name) for name in INSTRUMENT_COLUMNS}
                found["instruments"][listed["symbol"]] = listed | {"event": event.number, "changed_at": event.at}
            case AccountOpened(number, at, account):
                found["accounts"][account.account_id] = {
                    "account_id": account.account_id,
                    "name": account.name,
                    "firm": account.firm,
                    "trading_group": account.trading_group,
                    "self_trade_prevention": account.self_trade_prevention.name,
                    "username": account.user,
                    "fees": "" if account.fees is None else what_differs(account.fees, FeeSchedule()),
                    "is_cleared": account.is_cleared,
                    "event": number,
                    "changed_at": at,
                }
            case Traded():
                trade = {name: getattr(event, name) for name in event.__struct_fields__}
                trade |= {"event": trade.pop("number"), "aggressor": event.aggressor.name}
                trade |= {"state": "DONE", "reason": "", "changed_at": event.at}
                found["trades"][event.trade_id] = trade
            case TradeBusted() | TradeCorrected():
                state = "BUSTED" if isinstance(event, TradeBusted) else "CORRECTED"
                changes = {"state": state, "reason": event.reason, "event": event.number, "changed_at": event.at}
                found["trades"][event.trade_id] |= changes | {"price": event.price, "quantity": event.quantity}
            case OrderRejected():
                refused = _terms(event.terms) | {"event": event.number, "at": event.at, "reason": event.reason.value}
                del refused["order_id"]
                found["refused_orders"][event.number] = refused | {"field": event.field, "text": event.text}
            case _ if isinstance(event, OrderEvent):
                rows = found["orders"]
                order_id = event.terms.order_id
                rows[order_id] = rows.get(order_id, {"entered_at": event.at}) | _state(event)
            case _:
                enter(found, event)
    found["candles"] = naive_candles(found["trades"])
    found["balances"], found["daily_balances"] = naive_balances(found["postings"].values())
    return found


def _state(event: OrderEvent) -> dict[str, Any]:
    state = _terms(event.terms) | {"event": event.number, "changed_at": event.at, "reason": "", "is_held": False}
    if isinstance(event, OrderAccepted | OrderTriggered):
        state |= {"is_held": event.terms.order_type.name in HELD}
        return state | {"cumulative": 0, "leaves": event.terms.quantity, "notional": 0, "status": "NEW"}
    state |= {"cumulative": event.cumulative, "notional": event.notional}
    if isinstance(event, OrderCanceled):
        status = "EXPIRED" if event.reason.is_expiry else "CANCELED"
        return state | {"leaves": 0, "status": status, "reason": event.reason.value}
    state |= {"leaves": event.leaves, "is_held": bool(event.leaves) and event.terms.order_type.name in HELD}
    if isinstance(event, OrderDoneForDay):
        return state | {"status": "DONE_FOR_DAY", "reason": event.text}
    if isinstance(event, FillBusted | FillCorrected):
        return state | {"status": event.status.name, "reason": event.text}
    status = "FILLED" if event.leaves == 0 else "NEW" if event.cumulative == 0 else "PARTIALLY_FILLED"
    return state | {"status": status}


def _terms(terms: OrderTerms) -> dict[str, Any]:
    named = {name: getattr(terms, name) for name in terms.__struct_fields__}
    for name in ("side", "order_type", "time_in_force"):
        named[name] = named[name].name
    return named | {"conditions": conditions_text(terms.conditions)}
