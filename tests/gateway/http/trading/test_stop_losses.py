"""Protective stops over HTTP: set, listed where they stand now, moved, taken away, and what is wrong with one."""

from __future__ import annotations

from typing import Any

from tests.gateway.http.trading.platform import JOHN, MARY, Platform

STOP = {"portfolio_id": JOHN, "stock_symbol": "AAPL", "price": 140}


async def test_a_stop_is_set_listed_moved_and_taken_away(platform: Platform) -> None:
    done = await platform.got("john", "PUT", "/stop-losses", STOP)
    assert (done["price"], done["trailing"], done["as_of"]) == (140, False, platform.venue.last_event)
    (listed,) = await platform.got("john", "GET", "/stop-losses")
    assert (listed["symbol"], listed["price"], listed["trailing"], listed["set_at"]) == ("AAPL", 140, None, None)
    trailing: dict[str, Any] = {
        "portfolio_id": JOHN,
        "stock_symbol": "AAPL",
        "distance_percent": "10",
        "trailing": True,
    }
    done = await platform.got("john", "PUT", "/stop-losses", trailing)
    assert (done["price"], done["trailing"]) == (135, True)
    await platform.project()
    (listed,) = await platform.got("john", "GET", f"/stop-losses?portfolio_id={JOHN}&as_of={done['as_of']}")
    assert (listed["portfolio_id"], listed["price"], listed["trailing"]) == (JOHN, 135, True)
    assert await platform.got("mary", "GET", "/stop-losses") == []
    gone = await platform.got("john", "DELETE", f"/stop-losses?portfolio_id={JOHN}&stock_symbol=AAPL")
    assert gone["price"] is None
    assert await platform.got("john", "GET", "/stop-losses") == []


async def test_the_stop_that_is_reached_closes_the_position(platform: Platform) -> None:
    await platform.got("john", "PUT", "/stop-losses", STOP | {"price": 149})
    order = {"stock_symbol": "AAPL", "quantity": 150, "price": 148}
    await platform.got("mary", "POST", "/orders", order | {"portfolio_id": MARY, "order_type": "buy"}, 201)
    sale = order | {"portfolio_id": JOHN, "order_type": "sell", "quantity": 1}
    await platform.got("john", "POST", "/orders", sale, 201)
    assert (
        await platform.got("john", "GET", "/positions") == []
        or (await platform.got("john", "GET", "/positions"))[0]["quantity"] == 0
    )
    assert await platform.got("john", "GET", "/stop-losses") == []


async def test_what_is_wrong_with_a_stop_is_told(platform: Platform) -> None:
    for wrong, field in (
        ({"price": None}, "body"),
        ({"price": 140, "distance_percent": 5}, "body"),
        ({"trailing": True}, "body"),
        ({"price": "1e2"}, "price"),
        ({"price": 0}, "price"),
        ({"price": 0.001}, "price"),
        ({"price": None, "distance_percent": 100}, "distance_percent"),
        ({"price": None, "distance_percent": 0.001}, "distance_percent"),
        ({"trailing": 1}, "trailing"),
        ({"portfolio_id": 0}, "portfolio_id"),
        ({"unknown": 1}, "unknown"),
    ):
        before = platform.venue.last_event
        problem = await platform.got("john", "PUT", "/stop-losses", STOP | wrong, 422)
        assert problem["errors"][0]["field"] == field, problem
        assert platform.venue.last_event == before
    assert (await platform.ask("john", "PUT", "/stop-losses", STOP | {"price": 160})).status_code in (409, 422)
    assert (await platform.ask("john", "PUT", "/stop-losses", STOP | {"stock_symbol": "NONE"})).status_code == 404
    for who, status in (("mary", 404), ("aud", 403), ("", 401)):
        assert (await platform.ask(who, "PUT", "/stop-losses", STOP)).status_code == status
        path = f"/stop-losses?portfolio_id={JOHN}&stock_symbol=AAPL"
        assert (await platform.ask(who, "DELETE", path)).status_code == status
