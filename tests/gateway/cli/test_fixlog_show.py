"""`fixpit fixlog show`: the frames of a data folder, chosen, followed through an order's chain, and named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.cli.fixlog_selection import RoundTrips
from gateway.fix.clock import GatewayClock
from gateway.fix.frame_chains import Chain
from gateway.fix.frame_log import NOTED, RECEIVED, SENT, FrameLog, frame_files
from gateway.fix.frame_log_reading import FrameReader, frames_in
from gateway.fix.message import encode

TEN = 1_767_348_000_000_000_000
"""2026-01-02 10:00:00 UTC."""


def frame(fields: str, sender: str = "ALICE") -> bytes:
    to = "FIXPIT" if sender in {"ALICE", "BOB"} else "ALICE"
    msg_type, _, rest = fields.partition("|")
    return encode("FIX.4.4", f"35={msg_type}|34=2|49={sender}|56={to}|{rest}|".replace("|", "\x01"))


class Exchange:
    """A data folder with a frame log, written on a clock that the test moves."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.clock = GatewayClock()
        self.clock.set(TEN)
        self.folder = data / "fix" / "frames"
        self.log = FrameLog(self.folder, self.clock, limit_bytes=1 << 20, schedule=lambda _: None)

    def after(self, microseconds: int) -> None:
        self.clock.set(self.clock.now + microseconds * 1000)

    def took(self, fields: str, session: str = "ALICE") -> None:
        data = frame(fields, session)
        self.log.record(RECEIVED, session, "10.0.0.1", [data[:-7].decode("latin-1")])

    def said(self, fields: str, session: str = "ALICE") -> None:
        self.log.record(SENT, session, "10.0.0.1", [frame(fields, "FIXPIT")])

    def show(self, *options: str) -> Result:
        self.log.write()
        return CliRunner().invoke(main, ["fixlog", "show", "--data", str(self.data), *options])

    def lines(self, *options: str) -> list[str]:
        """What is shown, without the times."""
        return [line.partition(" ")[2] for line in self.show(*options).stdout.splitlines()]


@pytest.fixture
def exchange(tmp_path: Path) -> Exchange:
    """An order A1, replaced by A2, canceled by A3; another of ALICE's, and one of BOB's with the same name."""
    exchange = Exchange(tmp_path)
    exchange.log.record(NOTED, "", "10.0.0.1", (), "connected")
    exchange.took("A|98=0|108=30|553=alice|554=swordfish")
    exchange.after(1_000_000)
    exchange.took("D|11=A1|55=ACME|54=1|38=100")
    exchange.after(210)
    exchange.said("8|37=7|11=A1|150=0|39=0")
    exchange.took("D|11=B1|55=ACME|54=2|38=5")
    exchange.said("8|37=8|11=B1|150=0|39=0")
    exchange.took("G|11=A2|41=A1|38=50")
    exchange.said("8|37=7|11=A2|41=A1|150=5|39=0")
    exchange.took("D|11=A1|38=1", "BOB")
    exchange.said("8|37=9|11=A1|150=0|39=0", "BOB")
    exchange.after(1_000_000)
    exchange.took("F|11=A3|41=A2")
    exchange.said("8|37=7|11=A3|41=A2|150=4|39=4")
    exchange.log.record(NOTED, "ALICE", "10.0.0.1", (), "disconnected: the client logged out")
    return exchange


def test_everything_is_there_in_order_with_names_and_arrows(exchange: Exchange) -> None:
    lines = exchange.lines()

    assert len(lines) == 13
    assert lines[0] == "10.0.0.1 ! connected"
    assert lines[2] == "ALICE → 2 NewOrderSingle(D) ClOrdID=A1 Symbol=ACME Side=Buy OrderQty=100"
    assert lines[3] == "ALICE ← 2 ExecutionReport(8) +0.21 ms OrderID=7 ClOrdID=A1 ExecType=New OrdStatus=New"
    assert lines[-1] == "ALICE ! disconnected: the client logged out"


def test_passwords_are_not_shown(exchange: Exchange) -> None:
    for form in ("--oneline", "--raw", "--table", "--json"):
        shown = exchange.show(form).stdout
        assert "swordfish" not in shown
        assert "***" in shown


@pytest.mark.parametrize("cl_ord_id", ["A1", "A2", "A3"])
def test_an_order_is_followed_through_its_chain_from_any_of_its_names(exchange: Exchange, cl_ord_id: str) -> None:
    shown = [line.split()[3] for line in exchange.lines("--session", "ALICE", "--cl-ord-id", cl_ord_id)]

    assert shown == [
        "NewOrderSingle(D)",
        "ExecutionReport(8)",
        "OrderCancelReplaceRequest(G)",
        "ExecutionReport(8)",
        "OrderCancelRequest(F)",
        "ExecutionReport(8)",
    ]


def test_an_order_is_found_by_the_venue_s_number(exchange: Exchange) -> None:
    assert exchange.lines("--order-id", "8") == exchange.lines("--cl-ord-id", "B1")
    assert len(exchange.lines("--order-id", "7", "--session", "ALICE")) == 6


def test_without_a_session_all_that_have_the_name_are_shown(exchange: Exchange) -> None:
    assert {line.split()[0] for line in exchange.lines("--cl-ord-id", "A1")} == {"ALICE", "BOB"}


