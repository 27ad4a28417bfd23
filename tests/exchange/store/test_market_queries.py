from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from exchange.events import TradeBusted, Traded
from exchange.orders import Side
from exchange.store.database import Database
from exchange.store.market_queries import candles_page, trades_page
from exchange.store.records import CandleRecord, TradeRecord
from tests.exchange.store.naive_tables import naive_tables
from tests.exchange.store.stores import new_projected, opened, project
from tests.exchange.store.trading_history import SYMBOLS, trading_history, with_interventions

EVENTS = with_interventions(trading_history(seed=6, length=2_000), 6, 200)
KNOWN = naive_tables(EVENTS)


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


def candles(symbol: str, seconds: int) -> list[CandleRecord]:
    names = CandleRecord.__struct_fields__
    rows = [row for row in KNOWN["candles"].values() if (row["symbol"], row["seconds"]) == (symbol, seconds)]
    found = [CandleRecord(**{name: row[name] for name in names}) for row in rows if row["trades"]]
    return sorted(found, key=lambda candle: candle.start)


@pytest.mark.parametrize("seconds", [60, 300, 3_600, 86_400])
async def test_candles_of_every_span(store: Database, seconds: int) -> None:
    for symbol in SYMBOLS:
        assert await candles_page(store, symbol, seconds, limit=1_000) == candles(symbol, seconds)


async def test_candles_between_times_oldest_first(store: Database) -> None:
    known = candles("ACME", 60)
    assert len(known) > 20
    since, until = known[5].start, known[15].start
    assert await candles_page(store, "ACME", 60, since, until) == known[5:15]
    assert await candles_page(store, "ACME", 60, since, until, limit=3) == known[12:15]
    assert await candles_page(store, "NONE", 60) == []


async def test_spans_that_are_not_kept_are_refused(store: Database) -> None:
    with pytest.raises(ValueError, match=r"candles of 7 s are not kept, but of 60, 300, 3600, 86400 s"):
        await candles_page(store, "ACME", 7)


async def test_trades_page_by_page(store: Database) -> None:
    known = sorted(
        (TradeRecord(**row) for row in KNOWN["trades"].values() if row["symbol"] == "ACME"),
        key=lambda trade: -trade.trade_id,
    )
    assert {trade.state for trade in known} == {"DONE", "CORRECTED", "BUSTED"}
    found: list[TradeRecord] = []
    while page := await trades_page(store, "ACME", found[-1].trade_id if found else None, limit=40):
        found += page
    assert found == known
    assert any(isinstance(event, Traded) and event.trade_id == known[0].trade_id for event in EVENTS)


@pytest.mark.parametrize("batch", [1, 2, 3])
async def test_a_minute_opens_anew_when_all_of_its_trades_were_busted(database: Database, batch: int) -> None:
    sides = (1, 2, "A1", "B2")
    await project(
        database,
        [
            Traded(1, 10, "ACME", 1, 1000, 5, Side.BUY, *sides),
            TradeBusted(2, 20, "ACME", 1, 1000, 5, *sides, "error"),
            Traded(3, 30, "ACME", 2, 1010, 7, Side.BUY, *sides),
        ],
        batch,
    )
    assert await candles_page(database, "ACME", 60) == [CandleRecord(0, 1010, 1010, 1010, 1010, 7, 1)]


async def test_a_minute_without_trades_has_no_candle(database: Database) -> None:
    sides = (1, 2, "A1", "B2")
    trade = Traded(1, 10, "ACME", 1, 1000, 5, Side.BUY, *sides)
    await project(database, [trade, TradeBusted(2, 20, "ACME", 1, 1000, 5, *sides, "error")])
    assert await candles_page(database, "ACME", 60) == []
