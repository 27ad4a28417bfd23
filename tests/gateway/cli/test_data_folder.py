"""`fixpit journal` and `fixpit store` on a data folder that no exchange holds."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from exchange.commands import CancelOrder, Command, EnterOrder, ListInstrument, OpenAccount, RefuseAmendment
from exchange.orders import OrderType, Side, TimeInForce
from exchange.reference.accounts import Account
from exchange.reference.instruments import Instrument
from exchange.rejections import RejectReason
from exchange.sequencing.data_folder import DataFolder
from exchange.sequencing.journal import Journal
from exchange.sequencing.journal_format import HEADER_BYTES
from exchange.venue import Venue
from gateway.cli import main

AT = 1_767_348_000_000_000_001


def enter(cl_ord_id: str, side: Side, quantity: int, price: int) -> EnterOrder:
    return EnterOrder("ALICE", cl_ord_id, "A", "ACME", side, OrderType.LIMIT, TimeInForce.DAY, quantity, price)


COMMANDS: list[Command] = [
    ListInstrument(Instrument("ACME", 2, 1, 1, "USD", 1000, 10, 100_000, 1_000_000)),
    OpenAccount(Account("A", "")),
    enter("1", Side.SELL, 300, 1005),
    enter("2", Side.BUY, 100, 1005),
    CancelOrder("ALICE", "3", "1", "ACME", Side.SELL),
    RefuseAmendment("ALICE", "4", "9", False, RejectReason.UNKNOWN_ORDER, "orig_cl_ord_id", "9 is unknown"),
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    with DataFolder(tmp_path / "data") as folder:
        journal = Journal(folder.journal, segment_bytes=4 << 20)
        journal.open()
        for number, command in enumerate(COMMANDS):
            journal.append([(AT + number).to_bytes(8, "little") + msgspec.msgpack.encode(command)])
        journal.close()
    return tmp_path / "data"


def fixpit(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def segment(data: Path) -> Path:
    return next((data / "journal").glob("*.journal"))


def damage(data: Path) -> None:
    content = bytearray(segment(data).read_bytes())
    content[HEADER_BYTES + 20] ^= 0xFF
    segment(data).write_bytes(content)


def test_a_sound_journal_is_called_so(data: Path) -> None:
    result = fixpit("journal", "verify", "--data", data)

    assert result.exit_code == 0
    assert result.stdout.startswith(f"{data}/journal: 6 records, 1 to 6 in 1 segments, ")
    assert result.stdout.endswith("bytes\nsound\n")
    assert json.loads(fixpit("journal", "verify", "--json", "--data", data).stdout)["records"] == 6


def test_a_damaged_journal_ends_with_1(data: Path) -> None:
    damage(data)
    verified = fixpit("journal", "verify", "--data", data)
    dumped = fixpit("journal", "dump", "--data", data)

    assert verified.exit_code == 1
    assert f"DAMAGED: {segment(data)} is damaged at byte {HEADER_BYTES}: expected record 1" in verified.stdout
    assert dumped.exit_code == 1
    assert dumped.stderr.startswith("the journal cannot be trusted: ")


def test_an_interrupted_write_is_told_and_no_damage(data: Path) -> None:
    content = segment(data).read_bytes().rstrip(b"\0")
    segment(data).write_bytes(content[:-3])
    result = fixpit("journal", "verify", "--data", data)

    assert result.exit_code == 0
    assert "5 records, 1 to 5" in result.stdout
    assert f"{segment(data)} ends with an interrupted write at byte " in result.stdout
    assert result.stdout.endswith("bytes off\nsound\n")


def test_a_segment_that_was_never_finished_is_told(data: Path) -> None:
    unfinished = segment(data).with_name(f"{7:020d}.journal")
    unfinished.write_bytes(b"")
    result = fixpit("journal", "verify", "--data", data)

    assert (result.exit_code, f"{unfinished} was never finished" in result.stdout) == (0, True)


def test_dump_shows_each_command_in_words(data: Path) -> None:
    lines = fixpit("journal", "dump", "--from", 4, "--data", data).stdout.splitlines()

    assert lines == [
        (
            "4 2026-01-02T10:00:00.000000004Z EnterOrder session=ALICE cl_ord_id=2 account=A symbol=ACME side=BUY "
            "order_type=LIMIT time_in_force=DAY quantity=100 price=1005"
        ),
        (
            "5 2026-01-02T10:00:00.000000005Z CancelOrder session=ALICE cl_ord_id=3 orig_cl_ord_id=1 symbol=ACME "
            "side=SELL"
        ),
        (
            "6 2026-01-02T10:00:00.000000006Z RefuseAmendment session=ALICE cl_ord_id=4 orig_cl_ord_id=9 "
            "is_replace=False reason=UNKNOWN_ORDER field=orig_cl_ord_id text=9 is unknown"
        ),
    ]


@pytest.mark.parametrize(
    ("options", "sequences"),
    [((), [1, 2, 3, 4, 5, 6]), (("--from", 3, "--to", 4), [3, 4]), (("--from", 6), [6]), (("--from", 7), [])],
)
def test_dump_gives_the_range_that_is_asked_for(data: Path, options: tuple[object, ...], sequences: list[int]) -> None:
    lines = fixpit("journal", "dump", "--json", *options, "--data", data).stdout.splitlines()

    assert [json.loads(line)["sequence"] for line in lines] == sequences


def test_dump_shows_values_within_values(data: Path) -> None:
    first, second = fixpit("journal", "dump", "--to", 2, "--data", data).stdout.splitlines()

    assert "ListInstrument instrument={symbol=ACME price_digits=2 " in first
    assert second.endswith('OpenAccount account={account_id=A name=""}')


def test_replay_ends_where_the_venue_was(data: Path) -> None:
    venue = Venue()
    for number, command in enumerate(COMMANDS):
        venue.apply(command, AT + number)
    answer = json.loads(fixpit("journal", "replay", "--json", "--data", data).stdout)

    assert answer == {
        "commands": 6,
        "events": venue.last_event,
        "orders": 2,
        "trades": 1,
        "open_orders": 0,
        "at": "2026-01-02T10:00:00.000000006Z",
        "state_hash": venue.state_hash(),
    }
    assert f"state hash   {venue.state_hash()}\n" in fixpit("journal", "replay", "--data", data).stdout


def test_replay_stops_where_it_is_told_to(data: Path) -> None:
    answer = json.loads(fixpit("journal", "replay", "--to", 4, "--json", "--data", data).stdout)

    assert (answer["commands"], answer["open_orders"]) == (4, 1)


def test_an_unknown_command_in_the_journal_is_told(data: Path) -> None:
    with DataFolder(data) as folder:
        journal = Journal(folder.journal, segment_bytes=4 << 20)
        journal.open()
        journal.append([AT.to_bytes(8, "little") + msgspec.msgpack.encode(["merge", 1])])
        journal.close()
    result = fixpit("journal", "dump", "--from", 7, "--data", data)

    assert result.exit_code == 1
    assert result.stderr.startswith("record 7 holds no command that this release knows (")


@pytest.mark.parametrize(
    "command",
    [("journal", "verify"), ("journal", "dump"), ("journal", "replay"), ("store", "rebuild"), ("store", "verify")],
)
def test_a_folder_without_a_journal_is_wrong_usage_and_stays_as_it_is(tmp_path: Path, command: tuple[str, ...]) -> None:
    result = fixpit(*command, "--data", tmp_path / "nowhere")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"{tmp_path}/nowhere is no data folder: it has no journal; name one with --data\n"
    assert not (tmp_path / "nowhere").exists()


def test_a_rebuilt_store_is_what_the_journal_says(data: Path) -> None:
    rebuilt = fixpit("store", "rebuild", "--data", data)
    verified = fixpit("store", "verify", "--data", data)

    assert (rebuilt.exit_code, rebuilt.stdout) == (0, "the store has all events up to 12\n")
    assert (verified.exit_code, verified.stdout) == (0, "the store is what the journal says\n")
    assert json.loads(fixpit("store", "rebuild", "--json", "--data", data).stdout) == {"last_event": 12}


def test_a_store_that_says_something_else_is_told(data: Path) -> None:
    fixpit("store", "rebuild", "--data", data)
    with sqlite3.connect(data / "store.sqlite") as store:
        store.execute("UPDATE trades SET quantity = 7")
    store.close()
    told, counted = fixpit("store", "verify", "--data", data), fixpit("store", "verify", "--json", "--data", data)

    assert (told.exit_code, counted.exit_code) == (1, 1)
    assert told.stdout.startswith("trades: the live store has ")
    assert len(json.loads(counted.stdout)["differences"]) == 1


def test_settings_with_mistakes_are_named(data: Path, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("store: {url: nonsense}\n")
    result = fixpit("store", "verify", "--config", tmp_path / "own.yaml", "--data", data)

    assert result.exit_code == 2
    assert "store.url" in result.stderr


def test_a_store_that_cannot_be_used_is_a_sentence(data: Path) -> None:
    (data / "store.sqlite").mkdir()
    result = fixpit("store", "rebuild", "--data", data)

    assert (result.exit_code, result.stdout) == (1, "")
    assert "store sqlite" in result.stderr
