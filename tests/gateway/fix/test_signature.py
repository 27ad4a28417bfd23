"""Signed logons: what a right signature is, for how long, and that it is good once. The example is the document's."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.fix.codec import Codec
from gateway.fix.dictionary import load
from gateway.fix.message import Message, encode
from gateway.fix.sending_time import NANOSECONDS as S
from gateway.fix.sending_time import TimestampReader
from gateway.fix.signature import Signatures, signature

DOCUMENT = Path(__file__).parents[3] / "docs" / "fix-logon.md"
SECRET = "a-secret-of-32-characters-or-so!"
NOON = (TimestampReader().seconds("20240621-12:00:00") or 0) * S
CODEC = Codec(load("FIX.4.4"))


def logon(*, seq: int = 1, time: str = "20240621-12:00:00.000", secret: str = SECRET, where: str = "96") -> Message:
    body = f"35=A|49=ALICE|56=FIXPIT|34={seq}|52={time}|98=0|108=30|"
    unsigned = CODEC.read(encode("FIX.4.4", body.replace("|", "\x01"))[:-7].decode())
    given = signature(secret, unsigned)
    body += f"95={len(given)}|96={given}|" if where == "96" else f"554={given}|" if where == "554" else ""
    message = CODEC.read(encode("FIX.4.4", body.replace("|", "\x01"))[:-7].decode())
    assert message.violation is None, message.violation
    return message


def fault(
    signatures: Signatures, message: Message, *, now: int = NOON, in_password: bool = True, comp_id: str = "ALICE"
) -> str:
    return signatures.fault(comp_id, SECRET, message, now, in_password=in_password)


@pytest.fixture
def signatures() -> Signatures:
    return Signatures(window=5 * S, started=NOON - 3_600 * S)


def test_a_right_signature_is_good_once(signatures: Signatures) -> None:
    assert fault(signatures, logon()) == ""
    assert fault(signatures, logon()) == "its signature was used before"
    assert fault(signatures, logon(seq=2)) == ""
    assert fault(signatures, logon(), comp_id="OTHER") == ""


def test_it_may_stand_in_password_when_no_password_does(signatures: Signatures) -> None:
    assert fault(signatures, logon(where="554"), in_password=False) == (
        "it is not signed, and the session's logons have to be"
    )
    assert fault(signatures, logon(where="554")) == ""


def test_anything_else_is_none(signatures: Signatures) -> None:
    assert fault(signatures, logon(where="")) == "it is not signed, and the session's logons have to be"
    assert fault(signatures, logon(secret="another")) == "its signature is wrong"
    for tag, value in (("34", "2"), ("49", "BOB"), ("56", "OTHER"), ("52", "20240621-12:00:01.000"), ("96", "\xff")):
        message = logon()
        message.fields[tag] = value
        assert fault(signatures, message) == "its signature is wrong"


@pytest.mark.parametrize("seconds", [-8, 8])
def test_it_ages(signatures: Signatures, seconds: int) -> None:
    text = fault(signatures, logon(), now=NOON + seconds * S)
    assert text == "it was signed at 20240621-12:00:00.000, more than 5 s from now"
    assert fault(signatures, logon(), now=NOON + seconds // 2 * S) == ""


def test_replay_finds_no_gap_while_a_signature_is_young_enough(signatures: Signatures) -> None:
    assert fault(signatures, logon(), now=NOON - 5 * S) == ""
    for second in range(-5, 30):
        assert fault(signatures, logon(), now=NOON + second * S) != ""


def test_what_was_signed_before_the_start_may_have_been_used_before_it() -> None:
    text = fault(Signatures(5 * S, started=NOON + 2 * S), logon(), now=NOON + 2 * S)
    assert text == "it was signed before the exchange started; a new signature is needed"


def test_what_is_remembered_is_bounded_and_forgotten(signatures: Signatures) -> None:
    for seq in range(1, 1_001):
        assert fault(signatures, logon(seq=seq)) == ""
    assert fault(signatures, logon(seq=1_001)).startswith("1000 signatures were used")
    assert fault(signatures, logon(time="20240621-12:01:00.000"), now=NOON + 60 * S) == ""


def test_the_program_in_the_document_makes_what_the_document_says() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    (program,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)
    assert ended.stdout in text
    fields = dict(re.findall(r'^(\w+) = "([^"]*)"$', program, re.MULTILINE))
    message = logon()
    message.fields |= {"52": fields["sending_time"], "34": fields["msg_seq_num"]}
    message.fields |= {"49": fields["sender_comp_id"], "56": fields["target_comp_id"]}
    assert signature(fields["secret"], message) == ended.stdout.strip()
