"""Every query finds its rows along an index, and in their order: what it costs does not grow with the tables."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from exchange.store.database import Database
from exchange.store.ledger_queries import (
    PostingPlace,
    corporate_actions_page,
    fees,
    postings_page,
    settlement_dates,
    settlements_page,
    statement,
)
from exchange.store.market_queries import candles_page, trades_page
from exchange.store.order_queries import (
    FillFilter,
    OrderFilter,
    fills_page,
    order_with_fills,
    orders_by_cl_ord_id,
    orders_page,
    refused_orders_page,
)
from exchange.store.stop_queries import stops_of
from tests.exchange.store.clearing_history import with_clearing
from tests.exchange.store.stores import project
from tests.exchange.store.trading_history import trading_history

EVENTS = with_clearing(trading_history(seed=8, length=500), 8, 300)
ONE, TWO = ("A1",), ("A1", "B2")

QUERIES: dict[str, Callable[[Database], Awaitable[object]]] = {
    "orders": lambda store: orders_page(store, OrderFilter(ONE)),
    "orders behind": lambda store: orders_page(store, OrderFilter(ONE), before=30),
    "orders of a symbol": lambda store: orders_page(store, OrderFilter(ONE, symbol="ACME"), before=30),
    "orders of a side": lambda store: orders_page(store, OrderFilter(ONE, side="BUY"), before=30),
    "orders of a status": lambda store: orders_page(store, OrderFilter(ONE, statuses=("NEW",)), before=30),
    "orders of a time": lambda store: orders_page(store, OrderFilter(ONE, since=5, until=10**19 // 2)),
    "orders of accounts": lambda store: orders_page(store, OrderFilter(TWO, statuses=("NEW", "FILLED")), before=30),
    "order": lambda store: order_with_fills(store, 5),
    "orders by identifier": lambda store: orders_by_cl_ord_id(store, "ALICE", "c5"),
    "refused orders": lambda store: refused_orders_page(store, ONE, before=30),
    "fills": lambda store: fills_page(store, FillFilter(ONE), before=30),
    "fills of a symbol": lambda store: fills_page(store, FillFilter(ONE, symbol="ACME"), before=30),
    "fills of a time": lambda store: fills_page(store, FillFilter(ONE, since=5, until=10**19 // 2)),
    "fills of accounts": lambda store: fills_page(store, FillFilter(TWO), before=30),
    "postings": lambda store: postings_page(store, "A1", before=PostingPlace(900, 1)),
    "postings of a day": lambda store: postings_page(store, "A1", 20240621, PostingPlace(900, 1)),
    "statement": lambda store: statement(store, "A1", 20240621),
    "fees": lambda store: fees(store, "A1", 20240601, 20240701),
    "settlements": lambda store: settlements_page(store, ONE, before=900),
    "actions": lambda store: corporate_actions_page(store, before="a2"),
    "actions of a symbol": lambda store: corporate_actions_page(store, "ACME", before="a2"),
    "business days": lambda store: settlement_dates(store, "US"),
    "candles": lambda store: candles_page(store, "ACME", 60, 5, 10**19 // 2),
    "trades": lambda store: trades_page(store, "ACME", before=30),
    "stops": lambda store: stops_of(store, TWO),
}

INDEXES = {
    "orders": "orders_by_account",
    "orders behind": "orders_by_account",
    "orders of a symbol": "orders_by_symbol",
    "orders of a side": "orders_by_account",
    "orders of a status": "orders_by_status",
    "orders of a time": "orders_by_account",
    "orders of accounts": "orders_by_status",
    "order": "fills_by_order",
    "orders by identifier": "orders_by_cl_ord_id",
    "refused orders": "refused_orders_by_account",
    "fills": "fills_by_account",
    "fills of a symbol": "fills_by_symbol",
    "fills of a time": "fills_by_account",
    "fills of accounts": "fills_by_account",
    "postings": "postings_by_account",
    "postings of a day": "postings_by_account",
    "statement": "postings_by_account",
    "settlements": "settlements_by_account",
    "actions": "corporate_actions_by_date",
    "actions of a symbol": "corporate_actions_by_symbol",
    "business days": "settlement_days",
    "stops": "stop_losses",
    "trades": "trades_by_symbol",
}
"""What SQLite takes, which has no statistics; the others go by primary keys."""

ARE_SORTED = {"orders of accounts", "fills of accounts", "fees"}
"""A page of several accounts is put together of one for each, and fees of several currencies."""

OPTIONS = ("enable_seqscan", "enable_bitmapscan", "enable_sort", "enable_hashjoin", "enable_mergejoin")
"""PostgreSQL takes an index for tables as small as these when it may not do without."""


@pytest.fixture
async def store(database: Database) -> Database:
    await project(database, EVENTS)
    return database


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """What is sent to any database meanwhile."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        sent.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def plans(store: Database, sent: list[tuple[str, Any]]) -> list[str]:
    found = []
    async with store.reading() as connection:
        if store.dialect.name == "postgresql":
            for option in OPTIONS:
                await connection.exec_driver_sql(f"SET LOCAL {option} = off")
        for query, parameters in sent:
            explain = "EXPLAIN " if store.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "
            rows = await connection.exec_driver_sql(explain + query, parameters)
            found.append("\n".join(str(row[-1]) for row in rows))
    return found


async def test_every_query_goes_along_an_index(store: Database) -> None:
    for name, query in QUERIES.items():
        with statements() as sent:
            await query(store)
        assert sent, name
        found = await plans(store, sent)
        if store.dialect.name == "sqlite":
            assert INDEXES.get(name, "PRIMARY KEY") in "\n".join(found), f"{name}: {found}"
        for plan in found:
            # A scan of an index from its end to its beginning stops with the page: it is an order, not a search.
            scanned = re.findall(r"Seq Scan on \w+|SCAN (?!\(|branch|corporate_actions USING INDEX)\w+", plan)
            assert not scanned, f"{name}: {plan}"
            if name not in ARE_SORTED:
                assert not re.search(r"\bSort\b|TEMP B-TREE", plan), f"{name}: {plan}"
