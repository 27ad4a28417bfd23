"""Gaps in what the client sends: asked for once, what came early kept in order, nothing handed on twice.

FIX session test case 2b, MsgSeqNum higher than expected.
"""

from __future__ import annotations

import msgspec

from gateway.fix.early_messages import CHARACTERS_MAX, EarlyMessages
from gateway.fix.gap_requests import REQUESTS_MAX
from tests.gateway.fix.dialogue import LOGON, RULES, Play

AGAIN = "43=Y|122=20240621-12:00:00|58=x"


def test_what_comes_early_waits_for_its_turn(play: Play) -> None:
    play(
        f"""{LOGON}
        > B|34=4|58=x
        < 2|34=2|7=2|16=0
        > 1|34=5|112=early
        > B|34=6|58=x
        takes
        > B|34=2|{AGAIN}
        takes B#2
        > B|34=3|{AGAIN}
        < 0|34=3|112=early
        takes B#3 B#4 B#6
        > B|34=4|{AGAIN}
        > 4|34=5|43=Y|122=20240621-12:00:00|123=Y|36=6
        > B|34=6|{AGAIN}
        takes
        > B|34=7|58=x
        takes B#7
        """,
    )


def test_a_gap_fill_over_the_gap_closes_it(play: Play) -> None:
    play(
        f"""{LOGON}
        > B|34=4|58=x
        < 2|34=2|7=2|16=0
        > 4|34=2|43=Y|122=20240621-12:00:00|123=Y|36=4
        takes B#4
        > B|34=6|58=x
        < 2|34=3|7=5|16=0
        """,
    )


def test_a_gap_fill_may_pass_over_what_came_early(play: Play) -> None:
    play(
        f"""{LOGON}
        > B|34=4|58=x
        < 2|34=2|7=2|16=0
        > 4|34=2|43=Y|122=20240621-12:00:00|123=Y|36=6
        > B|34=6|58=x
        takes B#6
        """,
    )


def test_an_unanswered_request_is_repeated_when_an_interval_has_passed(play: Play) -> None:
    play(
        f"""{LOGON}
        > B|34=3|58=x
        < 2|34=2|7=2|16=0
        after 29
        > B|34=4|58=x
        after 1
        < 0|34=3
        < 2|34=4|7=2|16=0
        > B|34=5|58=x
        > B|34=2|{AGAIN}
        takes B#2 B#3 B#4 B#5
        """,
    )


def test_too_many_early_messages_are_asked_for_again(play: Play) -> None:
    play(
        f"""{LOGON}
        > B|34=3|58=x
        < 2|34=2|7=2|16=0
        > B|34=4|58=x
        > B|34=5|58=x
        > B|34=6|58=x
        > B|34=2|{AGAIN}
        < 2|34=3|7=5|16=0
        takes B#2 B#3 B#4
        > B|34=5|{AGAIN}
        > B|34=6|{AGAIN}
        > B|34=7|58=x
        takes B#5 B#6 B#7
        """,
        rules=msgspec.structs.replace(RULES, early_messages_max=2),
    )


def test_an_early_resend_request_that_breaks_a_rule_waits(play: Play) -> None:
    play(
        f"""{LOGON}
        > 2|34=3|7=1
        < 2|34=2|7=2|16=0
        > B|34=2|{AGAIN}
        < 3|34=3|45=3|371=16|372=2|373=1|58=EndSeqNo(16) is required in ResendRequest(2)
        takes B#2
        """,
    )


def test_an_early_logout_is_answered_and_the_gap_asked_for_at_the_next_logon(play: Play) -> None:
    play(
        f"""{LOGON}
        > 5|34=3|58=enough
        < 5|34=2
        closed the client logged out: enough
        drop
        > A|34=4|98=0|108=30
        < A|34=3|98=0|108=30
        < 2|34=4|7=2|16=0
        > B|34=2|{AGAIN}
        takes B#2
        > 4|34=3|43=Y|122=20240621-12:00:00|123=Y|36=5
        > B|34=5|58=x
        takes B#5
        """,
    )


def test_a_lost_line_forgets_what_came_early(play: Play) -> None:
    play(
        f"""{LOGON}
        > B|34=3|58=x
        < 2|34=2|7=2|16=0
        drop
        restart
        > A|34=2|98=0|108=30
        < A|34=3|98=0|108=30
        > B|34=3|58=x
        takes B#3
        """,
    )


def test_an_early_message_may_end_the_session_in_its_turn(play: Play) -> None:
    play(
        f"""{LOGON}
        > A|34=3|98=0|108=30|43=Y|122=20240621-12:00:00
        < 5|34=2|58=Logon(A) within a session must have ResetSeqNumFlag(141)=Y and MsgSeqNum(34)=1
        """,
    )


def test_a_gap_that_is_never_filled_is_asked_for_with_growing_patience_and_ends_the_session(play: Play) -> None:
    talk = play(f"{LOGON.replace('108=30', '108=0')}\n > B|34=3|58=x\n < 2|34=2|7=2|16=0")
    for request in range(1, REQUESTS_MAX):
        talk.play(f"after {1 << (request - 1)}\n < 2|34={request + 2}|7=2|16=0")
    talk.play(
        f"""
        after {1 << (REQUESTS_MAX - 1)}
        < 5|34=7|58=MsgSeqNum(34) 2 did not come after 5 ResendRequests(2); send it again, or fill the gap with ...
        """
    )


def test_a_gap_that_gets_smaller_is_waited_for(play: Play) -> None:
    play(
        f"""{LOGON.replace("108=30", "108=0")}
        > B|34=9|58=x
        < 2|34=2|7=2|16=0
        > B|34=2|{AGAIN}
        after 1
        > B|34=3|{AGAIN}
        after 1
        > B|34=4|{AGAIN}
        after 1
        takes B#2 B#3 B#4
        after 1
        < 2|34=3|7=5|16=0
        """,
    )


def test_a_dropped_early_message_of_a_big_size_is_not_kept(play: Play) -> None:
    talk = play("")
    big = talk.codec.read(talk.bytes_of("B|34=3|58=" + "x" * (CHARACTERS_MAX // 2))[:-7].decode())
    early = EarlyMessages(10)
    early.keep(3, big)
    early.keep(4, big)
    assert (early.has(3), early.has(4), early.highest) == (True, False, 4)
    assert early.take(3) is big
    early.keep(4, big)
    early.skip_to(5)
    early.keep(5, big)
    assert early.has(5) and len(early) == 1
