"""The venue's clock over HTTP and on the command line: what it shows, where it is driven, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from tests.gateway.exchange_process import SETTINGS, RunningExchange, running_exchange

DAY = """\
clock: { mode: virtual, start: 2026-03-02T09:00:00-05:00 }
markets:
  - name: US
    time_zone: America/New_York
    calendar: XNYS
    phases:
      - { at: 09:28, phase: opening auction }
      - { at: 09:30, phase: continuous }
      - { at: 16:00, phase: post-close }
      - { at: 17:00, phase: closed }
"""
TRADING_DAY = SETTINGS.replace('"10.00" }', '"10.00", market: US }') + DAY


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningExchange]:
    with running_exchange(tmp_path_factory.mktemp("clock"), settings=TRADING_DAY) as exchange:
        yield exchange


@pytest.fixture
def http(exchange: RunningExchange) -> Iterator[httpx.Client]:
    with operator_of(exchange) as client:
        yield client


def operator_of(exchange: RunningExchange) -> httpx.Client:
    headers = {"Authorization": f"Bearer {(exchange.data / 'operator.token').read_text()}"}
    return httpx.Client(base_url=exchange.url, headers=headers, trust_env=False)


def fixpit(exchange: RunningExchange, *arguments: object) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments), "--data", str(exchange.data)])


def phases(http: httpx.Client) -> dict[str, str]:
    return {one["symbol"]: one["phase"] for one in http.get("/admin/phases").json()["instruments"]}


def now(http: httpx.Client) -> str:
    return str(http.get("/admin/clock").json()["now"])[:19]


def test_the_clock_stands_where_it_was_told_to_begin(http: httpx.Client) -> None:
    state = http.get("/admin/clock").json()

    assert state == {
        "mode": "driven",
        "speed": "0",
        "now": "2026-03-02T14:00:00.000000000Z",
        "next_due": "2026-03-02T14:28:00.000000000Z",
        "is_moving": False,
        "target": None,
        "problem": "",
    }
    assert phases(http) == {"ACME": "closed", "BRK/A": "continuous"}


def test_a_day_is_gone_through_by_spans_times_and_phases(http: httpx.Client) -> None:
    assert http.post("/admin/clock", json={"by": "28m"}).json()["now"] == "2026-03-02T14:28:00.000000000Z"
    assert phases(http)["ACME"] == "opening auction"
    http.post("/admin/clock", json={"jump": "open"})
    assert (now(http), phases(http)["ACME"]) == ("2026-03-02T14:30:00", "continuous")
    http.post("/admin/clock", json={"to": "15:59:30"})
    assert (now(http), phases(http)["ACME"]) == ("2026-03-02T20:59:30", "continuous")
    http.post("/admin/clock", json={"jump": "close", "market": "US"})
    assert (now(http), phases(http)["ACME"]) == ("2026-03-02T21:00:00", "post-close")
    http.post("/admin/clock", json={"jump": "closed"})
    assert (now(http), phases(http)["ACME"]) == ("2026-03-02T22:00:00", "closed")
    http.post("/admin/clock", json={"jump": "opening auction"})
    assert (now(http), phases(http)["ACME"]) == ("2026-03-03T14:28:00", "opening auction")
    http.post("/admin/clock", json={"to": "2026-03-06T12:00:00-05:00"})
    assert phases(http) == {"ACME": "continuous", "BRK/A": "continuous"}


def test_a_jump_may_be_of_one_instrument_and_bounded(http: httpx.Client) -> None:
    http.post("/admin/clock", json={"jump": "closed"})
    begin = now(http)

    http.post("/admin/clock", json={"jump": "open", "symbol": "ACME", "within": "1h"})
    assert now(http)[11:] == f"{int(begin[11:13]) + 1:02}{begin[13:]}"
    http.post("/admin/clock", json={"jump": "open", "symbol": "ACME"})
    assert phases(http)["ACME"] == "continuous"


def test_a_step_goes_to_the_next_thing_that_happens(http: httpx.Client) -> None:
    http.post("/admin/clock", json={"jump": "closed"})
    due = http.get("/admin/clock").json()["next_due"]

    assert http.post("/admin/clock", json={"by": "7d", "step": True}).json()["now"] == due


@pytest.mark.parametrize(
    ("body", "status", "name", "words"),
    [
        ({}, 422, "INVALID_TIME", "one of by, to, jump and speed moves the clock, and not none"),
        ({"by": "1h", "jump": "open"}, 422, "INVALID_TIME", "and not by and jump"),
        ({"by": "soon"}, 422, "INVALID_TIME", '"soon" is not a span of time'),
        ({"to": "noon"}, 422, "INVALID_TIME", '"noon" is not a time of day'),
        ({"jump": "lunch"}, 422, "INVALID_TIME", '"lunch" is neither open, close nor a phase'),
        ({"jump": "close", "market": "UK"}, 409, "UNKNOWN_MARKET", 'no market is called "UK": US'),
        ({"jump": "close", "symbol": "NOPE"}, 409, "UNKNOWN_INSTRUMENT", "symbol NOPE is not listed"),
        ({"to": "2020-01-01T00:00:00Z"}, 409, "TIME_IN_THE_PAST", "time never goes back"),
        ({"to": "2036-01-01T00:00:00Z"}, 409, "TIME_TOO_FAR", "longer than 366 days"),
        ({"speed": 200_000}, 409, "INVALID_SPEED", "is not between 0 and 100000"),
        ({"speed": -1}, 422, "INVALID_FIELD", "speed"),
        ({"tomorrow": 1}, 422, "INVALID_FIELD", "by, to, jump, market, symbol, within, step, speed"),
    ],
)
def test_what_cannot_be_is_a_problem(
    http: httpx.Client, body: dict[str, object], status: int, name: str, words: str
) -> None:
    before = http.get("/admin/clock").json()

    answer = http.post("/admin/clock", json=body)

    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:fixpit:problem:{name}")
    assert words in answer.json()["detail"]
    assert http.get("/admin/clock").json() == before


def test_only_the_operator_sees_and_moves_the_clock(exchange: RunningExchange) -> None:
    for method in ("GET", "POST"):
        assert httpx.request(method, f"{exchange.url}/admin/clock", trust_env=False).status_code == 401


def test_every_move_is_audited(exchange: RunningExchange, http: httpx.Client) -> None:
    before = http.get("/admin/clock").json()["now"]

    http.post("/admin/clock", json={"by": "1s"})
    http.post("/admin/clock", json={"by": "soon"})

    done, refused = (json.loads(line) for line in (exchange.data / "audit.log").read_text().splitlines()[-2:])
    assert (done["action"], done["asked"], done["outcome"]) == ("clock", {"by": "1s"}, "done")
    assert (done["before"]["now"], done["after"]["now"]) == (before, http.get("/admin/clock").json()["now"])
    assert refused["outcome"].startswith('refused: "soon" is not a span of time')


def test_the_command_line_shows_and_moves_it(exchange: RunningExchange, http: httpx.Client) -> None:
    shown = fixpit(exchange, "clock").stdout
    assert shown.startswith(now(http))
    assert "standing; next due" in shown
    assert json.loads(fixpit(exchange, "clock", "show", "--json").stdout) == http.get("/admin/clock").json()

    assert fixpit(exchange, "clock", "jump", "close").exit_code == 0
    assert phases(http)["ACME"] == "post-close"
    assert fixpit(exchange, "clock", "advance", "--to", "17:00").exit_code == 0
    assert phases(http)["ACME"] == "closed"
    assert fixpit(exchange, "clock", "advance", "90s").stdout.partition("  ")[2].startswith("standing")
    assert "speed 1000;" in fixpit(exchange, "clock", "speed", 1000).stdout
    assert "standing;" in fixpit(exchange, "clock", "speed", 0).stdout
    for wrong, code in ((["advance"], 2), (["advance", "1h", "--to", "16:00"], 2), (["advance", "soon"], 1)):
        assert fixpit(exchange, "clock", *wrong).exit_code == code


def test_a_long_move_is_waited_for(exchange: RunningExchange) -> None:
    result = fixpit(exchange, "clock", "advance", "300d")

    assert (result.exit_code, result.stderr) == (0, "")
    assert not json.loads(fixpit(exchange, "clock", "--json").stdout)["is_moving"]


def test_a_restart_goes_on_from_there_and_opens_no_day_twice(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("restart")
    with running_exchange(folder, settings=TRADING_DAY) as exchange, operator_of(exchange) as http:
        http.post("/admin/clock", json={"to": "12:00"})
        before = http.get("/admin/clock").json()["now"]
    (folder / "ready.json").unlink(missing_ok=True)
    with running_exchange(folder, settings=TRADING_DAY) as exchange, operator_of(exchange) as http:
        assert http.get("/admin/clock").json()["now"] == before
        assert phases(http)["ACME"] == "continuous"
        events = fixpit(exchange, "journal", "dump").stdout
        assert events.count("OpenDay") == 1


def test_the_machine_s_clock_is_shown_and_cannot_be_driven(tmp_path_factory: pytest.TempPathFactory) -> None:
    with running_exchange(tmp_path_factory.mktemp("real")) as exchange, operator_of(exchange) as http:
        assert "the machine's clock" in fixpit(exchange, "clock").stdout
        assert http.get("/admin/clock").json()["mode"] == "real"
        refused = fixpit(exchange, "clock", "advance", "1h")
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert "start it with --clock virtual or --speed to drive it" in refused.stderr
        assert http.post("/admin/clock", json={"jump": "close"}).json()["type"].endswith("NO_TRADING_DAY")
