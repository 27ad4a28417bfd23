"""Both sides miss something and ask at the same time: both get all, neither waits for the other.

FIX session test case 20.
"""

from __future__ import annotations

from tests.gateway.fix.dialogue import LOGON, ONE_AT_A_TIME, Play

AGAIN = "43=Y|122=20240621-12:00:00|58=x"
TOLD = f"{LOGON}\n report one\n < B|34=2|58=one"


def test_both_sides_ask_at_once_and_both_get_all(play: Play) -> None:
    play(
        f"""{TOLD}
        drop
        report two
        > A|34=4|98=0|108=30
        < A|34=4|98=0|108=30
        < 2|34=5|7=2|16=0
        > 2|34=5|7=2|16=0
        < B|34=2|43=Y|122=12:00:00|58=one
        < B|34=3|43=Y|122=12:00:00|58=two
        < 4|34=4|43=Y|122=12:00:00|123=Y|36=6
        > B|34=2|{AGAIN}
        > 4|34=3|43=Y|122=20240621-12:00:00|123=Y|36=6
        takes B#2
        report three
        < B|34=6|58=three
        """,
    )


def test_an_early_resend_request_is_answered_at_once_and_counted_in_its_turn(play: Play) -> None:
    # FIX 4.4 vol. 2: else two sides that both miss something would wait for each other.
    play(
        f"""{LOGON}
        report a
        < B|34=2|58=a
        > 2|34=3|7=2|16=0
        < B|34=2|43=Y|122=12:00:00|58=a
        < 2|34=3|7=2|16=0
        > B|34=2|{AGAIN}
        takes B#2
        > 4|34=3|43=Y|122=20240621-12:00:00|123=Y|36=4
        > B|34=4|58=x
        takes B#4
        """,
    )


def test_a_request_that_comes_before_the_answer_to_ours_is_over_is_answered_between(play: Play) -> None:
    play(
        f"""{TOLD}
        > B|34=5|58=x
        < 2|34=3|7=2|16=0
        > B|34=2|{AGAIN}
        takes B#2
        > 2|34=6|7=1|16=0
        < 4|34=1|43=Y|122=12:00:00|123=Y|36=2
        < B|34=2|43=Y|122=12:00:00|58=one
        < 4|34=3|43=Y|122=12:00:00|123=Y|36=4
        > B|34=3|{AGAIN}
        > B|34=4|{AGAIN}
        takes B#3 B#4 B#5
        > B|34=5|{AGAIN}
        > 4|34=6|43=Y|122=20240621-12:00:00|123=Y|36=7
        > B|34=7|58=x
        takes B#7
        """
    )


def test_a_gap_that_opens_while_the_venue_resends_is_asked_for_when_that_is_over(play: Play) -> None:
    play(
        f"""{TOLD}
        report two
        < B|34=3|58=two
        slow
        > 2|34=2|7=2|16=0
        < B|34=2|43=Y|122=12:00:00|58=one
        > B|34=4|58=x
        more
        < B|34=3|43=Y|122=12:00:00|58=two
        more
        more
        < 2|34=4|7=3|16=0
        more
        > B|34=3|{AGAIN}
        takes B#3 B#4
        """,
        rules=ONE_AT_A_TIME,
    )
