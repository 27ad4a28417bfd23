"""The end of a session: theirs, ours, without an answer; and that nothing follows our Logout.

FIX session test cases 12, the venue begins, and 13, the client does.
"""

from __future__ import annotations

import pytest

from gateway.fix.session_state import TRANSITIONS, SessionEvent, SessionState, next_state
from tests.gateway.fix.dialogue import LOGON, Play


def test_a_logout_is_answered_and_counted(play: Play) -> None:
    play(
        f"""{LOGON}
        > 5|34=2|58=good night
        < 5|34=2
        closed the client logged out: good night
        > 1|34=3|112=x
        report late
        after 50
        drop
        > A|34=3|98=0|108=30
        < A|34=4|98=0|108=30
        """,
    )


def test_our_logout_waits_for_the_answer(play: Play) -> None:
    talk = play(
        f"""{LOGON}
        logout bye
        < 5|34=2|58=bye
        after 1
        > 5|34=2
        closed bye
        drop
        """,
    )
    assert (talk.session.next_in, talk.session.last_disconnect) == (3, "bye")


def test_our_logout_waits_only_so_long(play: Play) -> None:
    play(f"{LOGON}\n logout bye\n < 5|34=2|58=bye\n after 1\n closed \n after 1\n closed bye\n drop")


def test_nothing_follows_our_logout_and_nothing_is_taken(play: Play) -> None:
    play(
        f"""{LOGON}
        logout bye
        < 5|34=2|58=bye
        > 1|34=2|112=x
        > B|34=3|58=x
        > 2|34=4|7=1|16=0
        report late
        logout again
        takes
        > 5|34=5
        closed bye
        drop
        > A|34=6|98=0|108=30
        < A|34=4|98=0|108=30
        < 2|34=5|7=2|16=0
        > 4|34=2|43=Y|122=20240621-12:00:00|123=Y|36=3
        > B|34=3|43=Y|122=20240621-12:00:00|58=x
        > 4|34=4|43=Y|122=20240621-12:00:00|123=Y|36=7
        takes B#3
        > 2|34=7|7=3|16=3
        < B|34=3|43=Y|122=12:00:00|58=late
        """,
    )


def test_a_session_without_a_line_needs_no_logout(play: Play) -> None:
    talk = play("logout bye")
    assert talk.session.state is SessionState.IDLE and talk.session.log.next_out == 1


def test_states_know_their_events_and_no_others() -> None:
    for state in SessionState:
        for event in SessionEvent:
            if (state, event) in TRANSITIONS:
                assert next_state(state, event) is TRANSITIONS[state, event]
            else:
                with pytest.raises(AssertionError, match=f"a session that is {state} knows no {event}"):
                    next_state(state, event)
