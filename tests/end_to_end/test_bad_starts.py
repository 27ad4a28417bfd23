"""What keeps an exchange from starting: each has an exit code and a sentence that names the cause and what helps."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.conftest import NewExchange
from tests.end_to_end.exchange_process import ROOT, ExchangeProcess, children, command_line
from tests.end_to_end.trader import BUY, Trader

DEMO = (ROOT / "config" / "exchange.yaml").read_text()
FIRST_ORDER = (ROOT / "fixtures" / "scenarios" / "first-order.yaml").read_text()


async def test_an_unknown_setting_is_named_with_its_place(new_exchange: NewExchange, tmp_path: Path) -> None:
    config = tmp_path / "mine.yaml"
    config.write_text(DEMO.replace("  enabled: true", "  enabeld: true"))
    line = config.read_text().splitlines().index("  enabeld: true") + 1

    code, words = await new_exchange(config=config).refuses_to_start()

    assert code == 2
    assert words == f'{config}:{line}:3: flow.enabeld: unknown key, did you mean "enabled"?'


def test_a_slip_in_a_scenario_is_named_with_its_place(tmp_path: Path) -> None:
    scenario = tmp_path / "mine.yaml"
    scenario.write_text(FIRST_ORDER.replace("qty: 100", "qyt: 100", 1))
    line = next(number for number, text in enumerate(FIRST_ORDER.splitlines(), 1) if "qty: 100" in text)

    checked = ExchangeProcess(tmp_path).fixpit("scenario", "check", str(scenario))

    assert checked.returncode == 2
    assert f"{scenario}:{line}:" in checked.stderr
    assert 'qyt: unknown key, did you mean "qty"?' in checked.stderr


@pytest.mark.parametrize("door", ["fix", "http", "mqtt"])
async def test_a_port_in_use_is_named_with_the_setting(door: str, new_exchange: NewExchange) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        exchange = new_exchange(**{f"{door}__port": str(port)})
        code, words = await exchange.refuses_to_start()

    assert code == 1
    assert words.startswith("fixpit cannot start: ")
    for word in (door.upper(), str(port), f"{door}.port", f"--{door}-port"):
        assert word in words
    assert [pid for pid in children(1) if str(exchange.paths.path) in command_line(pid)] == []


@pytest.mark.parametrize(
    ("place", "cause"),
    [
        ("file", "it, or a part of its path, is not a folder; name a folder with --data"),
        ("file/below", "it, or a part of its path, is not a folder; name a folder with --data"),
        ("/proc/fixpit", "no such file or directory; name another folder with --data"),
    ],
)
async def test_a_data_folder_that_cannot_be_is_refused(
    place: str, cause: str, new_exchange: NewExchange, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a folder")

    code, words = await new_exchange(data=tmp_path / place).refuses_to_start()

    assert code == 1
    assert words == f"fixpit cannot start: the data folder {tmp_path / place} cannot be used: {cause}"


async def test_a_read_only_data_folder_is_refused(new_exchange: NewExchange, tmp_path: Path) -> None:
    """Mounted in a namespace of its own, so that root cannot write there either."""
    folder = tmp_path / "read-only"
    folder.mkdir()
    exchange = new_exchange(data=folder)
    mount = f"mount --bind {folder} {folder} && mount -o remount,bind,ro {folder}"
    if subprocess.run(["unshare", "--mount", "sh", "-c", mount], capture_output=True, check=False).returncode:
        pytest.skip("mounting needs root and a kernel that lets it")
    exchange.launched_by = ("unshare", "--mount", "sh", "-c", f'{mount} && exec "$@"', "sh")

    code, words = await exchange.refuses_to_start()

    assert code == 1
    assert f"the data folder {folder} cannot be used: " in words
    assert " is read-only for user " in words
    assert list(folder.iterdir()) == []


async def test_a_data_folder_has_one_exchange(exchange: ExchangeProcess, new_exchange: NewExchange) -> None:
    code, words = await new_exchange(data=exchange.paths.path).refuses_to_start()

    assert code == 1
    assert words == (
        f"fixpit cannot start: the data folder {exchange.paths.path} is in use by process {exchange.pid}: "
        "stop that exchange, or name another folder with --data"
    )
    assert (await exchange.get("/readyz"))["status"] == "ready"


async def test_a_damaged_journal_is_refused_and_a_torn_one_is_not(new_exchange: NewExchange) -> None:
    exchange = new_exchange(store__enabled="false", mqtt__enabled="false")
    async with exchange:
        alice = Trader("ALICE")
        await alice.log_on(exchange.fix_port)
        for number in range(50):
            alice.order(f"a{number}", BUY, 1, "9.05")
        await alice.answer("a49")
        await alice.log_out()
    segment = max(exchange.paths.journal.iterdir())
    sound = segment.read_bytes()
    end = len(sound.rstrip(b"\0"))

    segment.write_bytes(sound[: end // 2] + bytes([sound[end // 2] ^ 1]) + sound[end // 2 + 1 :])
    damaged = segment.read_bytes()
    code, words = await exchange.refuses_to_start()
    assert code == 1
    assert words.startswith("fixpit cannot start: the journal cannot be trusted: ")
    assert str(segment) in words
    assert words.endswith("bring the journal folder back from a copy, or start with an empty data folder.")
    assert segment.read_bytes() == damaged

    # A kill in the middle of a write: a record was begun for which nobody has an answer.
    begun = (90).to_bytes(4, "little") + b"\xde\xad\xbe\xef" + (51 + 16).to_bytes(8, "little") + b"half a comm"
    segment.write_bytes(sound[:end] + begun + sound[end + len(begun) :])
    async with exchange:
        assert await exchange.book("ACME") == {"bids": [["9.05", 50, 50]], "asks": []}
        await alice.log_on(exchange.fix_port)
        alice.order("a50", BUY, 1, "9.05")
        assert (await alice.answer("a50")).get("150") == "0"
        await alice.log_out()
