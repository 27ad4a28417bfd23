"""A whole exchange: the seed's requests word for word over its socket, and orders by FIX and HTTP in one portfolio."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import simplefix

from tests.gateway.exchange_process import RunningExchange, running_exchange

SECONDS_MAX = 10.0

SETTINGS = """\
demo: true
fix:
  port: 0
  sessions:
    - { comp_id: JOHN, username: john, password: john, accounts: [JOHN] }
http: { port: 0 }
mqtt: { enabled: false }
platform: { self_correcting: true }
users:
  - { username: john, password: john, portfolios: [JOHN] }
  - { username: mary, password: mary, portfolios: [MARY] }
accounts:
  - id: JOHN
    opening: { cash: { USD: "100000" }, shares: { AAPL: 100, MSFT: 50 } }
  - id: MARY
    opening: { cash: { USD: "100000" }, shares: { AAPL: 100 } }
instruments:
  - { symbol: AAPL, reference_price: "150.00" }
  - { symbol: MSFT, reference_price: "200.00" }
"""

# As `seed` writes them.
POST_ORDERS = '{"portfolio_id": 1, "stock_symbol": "AAPL", "order_type": "buy", "quantity": 10, "price": 150.00}'
PUT_PORTFOLIO = """{
  "id": 1,
  "stock_positions": [
    {"symbol": "AAPL", "quantity": 110, "price": 160.00},
    {"symbol": "MSFT", "quantity": 55, "price": 220.00}
  ]
}"""
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningExchange]:
    folder: Path = tmp_path_factory.mktemp("exchange")
    with running_exchange(folder, settings=SETTINGS) as running:
        yield running


@pytest.fixture(scope="module")
def john(exchange: RunningExchange) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=exchange.url, timeout=SECONDS_MAX) as client:
        yield logged_in(client, "john")


@pytest.fixture(scope="module")
def mary(exchange: RunningExchange) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=exchange.url, timeout=SECONDS_MAX) as client:
        yield logged_in(client, "mary")


def logged_in(client: httpx.Client, name: str) -> httpx.Client:
    answer = client.post("/auth/login", json={"username": name, "password": name})
    assert answer.status_code == 200, answer.text
    token = answer.json()["token"]
    client.cookies.clear()
    client.headers["Authorization"] = f"Bearer {token}"
    return client


def test_the_seeds_requests_have_the_seeds_answers(
    exchange: RunningExchange, john: httpx.Client, mary: httpx.Client
) -> None:
    assert httpx.get(f"{exchange.url}/portfolios").status_code == 401
    assert httpx.get(f"{exchange.url}/trades?portfolio_id=1").status_code == 401
    listed = john.get("/portfolios")
    assert listed.status_code == 200 and listed.headers["content-type"] == "application/json"
    answer = listed.json()
    assert (answer["id"], answer["username"]) == (1, "john")
    assert [one["id"] for one in answer["portfolios"]] == [1]
    for position in answer["portfolios"][0]["stock_positions"]:
        assert position.keys() >= {"symbol", "quantity", "price"}

    entered = john.post("/orders", content=POST_ORDERS, headers=JSON)
    assert entered.status_code == 201
    order = entered.json()
    assert isinstance(order["id"], int)
    seed = {"portfolio_id": 1, "stock_symbol": "AAPL", "order_type": "buy", "quantity": 10, "price": 150.00}
    assert {name: order[name] for name in seed} == seed

    sold = mary.post("/orders", json={**seed, "portfolio_id": 2, "order_type": "sell"})
    assert sold.json()["status"] == "filled"
    trades = john.get("/trades", params={"portfolio_id": 1, "as_of": sold.json()["as_of"]})
    assert trades.status_code == 200
    (trade,) = trades.json()
    assert (trade["id"], trade["portfolio_id"], trade["settlement_amount"]) == (1, 1, 1500.00)
    date.fromisoformat(trade["trade_date"])

    corrected = john.put("/portfolio", content=PUT_PORTFOLIO, headers=JSON)
    assert corrected.status_code == 200
    assert {name: corrected.json()[name] for name in ("id", "stock_positions")} == {
        "id": 1,
        "stock_positions": [
            {"symbol": "AAPL", "quantity": 110, "price": 160.00},
            {"symbol": "MSFT", "quantity": 55, "price": 220.00},
        ],
    }
    assert john.get("/portfolios").json()["portfolios"][0]["stock_positions"] == corrected.json()["stock_positions"]


def test_fix_and_http_meet_in_one_book_and_one_portfolio(
    exchange: RunningExchange, john: httpx.Client, mary: httpx.Client
) -> None:
    with FixLine(exchange.fix) as fix:
        fix.send("D", (11, "F1"), (55, "MSFT"), (54, "1"), (38, "5"), (40, "2"), (44, "201.00"), (1, "JOHN"))
        assert fix.report("F1")["39"] == "0"
        (open_order,) = john.get("/orders", params={"status": "open"}).json()["orders"]
        assert (open_order["session"], open_order["client_order_id"], open_order["price"]) == ("JOHN", "F1", 201)

        # Mary has no MSFT, and is told so; John's own HTTP order trades with nobody but her.
        body: dict[str, Any] = {"portfolio_id": 2, "stock_symbol": "MSFT", "order_type": "sell", "quantity": 5}
        mary.put("/portfolio", json={"id": 2, "stock_positions": [{"symbol": "MSFT", "quantity": 8, "price": 200}]})
        sold = mary.post("/orders", json=body | {"price": "201"}).json()
        assert (sold["status"], sold["average_price"]) == ("filled", 201)
        fill = fix.report("F1")
        assert (fill["39"], fill["31"], fill["32"]) == ("2", "201", "5")

        # Positions of both ways in are one.
        positions = {one["symbol"]: one["quantity"] for one in john.get("/positions").json()}
        assert positions["MSFT"] == 60

        # What HTTP has entered FIX trades with, and what HTTP cancels FIX is told.
        mary.post("/orders", json=body | {"quantity": 3, "price": 202})
        fix.send("D", (11, "F2"), (55, "MSFT"), (54, "1"), (38, "4"), (40, "2"), (44, "202"), (1, "JOHN"))
        assert [fix.report("F2")["39"] for _ in range(2)] == ["0", "1"]
        (open_order,) = john.get("/orders", params={"status": "open"}).json()["orders"]
        assert john.delete(f"/orders/{open_order['id']}").json()["status"] == "canceled"
        assert fix.report("F2")["39"] == "4"
    stranger = mary.get(f"/orders/{open_order['id']}")
    assert stranger.status_code == 404


class FixLine:
    """A FIX 4.4 client of nothing but a socket and simplefix."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._socket = socket.create_connection(address, SECONDS_MAX)
        self._parser = simplefix.FixParser()
        self._number = 0

    def __enter__(self) -> FixLine:
        self.send("A", (98, "0"), (108, "30"), (141, "Y"), (553, "john"), (554, "john"))
        answer = self._next()
        if answer["35"] != "A":
            self._socket.close()
        assert answer["35"] == "A", answer
        return self

    def __exit__(self, *_: object) -> None:
        self.send("5")
        self._socket.close()

    def send(self, kind: str, *fields: tuple[int, str]) -> None:
        self._number += 1
        message = simplefix.FixMessage()
        message.append_pair(8, "FIX.4.4")
        message.append_pair(35, kind)
        message.append_pair(49, "JOHN")
        message.append_pair(56, "FIXPIT")
        message.append_pair(34, self._number)
        message.append_utc_timestamp(52, datetime.now(UTC))
        if kind == "D":
            message.append_utc_timestamp(60, datetime.now(UTC))
        for tag, text in fields:
            message.append_pair(tag, text)
        self._socket.sendall(message.encode())

    def report(self, cl_ord_id: str) -> dict[str, str]:
        """The next report on an order."""
        while True:
            message = self._next()
            if message["35"] == "8" and message.get("11") == cl_ord_id:
                return message
            assert message["35"] in "08", message

    def _next(self) -> dict[str, str]:
        while True:
            message = self._parser.get_message()
            if message is not None:
                return {tag.decode(): value.decode() for tag, value in message.pairs}
            received = self._socket.recv(4096)
            assert received, "the exchange closed the line"
            self._parser.append_buffer(received)
