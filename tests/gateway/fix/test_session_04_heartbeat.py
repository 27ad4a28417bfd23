"""Heartbeats, test requests, and lines that are dead (FIX 4.4 vol. 2, Heartbeat, Test Request).

FIX session test cases 4, 5 and 6: sending a Heartbeat, receiving one, sending a TestRequest.
"""

from __future__ import annotations

from gateway.fix.session_state import SessionState
from tests.gateway.fix.dialogue import LOGON, ONE_AT_A_TIME, Play


def test_silence_of_the_venue_is_broken_by_a_heartbeat_each_interval(play: Play) -> None:
    play(
        f"""{LOGON}
        after 29
        > 0|34=2
        after 1
        < 0|34=2
        after 29
        > 0|34=3
        after 1
        < 0|34=3
        """,
    )


def test_whatever_is_sent_takes_the_place_of_a_heartbeat(play: Play) -> None:
    play(
        f"""{LOGON}
        after 20
        report x
        < B|34=2|58=x
        > 0|34=2
        after 29
        """,
    )


def test_a_test_request_is_answered_with_its_id(play: Play) -> None:
    play(f"{LOGON}\n > 1|34=2|112=are you there\n < 0|34=2|112=are you there")


def test_a_silent_client_is_asked_once_and_answers(play: Play) -> None:
    play(
        f"""{LOGON}
        after 30
        < 0|34=2
        after 6
        < 1|34=3|112=20240621-12:00:36.000
        > 0|34=2|112=20240621-12:00:36.000
        after 29
        """,
    )


def test_a_dead_line_ends_with_logout_after_two_intervals_and_a_bit(play: Play) -> None:
    text = "nothing was received for 72 s, nor an answer to TestRequest(1)"
    talk = play(
        f"""{LOGON}
        after 30
        < 0|34=2
        after 6
        < 1|34=3|112=20240621-12:00:36.000
        after 30
        < 0|34=4
        after 6
        < 5|34=5|58={text}
        closed {text}
        after 100
        drop
        """,
    )
    assert talk.session.state is SessionState.IDLE and talk.session.last_disconnect == text


def test_interval_0_means_no_heartbeats_and_no_dead_line(play: Play) -> None:
    play("> A|34=1|98=0|108=0\n < A|34=1|98=0|108=0\n after 500")


def test_heartbeats_held_behind_a_resend_are_one_each_interval(play: Play) -> None:
    talk = play(
        f"""{LOGON}
        report x
        < B|34=2|58=x
        report y
        < B|34=3|58=y
        slow
        > 2|34=2|7=2|16=0
        < B|34=2|43=Y|122=12:00:00|58=x
        after 20
        > 0|34=3
        after 20
        > 0|34=4
        after 25
        more
        < B|34=3|43=Y|122=12:00:00|58=y
        """,
        rules=ONE_AT_A_TIME,
    )
    assert talk.session.log.next_out == 6


def test_a_heartbeat_is_taken_in_silence_also_one_that_answers_nothing(play: Play) -> None:
    talk = play(f"{LOGON}\n > 0|34=2\n > 0|34=3|112=never asked\n takes")
    assert talk.session.next_in == 4


def test_whatever_comes_is_a_sign_of_life(play: Play) -> None:
    play(
        f"""{LOGON}
        after 30
        < 0|34=2
        > B|34=2|58=x
        takes B#2
        after 30
        < 0|34=3
        after 5
        > 3|34=3|45=1
        after 25
        < 0|34=4
        after 10
        after 1
        < 1|34=5|112=20240621-12:01:41.000
        > B|34=4|58=y
        takes B#4
        after 28
        """
    )
