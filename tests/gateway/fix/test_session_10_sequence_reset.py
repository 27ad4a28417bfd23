"""SequenceReset: gap fill in its turn, reset at any time, and never backwards (FIX 4.4 vol. 2, Sequence Reset).

FIX session test cases 10, gap fill, and 11, reset.
"""

from __future__ import annotations

from tests.gateway.fix.dialogue import LOGON, Play

MISSING = "NewSeqNo(36) is required in SequenceReset(4)"


def test_gap_fill_moves_the_number_up(play: Play) -> None:
    play(f"{LOGON}\n > 4|34=2|123=Y|36=20\n > 1|34=20|112=x\n < 0|34=2|112=x")


def test_gap_fill_that_goes_nowhere_is_rejected_and_counted(play: Play) -> None:
    for new in (1, 2):
        play(
            f"""{LOGON}
            > 4|34=2|123=Y|36={new}
            < 3|34=2|45=2|371=36|372=4|373=5|58=NewSeqNo(36) {new} is too low; it must be at least 3
            > 1|34=3|112=x
            < 0|34=3|112=x
            """,
        )


def test_gap_fill_with_a_low_number_is_too_low_unless_possdup(play: Play) -> None:
    text = "MsgSeqNum too low, expecting 2 but received 1"
    play(f"{LOGON}\n > 4|34=1|123=Y|36=9\n < 5|34=2|58={text}")
    play(f"{LOGON}\n > 4|34=1|43=Y|123=Y|36=9\n > 1|34=2|112=x\n < 0|34=2|112=x")


def test_early_gap_fill_waits(play: Play) -> None:
    play(
        f"""{LOGON}
        > 4|34=3|123=Y|36=10
        < 2|34=2|7=2|16=0
        > B|34=2|43=Y|122=20240621-12:00:00|58=x
        takes B#2
        > B|34=10|58=x
        takes B#10
        """,
    )


def test_reset_counts_whatever_its_own_number_is(play: Play) -> None:
    for number in (1, 2, 50):
        play(
            f"{LOGON}\n > 4|34={number}|123=N|36=20\n > 4|34={number}|36=20\n > 1|34=20|112=x\n < 0|34=2|112=x",
        )


def test_reset_backwards_is_rejected(play: Play) -> None:
    play(
        f"""{LOGON}
        > 4|34=9|36=1
        < 3|34=2|45=9|371=36|372=4|373=5|58=NewSeqNo(36) 1 is too low; it must be at least 2
        > 4|34=9|123=N
        < 3|34=3|45=9|371=36|372=4|373=1|58={MISSING}
        > 4|34=2|123=N
        < 3|34=4|45=2|371=36|372=4|373=1|58={MISSING}
        > 1|34=3|112=x
        < 0|34=5|112=x
        """,
    )


def test_reset_over_a_gap_keeps_what_still_counts(play: Play) -> None:
    play(
        f"""{LOGON}
        > B|34=4|58=x
        < 2|34=2|7=2|16=0
        > B|34=5|58=x
        > 4|34=3|36=5
        takes B#5
        > B|34=6|58=x
        takes B#6
        """,
    )
