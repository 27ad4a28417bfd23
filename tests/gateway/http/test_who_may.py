"""Who may use what: every route that the API's document has, for every role. A route without a row here fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.gateway.exchange_process import RunningExchange
from tests.gateway.http.users_exchange import ROLES, client_of, exchange_with_users, login

EVERYBODY = "nobody trader broker operator auditor"
KNOWN = "trader broker operator auditor"
CHANGES = "trader broker operator"
"""Everybody who is known but an auditor, who changes nothing."""
OVERSEERS = "operator auditor"
OPERATOR = "operator"

ROUTES = {
    "GET /livez": EVERYBODY,
    "GET /readyz": EVERYBODY,
    "GET /metrics": EVERYBODY,
    "GET /market-data/books": EVERYBODY,
    "GET /market-data/books/{symbol}": EVERYBODY,
    "GET /market-data/instruments": EVERYBODY,
    "POST /auth/register": EVERYBODY,
    "POST /auth/login": EVERYBODY,
    "POST /auth/logout": KNOWN,
    "GET /auth/me": KNOWN,
    "POST /auth/password": KNOWN,
    "GET /auth/tokens": KNOWN,
    "DELETE /auth/tokens/{token_id}": KNOWN,
    "GET /auth/keys": KNOWN,
    "POST /auth/keys": KNOWN,
    "DELETE /auth/keys/{key_id}": KNOWN,
    "GET /fix-sessions": KNOWN,
    "POST /fix-sessions": KNOWN,
    "DELETE /fix-sessions/{comp_id}": KNOWN,
    "GET /portfolios": KNOWN,
    "POST /portfolios": CHANGES,
    "GET /portfolios/{portfolio_id}": KNOWN,
    "PUT /portfolio": CHANGES,
    "POST /portfolios/{portfolio_id}/deposits": CHANGES,
    "POST /portfolios/{portfolio_id}/withdrawals": CHANGES,
    "GET /positions": KNOWN,
    "GET /balances": KNOWN,
    "GET /profit": KNOWN,
    "POST /orders": CHANGES,
    "GET /orders": KNOWN,
    "DELETE /orders": CHANGES,
    "GET /orders/{order_id}": KNOWN,
    "GET /orders/{order_id}/trades": KNOWN,
    "GET /refused-orders": KNOWN,
    "GET /stop-losses": KNOWN,
    "PUT /stop-losses": CHANGES,
    "DELETE /stop-losses": CHANGES,
    "DELETE /orders/{order_id}": CHANGES,
    "PUT /orders/{order_id}": CHANGES,
    "PATCH /orders/{order_id}": CHANGES,
    "GET /trades": KNOWN,
    "GET /ledger": KNOWN,
    "GET /statements": KNOWN,
    "GET /fees": KNOWN,
    "GET /settlements": KNOWN,
    "GET /instruments": EVERYBODY,
    "GET /instruments/{symbol}": EVERYBODY,
    "GET /market-data/trades/{symbol}": EVERYBODY,
    "GET /market-data/candles/{symbol}": EVERYBODY,
    "GET /corporate-actions": EVERYBODY,
    "GET /clock": EVERYBODY,
    "GET /calendar": EVERYBODY,
    "GET /admin/fix-sessions": OVERSEERS,
    "GET /admin/users": OVERSEERS,
    "POST /admin/users": OPERATOR,
    "GET /admin/users/{user_id}": OVERSEERS,
    "PATCH /admin/users/{user_id}": OPERATOR,
    "GET /admin/sessions": OVERSEERS,
    "GET /admin/sessions/{comp_id}": OVERSEERS,
    "GET /admin/sessions/{comp_id}/disconnects": OVERSEERS,
    "GET /admin/frames": OVERSEERS,
    "GET /admin/phases": OVERSEERS,
    "GET /admin/clock": OVERSEERS,
    "GET /admin/accounts/{account}": OVERSEERS,
    "GET /admin/limits": OVERSEERS,
    "GET /admin/settlement": OVERSEERS,
    "POST /admin/clock": OPERATOR,
    "POST /admin/news": OPERATOR,
} | dict.fromkeys(
    (
        f"POST /admin/{path}"
        for path in (
            *(f"sessions/{{comp_id}}/{name}" for name in ("disable", "enable", "logout", "resend", "reset")),
            *(f"sessions/{{comp_id}}/{name}" for name in ("set-numbers", "test-request")),
            *(
                f"clearing/{name}"
                for name in (
                    "deposit",
                    "withdraw",
                    "holdings",
                    "limits",
                    "stop-loss",
                    "corporate-action",
                    "clearing-rules",
                )
            ),
            *(f"operations/{name}" for name in ("phase", "halt", "resume", "bust", "correct", "cancel-order")),
            *(
                f"operations/{name}"
                for name in ("restate-order", "finish-order", "reference-price", "block", "unblock")
            ),
        )
    ),
    OPERATOR,
)

FILLED = {"{symbol}": "ACME", "{comp_id}": "NOBODY", "{token_id}": "0" * 64, "{account}": "NOBODY"}
"""What stands in paths: what is not there, so that nothing happens to what others use. Numbers are 9999."""


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningExchange]:
    with exchange_with_users(tmp_path_factory.mktemp("who")) as exchange:
        yield exchange


@pytest.fixture(scope="module")
def document(exchange: RunningExchange) -> dict[str, dict[str, dict[str, list[str]]]]:
    with client_of(exchange) as client:
        found: dict[str, dict[str, dict[str, list[str]]]] = client.get("/openapi.json").json()["paths"]
    return found


@pytest.fixture(scope="module")
def clients(exchange: RunningExchange) -> Iterator[dict[str, httpx.Client]]:
    roles = {"nobody": ""} | {("trader" if name == "alice" else name): login(exchange, name) for name in ROLES}
    found = {role: client_of(exchange, token) for role, token in roles.items()}
    yield found
    for client in found.values():
        client.close()


def test_every_route_has_a_row_and_every_row_a_route(document: dict[str, dict[str, object]]) -> None:
    assert {f"{method.upper()} {path}" for path, methods in document.items() for method in methods} == set(ROUTES)


def test_the_document_says_who_may(document: dict[str, dict[str, dict[str, list[str]]]]) -> None:
    for row, roles in ROUTES.items():
        method, path = row.split()
        operation = document[path][method.lower()]
        stated = set(operation.get("x-roles", EVERYBODY.split()))
        assert set(roles.split()) <= stated, row
        assert ("security" in operation) is ("nobody" not in roles.split()), row


@pytest.mark.parametrize("row", sorted(ROUTES))
def test_who_may_use_a_route(clients: dict[str, httpx.Client], exchange: RunningExchange, row: str) -> None:
    method, path = row.split()
    for name, value in FILLED.items():
        path = path.replace(name, value)
    path = "/".join("9999" if part.startswith("{") else part for part in path.split("/"))
    for role in EVERYBODY.split():
        headers = {"Content-Type": "application/json"}
        if path == "/auth/logout" and role != "nobody":
            headers["Authorization"] = f"Bearer {login(exchange, 'alice' if role == 'trader' else role)}"
        # A body that nothing takes: what a role may do is told before what is wrong with the request.
        body = b"[]" if method in {"POST", "PUT", "PATCH"} else None
        answer = clients[role].request(method, path, content=body, headers=headers)
        name = answer.json()["type"].rpartition(":")[2] if answer.status_code >= 400 else ""
        if role == "auditor" and ROUTES[row] == CHANGES:
            continue
        if role in ROUTES[row].split():
            assert answer.status_code not in {401, 403}, (role, answer.text)
        else:
            expected = (401, "UNAUTHORIZED") if role == "nobody" else (403, "FORBIDDEN")
            assert (answer.status_code, name) == expected, (role, answer.text)
        assert answer.status_code < 500, answer.text


ORDER = {"portfolio_id": 1, "stock_symbol": "ACME", "order_type": "buy", "quantity": 1, "price": 10}
ALICE_S = 1
"""The number of alice's portfolio: the first there is."""

