"""What an operator says to the people at FIX sessions, over HTTP and on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from tests.gateway.exchange_process import RunningExchange, running_exchange


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningExchange]:
    with running_exchange(tmp_path_factory.mktemp("news")) as exchange:
        yield exchange


def post(exchange: RunningExchange, body: object, token: str = "") -> httpx.Response:
    token = token or (exchange.data / "operator.token").read_text()
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.post(f"{exchange.url}/admin/news", json=body, headers=headers, trust_env=False)


def fixpit(exchange: RunningExchange, *arguments: object) -> Result:
    return CliRunner().invoke(main, ["news", *map(str, arguments), "--data", str(exchange.data)])


def next_out(exchange: RunningExchange) -> dict[str, Any]:
    token = (exchange.data / "operator.token").read_text()
    headers = {"Authorization": f"Bearer {token}"}
    sessions = httpx.get(f"{exchange.url}/admin/sessions", headers=headers, trust_env=False).json()["sessions"]
    return {session["comp_id"]: session["next_out"] for session in sessions}


def test_news_goes_to_every_session_or_to_those_that_are_named(exchange: RunningExchange) -> None:
    before = next_out(exchange)
    answer = post(exchange, {"text": "We close early", "urgency": "flash"})
    assert (answer.status_code, answer.json()) == (200, {"sessions": dict.fromkeys(before, "idle")})
    assert next_out(exchange) == {name: number + 1 for name, number in before.items()}

    assert post(exchange, {"text": "Only you", "sessions": ["ALICE"]}).json() == {"sessions": {"ALICE": "idle"}}
    assert next_out(exchange) == {name: number + 1 + (name == "ALICE") for name, number in before.items()}


def test_the_command_says_who_is_away_and_the_audit_who_said_it(exchange: RunningExchange) -> None:
    result = fixpit(exchange, "Hello", "--session", "ALICE", "--urgency", "background")
    assert (result.exit_code, result.stdout) == (0, "sent to 1 sessions; away, and gets it at the next logon: ALICE\n")
    assert json.loads(fixpit(exchange, "Hello", "--json").stdout)["sessions"]["ALICE"] == "idle"
    entries = [json.loads(line) for line in (exchange.data / "audit.log").read_text().splitlines()]
    told = [(entry["session"], entry["asked"]["text"], entry["outcome"]) for entry in entries]
    assert told[-2:] == [("ALICE", "Hello", "done"), ("all", "Hello", "done")]


@pytest.mark.parametrize(
    ("body", "status", "name"),
    [
        ({}, 422, "INVALID_FIELD"),
        ({"text": ""}, 422, "INVALID_FIELD"),
        ({"text": " \n "}, 422, "INVALID_FIELD"),
        ({"text": "a\u0001b"}, 422, "INVALID_FIELD"),
        ({"text": "x" * 1_001}, 422, "INVALID_FIELD"),
        ({"text": "x", "urgency": "loud"}, 422, "INVALID_FIELD"),
        ({"text": "x", "sessions": ["NOBODY"]}, 404, "UNKNOWN_SESSION"),
    ],
)
def test_news_that_cannot_be_sent_is_refused(
    exchange: RunningExchange, body: dict[str, object], status: int, name: str
) -> None:
    before = next_out(exchange)
    answer = post(exchange, body)
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:fixpit:problem:{name}")
    assert next_out(exchange) == before


def test_only_an_operator_may(exchange: RunningExchange) -> None:
    assert post(exchange, {"text": "x"}, token="wrong").status_code == 401
