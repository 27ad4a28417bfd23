"""What an operator does to the market over HTTP and on the command line: each refusal, and what is audited."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from tests.gateway.exchange_process import SETTINGS, RunningExchange, running_exchange
from tests.gateway.fix_orders import enter_orders


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningExchange]:
    with running_exchange(tmp_path_factory.mktemp("operations"), settings=SETTINGS) as exchange:
        enter_orders(
            exchange.fix,
            ("sell", "ACME", 300, "10.05"),
            ("buy", "ACME", 100, "10.05"),
            ("buy", "ACME", 100, "10.05"),
            ("buy", "ACME", 50, "9.95"),
            ("buy", "BRK/A", 10, "990"),
        )
        yield exchange


@pytest.fixture
def http(exchange: RunningExchange) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {(exchange.data / 'operator.token').read_text()}"}
    with httpx.Client(base_url=exchange.url, headers=headers, trust_env=False) as client:
        yield client


def fixpit(exchange: RunningExchange, *arguments: object) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments), "--data", str(exchange.data)])


def phase(http: httpx.Client, symbol: str = "ACME") -> str:
    return next(str(one["phase"]) for one in http.get("/admin/phases").json()["instruments"] if one["symbol"] == symbol)


def audited(exchange: RunningExchange) -> dict[str, Any]:
    entry: dict[str, Any] = json.loads((exchange.data / "audit.log").read_text().splitlines()[-1])
    return entry


@pytest.mark.parametrize(
    ("operation", "body", "status", "name", "detail"),
    [
        ("explode", {}, 404, "UNKNOWN_OPERATION", "explode is no operation; there are phase, halt, resume"),
        ("halt", {"symbol": "NOPE"}, 404, "UNKNOWN_INSTRUMENT", "symbol NOPE is not listed"),
        ("halt", {}, 422, "INVALID_FIELD", "give either symbol, or market"),
        ("halt", {"market": "UK"}, 404, "UNKNOWN_INSTRUMENT", "market UK"),
        ("phase", {"symbol": "ACME", "phase": "continuous"}, 409, "PHASE_FORBIDS", "ACME is continuous already"),
        ("phase", {"symbol": "ACME", "phase": "lunch"}, 422, "INVALID_FIELD", "lunch"),
        ("resume", {"symbol": "ACME", "via": "magic"}, 422, "INVALID_FIELD", "magic"),
        ("bust", {"trade_id": 99}, 404, "UNKNOWN_TRADE", "trade_id 99 is not among the latest trades"),
        ("bust", {"trade_id": 0}, 422, "INVALID_FIELD", "trade_id"),
        ("correct", {"trade_id": 99, "price": "10"}, 404, "UNKNOWN_TRADE", "trade_id 99"),
        ("correct", {"trade_id": 1, "price": "10.001"}, 422, "INVALID_PRICE", "price 10.001 is not a decimal number"),
        ("correct", {"trade_id": 1, "quantity": 101}, 422, "INVALID_QUANTITY", "101 is not between 1 and"),
        ("correct", {"trade_id": 1}, 422, "INVALID_PRICE", "are the trade's already"),
        ("cancel-order", {"order_id": 99}, 404, "UNKNOWN_ORDER", "order_id 99 is no order that is kept"),
        ("cancel-order", {"order_id": 2}, 409, "ORDER_CLOSED", "order_id 2 is no longer open"),
        ("restate-order", {"order_id": 99}, 404, "UNKNOWN_ORDER", "order_id 99"),
        ("restate-order", {"order_id": 4, "price": "x"}, 422, "INVALID_PRICE", "price x is not a decimal number"),
        ("reference-price", {"symbol": "NOPE", "price": "1"}, 404, "UNKNOWN_INSTRUMENT", "NOPE is not listed"),
        ("reference-price", {"symbol": "ACME", "price": "1.005"}, 422, "INVALID_PRICE", "price 1.005"),
        ("block", {"scope": "planet", "name": "X"}, 422, "INVALID_FIELD", "planet"),
    ],
)
def test_what_cannot_be_is_a_problem_with_reason_field_and_rule(
    http: httpx.Client, operation: str, body: dict[str, object], status: int, name: str, detail: str
) -> None:
    answer = http.post(f"/admin/operations/{operation}", json=body)

    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:fixpit:problem:{name}")
    assert detail in answer.json()["detail"]
    assert phase(http) == "continuous"


def test_a_halt_and_the_way_back(http: httpx.Client, exchange: RunningExchange) -> None:
    halted = http.post("/admin/operations/halt", json={"symbol": "ACME", "reason": "news pending"}).json()

    assert halted["phases"] == {"ACME": "halted"}
    assert (halted["events"]["phase"], phase(http)) == (1, "halted")
    entry = audited(exchange)
    assert (entry["action"], entry["outcome"], entry["who"]) == ("halt", "done", "operator at 127.0.0.1")
    assert entry["asked"] == {"symbol": "ACME", "market": "", "reason": "news pending"}
    assert (entry["before"], entry["after"]) == ({"ACME": "continuous"}, {"ACME": "halted"})

    http.post("/admin/operations/resume", json={"symbol": "ACME"})
    assert phase(http) == "reopening auction"
    http.post("/admin/operations/resume", json={"symbol": "ACME", "via": "continuous"})
    assert phase(http) == "continuous"


def test_a_trade_is_corrected_and_busted(http: httpx.Client, exchange: RunningExchange) -> None:
    corrected = http.post("/admin/operations/correct", json={"trade_id": 1, "price": "10.01"}).json()
    busted = http.post("/admin/operations/bust", json={"trade_id": 1, "reason": "erroneous"}).json()

    assert corrected["events"] == {"trade-corrected": 1, "fill-corrected": 2, "recleared": 2}
    assert busted["events"] == {"trade-busted": 1, "fill-busted": 2, "recleared": 2}
    assert busted["last_event"] == corrected["last_event"] + 5
    again = http.post("/admin/operations/bust", json={"trade_id": 1})
    assert again.json()["detail"] == "trade_id 1 is busted already"
    assert audited(exchange)["outcome"] == "refused: trade_id 1 is busted already"


def test_orders_are_restated_and_taken_out(http: httpx.Client) -> None:
    restated = http.post("/admin/operations/restate-order", json={"order_id": 4, "quantity": 40, "price": "9.90"})
    assert restated.json()["events"]["restated"] == 1
    canceled = http.post("/admin/operations/cancel-order", json={"order_id": 4, "reason": "asked by telephone"})
    assert canceled.json()["events"]["canceled"] == 1
    finished = http.post("/admin/operations/finish-order", json={"order_id": 5})
    assert finished.json()["events"]["done-for-day"] == 1


def test_a_reference_price_is_set(http: httpx.Client) -> None:
    assert http.post("/admin/operations/reference-price", json={"symbol": "ACME", "price": "11"}).status_code == 200
    assert http.get("/admin/phases").json()["instruments"][0]["reference_price"] == "11"


def test_the_command_line_does_the_same(exchange: RunningExchange, http: httpx.Client) -> None:
    assert fixpit(exchange, "halt", "ACME", "--reason", "news").stdout == "ACME: halted\ndone: 1 phase\n"
    assert "halted" in fixpit(exchange, "phase").stdout
    again = fixpit(exchange, "halt", "ACME")
    assert (again.exit_code, again.stdout, again.stderr) == (1, "", "phase ACME is halted already\n")
    assert fixpit(exchange, "resume", "ACME", "--via", "continuous").stdout.startswith("ACME: continuous\n")
    assert fixpit(exchange, "phase", "ACME", "closing", "auction").stdout.startswith("ACME: closing auction\n")
    assert fixpit(exchange, "phase", "ACME", "continuous").exit_code == 0
    assert json.loads(fixpit(exchange, "phase", "--json").stdout) == http.get("/admin/phases").json()

    assert fixpit(exchange, "correct", 2, "--quantity", 60).exit_code == 0
    busted = fixpit(exchange, "bust", 2, "--reason", "erroneous").stdout
    assert busted == "done: 1 trade-busted, 2 fill-busted, 2 recleared\n"
    assert fixpit(exchange, "cancel-order", 1).stdout.startswith("done: ")
    assert fixpit(exchange, "cancel-order", 1).stderr == "order_id 1 is no longer open\n"
    for usage in (["halt"], ["halt", "ACME", "--market", "US"], ["phase", "ACME"], ["correct", 1]):
        assert fixpit(exchange, *usage).exit_code == 2


def test_the_kill_switch(exchange: RunningExchange) -> None:
    assert fixpit(exchange, "block", "account", "CLI", "--reason", "limit exceeded").exit_code == 0
    refused = fixpit(exchange, "order", "buy", "ACME", 1, "@", "9")
    assert refused.exit_code == 1
    assert "CLI is blocked by the venue: limit exceeded" in refused.stdout + refused.stderr
    assert fixpit(exchange, "unblock", "account", "CLI").exit_code == 0
    assert fixpit(exchange, "order", "buy", "ACME", 1, "@", "9").exit_code == 0


def test_only_the_operator_may(exchange: RunningExchange) -> None:
    for method, path in (("POST", "/admin/operations/halt"), ("GET", "/admin/phases")):
        assert httpx.request(method, exchange.url + path, trust_env=False).status_code == 401