OF_ALICE: dict[str, dict[str, Any]] = {
    "POST /orders": {"json": ORDER},
    "DELETE /orders": {"params": {"portfolio_id": ALICE_S}},
    "DELETE /orders/{order_id}": {},
    "PATCH /orders/{order_id}": {"json": {"quantity": 2}},
    "PUT /orders/{order_id}": {"json": {"quantity": 2}},
    "PUT /stop-losses": {"json": {"portfolio_id": ALICE_S, "stock_symbol": "ACME", "price": 5}},
    "DELETE /stop-losses": {"params": {"portfolio_id": ALICE_S, "stock_symbol": "ACME"}},
    "PUT /portfolio": {"json": {"id": ALICE_S, "stock_positions": [{"symbol": "ACME", "quantity": 1, "price": 10}]}},
    "POST /portfolios/{portfolio_id}/deposits": {"json": {"asset": "USD", "amount": 1}},
    "POST /portfolios/{portfolio_id}/withdrawals": {"json": {"asset": "USD", "amount": 1}},
    "GET /portfolios/{portfolio_id}": {},
    "GET /orders/{order_id}": {},
    **{
        f"GET /{name}": {"params": {"portfolio_id": ALICE_S}}
        for name in ("orders", "refused-orders", "trades", "positions", "balances", "profit")
    },
    **{
        f"GET /{name}": {"params": {"portfolio_id": ALICE_S}}
        for name in ("ledger", "fees", "settlements", "stop-losses")
    },
    "GET /statements": {"params": {"portfolio_id": ALICE_S, "date": "2026-03-02"}},
}
"""Requests about alice's portfolio."""


@pytest.fixture(scope="module")
def order_of_alice(clients: dict[str, httpx.Client]) -> int:
    answer = clients["trader"].post("/orders", json={**ORDER, "price": 9})
    assert answer.status_code == 201, answer.text
    number: int = answer.json()["id"]
    return number


@pytest.mark.parametrize("row", sorted(OF_ALICE))
def test_a_stranger_s_portfolio_is_not_there_and_an_auditor_changes_none(
    clients: dict[str, httpx.Client], exchange: RunningExchange, order_of_alice: int, row: str
) -> None:
    method, path = row.split()
    path = path.replace("{order_id}", str(order_of_alice)).replace("{portfolio_id}", str(ALICE_S))
    with client_of(exchange, login(exchange, "bob")) as bob:
        answer = bob.request(method, path, **OF_ALICE[row])
    assert answer.status_code == 404, answer.text
    name = answer.json()["type"].rpartition(":")[2]
    assert name in {"UNKNOWN_PORTFOLIO", "UNKNOWN_ORDER"}
    answer = clients["auditor"].request(method, path, **OF_ALICE[row])
    assert answer.status_code == (200 if method == "GET" else 403), answer.text


def test_every_change_is_tried_by_a_stranger_and_an_auditor() -> None:
    of_users = {"POST /portfolios"}
    assert {row for row, roles in ROUTES.items() if roles == CHANGES} - of_users <= set(OF_ALICE)
