"""The probe against our own venue, where every case passes, and against acceptors that are wrong in one way each."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.probe.cases import CASES, run, title
from gateway.probe.line import Target
from tests.gateway.exchange_process import running_exchange

SETTINGS = """\
venue: { comp_id: VENUE }
fix:
  port: 0
  sessions:
    - { comp_id: PROBE42, version: FIX.4.2, username: probe, password: secret, accounts: [ACC] }
    - { comp_id: PROBE44, username: probe, password: secret, accounts: [ACC] }
    - { comp_id: PROBE50, version: FIX.5.0SP2, username: probe, password: secret, accounts: [ACC] }
http: { port: 0 }
mqtt: { enabled: false }
store: { enabled: false }
flow: { enabled: false }
accounts: [{ id: ACC }]
instruments:
  - { symbol: ACME, reference_price: "10.00" }
  - { symbol: KO, reference_price: "10.00" }
  - { symbol: V, reference_price: "10.00" }
demo: true
"""

LOGON = "35=A|49=VENUE|56=PROBE44|34=1|52=20240621-12:00:00|98=0|108=1|141=Y|"

WRONG = {
    "silent": (b"", "nothing came within 0.3 s"),
    "no FIX": (b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n", "does not begin"),
    "another number": (LOGON.replace("34=1", "34=2"), "MsgSeqNum(34) has to be 1 but is 2"),
    "another answer": (LOGON.replace("35=A", "35=0"), "the Logon(A) was answered by 35=0|34=1"),
    "another interval": (LOGON.replace("108=1", "108=60"), "expected 108=1, received 35=A|34=1|98=0|108=60"),
    "wrong sum": (b"8=FIX.4.4\x019=5\x0135=A\x0110=000\x01", "BodyLength(9) or CheckSum(10) is wrong"),
}
"""What an acceptor says to a Logon, and what the first case says of it."""


def probe(*arguments: str) -> Result:
    given = ["--sender", "PROBE44", "--target", "VENUE", "--heartbeat", "1", *arguments]
    return CliRunner().invoke(main, ["probe", *given])


def test_every_case_passes_against_our_own_venue_in_each_version(tmp_path: Path) -> None:
    with running_exchange(tmp_path, settings=SETTINGS) as exchange, ThreadPoolExecutor(3) as threads:
        # A symbol for each: side by side in one book they would fill one another's orders.
        each = [("PROBE42", "FIX.4.2", "KO"), ("PROBE44", "FIX.4.4", "ACME"), ("PROBE50", "FIX.5.0SP2", "V")]
        targets = [
            Target(
                *(*exchange.fix, sender, "VENUE", "probe", "secret"),
                heartbeat_seconds=1,
                version=version,
                symbol=symbol,
            )
            for sender, version, symbol in each
        ]
        told = list(threads.map(lambda target: list(run(target)), targets))
        address = f"{exchange.fix[0]}:{exchange.fix[1]}"
        one = probe(address, "--username=probe", "--password=secret", "--case=6", "--case=33")
        refused = probe(address, "--case=1", "--json")

    for target, verdicts in zip(targets, told, strict=True):
        assert [verdict for verdict in verdicts if verdict.failure] == [], target.version
        assert [verdict.number for verdict in verdicts] == list(range(1, len(CASES) + 1))
    assert (one.exit_code, one.stdout.splitlines()[0::2]) == (0, [f"  6 passed  {title(CASES[5])}", "2 of 2 passed"])
    assert refused.exit_code == 1
    assert "logon refused" in json.loads(refused.stdout)[0]["failure"]


@pytest.mark.parametrize(("answer", "failure"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_with_an_acceptor_is_said(answer: bytes | str, failure: str) -> None:
    with acceptor(answer if isinstance(answer, bytes) else _message(answer)) as address:
        target = Target(*address, sender="PROBE44", target="VENUE", heartbeat_seconds=1, timeout_seconds=0.3)
        verdicts = list(run(target, [1]))

    assert len(verdicts) == 1
    assert failure in verdicts[0].failure


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    answered = probe(f"127.0.0.1:{port}")

    assert answered.exit_code == 3
    assert f"nobody takes a connection at 127.0.0.1:{port}" in answered.stderr


@pytest.mark.parametrize("address", ["127.0.0.1", ":9876", "127.0.0.1:", "127.0.0.1:fix", "127.0.0.1:0", "a:70000"])
def test_what_is_no_address_is_refused(address: str) -> None:
    answered = probe(address)

    assert answered.exit_code == 2
    assert f"{address} is not HOST:PORT such as 127.0.0.1:9876" in answered.stderr


def test_the_cases_are_listed_and_each_says_what_it_is_about() -> None:
    listed = CliRunner().invoke(main, ["probe", "--list"])

    assert listed.exit_code == 0
    assert listed.stdout.splitlines() == [f"{number:3} {title(case)}" for number, case in enumerate(CASES, 1)]
    assert len(set(map(title, CASES))) == len(CASES) >= 25


@contextmanager
def acceptor(answer: bytes) -> Iterator[tuple[str, int]]:
    """Says the same thing to everybody, once, and keeps the line until the other side ends it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_accept, args=(listening, answer))
        thread.start()
        host, port = listening.getsockname()
        yield host, port
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


def _accept(listening: socket.socket, answer: bytes) -> None:
    while True:
        try:
            line, _ = listening.accept()
        except OSError:
            return
        with line:
            line.recv(4096)
            line.sendall(answer)
            while line.recv(4096):
                pass


def _message(text: str) -> bytes:
    body = text.replace("|", "\x01").encode()
    data = b"8=FIX.4.4\x019=%d\x01%b" % (len(body), body)
    return b"%b10=%03d\x01" % (data, sum(data) & 255)
