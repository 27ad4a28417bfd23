"""Fields of messages against the version's dictionary: every kind of fault rejected with its own code, and counted.

FIX session test cases 14, what is wrong, and 15, the order that is free. 14l and 14m, what only an application can
find wrong, are order entry's. Each rule in detail is `test_validation`'s.
"""

from __future__ import annotations

import pytest

from tests.gateway.fix.dialogue import LOGON, Play
from tests.gateway.fix.mutants import sealed

ALIVE = "> 1|34=3|112=x\n < 0|34=3|112=x"
H = "H|34=2|11=x|55=ACME"


@pytest.mark.parametrize(
    ("message", "tag", "code", "text"),
    [
        ("0|34=2|999=1", "999", 0, "Tag 999 is not a field of $begin"),
        ("0|34=2|0=1", "0", 0, "Tag 0 is not a field of $begin"),
        ("0|34=2|-7=1", "-7", 0, "Tag -7 is not a field of $begin"),
        (f"{H}|54=1|054=1", "054", 0, "Tag 054 is not a field of $version"),
        ("1|34=2", "112", 1, "TestReqID(112) is required in TestRequest(1)"),
        (H, "54", 1, "Side(54) is required in OrderStatusRequest(H)"),
        ("0|34=2|36=5", "36", 2, "NewSeqNo(36) is not a field of Heartbeat(0)"),
        (f"{H}|54=1|44=10", "44", 2, "Price(44) is not a field of OrderStatusRequest(H)"),
        ("|34=2", "35", 4, "MsgType(35) has no value"),
        ("0|34=2|112=", "112", 4, "TestReqID(112) has no value"),
        (f"{H}|54=", "54", 4, "Side(54) has no value"),
        (f"{H}|54=~", "54", 5, "Side(54) ~ is not one of 1 2 3 4 5 6 7 8 9..."),
        ("2|34=2|7=x|16=0", "7", 6, "BeginSeqNo(7) x is not a..."),
        ("4|34=2|123=yes|36=9", "123", 6, "GapFillFlag(123) yes is not a Boolean..."),
        (f"{H}|54=1|54=1", "54", 13, "Side(54) appears more than once"),
        ("0|34=2|34=2", "34", 13, "MsgSeqNum(34) appears more than once"),
        ("0|34=2|112=x|50=DESK", "50", 14, "SenderSubID(50) is a field of the header and stands after the body began"),
        ("B|34=2|354=1|355=x|58=x", "354", 15, "EncodedTextLen(354) stands where Text(58) must begin an entry"),
        ("B|34=2|58=x|58=y", "33", 16, "..."),
    ],
)
def test_each_fault_is_rejected_with_its_code(
    play: Play, version: str, message: str, tag: str, code: int, text: str
) -> None:
    # FIX 4.2 has codes up to 11 and tells the others in words alone.
    coded = f"373={code}|" if version != "FIX.4.2" or code <= 11 else ""
    msg_type = message[: message.index("|")]
    of_type = f"372={msg_type}|" if msg_type else ""
    play(f"{LOGON}\n > {message}\n < 3|34=2|45=2|371={tag}|{of_type}{coded}58={text}\n takes\n {ALIVE}")


def test_a_delimiter_within_a_value_makes_a_field_without_a_tag(play: Play) -> None:
    play(f"{LOGON}\n > B|34=2|58=a|b\n < 3|34=2|45=2|372=B|373=0|58=Tag b is not a field of $version\n takes\n {ALIVE}")


def test_data_may_hold_delimiters(play: Play) -> None:
    play(f"{LOGON}\n > B|34=2|58=x|95=3|96=a\x01b\n takes B#2")


def test_what_two_parties_agreed_on_is_let_through(play: Play) -> None:
    play(f"{LOGON}\n > B|34=2|58=x|5001=ours\n > 0|34=3|9999=ours\n takes B#2")


@pytest.mark.parametrize("body", ["11=x|55=ACME|54=1", "54=1|11=x|55=ACME", "55=ACME|54=1|11=x"])
def test_the_order_within_the_body_is_free(play: Play, body: str) -> None:
    play(f"{LOGON}\n > H|34=2|{body}\n takes H#2")


def test_the_order_within_the_header_is_free_after_the_third_field(play: Play) -> None:
    talk = play(LOGON)
    now = talk.clock.text.encode()
    header = [(b"52", now), (b"34", b"2"), (b"56", b"VENUE"), (b"97", b"N"), (b"49", b"CLIENT"), (b"43", b"N")]
    talk.receive(sealed(talk.session.profile.begin_string.encode(), [(b"35", b"0"), *header]))
    talk.play("> 1|34=3|112=x\n < 0|34=2|112=x")


def test_a_signature_stands_at_the_end(play: Play) -> None:
    play(f"{LOGON}\n > B|34=2|58=x|93=3|89=abc\n takes B#2")
