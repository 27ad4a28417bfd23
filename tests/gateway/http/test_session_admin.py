"""What an operator sees of FIX sessions and does to them, over HTTP and on the command line, and what is audited."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import simplefix
from click.testing import CliRunner, Result
from prometheus_client.parser import text_string_to_metric_families

from gateway.cli import main
from tests.gateway.exchange_process import RunningExchange, running_exchange
from tests.gateway.fix_orders import enter_orders

ALICE = "/admin/sessions/ALICE"


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningExchange]:
    with running_exchange(tmp_path_factory.mktemp("admin")) as exchange:
        enter_orders(exchange.fix, ("sell", "ACME", 300, "10.05"), ("buy", "ACME", 100, "10.05"))
        yield exchange


@pytest.fixture
def http(exchange: RunningExchange) -> Iterator[httpx.Client]:
    token = (exchange.data / "operator.token").read_text()
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=exchange.url, headers=headers, trust_env=False) as client:
        yield client


def fixpit(exchange: RunningExchange, *arguments: object) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments), "--data", str(exchange.data)])


def audit(exchange: RunningExchange) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (exchange.data / "audit.log").read_text().splitlines()]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ALICE),
        ("GET", f"{ALICE}/disconnects"),
        ("GET", "/admin/frames"),
        ("POST", f"{ALICE}/disable"),
        ("POST", f"{ALICE}/nonsense"),
    ],
)
def test_everything_needs_the_operator_s_token(exchange: RunningExchange, method: str, path: str) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        answer = httpx.request(method, exchange.url + path, headers=headers, trust_env=False)
        assert answer.status_code == 401


def test_a_session_shows_its_numbers_and_why_it_ended(http: httpx.Client) -> None:
    session = http.get(ALICE).json()

    assert (session["state"], session["next_in"], session["is_enabled"]) == ("idle", session["next_in"], True)
    assert session["received"] > 2
    assert session["sent"] > 2
    assert session["disconnects"][0]["reason"].startswith("the client ")
    assert session["disconnects"][0]["peer"] == "127.0.0.1"
    assert session["last_disconnect"] == session["disconnects"][0]["reason"]
    assert http.get(f"{ALICE}/disconnects").json()["disconnects"] == session["disconnects"]


def test_a_refused_logon_is_in_the_session_s_history_and_in_the_metrics(
    http: httpx.Client, exchange: RunningExchange
) -> None:
    before = _metric(http, "fixpit_fix_logons_refused_total")
    with socket.create_connection(exchange.fix) as line:
        line.sendall(_logon("guess"))
        assert b"58=logon refused" in line.recv(4096)

    refused = http.get(ALICE).json()["refused_logons"][0]
    assert refused["reason"] == "wrong Username(553) or Password(554) for ALICE"
    assert _metric(http, "fixpit_fix_logons_refused_total") == before + 1


def test_messages_are_counted_both_ways(http: httpx.Client) -> None:
    families = {family.name: family for family in text_string_to_metric_families(http.get("/metrics").text)}
    counts = {sample.labels["direction"]: sample.value for sample in families["fixpit_fix_messages"].samples}

    assert counts["in"] >= 4
    assert counts["out"] >= 5
    assert families["fixpit_fix_garbled"].samples[0].value == 0


@pytest.mark.parametrize(
    ("path", "body", "status", "name"),
    [
        ("NOBODY/logout", "{}", 404, "UNKNOWN_SESSION"),
        ("ALICE/explode", "{}", 404, "UNKNOWN_ACTION"),
        ("ALICE/logout", '{"reason": 5}', 422, "INVALID_FIELD"),
        ("ALICE/logout", '{"why": "x"}', 422, "INVALID_FIELD"),
        ("ALICE/logout", '{"reason": "a\\u0001b"}', 422, "INVALID_FIELD"),
        ("ALICE/logout", '{"reason": "' + "x" * 201 + '"}', 422, "INVALID_FIELD"),
        ("ALICE/logout", "[]", 422, "INVALID_FIELD"),
        ("ALICE/logout", "{", 400, "MALFORMED_JSON"),
        ("ALICE/logout", "\xff", 400, "MALFORMED_JSON"),
        ("ALICE/logout", " " * 5_000, 413, "BODY_TOO_LARGE"),
        ("ALICE/set-numbers", '{"next_in": 0}', 422, "INVALID_FIELD"),
        ("ALICE/set-numbers", '{"next_out": 1000000000}', 422, "INVALID_FIELD"),
        ("ALICE/resend", "{}", 422, "INVALID_FIELD"),
        ("ALICE/logout", "{}", 409, "SESSION_NOT_ACTIVE"),
        ("ALICE/test-request", "", 409, "SESSION_NOT_ACTIVE"),
        ("ALICE/resend", '{"begin": 1}', 409, "SESSION_NOT_ACTIVE"),
        ("ALICE/set-numbers", '{"next_out": 1}', 409, "NUMBERS_USED"),
    ],
)
def test_what_is_wrong_is_a_problem_with_a_name(
    http: httpx.Client, path: str, body: str, status: int, name: str
) -> None:
    before = http.get(ALICE).json()

    answer = http.post(f"/admin/sessions/{path}", content=body.encode("latin-1"))

    assert answer.status_code == status
    assert answer.json()["type"] == f"urn:fixpit:problem:{name}"
    assert answer.json()["detail"].endswith(".")
    after = http.get(ALICE).json()
    assert (after["next_in"], after["next_out"]) == (before["next_in"], before["next_out"])


def test_an_action_is_audited_with_who_what_before_and_after(http: httpx.Client, exchange: RunningExchange) -> None:
    before = http.get(ALICE).json()

    after = http.post(f"{ALICE}/set-numbers", json={"next_out": 500}).json()

    assert after["next_out"] == 500
    entry = audit(exchange)[-1]
    assert entry["who"] == "operator at 127.0.0.1"
    assert (entry["action"], entry["session"], entry["outcome"]) == ("set-numbers", "ALICE", "done")
    assert entry["asked"] == {"next_in": None, "next_out": 500, "force": False}
    assert entry["before"]["next_out"] == before["next_out"]
    assert entry["after"]["next_out"] == 500
    assert (exchange.data / "audit.log").stat().st_mode & 0o777 == 0o600


def test_a_refused_action_is_audited_too(http: httpx.Client, exchange: RunningExchange) -> None:
    http.post(f"{ALICE}/logout", json={"reason": "x"})

    assert audit(exchange)[-1]["outcome"].startswith("refused: ALICE is idle")


def test_the_command_line_does_the_same(exchange: RunningExchange) -> None:
    assert fixpit(exchange, "sessions", "disable", "CLI", "--reason", "off").stdout.endswith(", disabled\n")
    assert fixpit(exchange, "order", "buy", "ACME", 1, "@", "9").exit_code == 3
    shown = fixpit(exchange, "sessions", "show", "CLI").stdout
    assert "session CLI is disabled; the operator can enable it" in shown
    assert "disabled" not in fixpit(exchange, "sessions", "enable", "CLI").stdout
    assert fixpit(exchange, "order", "buy", "ACME", 1, "@", "9").exit_code == 0

    low = fixpit(exchange, "sessions", "set-numbers", "CLI", "--next-in", 1)
    assert (low.exit_code, low.stdout) == (1, "")
    assert "give force to do it all the same" in low.stderr
    assert fixpit(exchange, "sessions", "set-numbers", "CLI", "--next-in", 1, "--force").exit_code == 0
    assert fixpit(exchange, "sessions", "set-numbers", "CLI").exit_code == 2
    assert fixpit(exchange, "sessions", "reset", "CLI").stdout == "CLI: idle, next in 1, next out 1\n"
    for action in (["logout", "CLI"], ["test-request", "CLI"], ["resend", "CLI", "--begin", 1]):
        refused = fixpit(exchange, "sessions", *action)
        assert refused.exit_code == 1
        assert refused.stderr.startswith("CLI is idle; only a session that is logged on")


def test_sessions_show_is_for_people_and_programs(exchange: RunningExchange) -> None:
    shown = fixpit(exchange, "sessions", "show", "ALICE").stdout
    answer = json.loads(fixpit(exchange, "sessions", "show", "ALICE", "--json").stdout)

    assert "latest disconnects" in shown
    assert answer["comp_id"] == "ALICE"
    assert fixpit(exchange, "sessions", "show", "NOBODY").exit_code == 1


def test_frames_are_shown_by_session_order_and_time(http: httpx.Client) -> None:
    every = http.get("/admin/frames").json()["frames"]
    alice = http.get("/admin/frames", params={"session": "ALICE"}).json()["frames"]
    order = next(frame for frame in alice if "|35=D|" in frame["text"])
    cl_ord_id = {tag: value for tag, _, value, _ in order["fields"]}["11"]
    chain = http.get("/admin/frames", params={"session": "ALICE", "cl_ord_id": cl_ord_id}).json()["frames"]

    assert {frame["direction"] for frame in every} == {"in", "out", "note"}
    assert {frame["session"] for frame in alice} == {"ALICE"}
    assert all("554=alice" not in frame["text"] for frame in every)
    assert ["54", "Side", "2", "Sell"] in order["fields"]
    assert [frame["direction"] for frame in chain][:2] == ["in", "out"]
    assert http.get("/admin/frames", params={"after": every[-1]["cursor"]}).json()["frames"] == []
    assert http.get("/admin/frames", params={"after": "yesterday"}).status_code == 400


def _metric(http: httpx.Client, name: str) -> float:
    for family in text_string_to_metric_families(http.get("/metrics").text):
        for sample in family.samples:
            if sample.name == name:
                return sample.value
    raise AssertionError(name)


def _logon(password: str) -> bytes:
    message = simplefix.FixMessage()
    for tag, value in ((8, "FIX.4.4"), (35, "A"), (49, "ALICE"), (56, "FIXPIT"), (34, 1)):
        message.append_pair(tag, value, header=True)
    message.append_utc_timestamp(52, header=True)
    for tag, value in ((98, 0), (108, 30), (553, "alice"), (554, password)):
        message.append_pair(tag, value)
    return bytes(message.encode())
