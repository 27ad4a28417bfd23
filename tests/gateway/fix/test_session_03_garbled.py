"""Garbled messages: passed over, not counted, not answered; the session goes on with the next one.

FIX session test cases 2d, 2l, 2m, 2s and 2t (BodyLength, the first three fields) and 3, the trailer. What framing makes
of bytes of every kind is `test_framing`.
"""

from __future__ import annotations

import pytest

from tests.gateway.fix.dialogue import LOGON, Play

ALIVE = "> 1|34=2|112=x\n < 0|34=2|112=x"
NO_TRAILER = "BodyLength(9) does not lead to a CheckSum(10) of three digits"


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("> 0|34=2|10=000", "CheckSum(10) is 000; the bytes sum up to ..."),
        ("> 0|34=2|10=0001", NO_TRAILER),
        ("> 0|34=2|10=abc", NO_TRAILER),
        ("> 0|34=2|9=20", NO_TRAILER),
        ("> 0|34=2|9=0", NO_TRAILER),
        ("> 0|34=2|9=x", "BodyLength(9) is not a number of at most 9 digits"),
        ("> 5|34=2|9=-1", "BodyLength(9) is not a number of at most 9 digits"),
        ("raw 8=$begin|35=0|9=5|34=2|10=000|", "BodyLength(9) is not the second field"),
        ("raw 8=$begin|9=10|34=2|35=0|10=000|", "MsgType(35) is not the third field"),
        (
            "raw 9=10|8=$begin|35=0|34=2|10=000|",
            "no BeginString(8) where a message should begin\n garbled BodyLength(9) is not the second field",
        ),
        ("raw hello", "no BeginString(8) where a message should begin"),
    ],
)
def test_what_is_garbled_is_passed_over(play: Play, line: str, why: str) -> None:
    talk = play(f"{LOGON}\n {line}\n garbled {why}")
    talk.play(ALIVE)
    assert talk.session.next_in == 3


def test_a_checksum_that_is_cut_short_is_seen_when_more_comes(play: Play) -> None:
    play(f"{LOGON}\n > 0|34=2|10=1\n > 1|34=2|112=x\n garbled {NO_TRAILER}\n < 0|34=2|112=x")


def test_a_garbled_logon_is_no_logon(play: Play) -> None:
    play(f"> A|34=1|98=0|108=30|10=000\n garbled CheckSum(10) is 000...\n {LOGON}")


def test_what_was_lost_with_a_garbled_message_is_asked_for(play: Play) -> None:
    play(
        f"""{LOGON}
        > B|34=2|58=one|10=000
        garbled CheckSum(10) is 000...
        > B|34=3|58=two
        < 2|34=2|7=2|16=0
        > B|34=2|43=Y|122=20240621-12:00:00|58=one
        takes B#2 B#3
        """
    )


def test_a_body_that_was_announced_too_long_takes_no_other_message_with_it(play: Play) -> None:
    play(
        f"""{LOGON}
        > 0|34=2|9=150
        > 1|34=2|112=x
        > 1|34=3|112=y
        garbled {NO_TRAILER}
        < 0|34=2|112=x
        < 0|34=3|112=y
        """
    )


def test_a_line_that_was_lost_within_a_message_begins_anew(play: Play) -> None:
    play(
        f"""{LOGON}
        raw 8=$begin|9=60|35=0|49=CLI
        drop
        > A|34=2|98=0|108=30
        < A|34=2|98=0|108=30
        """
    )
