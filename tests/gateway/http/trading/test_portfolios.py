"""Portfolios over HTTP: what is in them, money in and out, and who may see and change them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.http.trading.view import TradingTerms
from tests.gateway.http.trading.platform import JOHN, MARY, Platform, running_platform

BUY = {"portfolio_id": JOHN, "stock_symbol": "AAPL", "order_type": "buy", "quantity": 10, "price": 150}
SELL = {"portfolio_id": MARY, "stock_symbol": "AAPL", "order_type": "sell", "quantity": 10, "price": 150}


async def test_portfolios_are_listed_as_the_seed_lists_them(platform: Platform) -> None:
    answer = await platform.got("john", "GET", "/portfolios")
    assert {name: answer[name] for name in ("id", "username")} == {"id": 1, "username": "john"}
    assert [{name: one[name] for name in ("id", "stock_positions", "account")} for one in answer["portfolios"]] == [
        {"id": JOHN, "stock_positions": [{"symbol": "AAPL", "quantity": 100, "price": 150}], "account": "JOHN"}
    ]
    assert (await platform.got("john", "GET", f"/portfolios/{JOHN}")) == answer["portfolios"][0]


async def test_positions_are_set_as_the_seed_sets_them(platform: Platform) -> None:
    body = {
        "id": JOHN,
        "stock_positions": [
            {"symbol": "AAPL", "quantity": 110, "price": 160.00},
            {"symbol": "MSFT", "quantity": 55, "price": 220.00},
        ],
    }
    answer = await platform.got("john", "PUT", "/portfolio", body)
    assert answer == body | {"as_of": platform.venue.last_event}
    assert platform.venue.clearing.ledger.available("JOHN", "MSFT") == 55
    assert [(entry.action, entry.outcome) for entry in platform.audit] == [("holdings", "done")]
    # The same reference is posted once.
    body["reference"] = "r1"
    await platform.got("john", "PUT", "/portfolio", body)
    again = await platform.got("john", "PUT", "/portfolio", body, 409)
    assert again["type"].endswith("DUPLICATE_REFERENCE")
    twice = {"id": JOHN, "stock_positions": [body["stock_positions"][0]] * 2}  # type: ignore[index]
    problem = await platform.got("john", "PUT", "/portfolio", twice, 422)
    assert problem["errors"][0]["field"] == "symbol"


async def test_a_setting_leaves_corrections_to_operators(folder: Path) -> None:
    async with running_platform(folder, terms=TradingTerms(self_correcting=False)) as platform:
        body = {"id": JOHN, "stock_positions": [{"symbol": "AAPL", "quantity": 1, "price": 1}]}
        await platform.got("john", "PUT", "/portfolio", body, 403)
        assert (await platform.got("otto", "PUT", "/portfolio", body))["stock_positions"][0]["quantity"] == 1


async def test_money_is_paid_in_and_out_by_operators_or_where_a_setting_allows(folder: Path) -> None:
    async with running_platform(folder, terms=TradingTerms(self_funding=True)) as platform:
        paid = await platform.got("john", "POST", f"/portfolios/{JOHN}/deposits", {"amount": "0.1"}, 201)
        assert (paid["asset"], paid["amount"], paid["available"]) == ("USD", 0.1, 100000.1)
        paid = await platform.got("john", "POST", f"/portfolios/{JOHN}/withdrawals", {"amount": 100000.1}, 201)
        assert paid["available"] == 0
        short = await platform.got("john", "POST", f"/portfolios/{JOHN}/withdrawals", {"amount": 1}, 409)
        assert short["type"].endswith("INSUFFICIENT_FUNDS")
        shares = {"asset": "MSFT", "amount": 3, "price": "200", "reference": "gift"}
        paid = await platform.got("john", "POST", f"/portfolios/{JOHN}/deposits", shares, 201)
        assert (paid["amount"], paid["reference"]) == (3, "JOHN gift")
        await platform.got("john", "POST", f"/portfolios/{JOHN}/deposits", shares, 409)
        odd = await platform.got("john", "POST", f"/portfolios/{JOHN}/deposits", shares | {"amount": 1.5}, 422)
        assert odd["type"].endswith("INVALID_AMOUNT")


async def test_without_the_setting_only_operators_move_money(platform: Platform) -> None:
    path = f"/portfolios/{JOHN}/deposits"
    await platform.got("john", "POST", path, {"amount": 1}, 403)
    await platform.got("otto", "POST", path, {"amount": 1}, 201)
    assert platform.audit[-1].who.startswith("operator otto")


async def test_money_is_where_the_ledger_has_it(platform: Platform) -> None:
    await platform.got("john", "POST", "/orders", BUY, 201)
    (cash, shares) = await platform.got("john", "GET", "/balances")
    # 1500 and the fee of 0.1 % are reserved.
    assert (cash["available"], cash["reserved"], cash["buying_power"]) == (98498.5, 1501.5, 98498.5)
    assert (shares["asset"], shares["available"], shares["buying_power"]) == ("AAPL", 100, None)
    await platform.got("mary", "POST", "/orders", SELL, 201)
    (cash, shares) = await platform.got("john", "GET", f"/balances?portfolio_id={JOHN}")
    assert (cash["available"], cash["unsettled"], cash["settled"], shares["available"]) == (98500, 1500, 100000, 110)
    (cash, _) = await platform.got("mary", "GET", "/balances")
    assert (cash["available"], cash["fees"]) == (101498.5, 1.5)
    (position,) = await platform.got("john", "GET", "/positions")
    assert (position["quantity"], position["settled_quantity"], position["cost"]) == (110, 100, 16500)
    (profit,) = await platform.got("mary", "GET", "/profit")
    assert (profit["equity"], profit["realised"], profit["fees"]) == (114998.5, 0, 1.5)


@pytest.mark.parametrize(
    ("who", "seen"),
    [("john", ["JOHN"]), ("mary", ["MARY"]), ("bea", ["JOHN"]), ("otto", ["JOHN", "MARY"]), ("aud", ["JOHN", "MARY"])],
)
async def test_everybody_sees_what_the_role_is_for(platform: Platform, who: str, seen: list[str]) -> None:
    listed = await platform.got(who, "GET", "/portfolios")
    assert [one["account"] for one in listed["portfolios"]] == seen
    assert {one["account"] for one in await platform.got(who, "GET", "/balances")} == set(seen)


@pytest.mark.parametrize(
    ("who", "status"), [("john", 404), ("mary", 201), ("bea", 404), ("otto", 201), ("aud", 403), ("", 401)]
)
async def test_only_the_entitled_enter_orders_of_a_portfolio(platform: Platform, who: str, status: int) -> None:
    assert (await platform.ask(who, "POST", "/orders", SELL)).status_code == status
    stranger = await platform.ask(who, "PUT", "/portfolio", {"id": MARY, "stock_positions": []})
    assert stranger.status_code == {201: 200}.get(status, status)


OF_JOHN = (
    ("GET", "/orders/1"),
    ("DELETE", "/orders/1"),
    ("PATCH", "/orders/1"),
    ("GET", f"/portfolios/{JOHN}"),
    ("GET", f"/orders?portfolio_id={JOHN}"),
    ("DELETE", f"/orders?portfolio_id={JOHN}"),
    ("GET", f"/trades?portfolio_id={JOHN}"),
    ("GET", f"/positions?portfolio_id={JOHN}"),
    ("GET", f"/balances?portfolio_id={JOHN}"),
    ("GET", f"/profit?portfolio_id={JOHN}"),
    ("GET", f"/ledger?portfolio_id={JOHN}"),
    ("GET", f"/fees?portfolio_id={JOHN}"),
    ("GET", f"/settlements?portfolio_id={JOHN}"),
    ("GET", f"/statements?portfolio_id={JOHN}&date=2026-01-02"),
)


async def test_a_strangers_portfolio_is_not_found(platform: Platform) -> None:
    await platform.got("john", "POST", "/orders", BUY, 201)
    for method, path in OF_JOHN:
        body = {"quantity": 5} if method == "PATCH" else None
        stranger = await platform.ask("mary", method, path, body)
        assert stranger.status_code == 404
        nobodys = await platform.ask("mary", method, path.replace("orders/1", "orders/9").replace("=1", "=9"), body)
        assert nobodys.status_code == 404
        assert (await platform.ask("", method, path, body)).status_code == 401


async def test_users_open_as_many_portfolios_as_they_may(platform: Platform) -> None:
    made = await platform.got("john", "POST", "/portfolios", {"name": "Savings"}, 201)
    assert (made["id"], made["name"], made["account"], made["stock_positions"]) == (3, "Savings", "JOHN-2", [])
    assert made["as_of"] == platform.venue.last_event
    await platform.got("john", "POST", "/portfolios", {}, 201)
    full = await platform.got("john", "POST", "/portfolios", {}, 409)
    assert full["type"].endswith("TOO_MANY_PORTFOLIOS")
    await platform.got("aud", "POST", "/portfolios", {}, 403)
    listed = await platform.got("john", "GET", "/portfolios?limit=2")
    assert ([one["id"] for one in listed["portfolios"]], listed["next"]) == ([1, 3], 3)
    listed = await platform.got("john", "GET", f"/portfolios?limit=2&after={listed['next']}")
    assert ([one["id"] for one in listed["portfolios"]], listed["next"]) == ([4], None)
