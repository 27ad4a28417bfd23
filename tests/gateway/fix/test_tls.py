"""TLS on the FIX port, on real sockets: who is let in by certificate, who is not, and what is read again."""

from __future__ import annotations

import asyncio
import shutil
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import structlog

from gateway.tls import TlsFault
from gateway.yaml_documents.mistakes import YamlMistakes
from tests.gateway.fix.certificates import Authority
from tests.gateway.fix.fix_side import SETTINGS, FixSide
from tests.gateway.fix.line import Line, until
from tests.gateway.fix.test_acceptor import NOT_KNOWN

MUTUAL = "client_ca: {ca}, require_client_certificate: true, certificate_names_session: true"

Opened = Callable[[str], Coroutine[Any, Any, FixSide]]


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    authority = Authority(tmp_path_factory.mktemp("ca"))
    authority.issue("server", "localhost")
    return authority


@pytest.fixture
async def opened(tmp_path: Path, ca: Authority) -> AsyncIterator[Opened]:
    sides: list[FixSide] = []

    async def start(more: str = "") -> FixSide:
        tls = f"tls: {{ certificate: {ca.folder}/server.pem, key: {ca.folder}/server.key, {more} }}"
        side = FixSide(tmp_path, settings=SETTINGS.replace("fix:\n", f"fix:\n  {tls}\n", 1))
        sides.append(side)
        await side.start()
        return side

    yield start
    for side in sides:
        await side.stop()


@asynccontextmanager
async def line_of(side: FixSide, name: str, context: ssl.SSLContext | None) -> AsyncIterator[Line]:
    reader, writer = await asyncio.open_connection(*side.address, ssl=context)
    line = Line(name, reader, writer, 1)
    try:
        yield line
    finally:
        writer.close()
        with suppress(ssl.SSLError, ConnectionError):
            await writer.wait_closed()


async def answer_to_logon(side: FixSide, name: str, context: ssl.SSLContext | None) -> str:
    async with line_of(side, name, context) as line:
        line.log_on()
        try:
            return await line.receive()
        except ssl.SSLError as error:
            # TLS 1.3 tells a client that it is refused when the client reads for the first time.
            return f"refused by TLS: {error.reason}"


async def test_orders_go_through_tls(opened: Opened, ca: Authority) -> None:
    side = await opened("")
    async with line_of(side, "ALICE", ca.client()) as alice:
        alice.log_on()
        assert (await alice.receive()).startswith("A|")
        alice.send("D|11=1|55=ACME|54=1|38=100|40=2|44=10.05")
        assert "|150=0|" in await alice.receive()
        assert alice.writer.get_extra_info("ssl_object").version() == "TLSv1.3"


async def test_a_client_trusts_no_server_of_another_ca(opened: Opened, tmp_path: Path) -> None:
    side = await opened("")
    with pytest.raises(ssl.SSLCertVerificationError):
        await answer_to_logon(side, "BOB", Authority(tmp_path / "other").client())


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
async def test_old_tls_is_refused(opened: Opened, ca: Authority, version: ssl.TLSVersion) -> None:
    side = await opened("")
    context = ca.client()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    with structlog.testing.capture_logs() as logged:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await answer_to_logon(side, "BOB", context)
        await until(lambda: bool(logged))
    assert logged[0]["event"] == "TLS handshake failed"


async def test_the_least_version_can_be_raised(opened: Opened, ca: Authority) -> None:
    side = await opened('minimum_version: "1.3"')
    context = ca.client()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await answer_to_logon(side, "BOB", context)
    assert (await answer_to_logon(side, "BOB", ca.client())).startswith("A|")


async def test_who_speaks_no_tls_is_closed_with_a_reason_in_the_log(opened: Opened) -> None:
    side = await opened("")
    with structlog.testing.capture_logs() as logged:
        assert await answer_to_logon(side, "ALICE", None) == ""
        await until(lambda: bool(logged))
    (line,) = logged
    assert (line["event"], line["peer"], "exc_info" in line) == ("TLS handshake failed", "127.0.0.1", False)
    assert line["reason"]


