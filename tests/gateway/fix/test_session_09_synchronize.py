"""Both sides agree on their numbers again after one of them lost its own, and by hand.

FIX session test case 9. The venue never sends a SequenceReset in reset mode: its numbers are in its log, and an
operator sets others between the two sides' messages.
"""

from __future__ import annotations

import pytest

from tests.gateway.fix.dialogue import LOGON, Play

AT_4 = f"""{LOGON}
    > B|34=2|58=x
    > B|34=3|58=x
    takes B#2 B#3
    report one
    < B|34=2|58=one
"""


@pytest.mark.parametrize("loss", ["drop", "drop\n restart"])
def test_a_client_that_lost_its_numbers_resets_both(play: Play, loss: str) -> None:
    text = "MsgSeqNum too low, expecting 4 but received 1"
    play(
        f"""{AT_4}
        {loss}
        > A|34=1|98=0|108=30
        < 5|34=3|58={text}
        closed {text}
        drop
        > A|34=1|98=0|108=30|141=Y
        < A|34=1|98=0|108=30|141=Y
        > B|34=2|58=x
        takes B#2
        """
    )


def test_a_client_that_knows_the_venues_number_goes_on_from_there(play: Play) -> None:
    # It reads the number out of the Logout's words, as clients do.
    play(
        f"""{AT_4}
        drop
        > A|34=2|98=0|108=30
        < 5|34=3|58=MsgSeqNum too low, expecting 4 but received 2
        drop
        > A|34=4|98=0|108=30
        < A|34=4|98=0|108=30
        > B|34=5|58=x
        takes B#5
        """
    )


def test_a_client_may_set_its_own_number_within_the_session(play: Play) -> None:
    play(f"{AT_4}\n > 4|34=1|123=N|36=100\n > B|34=100|58=x\n takes B#100\n report two\n < B|34=3|58=two")


def test_an_operator_sets_numbers_between_messages(play: Play) -> None:
    talk = play(AT_4)
    talk.session.set_numbers(50, 20)
    talk.play(
        """
        > B|34=50|58=x
        takes B#50
        report two
        < B|34=20|58=two
        > 2|34=51|7=1|16=0
        < 4|34=1|43=Y|122=12:00:00|123=Y|36=2
        < B|34=2|43=Y|122=12:00:00|58=one
        < 4|34=3|43=Y|122=12:00:00|123=Y|36=20
        < B|34=20|43=Y|122=12:00:00|58=two
        """
    )


def test_numbers_that_an_operator_set_outlast_the_process(play: Play) -> None:
    talk = play(f"{AT_4}\n drop")
    talk.session.set_numbers(50, 20)
    talk.play("restart\n > A|34=50|98=0|108=30\n < A|34=20|98=0|108=30")
