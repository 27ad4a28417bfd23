"""What the settings make of HTTP: sites that may use it, a proxy with TLS in front, connections, no store, no users."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from tests.gateway.exchange_process import SETTINGS, RunningExchange, running_exchange
from tests.gateway.http.users_exchange import USERS_SETTINGS, client_of, exchange_with_users, login

DESK = "https://desk.example"
CONNECTIONS = 20


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningExchange]:
    settings = USERS_SETTINGS.replace(
        "http:\n", f'http:\n  cors_origins: ["{DESK}"]\n  is_behind_tls: true\n  connections_max: {CONNECTIONS}\n'
    ).replace("registration: true", "registration: false")
    settings = settings.replace("username: auditor, password: auditor,", "username: auditor,")
    with exchange_with_users(tmp_path_factory.mktemp("settings"), settings) as exchange:
        yield exchange


def test_an_allowed_site_may_read_and_change(exchange: RunningExchange) -> None:
    cookie = f"__Host-fixpit_session={login(exchange, 'bob')}"
    asked = {"Origin": DESK, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    with client_of(exchange) as client:
        preflight = client.options("/auth/keys", headers=asked)
        assert preflight.status_code == 200
        assert preflight.headers["access-control-allow-origin"] == DESK
        assert preflight.headers["access-control-allow-credentials"] == "true"
        assert client.options("/auth/keys", headers={**asked, "Origin": "https://evil.example"}).status_code == 400
        made = client.post("/auth/keys", json={"name": "bot"}, headers={"Origin": DESK, "Cookie": cookie})
        assert made.status_code == 201
        assert made.headers["access-control-allow-origin"] == DESK
        evil = client.get("/livez", headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in evil.headers


def test_behind_tls_the_cookie_is_for_tls_and_this_host_alone(exchange: RunningExchange) -> None:
    with client_of(exchange) as client:
        answer = client.post("/auth/login", json={"username": "bob", "password": "bob"})
    assert answer.headers["set-cookie"].startswith("__Host-fixpit_session=")
    assert "; Secure" in answer.headers["set-cookie"]


def test_behind_a_proxy_the_address_is_the_client_s(exchange: RunningExchange) -> None:
    with client_of(exchange) as client:
        asked = {"username": "bob", "password": "bob"}
        token = client.post("/auth/login", json=asked, headers={"X-Forwarded-For": "198.51.100.7"}).json()["token"]
        (own,) = [
            one
            for one in client.get("/auth/tokens", headers={"Authorization": f"Bearer {token}"}).json()["tokens"]
            if one["is_this"]
        ]
    assert own["address"] == "198.51.100.7"


def test_registration_that_is_closed_says_so(exchange: RunningExchange) -> None:
    with client_of(exchange) as client:
        answer = client.post("/auth/register", json={"username": "john", "password": "long enough"})
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:fixpit:problem:REGISTRATION_CLOSED"
    assert "platform.registration" in answer.json()["detail"]


def test_a_password_that_was_made_is_printed_once_and_lets_in(exchange: RunningExchange) -> None:
    found = re.search(r"auditor/(\S{16}),", exchange.stdout)
    assert found, exchange.stdout
    login(exchange, "auditor", found.group(1))
    for file in exchange.data.rglob("*"):
        if file.is_file():
            assert found.group(1).encode() not in file.read_bytes(), file
    assert found.group(1) not in exchange.stderr


def test_connections_beyond_the_most_are_answered_503(exchange: RunningExchange) -> None:
    with ExitStack() as stack:
        lines = [stack.enter_context(socket.create_connection(exchange.http)) for _ in range(CONNECTIONS + 5)]
        answers = []
        for line in lines:
            line.settimeout(5)
            line.sendall(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
            answers.append(line.recv(4096).split(b"\r\n")[0])
    assert answers.count(b"HTTP/1.1 200 OK") >= 1
    assert b"HTTP/1.1 503 Service Unavailable" in answers


def test_without_a_store_there_are_no_users_and_the_operator_s_token_works(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    settings = SETTINGS + "store: { enabled: false }\n"
    with (
        running_exchange(tmp_path_factory.mktemp("none"), settings=settings) as exchange,
        client_of(exchange) as client,
    ):
        for path in ("/auth/me", "/portfolios", "/admin/users", "/fix-sessions"):
            answer = client.get(path)
            assert (answer.status_code, answer.json()["type"]) == (404, "urn:fixpit:problem:UNKNOWN_PATH")
        paths = client.get("/openapi.json").json()["paths"]
        assert "/auth/login" not in paths
        assert "/admin/sessions" in paths
        operator = {"Authorization": f"Bearer {(exchange.data / 'operator.token').read_text()}"}
        assert client.get("/admin/sessions", headers=operator).status_code == 200
        assert client.get("/admin/sessions", headers={"Authorization": "Bearer wrong"}).status_code == 401


def test_users_their_portfolios_and_logins_outlive_a_restart(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("restart")
    with exchange_with_users(folder) as exchange, client_of(exchange) as client:
        made = client.post("/auth/register", json={"username": "john", "password": "long enough"}).json()
        token = login(exchange, "john", "long enough")
        exchange.stop()
    (folder / "ready.json").unlink(missing_ok=True)
    with exchange_with_users(folder) as exchange, client_of(exchange, token) as john:
        me = john.get("/auth/me")
        assert me.status_code == 200, me.text
        assert me.json()["portfolios"] == made["portfolios"]
        assert httpx.get(f"{exchange.url}/auth/me", trust_env=False).status_code == 401
