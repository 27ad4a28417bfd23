"""Users, logins, keys and credentials over HTTP, at a real exchange."""

from __future__ import annotations

import socket
import sqlite3
import threading
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import httpx
import pytest
import simplefix

from tests.gateway.exchange_process import RunningExchange
from tests.gateway.http.users_exchange import client_of, exchange_with_users, login

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningExchange]:
    with exchange_with_users(tmp_path_factory.mktemp("auth")) as exchange:
        yield exchange


@pytest.fixture
def stranger(exchange: RunningExchange) -> Iterator[httpx.Client]:
    with client_of(exchange) as client:
        yield client


def register(client: httpx.Client, username: str, **more: Any) -> dict[str, Any]:
    answer = client.post("/auth/register", json={"username": username, "password": PASSWORD, **more})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def test_who_registers_has_a_portfolio_with_the_opening_cash(exchange: RunningExchange, stranger: httpx.Client) -> None:
    made = register(stranger, "john", email="john@desk.example")
    assert (made["username"], made["role"], made["email"], made["is_enabled"]) == (
        "john",
        "trader",
        "john@desk.example",
        True,
    )
    (portfolio,) = made["portfolios"]
    assert portfolio["account"] == "JOHN-1"
    with client_of(exchange, login(exchange, "john", PASSWORD)) as john:
        assert john.get("/auth/me").json()["portfolios"] == [portfolio]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "username"),
        ({"username": "jo", "password": "short"}, "password"),
        ({"username": "jo", "password": "x" * 129}, "password"),
        ({"username": "jo", "password": 12345678}, "password"),
        ({"username": "J", "password": PASSWORD}, "username"),
        ({"username": "~operator", "password": PASSWORD}, "username"),
        ({"username": "Jo", "password": PASSWORD}, "username"),
        ({"username": ["jo"], "password": PASSWORD}, "username"),
        ({"username": "jo", "password": PASSWORD, "email": "nowhere"}, "email"),
        ({"username": "jo", "password": PASSWORD, "role": "operator"}, "role"),
    ],
)
def test_a_wrong_registration_names_the_field(stranger: httpx.Client, body: dict[str, Any], field: str) -> None:
    answer = stranger.post("/auth/register", json=body)
    assert problem(answer) == (422, "INVALID_FIELD")
    assert answer.json()["errors"][0]["field"] == field
    assert answer.json()["errors"][0]["rule"]
    assert "short" not in answer.text
    assert PASSWORD not in answer.text


@pytest.mark.parametrize(
    ("content", "media_type", "expected"),
    [
        (b"{", "application/json", (400, "MALFORMED_JSON")),
        (b'{"username": NaN}', "application/json", (400, "MALFORMED_JSON")),
        (b"\xff", "application/json", (400, "MALFORMED_JSON")),
        (b"[" * 5_000, "application/json", (400, "MALFORMED_JSON")),
        (b"", "application/json", (422, "INVALID_FIELD")),
        (b"[]", "application/json", (422, "INVALID_FIELD")),
        (b"1e999999999", "application/json", (422, "INVALID_FIELD")),
        (b"a=b", "application/x-www-form-urlencoded", (415, "UNSUPPORTED_MEDIA_TYPE")),
        (b"{}", "text/plain", (415, "UNSUPPORTED_MEDIA_TYPE")),
        (b"{}", "", (415, "UNSUPPORTED_MEDIA_TYPE")),
        (b" " * 70_000, "application/json", (413, "BODY_TOO_LARGE")),
    ],
)
def test_a_body_that_is_no_json_is_told_so(
    stranger: httpx.Client, content: bytes, media_type: str, expected: tuple[int, str]
) -> None:
    headers = {"Content-Type": media_type} if media_type else {}
    assert problem(stranger.post("/auth/login", content=content, headers=headers)) == expected


def test_a_name_and_an_email_are_one_user_s(stranger: httpx.Client) -> None:
    register(stranger, "mary", email="mary@desk.example")
    for body in ({"username": "mary"}, {"username": "mary2", "email": "mary@desk.example"}):
        answer = stranger.post("/auth/register", json={"password": PASSWORD, **body})
        assert problem(answer) == (409, "ALREADY_TAKEN")
    for name in ("alice", "operator"):
        assert problem(stranger.post("/auth/register", json={"username": name, "password": PASSWORD}))[0] == 409


