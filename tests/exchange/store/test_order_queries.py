from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeVar

import pytest

from exchange.store.database import Database
from exchange.store.order_queries import (
    FillFilter,
    OrderFilter,
    fills_page,
    order_with_fills,
    orders_by_cl_ord_id,
    orders_page,
    refused_orders_page,
)
from exchange.store.pages import BRANCHES_MAX, ROWS_MAX
from exchange.store.records import FillRecord, OrderRecord, RefusedOrderRecord
from tests.exchange.store.clearing_history import with_clearing
from tests.exchange.store.naive_tables import naive_tables
from tests.exchange.store.stores import new_projected, opened
from tests.exchange.store.trading_history import START, trading_history, with_interventions

EVENTS = with_clearing(with_interventions(trading_history(seed=4, length=1_500), 4, 200), 4, 600)
KNOWN = naive_tables(EVENTS)
ORDERS = sorted((OrderRecord(**row) for row in KNOWN["orders"].values()), key=lambda order: -order.order_id)
FILLS = sorted((FillRecord(**row) for row in KNOWN["fills"].values()), key=lambda fill: -fill.fill_id)
REFUSED = sorted((RefusedOrderRecord(**row) for row in KNOWN["refused_orders"].values()), key=lambda row: -row.event)
MIDDLE = START + 1_000 * 1_000_000_000
LATER = START + 2_500 * 1_000_000_000

Item = TypeVar("Item")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.sqlite'}"
    else:
        url = asyncio.run(request.getfixturevalue("postgresql").new_store())
    asyncio.run(new_projected(url, EVENTS))
    return url


@pytest.fixture
async def store(filled_url: str) -> AsyncIterator[Database]:
    database = await opened(filled_url)
    yield database
    await database.close()


async def all_pages(page: Callable[[int | None], Awaitable[list[Item]]], key: str) -> list[Item]:
    found: list[Item] = []
    before = None
    while rows := await page(before):
        found += rows
        before = getattr(rows[-1], key)
    return found


@pytest.mark.parametrize(
    ("asked", "holds"),
    [
        (OrderFilter(("A1",)), lambda order: order.account == "A1"),
        (OrderFilter(("A1", "B2", "A1", "nobody")), lambda order: True),
        (OrderFilter(("B2",), symbol="MSFT"), lambda order: (order.account, order.symbol) == ("B2", "MSFT")),
        (OrderFilter(("B2",), side="SELL"), lambda order: (order.account, order.side) == ("B2", "SELL")),
        (
            OrderFilter(("A1", "B2"), statuses=("CANCELED", "NEW"), symbol="ACME"),
            lambda order: order.status in {"CANCELED", "NEW"} and order.symbol == "ACME",
        ),
        (
            OrderFilter(("A1",), since=MIDDLE, until=LATER),
            lambda order: order.account == "A1" and MIDDLE <= order.entered_at < LATER,
        ),
        (
            OrderFilter(("A1",), statuses=("FILLED",), since=MIDDLE),
            lambda order: (order.account, order.status) == ("A1", "FILLED") and order.entered_at >= MIDDLE,
        ),
    ],
    ids=["account", "accounts", "symbol", "side", "statuses", "times", "status and time"],
)
async def test_orders_page_by_page(store: Database, asked: OrderFilter, holds: Callable[[OrderRecord], bool]) -> None:
    expected = [order for order in ORDERS if holds(order)]
    assert len(expected) > 14
    assert await orders_page(store, asked, limit=ROWS_MAX) == expected
    pages = await all_pages(lambda before: orders_page(store, asked, before, limit=7), "order_id")
    assert pages == expected


@pytest.mark.parametrize(
    ("asked", "holds"),
    [
        (FillFilter(("A1",)), lambda fill: fill.account == "A1"),
        (FillFilter(("A1", "B2")), lambda fill: True),
        (FillFilter(("B2",), symbol="ACME"), lambda fill: (fill.account, fill.symbol) == ("B2", "ACME")),
        (FillFilter(("A1",), since=FILLS[-20].at, until=FILLS[5].at), None),
    ],
    ids=["account", "accounts", "symbol", "times"],
)
async def test_fills_page_by_page(
    store: Database, asked: FillFilter, holds: Callable[[FillRecord], bool] | None
) -> None:
    def is_between(fill: FillRecord) -> bool:
        return fill.account == "A1" and asked.since <= fill.at < (asked.until or 0)

    expected = sorted(
        (fill for fill in FILLS if (holds or is_between)(fill)), key=lambda fill: (-fill.at, -fill.fill_id)
    )
    assert len(expected) > 5
    assert await all_pages(lambda before: fills_page(store, asked, before, limit=3), "fill_id") == expected


async def test_refused_orders_page_by_page(store: Database) -> None:
    async def page(before: int | None) -> list[RefusedOrderRecord]:
        return await refused_orders_page(store, ["A1", "B2"], before, limit=2)

    assert len(REFUSED) > 3
    assert await all_pages(page, "event") == REFUSED


async def test_an_order_with_its_fills(store: Database) -> None:
    most_filled = max(ORDERS, key=lambda order: sum(fill.order_id == order.order_id for fill in FILLS))
    fills = tuple(fill for fill in FILLS if fill.order_id == most_filled.order_id)
    found = await order_with_fills(store, most_filled.order_id)
    assert found is not None
    assert (found.order, found.fills) == (most_filled, fills) and len(fills) > 1
    assert await order_with_fills(store, 10**12) is None


async def test_orders_are_found_by_session_and_identifier(store: Database) -> None:
    order = ORDERS[50]
    assert order in await orders_by_cl_ord_id(store, order.session, order.cl_ord_id)
    assert await orders_by_cl_ord_id(store, order.session, "none") == []


async def test_more_accounts_than_one_statement_takes(store: Database) -> None:
    accounts = ("A1", *(f"X{number}" for number in range(BRANCHES_MAX)), "B2")
    assert await orders_page(store, OrderFilter(accounts), limit=20) == ORDERS[:20]
    assert await orders_page(store, OrderFilter(()), limit=20) == []


async def test_behind_an_order_that_is_not_there_is_nothing(store: Database) -> None:
    assert await orders_page(store, OrderFilter(("A1",)), before=10**12) == []


@pytest.mark.parametrize("limit", [0, -1, ROWS_MAX + 1])
async def test_a_page_has_a_limit(store: Database, limit: int) -> None:
    with pytest.raises(ValueError, match=f"limit {limit} is not from 1 to {ROWS_MAX}"):
        await orders_page(store, OrderFilter(("A1",)), limit=limit)


async def test_values_that_no_row_has_find_nothing(store: Database) -> None:
    values: list[Any] = ["'; DROP TABLE orders", "%", "x" * 10_000]
    for value in values:
        assert await orders_page(store, OrderFilter((value,), symbol=value)) == []
