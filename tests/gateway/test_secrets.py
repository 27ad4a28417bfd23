"""A secret comes in by every door of a real exchange, and is then nowhere to be found: not in a log, file or answer.

The same process serves TLS, so that what is read again at SIGHUP is seen on the loop that the product runs on.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
import ssl
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from gateway.fix.message import encode
from tests.gateway.exchange_process import RunningExchange, running_exchange
from tests.gateway.fix.certificates import Authority
from tests.gateway.fix.line import Line

PLANTED = "PLANTED"
"""The beginning of every secret here."""

SETTINGS = f"""\
demo: false
venue: {{ comp_id: VENUE }}
fix:
  port: 0
  sessions:
    - {{ comp_id: ALICE, username: alice, password: {PLANTED}-first-of-alice, accounts: [ACC] }}
    - {{ comp_id: SIGNED, hmac_secret: {PLANTED}-hmac-secret, accounts: [ACC] }}
http: {{ port: 0 }}
mqtt: {{ enabled: false, url: "mqtt://localhost:1", username: u, password: {PLANTED}-mqtt }}
accounts: [{{ id: ACC }}]
instruments: [{{ symbol: ACME, reference_price: "10.00" }}]
"""


def fixpit(folder: Path, *arguments: str) -> str:
    """All that a command says."""
    ended = subprocess.run(
        [sys.executable, "-m", "gateway.cli", *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    return ended.stdout + ended.stderr


async def first_answer(exchange: RunningExchange, name: str, terms: str, *, next_out: int = 1) -> str:
    line = await Line.open(exchange.fix, name, next_out=next_out)
    line.send(f"A|98=0|108=30{terms}")
    answer = await line.receive()
    await line.close()
    return answer


async def say(exchange: RunningExchange, data: bytes) -> str:
    line = await Line.open(exchange.fix, "ALICE")
    line.writer.write(data)
    line.writer.write_eof()
    answer = await line.receive()
    await line.close()
    return answer


async def plant(exchange: RunningExchange) -> None:
    """Sends secrets where they belong and where they do not."""
    alice = await Line.open(exchange.fix, "ALICE")
    alice.send(f"A|98=0|108=30|553=alice|554={PLANTED}-first-of-alice")
    assert (await alice.receive()).startswith("A|")
    change = f"BE|923=r|924=3|553=alice|554={PLANTED}"
    alice.send(f"{change}-wrong|925={PLANTED}-second")
    assert "|926=4|" in await alice.receive()
    alice.send(f"{change}-first-of-alice|925={PLANTED}-second")
    assert (await alice.receive()).endswith("|926=5")
    for misplaced in (
        f"D|11=1|55=ACME|54=1|38=100|40=2|44=10.05|554={PLANTED}",
        f"0|95=12|96={PLANTED}-data",
        f"0|95=99|96={PLANTED}-data",
        f"1|112=x|554={PLANTED}-1|554={PLANTED}-2",
        f"ZZ|925={PLANTED}",
        f"j|45=1|372=D|380=0|554={PLANTED}",
    ):
        alice.send(misplaced)
        assert PLANTED not in await alice.receive()
    alice.writer.write(f"8=FIX.4.4\x019=10\x0135=A\x01554={PLANTED}-garbled\x0110=000\x01".encode())
    alice.send("5|58=bye")
    assert (await alice.receive()).startswith("5|")
    await alice.close()
    assert (await first_answer(exchange, "ALICE", f"|553=alice|554={PLANTED}-guess")).startswith("5|")
    assert (await first_answer(exchange, "NOBODY", f"|553={PLANTED[:3]}|554={PLANTED}-guess")).startswith("5|")
    assert (await first_answer(exchange, "SIGNED", f"|95=13|96={PLANTED}-hmac-")).startswith("5|")
    assert (await first_answer(exchange, "ALICE", f"|553=alice|554={PLANTED}|554={PLANTED}")).startswith("5|")
    for whole in (
        f"35=A|49=ALICE|56=VENUE|34=1|52=rubbish|98=0|108=30|553=alice|554={PLANTED}|",
        f"35=D|554={PLANTED}|95=3|96={PLANTED}|",
        f"35=A|49=\x1b[2J|56=VENUE|34=1|1402={PLANTED}|",
    ):
        assert PLANTED not in await say(exchange, encode("FIX.4.4", whole.replace("|", "\x01")))
    await say(exchange, f"GET /?554={PLANTED} HTTP/1.1\r\n\r\n".encode())


async def test_a_secret_is_nowhere_to_be_found(tmp_path: Path) -> None:
    with running_exchange(tmp_path, "--log-format", "console", "--verbose", settings=SETTINGS) as exchange:
        await plant(exchange)
        assert (await first_answer(exchange, "ALICE", f"|553=alice|554={PLANTED}-second", next_out=20)).startswith("A|")
        token = (exchange.data / "operator.token").read_text()
        shown = [
            httpx.get(exchange.url + path, headers={"Authorization": f"Bearer {token}"}).text
            for path in ("/metrics", "/admin/sessions", "/readyz", "/")
        ]
        shown += [fixpit(tmp_path, "config", "show", "--config", "exchange.yaml", *more) for more in ((), ("--json",))]
        (tmp_path / "pasted").write_text(f"8=FIX.4.4|9=5|35=A|553=ann|554={PLANTED}|10=000|")
        shown += [fixpit(tmp_path, "fixlog", "decode", "pasted", *more) for more in ((), ("--json",))]
        assert all("***" in text for text in shown[-2:])
        shown += [fixpit(tmp_path, "sessions", *more, "--data", "data") for more in ((), ("show", "ALICE"))]
        shown.append(fixpit(tmp_path, "fixlog", "show", "--data", "data"))
        assert exchange.stop() == 0
    shown += [exchange.stdout, exchange.stderr]
    assert "Traceback" not in exchange.stderr
    assert [line for text in shown for line in text.splitlines() if PLANTED in line] == []
    assert "\x1b[2J" not in exchange.stderr
    holding = [path for path in exchange.data.rglob("*") if path.is_file() and PLANTED.encode() in path.read_bytes()]
    assert holding == []
    with sqlite3.connect(exchange.data / "store.sqlite") as store:
        hashes = [row[0] for row in store.execute("select password_hash from users")]
    store.close()
    assert len(hashes) == 1 and all(one.startswith("$argon2id$") for one in hashes)


async def test_a_changed_password_stays_changed_over_a_restart(tmp_path: Path) -> None:
    with running_exchange(tmp_path, settings=SETTINGS) as exchange:
        alice = await Line.open(exchange.fix, "ALICE")
        alice.send(f"A|98=0|108=30|553=alice|554={PLANTED}-first-of-alice")
        alice.send(f"BE|923=r|924=3|553=alice|554={PLANTED}-first-of-alice|925={PLANTED}-second")
        assert [text[:2] for text in await alice.receive_all(2)] == ["A|", "BF"]
        await alice.close()
        assert exchange.stop() == 0
    with running_exchange(tmp_path, settings=SETTINGS) as exchange:
        old, new = (f"|141=Y|553=alice|554={PLANTED}-{end}" for end in ("first-of-alice", "second"))
        assert (await first_answer(exchange, "ALICE", old)).startswith("5|")
        assert (await first_answer(exchange, "ALICE", new)).startswith("A|")
        assert exchange.stop() == 0
    assert "the password is that of the settings, but the user has another one in the store" in exchange.stderr
    assert PLANTED not in exchange.stderr


async def test_certificates_are_read_again_at_sighup(tmp_path: Path) -> None:
    first, second = Authority(tmp_path / "first"), Authority(tmp_path / "second", "Second CA")
    for path in first.issue("server", "localhost"):
        shutil.copy(path, tmp_path)
    tls = "tls: { certificate: server.pem, key: server.key }".replace("server", f"{tmp_path}/server")
    with running_exchange(tmp_path, settings=SETTINGS.replace("  port: 0\n", f"  port: 0\n  {tls}\n", 1)) as exchange:
        reader, writer = await asyncio.open_connection(*exchange.fix, ssl=first.client())
        alice = Line("ALICE", reader, writer, 1)
        alice.send(f"A|98=0|108=30|553=alice|554={PLANTED}-first-of-alice")
        assert (await alice.receive()).startswith("A|")
        assert await first_answer(exchange, "ALICE", "") == "", "who speaks no TLS is closed"

        for path in second.issue("server", "localhost"):
            shutil.copy(path, tmp_path)
        exchange.process.send_signal(signal.SIGHUP)
        async with asyncio.timeout(5):
            while "certificates reloaded" not in exchange.stderr:
                await asyncio.sleep(0.02)
        _, again = await asyncio.open_connection(*exchange.fix, ssl=second.client())
        again.close()
        with pytest.raises(ssl.SSLCertVerificationError):
            await asyncio.open_connection(*exchange.fix, ssl=first.client())
        assert await alice.is_alive()
        await alice.close()
        assert exchange.stop() == 0
    assert "TLS handshake failed" in exchange.stderr and "Traceback" not in exchange.stderr
