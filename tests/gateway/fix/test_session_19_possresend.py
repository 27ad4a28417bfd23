"""PossResend: for the session a message like any other; whether it was seen before is for the application to find out.

FIX session test case 19. That an order with a known ClOrdID makes no second one is `test_order_entry`'s.
"""

from __future__ import annotations

from tests.gateway.fix.dialogue import LOGON, Play

AT_4 = f"""{LOGON}
    > B|34=2|58=x
    > B|34=3|58=x
    takes B#2 B#3
"""


def test_possresend_is_a_new_message_for_the_session(play: Play) -> None:
    play(f"{AT_4}\n > B|34=4|97=Y|58=x\n takes B#4")


def test_possresend_does_not_make_an_old_number_new(play: Play) -> None:
    text = "MsgSeqNum too low, expecting 4 but received 3"
    play(f"{AT_4}\n > B|34=3|97=Y|58=x\n < 5|34=2|58={text}\n takes")


def test_a_possible_duplicate_of_a_possible_resend_is_passed_over(play: Play) -> None:
    play(f"{AT_4}\n > B|34=3|43=Y|97=Y|122=20240621-12:00:00|58=x\n takes\n > B|34=4|97=N|58=x\n takes B#4")


def test_an_early_possresend_waits_for_its_turn(play: Play) -> None:
    play(
        f"""{AT_4}
        > B|34=5|97=Y|58=x
        < 2|34=2|7=4|16=0
        > B|34=4|43=Y|97=Y|122=20240621-12:00:00|58=x
        takes B#4 B#5
        """
    )