def test_a_token_is_in_the_answer_and_in_a_cookie_and_its_hash_in_the_store(
    exchange: RunningExchange, stranger: httpx.Client
) -> None:
    answer = stranger.post("/auth/login", json={"username": "bob", "password": "bob"})
    token = answer.json()["token"]
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"fixpit_session={token};")
    assert all(word in cookie for word in ("HttpOnly", "SameSite=strict", "Path=/", "Max-Age=43200"))
    assert "Secure" not in cookie
    with sqlite3.connect(exchange.data / "store.sqlite") as store:
        hashes = {row[0] for row in store.execute("SELECT token_hash FROM login_tokens")}
        everything = "\n".join(store.iterdump())
    assert sha256(token.encode()).hexdigest() in hashes
    assert token not in everything


@pytest.mark.parametrize(
    ("username", "password"), [("bob", "wrong"), ("nobody", "bob"), ("bob", "bob\0"), ("BOB", "bob")]
)
def test_a_wrong_name_or_password_is_401(stranger: httpx.Client, username: str, password: str) -> None:
    answer = stranger.post("/auth/login", json={"username": username, "password": password})
    assert problem(answer) == (401, "UNAUTHORIZED")
    assert answer.headers["www-authenticate"] == 'Bearer realm="fixpit"'
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Basic Ym9iOmJvYg=="},
        {"Authorization": "Bearer " + "x" * 5_000},
        {"Authorization": b"Bearer \xff"},
        {"X-API-Key": "nonsense"},
        {"X-API-Key": "fxp_nonsense"},
        {"Cookie": "fixpit_session=nonsense"},
    ],
)
def test_who_shows_nothing_that_is_known_is_nobody(stranger: httpx.Client, headers: dict[str, Any]) -> None:
    assert problem(stranger.get("/auth/me", headers=headers)) == (401, "UNAUTHORIZED")


def test_a_logout_ends_the_login_at_once(exchange: RunningExchange) -> None:
    with client_of(exchange, login(exchange, "bob")) as bob:
        assert bob.get("/auth/me").json()["via"] == "token"
        assert bob.post("/auth/logout").status_code == 204
        assert bob.get("/auth/me").status_code == 401


def test_logins_are_listed_and_ended_one_by_one(exchange: RunningExchange) -> None:
    with client_of(exchange, login(exchange, "bob")) as bob, client_of(exchange, login(exchange, "bob")) as other:
        assert other.get("/auth/me").status_code == 200
        (own,) = [one for one in other.get("/auth/tokens").json()["tokens"] if one["is_this"]]
        assert own["address"] == "127.0.0.1"
        assert bob.delete(f"/auth/tokens/{own['id']}").status_code == 204
        assert other.get("/auth/me").status_code == 401
        assert problem(bob.delete(f"/auth/tokens/{own['id']}")) == (404, "UNKNOWN_TOKEN")
        assert problem(bob.delete("/auth/tokens/none")) == (422, "INVALID_FIELD")
    with client_of(exchange, login(exchange, "broker")) as stranger:
        mine = stranger.get("/auth/tokens").json()["tokens"]
        with client_of(exchange, login(exchange, "bob")) as bob:
            assert problem(bob.delete(f"/auth/tokens/{mine[0]['id']}")) == (404, "UNKNOWN_TOKEN")


def test_a_new_password_ends_all_other_logins(exchange: RunningExchange, stranger: httpx.Client) -> None:
    register(stranger, "paul")
    with (
        client_of(exchange, login(exchange, "paul", PASSWORD)) as paul,
        client_of(exchange, login(exchange, "paul", PASSWORD)) as other,
    ):
        assert other.get("/auth/me").status_code == 200
        change = {"present_password": "wrong guess", "new_password": "staple correct"}
        assert problem(paul.post("/auth/password", json=change)) == (401, "UNAUTHORIZED")
        change["present_password"] = PASSWORD
        assert problem(paul.post("/auth/password", json={**change, "new_password": "short"})) == (422, "INVALID_FIELD")
        assert paul.post("/auth/password", json=change).status_code == 204
        assert paul.get("/auth/me").status_code == 200
        assert other.get("/auth/me").status_code == 401
    login(exchange, "paul", "staple correct")


