"""What the tables must hold, worked out one event at a time in dictionaries, by column name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from sqlalchemy import select

from exchange.events import (
    AccountOpened,
    Event,
    InstrumentListed,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    Traded,
)
from exchange.orders import OrderTerms
from exchange.store.database import Database
from exchange.store.schema import PROJECTED

Rows: TypeAlias = dict[Any, dict[str, Any]]
Tables: TypeAlias = dict[str, Rows]


async def tables(database: Database) -> Tables:
    """Every projected table as it is: rows by primary key."""
    found: Tables = {}
    async with database.reading() as connection:
        for table in PROJECTED:
            key = next(iter(table.primary_key)).name
            rows = (await connection.execute(select(table))).mappings().all()
            found[table.name] = {row[key]: dict(row) for row in rows}
    return found


def naive_tables(events: Sequence[Event]) -> Tables:
    """Every projected table as it must be after `events`."""
    found: Tables = {table.name: {} for table in PROJECTED}
    for event in events:
        match event:
            case InstrumentListed():
                listed = {name: getattr(event.instrument, name) for name in event.instrument.__struct_fields__}
                found["instruments"][listed["symbol"]] = listed | {"event": event.number, "changed_at": event.at}
            case AccountOpened(number, at, account):
                found["accounts"][account.account_id] = {
                    "account_id": account.account_id,
                    "name": account.name,
                    "event": number,
                    "changed_at": at,
                }
            case Traded():
                trade = {name: getattr(event, name) for name in event.__struct_fields__}
                trade |= {"event": trade.pop("number"), "aggressor": event.aggressor.name}
                found["trades"][event.trade_id] = trade
            case OrderRejected():
                refused = _terms(event.terms) | {"event": event.number, "at": event.at, "reason": event.reason.value}
                del refused["order_id"]
                found["refused_orders"][event.number] = refused | {"field": event.field, "text": event.text}
            case OrderAccepted() | OrderFilled() | OrderCanceled() | OrderReplaced():
                rows = found["orders"]
                order_id = event.terms.order_id
                rows[order_id] = rows.get(order_id, {"entered_at": event.at}) | _state(event)
    return found


def _state(event: OrderAccepted | OrderFilled | OrderCanceled | OrderReplaced) -> dict[str, Any]:
    state = _terms(event.terms) | {"event": event.number, "changed_at": event.at, "reason": ""}
    if isinstance(event, OrderAccepted):
        return state | {"cumulative": 0, "leaves": event.terms.quantity, "notional": 0, "status": "NEW"}
    state |= {"cumulative": event.cumulative, "notional": event.notional}
    if isinstance(event, OrderCanceled):
        return state | {"leaves": 0, "status": "CANCELED", "reason": event.reason.value}
    status = "FILLED" if event.leaves == 0 else "NEW" if event.cumulative == 0 else "PARTIALLY_FILLED"
    return state | {"leaves": event.leaves, "status": status}


def _terms(terms: OrderTerms) -> dict[str, Any]:
    named = {name: getattr(terms, name) for name in terms.__struct_fields__}
    for name in ("side", "order_type", "time_in_force"):
        named[name] = named[name].name
    return named