async def test_a_session_is_bound_to_the_name_in_its_certificate(opened: Opened, ca: Authority, tmp_path: Path) -> None:
    side = await opened(MUTUAL.format(ca=ca.certificate))
    alice = ca.client(ca.issue("alice", "ALICE"))
    bob = ca.client(ca.issue("bob", "desk 7", alternative="DNS:BOB"))
    assert (await answer_to_logon(side, "ALICE", alice)).startswith("A|")
    assert (await answer_to_logon(side, "BOB", bob)).startswith("A|")
    with structlog.testing.capture_logs() as logged:
        assert await answer_to_logon(side, "BOB", alice) == f"5|34=1|58={NOT_KNOWN}"
    reasons = [line["reason"] for line in logged if line["event"] == "logon refused"]
    assert reasons == ["ALICE 127.0.0.1 is not what BOB logs on with: BOB"]

    stranger = Authority(tmp_path / "other", "Another CA").issue("alice", "ALICE")
    for certificate, why in (
        (None, "peer did not return a certificate"),
        (stranger, "unable to get local issuer certificate"),
        (ca.issue("old", "ALICE", days=-1), "certificate has expired"),
    ):
        with structlog.testing.capture_logs() as logged, suppress(ssl.SSLError, ConnectionError):
            assert not (await answer_to_logon(side, "ALICE", ca.client(certificate))).startswith("A|")
        failures = [line["reason"] for line in logged if line["event"] == "TLS handshake failed"]
        assert len(failures) == 1 and why in failures[0]


async def test_certificates_are_read_again_while_sessions_stay(ca: Authority, tmp_path: Path) -> None:
    certificate, key = tmp_path / "now.pem", tmp_path / "now.key"
    shutil.copy(ca.folder / "server.pem", certificate)
    shutil.copy(ca.folder / "server.key", key)
    tls = f"fix:\n  tls: {{ certificate: {certificate}, key: {key} }}\n"
    side = FixSide(tmp_path, settings=SETTINGS.replace("fix:\n", tls, 1))
    await side.start()
    async with line_of(side, "ALICE", ca.client()) as alice:
        alice.log_on()
        assert (await alice.receive()).startswith("A|")

        certificate.write_text("rubbish")
        with structlog.testing.capture_logs() as logged:
            side.acceptor.reload_certificates()
        assert "those read before hold" in logged[0]["event"] and str(certificate) in logged[0]["reason"]
        assert (await answer_to_logon(side, "BOB", ca.client())).startswith("A|")

        fresh = Authority(tmp_path / "fresh", "Fresh CA")
        for path, target in zip(fresh.issue("server", "localhost"), (certificate, key), strict=True):
            shutil.copy(path, target)
        side.acceptor.reload_certificates()
        assert (await answer_to_logon(side, "CAROL", fresh.client())).startswith("A|")
        with pytest.raises(ssl.SSLCertVerificationError):
            await answer_to_logon(side, "CAROL", ca.client())
        assert await alice.is_alive()
    await side.stop()


def test_files_that_cannot_be_used_are_named(ca: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other").issue("server", "localhost")[1]
    for pair in (f"certificate: nowhere.pem, key: {other}", f"certificate: {ca.folder}/server.pem, key: {other}"):
        with pytest.raises(
            TlsFault, match=r"fix\.tls\.certificate .* cannot be used: .*PEM files that belong together"
        ):
            FixSide(tmp_path, settings=SETTINGS.replace("fix:\n", f"fix:\n  tls: {{ {pair} }}\n", 1))


@pytest.mark.parametrize(
    ("lines", "mistake"),
    [
        ("  host: 10.0.0.5\n", "fix.host: 10.0.0.5 can be reached from other machines, and without TLS"),
        ("  tls: { certificate: c.pem }\n", "fix.tls.certificate: stands without fix.tls.key; TLS needs both"),
        ("  tls: { key: k.pem }\n", "fix.tls.key: stands without fix.tls.certificate; TLS needs both"),
        ("  tls: { require_client_certificate: true }\n", "require_client_certificate: needs fix.tls.client_ca"),
        ("  tls: { certificate_names_session: true }\n", "certificate_names_session: needs fix.tls.client_ca"),
        ("  tls: { client_ca: c.pem }\n", "fix.tls.client_ca: stands without fix.tls.certificate"),
        ("  tls: { minimum_version: '1.1' }\n", "fix.tls.minimum_version: "),
        ("  allowed_addresses: [10.0.0.1/8]\n", "is no address such as 10.1.2.3 and no network such as 10.1.0.0/16"),
    ],
)
def test_settings_that_make_no_sense_are_refused(tmp_path: Path, lines: str, mistake: str) -> None:
    with pytest.raises(YamlMistakes) as refused:
        FixSide(tmp_path, settings=SETTINGS.replace("fix:\n", f"fix:\n{lines}", 1))
    assert mistake in str(refused.value)


def test_plaintext_on_a_public_address_is_a_decision(tmp_path: Path) -> None:
    lines = "fix:\n  host: 10.0.0.5\n  allow_plaintext: true\n"
    side = FixSide(tmp_path, settings=SETTINGS.replace("fix:\n", lines, 1))
    assert side.settings.fix.allow_plaintext
