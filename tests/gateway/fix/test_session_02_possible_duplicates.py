"""Possible duplicates and resets of every kind of message: known ones are passed over, new ones are handled as ever.

FIX session test case 2e.
"""

from __future__ import annotations

import pytest

from tests.gateway.fix.dialogue import LOGON, Play

AGAIN = "43=Y|122=20240621-11:59:00"
BODIES = {
    "Heartbeat": "0|34={}",
    "TestRequest": "1|34={}|112=x",
    "ResendRequest": "2|34={}|7=1|16=0",
    "Reject": "3|34={}|45=1",
    "gap fill": "4|34={}|123=Y|36=9",
    "Logout": "5|34={}",
    "Logon": "A|34={}|98=0|108=30",
    "Logon with reset": "A|34={}|98=0|108=30|141=Y",
    "News": "B|34={}|58=x",
}
AT_4 = f"""{LOGON}
    > B|34=2|58=x
    > B|34=3|58=x
    takes B#2 B#3
"""


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("number", [1, 3])
def test_a_possible_duplicate_of_a_known_number_is_passed_over(play: Play, body: str, number: int) -> None:
    play(
        f"""{AT_4}
        > {body.format(number)}|{AGAIN}
        > B|34=4|58=x
        takes B#4
        """,
    )


@pytest.mark.parametrize("body", [body for name, body in BODIES.items() if not name.startswith("Logon")])
def test_a_known_number_without_possdup_ends_the_session(play: Play, body: str) -> None:
    text = "MsgSeqNum too low, expecting 4 but received 3"
    play(f"{AT_4}\n > {body.format(3)}\n < 5|34=2|58={text}")


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("Heartbeat", ""),
        ("TestRequest", "< 0|34=2|112=x"),
        ("ResendRequest", "< 4|34=1|43=Y|122=12:00:00|123=Y|36=2"),
        ("Reject", ""),
        ("Logout", "< 5|34=2\n closed the client logged out"),
        ("News", "takes B#4"),
    ],
)
def test_a_possible_duplicate_of_the_number_that_is_next_is_handled(play: Play, name: str, answer: str) -> None:
    talk = play(f"{AT_4}\n > {BODIES[name].format(4)}|{AGAIN}\n {answer}")
    assert talk.session.next_in == 5


@pytest.mark.parametrize("number", [1, 4, 7])
@pytest.mark.parametrize("again", ["", f"|{AGAIN}"])
def test_reset_mode_ignores_its_own_number_unless_it_is_an_old_one(play: Play, number: int, again: str) -> None:
    # FIX 4.4 vol. 2, Sequence Reset: in reset mode MsgSeqNum is not looked at; an old duplicate sets nothing back.
    talk = play(f"{AT_4}\n > 4|34={number}|36=9{again}")
    assert talk.session.next_in == 9
    talk.play("> B|34=9|58=x\n takes B#9")


def test_reset_mode_never_goes_back(play: Play) -> None:
    play(
        f"""{AT_4}
        > 4|34=1|36=3|{AGAIN}
        < 3|34=2|45=1|371=36|372=4|373=5|58=NewSeqNo(36) 3 is too low; it must be at least 4
        > 4|34=4|36=4
        > B|34=4|58=x
        takes B#4
        """,
    )


def test_a_gap_fill_may_go_far_beyond_what_is_known(play: Play) -> None:
    talk = play(
        f"""{AT_4}
        > B|34=8|58=x
        < 2|34=2|7=4|16=0
        > 4|34=4|{AGAIN}|123=Y|36=1000000
        takes
        > B|34=1000000|58=x
        takes B#1000000
        """,
    )
    assert talk.session.next_in == 1_000_001


def test_an_early_gap_fill_waits_for_its_turn(play: Play) -> None:
    play(
        f"""{AT_4}
        > 4|34=6|{AGAIN}|123=Y|36=9
        < 2|34=2|7=4|16=0
        > B|34=4|{AGAIN}|58=x
        takes B#4
        > B|34=5|{AGAIN}|58=x
        takes B#5
        > B|34=9|58=x
        takes B#9
        """,
    )
