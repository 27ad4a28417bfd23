"""NextExpectedMsgSeqNum(789) and LastMsgSeqNumProcessed(369): what is missing comes without being asked for.

FIX 4.4 vol. 2, Logon Message NextExpectedMsgSeqNum Processing; the acceptor's half of FIX session test case 1S. FIX 4.2
has 369 and no 789.
"""

from __future__ import annotations

import pytest

from tests.gateway.fix.dialogue import LOGON, WITHOUT_42, Play, holds_for, profile_with

ALWAYS = profile_with(next_expected=True)
PROCESSED = profile_with(last_processed=True)

has_789 = holds_for(*WITHOUT_42)
MISSED = f"""{LOGON.strip()}
    drop
    report one
    report two
"""


@has_789
def test_a_logon_that_says_it_is_answered_likewise(play: Play) -> None:
    play(
        """
        > A|34=1|98=0|108=30|789=1
        < A|34=1|98=0|108=30|789=2
        > 1|34=2|112=x
        < 0|34=2|112=x
        """,
    )


@has_789
def test_the_setting_says_it_to_everybody(play: Play) -> None:
    play(
        """
        > A|34=3|98=0|108=30
        < A|34=1|98=0|108=30|789=1
        < 2|34=2|7=1|16=0
        """,
        profile=ALWAYS,
    )


@has_789
def test_what_is_missing_comes_by_itself_and_a_gap_fill_goes_over_the_logon(play: Play) -> None:
    play(
        f"""{MISSED}
        > A|34=2|98=0|108=30|789=2
        < A|34=4|98=0|108=30|789=3
        < B|34=2|43=Y|122=12:00:00|58=one
        < B|34=3|43=Y|122=12:00:00|58=two
        < 4|34=4|43=Y|122=12:00:00|123=Y|36=5
        report three
        < B|34=5|58=three
        """,
    )


@has_789
def test_live_messages_wait_for_what_789_asked_for(play: Play) -> None:
    play(
        f"""{MISSED}
        slow
        > A|34=2|98=0|108=30|789=3
        < A|34=4|98=0|108=30|789=3
        < B|34=3|43=Y|122=12:00:00|58=two
        < 4|34=4|43=Y|122=12:00:00|123=Y|36=5
        report three
        < B|34=5|58=three
        """,
    )


@has_789
def test_a_gap_of_the_client_is_not_asked_for_because_it_fills_it(play: Play) -> None:
    play(
        """
        > A|34=3|98=0|108=30|789=1
        < A|34=1|98=0|108=30|789=1
        > 4|34=1|43=Y|122=20240621-12:00:00|123=Y|36=2
        > B|34=2|43=Y|122=20240621-12:00:00|58=x
        takes B#2
        > 4|34=3|43=Y|122=20240621-12:00:00|123=Y|36=4
        > B|34=4|58=x
        takes B#4
        """,
    )


@has_789
def test_a_gap_that_the_client_does_not_fill_is_asked_for_in_the_end(play: Play) -> None:
    play(
        """
        > A|34=3|98=0|108=30|789=1
        < A|34=1|98=0|108=30|789=1
        after 29
        after 1
        < 0|34=2
        < 2|34=3|7=1|16=0
        """,
    )


@has_789
@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("5", "NextExpectedMsgSeqNum(789) too high, expecting at most 4 but received 5"),
        ("0", "NextExpectedMsgSeqNum(789) 0 is not a positive number; the next number sent is 4"),
    ],
)
def test_a_number_that_cannot_be_is_refused_with_both(play: Play, number: str, text: str) -> None:
    play(
        f"""{MISSED}
        > A|34=2|98=0|108=30|789={number}
        < 5|34=4|58={text}
        closed {text}
        """,
    )


@has_789
def test_with_a_reset_only_1_can_be_expected(play: Play) -> None:
    text = "NextExpectedMsgSeqNum(789) too high, expecting at most 1 but received 4"
    play(
        f"""{MISSED}
        > A|34=1|98=0|108=30|141=Y|789=1
        < A|34=1|98=0|108=30|141=Y|789=2
        > A|34=1|98=0|108=30|141=Y|789=4
        < 5|34=2|58={text}
        """,
    )


def test_every_message_says_what_was_processed_last(play: Play) -> None:
    play(
        """
        > A|34=1|98=0|108=30
        < A|34=1|369=1|98=0|108=30
        > 1|34=2|112=x
        < 0|34=2|369=2|112=x
        report one
        < B|34=3|369=2|58=one
        > B|34=4|58=early
        < 2|34=4|369=2|7=3|16=0
        > 4|34=3|43=Y|122=20240621-12:00:00|123=Y|36=5
        > 2|34=5|7=3|16=4
        < B|34=3|43=Y|122=12:00:00|369=2|58=one
        < 4|34=4|43=Y|122=12:00:00|369=5|123=Y|36=5
        drop
        restart
        > A|34=1|98=0|108=30|141=Y
        < A|34=1|369=1|98=0|108=30|141=Y
        """,
        profile=PROCESSED,
    )
