"""Each kind of mistake in the settings, with its exact sentence and the place it comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.settings import load_settings
from gateway.yaml_documents.document import YamlMistakes


def mistakes(tmp_path: Path, text: str, **environment: str) -> list[str]:
    path = tmp_path / "x.yaml"
    path.write_text(text)
    with pytest.raises(YamlMistakes) as raised:
        load_settings(str(path), {}, environment)
    return str(raised.value).replace(f"{tmp_path}/", "").splitlines()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("fix:\n  prot: 1", '2:3: fix.prot: unknown key, did you mean "port"?'),
        ("fix: {port: 65536}", "1:13: fix.port: 65536 must be at most 65535"),
        (
            "fix: {host: localhost:9876}",
            (
                '1:13: fix.host: "localhost:9876" is not a host name or address such as 127.0.0.1; '
                "the port has a key of its own"
            ),
        ),
        (
            "fix: {heartbeat_min_seconds: 60, heartbeat_max_seconds: 30}",
            "1:30: fix.heartbeat_min_seconds: 60 is above fix.heartbeat_max_seconds 30",
        ),
        (
            "fix: {max_message_bytes: 100000, outbound_queue_bytes: 70000}",
            "1:56: fix.outbound_queue_bytes: 70000 cannot hold one message of fix.max_message_bytes 100000",
        ),
        (
            "http: {port: 9876}",
            "1:14: http.port: 9876 on 127.0.0.1 is taken by fix.port; use another, or 0 for a free one",
        ),
        (
            "demo: true\nhttp:\n  host: 0.0.0.0",
            (
                "3:9: http.host: 0.0.0.0 can be reached from other machines, and the passwords of this demo "
                "configuration are known to everybody; use 127.0.0.1, or a configuration of your own"
            ),
        ),
        (
            "venue: {comp_id: A B}",
            (
                '1:18: venue.comp_id: "A B" is not 1 to 64 letters, digits, dots, dashes and '
                "underscores that begin with a letter or digit"
            ),
        ),
        (
            "venue: {name: A/B}",
            '1:15: venue.name: "A/B" is not 1 to 64 lower-case letters, digits, dashes or underscores',
        ),
        ("venue: {seed: -1}", "1:15: venue.seed: -1 must be at least 0"),
        (
            "journal: {durability: sync}",
            '1:23: journal.durability: "sync" is not "none", "os" or "fsync", did you mean "fsync"?',
        ),
        (
            "mqtt: {url: broker.example}",
            '1:13: mqtt.url: "broker.example" is not a broker such as mqtt://broker.example:1883',
        ),
        (
            "mqtt: {url: 'mqtt://u:secret@h'}",
            "1:13: mqtt.url: the URL holds a user; put it in mqtt.username and mqtt.password, which are never shown",
        ),
        (
            "store: {url: 'postgres://u:secret@h/d'}",
            "1:14: store.url: the URL does not begin with one of sqlite+aiosqlite://, postgresql+asyncpg://",
        ),
        ("accounts: [{id: A}, {id: A}]", '1:21: accounts[1]: account "A" stands already in accounts[0]'),
        (
            "accounts: [{id: A}]\nfix: {session_defaults: {accounts: [B]}}",
            '2:37: fix.session_defaults.accounts[0]: unknown account "B"; known: A',
        ),
        (
            "instruments: [{symbols: A0000..A9999, reference_price: 1}, {symbol: B, reference_price: 1}]",
            "1:14: instruments: 10001 are more than the 10000 that one venue takes",
        ),
        (
            "accounts: [{name: A}]",
            "1:12: accounts[0]: an account needs either id or ids (a range such as ACC01..ACC99)",
        ),
        (
            "accounts: [{ids: A/1..A/2}]",
            (
                '1:18: accounts[0].ids: "A/1" is not 1 to 64 letters, digits, dots, dashes '
                "and underscores that begin with a letter or digit"
            ),
        ),
        ("accounts: [{ids: A1-A9}]", '1:18: accounts[0].ids: "A1-A9" is not a range such as LOAD01..LOAD64'),
        ("accounts: [{ids: A9..A1}]", '1:18: accounts[0].ids: "A9..A1" runs backwards; put the lower end first'),
        (
            "accounts: [{ids: A1..B9}]",
            '1:18: accounts[0].ids: the ends of "A1..B9" differ in more than their digits, or have not equally many',
        ),
        (
            "accounts: [{ids: A00000..A99999}]",
            '1:18: accounts[0].ids: "A00000..A99999" stands for 100000 names, at most 10000 are taken',
        ),
        ("flow: {enabled: true}", '1:7: flow.account: unknown account "FLOW"'),
        (
            (
                "instruments: [{symbol: AAPL, reference_price: 1}]\n"
                "accounts: [{id: FLOW}]\nflow: {enabled: true, symbols: [AAPX]}"
            ),
            '3:33: flow.symbols[0]: unknown symbol "AAPX", did you mean "AAPL"?',
        ),
        ("flow: {orders_per_second: 0}", "1:27: flow.orders_per_second: 0 must be more than 0.0"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(tmp_path: Path, text: str, sentence: str) -> None:
    assert mistakes(tmp_path, text) == [f"x.yaml:{sentence}"]


@pytest.mark.parametrize(
    ("sessions", "sentence"),
    [
        (
            "- {comp_id: X, version: FIX.4.3, accounts: [A]}",
            (
                '4:27: fix.sessions[0].version: "FIX.4.3" is not spoken by this release; '
                "it speaks FIX.4.2, FIX.4.4, FIX.5.0, FIX.5.0SP1, FIX.5.0SP2"
            ),
        ),
        (
            "- {accounts: [A]}",
            "4:5: fix.sessions[0]: a session needs either comp_id or comp_ids (a range such as LOAD01..LOAD64)",
        ),
        (
            "- {comp_id: X, comp_ids: X1..X2, accounts: [A]}",
            "4:5: fix.sessions[0]: a session needs either comp_id or comp_ids (a range such as LOAD01..LOAD64)",
        ),
        ("- comp_id: X", "4:5: fix.sessions[0]: has no accounts; name at least one that its orders are for"),
        ("- {comp_id: X, accounts: [a]}", '4:29: fix.sessions[0].accounts[0]: unknown account "a", did you mean "A"?'),
        (
            "- {comp_id: X, accounts: [A], username: u}",
            "4:5: fix.sessions[0]: has a username and no password; a Logon is checked for both or for neither",
        ),
        (
            "- {comp_id: X, accounts: [A], password: secret}",
            "4:5: fix.sessions[0]: has a password and no username; a Logon is checked for both or for neither",
        ),
        (
            "- {comp_id: X, accounts: [A], password: [secret]}",
            "4:43: fix.sessions[0].password: the value is not text",
        ),
        (
            "- {comp_id: FIXPIT, accounts: [A]}",
            '4:5: fix.sessions[0]: CompID "FIXPIT" is the venue\'s own; a client needs another',
        ),
        (
            "- {comp_ids: W..X, accounts: [A]}",
            '4:16: fix.sessions[0].comp_ids: "W..X" is not a range such as LOAD01..LOAD64',
        ),
        (
            "- {comp_id: X2, accounts: [A]}\n  - {comp_ids: X1..X3, accounts: [A]}",
            '5:5: fix.sessions[1]: CompID "X2" stands already in fix.sessions[0]',
        ),
        (
            "- {comp_ids: X 1..X 2, accounts: [A]}",
            (
                '4:16: fix.sessions[0].comp_ids: "X 1" is not 1 to 64 letters, digits, dots, dashes and underscores '
                "that begin with a letter or digit"
            ),
        ),
    ],
)
def test_a_session_that_cannot_be_is_refused(tmp_path: Path, sessions: str, sentence: str) -> None:
    assert mistakes(tmp_path, f"accounts: [{{id: A}}]\nfix:\n  sessions:\n  {sessions}\n") == [f"x.yaml:{sentence}"]


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ("symbol: X", "1:15: instruments[0].reference_price: is missing and has no default"),
        (
            "reference_price: 1",
            "1:15: instruments[0]: an instrument needs either symbol or symbols (a range such as SYM000..SYM099)",
        ),
        (
            "symbol: X Y, reference_price: 1",
            (
                '1:24: instruments[0].symbol: "X Y" is not 1 to 32 letters, digits and . _ / + # - that begin with a '
                "letter or digit"
            ),
        ),
        (
            "symbol: X, reference_price: 1e3",
            '1:44: instruments[0].reference_price: "1e3" is not a decimal number such as 10.05',
        ),
        ("symbol: X, reference_price: 0.00", '1:44: instruments[0].reference_price: "0.00" is not more than 0'),
        (
            "symbol: X, reference_price: -1",
            '1:44: instruments[0].reference_price: "-1" is not a decimal number such as 10.05',
        ),
        (
            "symbol: X, reference_price: 10.005",
            "1:44: instruments[0].reference_price: 10.005 is not a multiple of tick 0.01",
        ),
        (
            "symbol: X, reference_price: 10, tick: 0.05, lowest_price: 9.99",
            "1:74: instruments[0].lowest_price: 9.99 is not a multiple of tick 0.05",
        ),
        (
            "symbol: X, reference_price: 10, lowest_price: 11",
            "1:62: instruments[0].lowest_price: 11 is above reference_price 10",
        ),
        (
            "symbol: X, reference_price: 10, highest_price: 9",
            "1:63: instruments[0].highest_price: 9 is below reference_price 10",
        ),
        (
            "symbol: X, reference_price: 10, lot: 100, max_quantity: 99",
            "1:72: instruments[0].max_quantity: 99 is less than one lot of 100",
        ),
        (
            "symbol: X, reference_price: 1, tick: 0.0000000001",
            "1:53: instruments[0].tick: 0.0000000001 has more than 9 digits behind the point",
        ),
        (
            "symbol: X, reference_price: 12345678901234567",
            "1:44: instruments[0].reference_price: 12345678901234567 has more than 18 digits at the scale of tick 0.01",
        ),
        (
            "symbol: X, reference_price: 1000000, max_quantity: 100000000",
            (
                "1:67: instruments[0].max_quantity: 100000000 at the highest price 100000000 has more than 18 digits "
                "at the scale of tick 0.01; lower it or highest_price"
            ),
        ),
        (
            "symbol: X, reference_price: 1, currency: usd",
            '1:57: instruments[0].currency: "usd" is not three capital letters such as USD',
        ),
        (
            "symbols: _1.._2, reference_price: 1",
            (
                '1:25: instruments[0].symbols: "_1" is not 1 to 32 letters, digits and . _ / + # - that begin with a '
                "letter or digit"
            ),
        ),
    ],
)
def test_an_instrument_that_cannot_be_is_refused(tmp_path: Path, entry: str, sentence: str) -> None:
    assert mistakes(tmp_path, f"instruments: [{{{entry}}}]") == [f"x.yaml:{sentence}"]


def test_every_mistake_is_listed_with_the_place_it_comes_from(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("fix:\n  prot: 1\nlog: {level: loud}\n")
    environment = {"FIXPIT_HTTP__PORT": "x", "FIXPIT_FIX__SESSIONS": "[{comp_id: 'A B'}]", "FIXPIT_HTTP__PROT": "1"}
    with pytest.raises(YamlMistakes) as raised:
        load_settings(str(path), {"mqtt.port": -1}, environment)
    assert str(raised.value).splitlines() == [
        f'{path}:2:3: fix.prot: unknown key, did you mean "port"?',
        f'{path}:3:14: log.level: "loud" is not "debug", "info", "warning" or "error"',
        (
            'FIXPIT_FIX__SESSIONS:1:12: fix.sessions[0].comp_id: "A B" is not 1 to 64 letters, digits, dots, dashes '
            "and underscores that begin with a letter or digit"
        ),
        'FIXPIT_HTTP__PORT: http.port: "x" is not a whole number',
        'FIXPIT_HTTP__PROT: http.prot: unknown key, did you mean "port"?',
        "command line: mqtt.port: -1 must be at least 0",
    ]


@pytest.mark.parametrize(
    ("text", "environment", "sentence"),
    [
        (
            "",
            {"FIXPIT_FIX_PORT": "1"},
            "FIXPIT_FIX_PORT: is no setting, did you mean FIXPIT_FIX__PORT (two underscores behind the section)?",
        ),
        (
            "",
            {"FIXPIT_INSTRUMENTS": "[{symbol: X"},
            "FIXPIT_INSTRUMENTS:2:1: is not YAML: did not find expected ',' or '}' (while parsing a flow mapping)",
        ),
        ("- a", {}, "x.yaml:1:1: a list is not a mapping of keys to values"),
        (
            "fix: 3",
            {"FIXPIT_FIX__PORT": "1"},
            "x.yaml:1:6: must be a mapping of keys to values; FIXPIT_FIX__PORT sets one of them",
        ),
    ],
)
def test_nothing_that_is_given_is_passed_over(
    tmp_path: Path, text: str, environment: dict[str, str], sentence: str
) -> None:
    assert mistakes(tmp_path, text, **environment) == [sentence]


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (
            "banchmark",
            (
                'banchmark: no configuration of this name ships (a file is named with its ".yaml"), '
                'did you mean "benchmark"?'
            ),
        ),
        ("./banchmark", "banchmark: cannot be read: No such file or directory"),
        ("none.yaml", "none.yaml: cannot be read: No such file or directory"),
    ],
)
def test_a_configuration_that_is_not_there_is_named(config: str, sentence: str) -> None:
    with pytest.raises(YamlMistakes) as raised:
        load_settings(config, {}, {})
    assert str(raised.value) == sentence
