"""`fixpit fix`: dictionaries for QuickFIX, and configuration files with which a client can log on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from gateway.cli import main
from gateway.cli.fix_client_config import CLIENTS, ClientTerms, client_config
from gateway.fix.dictionary import FIXT, VERSIONS
from gateway.fix.quickfix_xml import quickfix_xml
from gateway.fix.versions import VERSIONS as SPOKEN
from tests.gateway.exchange_process import RunningExchange, running_exchange

SETTINGS = """
venue: { comp_id: PIT }
fix:
  port: 7777
  sessions:
    - { comp_id: ALICE, username: alice, password: alice, accounts: [A] }
    - { comp_ids: BOT01..BOT30, reset_on_logon: true, accounts: [A] }
accounts: [{ id: A }]
instruments: [{ symbol: ACME, reference_price: "10.00" }]
"""
OPEN = SETTINGS.replace("fix:", "fix:\n  host: 0.0.0.0\n  allow_plaintext: true")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "exchange.yaml"
    path.write_text(SETTINGS)
    return path


def fixpit(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["fix", *map(str, arguments)])


def client_file(client: str, session: str, *options: object) -> Result:
    return fixpit("client-config", "--for", client, "--session", session, *options)


def sections(text: str) -> dict[str, dict[str, str]]:
    parser = ConfigParser(default_section="none")
    parser.optionxform = str  # type: ignore[assignment, method-assign]  # QuickFIX's keys have capitals
    parser.read_string(text)
    return {name: dict(parser[name]) for name in parser.sections()}


@pytest.mark.parametrize("version", [*VERSIONS, FIXT])
def test_a_dictionary_is_printed_or_written(version: str, tmp_path: Path) -> None:
    printed = fixpit("dictionary", "--version", version)
    assert (printed.exit_code, printed.stdout) == (0, quickfix_xml(version))

    file = tmp_path / "dictionary.xml"
    written = fixpit("dictionary", "--version", version, "--output", file)
    assert (written.exit_code, written.stdout) == (0, "")
    assert written.stderr == f"{version} is in {file}\n"
    assert file.read_text(encoding="utf-8") == quickfix_xml(version)


def test_a_dictionary_of_no_version_and_a_file_that_cannot_be(tmp_path: Path) -> None:
    assert fixpit("dictionary", "--version", "FIX.4.3").exit_code == 2
    refused = fixpit("dictionary", "--output", tmp_path / "missing" / "file.xml")
    assert refused.exit_code == 1
    assert refused.stderr.endswith("missing/file.xml cannot be written: No such file or directory\n")


def test_a_configuration_for_quickfix(config: Path, tmp_path: Path) -> None:
    result = client_file("quickfix", "ALICE", "--config", config, "--data", tmp_path)
    assert result.exit_code == 0, result.output
    assert "Username(553) alice and a Password(554)" in result.stdout
    assert sections(result.stdout) == {
        "DEFAULT": {
            "ConnectionType": "initiator",
            "ReconnectInterval": "5",
            "FileStorePath": "store",
            "FileLogPath": "log",
            "NonStopSession": "Y",
            "StartTime": "00:00:00",
            "EndTime": "00:00:00",
            "UseDataDictionary": "Y",
            "ValidateUserDefinedFields": "N",
        },
        "SESSION": {
            "BeginString": "FIX.4.4",
            "SenderCompID": "ALICE",
            "TargetCompID": "PIT",
            "SocketConnectHost": "127.0.0.1",
            "SocketConnectPort": "7777",
            "HeartBtInt": "30",
            "ResetOnLogon": "N",
            "DataDictionary": "FIX44.xml",
        },
    }


TERMS = ClientTerms(
    comp_id="C",
    venue_comp_id="V",
    host="fix.example",
    port=1,
    version=SPOKEN["FIX.5.0SP2"],
    username="",
    reset_on_logon=True,
    is_tls=False,
)


@pytest.mark.parametrize("client", ["quickfix", "quickfixj", "quickfixn"])
@pytest.mark.parametrize("version", VERSIONS)
def test_versions_and_their_dictionaries(client: str, version: str) -> None:
    text = client_config(client, replace(TERMS, version=SPOKEN[version]))
    session = sections(text)["SESSION"]
    file = version.replace(".", "") + ".xml"
    expected = {"DataDictionary": file}
    if version.startswith("FIX.5"):
        expected = {"TransportDataDictionary": "FIXT11.xml", "AppDataDictionary": file}
        assert "fixpit fix dictionary --version FIXT.1.1 --output FIXT11.xml\n" in text
        assert session["DefaultApplVerID"] == version
    assert {name: value for name, value in session.items() if name.endswith("Dictionary")} == expected
    assert session["BeginString"] == SPOKEN[version].begin_string
    assert session["ResetOnLogon"] == "Y"
    assert f"fixpit fix dictionary --version {version} --output {file}\n" in text


def test_credentials_are_told_of_when_there_are_any() -> None:
    for client in ("quickfix", "quickfixj", "quickfixn"):
        assert "553" not in client_config(client, TERMS)
        assert "Username(553) me and a Password(554)" in client_config(client, replace(TERMS, username="me"))


@pytest.mark.parametrize(
    ("client", "line"),
    [
        ("quickfix", "#CERTIFICATE_AUTHORITIES_FILE=ca.pem"),
        ("quickfixj", "SocketUseSSL=Y"),
        ("quickfixn", "SSLServerName=fix.example"),
        ("simplefix", "ssl.create_default_context()"),
    ],
)
def test_tls(client: str, line: str) -> None:
    assert line not in client_config(client, TERMS)
    assert line in client_config(client, replace(TERMS, is_tls=True))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("username", ["", "me"])
@pytest.mark.parametrize("is_tls", [False, True])
def test_the_script_for_simplefix_is_python(version: str, username: str, is_tls: bool) -> None:
    script = client_config("simplefix", replace(TERMS, version=SPOKEN[version], username=username, is_tls=is_tls))
    compile(script, "client.py", "exec")
    assert ('logon.append_pair(1137, "' in script) == version.startswith("FIX.5")
    assert ("FIX_PASSWORD" in script) == ("import os" in script) == bool(username)


def test_an_unknown_session(config: Path) -> None:
    result = client_file("quickfix", "ALISE", "--config", config)
    assert result.exit_code == 2
    assert result.stderr.startswith("ALISE is no session of the settings; those are: ALICE BOT01 BOT02 ")
    assert result.stderr.endswith(" BOT19 ...\n")


def test_settings_with_mistakes(tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text("fix: { port: much }")
    result = client_file("quickfix", "ALICE", "--config", tmp_path / "wrong.yaml")
    assert result.exit_code == 2 and "fix.port" in result.stderr


def test_the_port_of_an_exchange_that_does_not_run_is_that_of_the_settings_or_unknown(
    config: Path, tmp_path: Path
) -> None:
    config.write_text(config.read_text().replace("7777", "0"))
    result = client_file("quickfix", "ALICE", "--config", config, "--data", tmp_path)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"fix.port is 0, any free port, and no exchange runs on {tmp_path}:")


def test_an_exchange_on_every_address_is_reached_on_the_machine_itself(tmp_path: Path) -> None:
    (tmp_path / "open.yaml").write_text(OPEN)
    result = client_file("quickfixj", "BOT07", "--config", tmp_path / "open.yaml", "--data", tmp_path)
    assert result.exit_code == 0, result.stderr
    session = sections(result.stdout)["SESSION"]
    assert (session["SenderCompID"], session["SocketConnectHost"]) == ("BOT07", "127.0.0.1")


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningExchange]:
    with running_exchange(tmp_path_factory.mktemp("fix"), "--no-flow") as exchange:
        yield exchange


def test_the_script_for_simplefix_logs_on_to_a_running_exchange(exchange: RunningExchange, tmp_path: Path) -> None:
    config = exchange.folder / "exchange.yaml"
    result = client_file("simplefix", "ALICE", "--config", config, "--data", exchange.data)
    assert result.exit_code == 0, result.output
    assert f'HOST, PORT = "127.0.0.1", {exchange.fix[1]}' in result.stdout
    (tmp_path / "client.py").write_text(result.stdout)
    for _ in range(2):
        client = subprocess.run(
            [sys.executable, tmp_path / "client.py"],
            env=os.environ | {"FIX_PASSWORD": "alice"},
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
        answers = client.stdout.splitlines()
        assert [answer.split("|")[2] for answer in answers] == ["35=A", "35=5"]


def test_every_client_has_a_file() -> None:
    assert all(client_config(client, TERMS).endswith("\n") for client in CLIENTS)