def test_an_api_key_is_shown_once_and_works_until_it_is_revoked(exchange: RunningExchange) -> None:
    with client_of(exchange, login(exchange, "bob")) as bob:
        made = bob.post("/auth/keys", json={"name": "bot", "expires_in_days": 90}).json()
        key = made["key"]
        assert key.startswith("fxp_")
        shown = bob.get("/auth/keys").json()["keys"]
        assert shown[0] == {name: value for name, value in made.items() if name != "key"}
        for headers in ({"X-API-Key": key}, {"Authorization": f"Bearer {key}"}):
            with client_of(exchange, **headers) as bot:
                assert bot.get("/auth/me").json()["via"] == "key"
                assert problem(bot.post("/auth/keys", json={"name": "more"})) == (403, "LOGIN_NEEDED")
                assert problem(bot.post("/auth/logout")) == (403, "LOGIN_NEEDED")
        with client_of(exchange, login(exchange, "broker")) as other:
            assert problem(other.delete(f"/auth/keys/{made['id']}")) == (404, "UNKNOWN_KEY")
        assert bob.delete(f"/auth/keys/{made['id']}").json()["revoked_at"]
        with client_of(exchange, **{"X-API-Key": key}) as bot:
            assert bot.get("/auth/me").status_code == 401
        assert problem(bob.delete(f"/auth/keys/{made['id']}")) == (404, "UNKNOWN_KEY")
        for days in (0, -1, 1.5, "90", 3_651, True):
            answer = bob.post("/auth/keys", json={"name": "bot", "expires_in_days": days})
            assert problem(answer) == (422, "INVALID_FIELD")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
        ({"Origin": "http://["}, 403),
        ({"Origin": "{own}/path"}, 403),
        ({"Origin": "https://evil.example", "X-Requested-With": "x", "Sec-Fetch-Site": "same-origin"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 201),
        ({"Origin": "{own}"}, 201),
        ({"X-Requested-With": "my program"}, 201),
    ],
)
def test_a_cookie_counts_for_a_change_only_from_this_site(
    exchange: RunningExchange, headers: dict[str, str], status: int
) -> None:
    cookie = {"Cookie": f"fixpit_session={login(exchange, 'bob')}"}
    headers = {name: value.format(own=exchange.url) for name, value in headers.items()}
    with client_of(exchange, **cookie) as browser:
        assert browser.get("/auth/me", headers=headers).status_code == 200
        answer = browser.post("/auth/keys", json={"name": "bot"}, headers=headers)
        assert answer.status_code == status
        if status == 201:
            browser.delete(f"/auth/keys/{answer.json()['id']}", headers=headers)
        else:
            assert problem(answer) == (403, "CROSS_SITE_REQUEST")


