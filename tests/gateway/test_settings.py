"""The shipped configurations, where a value comes from, and each kind of mistake with its exact sentence."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from pydantic import BaseModel

from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument
from exchange.reference.limits import LimitScope
from exchange.reference.money import MONEY_UNIT
from gateway.settings import Settings, load_settings, profile_names, settings_reference, settings_schema
from gateway.settings.names import expand_range
from gateway.yaml_documents.document import YamlMistakes


def written(tmp_path: Path, text: str, **environment: str) -> Settings:
    path = tmp_path / "x.yaml"
    path.write_text(text)
    return load_settings(str(path), {}, environment)


def instrument(symbol: str, reference: int, lot: int = 1) -> Instrument:
    return Instrument(
        symbol=symbol,
        price_digits=2,
        tick=1,
        lot=lot,
        currency="USD",
        reference_price=reference,
        lowest_price=reference // 100,
        highest_price=reference * 100,
        max_quantity=1_000_000,
    )


def test_four_configurations_ship() -> None:
    assert profile_names() == ("benchmark", "benchmark-limits", "conformance", "exchange", "trading-day")


def test_the_demo_is_what_runs_without_options() -> None:
    settings = load_settings(None, {}, {})
    assert (settings.demo, settings.data, settings.flow.enabled) == (True, Path("fixpit-data"), True)
    assert (settings.venue.comp_id, settings.venue.name) == ("FIXPIT", "fixpit")
    addresses = [(part.host, part.port) for part in (settings.fix, settings.http, settings.mqtt)]
    assert addresses == [("127.0.0.1", 9876), ("127.0.0.1", 8000), ("127.0.0.1", 1883)]
    sessions = [
        (one.comp_id, one.version, one.username, one.password and one.password.get_secret_value(), one.accounts)
        for one in settings.fix_sessions
    ]
    assert sessions == [
        ("ALICE", "FIX.4.4", "alice", "alice", ("ALICE",)),
        ("BOB", "FIX.4.4", "bob", "bob", ("BOB",)),
        ("CLI", "FIX.4.4", "cli", "cli", ("CLI",)),
    ]
    assert [account.account_id for account in settings.open_accounts] == ["ALICE", "BOB", "CLI", "FLOW"]
    symbols = [one.symbol for one in settings.listed_instruments]
    assert symbols == ["ACME", "AAPL", "AMZN", "DIS", "GOOGL", "JPM", "KO", "META", "MSFT", "NVDA", "TSLA", "V"]
    assert settings.listed_instruments[0] == instrument("ACME", 1000)


def test_the_conformance_profile_is_what_the_public_scripts_expect() -> None:
    settings = load_settings("conformance", {}, {})
    assert (settings.venue.comp_id, settings.demo, settings.flow.enabled) == ("ISLD", False, False)
    assert (settings.fix.sending_time_accuracy_seconds, settings.fix.validate_user_defined_fields) == (120, True)
    assert {session.comp_id: session.version for session in settings.fix_sessions} == {
        "TW42": "FIX.4.2",
        "TW44": "FIX.4.4",
        "TW50": "FIX.5.0",
        "TW50SP1": "FIX.5.0SP1",
        "TW50SP2": "FIX.5.0SP2",
    }
    assert all(session.password is None and session.reset_on_logon for session in settings.fix_sessions)
    assert [one.symbol for one in settings.listed_instruments] == ["INTC", "MSFT", "CDG", "IVP"]


def test_the_benchmark_profile_has_sessions_and_symbols_by_range() -> None:
    settings = load_settings("benchmark", {}, {})
    assert (settings.venue.comp_id, settings.demo, settings.flow.enabled) == ("EXCHANGE", False, False)
    assert [one.comp_id for one in settings.fix_sessions] == [f"LOAD{at:02}" for at in range(1, 65)]
    assert {(one.password, one.accounts, one.enabled) for one in settings.fix_sessions} == {(None, ("ACC01",), True)}
    assert settings.open_accounts == (Account(account_id="ACC01", name="Load", is_cleared=True),)
    assert settings.listed_instruments == tuple(instrument(f"SYM{at:03}", 10000, lot=100) for at in range(100))


def test_the_benchmark_with_limits_differs_in_limits_alone() -> None:
    plain, limited = load_settings("benchmark", {}, {}), load_settings("benchmark-limits", {}, {})
    assert limited.listed_instruments == plain.listed_instruments
    assert limited.fix == plain.fix
    assert (plain.risk_limits, [*plain.openings(plain.listed_instruments)]) == ((), [])
    assert len([*limited.openings(limited.listed_instruments)]) == 101
    assert [(one.scope, one.name) for one in limited.risk_limits] == [
        (LimitScope.ACCOUNT, "ACC01"),
        (LimitScope.FIRM, "LOADERS"),
    ]


def test_the_demo_has_users_with_money_and_shares() -> None:
    settings = load_settings(None, {}, {})
    assert [(one.username, one.role, one.portfolios) for one in settings.users] == [
        ("alice", "trader", ("ALICE",)),
        ("bob", "trader", ("BOB",)),
        ("operator", "operator", ()),
    ]
    assert {one.name for one in settings.risk_limits} == {"ALICE", "BOB"}
    openings = {(one.account, one.asset): one.amount for one in settings.openings(settings.listed_instruments)}
    for account in ("ALICE", "BOB"):
        assert openings[account, "USD"] == 1_000_000 * MONEY_UNIT
        assert {openings[account, one.symbol] for one in settings.listed_instruments} == {10_000}


def uncommented_demo() -> str:
    text = (files("gateway.profiles") / "exchange.yaml").read_text(encoding="utf-8")
    return re.sub(r"(?m)^( *)#(?=[a-z_]+:|  +\S)", r"\1", text)


def paths(model: type[BaseModel], prefix: str = "") -> set[str]:
    found = set()
    for name, field in model.model_fields.items():
        is_section = isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
        found |= paths(field.annotation, f"{prefix}{name}.") if is_section else {f"{prefix}{name}"}  # type: ignore[arg-type]
    return found


def test_the_demo_file_shows_every_setting_with_its_default(tmp_path: Path) -> None:
    settings = written(tmp_path, uncommented_demo())
    assert set(settings.origins) == paths(Settings)
    demo = load_settings(None, {}, {})
    examples = {"fix.session_defaults.username", "fix.session_defaults.password", "fix.session_defaults.accounts"}
    examples |= {"fix.tls.certificate", "fix.tls.key", "fix.tls.key_password", "fix.tls.client_ca"}
    examples |= {
        "fix.session_defaults.hmac_secret",
        "fix.session_defaults.sending_time_accuracy_seconds",
        "mqtt.url",
        "mqtt.username",
        "mqtt.password",
        "store.url",
        "clock.speed",
        "clock.start",
        "markets",
        "accounts",
        "instruments",
        "users",
        "limits",
        "clearing.calendar",
    }
    assert {
        path: value
        for (path, value, _), (_, other, _) in zip(settings.explained(), demo.explained(), strict=True)
        if value != other and path not in examples
    } == {}
    own = {"market": "", "ticks": (), "protection": 0, "max_notional": 0}
    acme, *others = settings.listed_instruments
    assert (replace(acme, **own), *others) == demo.listed_instruments
    entry = settings.instruments[0]
    assert entry.model_fields_set == set(type(entry).model_fields) - {"symbols"}
    account, market = settings.accounts[0], settings.markets[0]
    assert account.model_fields_set == set(type(account).model_fields) - {"ids"}
    own_sections = (account.quote_protection, account.fees, account.opening, account.limits, settings.users[0])
    for section in (entry.rules, entry.bands, entry.auction, *own_sections, market, market.breaker):
        assert section.model_fields_set == set(type(section).model_fields)


def test_a_flag_beats_the_environment_beats_the_file_beats_the_default(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    environment = {"FIXPIT_FIX__PORT": "11", "FIXPIT_FIX__MAX_CONNECTIONS": "12", "FIXPIT_HTTP__ENABLED": "false"}
    path.write_text("fix:\n  port: 1\n  max_connections: 2\n  garbled_limit: 3\nlog:\n")
    settings = load_settings(str(path), {"fix.port": 21, "venue.seed": None, "data": tmp_path}, environment)
    fix = settings.fix
    assert (fix.port, fix.max_connections, fix.garbled_limit, fix.logon_timeout_seconds) == (21, 12, 3, 10)
    assert (settings.http.enabled, settings.venue.seed, settings.data) == (False, 1, tmp_path)
    assert settings.origins == {
        "data": "command line",
        "fix.port": "command line",
        "fix.max_connections": "FIXPIT_FIX__MAX_CONNECTIONS",
        "fix.garbled_limit": f"{path}:4",
        "http.enabled": "FIXPIT_HTTP__ENABLED",
    }
    explained = {name: (value, origin) for name, value, origin in settings.explained()}
    assert explained["fix.port"] == (21, "command line")
    assert explained["fix.logon_timeout_seconds"] == (10, "default")
    assert set(explained) == paths(Settings)


def test_lists_and_odd_texts_come_through_the_environment(tmp_path: Path) -> None:
    settings = written(
        tmp_path,
        "",
        FIXPIT_INSTRUMENTS="[{symbol: X, reference_price: 5.00}]",
        FIXPIT_ACCOUNTS="- {id: A}\n- {id: B}",
        FIXPIT_FIX__SESSIONS="[{comp_id: C, accounts: [B]}]",
        FIXPIT_MQTT__PASSWORD="[a: #b",
        FIXPIT_MQTT__USERNAME="",
        FIXPIT_PORT="tcp://10.0.0.1:9876",
        FIXPIT_FIX_PORT="tcp://10.0.0.1:9876",
        FIXPIT_SERVICE_HOST="10.0.0.1",
        HOME="/root",
    )
    assert settings.listed_instruments == (instrument("X", 500),)
    assert [account.account_id for account in settings.open_accounts] == ["A", "B"]
    assert [(one.comp_id, one.accounts) for one in settings.fix_sessions] == [("C", ("B",))]
    assert settings.mqtt.password is not None and settings.mqtt.password.get_secret_value() == "[a: #b"
    assert settings.mqtt.username is None


def test_an_entry_has_the_defaults_of_all_unless_it_says_otherwise(tmp_path: Path) -> None:
    settings = written(
        tmp_path,
        "accounts: [{ids: A1..A3}]\n"
        "fix:\n  session_defaults: {reset_on_logon: true, max_open_orders: 5, accounts: [A1, A2]}\n"
        "  sessions: [{comp_ids: X8..X9}, {comp_id: Y, reset_on_logon: false, accounts: [A3]}]\n",
    )
    assert [(one.comp_id, one.reset_on_logon, one.max_open_orders, one.accounts) for one in settings.fix_sessions] == [
        ("X8", True, 5, ("A1", "A2")),
        ("X9", True, 5, ("A1", "A2")),
        ("Y", False, 5, ("A3",)),
    ]


@pytest.mark.parametrize(
    ("entry", "units"),
    [
        ("reference_price: 10", (2, 1, 1000, 10, 100000)),
        ("reference_price: 10, tick: 0.05", (2, 5, 1000, 10, 100000)),
        ("reference_price: 10, tick: 0.050", (2, 5, 1000, 10, 100000)),
        ("reference_price: 10, tick: 1", (0, 1, 10, 1, 1000)),
        ("reference_price: 10.5, tick: 0.25", (2, 25, 1050, 25, 105000)),
        ("reference_price: 1.00005, tick: 0.00001", (5, 1, 100005, 1000, 10000500)),
        ("reference_price: 10, lowest_price: 9, highest_price: 11.00", (2, 1, 1000, 900, 1100)),
        ("reference_price: 4500, tick: 5, highest_price: 9000", (0, 5, 4500, 45, 9000)),
    ],
)
def test_prices_become_integers_of_the_scale_of_the_tick(tmp_path: Path, entry: str, units: tuple[int, ...]) -> None:
    (one,) = written(tmp_path, f"instruments: [{{symbol: X, {entry}}}]").listed_instruments
    assert (one.price_digits, one.tick, one.reference_price, one.lowest_price, one.highest_price) == units


def test_a_demo_that_others_can_reach_does_not_start() -> None:
    for section in ("fix", "http", "mqtt"):
        with pytest.raises(YamlMistakes, match=rf"^command line: {section}\.host: 10\.0\.0\.5 can be reached"):
            load_settings(None, {f"{section}.host": "10.0.0.5"}, {})
    for host in ("127.0.0.1", "127.9.9.9", "::1", "localhost"):
        assert load_settings(None, {"fix.host": host}, {}).fix.host == host
    assert not load_settings(None, {"http.host": "10.0.0.5", "http.enabled": False}, {}).http.enabled
    assert load_settings("benchmark", {"fix.host": "0.0.0.0"}, {}).fix.host == "0.0.0.0"


def test_secrets_are_never_shown(tmp_path: Path) -> None:
    settings = written(
        tmp_path,
        "accounts: [{id: A}]\n"
        "fix: {session_defaults: {username: u, password: secret1}, sessions: [{comp_id: X, accounts: [A], "
        "password: secret2}]}\nstore: {url: 'postgresql+asyncpg://u:secret3@h/d'}\nmqtt: {password: secret4}\n",
    )
    shown = [settings, settings.fix_sessions, list(settings.explained()), settings.model_dump_json()]
    assert [number for number in "1234" if f"secret{number}" in repr(shown)] == []
    assert settings.store_url == "postgresql+asyncpg://u:secret3@h/d"
    assert [one.password and one.password.get_secret_value() for one in settings.fix_sessions] == ["secret2"]


def test_a_password_may_look_like_a_number(tmp_path: Path) -> None:
    text = "accounts: [{id: A}]\nfix: {sessions: [{comp_id: 1, accounts: [A], username: 007, password: 123}]}"
    (session,) = written(tmp_path, text).fix_sessions
    assert session.password is not None
    assert (session.comp_id, session.username, session.password.get_secret_value()) == ("1", "007", "123")


def test_the_store_is_in_the_data_folder_unless_it_has_a_url(tmp_path: Path) -> None:
    assert load_settings(None, {"data": tmp_path}, {}).store_url == f"sqlite+aiosqlite:///{tmp_path}/store.sqlite"


def test_settings_cannot_be_changed() -> None:
    settings = load_settings(None, {}, {})
    with pytest.raises(ValueError, match="frozen"):
        settings.fix.port = 1  # type: ignore[misc]
    with pytest.raises(TypeError):
        settings.origins["fix.port"] = "x"  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("A1..A3", ("A1", "A2", "A3")),
        ("SYM098..SYM100", ("SYM098", "SYM099", "SYM100")),
        ("9..9", ("9",)),
        ("A.1..A.2", ("A.1", "A.2")),
        ("X2Y08..X2Y09", ("X2Y08", "X2Y09")),
    ],
)
def test_a_range_stands_for_its_names(text: str, names: tuple[str, ...]) -> None:
    assert expand_range(text) == names


def test_the_reference_has_every_setting_and_its_meaning() -> None:
    page = settings_reference()
    for path in paths(Settings):
        assert f"| `{path}` |" in page, path
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert all(len(row.split(" | ")) == 4 and row.split(" | ")[3].strip(" |") not in {"", "None"} for row in rows)
    assert "| `fix.port` | `9876` | whole number from 0 to 65535 | TCP port; 0 takes a free one. |" in rows
    assert "| `instruments[].reference_price` | must be given | text |" in page
    assert "## fix.sessions[]" in page


def test_the_schema_describes_the_file() -> None:
    schema: dict[str, Any] = settings_schema()
    assert json.loads(json.dumps(schema)) == schema
    assert set(schema["properties"]) == set(Settings.model_fields)
    assert schema["$defs"]["FixSettings"]["properties"]["port"] == {
        "default": 9876,
        "description": "TCP port; 0 takes a free one.",
        "maximum": 65535,
        "minimum": 0,
        "title": "Port",
        "type": "integer",
    }
    assert schema["$defs"]["FixSettings"]["additionalProperties"] is False


def test_settings_load_without_what_serving_needs() -> None:
    """Every command reads settings first: what they import is paid by all of them."""
    code = "import sys; from gateway.settings import load_settings; load_settings(None, {}, {}); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"sqlalchemy", "asyncio", "starlette", "uvicorn", "aiomqtt", "rich"} & set(done.stdout.split()) == set()
