"""What the venue has to say while a client is away: numbered, kept, and fetched by the client after its next logon.

FIX session test case 16. With NextExpectedMsgSeqNum(789) it comes unasked: `test_session_01_next_expected`.
"""

from __future__ import annotations

from tests.gateway.fix.dialogue import LOGON, Play


def test_reports_while_away_are_fetched_after_the_next_logon(play: Play) -> None:
    play(
        f"""{LOGON}
        > 5|34=2
        < 5|34=2
        closed the client logged out
        drop
        report a
        report b
        restart
        after 5
        > A|34=3|98=0|108=30
        < A|34=5|98=0|108=30
        > 2|34=4|7=3|16=0
        < B|34=3|43=Y|122=12:00:00|58=a
        < B|34=4|43=Y|122=12:00:00|58=b
        < 4|34=5|43=Y|122=12:00:05|123=Y|36=6
        """,
    )


def test_reports_before_the_first_logon_are_kept(play: Play) -> None:
    play(
        """
        report a
        report b
        > A|34=1|98=0|108=30
        < A|34=3|98=0|108=30
        > 2|34=2|7=1|16=2
        < B|34=1|43=Y|122=12:00:00|58=a
        < B|34=2|43=Y|122=12:00:00|58=b
        """
    )


def test_what_the_line_lost_and_what_came_while_away_are_one_answer(play: Play) -> None:
    play(
        f"""{LOGON}
        report a
        < B|34=2|58=a
        > 1|34=2|112=x
        < 0|34=3|112=x
        drop
        report b
        after 60
        report c
        > A|34=3|98=0|108=30
        < A|34=6|98=0|108=30
        > 2|34=4|7=2|16=0
        < B|34=2|43=Y|122=12:00:00|58=a
        < 4|34=3|43=Y|122=12:01:00|123=Y|36=4
        < B|34=4|43=Y|122=12:00:00|58=b
        < B|34=5|43=Y|122=12:01:00|58=c
        < 4|34=6|43=Y|122=12:01:00|123=Y|36=7
        report d
        < B|34=7|58=d
        """
    )


def test_a_reset_while_away_forgets_what_waits(play: Play) -> None:
    play(
        f"""{LOGON}
        drop
        report a
        > A|34=1|98=0|108=30|141=Y
        < A|34=1|98=0|108=30|141=Y
        > 2|34=2|7=1|16=0
        < 4|34=1|43=Y|122=12:00:00|123=Y|36=2
        """
    )
