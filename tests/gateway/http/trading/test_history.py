"""The past over HTTP: trades, postings, statements, fees, settlements, candles, and what everybody may know."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.gateway.http.trading.platform import DAY, JOHN, MARY, Platform


async def trade(platform: Platform, quantity: int, price: str) -> int:
    order = {"stock_symbol": "AAPL", "quantity": quantity, "price": price}
    await platform.got("john", "POST", "/orders", order | {"portfolio_id": JOHN, "order_type": "buy"}, 201)
    done = await platform.got("mary", "POST", "/orders", order | {"portfolio_id": MARY, "order_type": "sell"}, 201)
    await platform.project()
    return int(done["as_of"])


async def test_trades_are_the_seeds_list_with_more_beside(platform: Platform) -> None:
    as_of = await trade(platform, 10, "100.00")
    answer = await platform.ask("john", "GET", f"/trades?portfolio_id={JOHN}&as_of={as_of}")
    assert answer.status_code == 200
    (one,) = answer.json()
    assert (one["id"], one["portfolio_id"], one["settlement_amount"]) == (1, JOHN, 1000)
    assert one["trade_date"] == "2023-11-14"
    assert (one["order_type"], one["quantity"], one["price"], one["fee"]) == ("buy", 10, 100, 0)
    (sold,) = await platform.got("mary", "GET", "/trades")
    assert (sold["id"], sold["order_type"], sold["fee"]) == (1, "sell", 1)


async def test_trades_come_in_pages_that_link_to_the_next(platform: Platform) -> None:
    for price in ("100", "101", "102"):
        await trade(platform, 1, price)
    first = await platform.ask("otto", "GET", "/trades?limit=4&stock_symbol=AAPL")
    assert [one["price"] for one in first.json()] == [102, 102, 101, 101]
    following = first.headers["link"].split(">")[0].removeprefix("<")
    second = await platform.ask("otto", "GET", following)
    assert [one["price"] for one in second.json()] == [100, 100] and "link" not in second.headers
    assert await platform.got("john", "GET", "/trades?since=2030-01-01T00:00:00Z") == []


async def test_an_orders_trades_and_what_was_refused_are_kept(platform: Platform) -> None:
    as_of = await trade(platform, 10, "100.00")
    (fill,) = await platform.got("john", "GET", f"/orders/1/trades?as_of={as_of}")
    assert (fill["id"], fill["order_id"], fill["quantity"]) == (1, 1, 10)
    await platform.got("mary", "GET", "/orders/1/trades", status=404)
    large = {"portfolio_id": JOHN, "stock_symbol": "AAPL", "order_type": "buy", "quantity": 5_000, "price": "99.5"}
    await platform.got("john", "POST", "/orders", large, 409)
    await platform.project()
    (refused,) = (await platform.got("john", "GET", "/refused-orders"))["refused_orders"]
    assert (refused["reason"], refused["field"], refused["price"]) == ("INSUFFICIENT_FUNDS", "quantity", 99.5)
    assert (await platform.got("mary", "GET", "/refused-orders")) == {"refused_orders": [], "next": None}


async def test_every_posting_is_in_the_ledger_and_in_the_statement(platform: Platform) -> None:
    await trade(platform, 10, "100.00")
    ledger = await platform.got("mary", "GET", f"/ledger?portfolio_id={MARY}&limit=1000")
    sums: dict[str, Decimal] = {}
    for line in ledger["postings"]:
        if line["bucket"] == "available":
            sums[line["asset"]] = sums.get(line["asset"], Decimal()) + Decimal(str(line["amount"]))
    assert sums == {"USD": 100_999, "AAPL": 90}
    page = await platform.got("mary", "GET", f"/ledger?portfolio_id={MARY}&limit=2")
    following = await platform.got("mary", "GET", f"/ledger?portfolio_id={MARY}&limit=2&before={page['next']}")
    assert page["postings"] + following["postings"] == ledger["postings"][:4]
    fees = await platform.got("mary", "GET", f"/fees?portfolio_id={MARY}")
    assert fees["totals"] == [{"currency": "USD", "paid": 1}]
    settlements = await platform.got("mary", "GET", "/settlements")
    assert [(one["symbol"], one["shares"], one["cash"]) for one in settlements["pending"]] == [("AAPL", -10, 1000)]
    statement = await platform.got("mary", "GET", f"/statements?portfolio_id={MARY}&date=2023-11-14")
    assert statement["postings"] == []


async def test_the_market_is_public(platform: Platform) -> None:
    await trade(platform, 1, "100.00")
    await trade(platform, 2, "101.00")
    candles = await platform.got("", "GET", "/market-data/candles/AAPL?interval=1d")
    (day,) = candles["candles"]
    assert (day["open"], day["high"], day["low"], day["close"], day["quantity"]) == (100, 101, 100, 101, 3)
    trades = await platform.got("", "GET", "/market-data/trades/AAPL?limit=1")
    assert (trades["trades"][0]["price"], trades["next"]) == (101, 2)
    listed = await platform.got("", "GET", "/instruments")
    assert [one["symbol"] for one in listed] == ["AAPL", "MSFT", "LOTS"]
    one = await platform.got("", "GET", "/instruments/AAPL")
    assert (one["last_price"], one["tick"], one["settlement_days"], one["volume"]) == (101, 0.01, 1, 3)
    assert await platform.got("", "GET", "/corporate-actions") == []
    clock = await platform.got("", "GET", "/clock")
    assert clock["now"] == "2023-11-14T22:13:20.000000000Z" and clock["event"] == platform.venue.last_event
    (calendar,) = await platform.got("", "GET", "/calendar?days=2&date=2026-03-06")
    assert [day["date"] for day in calendar["days"]] == ["2026-03-06", "2026-03-09"]
    # Summer time began in between.
    assert [day["phases"][0]["at"][11:16] for day in calendar["days"]] == ["14:30", "13:30"]
    assert DAY


WRONG = (
    ("/instruments/NONE", 404, "UNKNOWN_INSTRUMENT"),
    ("/market-data/candles/NONE", 404, "UNKNOWN_INSTRUMENT"),
    ("/market-data/trades/NONE", 404, "UNKNOWN_INSTRUMENT"),
    ("/market-data/candles/AAPL?interval=2m", 422, "INVALID_FIELD"),
    ("/market-data/candles/AAPL?since=yesterday", 422, "INVALID_FIELD"),
    ("/market-data/candles/AAPL?since=2026-03-02T16:00:00", 422, "INVALID_FIELD"),
    ("/market-data/trades/AAPL?limit=0", 422, "INVALID_FIELD"),
    ("/market-data/trades/AAPL?limit=1001", 422, "INVALID_FIELD"),
    ("/market-data/trades/AAPL?before=x", 422, "INVALID_FIELD"),
    ("/calendar?market=MOON", 404, "UNKNOWN_MARKET"),
    ("/calendar?date=2026-02-30", 422, "INVALID_FIELD"),
    ("/calendar?days=101", 422, "INVALID_FIELD"),
    ("/orders?as_of=-1", 422, "INVALID_FIELD"),
    ("/orders?portfolio_id=0", 422, "INVALID_FIELD"),
    ("/orders?status=open&limit=x", 422, "INVALID_FIELD"),
    ("/orders?order_type=hold", 422, "INVALID_FIELD"),
    ("/orders/x", 422, "INVALID_FIELD"),
    ("/ledger", 422, "INVALID_FIELD"),
    ("/ledger?portfolio_id=1&before=7", 422, "INVALID_FIELD"),
    ("/statements?portfolio_id=1&date=2026-13-01", 422, "INVALID_FIELD"),
    ("/fees?portfolio_id=1&since=2026-01-02&until=2026-01-01", 422, "INVALID_FIELD"),
)


async def test_a_wrong_question_is_told_what_is_wrong(platform: Platform) -> None:
    for path, status, name in WRONG:
        problem: dict[str, Any] = await platform.got("john", "GET", path, status=status)
        assert problem["type"].endswith(name)
        assert status == 404 or (problem["errors"][0]["field"] and problem["errors"][0]["rule"])