def test_types_sessions_times_and_numbers_choose(exchange: Exchange) -> None:
    assert [line.split()[3] for line in exchange.lines("--type", "F,G")] == [
        "OrderCancelReplaceRequest(G)",
        "OrderCancelRequest(F)",
    ]
    assert len(exchange.lines("--session", "BOB")) == 2
    assert len(exchange.lines("--since", "2026-01-02T10:00:02")) == 3
    assert len(exchange.lines("--since", "2026-01-02T11:00:02+01:00")) == 3
    assert exchange.lines("--last", "1") == ["ALICE ! disconnected: the client logged out"]


def test_raw_frames_are_whole_again(exchange: Exchange) -> None:
    raw = exchange.show("--raw", "--type", "D", "--session", "BOB").stdout

    assert raw == frame("D|11=A1|38=1", "BOB").decode().replace("\x01", "|") + "\n"
    assert CliRunner().invoke(main, ["fixlog", "decode", "-"], input=raw).exit_code == 0


def test_json_is_an_object_for_each_frame(exchange: Exchange) -> None:
    first, second = map(json.loads, exchange.show("--json", "--cl-ord-id", "B1").stdout.splitlines())

    assert (first["direction"], first["session"], first["peer"]) == ("in", "ALICE", "10.0.0.1")
    assert (first["message"], first["round_trip_nanoseconds"]) == ("NewOrderSingle(D)", None)
    assert (second["direction"], second["round_trip_nanoseconds"]) == ("out", 0)
    assert {"tag": "54", "name": "Side", "value": "2", "meaning": "Sell"} in first["fields"]


def test_a_logon_belongs_to_whom_it_names(exchange: Exchange) -> None:
    exchange.log.record(RECEIVED, "", "10.0.0.1", [frame("A|98=0", "BOB")[:-7].decode()])

    assert exchange.lines("--session", "BOB", "--type", "A") == ["BOB → 2 Logon(A) EncryptMethod=None"]


def test_what_a_client_sends_cannot_steer_a_terminal(exchange: Exchange) -> None:
    exchange.took("B|58=\x1b[2Jgone")

    for form in ("--oneline", "--raw", "--table", "--json"):
        assert "\x1b[2J" not in exchange.show(form, "--type", "B").stdout


def test_nothing_found_is_exit_code_1_and_a_time_that_is_none_2(exchange: Exchange) -> None:
    assert exchange.show("--session", "NOBODY").exit_code == 1
    assert exchange.show("--since", "yesterday").exit_code == 2


def test_a_folder_without_a_log_says_why(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["fixlog", "show", "--data", str(tmp_path)])

    assert result.exit_code == 1
    assert "fix.frame_log.enabled" in result.stderr


def test_a_reader_goes_on_where_it_was_and_into_the_next_file(exchange: Exchange) -> None:
    exchange.log.write()
    reader = FrameReader(exchange.folder)
    assert len(list(reader.read())) == 13

    exchange.took("D|11=A9")
    exchange.log.write()
    assert [one.text.partition("\x0111=")[2][:2] for one in reader.read()] == ["A9"]

    again = Exchange(exchange.data)
    again.took("D|11=C1")
    again.log.write()
    assert [one.text.partition("\x0111=")[2][:2] for one in reader.read()] == ["C1"]


def test_a_half_written_record_waits_for_its_rest(exchange: Exchange) -> None:
    exchange.log.write()
    path = frame_files(exchange.folder)[0]
    whole = path.read_bytes()
    for cut in range(len(whole) - 400, len(whole)):
        path.write_bytes(whole[:cut])
        reader = FrameReader(exchange.folder)
        before = list(reader.read())
        path.write_bytes(whole)
        assert len(before) + len(list(reader.read())) == 13


def test_damage_ends_a_file_and_harms_nothing(exchange: Exchange) -> None:
    exchange.log.write()
    path = frame_files(exchange.folder)[0]
    for damage in (b"\n\n\n", b"1\t<\tA\tB\tx\t\n", b"1\t?\tA\tB\t1\t\nx\n", b"\xff" * 100_000):
        path.write_bytes(damage)
        assert list(FrameReader(exchange.folder).read()) == []


def test_what_is_in_memory_reads_as_what_is_on_disk(exchange: Exchange) -> None:
    assert list(frames_in(exchange.log.recent())) == list(FrameReader(exchange.folder).read())


def test_a_resent_report_is_no_answer(exchange: Exchange) -> None:
    exchange.took("D|11=Z")
    exchange.said("8|43=Y|11=Z")
    exchange.log.write()
    trips = RoundTrips()

    taken = [trips.nanoseconds(one) for one in FrameReader(exchange.folder).read()]

    assert taken[-1] is None
    assert [one for one in taken if one] == [210_000]


def test_a_chain_of_replaces_is_found_from_its_end(tmp_path: Path) -> None:
    exchange = Exchange(tmp_path)
    exchange.took("D|11=R0")
    for number in range(1, 30):
        exchange.took(f"G|11=R{number}|41=R{number - 1}")
    exchange.log.write()
    chain = Chain("ALICE", {"R29"})

    chain.learn(lambda: FrameReader(exchange.folder).read())

    assert chain.cl_ord_ids == {f"R{number}" for number in range(30)}
