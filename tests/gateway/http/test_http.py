"""HTTP as clients meet it: real requests to a real exchange."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.gateway.exchange_process import RunningExchange, running_exchange
from tests.gateway.fix_orders import enter_orders


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningExchange]:
    with running_exchange(tmp_path_factory.mktemp("http")) as exchange:
        yield exchange


@pytest.fixture(scope="module")
def http(exchange: RunningExchange) -> Iterator[httpx.Client]:
    """A client of an exchange where ACME has traded 100 @ 10.05 and has orders on both sides."""
    enter_orders(
        exchange.fix,
        ("sell", "ACME", 300, "10.05"),
        ("buy", "ACME", 100, "10.05"),
        ("sell", "ACME", 50, "10.05"),
        ("sell", "ACME", 70, "10.10"),
        ("buy", "ACME", 10, "9.99"),
        ("buy", "ACME", 20, "9.9"),
        ("buy", "BRK/A", 10, "999.5"),
        ("buy", "ACME", 10, "9.999"),
    )
    with httpx.Client(base_url=exchange.url, trust_env=False) as client:
        yield client


def test_it_lives(http: httpx.Client) -> None:
    answer = http.get("/livez")

    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


def test_it_is_ready_and_says_so_of_every_part(http: httpx.Client) -> None:
    answer = http.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["status"] == "ready"
    assert {"fix", "store"} <= answer.json()["parts"].keys()
    assert all(part["up"] for part in answer.json()["parts"].values())


def test_a_book_shows_levels_best_first_with_prices_as_text(http: httpx.Client) -> None:
    book = http.get("/market-data/books/ACME").json()

    assert book["bids"] == [["9.99", 10, 1], ["9.9", 20, 1]]
    assert book["asks"] == [["10.05", 250, 2], ["10.1", 70, 1]]
    assert book["last"] == {"price": "10.05", "quantity": 100}
    assert (book["symbol"], book["trades"], book["volume"]) == ("ACME", 1, 100)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", book["at"])


def test_a_book_without_a_trade_has_no_last(http: httpx.Client) -> None:
    book = http.get("/market-data/books/BRK%2FA").json()

    assert (book["last"], book["bids"], book["asks"]) == (None, [["999.5", 10, 1]], [])


@pytest.mark.parametrize(("levels", "bids"), [("1", 1), ("2", 2), ("1000", 2)])
def test_levels_bounds_each_side(http: httpx.Client, levels: str, bids: int) -> None:
    assert len(http.get(f"/market-data/books/ACME?levels={levels}").json()["bids"]) == bids


@pytest.mark.parametrize("levels", ["0", "-1", "1001", "many", "", "1e2", "٣", "9" * 400])
def test_levels_that_are_no_number_in_bounds_are_refused(http: httpx.Client, levels: str) -> None:
    answer = http.get("/market-data/books/ACME", params={"levels": levels})

    assert (answer.status_code, answer.json()["type"]) == (400, "urn:fixpit:problem:INVALID_LEVELS")
    assert answer.json()["detail"] == f"levels={levels[:20]} is not a whole number from 1 to 1000."


def test_all_books_are_shown_in_the_order_of_the_settings(http: httpx.Client) -> None:
    books = http.get("/market-data/books?levels=1").json()["books"]

    assert [(book["symbol"], book["bids"]) for book in books] == [
        ("ACME", [["9.99", 10, 1]]),
        ("BRK/A", [["999.5", 10, 1]]),
    ]


def test_instruments_are_shown_with_their_rules(http: httpx.Client) -> None:
    assert http.get("/market-data/instruments").json()["instruments"][1] == {
        "symbol": "BRK/A",
        "currency": "USD",
        "price_digits": 1,
        "tick": "0.5",
        "lot": 10,
        "reference_price": "1000",
        "lowest_price": "10",
        "highest_price": "100000",
        "max_quantity": 1_000_000,
        "market": "",
        "ticks": [],
        "takes_odd_lots": False,
        "max_notional": None,
    }


@pytest.mark.parametrize(
    ("method", "path", "status", "name", "detail"),
    [
        ("GET", "/market-data/books/NOPE", 404, "UNKNOWN_INSTRUMENT", "NOPE is not listed here"),
        ("GET", "/market-data/books/acme", 404, "UNKNOWN_INSTRUMENT", "acme is not listed here"),
        ("GET", "/nowhere", 404, "UNKNOWN_PATH", "Nothing is at /nowhere"),
        ("GET", "/page/../pyproject.toml", 404, "UNKNOWN_PATH", "Nothing is at"),
        ("GET", "/__init__.py", 404, "UNKNOWN_PATH", "Nothing is at"),
        ("POST", "/livez", 405, "METHOD_NOT_ALLOWED", "/livez does not take POST; it takes "),
        ("DELETE", "/market-data/books/ACME", 405, "METHOD_NOT_ALLOWED", "does not take DELETE"),
        ("GET", "/admin/sessions", 401, "UNAUTHORIZED", "operator.token in the data folder"),
    ],
)
def test_a_refusal_is_a_problem_body(
    http: httpx.Client, method: str, path: str, status: int, name: str, detail: str
) -> None:
    answer = http.request(method, path)
    problem = answer.json()

    assert (answer.status_code, problem["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["type"].endswith(f":{name}")
    assert problem["title"] and detail in problem["detail"]


@pytest.mark.parametrize("path", ["/", "/livez", "/metrics", "/nowhere", "/market-data/books", "/admin/sessions"])
def test_every_answer_forbids_caching_framing_and_guessing(http: httpx.Client, path: str) -> None:
    headers = http.get(path).headers

    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].startswith("default-src 'self';")
    assert "server" not in headers


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer wrong", "Basic {token}", "{token}", "Bearer {token}x"])
def test_sessions_need_the_operators_token(http: httpx.Client, exchange: RunningExchange, authorization: str) -> None:
    token = (exchange.data / "operator.token").read_text()
    answer = http.get("/admin/sessions", headers={"Authorization": authorization.format(token=token)})

    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="fixpit"')


def test_the_operator_sees_every_session(http: httpx.Client, exchange: RunningExchange) -> None:
    token = (exchange.data / "operator.token").read_text()
    answer = http.get("/admin/sessions", headers={"Authorization": f"bearer {token}"})
    alice, cli = answer.json()["sessions"]

    assert answer.status_code == 200
    assert (alice["comp_id"], alice["state"], alice["open_orders"], alice["next_in"]) == ("ALICE", "idle", 6, 11)
    assert alice["last_disconnect"]
    assert (cli["comp_id"], cli["last_received"], cli["next_out"]) == ("CLI", None, 1)


def test_only_its_owner_can_read_the_operators_token(exchange: RunningExchange) -> None:
    assert (exchange.data / "operator.token").stat().st_mode & 0o777 == 0o600


def test_metrics_follow_the_rules_of_prometheus(http: httpx.Client) -> None:
    answer = http.get("/metrics")
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }

    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert samples["fixpit_orders_total", "accepted"] == 7
    assert samples["fixpit_orders_total", "rejected"] == 1
    assert samples["fixpit_trades_total",] == 1
    assert samples["fixpit_fix_sessions", "idle"] == 2
    assert samples["fixpit_open_orders",] == 6
    assert samples["fixpit_journal_bytes_total",] > 300
    assert samples["fixpit_events_total",] == samples["fixpit_last_event",]
    assert samples["fixpit_part_up", "fix"] == 1
    assert ("fixpit_store_lag_events",) in samples
    assert not {"ALICE", "ACME"} & {label for _, *labels in samples for label in labels}


def test_metrics_come_in_openmetrics_where_it_is_asked_for(http: httpx.Client) -> None:
    answer = http.get("/metrics", headers={"Accept": "application/openmetrics-text"})

    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/page.css", "text/css; charset=utf-8"),
        ("/page.js", "text/javascript; charset=utf-8"),
        ("/sessions", "text/html; charset=utf-8"),
        ("/sessions.js", "text/javascript; charset=utf-8"),
        ("/icon.svg", "image/svg+xml"),
    ],
)
def test_the_page_is_whole_without_any_other_place(http: httpx.Client, path: str, media_type: str) -> None:
    answer = http.get(path)
    elsewhere = re.findall(r"https?://[\w.]+", answer.text)

    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    assert set(elsewhere) <= {"http://www.w3.org"}
    for target in re.findall(r'(?:href|src)="([^"#]+)"', answer.text):
        assert http.get(f"/{target}").status_code == 200, target


def test_the_page_says_that_it_is_simulated(http: httpx.Client) -> None:
    assert ">SIMULATED<" in http.get("/").text


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01",
        b"8=FIX.4.4\x019=5\x01" * 20 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 9000,
    ],
    ids=["tls", "fix", "endless headers"],
)
def test_what_is_no_request_ends_the_connection_and_nothing_else(
    http: httpx.Client, exchange: RunningExchange, garbage: bytes
) -> None:
    with socket.create_connection(exchange.http, timeout=5) as line:
        try:
            line.sendall(garbage)
            answer = line.recv(4096)
        except ConnectionError:
            answer = b""

    assert answer == b"" or answer.startswith(b"HTTP/1.1 400 ")
    assert http.get("/livez").status_code == 200