def test_no_other_site_may_read_answers(stranger: httpx.Client) -> None:
    answer = stranger.get("/livez", headers={"Origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    assert stranger.options("/auth/login", headers=asked).status_code == 405


def test_an_operator_makes_and_changes_users_and_it_is_audited(exchange: RunningExchange) -> None:
    with client_of(exchange, login(exchange, "operator")) as operator:
        jane = operator.post("/admin/users", json={"username": "jane", "password": PASSWORD, "firm": "DESK"}).json()
        assert (jane["role"], jane["firm"]) == ("trader", "DESK")
        assert operator.get(f"/admin/users/{jane['id']}").json() == jane
        with client_of(exchange, login(exchange, "jane", PASSWORD)) as client:
            assert problem(client.get("/admin/users")) == (403, "FORBIDDEN")
            changed = operator.patch(f"/admin/users/{jane['id']}", json={"role": "auditor"}).json()
            assert changed == {**jane, "role": "auditor"}
            assert client.get("/admin/users").status_code == 200
            assert operator.patch(f"/admin/users/{jane['id']}", json={"is_enabled": False}).status_code == 200
            assert client.get("/admin/users").status_code == 401
            refused = client.post("/auth/login", json={"username": "jane", "password": PASSWORD})
            assert problem(refused) == (401, "UNAUTHORIZED")
            back = {"is_enabled": True, "password": "another password"}
            assert operator.patch(f"/admin/users/{jane['id']}", json=back).status_code == 200
            login(exchange, "jane", "another password")
        taken = operator.patch(f"/admin/users/{jane['id']}", json={"email": "alice@desk.example"})
        assert problem(taken) == (409, "ALREADY_TAKEN")
        assert problem(operator.patch("/admin/users/99999", json={})) == (404, "UNKNOWN_USER")
        assert problem(operator.patch(f"/admin/users/{jane['id']}", json={"role": "king"})) == (422, "INVALID_FIELD")
    audit = (exchange.data / "audit.log").read_text()
    assert '"action":"make user"' in audit
    assert "user operator" in audit or "operator operator at 127.0.0.1" in audit
    assert "another password" not in audit


def test_users_come_in_pages(exchange: RunningExchange) -> None:
    with client_of(exchange, login(exchange, "auditor")) as auditor:
        first = auditor.get("/admin/users", params={"limit": 2}).json()
        second = auditor.get("/admin/users", params={"limit": 2, "after": first["next"]}).json()
    names = [one["username"] for one in first["users"] + second["users"]]
    assert names == ["alice", "bob", "broker", "operator"]


def test_the_token_of_the_data_folder_is_an_operator_s_and_no_user_s(exchange: RunningExchange) -> None:
    with client_of(exchange, (exchange.data / "operator.token").read_text()) as operator:
        me = operator.get("/auth/me").json()
        assert (me["id"], me["role"], me["portfolios"]) == (0, "operator", [])
        assert operator.get("/admin/sessions").status_code == 200
        assert problem(operator.post("/auth/keys", json={"name": "bot"})) == (403, "LOGIN_NEEDED")


def test_a_password_made_for_a_user_of_the_settings_is_in_no_file(exchange: RunningExchange) -> None:
    assert "first_passwords" not in (exchange.data / "run.json").read_text()


def test_two_who_register_one_name_at_once_are_one(exchange: RunningExchange) -> None:
    answers: list[int] = []

    def one() -> None:
        with client_of(exchange) as client:
            answers.append(client.post("/auth/register", json={"username": "twin", "password": PASSWORD}).status_code)

    threads = [threading.Thread(target=one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201, 409, 409, 409, 409, 409]


def test_a_user_makes_fix_credentials_and_trades_the_portfolio_at_once(
    exchange: RunningExchange, stranger: httpx.Client
) -> None:
    register(stranger, "fixer")
    with client_of(exchange, login(exchange, "fixer", PASSWORD)) as fixer:
        assert fixer.get("/fix-sessions").json() == {"fix_sessions": []}
        made = fixer.post("/fix-sessions")
        assert made.status_code == 201, made.text
        assert (made.json()["comp_id"], made.json()["accounts"]) == ("fixer", ["FIXER-1"])
        assert fixer.get("/fix-sessions").json()["fix_sessions"] == [made.json()]
        assert _logon(exchange, made.json(), PASSWORD)
        assert not _logon(exchange, made.json(), "wrong password")
        assert problem(fixer.delete("/fix-sessions/ALICE")) == (404, "UNKNOWN_SESSION")
        assert fixer.delete("/fix-sessions/fixer").status_code == 204
        assert not _logon(exchange, made.json(), PASSWORD)


def _logon(exchange: RunningExchange, session: dict[str, Any], password: str) -> bool:
    message = simplefix.FixMessage()
    for tag, value in (
        (8, session["version"]),
        (35, "A"),
        (49, session["comp_id"]),
        (56, session["target_comp_id"]),
        (34, 1),
        (98, 0),
        (108, 30),
        (141, "Y"),
        (553, session["comp_id"]),
        (554, password),
    ):
        message.append_pair(tag, value)
    message.append_utc_timestamp(52, header=True)
    with socket.create_connection(exchange.fix) as line:
        line.settimeout(5)
        line.sendall(message.encode())
        return b"\x0135=A\x01" in line.recv(4096)
