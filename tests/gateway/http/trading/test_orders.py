"""Orders over HTTP: entered, shown, changed and canceled, with the venue's answer in the API's words."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from exchange.commands import EnterOrder
from exchange.orders import OrderType, Side, TimeInForce
from gateway.http.trading.view import TradingTerms
from tests.gateway.http.trading.platform import JOHN, MARY, Platform, running_platform

BUY = {"portfolio_id": JOHN, "stock_symbol": "AAPL", "order_type": "buy", "quantity": 10, "price": 150.00}
SELL = {"portfolio_id": MARY, "stock_symbol": "AAPL", "order_type": "sell", "quantity": 4, "price": "150.00"}


async def test_a_new_order_is_answered_201_with_the_seeds_fields(platform: Platform) -> None:
    answer = await platform.ask("john", "POST", "/orders", BUY)
    assert answer.status_code == 201
    order = answer.json()
    assert {name: order[name] for name in BUY} == BUY
    assert order["id"] == 1 and answer.headers["location"] == "/orders/1"
    assert order["kind"] == "limit" and order["time_in_force"] == "day" and order["status"] == "new"
    assert order["as_of"] == platform.venue.last_event
    assert '"price":150,' in answer.text


async def test_orders_of_two_users_meet(platform: Platform) -> None:
    await platform.got("john", "POST", "/orders", BUY, 201)
    sold = await platform.got("mary", "POST", "/orders", SELL, 201)
    assert (sold["status"], sold["filled_quantity"], sold["average_price"]) == ("filled", 4, 150)
    bought = await platform.got("john", "GET", "/orders/1")
    assert (bought["status"], bought["filled_quantity"], bought["leaves_quantity"]) == ("partially_filled", 4, 6)


KINDS: tuple[tuple[dict[str, Any], dict[str, Any]], ...] = (
    ({"kind": "market", "price": None, "time_in_force": "ioc"}, {"status": "canceled", "price": None}),
    ({"kind": "stop", "price": None, "stop_price": 160}, {"is_held": True, "stop_price": 160}),
    ({"kind": "stop_limit", "stop_price": "160.5"}, {"is_held": True, "stop_price": 160.5}),
    ({"kind": "stop", "price": None, "stop_price": 170, "trail_by": 2.5}, {"trail_by": 2.5}),
    ({"kind": "limit_if_touched", "stop_price": 140}, {"kind": "limit_if_touched", "is_held": True}),
    ({"kind": "market_if_touched", "price": None, "stop_price": 140}, {"kind": "market_if_touched"}),
    ({"display_quantity": 2}, {"display_quantity": 2}),
    ({"post_only": True, "self_trade_prevention": "cancel-both"}, {"self_trade_prevention": "cancel-both"}),
    ({"time_in_force": "gtd", "expires_at": "2030-01-01"}, {"expires_at": "2030-01-02T00:00:00.000000000Z"}),
    ({"time_in_force": "gtc", "group": "G", "contingency": "oco"}, {"group": "G", "contingency": "oco"}),
    ({"time_in_force": "fok"}, {"status": "canceled", "reason": "not fillable at once"}),
)


async def test_every_kind_and_condition_is_taken(platform: Platform) -> None:
    for more, expected in KINDS:
        body = {name: value for name, value in (BUY | more).items() if value is not None}
        order = await platform.got("john", "POST", "/orders", body, 201)
        assert {name: order.get(name) for name in expected} == expected
        await platform.got("john", "DELETE", f"/orders?portfolio_id={JOHN}")


async def test_the_same_identifier_enters_one_order_and_has_the_same_answer(platform: Platform) -> None:
    body = BUY | {"client_order_id": "mine"}
    answers = await asyncio.gather(*(platform.ask("john", "POST", "/orders", body) for _ in range(5)))
    assert [answer.status_code for answer in answers] == [201] * 5
    assert len({answer.text for answer in answers}) == 1
    assert platform.venue.last_order_id == 1
    other = await platform.got("john", "POST", "/orders", body | {"price": 149}, 409)
    assert other["type"].endswith("DUPLICATE_CLIENT_ORDER_ID")
    refused = BUY | {"client_order_id": "large", "quantity": 100_000}
    first = await platform.got("john", "POST", "/orders", refused, 409)
    assert await platform.got("john", "POST", "/orders", refused, 409) == first
    # Another user's identifiers are others.
    await platform.got("mary", "POST", "/orders", SELL | {"client_order_id": "mine"}, 201)


async def test_a_refusal_names_the_field_as_the_api_does_and_shows_the_sum(platform: Platform) -> None:
    problem = await platform.got("john", "POST", "/orders", BUY | {"quantity": 1_000}, 409)
    assert problem["type"].endswith("INSUFFICIENT_FUNDS")
    assert problem["errors"][0]["field"] == "quantity"
    # Ten times the price of the order and its fee of 0.1 %.
    assert "150150" in problem["detail"] and "100000" in problem["detail"]
    problem = await platform.got("mary", "POST", "/orders", SELL | {"quantity": 101}, 409)
    assert problem["type"].endswith("INSUFFICIENT_SHARES")
    problem = await platform.got("john", "POST", "/orders", BUY | {"stock_symbol": "NONE"}, 404)
    assert problem["type"].endswith("UNKNOWN_INSTRUMENT") and problem["errors"][0]["field"] == "stock_symbol"
    assert platform.venue.last_order_id == 0


async def test_an_order_is_canceled_once(platform: Platform) -> None:
    await platform.got("john", "POST", "/orders", BUY, 201)
    done = await platform.got("john", "DELETE", "/orders/1")
    assert (done["status"], done["reason"], done["leaves_quantity"]) == ("canceled", "requested", 0)
    late = await platform.got("john", "DELETE", "/orders/1", status=409)
    assert late["type"].endswith("ORDER_CLOSED")
    assert (await platform.got("john", "DELETE", "/orders/99", status=404))["type"].endswith("UNKNOWN_ORDER")


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_a_change_leaves_what_it_does_not_name(platform: Platform, method: str) -> None:
    await platform.got("john", "POST", "/orders", BUY | {"display_quantity": 5, "time_in_force": "gtc"}, 201)
    changed = await platform.got("john", method, "/orders/1", {"price": 149.5})
    assert (changed["price"], changed["quantity"], changed["display_quantity"]) == (149.5, 10, 5)
    changed = await platform.got("john", method, "/orders/1", {"quantity": 12, "display_quantity": None})
    assert (changed["quantity"], "display_quantity" in changed, changed["time_in_force"]) == (12, False, "gtc")
    assert (await platform.got("john", method, "/orders/1", {}, 422))["type"].endswith("INVALID_FIELD")
    refused = await platform.got("john", method, "/orders/1", {"price": 149.005}, 422)
    assert refused["type"].endswith("PRICE_OFF_TICK") and refused["errors"][0]["value"] == "149.005"


async def test_an_order_of_another_session_is_seen_and_canceled_but_not_changed(platform: Platform) -> None:
    platform.sequencer.submit(
        EnterOrder("FIX", "f1", "JOHN", "AAPL", Side.BUY, OrderType.LIMIT, TimeInForce.DAY, 5, 14_000)
    )
    platform.sequencer.commit()
    listed = await platform.got("john", "GET", "/orders?status=open")
    assert [(one["id"], one["session"], one["client_order_id"]) for one in listed["orders"]] == [(1, "FIX", "f1")]
    problem = await platform.got("john", "PATCH", "/orders/1", {"quantity": 4}, 409)
    assert problem["type"].endswith("ORDER_MISMATCH")
    assert (await platform.got("john", "DELETE", "/orders/1"))["status"] == "canceled"


async def test_a_mass_cancel_takes_what_it_names_of_a_portfolio(platform: Platform) -> None:
    for more in ({}, {"stock_symbol": "MSFT"}, {"price": 149}):
        await platform.got("john", "POST", "/orders", BUY | more, 201)
    await platform.got("mary", "POST", "/orders", SELL | {"price": 170}, 201)
    platform.sequencer.submit(
        EnterOrder("FIX", "f1", "JOHN", "AAPL", Side.BUY, OrderType.LIMIT, TimeInForce.DAY, 5, 14_000)
    )
    platform.sequencer.commit()
    done = await platform.got("john", "DELETE", f"/orders?portfolio_id={JOHN}&stock_symbol=AAPL&order_type=buy")
    assert sorted(done["canceled"]) == [1, 3, 5]
    left = await platform.got("otto", "GET", "/orders?status=open")
    assert [one["id"] for one in left["orders"]] == [4, 2]
    await platform.got("john", "DELETE", "/orders", status=422)


async def test_lists_come_from_the_store_in_pages(platform: Platform) -> None:
    for price in (140, 141, 142):
        await platform.got("john", "POST", "/orders", BUY | {"price": price, "quantity": 1}, 201)
    last = await platform.got("john", "POST", "/orders", BUY | {"price": 143, "quantity": 1}, 201)
    await platform.got("john", "DELETE", "/orders/2")
    await platform.project()
    page = await platform.got("john", "GET", f"/orders?limit=2&as_of={last['as_of']}")
    assert [one["price"] for one in page["orders"]] == [143, 142] and page["next"] == 3
    page = await platform.got("john", "GET", f"/orders?limit=2&before={page['next']}")
    assert [(one["price"], one["status"]) for one in page["orders"]] == [(141, "canceled"), (140, "new")]
    assert page["orders"][0]["reason"] == "requested" and page["orders"][0]["entered_at"]
    canceled = await platform.got("john", "GET", "/orders?status=canceled&order_type=buy&stock_symbol=AAPL")
    assert [one["id"] for one in canceled["orders"]] == [2]
    assert (await platform.got("mary", "GET", "/orders"))["orders"] == []
    later = await platform.got("john", "GET", "/orders?since=2023-11-14T22:13:21Z")
    assert later["orders"] == []
    earlier = await platform.got("john", "GET", "/orders?since=2023-11-14T22:13:20Z&until=2023-11-14T22:13:21Z")
    assert len(earlier["orders"]) == 4
    await platform.got("john", "GET", "/orders?since=now", status=422)
    await platform.got("john", "GET", "/orders?status=open&since=2023-11-14T22:13:20Z", status=422)


async def test_an_order_is_found_by_the_clients_identifier(platform: Platform) -> None:
    await platform.got("john", "POST", "/orders", BUY | {"client_order_id": "one"}, 201)
    await platform.got("john", "PATCH", "/orders/1", {"quantity": 9, "client_order_id": "two"})
    for name in ("one", "two"):
        listed = await platform.got("john", "GET", f"/orders?client_order_id={name}")
        assert [(order["id"], order["client_order_id"]) for order in listed["orders"]] == [(1, "two")]
    assert (await platform.got("mary", "GET", "/orders?client_order_id=two"))["orders"] == []
    assert (await platform.got("john", "GET", "/orders?client_order_id=three"))["orders"] == []


async def test_a_read_waits_for_the_event_that_it_names_but_not_for_ever(folder: Path) -> None:
    async with running_platform(folder, terms=TradingTerms(as_of_seconds=0.2)) as platform:
        done = await platform.got("john", "POST", "/orders", BUY, 201)
        early = await platform.ask("john", "GET", f"/orders?as_of={done['as_of']}")
        assert early.status_code == 503 and early.headers["retry-after"] == "1"
        assert early.json()["type"].endswith("AS_OF_NOT_REACHED")
        reading = asyncio.create_task(platform.got("john", "GET", f"/orders?as_of={done['as_of']}"))
        await platform.project()
        assert [one["id"] for one in (await reading)["orders"]] == [1]


async def test_too_many_open_orders_are_told(platform: Platform) -> None:
    platform.trading.orders._open_orders_max = 1
    await platform.got("john", "POST", "/orders", BUY, 201)
    problem = await platform.got("john", "POST", "/orders", BUY, 429)
    assert problem["type"].endswith("TOO_MANY_OPEN_ORDERS")


async def test_after_a_restart_the_same_request_finds_its_order(platform: Platform) -> None:
    body = BUY | {"client_order_id": "mine"}
    first = await platform.got("john", "POST", "/orders", body, 201)
    platform.trading.orders._answers.clear()
    again = await platform.got("john", "POST", "/orders", body, 201)
    assert again["id"] == first["id"] and platform.venue.last_order_id == 1
    platform.trading.orders._answers.clear()
    other = await platform.got("john", "POST", "/orders", body | {"price": 149}, 409)
    assert other["type"].endswith("DUPLICATE_CLIENT_ORDER_ID")
    # A refused one is not kept by the venue: its identifier is, so nothing can be entered by it.
    refused = BUY | {"client_order_id": "large", "quantity": 1_000}
    await platform.got("john", "POST", "/orders", refused, 409)
    platform.trading.orders._answers.clear()
    again = await platform.got("john", "POST", "/orders", refused | {"quantity": 1}, 409)
    assert again["type"].endswith("DUPLICATE_CLIENT_ORDER_ID")


async def test_a_broker_trades_the_portfolios_of_the_firm_as_another_session(platform: Platform) -> None:
    order = await platform.got("bea", "POST", "/orders", BUY, 201)
    assert (order["session"], order["portfolio_id"]) == ("@bea", JOHN)
    listed = await platform.got("john", "GET", "/orders?status=open")
    assert [one["id"] for one in listed["orders"]] == [order["id"]]
    assert (await platform.got("john", "DELETE", f"/orders/{order['id']}"))["status"] == "canceled"


async def test_a_store_that_is_gone_takes_the_past_along_and_nothing_else(platform: Platform, folder: Path) -> None:
    await platform.got("john", "POST", "/orders", BUY, 201)
    await platform.database.close()
    (folder / "store.sqlite").write_bytes(b"no database at all" * 1_000)
    gone = await platform.ask("john", "GET", "/trades")
    assert gone.status_code == 503 and gone.headers["retry-after"]
    assert (await platform.got("john", "GET", "/orders/1"))["status"] == "new"
    assert len((await platform.got("john", "GET", "/orders?status=open"))["orders"]) == 1
    await platform.got("john", "POST", "/orders", BUY, 201)
    assert (await platform.got("john", "DELETE", "/orders/1"))["status"] == "canceled"
