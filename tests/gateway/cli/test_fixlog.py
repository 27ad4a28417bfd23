"""`fixpit fixlog decode`: messages found in any text, named, and checked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.cli.fixlog_reading import logged_messages
from gateway.fix.message import encode

ORDER_FIELDS = "35=D|49=ALICE|56=FIXPIT|34=2|52=20260102-10:00:00.000|11=A1|55=ACME|54=1|38=100|40=2|44=10.05|18=1 G|"
ORDER = encode("FIX.4.4", ORDER_FIELDS.replace("|", "\x01"))
LENGTH = len(ORDER_FIELDS)
SUM = int(ORDER[-4:-1])
HEARTBEAT = encode("FIX.4.4", "35=0\x0149=FIXPIT\x0156=ALICE\x0134=3\x0152=20260102-10:00:01.000\x01")
WITH_DATA = encode("FIX.4.4", "35=B\x0134=4\x0195=10\x0196=a\x01b\x0110=c|\n\x01148=x\x01")
DATA_TAGS = {"95": "96"}


def decode(content: bytes, *options: str) -> Result:
    return CliRunner().invoke(main, ["fixlog", "decode", "-", *options], input=content)


def found(content: bytes) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.get("35"), one.faults) for one in logged_messages(content.decode("latin-1"), DATA_TAGS)]


@pytest.mark.parametrize("separator", [b"\x01", b"|", b"^A"])
@pytest.mark.parametrize("between", [b"\n", b"\r\n", b"", b"\n2026-01-02 10:00:00,123 INFO out "])
def test_messages_are_found_whatever_separates_fields_and_messages(separator: bytes, between: bytes) -> None:
    content = between.join([b"prefix ", ORDER, HEARTBEAT, b""]).replace(b"\x01", separator)

    assert found(content) == [("D", ()), ("0", ())]


def test_data_may_hold_anything() -> None:
    messages = list(logged_messages((WITH_DATA + b"\n" + HEARTBEAT).decode("latin-1"), DATA_TAGS))

    assert [message.faults for message in messages] == [(), ()]
    assert messages[0].get("96") == "a\x01b\x0110=c|\n"
    assert messages[0].get("148") == "x"


@pytest.mark.parametrize(
    ("was", "becomes", "faults"),
    [
        (
            f"9={LENGTH}\x01",
            f"9={LENGTH + 1}\x01",
            (
                f"BodyLength(9) is {LENGTH + 1}; the body has {LENGTH} bytes",
                f"CheckSum(10) is {SUM:03d}; the bytes sum up to {(SUM + 1) % 256:03d}",
            ),
        ),
        (f"9={LENGTH}\x01", "", ("BodyLength(9) is not the second field", "CheckSum(10) is")),
        ("38=100", "38=200", (f"CheckSum(10) is {SUM:03d}; the bytes sum up to {(SUM + 1) % 256:03d}",)),
        (f"10={SUM:03d}", f"10={SUM}.", (f"CheckSum(10) is {SUM}.; the bytes sum up to {SUM:03d}",)),
        (f"10={SUM:03d}\x01", "", ("CheckSum(10) is missing: the message is cut off",)),
        (ORDER[40:].decode(), "", ("CheckSum(10) is missing: the message is cut off",)),
        (ORDER[10:].decode(), "", ("CheckSum(10) is missing: the message is cut off",)),
    ],
)
def test_what_is_wrong_is_said_and_the_next_message_is_found(was: str, becomes: str, faults: tuple[str, ...]) -> None:
    assert was in ORDER.decode()
    broken, sound = found(ORDER.replace(was.encode(), becomes.encode()) + b"\n" + HEARTBEAT)

    assert len(broken[1]) == len(faults)
    assert all(said.startswith(fault) for said, fault in zip(broken[1], faults, strict=True))
    assert sound == ("0", ())


def test_a_table_names_fields_and_codes() -> None:
    result = decode(ORDER)
    rows = [line.split() for line in result.stdout.splitlines()]

    assert result.exit_code == 0
    assert rows[0] == ["20260102-10:00:00.000", "ALICE", "→", "FIXPIT", "2", "NewOrderSingle(D)"]
    assert ["35", "MsgType", "D", "NewOrderSingle"] in rows
    assert ["54", "Side", "1", "Buy"] in rows
    assert ["44", "Price", "10.05"] in rows
    assert any(row[:2] == ["18", "ExecInst"] and "AllOrNone" in "".join(row) for row in rows)


def test_oneline_leaves_out_what_its_beginning_says() -> None:
    assert decode(HEARTBEAT + ORDER, "--oneline").stdout.splitlines() == [
        "20260102-10:00:01.000 FIXPIT → ALICE 3 Heartbeat(0)",
        (
            "20260102-10:00:00.000 ALICE → FIXPIT 2 NewOrderSingle(D) ClOrdID=A1 Symbol=ACME Side=Buy OrderQty=100 "
            "OrdType=Limit Price=10.05 ExecInst=NotHeld, AllOrNone"
        ),
    ]


def test_json_is_one_object_a_line() -> None:
    result = decode(ORDER + HEARTBEAT, "--json")
    order, heartbeat = (json.loads(line) for line in result.stdout.splitlines())

    assert (order["message"], order["faults"]) == ("NewOrderSingle(D)", [])
    assert {"tag": "54", "name": "Side", "value": "1", "meaning": "Buy"} in order["fields"]
    assert heartbeat["message"] == "Heartbeat(0)"


def test_unknown_tags_and_messages_are_shown_as_they_are() -> None:
    content = encode("FIX.4.4", "35=ZZ\x0134=1\x0177777=é\x01".encode().decode("latin-1"))
    fields = json.loads(decode(content, "--json").stdout)

    assert fields["message"] == "unknown message (ZZ)"
    assert fields["fields"][4] == {"tag": "77777", "name": None, "value": "é", "meaning": None}
    assert "77777=é" in decode(content, "--oneline").stdout


def test_bytes_that_are_no_utf_8_are_taken_for_latin_1() -> None:
    assert "Text=café" in decode(encode("FIX.4.4", "35=0\x0158=café\x01"), "--oneline").stdout


def test_a_faulty_message_ends_with_1_and_is_counted() -> None:
    result = decode(ORDER.replace(b"38=100", b"38=200") + HEARTBEAT)

    assert f"✗ CheckSum(10) is {SUM:03d}; the bytes sum up to {(SUM + 1) % 256:03d}" in result.stdout
    assert (result.exit_code, result.stderr) == (1, "1 of 2 messages have a wrong BodyLength(9) or CheckSum(10)\n")


def test_a_file_without_messages_ends_with_1(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("nothing here\n")
    result = CliRunner().invoke(main, ["fixlog", "decode", str(tmp_path / "a.log")])

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "a.log holds no FIX message: none begins with 8=FIX\n"
